mod fixture;

use super::*;
use crate::config::DeclaredType;
use crate::outcome::SkipKind;
use fixture::suite;

const ACTOR: Actor = Actor::ResourceAccessProvider;

const ALL: Selection<'_> = Selection {
    actor: ACTOR,
    filters: &[],
    only: None,
    allow_writes: true,
    patients: None,
    capabilities: None,
    means: Means::Client,
    connection: Connection::LOOPBACK,
    access: None,
};

fn declared(parameters: &[&str]) -> DeclaredCapabilities {
    let condition = DeclaredType {
        search_parameters: parameters.iter().map(|&name| name.to_owned()).collect(),
        ..DeclaredType::default()
    };
    DeclaredCapabilities {
        types: [("Condition".to_owned(), condition)].into(),
        instantiates: Vec::new(),
        ..DeclaredCapabilities::default()
    }
}

fn skip<'p>(plan: &'p Plan, id: &str) -> Option<(SkipKind, &'p str)> {
    let skip = plan
        .test(id)
        .unwrap_or_else(|| panic!("no test {id}"))
        .skip
        .as_ref()?;
    Some((skip.kind, skip.reason.as_str()))
}

#[test]
fn the_plan_orders_by_need_and_pool_and_names_tests() {
    let plan = Plan::new(&suite(), &ALL);
    let ids: Vec<_> = plan.tests.iter().map(|test| test.id.as_str()).collect();
    assert_eq!(
        ids,
        [
            "capabilities",
            "read/Condition",
            "read/Patient",
            "search/Condition.patient.ge",
            "search/Condition.patient.x-y",
            "search/Condition.code.ge",
            "search/Condition.code.x-y",
            "search/Patient._id.ge",
            "search/Patient._id.x-y",
            "profile/Condition",
            "profile/Patient",
            "write",
        ]
    );
    let stages: Vec<_> = [0, 1, 7, 9, 11]
        .map(|at: usize| plan.tests[at].stage)
        .into();
    assert_eq!(
        stages,
        [
            Stage::Gather,
            Stage::Seeded,
            Stage::Seeded,
            Stage::Judge,
            Stage::Write
        ]
    );
    assert_eq!(plan.tests[1].needs, [0]);
    assert_eq!(plan.tests[9].needs, [1]);
    assert_eq!(plan.tests[10].needs, [2]);
    assert!(plan.tests.iter().all(|test| test.skip.is_none()));
}

#[test]
fn titles_and_requirements_hold_the_rows_values() {
    let plan = Plan::new(&suite(), &ALL);
    let title = |id: &str| plan.test(id).unwrap().title.clone();
    assert_eq!(title("profile/Patient"), "Every Patient is valid");
    assert_eq!(
        title("read/Patient"),
        "Read returns what search returned (Patient)"
    );
    assert_eq!(title("search/Patient._id.x-y"), "Search by _id with <= x/y");
    assert_eq!(
        plan.test("profile/Patient").unwrap().verifies,
        ["PAT-VALID"]
    );
    assert_eq!(
        plan.test("profile/Patient")
            .unwrap()
            .resource_type
            .as_deref(),
        Some("Patient")
    );
}

#[test]
fn the_same_suite_gives_the_same_plan() {
    let ids = |plan: Plan| {
        plan.tests
            .into_iter()
            .map(|test| test.id)
            .collect::<Vec<_>>()
    };
    let suite = suite();
    assert_eq!(ids(Plan::new(&suite, &ALL)), ids(Plan::new(&suite, &ALL)));
}

#[test]
fn filters_select_by_id_title_and_requirement() {
    for (filter, expected) in [
        ("READ/pat", vec!["read/Patient"]),
        ("is valid", vec!["profile/Condition", "profile/Patient"]),
        ("cap-1", vec!["capabilities"]),
        (
            "hidden-7",
            vec![
                "search/Condition.patient.ge",
                "search/Condition.patient.x-y",
                "search/Condition.code.ge",
                "search/Condition.code.x-y",
                "search/Patient._id.ge",
                "search/Patient._id.x-y",
            ],
        ),
        ("nothing of the kind", vec![]),
    ] {
        let filters = [filter.to_owned()];
        let plan = Plan::new(
            &suite(),
            &Selection {
                filters: &filters,
                only: None,
                ..ALL
            },
        );
        let selected: Vec<_> = plan.selected().map(|test| test.id.as_str()).collect();
        assert_eq!(selected, expected, "{filter}");
        assert!(plan.is_partial());
        assert_eq!(plan.selects_nothing(), expected.is_empty());
        let (kind, reason) = plan
            .tests
            .iter()
            .find_map(|test| test.skip.as_ref())
            .map(|skip| (skip.kind, skip.reason.as_str()))
            .unwrap();
        assert_eq!(kind, SkipKind::Deselected);
        assert!(
            reason.starts_with(&format!("--filter {filter} does not select it")),
            "{reason}"
        );
    }
    let filters = ["write".to_owned(), "cap".to_owned()];
    let plan = Plan::new(
        &suite(),
        &Selection {
            filters: &filters,
            only: None,
            ..ALL
        },
    );
    assert_eq!(plan.selected().count(), 2);
}

