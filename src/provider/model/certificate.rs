//! A certificate before it is made.

/// The certificate of an instance, as it is to be made.
#[derive(Debug, Clone, Copy)]
pub(in crate::provider) struct CertificateTerms {
    /// Year at whose beginning it expires.
    pub(in crate::provider) last_year: i32,
    /// Host that it names.
    pub(in crate::provider) host: &'static str,
}
