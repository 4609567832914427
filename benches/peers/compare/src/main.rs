//! Builds every peer, lets all judge the same files in turns, and prints a table.
//!
//! `cargo run --release -- SOUND... [--broken BROKEN...]`: files or folders of JSON resources. The environment's
//! FHIR_PACKAGES names a folder of `NAME#VERSION.tgz`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const PEERS: [&str; 5] = [
    "fhir-assay",
    "helios-fhir-validator",
    "octofhir-fhirschema",
    "rh-validator",
    JAVA,
];
/// Not built by cargo.
const JAVA: &str = "hl7-validator";
/// What the others are given of that which `fhir-assay` has inside.
const PACKAGES: [&str; 12] = [
    "hl7.fhir.r4.core#4.0.1",
    "hl7.terminology.r4#7.0.1",
    "hl7.fhir.uv.extensions.r4#5.3.0-ballot-tc1",
    "hl7.fhir.eu.extensions.r4#1.2.1-ci-build",
    "hl7.fhir.eu.base#2.0.0",
    "hl7.fhir.eu.health-data-api#1.0.0-ballot",
    "hl7.fhir.eu.mpd#1.0.0",
    "hl7.fhir.uv.ipa#1.1.0",
    "ihe.iti.mhd#4.2.4-current",
    "ihe.iti.mxde#1.3.1-current",
    "ihe.iti.pdqm#3.2.0",
    "ihe.pharm.mpd.r4#1.0.0-comment-3",
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

/// What one peer found and needed.
#[derive(Default)]
struct Found {
    sound: Times,
    broken: Times,
    /// From the start of a process to its end, for one small file.
    start: Option<Duration>,
    /// The most that such a process had in memory.
    kilobytes: Option<u64>,
}

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
    let home = root.join("compare/target/home");
    unpack(&home);
    let small = sound
        .iter()
        .min_by_key(|file| std::fs::metadata(file).map_or(u64::MAX, |known| known.len()))
        .expect("some");
    // The best time that any peer needs to parse a file.
    let mut parse = BTreeMap::new();
    let mut found: BTreeMap<&str, Found> = BTreeMap::new();
    for round in 0..ROUNDS {
        for peer in &peers {
            let of_peer = found.entry(peer).or_default();
            let program = || program(&root, peer, &home);
            best(&mut of_peer.sound, run(peer, program, &sound), &mut parse);
            if round == 0 {
                let judge = || {
                    let mut program = program();
                    program.arg("--once");
                    program
                };
                of_peer.broken = run(peer, judge, &broken);
            }
            start(of_peer, program(), small);
        }
    }
    println!(
        "| validator | median µs | p95 µs | × parsing | largest file: ms | × parsing | sound accepted | broken caught | start to end: ms | MB |"
    );
    println!("|---|---|---|---|---|---|---|---|---|---|");
    for peer in peers {
        row(peer, &found[peer], &parse);
    }
}

fn row(peer: &str, found: &Found, parse: &BTreeMap<PathBuf, u64>) {
    let times = &found.sound;
    let mut sorted: Vec<u64> = times.values().map(|one| one.validate).collect();
    sorted.sort_unstable();
    let to_parse: u64 = times.keys().map(|path| parse[path]).sum();
    let validate: u64 = times.values().map(|one| one.validate).sum();
    let Some((path, largest)) = times.iter().max_by_key(|(_, one)| one.bytes) else {
        println!("| {peer} | no result |");
        return;
    };
    println!(
        "| {peer} | {:.0} | {:.0} | {:.1} | {:.1} ({} kB) | {:.1} | {} of {} | {} of {} | {} | {} |",
        micros(sorted[sorted.len() / 2]),
        micros(sorted[sorted.len() * 95 / 100]),
        ratio(validate, to_parse),
        micros(largest.validate) / 1000.0,
        largest.bytes / 1000,
        ratio(largest.validate, parse[path]),
        times.values().filter(|one| one.valid).count(),
        times.len(),
        found.broken.values().filter(|one| !one.valid).count(),
        found.broken.len(),
        found
            .start
            .map_or("-".to_owned(), |time| time.as_millis().to_string()),
        found
            .kilobytes
            .map_or("-".to_owned(), |memory| (memory / 1000).to_string()),
    );
}

fn micros(nanoseconds: u64) -> f64 {
    nanoseconds as f64 / 1000.0
}

