use std::collections::BTreeSet;

use super::super::{Code, Suite};
use super::{BASE, STEPS, case, load, write};

/// Loads case text beside the base files.
fn load_case(text: &str) -> Suite {
    let mut files = BASE.to_vec();
    files.push(("a.yaml", text));
    load(&files)
}

fn summary(suite: &Suite) -> Vec<String> {
    suite
        .diagnostics
        .iter()
        .map(|d| {
            format!(
                "{}:{} {}: {} | {}",
                d.line,
                d.column,
                d.code.name(),
                d.message,
                d.help.as_deref().unwrap_or("-")
            )
        })
        .collect()
}

#[test]
fn nothing_is_wrong_with_the_base() {
    let suite = load_case(&case("a", STEPS));
    assert_eq!(summary(&suite), Vec::<String>::new());
    assert_eq!(suite.cases.len(), 1);
    assert_eq!(suite.cases[0].origin.lines, 8);
    assert_eq!(suite.cases[0].origin.line, 1);
    assert_eq!(suite.requirements.len(), 2);
    assert_eq!(suite.tables["types"].rows.len(), 2);
}

#[test]
fn every_mistake_has_its_code_place_and_help() {
    let step = |expect: &str| format!("  steps:\n    - expect: [ {expect} ]\n");
    let rows = "  foreach: { row: { table: types } }\n";
    // What is added to a good case, and what is said of it.
    let wrong: &[(String, &str)] = &[
        (
            format!("  stepz: []\n{STEPS}"),
            "6:3 unknown-key: unknown key `stepz` | did you mean `steps`?",
        ),
        (
            format!("  zzzzzz: 1\n{STEPS}"),
            "6:3 unknown-key: unknown key `zzzzzz` | allowed here: ",
        ),
        (
            String::new(),
            "1:3 missing-key: `steps` is missing | add `steps: ...`. What is done",
        ),
        (
            format!("  writes: maybe\n{STEPS}"),
            "6:11 wrong-value: `maybe` is of the wrong type",
        ),
        (
            "  steps: [ { request: { send: { method: delete, path: x } }, expect: [ { status: 404 } ] } ]\n".to_owned(),
            "undeclared-write: the case",
        ),
        (
            format!("  type: 5\n{STEPS}"),
            "6:9 wrong-value: `5` is of the wrong type | put it in quotes",
        ),
        (
            format!("  why:\n{STEPS}"),
            "wrong-value: nothing is of the wrong type | give it a value",
        ),
        (
            step("{ bundle: searchsett }"),
            "7:27 wrong-value: `searchsett` is no value for this key | did you mean `searchset`?",
        ),
        (
            step("{ status: 999 }"),
            "7:27 wrong-value: 999 is greater than the maximum",
        ),
        (
            step("{ status: 6xx }"),
            "7:27 wrong-value: `6xx` does not have the form",
        ),
        (
            step("{ statis: 200 }"),
            "7:19 unknown-expectation: unknown kind of expectation `statis` | did you mean `status`?",
        ),
        (
            step("{ status: 200, bundle: searchset }"),
            "7:17 wrong-value: more than one kind in one entry | write an entry for each",
        ),
        (
            step("status"),
            "7:17 wrong-value: `status` is of the wrong type",
        ),
        (
            step(""),
            "7:15 wrong-value: this list is empty | write at least one",
        ),
        (
            format!("  requires: [ {{ conformance: SHALL }} ]\n{STEPS}"),
            "6:15 wrong-value: a key that says the kind is missing | write exactly one",
        ),
        (
            format!("  requires: [ {{ type: A, operation: B.c }} ]\n{STEPS}"),
            "6:15 wrong-value: more than one kind in one entry",
        ),
        (
            format!("  given: {{ \"a b\": {{ patient: 0 }} }}\n{STEPS}"),
            "wrong-value: `a b` is no name",
        ),
        (
            "  steps:\n    - await: { read: x }\n      expect: [ { status: 200 } ]\n".to_owned(),
            "7:14 not-yet-supported: `await` is reserved",
        ),
        (
            step("{ resource: \"{row\" }"),
            "7:29 bad-template: `{` is never closed in `{row` | close it",
        ),
        (
            step("{ header: { name: ETag, matches: \"(\" } }"),
            "7:50 bad-regex: the regular expression cannot be read: error: unclosed group",
        ),
        (
            format!("{rows}{}", step("{ resource: \"{row.typo}\" }")),
            "8:29 undefined-variable: the variable `row.typo` is not defined here | did you mean `row.type`?",
        ),
        (
            format!("{rows}{}", step("{ resource: \"{row}\" }")),
            "8:29 undefined-variable: the variable `row` is not defined here",
        ),
        (
            step("{ contains: sed }"),
            "7:29 undefined-variable: the variable `sed` is not defined here | define it as a `seed` under `given`",
        ),
        (
            format!(
                "  given: {{ seed: {{ seed: {{ pool: Patient }} }} }}\n{}",
                step("{ same-as: sed }")
            ),
            "8:28 undefined-variable: the variable `sed` is not defined here | did you mean `seed`?",
        ),
        (
            format!("  foreach: {{ row: {{ table: typs }} }}\n{STEPS}"),
            "6:28 unknown-table: there is no table `typs` | did you mean `types`?",
        ),
        (
            format!(
                "  foreach: {{ row: {{ table: types, where: {{ typ: Condition }} }} }}\n{STEPS}"
            ),
            "6:44 unknown-column: the table `types` has no column `typ` | did you mean `type`?",
        ),
        (
            format!("  foreach: {{ row: {{ table: types, where: {{ type: Basic }} }} }}\n{STEPS}"),
            "6:28 no-rows: no row of the table `types` is selected",
        ),
        (
            format!("  foreach: {{ a: [x y, x-y] }}\n{STEPS}"),
            "1:7 same-label: several rows have the same name",
        ),
        (
            format!("{rows}{}", step("{ fhirpath: \"name.{row.type}(\" }")),
            "8:29 bad-fhirpath: the FHIRPath expression `name.Condition(` cannot be read | mend it: ",
        ),
        (
            "  steps: [ { expect: [ { status: 200 } ], capture: { id: \"1 +\" } } ]\n".to_owned(),
            "bad-fhirpath: the FHIRPath expression `1 +` cannot be read | mend it: ",
        ),
        (
            format!("  needs: [b]\n{STEPS}"),
            "6:11 unknown-need: there is no case `b` | did you mean `a`?",
        ),
        (
            format!("  needs: [a]\n{STEPS}"),
            "1:7 circular-needs: cases need each other: a → a | take one",
        ),
        (
            step("{ should: { verifies: [CND-9], expect: [ { at-least: 1 } ] } }"),
            "7:40 unknown-requirement: there is no requirement `CND-9` | did you mean `CND-1`?",
        ),
        (
            format!("  why: |\n{}{STEPS}", "    line\n".repeat(40)),
            "1:7 long-case: the case has 49 lines, more than 40",
        ),
        (case("a", STEPS), "1:3 missing-key: `steps` is missing"),
        (
            format!("{STEPS}{}", case("a", STEPS)),
            "9:7 duplicate-id: there are two cases `a` | give it its own id; the first is at",
        ),
        (format!("  title: again\n{STEPS}"), "yaml-syntax: "),
        ("  steps: [\n".to_owned(), "yaml-syntax: "),
        (format!("  why: &anchor x\n{STEPS}"), "yaml-syntax: "),
        (
            format!(
                "  foreach: {{ {} }}\n{STEPS}",
                ('a'..='d')
                    .map(|v| format!("{v}: [1, 2, 3, 4, 5, 6, 7]"))
                    .collect::<Vec<_>>()
                    .join(", ")
            ),
            "1:7 too-many-tests: the case has more than 2000 tests",
        ),
    ];
    let mut failures = Vec::new();
    for (further, expected) in wrong {
        let suite = load_case(&case("a", further));
        let found = summary(&suite);
        if !found.iter().any(|line| line.contains(expected)) {
            failures.push(format!(
                "{further}\n  expected {expected}\n  found {found:#?}"
            ));
        }
        for diagnostic in &suite.diagnostics {
            assert!(diagnostic.help.is_some(), "{diagnostic}");
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn other_files_have_their_mistakes_too() {
    let files: &[(&str, &str, &str)] = &[
        (
            "tables/t.yaml",
            "- { a: 1 }\n- { b: 1 }\n",
            "2:3 ragged-table: the row has no column `a`",
        ),
        (
            "tables/t.yaml",
            "- { a: 1 }\n- { a: 1, b: 1 }\n",
            "2:3 ragged-table: the row has the column `b`",
        ),
        (
            "tables/t.yaml",
            "- { a: [1] }\n",
            "1:8 wrong-value: this list is of the wrong type",
        ),
        (
            "tables/types.yml",
            "- { type: A }\n",
            "0:0 duplicate-id: there are two tables `types`",
        ),
        (
            "requirements/b.yaml",
            "- { id: X, basis: implicit }\n",
            "1:19 wrong-value: `implicit` is no value for this key | did you mean `explicit`?",
        ),
        (
            "requirements/b.yaml",
            "- { id: CND-1, actor: resource-access-provider, transaction: r, conformance: MAY, statement: A, source: B, basis: explicit }\n",
            "1:9 duplicate-id: there are two requirements `CND-1`",
        ),
        (
            "b.yaml",
            "just text",
            "wrong-value: `just text` is of the wrong type",
        ),
        ("b.yaml", "{}", "wrong-value: this map is of the wrong type"),
    ];
    for (path, text, expected) in files {
        let mut all = BASE.to_vec();
        all.push((path, text));
        let found = summary(&load(&all));
        assert!(
            found.iter().any(|line| line.contains(expected)),
            "{text}: {found:#?}"
        );
    }
}

#[test]
fn files_that_cannot_be_read_are_said() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), &BASE);
    write(folder.path(), &[("a.yaml", &case("a", STEPS))]);
    std::fs::write(folder.path().join("latin.yaml"), [b'-', b' ', 0xe4]).unwrap();
    std::fs::write(folder.path().join("big.yaml"), " ".repeat((1 << 20) + 1)).unwrap();
    let suite = Suite::load_dir(folder.path());
    let found = summary(&suite);
    assert_eq!(found.len(), 2, "{found:#?}");
    assert!(
        found[0].contains("unreadable-file: the file has 1048577 bytes"),
        "{found:#?}"
    );
    assert!(
        found[1].contains("unreadable-file: the file is not UTF-8 from byte 2 on"),
        "{found:#?}"
    );
    assert_eq!(suite.cases.len(), 1);
    let suite = Suite::load_dir(&folder.path().join("nowhere"));
    assert!(summary(&suite)[0].contains("unreadable-file: the folder cannot be read"));
}

