//! Live progress: a bar on a terminal, plain lines elsewhere.

use std::io::{IsTerminal, Write};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use super::words::word;
use crate::event::Event;
use crate::outcome::{TestOutcome, Verdict};

/// Tests between two counts where there is no terminal.
const EVERY: u64 = 100;
/// The clock goes on while a test waits.
const TICK: Duration = Duration::from_millis(200);

/// Hears a run's events, from several threads, and shows them on standard error.
pub struct Progress {
    face: Face,
    done: AtomicU64,
    all: AtomicU64,
}

enum Face {
    Bar(ProgressBar),
    Lines(Mutex<Box<dyn Write + Send>>),
}

impl Default for Progress {
    fn default() -> Self {
        Self::new()
    }
}

impl Progress {
    /// Looks at standard error once, to see whether it is a terminal.
    pub fn new() -> Self {
        Self::with(if std::io::stderr().is_terminal() {
            Face::Bar(new_bar())
        } else {
            Face::Lines(Mutex::new(Box::new(std::io::stderr())))
        })
    }

    fn with(face: Face) -> Self {
        Self {
            face,
            done: AtomicU64::new(0),
            all: AtomicU64::new(0),
        }
    }

    /// Shows an event.
    pub fn hear(&self, event: &Event) {
        match event {
            Event::Preparing(what) => self.preparing(what),
            Event::Planned { tests, skipped } => self.planned(*tests as u64, *skipped),
            Event::TestStarted { id } => {
                if let Face::Bar(bar) = &self.face {
                    bar.set_message(id.clone());
                }
            }
            Event::TestFinished(test) => self.finished(test),
            Event::Finished { .. } => self.finish(),
        }
    }

    /// Takes the bar away.
    pub fn finish(&self) {
        if let Face::Bar(bar) = &self.face {
            bar.finish_and_clear();
        }
    }

    fn preparing(&self, what: &str) {
        match &self.face {
            Face::Bar(bar) => bar.set_message(what.to_owned()),
            Face::Lines(lines) => write_line(lines, what),
        }
    }

    fn planned(&self, tests: u64, skipped: usize) {
        self.all.store(tests, Ordering::Relaxed);
        match &self.face {
            Face::Bar(bar) => bar.set_length(tests),
            Face::Lines(lines) => write_line(
                lines,
                &format!("{tests} tests, {skipped} of them skipped beforehand"),
            ),
        }
    }

    fn finished(&self, test: &TestOutcome) {
        let done = self.done.fetch_add(1, Ordering::Relaxed) + 1;
        let is_notable = test.verdict >= Verdict::Fail;
        let line = || format!("{} {}", word(test.verdict), test.id);
        match &self.face {
            Face::Bar(bar) => {
                bar.inc(1);
                if is_notable {
                    bar.println(line());
                }
            }
            Face::Lines(lines) => {
                if is_notable {
                    write_line(lines, &line());
                }
                if done.is_multiple_of(EVERY) {
                    let all = self.all.load(Ordering::Relaxed);
                    write_line(lines, &format!("{done} of {all} tests"));
                }
            }
        }
    }
}

/// Writes a line whole. A reader that went away is no reason to fail.
fn write_line(lines: &Mutex<Box<dyn Write + Send>>, text: &str) {
    if let Ok(mut out) = lines.lock() {
        let _ = writeln!(out, "{text}");
    }
}

fn new_bar() -> ProgressBar {
    let bar = ProgressBar::new(0);
    if let Ok(style) = ProgressStyle::with_template(template(std::env::var_os("NO_COLOR"))) {
        bar.set_style(style);
    }
    bar.enable_steady_tick(TICK);
    bar
}

/// Colours, unless `NO_COLOR` is set to anything but nothing (no-color.org).
fn template(no_color: Option<std::ffi::OsString>) -> &'static str {
    if no_color.is_none_or(|value| value.is_empty()) {
        "{bar:30.cyan/dim} {pos}/{len} {elapsed} {wide_msg:.dim}"
    } else {
        "{bar:30} {pos}/{len} {elapsed} {wide_msg}"
    }
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::Arc;

    use super::*;

    /// What was written, to look at.
    #[derive(Clone, Default)]
    struct Shared(Arc<Mutex<Vec<u8>>>);

    impl Write for Shared {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// A reader that went away.
    struct Gone;

    impl Write for Gone {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::BrokenPipe.into())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn finished(id: &str, verdict: Verdict) -> Event {
        Event::TestFinished(Box::new(TestOutcome {
            id: id.into(),
            title: String::new(),
            resource_type: None,
            verifies: Vec::new(),
            verdict,
            skip: None,
            duration_ms: 0,
            steps: Vec::new(),
        }))
    }

    #[test]
    fn lines_tell_the_plan_what_failed_and_how_far_it_is() {
        let written = Shared::default();
        let progress = Progress::with(Face::Lines(Mutex::new(Box::new(written.clone()))));
        progress.hear(&Event::Preparing("reading".into()));
        progress.hear(&Event::Planned {
            tests: 101,
            skipped: 7,
        });
        progress.hear(&Event::TestStarted { id: "a/1".into() });
        progress.hear(&finished("a/1", Verdict::Fail));
        progress.hear(&finished("a/2", Verdict::Error));
        for _ in 0..99 {
            progress.hear(&finished("b", Verdict::Warning));
        }
        progress.finish();
        let text = String::from_utf8(written.0.lock().unwrap().clone()).unwrap();
        assert_eq!(
            text,
            "reading\n101 tests, 7 of them skipped beforehand\nfail a/1\nerror a/2\n100 of 101 tests\n"
        );
    }

    #[test]
    fn a_reader_that_went_away_ends_nothing() {
        let progress = Progress::with(Face::Lines(Mutex::new(Box::new(Gone))));
        progress.hear(&finished("a", Verdict::Fail));
    }

    #[test]
    fn no_color_is_honoured() {
        assert!(template(None).contains("cyan"));
        assert!(template(Some("".into())).contains("cyan"));
        assert!(!template(Some("1".into())).contains("cyan"));
        for template in [template(None), template(Some("1".into()))] {
            assert!(ProgressStyle::with_template(template).is_ok());
        }
    }
}