fn ratio(time: u64, other: u64) -> f64 {
    time as f64 / other.max(1) as f64
}

fn build(root: &Path, peer: &str) -> bool {
    let (tool, arguments) = if peer == JAVA {
        ("mvn", ["--quiet", "--batch-mode", "package"])
    } else {
        ("cargo", ["build", "--release", "--quiet"])
    };
    let built = Command::new(tool)
        .args(arguments)
        .current_dir(root.join(peer))
        .status()
        .is_ok_and(|status| status.success());
    if !built {
        eprintln!("{peer} can't be built here and is left out");
    }
    built
}

/// Makes a home whose FHIR package cache has the packages.
fn unpack(home: &Path) {
    let Some(folder) = std::env::var_os("FHIR_PACKAGES").map(PathBuf::from) else {
        eprintln!(
            "FHIR_PACKAGES names no folder: {JAVA} and rh-validator are nothing without packages"
        );
        return;
    };
    for package in PACKAGES {
        let cached = home.join(".fhir/packages").join(package);
        if cached.exists() {
            continue;
        }
        std::fs::create_dir_all(&cached).expect("a folder");
        let unpacked = Command::new("tar")
            .arg("-xzf")
            .arg(folder.join(format!("{package}.tgz")))
            .arg("-C")
            .arg(&cached)
            .status();
        if !unpacked.is_ok_and(|status| status.success()) {
            std::fs::remove_dir_all(&cached).expect("a folder of ours");
            eprintln!("{package} is not there: the others don't know its profiles");
        }
    }
}

fn program(root: &Path, peer: &str, home: &Path) -> Command {
    let folder = root.join(peer).join("target");
    let mut command = if peer == JAVA {
        let mut java = Command::new("java");
        let classes = format!("{0}/classes:{0}/dependency/*", folder.display());
        java.arg(format!("-Duser.home={}", home.display()));
        java.args(["-cp", &classes, "Peer"]);
        java
    } else {
        let folder = std::env::var_os("CARGO_TARGET_DIR").map_or(folder, PathBuf::from);
        Command::new(folder.join(format!("release/peer-{peer}")))
    };
    command.env("HOME", home).stderr(Stdio::null());
    command
}

fn run(peer: &str, program: impl Fn() -> Command, files: &[PathBuf]) -> Times {
    let mut times = Times::new();
    // One file at a time would pay for the start each time, all at once would lose all to one crash. Java is slow at
    // first, and what goes wrong in it ends no process.
    for some in files.chunks(if peer == JAVA { usize::MAX } else { 50 }) {
        let output = program().args(some).output().expect("it starts");
        for line in String::from_utf8_lossy(&output.stdout).lines() {
            let parts: Vec<&str> = line.split('\t').collect();
            let [path, bytes, to_parse, validate, valid] = parts[..] else {
                continue;
            };
            let number = |text: &str| text.parse().expect("a number");
            times.insert(
                path.into(),
                Judged {
                    bytes: number(bytes),
                    parse: number(to_parse),
                    validate: number(validate),
                    valid: valid == "true",
                },
            );
        }
    }
    times
}

/// Measures a whole process: the least of all rounds.
fn start(found: &mut Found, program: Command, file: &Path) {
    let mut timed = Command::new("/usr/bin/time");
    timed.args(["-f", "%M"]).arg(program.get_program());
    timed.args(program.get_args()).arg("--once").arg(file);
    for (name, value) in program.get_envs() {
        timed.env(name, value.unwrap_or_default());
    }
    let started = Instant::now();
    let Ok(output) = timed.output() else {
        return; // No such tool here.
    };
    let took = started.elapsed();
    found.start = Some(found.start.map_or(took, |known| known.min(took)));
    let told = String::from_utf8_lossy(&output.stderr);
    if let Some(memory) = told.lines().last().and_then(|line| line.parse().ok()) {
        found.kilobytes = Some(found.kilobytes.map_or(memory, |known| known.min(memory)));
    }
}

fn best(times: &mut Times, new: Times, parse: &mut BTreeMap<PathBuf, u64>) {
    for (path, one) in new {
        let fastest = parse.entry(path.clone()).or_insert(one.parse);
        *fastest = one.parse.min(*fastest);
        let known = times.entry(path).or_insert_with(|| one.clone());
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
