//! Date parameters (FHIR R4 search, date and prefixes): both sides are ranges of instants.

use serde_json::Value;

use super::element::{at, text};
use super::matching::{Match, rule};
use crate::fhir::{DateError, Nanos, PartialDate, Precision};

const SECOND: Nanos = 1_000_000_000;
const QUARTER_HOUR: Nanos = 15 * 60 * SECOND;
/// The offsets from UTC in use on earth, in quarters of an hour.
const OFFSETS: std::ops::RangeInclusive<Nanos> = -12 * 4..=14 * 4;

/// FHIR's prefixes (value set `search-comparator`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Prefix {
    Eq,
    Ne,
    Gt,
    Lt,
    Ge,
    Le,
    Sa,
    Eb,
    Ap,
}

const PREFIXES: [(&str, Prefix); 9] = [
    ("eq", Prefix::Eq),
    ("ne", Prefix::Ne),
    ("gt", Prefix::Gt),
    ("lt", Prefix::Lt),
    ("ge", Prefix::Ge),
    ("le", Prefix::Le),
    ("sa", Prefix::Sa),
    ("eb", Prefix::Eb),
    ("ap", Prefix::Ap),
];

/// A date as asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct DateQuery {
    prefix: Prefix,
    range: Range,
}

/// A half-open range of instants, with what is known about each end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Range {
    start: Bound,
    end: Bound,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Bound {
    /// Less, as a start, or greater, as an end, than any actual date.
    Open,
    At {
        nanos: Nanos,
        zoned: bool,
        precision: Precision,
    },
}

impl DateQuery {
    /// Reads a prefix, if there is one, and a date of any precision.
    pub(super) fn parse(value: &str) -> Result<Self, DateError> {
        let (prefix, date) = PREFIXES
            .iter()
            .find_map(|(code, prefix)| Some((*prefix, value.strip_prefix(code)?)))
            .unwrap_or((Prefix::Eq, value));
        Ok(Self {
            prefix,
            range: Range::of(&date.parse()?),
        })
    }

    /// Whether a `date`, `dateTime`, `instant`, `Period` or `Timing` satisfies this.
    /// A local offset settles what a bound without one means.
    pub(super) fn matches(&self, value: &Value, local_offset: Option<Nanos>) -> Match {
        let Some(target) = range_of(value) else {
            return Match::May(rule::UNREADABLE);
        };
        let compare = |asked, target| match local_offset {
            Some(offset) => self.compare(asked, target, offset),
            None => self.in_every_zone(asked, target),
        };
        let exact = compare(self.range, target);
        let whole = compare(self.range.whole_seconds(), target.whole_seconds());
        if exact == whole || matches!(exact, Match::May(_)) {
            exact
        } else {
            Match::May(rule::FRACTION)
        }
    }

    /// A bound without offset may lie in any time zone; where that decides, the server may decide.
    fn in_every_zone(&self, asked: Range, target: Range) -> Match {
        if !mixed([asked.start, asked.end, target.start, target.end]) {
            return self.compare(asked, target, 0);
        }
        let mut results =
            OFFSETS.map(|quarters| self.compare(asked, target, quarters * QUARTER_HOUR));
        let first = results.next().unwrap_or(Match::MustNot);
        if results.all(|result| result == first) {
            first
        } else {
            Match::May(rule::TIME_ZONE)
        }
    }

    fn compare(&self, asked: Range, target: Range, offset: Nanos) -> Match {
        let (asked, target) = (asked.instants(offset), target.instants(offset));
        let contains = asked.start <= target.start && target.end <= asked.end;
        let overlaps = asked.start < target.end && target.start < asked.end;
        let above = target.end > asked.end;
        let below = target.start < asked.start;
        match self.prefix {
            Prefix::Eq => Match::certain(contains),
            Prefix::Ne => Match::certain(!contains),
            Prefix::Gt => Match::certain(above),
            Prefix::Lt => Match::certain(below),
            Prefix::Ge => Match::graded(above || contains, overlaps, rule::ACROSS_BOUND),
            Prefix::Le => Match::graded(below || contains, overlaps, rule::ACROSS_BOUND),
            Prefix::Sa => Match::certain(target.start >= asked.end),
            Prefix::Eb => Match::certain(target.end <= asked.start),
            Prefix::Ap => Match::graded(overlaps, true, rule::APPROXIMATE),
        }
    }
}

