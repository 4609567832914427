use std::fs;
use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::*;

const PROFILE: &str = r#"{"resourceType":"StructureDefinition","url":"http://e/p","version":"2"}"#;
const MANIFEST: &str = r#"{"name":"e","version":"1.0.0","dependencies":{"d":"1"}}"#;

/// A `.tgz` of raw entries; paths are not checked, so that hostile ones can be made.
fn archive(folder: &Path, entries: &[(&str, tar::EntryType, &[u8])]) -> PathBuf {
    let mut bytes = Vec::new();
    for (path, kind, content) in entries {
        let mut header = tar::Header::new_old();
        header.as_old_mut().name[..path.len()].copy_from_slice(path.as_bytes());
        header.set_entry_type(*kind);
        header.set_size(content.len() as u64);
        header.set_cksum();
        bytes.extend_from_slice(header.as_bytes());
        bytes.extend_from_slice(content);
        bytes.resize(bytes.len().next_multiple_of(512), 0);
    }
    bytes.resize(bytes.len() + 1024, 0);
    let path = folder.join("p.tgz");
    let mut file = GzEncoder::new(fs::File::create(&path).unwrap(), Compression::fast());
    file.write_all(&bytes).unwrap();
    file.finish().unwrap();
    path
}

fn load(path: &Path) -> Result<Package, PackageError> {
    Package::load(path.to_str().unwrap())
}

const FILE: tar::EntryType = tar::EntryType::Regular;

#[test]
fn an_archive_yields_its_conformance_resources_only() {
    let folder = tempfile::tempdir().unwrap();
    let path = archive(
        folder.path(),
        &[
            ("package/package.json", FILE, MANIFEST.as_bytes()),
            (
                "package/StructureDefinition-p.json",
                FILE,
                PROFILE.as_bytes(),
            ),
            (
                "package/Patient-x.json",
                FILE,
                br#"{"resourceType":"Patient"}"#,
            ),
            ("package/.index.json", FILE, b"not even JSON"),
            ("package/other/broken.json", FILE, b"{"),
        ],
    );
    let package = load(&path).unwrap();
    assert_eq!(package.manifest.id(), "e#1.0.0");
    assert_eq!(package.manifest.dependencies["d"], "1");
    assert_eq!(package.resources.len(), 1);
    assert_eq!(package.resources[0].entry.url, "http://e/p");
}

#[test]
fn hostile_paths_and_links_touch_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = archive(
        folder.path(),
        &[
            ("package/package.json", FILE, MANIFEST.as_bytes()),
            ("package/../../escaped.json", FILE, PROFILE.as_bytes()),
            ("/tmp/absolute.json", FILE, PROFILE.as_bytes()),
            ("package/link.json", tar::EntryType::Symlink, b""),
            ("package/hard.json", tar::EntryType::Link, b""),
        ],
    );
    let package = load(&path).unwrap();
    assert!(package.resources.is_empty());
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn a_file_that_claims_to_be_huge_is_refused_unread() {
    let folder = tempfile::tempdir().unwrap();
    let mut header = tar::Header::new_old();
    header.set_path("package/a.json").unwrap();
    header.set_size(MAX_FILE + 1);
    header.set_cksum();
    let path = folder.path().join("bomb.tgz");
    let mut file = GzEncoder::new(fs::File::create(&path).unwrap(), Compression::fast());
    file.write_all(header.as_bytes()).unwrap();
    file.finish().unwrap();
    assert!(matches!(load(&path), Err(PackageError::TooLarge { .. })));
}

#[test]
fn broken_input_is_one_clear_error() {
    let folder = tempfile::tempdir().unwrap();
    let text = |name: &str, content: &[u8]| {
        let path = folder.path().join(name);
        fs::write(&path, content).unwrap();
        load(&path).unwrap_err().to_string()
    };
    assert!(text("x.json", b"{").contains("x.json"));
    assert!(text("y.json", br#"{"resourceType":"Patient"}"#).contains("conformance resource"));
    assert!(text("z.tgz", b"this is no archive").contains("z.tgz"));
    assert!(
        Package::load("no-such#1")
            .unwrap_err()
            .to_string()
            .contains("no-such#1")
    );
    let broken = archive(
        folder.path(),
        &[("package/a.json", FILE, b"{\"resourceType\":")],
    );
    assert!(
        load(&broken)
            .unwrap_err()
            .to_string()
            .contains("package/a.json")
    );
}

#[test]
fn a_bundle_or_a_folder_is_a_package_too() {
    let folder = tempfile::tempdir().unwrap();
    let bundle = folder.path().join("b.json");
    let text = format!(r#"{{"resourceType":"Bundle","entry":[{{"resource":{PROFILE}}},{{}}]}}"#);
    fs::write(&bundle, text).unwrap();
    assert_eq!(load(&bundle).unwrap().resources.len(), 1);
    fs::remove_file(&bundle).unwrap();
    fs::create_dir(folder.path().join("package")).unwrap();
    fs::write(folder.path().join("package/package.json"), MANIFEST).unwrap();
    fs::write(folder.path().join("package/p.json"), PROFILE).unwrap();
    let package = load(folder.path()).unwrap();
    assert_eq!(
        (package.manifest.id().as_str(), package.resources.len()),
        ("e#1.0.0", 1)
    );
}
