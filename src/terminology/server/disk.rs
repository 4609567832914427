//! Decided answers of a terminology server on disk: one line each, the last one counts.

use std::fs::{self, File, OpenOptions};
use std::io::{BufRead, BufReader, Read, Write};
use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::question::{MAX_QUESTION, MAX_QUESTIONS, Question};

/// Seconds for which an answer is believed: value sets change.
const MAX_AGE: u64 = 7 * 24 * 60 * 60;
/// Bytes of the file; a larger one is begun anew.
const MAX_FILE: u64 = 16 * 1024 * 1024;

/// The file with the answers of one server. What can't be read or written is done without.
#[derive(Debug)]
pub(super) struct Disk {
    folder: PathBuf,
    file: PathBuf,
}

#[derive(Serialize, Deserialize)]
struct Line {
    value_set: String,
    system: String,
    code: String,
    member: bool,
    /// Seconds since 1970.
    at: u64,
}

impl Disk {
    pub(super) fn open(folder: PathBuf, server: &str) -> Self {
        let name: String = Sha256::digest(server)
            .iter()
            .take(12)
            .map(|byte| format!("{byte:02x}"))
            .collect();
        Self {
            file: folder.join(format!("{name}.jsonl")),
            folder,
        }
    }

    /// The answers that are still believed.
    pub(super) fn read(&self) -> Vec<(Question, bool)> {
        let Ok(file) = File::open(&self.file) else {
            return Vec::new();
        };
        let now = now();
        let is_recent = |line: &Line| line.at <= now && now - line.at < MAX_AGE;
        let lines = BufReader::new(file.take(MAX_FILE)).split(b'\n');
        lines
            .map_while(Result::ok)
            .filter_map(|line| serde_json::from_slice::<Line>(&line).ok())
            .filter(is_recent)
            .map(|line| {
                let question = Question {
                    value_set: line.value_set,
                    system: line.system,
                    code: line.code,
                };
                (question, line.member)
            })
            // Leaves as much room for new questions.
            .take(MAX_QUESTIONS / 2)
            .collect()
    }

    /// Adds an answer; a line is written at once, so that several processes can share the file.
    pub(super) fn keep(&self, question: &Question, member: bool) {
        let line = Line {
            value_set: question.value_set.clone(),
            system: question.system.clone(),
            code: question.code.clone(),
            member,
            at: now(),
        };
        let Ok(mut text) = serde_json::to_string(&line) else {
            return;
        };
        text.push('\n');
        debug_assert!(question.code.len() <= MAX_QUESTION, "bounded before");
        let _ = fs::create_dir_all(&self.folder);
        let is_full = fs::metadata(&self.file).is_ok_and(|file| file.len() > MAX_FILE);
        let file = OpenOptions::new()
            .create(true)
            .append(!is_full)
            .write(true)
            .truncate(is_full)
            .open(&self.file);
        let _ = file.and_then(|mut file| file.write_all(text.as_bytes()));
    }
}

fn now() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |time| time.as_secs())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn question(code: &str) -> Question {
        Question {
            value_set: "http://e/v".to_owned(),
            system: "http://e/s".to_owned(),
            code: code.to_owned(),
        }
    }

    #[test]
    fn answers_are_found_again_while_they_are_young() {
        let folder = tempfile::tempdir().unwrap();
        let disk = Disk::open(folder.path().join("deep"), "http://e/");
        assert_eq!(disk.read(), []);
        disk.keep(&question("a"), true);
        disk.keep(&question("b"), false);
        let expected = [(question("a"), true), (question("b"), false)];
        assert_eq!(disk.read(), expected);
        assert_eq!(
            Disk::open(disk.folder.clone(), "http://other/").read(),
            [],
            "each server has a file of its own"
        );
        let old = fs::read_to_string(&disk.file).unwrap();
        let old = old.replace(&format!("\"at\":{}", now() / 100), "\"at\":1");
        fs::write(
            &disk.file,
            format!("no JSON\n{{}}\n{}", old.replace("\"at\":1", "\"at\":0")),
        )
        .unwrap();
        assert_eq!(disk.read(), [], "too old, or from the future, or malformed");
    }
}
