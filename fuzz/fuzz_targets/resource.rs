//! Any text as a resource: parsed with positions, judged by its type and the profiles it claims.

#![no_main]

use std::sync::LazyLock;

use fhir_assay::definition::Definitions;
use fhir_assay::fhirpath::hide_caught_panics;
use fhir_assay::profile::Validator;
use libfuzzer_sys::{fuzz_mutator, fuzz_target};

static VALIDATOR: LazyLock<Validator> = LazyLock::new(|| Validator::new(Definitions::embedded()));

fuzz_target!(init: hide_caught_panics(), |text: &str| {
    let validation = VALIDATOR.validate_text(text, &[]);
    for issue in &validation.issues {
        assert!(!issue.message.is_empty() && !issue.rule.is_empty());
    }
});

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    fhir_assay_fuzz::mutate_json(data, size, max_size, seed)
});
