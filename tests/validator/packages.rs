//! Definitions from FHIR packages on disk, for tests against real ones.

use std::collections::{HashMap, HashSet};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::{Arc, RwLock};

use fhir_assay::profile::knowledge::{Coding, Knowledge, Membership};
use serde_json::Value;

/// The folder with real packages and samples, where there is one.
pub fn shared() -> Option<PathBuf> {
    let folder = match std::env::var_os("FHIR_ASSAY_SHARED") {
        Some(folder) => PathBuf::from(folder),
        None => Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared"),
    };
    let present = folder.join("fhir-packages").is_dir();
    if !present {
        println!("skipped: {} holds no packages", folder.display());
    }
    present.then_some(folder)
}

#[derive(Default)]
pub struct Packages {
    by_url: HashMap<String, Arc<Value>>,
    /// Type and profile of the implementation guides that were added.
    globals: Vec<(String, String)>,
    expansions: RwLock<HashMap<String, Arc<Expansion>>>,
}

#[derive(Default)]
struct Expansion {
    codes: HashSet<(String, String)>,
    systems: HashSet<String>,
    gaps: Vec<String>,
}

const KINDS: [&str; 4] = ["StructureDefinition", "ValueSet", "CodeSystem", "SearchParameter"];

impl Packages {
    pub fn load(folder: &Path, names: &[&str]) -> Self {
        let mut packages = Self::default();
        for name in names {
            let file =
                std::fs::File::open(folder.join("fhir-packages").join(format!("{name}.tgz")))
                    .unwrap_or_else(|error| panic!("{name}: {error}"));
            let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(file));
            for entry in archive.entries().expect("entries") {
                let mut entry = entry.expect("entry");
                let path = entry.path().expect("path").into_owned();
                let name = path
                    .file_name()
                    .and_then(|name| name.to_str())
                    .unwrap_or_default();
                if !KINDS.iter().any(|kind| name.starts_with(kind)) {
                    continue;
                }
                let mut text = String::new();
                if entry.read_to_string(&mut text).is_ok()
                    && let Ok(value) = serde_json::from_str(&text)
                {
                    packages.add(value);
                }
            }
        }
        packages
    }

    pub fn add(&mut self, resource: Value) {
        if let Some(url) = resource.get("url").and_then(Value::as_str) {
            self.by_url
                .entry(url.to_owned())
                .or_insert_with(|| Arc::new(resource));
        }
    }

    /// Adds, also over what is known.
    #[allow(dead_code)]
    pub fn replace(&mut self, resource: Value) {
        if let Some(url) = resource.get("url").and_then(Value::as_str) {
            self.by_url.insert(url.to_owned(), Arc::new(resource));
        }
    }

    pub fn with(&self, more: Vec<Value>) -> Self {
        let mut copy = Self {
            by_url: self.by_url.clone(),
            globals: Vec::new(),
            expansions: RwLock::default(),
        };
        for resource in more {
            for global in list(&resource, "/global") {
                let text = |name: &str| global.get(name).and_then(Value::as_str).unwrap_or_default();
                copy.globals.push((text("type").to_owned(), text("profile").to_owned()));
            }
            copy.replace(resource);
        }
        copy
    }

    fn get(&self, canonical: &str) -> Option<&Arc<Value>> {
        self.by_url.get(canonical.split('|').next()?)
    }

    fn expansion(&self, url: &str, depth: usize) -> Arc<Expansion> {
        let url = url.split('|').next().unwrap_or_default();
        if let Some(found) = self.expansions.read().expect("lock").get(url) {
            return Arc::clone(found);
        }
        let expansion = Arc::new(self.expand(url, depth));
        self.expansions
            .write()
            .expect("lock")
            .insert(url.to_owned(), Arc::clone(&expansion));
        expansion
    }

    fn expand(&self, url: &str, depth: usize) -> Expansion {
        let mut out = Expansion::default();
        let Some(value_set) = self.get(url).filter(|_| depth < 10) else {
            out.gaps.push(format!("{url} is not at hand"));
            return out;
        };
        for include in list(value_set, "/compose/include") {
            self.include(include, depth, &mut out);
        }
        if list(value_set, "/compose/include").is_empty() {
            out.gaps.push(format!("{url} has no definition"));
        }
        for exclude in list(value_set, "/compose/exclude") {
            let mut gone = Expansion::default();
            self.include(exclude, depth, &mut gone);
            out.codes.retain(|code| !gone.codes.contains(code));
            out.gaps.extend(gone.gaps);
        }
        out
    }

    fn include(&self, include: &Value, depth: usize, out: &mut Expansion) {
        for other in list(include, "/valueSet") {
            let inner = self.expansion(other.as_str().unwrap_or_default(), depth + 1);
            out.codes.extend(inner.codes.iter().cloned());
            out.systems.extend(inner.systems.iter().cloned());
            out.gaps.extend(inner.gaps.iter().cloned());
        }
        let Some(system) = include.get("system").and_then(Value::as_str) else {
            return;
        };
        out.systems.insert(system.to_owned());
        let concepts = list(include, "/concept");
        if !concepts.is_empty() {
            for concept in concepts {
                if let Some(code) = concept.get("code").and_then(Value::as_str) {
                    out.codes.insert((system.to_owned(), code.to_owned()));
                }
            }
            return;
        }
        let filters = list(include, "/filter");
        let complete = self
            .get(system)
            .filter(|known| known.get("content").and_then(Value::as_str) == Some("complete"));
        let Some(code_system) = complete else {
            out.gaps
                .push(format!("the codes of {system} are not at hand"));
            return;
        };
        let is_a = match filters {
            [] => None,
            [only] if only.get("op").and_then(Value::as_str) == Some("is-a") => {
                only.get("value").and_then(Value::as_str)
            }
            _ => {
                out.gaps
                    .push(format!("a filter on {system} is not understood"));
                return;
            }
        };
        if is_a.is_some() && code_system.get("hierarchyMeaning").is_none() {
            out.gaps.push(format!("the hierarchy of {system}"));
        }
        collect(
            list(code_system, "/concept"),
            system,
            is_a,
            is_a.is_none(),
            out,
        );
    }
}

