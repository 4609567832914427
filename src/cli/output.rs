//! Words for the user. A reader that went away (`| head`) is no reason to fail.

use std::fmt::Display;
use std::io::Write;

/// Prints text as it stands.
pub fn print(text: impl Display) {
    let mut out = std::io::stdout().lock();
    let _ = write!(out, "{text}").and_then(|()| out.flush());
}

/// Prints a line.
pub fn line(text: impl Display) {
    print(format_args!("{text}\n"));
}

/// Prints a line beside the results, to standard error.
pub fn note(text: impl Display) {
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}
