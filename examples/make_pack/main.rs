//! Makes `definitions/r4.pack` from HL7's npm package `hl7.fhir.r4.examples` 4.0.1.
//!
//! ```sh
//! npm pack hl7.fhir.r4.examples@4.0.1
//! cargo run --release --example make_pack -- hl7.fhir.r4.examples-4.0.1.tgz definitions/r4.pack
//! ```
//!
//! The same input gives the same bytes. The input is pinned by a hash over its conformance
//! resources, because archives of the same files differ in their compression.

mod slim;

use std::error::Error;

use fhir_assay::definition::pack;
use fhir_assay::package::{Kind, Package, PackagedResource};
use sha2::{Digest, Sha256};

/// SHA-256 over the conformance resources of the package, in order.
const PINNED: &str = "88047ddb339511e9305c8852f2d47d5a030429b28a1f3a5f4056c582bb5bf2c0";

/// Search parameters that show how one is written; one would shadow `Condition.subject`.
const EXAMPLES: [&str; 3] = [
    "http://hl7.org/fhir/SearchParameter/example",
    "http://hl7.org/fhir/SearchParameter/example-extension",
    "http://hl7.org/fhir/SearchParameter/example-reference",
];

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [source, target] = arguments.as_slice() else {
        return Err("usage: make_pack PACKAGE.tgz TARGET.pack".into());
    };
    let mut package = Package::load(source)?;
    // Its guides are examples, which demand profiles of nobody.
    package
        .resources
        .retain(|resource| resource.entry.kind != Kind::ImplementationGuide);
    let hash = hash(&package.resources);
    if hash != PINNED {
        return Err(format!("{source} is not the pinned package: its hash is {hash}").into());
    }
    package
        .resources
        .retain(|resource| !EXAMPLES.contains(&&*resource.entry.url));
    let mut resources = Vec::with_capacity(package.resources.len());
    for PackagedResource { entry, json } in package.resources {
        let slim = slim::slim(&serde_json::from_slice(&json)?);
        resources.push((entry, serde_json::to_vec(&slim)?));
    }
    let bytes = pack::build(&resources);
    std::fs::write(target, &bytes)?;
    println!("{} resources, {} bytes", resources.len(), bytes.len());
    Ok(())
}

fn hash(resources: &[PackagedResource]) -> String {
    let mut hasher = Sha256::new();
    for resource in resources {
        hasher.update(&resource.json);
    }
    hasher
        .finalize()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
