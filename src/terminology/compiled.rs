//! A value set's composition, ready to decide (FHIR R4, ValueSet.compose).

use std::collections::HashSet;
use std::sync::Arc;

use serde_json::Value;

use super::code_system::CodeSystem;
use super::concept::fold;
use super::expansion::Expansion;
use super::membership::{Membership, no_content};

/// Clauses that may have to be asked for one code, imported ones included.
const MAX_WEIGHT: usize = 10_000;

/// Includes less excludes.
#[derive(Debug)]
pub(super) struct CompiledSet {
    include: Vec<Clause>,
    exclude: Vec<Clause>,
    expansion: Option<Expansion>,
    /// Set where it is another version than the one asked for: what it lacks may be in that.
    doubt: Option<String>,
    /// Number of clauses that one question may touch: value sets that share imports could make it
    /// grow without bound.
    weight: usize,
}

/// Codes of a system, all of the imported sets, or both at once (then a code must be in all).
#[derive(Debug)]
struct Clause {
    own: Option<Codes>,
    imports: Vec<Result<Arc<CompiledSet>, String>>,
}

/// Codes of one system.
#[derive(Debug)]
struct Codes {
    system: String,
    known: Known,
    /// Why a code that is not known may be one all the same.
    doubt: Option<String>,
}

#[derive(Debug)]
enum Known {
    Listed {
        codes: HashSet<String>,
        ignore_case: bool,
    },
    All(Arc<CodeSystem>),
    Nothing,
}

/// Where a composition finds what it refers to.
pub(super) trait Sources {
    /// The system, and why it may lack codes of that version.
    fn code_system(&self, url: &str, version: Option<&str>) -> Option<Found>;

    /// # Errors
    /// Why the value set cannot be used.
    fn value_set(&self, canonical: &str) -> Result<Arc<CompiledSet>, Refusal>;
}

/// A code system that was found.
pub(super) struct Found {
    pub(super) system: Arc<CodeSystem>,
    /// Set where it is another version than the one asked for.
    pub(super) doubt: Option<String>,
}

/// Why there is no compiled value set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Refusal {
    /// Not at hand: what refers to it is undecided in that part.
    Missing(String),
    /// It refers to itself or too far: nothing that refers to it can be decided.
    Endless(String),
}

impl CompiledSet {
    /// # Errors
    /// When something it refers to is endless, or all that it refers to is too much.
    pub(super) fn new(
        definition: &Value,
        doubt: Option<String>,
        sources: &dyn Sources,
    ) -> Result<Self, Refusal> {
        let clauses = |part: &str| -> Result<Vec<Clause>, Refusal> {
            definition["compose"][part]
                .as_array()
                .into_iter()
                .flatten()
                .map(|clause| Clause::new(clause, sources))
                .collect()
        };
        let (include, exclude) = (clauses("include")?, clauses("exclude")?);
        let weight = include
            .iter()
            .chain(&exclude)
            .map(Clause::weight)
            .fold(0, usize::saturating_add);
        if weight > MAX_WEIGHT {
            return Err(Refusal::Endless(format!(
                "the value set refers to more than {MAX_WEIGHT} others"
            )));
        }
        Ok(Self {
            include,
            exclude,
            expansion: Expansion::read(definition),
            doubt,
            weight,
        })
    }

    /// Whether the set holds the code. The composition decides; an expansion may be of another
    /// time, so beside an undecided composition only its members count.
    pub(super) fn membership(&self, system: Option<&str>, code: &str) -> Membership {
        match (self.decide(system, code), &self.doubt) {
            (Membership::NotMember, Some(why)) => Membership::Unknown(why.clone()),
            (decided, _) => decided,
        }
    }

    fn decide(&self, system: Option<&str>, code: &str) -> Membership {
        let composed = self.composed(system, code);
        match (&composed, &self.expansion) {
            (Membership::Unknown(_), Some(expansion)) => match expansion.membership(system, code) {
                Membership::NotMember if !self.include.is_empty() => composed,
                Membership::Unknown(_) => composed,
                expanded => expanded,
            },
            _ => composed,
        }
    }

    fn composed(&self, system: Option<&str>, code: &str) -> Membership {
        if self.include.is_empty() {
            return Membership::Unknown("the value set does not say what it holds".to_owned());
        }
        let included = any(&self.include, system, code);
        if included == Membership::NotMember {
            return included;
        }
        match any(&self.exclude, system, code) {
            Membership::Member => Membership::NotMember,
            Membership::NotMember => included,
            unknown @ Membership::Unknown(_) => unknown,
        }
    }

    /// All codes, where they are listed and at most `most`.
    pub(super) fn enumeration(&self, most: usize) -> Option<Vec<String>> {
        let mut codes = HashSet::new();
        if self.doubt.is_some() {
            return None;
        }
        for clause in &self.include {
            clause.list(most, &mut codes)?;
        }
        let mut members = Vec::with_capacity(codes.len());
        for code in codes {
            match self.membership(None, &code) {
                Membership::Member => members.push(code),
                Membership::NotMember => {}
                Membership::Unknown(_) => return None,
            }
        }
        members.sort_unstable();
        (!members.is_empty()).then_some(members)
    }
}

