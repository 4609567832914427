use std::fs;
use std::io::Write;
use std::path::PathBuf;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::*;

const PROFILE: &str = r#"{"resourceType":"StructureDefinition","url":"http://e/p","version":"2"}"#;
const MANIFEST: &str = r#"{"name":"e","version":"1.0.0","dependencies":{"d":"1"}}"#;

/// A `.tgz` of raw entries; paths are not checked, so that hostile ones can be made.
pub(super) fn archive(folder: &Path, entries: &[(&str, tar::EntryType, &[u8])]) -> PathBuf {
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

pub(super) const FILE: tar::EntryType = tar::EntryType::Regular;

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
            ("/etc/absolute.json", FILE, PROFILE.as_bytes()),
            ("package/link.json", tar::EntryType::Symlink, b""),
            ("package/hard.json", tar::EntryType::Link, b""),
        ],
    );
    let package = load(&path).unwrap();
    assert!(package.resources.is_empty());
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

/// A header that claims a size, gzipped with the bytes that follow it.
fn claim(path: &str, kind: tar::EntryType, size: u64, follows: &[u8]) -> Vec<u8> {
    let mut header = tar::Header::new_gnu();
    header.set_path(path).unwrap();
    header.set_entry_type(kind);
    header.set_size(size);
    header.set_cksum();
    let mut file = GzEncoder::new(Vec::new(), Compression::fast());
    file.write_all(header.as_bytes()).unwrap();
    file.write_all(follows).unwrap();
    file.finish().unwrap()
}

#[test]
fn bombs_are_refused() {
    let zeros = vec![0; 4 * 1024 * 1024];
    let long_name = tar::EntryType::GNULongName;
    let pax = tar::EntryType::XHeader;
    let table = [
        (
            "a file",
            claim("package/a.json", FILE, MAX_FILE + 1, &[]),
            TooLarge::File,
        ),
        (
            "all",
            claim("package/a.png", FILE, MAX_TOTAL + 1, &[]),
            TooLarge::Total,
        ),
        (
            "a folder",
            claim("package/d", tar::EntryType::Directory, MAX_TOTAL + 1, &[]),
            TooLarge::Total,
        ),
        (
            "a name",
            claim("n", long_name, 4 * 1024 * 1024, &zeros),
            TooLarge::Header,
        ),
        (
            "attributes",
            claim("n", pax, 4 * 1024 * 1024, &zeros),
            TooLarge::Header,
        ),
    ];
    for (what, bytes, expected) in table {
        match Package::read(what, bytes.as_slice()) {
            Err(PackageError::TooLarge { limit, .. }) => assert_eq!(limit, expected, "{what}"),
            other => panic!("{what}: {other:?}"),
        }
    }
}

#[test]
fn more_files_than_any_package_has_are_refused() {
    let mut header = tar::Header::new_old();
    header.set_path("package/x").unwrap();
    header.set_size(0);
    header.set_cksum();
    let mut file = GzEncoder::new(Vec::new(), Compression::fast());
    for _ in 0..=MAX_FILES {
        file.write_all(header.as_bytes()).unwrap();
    }
    let bytes = file.finish().unwrap();
    let refused = Package::read("many", bytes.as_slice()).unwrap_err();
    assert!(refused.to_string().contains("100,000 files"), "{refused}");
}

#[test]
fn a_cut_archive_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let long = format!("{}{}", " ".repeat(5000), PROFILE);
    let path = archive(folder.path(), &[("package/p.json", FILE, long.as_bytes())]);
    let whole = fs::read(path).unwrap();
    assert!(Package::read("whole", whole.as_slice()).is_ok());
    for length in 0..whole.len() * 3 / 4 {
        assert!(Package::read("cut", &whole[..length]).is_err(), "{length}");
    }
}

#[test]
fn long_names_are_read() {
    let name = format!("package/StructureDefinition-{}.json", "x".repeat(200));
    let mut tar = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
    let mut header = tar::Header::new_gnu();
    header.set_size(PROFILE.len() as u64);
    tar.append_data(&mut header, &name, PROFILE.as_bytes())
        .unwrap();
    let bytes = tar.into_inner().unwrap().finish().unwrap();
    assert_eq!(
        Package::read("long", bytes.as_slice())
            .unwrap()
            .resources
            .len(),
        1
    );
}

#[test]
fn broken_input_is_one_clear_error() {
    let folder = tempfile::tempdir().unwrap();
    let nowhere = Cache {
        folder: folder.path().join("cache"),
    };
    fs::create_dir_all(nowhere.folder.join("known#1.0.0")).unwrap();
    let message = |source: &str| {
        Package::load_with(source, &nowhere)
            .unwrap_err()
            .to_string()
    };
    let text = |name: &str, content: &[u8]| {
        let path = folder.path().join(name);
        fs::write(&path, content).unwrap();
        message(path.to_str().unwrap())
    };
    let says = |message: String, parts: &[&str]| {
        for part in parts {
            assert!(message.contains(part), "{message}");
        }
    };
    says(text("x.json", b"{"), &["x.json", "line 1", "correct"]);
    says(
        text("y.json", br#"{"resourceType":"Patient"}"#),
        &["y.json", "conformance resource"],
    );
    says(text("z.tgz", b"this is no archive"), &["z.tgz", "gzip"]);
    says(message("no-such#1"), &["no-such#1", "NAME#VERSION"]);
    says(message("known#2.0.0"), &["other versions", "1.0.0"]);
    says(message("known"), &["1.0.0"]);
    says(message("known#1.0.0"), &["known#1.0.0", "package.json"]);
    let broken = archive(
        folder.path(),
        &[("package/a.json", FILE, b"{\"resourceType\":")],
    );
    says(
        message(broken.to_str().unwrap()),
        &["p.tgz", "package/a.json"],
    );
}

#[cfg(unix)]
#[test]
fn links_in_folders_are_passed_over() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("package.json"), MANIFEST).unwrap();
    let outside = tempfile::tempdir().unwrap();
    fs::write(outside.path().join("p.json"), PROFILE).unwrap();
    std::os::unix::fs::symlink(outside.path().join("p.json"), folder.path().join("p.json"))
        .unwrap();
    assert!(load(folder.path()).unwrap().resources.is_empty());
}

#[test]
fn an_installed_package_is_found_by_name_and_version() {
    let folder = tempfile::tempdir().unwrap();
    let content = folder.path().join("e#1.0.0/package");
    fs::create_dir_all(&content).unwrap();
    fs::write(content.join("package.json"), MANIFEST).unwrap();
    fs::write(content.join("p.json"), format!("\u{feff}{PROFILE}")).unwrap();
    let cache = Cache {
        folder: folder.path().to_owned(),
    };
    let package = Package::load_with("e#1.0.0", &cache).unwrap();
    assert_eq!(package.resources.len(), 1, "also with a byte order mark");
    let needs: Vec<String> = package.manifest.needs().map(|id| id.to_string()).collect();
    assert_eq!(needs, ["d#1"]);
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
