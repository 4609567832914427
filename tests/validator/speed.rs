//! Times, for reading; nothing is asserted of them.

use std::time::Instant;

use serde_json::Value;

#[test]
#[ignore = "prints times"]
fn times() {
    let (Some(folder), Some(validator)) = (super::shared(), super::validator()) else {
        return;
    };
    let mut resources: Vec<(String, Value)> = Vec::new();
    for name in ["hl7ex", "eu", "synthea"] {
        for entry in std::fs::read_dir(folder.join("samples").join(name))
            .into_iter()
            .flatten()
            .flatten()
        {
            let text = std::fs::read_to_string(entry.path()).expect("readable");
            let name = entry.file_name().to_string_lossy().into_owned();
            resources.push((name, serde_json::from_str(&text).expect("json")));
        }
    }
    let started = Instant::now();
    for (_, resource) in &resources {
        validator.validate(resource, &[]);
    }
    println!("cold, all: {:?}", started.elapsed());
    let mut gaps = std::collections::BTreeMap::new();
    for (_, resource) in &resources {
        for gap in validator.validate(resource, &[]).unchecked {
            let digits = |text: String| text.split('[').next().unwrap_or_default().to_owned();
            *gaps.entry((digits(gap.what), gap.why)).or_insert(0) += 1;
        }
    }
    for ((what, why), count) in &gaps {
        println!("{count} × {what}: {why}");
    }
    let mut times: Vec<(u128, &str)> = Vec::new();
    for (name, resource) in &resources {
        let best = (0..5)
            .map(|_| {
                let started = Instant::now();
                validator.validate(resource, &[]);
                started.elapsed().as_nanos() / 1000
            })
            .min();
        times.push((best.unwrap_or_default(), name));
    }
    times.sort_unstable();
    println!(
        "median {} µs, p95 {} µs",
        times[times.len() / 2].0,
        times[times.len() * 95 / 100].0
    );
    for (time, name) in times.iter().rev().take(12) {
        println!("  {time} µs {name}");
    }
}
