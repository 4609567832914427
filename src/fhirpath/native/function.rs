//! The functions covered natively.

/// A function of FHIRPath or of FHIR.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Function {
    Exists,
    Empty,
    Not,
    Count,
    Where,
    All,
    Any,
    AllTrue,
    AnyTrue,
    Select,
    First,
    Last,
    Tail,
    Skip,
    Take,
    Single,
    Distinct,
    IsDistinct,
    Union,
    Combine,
    Intersect,
    Exclude,
    SubsetOf,
    Children,
    Descendants,
    HasValue,
    GetValue,
    StartsWith,
    EndsWith,
    Contains,
    Matches,
    MatchesFull,
    ReplaceMatches,
    Replace,
    Length,
    Substring,
    IndexOf,
    Lower,
    Upper,
    ToText,
    ToInteger,
    Iif,
    Trace,
    Extension,
    Resolve,
    HtmlChecks,
}

/// Name, fewest and most arguments.
const FUNCTIONS: &[(&str, usize, usize, Function)] = &[
    ("exists", 0, 1, Function::Exists),
    ("empty", 0, 0, Function::Empty),
    ("not", 0, 0, Function::Not),
    ("count", 0, 0, Function::Count),
    ("where", 1, 1, Function::Where),
    ("all", 1, 1, Function::All),
    ("any", 0, 1, Function::Any),
    ("allTrue", 0, 0, Function::AllTrue),
    ("anyTrue", 0, 0, Function::AnyTrue),
    ("select", 1, 1, Function::Select),
    ("first", 0, 0, Function::First),
    ("last", 0, 0, Function::Last),
    ("tail", 0, 0, Function::Tail),
    ("skip", 1, 1, Function::Skip),
    ("take", 1, 1, Function::Take),
    ("single", 0, 0, Function::Single),
    ("distinct", 0, 0, Function::Distinct),
    ("isDistinct", 0, 0, Function::IsDistinct),
    ("union", 1, 1, Function::Union),
    ("combine", 1, 1, Function::Combine),
    ("intersect", 1, 1, Function::Intersect),
    ("exclude", 1, 1, Function::Exclude),
    ("subsetOf", 1, 1, Function::SubsetOf),
    ("children", 0, 0, Function::Children),
    ("descendants", 0, 0, Function::Descendants),
    ("hasValue", 0, 0, Function::HasValue),
    ("getValue", 0, 0, Function::GetValue),
    ("startsWith", 1, 1, Function::StartsWith),
    ("endsWith", 1, 1, Function::EndsWith),
    ("contains", 1, 1, Function::Contains),
    ("matches", 1, 1, Function::Matches),
    ("matchesFull", 1, 1, Function::MatchesFull),
    ("replaceMatches", 2, 2, Function::ReplaceMatches),
    ("replace", 2, 2, Function::Replace),
    ("length", 0, 0, Function::Length),
    ("substring", 1, 2, Function::Substring),
    ("indexOf", 1, 1, Function::IndexOf),
    ("lower", 0, 0, Function::Lower),
    ("upper", 0, 0, Function::Upper),
    ("toString", 0, 0, Function::ToText),
    ("toInteger", 0, 0, Function::ToInteger),
    ("iif", 2, 3, Function::Iif),
    ("trace", 1, 2, Function::Trace),
    ("extension", 1, 1, Function::Extension),
    ("resolve", 0, 0, Function::Resolve),
    ("htmlChecks", 0, 0, Function::HtmlChecks),
];

impl Function {
    /// The function of a name with that many arguments.
    pub(super) fn by_name(name: &str, arguments: usize) -> Option<Self> {
        FUNCTIONS
            .iter()
            .find(|(known, least, most, _)| {
                *known == name && (*least..=*most).contains(&arguments)
            })
            .map(|(.., function)| *function)
    }
}
