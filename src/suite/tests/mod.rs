mod diagnostics;
mod grammar;
mod hostile;
mod parity;

use super::Suite;

/// Loads files, given by path and text, as a folder.
fn load(files: &[(&str, &str)]) -> Suite {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), files);
    Suite::load_dir(folder.path())
}

fn write(folder: &std::path::Path, files: &[(&str, &str)]) {
    for (path, text) in files {
        let path = folder.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
}

/// A table, requirements, and nothing wrong with either.
const BASE: [(&str, &str); 2] = [
    (
        "tables/types.yaml",
        "- { type: Condition, requirement: CND, conformance: SHOULD }\n- { type: Patient, requirement: PAT, conformance: SHALL }\n",
    ),
    (
        "requirements/all.yaml",
        "- { id: CND-1, actor: resource-access-provider, transaction: read, conformance: SHALL, statement: A, source: B, basis: explicit }\n- { id: PAT-1, actor: resource-access-provider, transaction: read, conformance: SHOULD, statement: A, source: B, basis: derived, untested: \"nobody asks\" }\n",
    ),
];

/// A case in flow style with other or further keys.
fn case(id: &str, further: &str) -> String {
    format!(
        "- id: {id}\n  title: T\n  actor: resource-access-provider\n  group: read\n  verifies: [CND-1]\n{further}"
    )
}

const STEPS: &str =
    "  steps:\n    - request: { get: { path: metadata } }\n      expect: [ { status: 200 } ]\n";