fn collect(
    concepts: &[Value],
    system: &str,
    root: Option<&str>,
    inside: bool,
    out: &mut Expansion,
) {
    for concept in concepts {
        let code = concept
            .get("code")
            .and_then(Value::as_str)
            .unwrap_or_default();
        let inside = inside || root == Some(code);
        if inside {
            out.codes.insert((system.to_owned(), code.to_owned()));
        }
        collect(list(concept, "/concept"), system, root, inside, out);
    }
}

fn list<'v>(value: &'v Value, pointer: &str) -> &'v [Value] {
    value
        .pointer(pointer)
        .and_then(Value::as_array)
        .map(Vec::as_slice)
        .unwrap_or_default()
}

impl Knowledge for Packages {
    fn structure(&self, canonical: &str) -> Option<Arc<Value>> {
        self.get(canonical)
            .filter(|found| {
                found.get("resourceType").and_then(Value::as_str) == Some("StructureDefinition")
            })
            .cloned()
    }

    fn type_definition(&self, name: &str) -> Option<Arc<Value>> {
        self.structure(&format!("http://hl7.org/fhir/StructureDefinition/{name}"))
    }

    fn search_parameter(&self, canonical: &str) -> Option<Arc<Value>> {
        self.get(canonical).cloned()
    }

    fn global_profiles(&self, type_name: &str) -> Vec<String> {
        self.globals
            .iter()
            .filter(|(name, _)| name == type_name)
            .map(|(_, profile)| profile.clone())
            .collect()
    }

    fn check(&self, value_set: &str, coding: Coding<'_>) -> Membership {
        let expansion = self.expansion(value_set, 0);
        let found = match coding.system {
            Some(system) => expansion
                .codes
                .contains(&(system.to_owned(), coding.code.to_owned())),
            None => expansion.codes.iter().any(|(_, code)| code == coding.code),
        };
        if found {
            return Membership::Member;
        }
        if let Some(system) = coding.system
            && !expansion.systems.contains(system)
            && expansion
                .gaps
                .iter()
                .all(|gap| gap.starts_with("the codes of"))
        {
            return Membership::NotMember;
        }
        match expansion.gaps.first() {
            Some(gap) => Membership::Unknown(gap.clone()),
            None => Membership::NotMember,
        }
    }
}

/// The packages that samples refer to.
pub const ALL: &[&str] = &[
    "hl7.fhir.r4.core#4.0.1",
    "hl7.fhir.uv.extensions.r4#5.3.0-ballot-tc1",
    "hl7.terminology.r4#7.0.1",
    "hl7.fhir.eu.base#2.0.0",
    "hl7.fhir.uv.ipa#1.1.0",
    "hl7.fhir.uv.ips#2.0.0",
    "hl7.fhir.us.core#6.1.0",
    "hl7.fhir.eu.laboratory#2.0.0",
    "hl7.fhir.eu.eps#1.0.0-xtehr",
    "hl7.fhir.eu.mpd#1.0.0",
    "hl7.fhir.eu.extensions.r4#1.2.1-ci-build",
    "hl7.fhir.eu.health-data-api#1.0.0-ballot",
    "ihe.iti.mhd#4.2.4-current",
    "ihe.iti.pdqm#3.2.0",
    "ihe.pharm.mpd.r4#1.0.0-comment-3",
];
