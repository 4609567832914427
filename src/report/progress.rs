//! Live progress: a bar on a terminal, plain lines elsewhere.

use std::io::{IsTerminal, Write};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use indicatif::{ProgressBar, ProgressStyle};

use super::words::word;
use crate::event::Event;
use crate::outcome::{TestOutcome, Verdict};

/// Lines between two counts where there is no terminal.
const EVERY: u64 = 100;

/// Hears a run's events and shows them on standard error.
pub struct Progress {
    /// Present on a terminal.
    bar: Option<ProgressBar>,
    done: AtomicU64,
    all: AtomicU64,
    /// Keeps lines whole.
    lines: Mutex<()>,
}

impl Default for Progress {
    fn default() -> Self {
        Self::new()
    }
}

impl Progress {
    /// Looks at standard error once, to see whether it is a terminal.
    pub fn new() -> Self {
        Self {
            bar: std::io::stderr().is_terminal().then(new_bar),
            done: AtomicU64::new(0),
            all: AtomicU64::new(0),
            lines: Mutex::new(()),
        }
    }

    /// Shows an event.
    pub fn hear(&self, event: &Event) {
        match event {
            Event::Preparing(what) => match &self.bar {
                Some(bar) => bar.set_message(what.clone()),
                None => self.line(what),
            },
            Event::Planned { tests, skipped } => {
                let tests = *tests as u64;
                self.all.store(tests, Ordering::Relaxed);
                match &self.bar {
                    Some(bar) => bar.set_length(tests),
                    None => self.line(&format!(
                        "{tests} tests, {skipped} of them skipped beforehand"
                    )),
                }
            }
            Event::TestStarted { id } => {
                if let Some(bar) = &self.bar {
                    bar.set_message(id.clone());
                }
            }
            Event::TestFinished(test) => self.finished(test),
            Event::Finished { .. } => self.finish(),
        }
    }

    /// Takes the bar away.
    pub fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }

    fn finished(&self, test: &TestOutcome) {
        let done = self.done.fetch_add(1, Ordering::Relaxed) + 1;
        let is_notable = test.verdict >= Verdict::Fail;
        let line = format!("{} {}", word(test.verdict), test.id);
        match &self.bar {
            Some(bar) => {
                bar.inc(1);
                if is_notable {
                    bar.println(line);
                }
            }
            None if is_notable => self.line(&line),
            None if done.is_multiple_of(EVERY) => {
                self.line(&format!(
                    "{done} of {} tests",
                    self.all.load(Ordering::Relaxed)
                ));
            }
            None => {}
        }
    }

    fn line(&self, text: &str) {
        let _whole = self.lines.lock();
        // A reader that went away is no reason to fail.
        let _ = writeln!(std::io::stderr(), "{text}");
    }
}

fn new_bar() -> ProgressBar {
    let bar = ProgressBar::new(0);
    let coloured = std::env::var_os("NO_COLOR").is_none();
    let template = if coloured {
        "{bar:30.cyan/dim} {pos}/{len} {elapsed} {wide_msg:.dim}"
    } else {
        "{bar:30} {pos}/{len} {elapsed} {wide_msg}"
    };
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    bar
}
