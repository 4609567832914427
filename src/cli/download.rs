//! Progress of downloads: a bar on a terminal, a line a package elsewhere.

use std::io::IsTerminal;

use indicatif::{ProgressBar, ProgressStyle};

use super::output;
use crate::package::Progress;

/// Shows downloads on standard error.
pub struct Downloads {
    bar: Option<ProgressBar>,
}

impl Downloads {
    /// Looks at standard error once, to see whether it is a terminal.
    pub fn new() -> Self {
        let bar = std::io::stderr().is_terminal().then(|| {
            let style = ProgressStyle::with_template("{msg} {bytes}/{total_bytes} {bar:30}");
            ProgressBar::no_length()
                .with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
        });
        Self { bar }
    }

    /// Shows how far a download is.
    pub fn hear(&mut self, progress: Progress<'_>) {
        if progress.done {
            let line = format!("installed {} ({} bytes)", progress.id, progress.received);
            match &self.bar {
                Some(bar) => bar.println(line),
                None => output::note(line),
            }
        } else if let Some(bar) = &self.bar {
            bar.set_message(progress.id.to_string());
            bar.set_position(progress.received);
            match progress.total {
                Some(total) => bar.set_length(total),
                None => bar.unset_length(),
            }
        }
    }

    /// Takes the bar away.
    pub fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
