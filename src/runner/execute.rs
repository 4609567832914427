//! One test: its given values, then step after step.

use std::sync::Arc;
use std::time::Instant;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use crate::check::{self, Again, Answer, Earlier, Scope, View};
use crate::fhirpath::Focus;
use crate::http::exchange::ExchangeId;
use crate::http::{Client, Exchanged, Request};
use crate::outcome::{ExpectationOutcome, Skip, SkipKind, StepOutcome, TestOutcome, Verdict};
use crate::plan::PlannedTest;
use crate::pool::{Key, Pool};
use crate::suite::{Answers, Step};

use super::fill::Missing;
use super::request;
use super::{Context, given, seen, send};

/// Wrong answers of one kind that a test shows at most.
const SHOWN: usize = 10;

/// A test that ended, with what it saw.
pub(super) struct Done {
    pub(super) outcome: TestOutcome,
    pub(super) exchanges: Vec<Arc<Exchanged>>,
    pub(super) validated: u64,
}

/// A test that was not run.
pub(super) fn skipped(test: &PlannedTest, skip: Skip) -> Done {
    Done {
        outcome: TestOutcome {
            id: test.id.clone(),
            title: test.title.clone(),
            resource_type: test.resource_type.clone(),
            verifies: test.verifies.clone(),
            verdict: Verdict::Skip,
            skip: Some(skip),
            duration_ms: 0,
            steps: Vec::new(),
        },
        exchanges: Vec::new(),
        validated: 0,
    }
}

/// Runs a test against the frozen pool.
pub(super) async fn test(test: &PlannedTest, context: &Context, pool: &Pool) -> Done {
    let began = Instant::now();
    let mut scope = Scope::new(&test.variables);
    if let Err(mut skip) = given::prepare(test, &mut scope, pool, context) {
        skip.reason = context.client.redact(&skip.reason);
        return skipped(test, skip);
    }
    let mut execution = Execution {
        test,
        context,
        pool,
        scope,
        earlier: Vec::new(),
        unanswered: None,
        done: skipped(test, no_reason()),
    };
    for step in &test.case.steps {
        execution.step(step).await;
    }
    let mut done = execution.finish(began);
    redact(&mut done.outcome, context);
    done
}

/// Takes secrets out that the target echoed into what was found.
fn redact(outcome: &mut TestOutcome, context: &Context) {
    let clean = |text: &mut String| *text = context.client.redact(text);
    if let Some(skip) = &mut outcome.skip {
        clean(&mut skip.reason);
    }
    for step in &mut outcome.steps {
        clean(&mut step.title);
        for found in &mut step.expectations {
            clean(&mut found.expected);
            clean(&mut found.actual);
            if let Some(skip) = &mut found.skip {
                clean(&mut skip.reason);
            }
            found.fix.iter_mut().for_each(clean);
            for issue in &mut found.issues {
                clean(&mut issue.message);
                issue.fix.iter_mut().for_each(clean);
            }
        }
    }
}

fn no_reason() -> Skip {
    Skip {
        kind: SkipKind::Blocked,
        reason: "none of its expectations could be judged".to_owned(),
    }
}

struct Execution<'a> {
    test: &'a PlannedTest,
    context: &'a Context,
    pool: &'a Pool,
    scope: Scope,
    earlier: Vec<Earlier>,
    /// Present once a step got no answer: then what later steps miss is no lack of data.
    unanswered: Option<String>,
    done: Done,
}

