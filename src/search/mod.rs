//! Search semantics of FHIR R4: the oracle of the runner, and the engine of the embedded provider.
//!
//! Pure: resources in, verdict out. A verdict has three values, because R4 leaves some matters to the
//! server; then it names the [`rule`] that says so.
//!
//! ```text
//! parameter (table) ── query (text → criteria) ── token, date, string, reference, uri (criteria → Match)
//!                   └─ derive (resource → text)
//! ```

mod context;
mod date;
mod derive;
mod element;
mod matching;
mod parameter;
mod query;
mod reference;
mod string;
mod syntax;
mod table;
mod token;
mod uri;

pub use context::{Context, Resolver};
pub use derive::{Form, derive, derive_all};
pub use matching::{Match, rule};
pub use parameter::{Element, ElementType, Kind, Parameter, is_result_parameter};
pub use query::{Criterion, Query, QueryError};
pub use syntax::escape;
pub use table::{find, parameters};
