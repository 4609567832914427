//! Vital signs: an Observation with one of their codes conforms to the profile of that vital sign
//! (R4 observation-vitalsigns, "The table below ... SHALL").

use serde_json::Value;

use crate::profile::model::{Here, Rule, Scope, Sink};
use crate::profile::walk;

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

/// SNOMED CT codes of the same signs. They may stand beside the LOINC code, not in its place: in the
/// category vital-signs they call for the same profile.
const SNOMED: &[(&str, &str)] = &[
    ("86290005", "resprate"),
    ("364075005", "heartrate"),
    ("431314004", "oxygensat"),
    ("386725007", "bodytemp"),
    ("276885007", "bodytemp"),
    ("50373000", "bodyheight"),
    ("363812007", "headcircum"),
    ("27113001", "bodyweight"),
    ("60621009", "bmi"),
    ("75367002", "bp"),
];

/// Applies the profile of the vital sign that `Observation.code` names.
pub struct VitalSigns;

/// The profile that a coding calls for.
fn called_for(coding: &Value, is_vital_sign: bool) -> Option<&'static str> {
    let table = match coding.get("system")?.as_str()? {
        "http://loinc.org" => PROFILES,
        "http://snomed.info/sct" if is_vital_sign => SNOMED,
        _ => return None,
    };
    let code = coding.get("code")?.as_str()?;
    let (_, name) = table.iter().find(|(known, _)| *known == code)?;
    Some(name)
}

/// Whether the Observation says itself that it is a vital sign.
fn is_vital_sign(observation: &Value) -> bool {
    let categories = observation["category"].as_array().into_iter().flatten();
    categories
        .flat_map(|category| category["coding"].as_array())
        .flatten()
        .any(|coding| coding["code"] == "vital-signs")
}

impl Rule for VitalSigns {
    fn check(&self, here: &Here<'_>, scope: &Scope<'_>, sink: &mut Sink) {
        let codings = here
            .value
            .and_then(|value| value.pointer("/code/coding"))
            .and_then(Value::as_array);
        let is_vital_sign = here.value.is_some_and(is_vital_sign);
        for coding in codings.into_iter().flatten() {
            let Some(name) = called_for(coding, is_vital_sign) else {
                continue;
            };
            let url = format!("http://hl7.org/fhir/StructureDefinition/{name}");
            match scope.store.profile(&url) {
                Ok(compiled) => walk::against(&compiled, here, scope, sink),
                Err(why) => sink.note(url, why.to_string()),
            }
            return;
        }
    }
}