#[test]
fn writes_are_left_out_unless_allowed() {
    let plan = Plan::new(
        &suite(),
        &Selection {
            allow_writes: false,
            ..ALL
        },
    );
    let (kind, reason) = skip(&plan, "write").unwrap();
    assert_eq!(kind, SkipKind::Deselected);
    assert!(reason.contains("--allow-writes"), "{reason}");
    assert!(!plan.is_partial());
}

#[test]
fn what_is_optional_and_undeclared_is_not_applicable() {
    let capabilities = declared(&[]);
    let plan = Plan::new(
        &suite(),
        &Selection {
            capabilities: Some(&capabilities),
            ..ALL
        },
    );
    // A SHALL parameter and a SHALL interaction of a declared type are demanded.
    assert_eq!(skip(&plan, "search/Condition.patient.ge"), None);
    assert_eq!(skip(&plan, "read/Condition"), None);
    // A SHALL type is demanded even where it is not declared.
    assert_eq!(skip(&plan, "read/Patient"), None);
    let (kind, reason) = skip(&plan, "search/Condition.code.ge").unwrap();
    assert_eq!(kind, SkipKind::NotApplicable);
    assert!(
        reason.starts_with("the target does not declare the search parameter code of Condition"),
        "{reason}"
    );
    // A SHALL parameter of an optional type that is not declared.
    let (_, reason) = skip(&plan, "search/Patient._id.ge").unwrap();
    assert!(
        reason.starts_with("the target does not declare the type Patient"),
        "{reason}"
    );
    let capabilities = declared(&["code"]);
    let plan = Plan::new(
        &suite(),
        &Selection {
            capabilities: Some(&capabilities),
            ..ALL
        },
    );
    assert_eq!(skip(&plan, "search/Condition.code.ge"), None);
    assert!(!plan.is_partial());
}

#[test]
fn too_few_patients_are_said_beforehand() {
    for (patients, expected) in [
        (0, "it needs 2 patients and 0 are known"),
        (1, "it needs 2 patients and 1 is known"),
    ] {
        let plan = Plan::new(
            &suite(),
            &Selection {
                patients: Some(patients),
                ..ALL
            },
        );
        let (kind, reason) = skip(&plan, "search/Condition.code.ge").unwrap();
        assert_eq!(kind, SkipKind::NoData);
        assert!(
            reason.starts_with(expected) && reason.contains("--patient"),
            "{reason}"
        );
    }
    let plan = Plan::new(
        &suite(),
        &Selection {
            patients: Some(2),
            ..ALL
        },
    );
    assert_eq!(skip(&plan, "search/Condition.code.ge"), None);
}

#[test]
fn the_list_tells_requests_and_data() {
    let suite = suite();
    let plan = Plan::new(&suite, &ALL);
    let requests = |id: &str| plan.test(id).unwrap().requests();
    assert_eq!(requests("capabilities"), ["GET metadata"]);
    assert_eq!(requests("read/Patient"), ["GET Patient/{seed.id}"]);
    assert_eq!(
        requests("search/Condition.code.ge"),
        ["GET Condition?patient={one}&code=ge&code=ge{date of s}, all pages"]
    );
    assert_eq!(
        requests("profile/Patient"),
        ["judge every Patient seen before"]
    );
    let gains = plan.prerequisites();
    let shown: Vec<_> = gains
        .iter()
        .map(|gain| {
            format!(
                "{} {} {}: {}",
                gain.tests.len(),
                gain.resource_type,
                gain.element.as_deref().unwrap_or("-"),
                gain.why.join("; ")
            )
        })
        .collect();
    assert_eq!(
        shown,
        [
            "7 Condition -: one is tested with; all that were found are judged",
            "7 Patient -: a second one, to tell the data of patients apart; one whose data are asked for; all that were found are judged",
            "1 Condition code: one is tested with",
            "1 Patient code: one is tested with",
        ]
    );
}

#[test]
fn explain_shows_the_expanded_test() {
    let suite = suite();
    let plan = Plan::new(&suite, &ALL);
    let text = plan
        .test("search/Condition.code.ge")
        .unwrap()
        .explain(&suite.requirements);
    for line in [
        "search/Condition.code.ge",
        "  verifies: SEARCH-1",
        "  prefix = ge",
        "  row.name = code",
        "  requires: Condition.code (SHOULD)",
        "  given two: patient number 2",
        "  1. GET Condition?patient={one}&code=ge&code=ge{date of s}, all pages",
        "     expect should at-least: 1",
        "     expect should bundle: searchset",
    ] {
        assert!(
            text.lines().any(|found| found == line),
            "no `{line}` in\n{text}"
        );
    }
}

#[test]
fn cases_in_a_circle_still_make_a_plan() {
    let folder = tempfile::tempdir().unwrap();
    let case = |id: &str, need: &str| {
        format!(
            "- id: {id}\n  title: T\n  actor: resource-access-provider\n  group: g\n  verifies: [X]\n  needs: [{need}]\n  steps: [ {{ request: {{ get: {{ path: x }} }}, expect: [ {{ status: 200 }} ] }} ]\n"
        )
    };
    let text = format!("{}{}{}", case("a", "b"), case("b", "a"), case("c", "c"));
    std::fs::write(folder.path().join("a.yaml"), text).unwrap();
    let plan = Plan::new(&Suite::load_dir(folder.path()), &ALL);
    assert_eq!(plan.tests.len(), 3);
    for (position, test) in plan.tests.iter().enumerate() {
        assert!(test.needs.iter().all(|need| *need < position));
    }
}
