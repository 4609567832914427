//! RunOutcome → JSON, JUnit, HTML. Never runs anything.
use crate::{event::Event, outcome::RunOutcome};
use std::path::{Path, PathBuf};
pub struct Progress;
impl Progress {
    pub fn new() -> Self {
        Self
    }
    pub fn hear(&self, _: &Event) {}
    pub fn finish(&self) {}
}
pub struct Written {
    pub index: PathBuf,
}
pub fn prepare(out: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(out)
}
pub fn write_all(outcome: &RunOutcome, out: &Path) -> std::io::Result<Written> {
    std::fs::write(out.join("report.json"), serde_json::to_vec_pretty(outcome)?)?;
    Ok(Written {
        index: out.join("report.json"),
    })
}
pub fn summary_text(outcome: &RunOutcome, _: &Written) -> String {
    let mut text = format!("{:#?}\n", outcome.summary);
    for test in outcome.cases.iter().flat_map(|c| &c.tests) {
        if test.verdict != crate::outcome::Verdict::Pass {
            text += &format!(
                "{:?} {} {:?}\n",
                test.verdict,
                test.id,
                test.skip.as_ref().map(|s| (s.kind, &s.reason))
            );
            for e in test.steps.iter().flat_map(|s| &s.expectations) {
                if e.verdict > crate::outcome::Verdict::Pass {
                    text += &format!(
                        "   {}: expected {} actual {}\n",
                        e.kind, e.expected, e.actual
                    );
                    for i in e
                        .issues
                        .iter()
                        .filter(|i| i.severity > crate::fhir::Severity::Information)
                        .take(4)
                    {
                        text += &format!(
                            "      {} {} [{}]\n",
                            i.location.expression, i.message, i.rule
                        );
                    }
                }
            }
        }
    }
    text
}
