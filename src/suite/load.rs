//! Files → a suite. What is broken becomes a diagnostic; the rest loads.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::diagnostic::{Code, Diagnostic, Gravity};
use super::file::{Kind, SourceFile};
use super::lint;
use super::model::{Case, Origin};
use super::parse;
use super::source::{self, Read};
use super::table::{Table, WrittenRow};
use crate::requirement::{Catalogue, Requirement};

/// All cases of a run, with what they refer to.
#[derive(Debug, Clone, Default)]
pub struct Suite {
    /// Cases that can run, in the order of their files; a replaced case keeps its place.
    pub cases: Vec<Arc<Case>>,
    /// Name → table.
    pub tables: BTreeMap<String, Table>,
    pub requirements: Catalogue,
    /// All that is wrong with the files, warnings too.
    pub diagnostics: Vec<Diagnostic>,
    /// SHA-256 over the paths and bytes of all files, lower-case hexadecimal.
    pub sha256: String,
}

impl Suite {
    /// The suite inside the program.
    #[must_use]
    pub fn load_embedded() -> Self {
        Builder::of(vec![source::embedded()])
    }

    /// The suite of one folder alone.
    #[must_use]
    pub fn load_dir(folder: &Path) -> Self {
        Builder::of(vec![source::folder(folder)])
    }

    /// The suite inside the program, with the cases, tables and requirements of folders added, or
    /// put in the place of those with the same id or name; later folders win.
    #[must_use]
    pub fn load<P: AsRef<Path>>(folders: &[P]) -> Self {
        let folders = folders.iter().map(|folder| source::folder(folder.as_ref()));
        Builder::of(std::iter::once(source::embedded()).chain(folders).collect())
    }

    /// Whether a file is broken (warnings don't count).
    #[must_use]
    pub fn is_broken(&self) -> bool {
        self.diagnostics
            .iter()
            .any(|diagnostic| diagnostic.gravity() == Gravity::Error)
    }

    /// All that is wrong with the files, by file and line.
    #[must_use]
    pub fn lint(&self) -> &[Diagnostic] {
        &self.diagnostics
    }

    /// The case with this id.
    #[must_use]
    pub fn case(&self, id: &str) -> Option<&Arc<Case>> {
        self.cases.iter().find(|case| case.id.value == id)
    }
}

#[derive(Default)]
struct Builder {
    cases: Vec<(SourceFile, Case)>,
    broken_ids: BTreeSet<String>,
    tables: BTreeMap<String, Table>,
    broken_tables: BTreeSet<String>,
    requirements: Catalogue,
    /// Id → where the requirement stands.
    requirement_files: BTreeMap<String, SourceFile>,
    diagnostics: Vec<Diagnostic>,
}

impl Builder {
    fn of(layers: Vec<Read>) -> Suite {
        let mut builder = Self::default();
        let mut hash = Sha256::new();
        for (files, diagnostics) in layers {
            builder.diagnostics.extend(diagnostics);
            // What one layer has already, to tell doubles from replacements.
            let mut seen = Seen::default();
            for file in files {
                hash.update(file.relative.as_bytes());
                hash.update([0]);
                hash.update((file.text.len() as u64).to_be_bytes());
                hash.update(file.text.as_bytes());
                match file.kind() {
                    Kind::Table => builder.table(&file, &mut seen),
                    Kind::Requirements => builder.requirements(&file, &mut seen),
                    Kind::Cases => builder.cases(file, &mut seen),
                }
            }
        }
        let sha256 = hash
            .finalize()
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        builder.finish(sha256)
    }

    fn table(&mut self, file: &SourceFile, seen: &mut Seen) {
        let parsed = parse::file::<WrittenRow>(file);
        let (table, ragged) = Table::new(file, parsed.items);
        let name = file.stem().to_owned();
        self.diagnostics.extend(parsed.diagnostics);
        self.diagnostics.extend(ragged);
        if table.rows.is_empty() {
            self.broken_tables.insert(name);
        } else if seen.tables.insert(name.clone()) {
            self.tables.insert(name, table);
        } else {
            let message = format!("there are two tables `{name}`");
            self.diagnostics.push(
                Diagnostic::of_file(Code::DuplicateId, &file.path, message)
                    .help("rename one of the files"),
            );
        }
    }

    fn requirements(&mut self, file: &SourceFile, seen: &mut Seen) {
        let parsed = parse::file::<Requirement>(file);
        self.diagnostics.extend(parsed.diagnostics);
        for item in parsed.items {
            let id = &item.value.id;
            if seen.requirements.insert(id.value.clone()) {
                self.requirement_files
                    .insert(id.value.clone(), file.clone());
                self.requirements.put(item.value);
            } else {
                let message = format!("there are two requirements `{}`", id.value);
                self.diagnostics.push(
                    Diagnostic::at(Code::DuplicateId, file, id.referenced, message)
                        .help("give each its own id"),
                );
            }
        }
    }

    fn cases(&mut self, file: SourceFile, seen: &mut Seen) {
        let parsed = parse::file::<Case>(&file);
        self.diagnostics.extend(parsed.diagnostics);
        self.broken_ids.extend(parsed.broken_ids);
        for item in parsed.items {
            let mut case = item.value;
            case.origin = Origin {
                file: file.path.clone(),
                line: item.at.line(),
                lines: item.lines,
            };
            if let Some(first) = seen.cases.get(&case.id.value) {
                let message = format!("there are two cases `{}`", case.id.value);
                self.diagnostics.push(
                    Diagnostic::at(Code::DuplicateId, &file, case.id.referenced, message)
                        .help(format!("give it its own id; the first is at {first}")),
                );
                continue;
            }
            let place = format!("{}:{}", file.path, case.origin.line);
            seen.cases.insert(case.id.value.clone(), place);
            let same = |(_, other): &&mut (SourceFile, Case)| other.id.value == case.id.value;
            match self.cases.iter_mut().find(same) {
                Some(replaced) => *replaced = (file.clone(), case),
                None => self.cases.push((file.clone(), case)),
            }
        }
    }

    fn finish(mut self, sha256: String) -> Suite {
        let ids = self.cases.iter().map(|(_, case)| case.id.value.clone());
        let case_ids = ids.chain(self.broken_ids).collect();
        let context = lint::Context {
            tables: &self.tables,
            broken_tables: &self.broken_tables,
            requirements: &self.requirements,
            case_ids: &case_ids,
        };
        self.diagnostics
            .extend(lint::circles(self.cases.iter().map(|(f, c)| (f, c))));
        let mut cases = Vec::new();
        for (file, case) in self.cases {
            let found = lint::case(&context, &file, &case);
            if !found.iter().any(|found| found.code.leaves_out()) {
                cases.push(Arc::new(case));
            }
            self.diagnostics.extend(found);
        }
        // A case that is broken links nothing: what it says would be missed for no reason.
        let is_error = |found: &Diagnostic| found.gravity() == Gravity::Error;
        if !self.diagnostics.iter().any(is_error) {
            self.diagnostics.extend(lint::unlinked(
                &cases,
                &self.tables,
                &self.requirements,
                &self.requirement_files,
            ));
        }
        self.diagnostics
            .sort_by(|a, b| (&a.file, a.line, a.column).cmp(&(&b.file, b.line, b.column)));
        Suite {
            cases,
            tables: self.tables,
            requirements: self.requirements,
            diagnostics: self.diagnostics,
            sha256,
        }
    }
}

/// What one layer has given so far.
#[derive(Default)]
struct Seen {
    /// Id → where it stands.
    cases: BTreeMap<String, String>,
    tables: BTreeSet<String>,
    requirements: BTreeSet<String>,
}
