//! Nothing that a file may hold makes the loader panic, hang or run out of memory.

use std::path::Path;

use super::super::Suite;
use super::{BASE, STEPS, case, load};
use crate::plan::{Plan, Selection};
use crate::suite::Actor;

/// A small random generator (xorshift), so that a failure can be repeated.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() % limit.max(1) as u64).unwrap()
    }
}

fn load_bytes(folder: &Path, bytes: &[u8]) -> Suite {
    for name in ["a.yaml", "tables/t.yaml", "requirements/r.yaml"] {
        std::fs::write(folder.join(name), bytes).unwrap();
    }
    let suite = Suite::load_dir(folder);
    for diagnostic in &suite.diagnostics {
        let _ = diagnostic.render(true);
        assert!(!diagnostic.to_string().is_empty());
    }
    let plan = Plan::new(
        &suite,
        &Selection {
            actor: Actor::ResourceAccessProvider,
            filters: &[],
            only: None,
            allow_writes: true,
            patients: Some(1),
            capabilities: None,
            means: crate::plan::Means::Client,
            connection: crate::plan::Connection::LOOPBACK,
            access: None,
        },
    );
    for test in &plan.tests {
        let _ = (test.explain(&suite.requirements), test.requests());
    }
    suite
}

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for name in ["tables", "requirements"] {
        std::fs::create_dir(folder.path().join(name)).unwrap();
    }
    folder
}

#[test]
fn arbitrary_bytes() {
    let folder = folder();
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    for _ in 0..100 {
        let length = random.below(200);
        let bytes: Vec<u8> = (0..length)
            .map(|_| random.next().to_le_bytes()[0])
            .collect();
        load_bytes(folder.path(), &bytes);
    }
}

#[test]
fn arbitrary_yaml_tokens() {
    const TOKENS: &[&str] = &[
        "- ",
        "id",
        ": ",
        "a",
        "\n",
        "  ",
        "{",
        "}",
        "[",
        "]",
        ", ",
        "\"",
        "'",
        "|\n",
        ">",
        "#",
        "&x ",
        "*x",
        "!!str ",
        "? ",
        "---\n",
        "...\n",
        "<<",
        "~",
        "ä",
        "\u{feff}",
        "\r\n",
        "\t",
        "1e999",
        ".nan",
        "{row.type}",
        "steps",
        "%YAML 9\n",
        "0x",
        "\u{2028}",
    ];
    let folder = folder();
    let mut random = Random(42);
    for _ in 0..200 {
        let text: String = (0..random.below(40))
            .map(|_| TOKENS[random.below(TOKENS.len())])
            .collect();
        load_bytes(folder.path(), text.as_bytes());
    }
}

#[test]
fn good_files_with_a_change() {
    let good = case(
        "a",
        &format!("  why: \"ä→{{\"\n  foreach: {{ row: {{ table: t }} }}\n  needs: [b]\n{STEPS}"),
    );
    let good = format!("{good}{}", case("b", STEPS));
    let folder = folder();
    let mut random = Random(7);
    for _ in 0..200 {
        let mut bytes = good.clone().into_bytes();
        for _ in 0..=random.below(3) {
            let at = random.below(bytes.len());
            match random.below(3) {
                0 => bytes[at] = random.next().to_le_bytes()[0],
                1 => drop(bytes.remove(at)),
                _ => bytes.insert(at, b" \n{}[]:-\"'"[random.below(10)]),
            }
        }
        load_bytes(folder.path(), &bytes);
    }
}

#[test]
fn bombs_are_refused() {
    let deep = "[".repeat(10_000);
    let deep_block: String = (0..2000)
        .map(|depth| format!("{}a:\n", " ".repeat(depth)))
        .collect();
    let mut laughs = "- &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..12 {
        laughs += &format!(
            "- &a{level} [{}]\n",
            vec![format!("*a{}", level - 1); 9].join(", ")
        );
    }
    let many = "- 1\n".repeat(200_001);
    let braces = format!("- {}\n", "{a: ".repeat(5000));
    let groups = "{ should: { expect: [ ".repeat(200) + "{ status: 200 }" + &" ] } }".repeat(200);
    let nested = case("a", &format!("  steps: [ {{ expect: [ {groups} ] }} ]\n"));
    let folder = folder();
    for bomb in [&deep, &deep_block, &laughs, &many, &braces, &nested] {
        let suite = load_bytes(folder.path(), bomb.as_bytes());
        assert!(suite.is_broken());
        assert!(suite.cases.is_empty());
    }
}

#[test]
fn many_cases_that_need_each_other_end() {
    let text: String = (0..1500)
        .map(|number| {
            case(
                &format!("c{number}"),
                &format!("  needs: [c{}]\n{STEPS}", (number + 1) % 1500),
            )
        })
        .collect();
    let mut files = BASE.to_vec();
    files.push(("a.yaml", &text));
    let suite = load(&files);
    assert_eq!(suite.cases.len(), 1500);
    assert_eq!(suite.diagnostics.len(), 1, "one circle, said once");
}
