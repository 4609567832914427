//! Vital signs: an Observation with one of their codes conforms to the profile of that vital sign
//! (R4 observation-vitalsigns, "The table below ... SHALL").

use serde_json::Value;

use super::Rule;
use crate::profile::context::{Here, Scope, Sink};
use crate::profile::validate;

/// LOINC code and the profile of R4 core that goes with it.
const PROFILES: &[(&str, &str)] = &[
    ("85353-1", "vitalspanel"),
    ("9279-1", "resprate"),
    ("8867-4", "heartrate"),
    ("2708-6", "oxygensat"),
    ("59408-5", "oxygensat"),
    ("8310-5", "bodytemp"),
    ("8302-2", "bodyheight"),
    ("9843-4", "headcircum"),
    ("29463-7", "bodyweight"),
    ("39156-5", "bmi"),
    ("85354-9", "bp"),
];

/// Applies the profile of the vital sign that `Observation.code` names.
pub struct VitalSigns;

impl Rule for VitalSigns {
    fn check(&self, here: &Here<'_>, scope: &Scope<'_>, sink: &mut Sink) {
        let codings = here
            .value
            .and_then(|value| value.pointer("/code/coding"))
            .and_then(Value::as_array);
        for coding in codings.into_iter().flatten() {
            let text = |name: &str| coding.get(name).and_then(Value::as_str);
            let (Some("http://loinc.org"), Some(code)) = (text("system"), text("code")) else {
                continue;
            };
            let Some((_, name)) = PROFILES.iter().find(|(known, _)| *known == code) else {
                continue;
            };
            let url = format!("http://hl7.org/fhir/StructureDefinition/{name}");
            match scope.store.profile(&url) {
                Ok(compiled) => validate::against(&compiled, here, scope, sink),
                Err(why) => sink.note(url, why.to_string()),
            }
            return;
        }
    }
}