impl Execution<'_> {
    async fn step(&mut self, step: &Step) {
        if let Some(wanted) = &step.answers {
            return self.answers(step, wanted);
        }
        let Some(each) = &step.each else {
            return self.once(step).await;
        };
        let kind = self.scope.render_known(&each.pool);
        let having = given::having(&each.having, &self.scope).unwrap_or_default();
        let engine = self.context.validator.fhirpath();
        let resources: Vec<_> = given::select(self.pool, &kind, &having, engine)
            .take(each.most)
            .cloned()
            .collect();
        if resources.is_empty() {
            let reason = given::lacking(&kind, &having);
            return self.not_done(format!("each {kind}"), SkipKind::NoData, reason);
        }
        for resource in resources {
            self.scope.set_resource(&each.variable.value, resource);
            self.once(step).await;
        }
    }

    /// Judges answers that were given before. Those that keep the rules are told by one of them.
    fn answers(&mut self, step: &Step, wanted: &Answers) {
        let (mut good, mut sample, mut bad) = (0_usize, None, 0_usize);
        for seen in seen::select(self.pool, wanted, self.context.client.base()) {
            self.scope.set_resource(&wanted.variable.value, seen.asked);
            let outcomes = self.judge(step, Some(&seen.answer), &Again::new());
            if check::roll_up(&outcomes) <= Verdict::Pass {
                good += 1;
                sample.get_or_insert(outcomes);
            } else {
                bad += 1;
                if bad <= SHOWN {
                    self.push(seen.title, Some(&seen.answer), outcomes);
                }
            }
        }
        match sample {
            Some(outcomes) => self.push(format!("{good} answers that were given"), None, outcomes),
            None if bad == 0 => {
                let reason = "no such answer was given in this run".to_owned();
                self.not_done("answers".to_owned(), SkipKind::NoData, reason);
            }
            None => {}
        }
        if bad > SHOWN {
            let last = self.done.outcome.steps.last_mut();
            last.into_iter()
                .for_each(|step| step.title += &format!("; {bad} answers in all are wrong"));
        }
    }

    /// Reads records that are missing among the matches once more: the data may have changed since
    /// the pool was filled.
    async fn look_again(&self, step: &Step, answer: Option<&Answer>) -> Again {
        let none = Again::new();
        let missing = check::missing_matches(&step.expect, &self.view(answer, &none));
        let mut again = Again::new();
        for key in missing {
            let now = read_again(&self.context.client, &key).await;
            again.extend(now.map(|now| (key, now)));
        }
        again
    }

    fn view<'v>(&'v self, answer: Option<&'v Answer>, again: &'v Again) -> View<'v> {
        View {
            test: self.test,
            scope: &self.scope,
            answer,
            earlier: &self.earlier,
            pool: self.pool,
            again,
            validator: &self.context.validator,
            base: &self.context.base,
            target_answers: self.context.client.has_answered(),
        }
    }

    /// Judges the step's expectations, and counts what was validated.
    fn judge(
        &mut self,
        step: &Step,
        answer: Option<&Answer>,
        again: &Again,
    ) -> Vec<ExpectationOutcome> {
        let found = check::step(&step.expect, &self.view(answer, again));
        self.done.validated += found.validated;
        found.outcomes
    }

    async fn once(&mut self, step: &Step) {
        let (title, answer) = match &step.request {
            None => ("the resources that were seen".to_owned(), None),
            Some(action) => match request::ready(action, &self.scope, &self.context.client).await {
                Err(missing) => return self.not_sent(missing),
                Ok(ready) => {
                    let title = ready.title.clone();
                    (title, Some(ready.send(&self.context.client).await))
                }
            },
        };
        let again = self.look_again(step, answer.as_ref()).await;
        let outcomes = self.judge(step, answer.as_ref(), &again);
        if answer
            .as_ref()
            .is_some_and(|answer| answer.response().is_none())
        {
            self.unanswered.get_or_insert_with(|| title.clone());
        }
        self.push(title, answer.as_ref(), outcomes);
        if let Some(answer) = answer {
            self.remember(step, &answer);
        }
    }

    fn not_sent(&mut self, missing: Missing) {
        let (kind, reason) = match &self.unanswered {
            Some(title) if missing.kind == SkipKind::NoData => (
                SkipKind::Blocked,
                format!("{title} brought no answer to go on with"),
            ),
            _ => (missing.kind, missing.reason),
        };
        self.not_done("no request".to_owned(), kind, reason);
    }

    fn not_done(&mut self, title: String, kind: SkipKind, reason: String) {
        let outcome = ExpectationOutcome::not_done(Skip { kind, reason });
        self.push(title, None, vec![outcome]);
    }

    fn push(
        &mut self,
        title: String,
        answer: Option<&Answer>,
        expectations: Vec<ExpectationOutcome>,
    ) {
        let exchanges = answer
            .map(|answer| answer.exchanges.as_slice())
            .unwrap_or_default();
        self.done.outcome.steps.push(StepOutcome {
            title,
            exchanges: exchanges
                .iter()
                .map(|exchanged| number(exchanged))
                .collect(),
            expectations,
        });
        let retained = exchanges.iter().map(Exchanged::retained);
        self.done.exchanges.extend(retained);
    }

    /// Keeps what later steps refer to.
    fn remember(&mut self, step: &Step, answer: &Answer) {
        if let Some(name) = &step.name {
            self.earlier.push(Earlier {
                name: name.value.clone(),
                matches: answer.match_keys(),
                is_complete: answer.response().is_some() && !answer.paging.is_open(),
            });
        }
        if let (Some(name), Some(response)) = (&step.keep, answer.response()) {
            let bytes = STANDARD.encode(&response.body);
            self.scope.set_text(&name.value, bytes);
        }
        let Ok(body) = answer.body() else { return };
        let engine = self.context.validator.fhirpath();
        for (name, path) in &step.capture {
            let path = self.scope.render_known(path);
            let found = engine.evaluate(&path, body, Focus::of(body));
            match found.unwrap_or_default().first() {
                Some(serde_json::Value::String(text)) => self.scope.set_text(name, text.clone()),
                Some(other) => self.scope.set_text(name, other.to_string()),
                None => {}
            }
        }
    }

    fn finish(self, began: Instant) -> Done {
        let mut done = self.done;
        let expectations = || {
            done.outcome
                .steps
                .iter()
                .flat_map(|step| &step.expectations)
        };
        let verdict = expectations()
            .map(|found| found.verdict)
            .max()
            .unwrap_or_default();
        let why = expectations()
            .find_map(|found| found.skip.clone())
            .unwrap_or_else(no_reason);
        // What passes of a test of which a part was not done proves nothing.
        let in_part = expectations().any(|found| found.is_not_done());
        let verdict = match verdict {
            Verdict::Pass if in_part => Verdict::Skip,
            verdict => verdict,
        };
        done.outcome.verdict = verdict;
        done.outcome.skip = (verdict == Verdict::Skip).then_some(why);
        done.outcome.duration_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
        done
    }
}

/// A resource as it is now, nothing where it is gone; `None` where that cannot be told.
async fn read_again(client: &Client, (kind, id): &Key) -> Option<Option<Arc<Value>>> {
    let url = client.base().join(&format!("{kind}/{id}")).ok()?;
    let request = Request {
        fresh: true,
        ..Request::get(url)
    };
    let answer = send::once(client, request).await;
    match answer.response()?.status {
        200 => Some(Some(Arc::clone(answer.body().ok()?))),
        404 | 410 => Some(None),
        _ => None,
    }
}

/// The id of an exchange until the record gives it one of its own.
pub(super) fn number(exchanged: &Exchanged) -> ExchangeId {
    ExchangeId(exchanged.number.to_string())
}
