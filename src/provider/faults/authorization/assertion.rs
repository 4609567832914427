//! Faults of how a client's assertion is verified.

use crate::provider::model::Defect;
use crate::provider::seams::{Fault, Seam};

/// The case of each part of an assertion, one at a time.
const DEFECTS: &[&str] = &["token-defect"];

pub(in crate::provider::faults) static FAULTS: &[Fault] = &[
    Fault::overlooks(
        "accepts-alg-none",
        "An assertion whose header says that it is not signed is accepted.",
        DEFECTS,
        |defect| defect == Defect::Unsigned,
    ),
    Fault::overlooks(
        "accepts-hmac-with-public-key",
        "An assertion with an HMAC, whose secret is the public key that everybody knows, is accepted.",
        DEFECTS,
        |defect| defect == Defect::Hmac,
    ),
    Fault::overlooks(
        "accepts-wrong-typ",
        "Whatever typ says in the header of an assertion is accepted.",
        &["token-defect-minor"],
        |defect| defect == Defect::TypeOther,
    ),
    Fault::overlooks(
        "accepts-foreign-jku",
        "An assertion that names a key set of its own choice is accepted.",
        DEFECTS,
        |defect| defect == Defect::KeySetUrl,
    ),
    Fault::overlooks(
        "accepts-missing-kid",
        "An assertion without kid is verified by any key of the client.",
        DEFECTS,
        |defect| defect == Defect::KeyIdMissing,
    ),
    Fault::overlooks(
        "accepts-unknown-kid",
        "An assertion with a kid that nobody registered is verified by any key of the client.",
        DEFECTS,
        |defect| defect == Defect::KeyUnknown,
    ),
    Fault::overlooks(
        "accepts-key-of-other-kind",
        "The signature is not looked at where the algorithm does not fit the key.",
        DEFECTS,
        |defect| defect == Defect::KeyKind,
    ),
    Fault::overlooks(
        "accepts-bad-signature",
        "The signature of an assertion is not verified.",
        DEFECTS,
        |defect| defect == Defect::Signature,
    ),
    Fault::overlooks(
        "accepts-foreign-client",
        "An assertion is accepted from a client that nobody registered, where the key is known.",
        DEFECTS,
        |defect| defect == Defect::ClientUnknown,
    ),
    Fault::overlooks(
        "accepts-key-of-other-client",
        "An assertion is verified by the keys of all clients, so that each can speak for the others.",
        &["token-foreign-client"],
        |defect| defect == Defect::KeyForeign,
    ),
    Fault {
        name: "jti-of-all-clients",
        description: "The jti of one client's assertion cannot be used by another client.",
        caught_by: &["token-jti-of-two"],
        also: &[],
        seam: Seam::Remember(|_| "anybody"),
    },
    Fault::overlooks(
        "accepts-missing-iss",
        "An assertion without iss is accepted.",
        DEFECTS,
        |defect| defect == Defect::IssuerMissing,
    ),
    Fault::overlooks(
        "accepts-wrong-iss",
        "An assertion that another issuer signed for the client is accepted.",
        DEFECTS,
        |defect| defect == Defect::IssuerOther,
    ),
    Fault::overlooks(
        "accepts-missing-sub",
        "An assertion without sub is accepted.",
        DEFECTS,
        |defect| defect == Defect::SubjectMissing,
    ),
    Fault::overlooks(
        "accepts-wrong-sub",
        "An assertion that is about another subject is accepted.",
        DEFECTS,
        |defect| defect == Defect::SubjectOther,
    ),
    Fault::overlooks(
        "accepts-missing-aud",
        "An assertion that says nothing of whom it is for is accepted.",
        DEFECTS,
        |defect| defect == Defect::AudienceMissing,
    ),
    Fault::overlooks(
        "accepts-wrong-aud",
        "An assertion for another server is accepted.",
        DEFECTS,
        |defect| defect == Defect::AudienceOther,
    ),
    Fault::overlooks(
        "accepts-missing-exp",
        "An assertion that never expires is accepted.",
        DEFECTS,
        |defect| defect == Defect::ExpiryMissing,
    ),
    Fault::overlooks(
        "accepts-expired-assertion",
        "An assertion that has expired is accepted.",
        DEFECTS,
        |defect| defect == Defect::Expired,
    ),
    Fault::overlooks(
        "accepts-far-exp",
        "An assertion that is valid for longer than five minutes is accepted.",
        &["token-defect-minor"],
        |defect| defect == Defect::ExpiryFar,
    ),
    Fault::overlooks(
        "accepts-future-nbf",
        "An assertion that is not valid yet is accepted.",
        DEFECTS,
        |defect| defect == Defect::NotYetValid,
    ),
    Fault::overlooks(
        "accepts-missing-jti",
        "An assertion without jti is accepted, so that its replay cannot be noticed.",
        DEFECTS,
        |defect| defect == Defect::IdMissing,
    ),
    Fault::overlooks(
        "accepts-replayed-jti",
        "An assertion is accepted as often as it is sent.",
        &["token-replay"],
        |defect| defect == Defect::IdReplayed,
    ),
    Fault::overlooks(
        "assertion-not-verified",
        "The token endpoint believes who the client says it is: forged, expired and replayed assertions are accepted.",
        &["token-defect", "token-replay"],
        |defect| {
            matches!(
                defect,
                Defect::Unsigned | Defect::Signature | Defect::Expired | Defect::IdReplayed
            )
        },
    )
    .may_also_break(&["token-foreign-client"]),
    Fault {
        name: "rs384-not-verified",
        description: "RS384 is announced, but no assertion signed by it is accepted.",
        caught_by: &["token-second-client"],
        also: &["token-jti-of-two"],
        seam: Seam::Distrust(|algorithm| algorithm == "RS384"),
    },
    Fault {
        name: "es384-not-verified",
        description: "ES384 is announced, but no assertion signed by it is accepted.",
        caught_by: &["token-granted"],
        also: &["group:introspection"],
        seam: Seam::Distrust(|algorithm| algorithm == "ES384"),
    },
];
