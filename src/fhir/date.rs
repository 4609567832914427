//! Partial dates and times (FHIR R4 datatypes: `date`, `dateTime`, `instant`) as ranges of instants.
//!
//! A value of any precision stands for every instant it may mean: `2013-01` for all of January, and
//! `2013-01-14T10:00:00Z` for one second. That range is what FHIR R4 search compares (search, date).

use std::str::FromStr;

use jiff::civil;

/// Nanoseconds since 1970-01-01T00:00, in UTC where the value gives an offset, else in local time.
///
/// Wide enough for every year FHIR can write, offsets included.
pub type Nanos = i128;

const SECOND: Nanos = 1_000_000_000;
const MINUTE: Nanos = 60 * SECOND;
const DAY: Nanos = 24 * 60 * MINUTE;

/// How much of a date or time is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Precision {
    Year,
    Month,
    Day,
    /// Allowed in search values only.
    Minute,
    Second,
    /// Fractions of a second.
    Fraction,
}

/// A date or time as FHIR writes it, with the half-open range of instants it stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PartialDate {
    /// First instant of the range.
    pub start: Nanos,
    /// First instant after the range.
    pub end: Nanos,
    pub precision: Precision,
    /// True where an offset from UTC is given, so that the range is absolute.
    pub zoned: bool,
}

/// Why a text is no date or time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DateError {
    #[error(
        "is no date or time: write YYYY, YYYY-MM, YYYY-MM-DD or YYYY-MM-DDThh:mm:ss with Z or ±hh:mm"
    )]
    Form,
    #[error("names a day, time or offset that does not exist")]
    Range,
}

impl FromStr for PartialDate {
    type Err = DateError;

    /// Reads `date`, `dateTime` and `instant` in every precision, and the minute precision that
    /// search values may have. A time may lack its offset.
    ///
    /// # Errors
    /// [`DateError`] where the text has another form or names what the calendar does not have.
    fn from_str(text: &str) -> Result<Self, DateError> {
        match text.split_once('T') {
            Some((date, time)) => with_time(date, time),
            None => without_time(text),
        }
    }
}

fn without_time(text: &str) -> Result<PartialDate, DateError> {
    let mut parts = text.split('-');
    let year = digits(parts.next(), 4)?;
    let month = parts.next().map(|part| digits(Some(part), 2)).transpose()?;
    let day = parts.next().map(|part| digits(Some(part), 2)).transpose()?;
    if parts.next().is_some() {
        return Err(DateError::Form);
    }
    let first = date(year, month.unwrap_or(1), day.unwrap_or(1))?;
    let (precision, days) = match (month, day) {
        (None, _) => (Precision::Year, i128::from(first.days_in_year())),
        (_, None) => (Precision::Month, i128::from(first.days_in_month())),
        _ => (Precision::Day, 1),
    };
    let start = day_start(first)?;
    Ok(PartialDate {
        start,
        end: start + days * DAY,
        precision,
        zoned: false,
    })
}

fn with_time(date_text: &str, time_text: &str) -> Result<PartialDate, DateError> {
    let mut parts = date_text.split('-');
    let (year, month, day) = (
        digits(parts.next(), 4)?,
        digits(parts.next(), 2)?,
        digits(parts.next(), 2)?,
    );
    if parts.next().is_some() {
        return Err(DateError::Form);
    }
    let midnight = day_start(date(year, month, day)?)?;
    let (clock, offset) = split_offset(time_text)?;
    let (since_midnight, unit, precision) = parse_clock(clock)?;
    let start = midnight + since_midnight - offset.unwrap_or(0);
    Ok(PartialDate {
        start,
        end: start + unit,
        precision,
        zoned: offset.is_some(),
    })
}

/// `hh:mm`, `hh:mm:ss` or with fractions → time since midnight, length of its unit, precision.
fn parse_clock(clock: &str) -> Result<(Nanos, Nanos, Precision), DateError> {
    let mut parts = clock.split(':');
    let hour = in_range(digits(parts.next(), 2)?, 23)?;
    let minute = in_range(digits(parts.next(), 2)?, 59)?;
    let to_minute = Nanos::from(hour) * 60 * MINUTE + Nanos::from(minute) * MINUTE;
    let Some(seconds) = parts.next() else {
        return Ok((to_minute, MINUTE, Precision::Minute));
    };
    if parts.next().is_some() {
        return Err(DateError::Form);
    }
    let (whole, fraction) = match seconds.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (seconds, None),
    };
    // 60 is a leap second; it counts as the first second of the next minute.
    let second = in_range(digits(Some(whole), 2)?, 60)?;
    let to_second = to_minute + Nanos::from(second) * SECOND;
    match fraction {
        None => Ok((to_second, SECOND, Precision::Second)),
        Some(fraction) => {
            let (nanos, unit) = parse_fraction(fraction)?;
            Ok((to_second + nanos, unit, Precision::Fraction))
        }
    }
}

/// Digits after the point → nanoseconds, and the length of the last digit's unit. Digits beyond the
/// ninth are below what is kept and only checked for form.
fn parse_fraction(fraction: &str) -> Result<(Nanos, Nanos), DateError> {
    if fraction.is_empty() || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(DateError::Form);
    }
    let mut nanos = 0;
    let mut unit = SECOND;
    for byte in fraction.bytes().take(9) {
        unit /= 10;
        nanos += Nanos::from(byte - b'0') * unit;
    }
    Ok((nanos, unit))
}

