//! Any bytes as a package: as they are, and compressed, so that the archive's form is reached.

#![no_main]

use std::io::Write;

use fhir_assay::definition::Definitions;
use fhir_assay::package::Package;
use flate2::Compression;
use flate2::write::GzEncoder;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let _ = Package::read("raw", bytes);
    let mut compressed = GzEncoder::new(Vec::new(), Compression::none());
    if compressed.write_all(bytes).is_err() {
        return;
    }
    let Ok(archive) = compressed.finish() else {
        return;
    };
    let Ok(package) = Package::read("compressed", archive.as_slice()) else {
        return;
    };
    let entries: Vec<_> = package
        .resources
        .iter()
        .map(|resource| resource.entry.clone())
        .collect();
    let definitions = Definitions::empty().with_package(package);
    for entry in entries {
        assert!(
            definitions.resolve(entry.kind, &entry.url).is_some() || entry.url.contains(['|', '#'])
        );
    }
});
