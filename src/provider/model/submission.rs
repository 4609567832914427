//! What can be wrong with a document that is handed in, and what can go wrong with it.

/// What can be wrong with a submission.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::provider) enum Flaw {
    OtherType,
    SubjectMissing,
    SubjectUnknown,
    ContentsSeveral,
    ContentTypeMissing,
    DataMissing,
    DataUnreadable,
    AddressGiven,
    HashWrong,
    NotCurrent,
    IdentifierMissing,
    IdentifierKnown,
    EntryUuidGiven,
    DocStatusGiven,
    TypeMissing,
    NoDocument,
    CustodianMissing,
}

/// Where the instance may go wrong with a submission that is sound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::provider) enum Slip {
    /// It is taken, and not kept.
    Forgets,
    /// The data stays in the reference, which has no address.
    LeavesData,
    /// What the document is related to is dropped.
    LosesRelation,
    /// The document is kept with a change.
    AltersContent,
    /// A submission that is only to be judged is kept.
    KeepsJudged,
}