/// Splits `10:00:00+01:00` into the time and its offset from UTC, if there is one.
fn split_offset(time: &str) -> Result<(&str, Option<Nanos>), DateError> {
    if let Some(clock) = time.strip_suffix('Z') {
        return Ok((clock, Some(0)));
    }
    let Some(at) = time.rfind(['+', '-']) else {
        return Ok((time, None));
    };
    let (clock, offset) = time.split_at(at);
    let sign = if offset.starts_with('-') { -1 } else { 1 };
    let (hours, minutes) = offset
        .get(1..)
        .and_then(|rest| rest.split_once(':'))
        .ok_or(DateError::Form)?;
    let minutes_in_all = Nanos::from(in_range(digits(Some(hours), 2)?, 14)?) * 60
        + Nanos::from(in_range(digits(Some(minutes), 2)?, 59)?);
    if minutes_in_all > 14 * 60 {
        return Err(DateError::Range);
    }
    Ok((clock, Some(sign * minutes_in_all * MINUTE)))
}

fn digits(part: Option<&str>, length: usize) -> Result<i16, DateError> {
    let part = part.ok_or(DateError::Form)?;
    if part.len() != length || !part.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(DateError::Form);
    }
    part.parse().map_err(|_| DateError::Form)
}

fn in_range(value: i16, most: i16) -> Result<i16, DateError> {
    if value <= most {
        Ok(value)
    } else {
        Err(DateError::Range)
    }
}

fn date(year: i16, month: i16, day: i16) -> Result<civil::Date, DateError> {
    // FHIR has no year 0000.
    if year == 0 {
        return Err(DateError::Range);
    }
    let small = |value: i16| i8::try_from(value).map_err(|_| DateError::Range);
    civil::Date::new(year, small(month)?, small(day)?).map_err(|_| DateError::Range)
}

fn day_start(day: civil::Date) -> Result<Nanos, DateError> {
    let span = civil::date(1970, 1, 1)
        .until(day)
        .map_err(|_| DateError::Range)?;
    Ok(Nanos::from(span.get_days()) * DAY)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(text: &str) -> (Nanos, Nanos) {
        let date: PartialDate = text.parse().expect(text);
        (date.start, date.end)
    }

    #[test]
    fn each_precision_is_its_whole_range() {
        assert_eq!(range("1970"), (0, 365 * DAY));
        assert_eq!(range("1970-01"), (0, 31 * DAY));
        assert_eq!(range("1972-02").1 - range("1972-02").0, 29 * DAY);
        assert_eq!(range("1970-01-02"), (DAY, 2 * DAY));
        assert_eq!(range("1970-01-01T00:01"), (MINUTE, 2 * MINUTE));
        assert_eq!(range("1970-01-01T00:00:01"), (SECOND, 2 * SECOND));
        assert_eq!(
            range("1970-01-01T00:00:00.25Z"),
            (SECOND / 4, SECOND / 4 + SECOND / 100)
        );
    }

    #[test]
    fn offsets_move_to_utc() {
        assert_eq!(
            range("1970-01-01T02:00:00+02:00"),
            range("1970-01-01T00:00:00Z")
        );
        assert_eq!(range("1969-12-31T19:00:00-05:00"), (0, SECOND));
        let date: PartialDate = "2020-01-01".parse().expect("date");
        assert!(!date.zoned);
        let instant: PartialDate = "2020-01-01T00:00:00Z".parse().expect("instant");
        assert!(instant.zoned);
    }

    #[test]
    fn the_ends_of_the_calendar_hold() {
        assert_eq!(range("9999-12-31").1 - range("9999-12-31").0, DAY);
        assert!(range("0001").0 < 0);
        assert!(
            "9999-12-31T23:59:60-14:00".parse::<PartialDate>().is_ok(),
            "beyond the last civil day"
        );
    }

    #[test]
    fn what_is_no_date_is_refused() {
        let refused = [
            ("", DateError::Form),
            ("20", DateError::Form),
            ("2020-1", DateError::Form),
            ("2020-13", DateError::Range),
            ("2021-02-29", DateError::Range),
            ("0000", DateError::Range),
            ("2020-01-01T", DateError::Form),
            ("2020-01-01T10", DateError::Form),
            ("2020-01-01T24:00", DateError::Range),
            ("2020-01-01T10:00:61Z", DateError::Range),
            ("2020-01-01T10:00:00.Z", DateError::Form),
            ("2020-01-01T10:00:00+15:00", DateError::Range),
            ("2020-01-01T10:00:00+14:30", DateError::Range),
            ("2020-01-01T10:00:00+1:00", DateError::Form),
            ("2020-01T10:00", DateError::Form),
            ("2020-01-01-01", DateError::Form),
            ("-2020-01-01", DateError::Form),
            ("２０２０", DateError::Form),
            ("2020-01-01T10:00:00é", DateError::Form),
        ];
        for (text, error) in refused {
            assert_eq!(text.parse::<PartialDate>(), Err(error), "{text}");
        }
    }
}