impl Clause {
    fn new(clause: &Value, sources: &dyn Sources) -> Result<Self, Refusal> {
        let imports = clause["valueSet"].as_array().into_iter().flatten();
        let imports = imports
            .filter_map(Value::as_str)
            .map(|url| match sources.value_set(url) {
                Ok(set) => Ok(Ok(set)),
                Err(Refusal::Missing(why)) => Ok(Err(why)),
                Err(endless) => Err(endless),
            });
        Ok(Self {
            imports: imports.collect::<Result<_, _>>()?,
            own: clause["system"]
                .as_str()
                .map(|system| Codes::new(clause, system, sources)),
        })
    }

    fn weight(&self) -> usize {
        let imported = self.imports.iter().flatten().map(|set| set.weight);
        imported.fold(1, usize::saturating_add)
    }

    fn membership(&self, system: Option<&str>, code: &str) -> Membership {
        let own = self.own.iter().map(|codes| codes.membership(system, code));
        let imported = self.imports.iter().map(|import| match import {
            Ok(set) => set.membership(system, code),
            Err(why) => Membership::Unknown(why.clone()),
        });
        all(own.chain(imported))
    }

    /// Adds all codes that may be members; `None` where they are not all listed or too many.
    fn list(&self, most: usize, codes: &mut HashSet<String>) -> Option<()> {
        match (&self.own, self.imports.as_slice()) {
            (Some(own), _) => codes.extend(own.listed(most)?),
            (None, [Ok(set), ..]) => codes.extend(set.enumeration(most)?),
            (None, _) => return None,
        }
        (codes.len() <= most).then_some(())
    }
}

impl Codes {
    fn new(clause: &Value, system: &str, sources: &dyn Sources) -> Self {
        let found = sources.code_system(system, clause["version"].as_str());
        let known = Self::known(clause, system, found.as_ref());
        let (known, doubt) = known.unwrap_or_else(|why| (Known::Nothing, Some(why)));
        Self {
            system: system.to_owned(),
            known,
            doubt,
        }
    }

    /// # Errors
    /// Why nothing is known of the codes.
    fn known(
        clause: &Value,
        url: &str,
        found: Option<&Found>,
    ) -> Result<(Known, Option<String>), String> {
        if let Some(concepts) = clause["concept"].as_array() {
            let ignore_case = found.is_some_and(|found| found.system.ignores_case());
            let codes = concepts
                .iter()
                .filter_map(|concept| concept["code"].as_str())
                .map(|code| fold(code, ignore_case).into_owned())
                .collect();
            return Ok((Known::Listed { codes, ignore_case }, None));
        }
        let Found { system, doubt } = found.ok_or_else(|| no_content(url))?;
        let doubt = doubt.as_deref().or(system.doubt()).map(str::to_owned);
        let Some(filters) = clause["filter"].as_array() else {
            return Ok((Known::All(Arc::clone(system)), doubt));
        };
        let mut selected: Option<HashSet<String>> = None;
        for filter in filters {
            let [property, operator, value] =
                ["property", "op", "value"].map(|name| filter[name].as_str().unwrap_or_default());
            let codes = system.filtered(property, operator, value).ok_or_else(|| {
                format!(
                    "the filter '{property} {operator} {value}' on {url} cannot be decided here"
                )
            })?;
            selected = Some(match selected {
                None => codes,
                Some(before) => before.intersection(&codes).cloned().collect(),
            });
        }
        let known = Known::Listed {
            codes: selected.unwrap_or_default(),
            ignore_case: system.ignores_case(),
        };
        Ok((known, doubt))
    }

    fn membership(&self, system: Option<&str>, code: &str) -> Membership {
        if system.is_some_and(|system| system != self.system) {
            return Membership::NotMember;
        }
        let known = match &self.known {
            Known::Listed { codes, ignore_case } => {
                Membership::of(codes.contains(&*fold(code, *ignore_case)))
            }
            Known::All(system) => system.membership(code),
            Known::Nothing => Membership::NotMember,
        };
        match (known, &self.doubt) {
            (Membership::NotMember, Some(why)) => Membership::Unknown(why.clone()),
            (known, _) => known,
        }
    }

    fn listed(&self, most: usize) -> Option<Vec<String>> {
        match &self.known {
            _ if self.doubt.is_some() => None,
            Known::Listed {
                codes,
                ignore_case: false,
            } => Some(codes.iter().take(most + 1).cloned().collect()),
            Known::All(system) => Some(system.codes()?.take(most + 1).map(str::to_owned).collect()),
            _ => None,
        }
    }
}

/// Member where one is; else unknown where one is.
fn any(clauses: &[Clause], system: Option<&str>, code: &str) -> Membership {
    let mut result = Membership::NotMember;
    for clause in clauses {
        match clause.membership(system, code) {
            Membership::Member => return Membership::Member,
            Membership::NotMember => {}
            unknown @ Membership::Unknown(_) => result = unknown,
        }
    }
    result
}

/// Not a member where one is not; else unknown where one is; a member of nothing at all is none.
fn all(memberships: impl Iterator<Item = Membership>) -> Membership {
    let mut result = None;
    for membership in memberships {
        match membership {
            Membership::NotMember => return Membership::NotMember,
            Membership::Member => {
                result.get_or_insert(Membership::Member);
            }
            unknown @ Membership::Unknown(_) => result = Some(unknown),
        }
    }
    result.unwrap_or(Membership::NotMember)
}
