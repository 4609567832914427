//! Builds every peer, lets all judge the same files in turns, and prints a table.
//!
//! `cargo run --release -- SOUND... [--broken BROKEN...]`: files or folders of JSON resources.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

const PEERS: [&str; 4] = [
    "fhir-assay",
    "helios-fhir-validator",
    "octofhir-fhirschema",
    "rh-validator",
];
/// Each peer judges everything so often; the best time of a file counts.
const ROUNDS: usize = 3;

#[derive(Clone)]
struct Judged {
    bytes: u64,
    parse: u64,
    validate: u64,
    valid: bool,
}

type Times = BTreeMap<PathBuf, Judged>;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let mut parts = arguments.split(|argument| argument == "--broken");
    let sound = files(parts.next().unwrap_or_default());
    let broken = files(parts.next().unwrap_or_default());
    assert!(!sound.is_empty(), "name files or folders of resources");
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).with_file_name("");
    let peers: Vec<&str> = PEERS
        .into_iter()
        .filter(|peer| build(&root, peer))
        .collect();
    let mut found: BTreeMap<&str, (Times, Times)> = BTreeMap::new();
    for _ in 0..ROUNDS {
        for peer in &peers {
            let (times, judged) = found.entry(peer).or_default();
            best(times, run(&root, peer, &sound));
            best(judged, run(&root, peer, &broken));
        }
    }
    println!(
        "| validator | median µs | p95 µs | × parsing | largest file: ms | × parsing | sound accepted | broken caught |"
    );
    println!("|---|---|---|---|---|---|---|---|");
    for peer in peers {
        let (times, judged) = &found[peer];
        row(peer, times, judged);
    }
}

fn row(peer: &str, times: &Times, judged: &Times) {
    let mut sorted: Vec<u64> = times.values().map(|one| one.validate).collect();
    sorted.sort_unstable();
    let parse: u64 = times.values().map(|one| one.parse).sum();
    let validate: u64 = times.values().map(|one| one.validate).sum();
    let Some(largest) = times.values().max_by_key(|one| one.bytes) else {
        println!("| {peer} | no result |");
        return;
    };
    println!(
        "| {peer} | {:.0} | {:.0} | {:.1} | {:.1} ({} kB) | {:.1} | {} of {} | {} of {} |",
        micros(sorted[sorted.len() / 2]),
        micros(sorted[sorted.len() * 95 / 100]),
        ratio(validate, parse),
        micros(largest.validate) / 1000.0,
        largest.bytes / 1000,
        ratio(largest.validate, largest.parse),
        times.values().filter(|one| one.valid).count(),
        times.len(),
        judged.values().filter(|one| !one.valid).count(),
        judged.len(),
    );
}

fn micros(nanoseconds: u64) -> f64 {
    nanoseconds as f64 / 1000.0
}

fn ratio(time: u64, other: u64) -> f64 {
    time as f64 / other.max(1) as f64
}

fn build(root: &Path, peer: &str) -> bool {
    let built = Command::new("cargo")
        .args(["build", "--release", "--quiet"])
        .current_dir(root.join(peer))
        .status()
        .expect("cargo");
    if !built.success() {
        eprintln!("{peer} can't be built here and is left out");
    }
    built.success()
}

fn run(root: &Path, peer: &str, files: &[PathBuf]) -> Times {
    let program = root.join(peer).join(format!("target/release/peer-{peer}"));
    let mut times = Times::new();
    // One file at a time would pay for the start each time, all at once would lose all to one crash.
    for some in files.chunks(50) {
        let output = Command::new(&program)
            .args(some)
            .output()
            .expect("it starts");
        for line in String::from_utf8_lossy(&output.stdout).lines() {
            let parts: Vec<&str> = line.split('\t').collect();
            let [path, bytes, parse, validate, valid] = parts[..] else {
                continue;
            };
            let number = |text: &str| text.parse().expect("a number");
            times.insert(
                path.into(),
                Judged {
                    bytes: number(bytes),
                    parse: number(parse),
                    validate: number(validate),
                    valid: valid == "true",
                },
            );
        }
    }
    times
}

fn best(times: &mut Times, new: Times) {
    for (path, one) in new {
        let known = times.entry(path).or_insert_with(|| one.clone());
        known.parse = known.parse.min(one.parse);
        known.validate = known.validate.min(one.validate);
    }
}

/// The JSON files of these files and folders.
fn files(arguments: &[String]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for path in arguments.iter().map(PathBuf::from) {
        match std::fs::read_dir(&path) {
            Ok(entries) => found.extend(
                entries
                    .flatten()
                    .map(|entry| entry.path())
                    .filter(|path| path.extension().is_some_and(|kind| kind == "json")),
            ),
            Err(_) => found.push(path),
        }
    }
    found.sort();
    found
}
