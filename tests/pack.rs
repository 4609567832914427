//! The checked-in pack is what `examples/make_pack` makes, byte for byte.

use std::path::PathBuf;
use std::process::Command;

#[test]
fn the_pack_is_reproducible() {
    let shared = std::env::var_os("FHIR_ASSAY_SHARED").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared"),
        PathBuf::from,
    );
    let source = shared.join("fhir-packages/hl7.fhir.r4.examples#4.0.1.tgz");
    if !source.is_file() {
        println!("skipped: the source package is not at hand (FHIR_ASSAY_SHARED)");
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let made = folder.path().join("r4.pack");
    // Examples are built together with tests, beside the binary.
    let maker =
        PathBuf::from(env!("CARGO_BIN_EXE_fhir-assay")).with_file_name("examples/make_pack");
    let done = Command::new(maker.with_extension(std::env::consts::EXE_EXTENSION))
        .args([&source, &made])
        .output()
        .expect("the maker starts");
    assert!(
        done.status.success(),
        "{}",
        String::from_utf8_lossy(&done.stderr)
    );
    let checked_in = std::fs::read("definitions/r4.pack").expect("the pack");
    assert!(
        std::fs::read(&made).expect("the new pack") == checked_in,
        "make the pack again"
    );
}
