//! Times one validator over files. Every peer's program is this with another `is_valid`.
//!
//! Arguments: files of JSON. Output: a line a file, `path, bytes, ns to parse, ns to validate, valid`
//! with tabs between; the times are medians of warm runs. After `--once` each file is judged once, and the
//! times are 0.

use std::hint::black_box;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use serde_json::Value;

/// Runs before the clock counts.
const WARM_UP: usize = 3;
/// Runs that are timed, unless they take longer than `LONGEST` in all.
const RUNS: usize = 31;
const LONGEST: Duration = Duration::from_millis(600);

pub fn measure(mut is_valid: impl FnMut(&Value) -> bool) {
    let mut files = std::env::args_os().skip(1).map(PathBuf::from).peekable();
    let once = files.next_if(|first| first == "--once").is_some();
    for path in files {
        let text = std::fs::read_to_string(&path).expect("a readable file");
        let Ok(resource) = serde_json::from_str::<Value>(&text) else {
            continue;
        };
        let valid = is_valid(&resource);
        let (parse, validate) = if once {
            (0, 0)
        } else {
            (
                median(|| drop(black_box(serde_json::from_str::<Value>(&text)))),
                median(|| _ = black_box(is_valid(&resource))),
            )
        };
        println!(
            "{}\t{}\t{parse}\t{validate}\t{valid}",
            path.display(),
            text.len()
        );
    }
}

/// Nanoseconds.
fn median(mut run: impl FnMut()) -> u128 {
    let started = Instant::now();
    for _ in 0..WARM_UP {
        run();
    }
    let mut times = Vec::with_capacity(RUNS);
    while times.len() < RUNS && (times.is_empty() || started.elapsed() < LONGEST) {
        let started = Instant::now();
        run();
        times.push(started.elapsed().as_nanos());
    }
    times.sort_unstable();
    times[times.len() / 2]
}