/// A range with both ends as numbers.
struct Instants {
    start: Nanos,
    end: Nanos,
}

impl Range {
    fn of(date: &PartialDate) -> Self {
        Self {
            start: Bound::start_of(date),
            end: Bound::end_of(date),
        }
    }

    fn instants(self, offset: Nanos) -> Instants {
        let at = |bound, open| match bound {
            Bound::Open => open,
            Bound::At { nanos, zoned, .. } => nanos - if zoned { 0 } else { offset },
        };
        Instants {
            start: at(self.start, Nanos::MIN),
            end: at(self.end, Nanos::MAX),
        }
    }

    /// The same range widened to whole seconds.
    fn whole_seconds(self) -> Self {
        Self {
            start: self.start.rounded(|nanos| nanos.div_euclid(SECOND)),
            end: self
                .end
                .rounded(|nanos| (nanos + SECOND - 1).div_euclid(SECOND)),
        }
    }
}

impl Bound {
    fn start_of(date: &PartialDate) -> Self {
        Self::At {
            nanos: date.start,
            zoned: date.zoned,
            precision: date.precision,
        }
    }

    fn end_of(date: &PartialDate) -> Self {
        Self::At {
            nanos: date.end,
            zoned: date.zoned,
            precision: date.precision,
        }
    }

    fn rounded(self, to_second: impl Fn(Nanos) -> Nanos) -> Self {
        match self {
            Self::At {
                nanos,
                zoned,
                precision: Precision::Fraction,
            } => Self::At {
                nanos: to_second(nanos) * SECOND,
                zoned,
                precision: Precision::Second,
            },
            other => other,
        }
    }

    fn zoned(self) -> Option<bool> {
        match self {
            Self::Open => None,
            Self::At { zoned, .. } => Some(zoned),
        }
    }
}

/// True where some bounds have an offset and some have none.
fn mixed(bounds: [Bound; 4]) -> bool {
    let mut zoned = bounds.into_iter().filter_map(Bound::zoned);
    let first = zoned.next();
    zoned.any(|next| Some(next) != first)
}

fn range_of(value: &Value) -> Option<Range> {
    match value {
        Value::String(date) => Some(Range::of(&date.parse().ok()?)),
        Value::Object(members)
            if members.contains_key("event") || members.contains_key("repeat") =>
        {
            range_of_timing(value)
        }
        Value::Object(_) => range_of_period(value),
        _ => None,
    }
}

fn range_of_period(period: &Value) -> Option<Range> {
    let bound = |name, of: fn(&PartialDate) -> Bound| match text(period, name) {
        Some(date) => Some(of(&date.parse().ok()?)),
        None => Some(Bound::Open),
    };
    Some(Range {
        start: bound("start", Bound::start_of)?,
        end: bound("end", Bound::end_of)?,
    })
}

/// Only the outer limits of a Timing count (FHIR R4 search, date).
fn range_of_timing(timing: &Value) -> Option<Range> {
    if let Some(period) = at(timing, "repeat.boundsPeriod").first() {
        return range_of_period(period);
    }
    let events: Vec<PartialDate> = at(timing, "event")
        .iter()
        .map(|event| event.as_str()?.parse().ok())
        .collect::<Option<_>>()?;
    Some(Range {
        start: Bound::start_of(events.iter().min_by_key(|event| event.start)?),
        end: Bound::end_of(events.iter().max_by_key(|event| event.end)?),
    })
}
