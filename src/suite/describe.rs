//! Parts of a case in words.

use super::model::{Conformance, Expectation, Expected, ValueForm};
use super::template::Template;

impl Conformance {
    /// The word of RFC 2119.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Shall => "SHALL",
            Self::Should => "SHOULD",
            Self::May => "MAY",
        }
    }
}

impl ValueForm {
    /// The word in a case file.
    #[must_use]
    pub fn name(self) -> String {
        let name = serde_json::to_value(self).unwrap_or_default();
        name.as_str().unwrap_or_default().to_owned()
    }
}

impl Expectation {
    /// The key in a case file, such as `at-least`.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Should(_) => "should",
            Self::Shall(_) => "shall",
            Self::Status(_) => "status",
            Self::Header(_) => "header",
            Self::Resource(_) => "resource",
            Self::OperationOutcome(_) => "operation-outcome",
            Self::Bundle(_) => "bundle",
            Self::AtLeast(_) => "at-least",
            Self::AtMost(_) => "at-most",
            Self::Sorted(_) => "sorted",
            Self::OfPatient(_) => "of-patient",
            Self::Contains(_) => "contains",
            Self::Lacks(_) => "lacks",
            Self::SameMatches(_) => "same-matches",
            Self::Matches(_) => "matches",
            Self::SameAs(_) => "same-as",
            Self::Fhirpath(_) => "fhirpath",
            Self::Profile(_) => "profile",
            Self::Attachment(_) => "attachment",
            Self::Records(_) => "records",
            Self::References(_) => "references",
            Self::Includes(_) => "includes",
            Self::Token(_) => "token",
            Self::OauthError(_) => "oauth-error",
            Self::Discloses(_) => "discloses",
            Self::Versions(_) => "versions",
        }
    }

    /// The expectation as `kind: what`, with templates filled in by `filled`; a group has a line for
    /// each of its members.
    #[must_use]
    pub fn describe(&self, filled: &dyn Fn(&Template) -> String) -> String {
        let kind = self.kind();
        if let Some(group) = self.group() {
            let members = group.expect.iter().map(|member| member.describe(filled));
            let lines: Vec<_> = members
                .flat_map(|member| {
                    member
                        .lines()
                        .map(|l| format!("{kind} {l}"))
                        .collect::<Vec<_>>()
                })
                .collect();
            return lines.join("\n");
        }
        format!("{kind}: {}", self.argument(filled))
    }

    fn argument(&self, filled: &dyn Fn(&Template) -> String) -> String {
        match self {
            Self::Should(_) | Self::Shall(_) => String::new(),
            Self::Status(rule) => {
                let codes: Vec<_> = rule.0.iter().map(|code| code.value.as_str()).collect();
                codes.join(" or ")
            }
            Self::Header(header) => match (&header.is, &header.matches) {
                (Some(is), _) => format!("{} is {}", header.name.value, filled(is)),
                (None, Some(pattern)) => format!("{} matches {}", header.name.value, pattern.value),
                (None, None) => header.name.value.clone(),
            },
            Self::OperationOutcome(Expected::Required) => "required".to_owned(),
            Self::OperationOutcome(Expected::IfPresent) => "if-present".to_owned(),
            Self::Bundle(rule) => rule.name().to_owned(),
            Self::Versions(super::model::VersionRule::Consistent) => "consistent".to_owned(),
            Self::Matches(super::model::MatchRule::Oracle) => "oracle".to_owned(),
            Self::Token(super::model::TokenRule::Granted) => "granted".to_owned(),
            Self::OauthError(codes) => codes.iter().map(filled).collect::<Vec<_>>().join(" or "),
            Self::Discloses(what) => what.name().to_owned(),
            Self::AtLeast(count) | Self::AtMost(count) => count.to_string(),
            Self::Attachment(rule) => {
                let parts = [("size", &rule.size), ("hash", &rule.hash)];
                let said = parts.iter().filter_map(|(name, part)| {
                    part.as_ref().map(|part| format!("{name} {}", filled(part)))
                });
                said.collect::<Vec<_>>().join(", ")
            }
            Self::Records(rule) => format!("{}: {}", filled(&rule.pool), filled(&rule.fhirpath)),
            Self::Resource(text)
            | Self::Sorted(text)
            | Self::OfPatient(text)
            | Self::Fhirpath(text)
            | Self::References(text)
            | Self::Includes(text) => filled(text),
            Self::Contains(name)
            | Self::Lacks(name)
            | Self::SameMatches(name)
            | Self::SameAs(name) => name.value.clone(),
            Self::Profile(profiles) => {
                let profiles: Vec<_> = profiles
                    .iter()
                    .map(filled)
                    .filter(|p| !p.is_empty())
                    .collect();
                match profiles.is_empty() {
                    true => "the base definition".to_owned(),
                    false => profiles.join(", "),
                }
            }
        }
    }
}