#[test]
fn a_broken_case_leaves_the_others_in_their_place() {
    let broken = case("b", &format!("  extra: ä\n  needs: [a]\n{STEPS}"));
    let text = format!(
        "{}\n# about b\n{broken}{}",
        case("a", STEPS),
        case("c", &format!("  needs: [b]\n{STEPS}"))
    );
    let suite = load_case(&text);
    let ids: Vec<_> = suite
        .cases
        .iter()
        .map(|case| case.id.value.as_str())
        .collect();
    assert_eq!(ids, ["a", "c"]);
    assert_eq!(suite.cases[0].origin.lines, 8);
    assert_eq!(suite.cases[1].origin.line, 21);
    assert_eq!(suite.cases[1].needs[0].referenced.line(), 26);
    // The need of a broken case is not called unknown as well.
    assert_eq!(suite.diagnostics.len(), 1, "{:#?}", summary(&suite));
}

#[test]
fn broken_cases_that_share_a_line_are_left_out_with_their_neighbours() {
    let flow = |id: &str| {
        format!(
            "{{ id: {id}, title: T, actor: resource-access-provider, group: read, verifies: [CND-1], steps: [ {{ request: {{ get: {{ path: metadata }} }}, expect: [ {{ status: 200 }} ] }} ] }}"
        )
    };
    let suite = load_case(&format!("[ {}, {} ]", flow("Bad"), flow("good")));
    assert!(suite.cases.is_empty());
    assert_eq!(suite.diagnostics.len(), 1, "{:#?}", summary(&suite));
    let suite = load_case(&format!("[ {}, {} ]", flow("one"), flow("two")));
    assert_eq!(suite.cases.len(), 2, "{:#?}", summary(&suite));
}

