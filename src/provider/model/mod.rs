//! What passes through an instance, as values: requests, answers, and what is decided between them.
//! Nothing here serves a request, and no fault is known.

mod ask;
mod certificate;
mod defect;
mod form;
mod refusal;
mod reply;
pub(in crate::provider) mod scope;
mod search;
mod served;
mod sort;
mod submission;
mod terms;
mod window;
mod written;

pub(in crate::provider) use ask::{Ask, Interaction};
pub(in crate::provider) use certificate::CertificateTerms;
pub(in crate::provider) use defect::Defect;
pub(in crate::provider) use form::Form;
pub(in crate::provider) use refusal::Refusal;
pub(in crate::provider) use reply::{Content, FHIR_JSON, Reply};
pub(in crate::provider) use scope::Scope;
pub(in crate::provider) use search::Search;
pub(in crate::provider) use served::{BASE_PATH, INCLUDES, REVERSE_INCLUDE, TYPES, included_by};
pub(in crate::provider) use sort::Sort;
pub(in crate::provider) use submission::{Flaw, Slip};
pub(in crate::provider) use terms::Terms;
pub(in crate::provider) use window::Window;
pub(in crate::provider) use written::Written;
