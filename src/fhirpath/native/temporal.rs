//! Comparison of FHIR dates, date-times and times as text, with FHIRPath's rule of precision.

use std::cmp::Ordering;

/// Compares two temporal values. `None`: not both temporal. `Some(None)`: the precision does not
/// suffice to tell.
pub(super) fn compare(left: &str, right: &str) -> Option<Option<Ordering>> {
    let (left, right) = (Temporal::parse(left)?, Temporal::parse(right)?);
    if left.zone.is_some() != right.zone.is_some() && left.count > 3 && right.count > 3 {
        return Some(None);
    }
    let (left, right) = (left.in_utc(), right.in_utc());
    for at in 0..left.count.min(right.count) {
        let order = left.parts.get(at)?.partial_cmp(right.parts.get(at)?)?;
        if order.is_ne() {
            return Some(Some(order));
        }
    }
    Some((left.count == right.count).then_some(Ordering::Equal))
}

#[derive(Clone, Copy)]
struct Temporal {
    /// Year, month, day, hour, minute, second (with its fraction).
    parts: [f64; 6],
    /// How many of the parts are given.
    count: usize,
    /// Minutes east of UTC.
    zone: Option<i64>,
}

impl Temporal {
    fn parse(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        if !(4..=40).contains(&bytes.len()) || !bytes.iter().take(4).all(u8::is_ascii_digit) {
            return None;
        }
        let (date, time) = match text.split_once('T') {
            Some((date, time)) => (date, Some(time)),
            None => (text, None),
        };
        let mut parts = [0.0; 6];
        let mut count = 0;
        for (at, part) in date.split('-').enumerate() {
            let width = if at == 0 { 4 } else { 2 };
            if part.len() != width || at > 2 {
                return None;
            }
            *parts.get_mut(at)? = f64::from(part.parse::<u32>().ok()?);
            count = at + 1;
        }
        let mut zone = None;
        if let Some(time) = time {
            let (clock, offset) = split_zone(time)?;
            zone = offset;
            // Seconds and their fraction count as one precision.
            for (at, part) in clock.split(':').enumerate() {
                if at > 2 || !part.starts_with(|first: char| first.is_ascii_digit()) {
                    return None;
                }
                *parts.get_mut(3 + at)? = part.parse::<f64>().ok()?;
                count = 4 + at;
            }
        }
        Some(Self { parts, count, zone })
    }

    /// The same moment in UTC, where a time with a zone is given.
    fn in_utc(mut self) -> Self {
        let Some(offset) = self.zone.take().filter(|offset| *offset != 0) else {
            return self;
        };
        let [year, month, day, hour, minute, _] = self.parts;
        let days = days_from_civil(year as i64, month as i64, day as i64);
        let minutes = days * 1440 + hour as i64 * 60 + minute as i64 - offset;
        let (year, month, day) = civil_from_days(minutes.div_euclid(1440));
        let rest = minutes.rem_euclid(1440);
        for (part, value) in self
            .parts
            .iter_mut()
            .zip([year, month, day, rest / 60, rest % 60])
        {
            *part = value as f64;
        }
        self
    }
}

fn split_zone(time: &str) -> Option<(&str, Option<i64>)> {
    if let Some(clock) = time.strip_suffix('Z') {
        return Some((clock, Some(0)));
    }
    let Some(at) = time.rfind(['+', '-']) else {
        return Some((time, None));
    };
    let (clock, zone) = time.split_at(at);
    let (hours, minutes) = zone.get(1..)?.split_once(':')?;
    let offset = hours.parse::<i64>().ok()? * 60 + minutes.parse::<i64>().ok()?;
    let sign = if zone.starts_with('-') { -1 } else { 1 };
    Some((clock, Some(sign * offset)))
}

/// Days since 1970-01-01 of a date of the Gregorian calendar.
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year - era * 400;
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days - era * 146_097;
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 {
        shifted + 3
    } else {
        shifted - 9
    };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn compares_with_precision_and_zone() {
        let cases = [
            ("2020-01-01", "2020-01-02", Some(Some(Ordering::Less))),
            ("2020", "2020-01", Some(None)),
            ("2020-05", "2021", Some(Some(Ordering::Less))),
            (
                "2020-01-01T00:30:00+01:00",
                "2019-12-31T23:30:00Z",
                Some(Some(Ordering::Equal)),
            ),
            (
                "2020-01-01T00:30:00.5Z",
                "2020-01-01T00:30:00Z",
                Some(Some(Ordering::Greater)),
            ),
            ("abcd", "2020", None),
        ];
        for (left, right, expected) in cases {
            assert_eq!(compare(left, right), expected, "{left} {right}");
        }
    }
}
