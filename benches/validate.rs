//! Validation, beside the mere parsing of the same bytes: `cargo bench`.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use fhir_assay::definition::Definitions;
use fhir_assay::profile::Validator;
use serde_json::Value;

/// One sample patient with all resources, as a Bundle.
const SAMPLE: &str = include_str!("../src/provider/data/de.json");

fn validate(criterion: &mut Criterion) {
    let validator = Validator::new(Definitions::embedded());
    let bundle: Value = serde_json::from_str(SAMPLE).expect("JSON");
    let entries = bundle["entry"].as_array().expect("entries");
    let resources: Vec<&Value> = entries.iter().map(|entry| &entry["resource"]).collect();
    let texts: Vec<String> = resources
        .iter()
        .map(|resource| resource.to_string())
        .collect();
    let mut group = criterion.benchmark_group(format!("{} resources", resources.len()));
    group.bench_function("parse", |bencher| {
        bencher.iter(|| {
            for text in &texts {
                black_box(serde_json::from_str::<Value>(text).expect("JSON"));
            }
        });
    });
    group.bench_function("validate", |bencher| {
        bencher.iter(|| {
            for resource in &resources {
                black_box(validator.validate(resource, &[]));
            }
        });
    });
    group.finish();
}

criterion_group!(benches, validate);
criterion_main!(benches);