#[test]
fn a_later_folder_adds_and_replaces() {
    let one = tempfile::tempdir().unwrap();
    write(one.path(), &BASE);
    write(
        one.path(),
        &[(
            "x/a.yaml",
            &format!("{}{}", case("zz-a", STEPS), case("zz-b", STEPS)),
        )],
    );
    let two = tempfile::tempdir().unwrap();
    write(
        two.path(),
        &[(
            "mine.yaml",
            &case("zz-a", &format!("  why: other\n{STEPS}")),
        )],
    );
    let suite = Suite::load(&[one.path(), two.path()]);
    let a = suite.case("zz-a").unwrap();
    assert_eq!(a.why.as_deref(), Some("other"));
    assert!(a.origin.file.ends_with("mine.yaml"));
    assert!(suite.case("zz-b").is_some());
    assert!(
        suite
            .cases
            .iter()
            .filter(|case| case.id.value == "zz-a")
            .count()
            == 1
    );
    assert_ne!(suite.sha256, Suite::load_embedded().sha256);
    assert_eq!(suite.sha256.len(), 64);
}

#[test]
fn a_diagnostic_shows_its_place_like_a_compiler() {
    let suite = load_case(&case("a", &format!("  stepz: []\n{STEPS}")));
    let folder = suite.diagnostics[0]
        .file
        .trim_end_matches("a.yaml")
        .to_owned();
    let text = suite.diagnostics[0].to_string().replace(&folder, "DIR/");
    insta::assert_snapshot!(text, @r"
    error[unknown-key]: unknown key `stepz`
     --> DIR/a.yaml:6:3
      |
    6 |   stepz: []
      |   ^^^^^
      |
      = help: did you mean `steps`?
    ");
}

#[test]
fn codes_are_unique_kebab_case_and_all_listed() {
    let names: BTreeSet<_> = Code::ALL.iter().map(|(_, name)| *name).collect();
    assert_eq!(names.len(), Code::ALL.len());
    for name in names {
        assert!(
            name.chars().all(|c| c.is_ascii_lowercase() || c == '-'),
            "{name}"
        );
    }
    let codes: BTreeSet<_> = Code::ALL.iter().map(|(code, _)| *code).collect();
    assert_eq!(codes.len(), Code::ALL.len());
    assert_eq!(Code::ALL.len(), Code::LongCase as usize + 1);
}

/// Requirements of a suite with one case, which verifies `CND-1`.
fn load_requirements(requirements: &str) -> Suite {
    let cases = case("a", STEPS);
    load(&[
        ("requirements/all.yaml", requirements),
        ("read.yaml", &cases),
    ])
}

#[test]
fn a_requirement_is_verified_or_says_why_it_is_not() {
    let requirement = |id: &str, conformance: &str, further: &str| {
        format!(
            "- {{ id: {id}, actor: resource-access-provider, transaction: read, conformance: {conformance}, statement: A, source: B, basis: derived{further} }}\n"
        )
    };
    let reason = ", untested: \"seen only inside the server\"";
    for (further, expected) in [
        (requirement("X-1", "SHOULD", reason), None),
        (
            requirement("X-1", "SHOULD", ""),
            Some("2:9 unlinked-requirement: no case verifies `X-1`"),
        ),
        (requirement("X-1", "SHALL", reason), None),
        (
            requirement("X-1", "SHALL", ""),
            Some("2:9 unlinked-requirement: no case verifies `X-1`"),
        ),
    ] {
        let suite = load_requirements(&(requirement("CND-1", "SHALL", "") + &further));
        let found = summary(&suite);
        assert_eq!(found.len(), usize::from(expected.is_some()), "{found:#?}");
        for (line, expected) in found.iter().zip(expected) {
            assert!(line.contains(expected), "{line}");
        }
    }
    let found = summary(&load_requirements(&requirement("CND-1", "SHALL", reason)));
    assert_eq!(found.len(), 1);
    assert!(found[0].contains("needless-reason"), "{found:#?}");
}
