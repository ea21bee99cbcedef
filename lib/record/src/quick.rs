//! Most lines at a glance: a record of the plainest form, without an escape, a detail or
//! an error. Whatever else a line may hold, [`read`] answers none, and `parse` reads it:
//! so that this must know neither all of JSON nor why a line is refused.

use jiff::Timestamp;
use memchr::memchr;

use crate::text::Text;
use crate::view::{COMPARED, RecordView, RunView, SubjectView, Values, Words};
use crate::{Host, Outcome, Version};

/// Up to here every whole number has an exact `f64`: 2^53.
const EXACT_INTEGERS: u64 = 1 << 53;
/// Powers of ten, which an `f64` holds exactly up to 10^22.
const EXACT_POWERS: [f64; 19] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
    1e17, 1e18,
];

/// The record of a line; none where only a parser of all JSON can tell.
pub(crate) fn read(line: &str) -> Option<RecordView<'_>> {
    let line = line.trim_end_matches('\r');
    // Then every text ends at the next quote. Without an early end, so that many bytes are
    // looked at at once.
    let special = |byte: u8| u8::from(byte < b' ') | u8::from(byte == b'\\');
    if line.bytes().fold(0, |any, byte| any | special(byte)) != 0 {
        return None;
    }
    let mut scan = Scan { text: line, at: 0 };
    let mut fields = Fields::default();
    let mut next = scan.open()?;
    while next {
        match scan.key()? {
            "dp" => set(&mut fields.dp, scan.string()?.parse().ok()?)?,
            "kind" => set(&mut fields.kind, scan.string()?)?,
            "at" => set(&mut fields.at, time(scan.string()?)?)?,
            "subject" => set(&mut fields.subject, scan.subject()?)?,
            "meta" => set(&mut fields.meta, scan.words()?)?,
            "run" => set(&mut fields.run, scan.run()?)?,
            "outcome" => set(&mut fields.outcome, Some(scan.string()?).filter(|w| *w == "ok")?)?,
            "metrics" => set(&mut fields.metrics, scan.values()?)?,
            "host" => set(&mut fields.host, scan.host()?)?,
            "env" => set(&mut fields.env, scan.string()?)?,
            _ => return None,
        }
        next = scan.another()?;
    }
    scan.end()?;
    fields.outcome?;
    Some(RecordView {
        dp: fields.dp?,
        kind: fields.kind?.into(),
        at: fields.at?,
        subject: fields.subject,
        meta: fields.meta.unwrap_or_default(),
        run: fields.run,
        outcome: Outcome::Ok,
        error: None,
        metrics: fields.metrics.unwrap_or_default(),
        detail: None,
        host: fields.host,
        env: fields.env.map(Text::from),
        units: Words::default(),
    })
}

#[derive(Default)]
struct Fields<'a> {
    dp: Option<Version>,
    kind: Option<&'a str>,
    at: Option<Timestamp>,
    subject: Option<SubjectView<'a>>,
    meta: Option<Words<'a>>,
    run: Option<RunView<'a>>,
    outcome: Option<&'a str>,
    metrics: Option<Values<'a>>,
    host: Option<Host>,
    env: Option<&'a str>,
}

/// Sets a field; none if it was there before.
fn set<T>(field: &mut Option<T>, value: T) -> Option<()> {
    let before = field.replace(value);
    before.is_none().then_some(())
}

/// The place in a line up to which it was read.
struct Scan<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Scan<'a> {
    fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// The next byte behind spaces, if any.
    fn skip(&mut self) -> Option<u8> {
        loop {
            let byte = self.byte()?;
            if byte != b' ' {
                return Some(byte);
            }
            self.at += 1;
        }
    }

    fn take(&mut self, byte: u8) -> Option<()> {
        (self.skip()? == byte).then(|| self.at += 1)
    }

    /// Begins an object: whether it has a field.
    fn open(&mut self) -> Option<bool> {
        self.take(b'{')?;
        let is_empty = self.skip()? == b'}';
        self.at += usize::from(is_empty);
        Some(!is_empty)
    }

    /// Behind a field: whether another one follows, or the object ends.
    fn another(&mut self) -> Option<bool> {
        let byte = self.skip()?;
        self.at += 1;
        match byte {
            b',' => Some(true),
            b'}' => Some(false),
            _ => None,
        }
    }

    fn key(&mut self) -> Option<&'a str> {
        let key = self.string()?;
        self.take(b':')?;
        Some(key)
    }

    /// Nothing but spaces may follow.
    fn end(&mut self) -> Option<()> {
        self.skip().is_none().then_some(())
    }

    /// A text: no line with an escape comes here.
    fn string(&mut self) -> Option<&'a str> {
        self.take(b'"')?;
        let rest = self.text.get(self.at..)?;
        let length = memchr(b'"', rest.as_bytes())?;
        self.at += length + 1;
        rest.get(..length)
    }

    fn subject(&mut self) -> Option<SubjectView<'a>> {
        let (mut name, mut others) = (None, [const { None::<Text<'a>> }; 9]);
        let mut next = self.open()?;
        while next {
            let place = match self.key()? {
                "name" => None,
                "scenario" => Some(0),
                "platform" => Some(1),
                "variant" => Some(2),
                "image" => Some(3),
                "ref" => Some(4),
                "dockerfile" => Some(5),
                "target" => Some(6),
                "context" => Some(7),
                "container" => Some(8),
                _ => return None,
            };
            let text = Text::from(self.string()?);
            match place {
                None => set(&mut name, text)?,
                Some(place) => set(&mut others[place], text)?,
            }
            next = self.another()?;
        }
        let [scenario, platform, variant, image, reference, dockerfile, target, context, container] =
            others;
        Some(SubjectView {
            name: name?,
            scenario,
            platform,
            variant,
            image,
            reference,
            dockerfile,
            target,
            context,
            container,
        })
    }

    fn words(&mut self) -> Option<Words<'a>> {
        let mut words = Vec::new();
        let mut next = self.open()?;
        while next {
            words.push((self.key()?.into(), self.string()?.into()));
            next = self.another()?;
        }
        Some(Words(words))
    }

    fn run(&mut self) -> Option<RunView<'a>> {
        let (mut batch, mut warmup) = (None, None);
        let (mut n, mut of, mut position) = (None, None, None);
        let mut next = self.open()?;
        while next {
            match self.key()? {
                "batch" => set(&mut batch, self.string()?)?,
                "n" => set(&mut n, self.count()?)?,
                "of" => set(&mut of, self.count()?)?,
                "position" => set(&mut position, self.count()?)?,
                "warmup" => set(&mut warmup, self.bool()?)?,
                _ => return None,
            }
            next = self.another()?;
        }
        let batch = batch?.into();
        Some(RunView { batch, n, of, position, warmup: warmup.unwrap_or(false) })
    }

    fn values(&mut self) -> Option<Values<'a>> {
        let mut values: Vec<(Text<'a>, f64)> = Vec::with_capacity(8);
        let mut next = self.open()?;
        while next {
            let name = Text::from(self.key()?);
            if values.len() == COMPARED || values.iter().any(|(known, _)| *known == name) {
                return None;
            }
            values.push((name, self.number()?));
            next = self.another()?;
        }
        Some(Values(values))
    }

    fn host(&mut self) -> Option<Host> {
        let mut host = Host::default();
        let mut next = self.open()?;
        while next {
            let field = match self.key()? {
                "load1" => &mut host.load1,
                "cpu_pressure_ratio" => &mut host.cpu_pressure_ratio,
                "other_cpu_ratio" => &mut host.other_cpu_ratio,
                "cpu_steal_ratio" => &mut host.cpu_steal_ratio,
                _ => return None,
            };
            set(field, self.number()?)?;
            next = self.another()?;
        }
        Some(host)
    }

    fn bool(&mut self) -> Option<bool> {
        self.skip()?;
        let rest = self.text.as_bytes().get(self.at..)?;
        let value = rest.starts_with(b"true");
        (value || rest.starts_with(b"false")).then(|| self.at += if value { 4 } else { 5 })?;
        Some(value)
    }

    /// A whole number.
    fn count(&mut self) -> Option<u32> {
        self.skip()?;
        let (digits, number) = self.whole()?;
        let is_more = digits > 10 || matches!(self.byte()?, b'.' | b'e' | b'E');
        if is_more { None } else { u32::try_from(number).ok() }
    }

    /// A number without an exponent, as the nearest `f64`.
    fn number(&mut self) -> Option<f64> {
        let is_negative = self.skip()? == b'-';
        let begin = self.at;
        self.at += usize::from(is_negative);
        let (whole, mantissa) = self.whole()?;
        let (fraction, mantissa) = if self.byte()? == b'.' {
            self.at += 1;
            self.digits(mantissa)?
        } else {
            (0, mantissa)
        };
        if matches!(self.byte()?, b'e' | b'E') {
            return None;
        }
        // The quotient of two numbers that are exact is the nearest one to the true
        // quotient: that is how IEEE 754 divides. (W. D. Clinger, "How to read floating
        // point numbers accurately", PLDI 1990.)
        let value = match EXACT_POWERS.get(fraction) {
            // Below 10^19 nothing wrapped.
            Some(power) if whole + fraction <= 19 && mantissa <= EXACT_INTEGERS => {
                mantissa as f64 / power
            }
            _ => {
                return self.text.get(begin..self.at)?.parse().ok().filter(|v: &f64| v.is_finite());
            }
        };
        Some(if is_negative { -value } else { value })
    }

    /// Digits as of a whole number: how many, and their number. Only 0 begins with a 0.
    fn whole(&mut self) -> Option<(usize, u64)> {
        let begins_with_zero = self.byte()? == b'0';
        self.digits(0).filter(|(count, _)| *count == 1 || !begins_with_zero)
    }

    /// Digits: how many, and the number with these behind those of `before`, modulo 2^64.
    fn digits(&mut self, before: u64) -> Option<(usize, u64)> {
        let (begin, mut number) = (self.at, before);
        loop {
            let digit = self.byte()?.wrapping_sub(b'0');
            if digit > 9 {
                break;
            }
            number = number.wrapping_mul(10).wrapping_add(u64::from(digit));
            self.at += 1;
        }
        let count = self.at - begin;
        (count > 0).then_some((count, number))
    }
}

/// A time in UTC as dp writes it; in other forms by the parser that knows all.
fn time(text: &str) -> Option<Timestamp> {
    utc(text.as_bytes()).or_else(|| text.parse().ok())
}

/// `2026-11-20T07:00:00.123456Z`.
fn utc(text: &[u8]) -> Option<Timestamp> {
    let number = |range: std::ops::Range<usize>| {
        text.get(range)?.iter().try_fold(0_i64, |number, digit| {
            digit.is_ascii_digit().then(|| 10 * number + i64::from(digit - b'0'))
        })
    };
    let (date, rest) = text.split_at_checked(19)?;
    let marks = [(4, b'-'), (7, b'-'), (10, b'T'), (13, b':'), (16, b':')];
    if marks.iter().any(|(at, mark)| date[*at] != *mark) {
        return None;
    }
    let [year, month, day] = [number(0..4)?, number(5..7)?, number(8..10)?];
    let [hour, minute, second] = [number(11..13)?, number(14..16)?, number(17..19)?];
    // Every month has 28 days; what is later is looked at by the parser that knows all.
    let is_plain = (1..=12).contains(&month) && (1..=28).contains(&day);
    if !is_plain || hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let nanos = match rest {
        b"Z" => 0,
        [b'.', digits @ .., b'Z'] if (1..=9).contains(&digits.len()) => {
            let power = u32::try_from(9 - digits.len()).ok()?;
            number(20..20 + digits.len())? * 10_i64.pow(power)
        }
        _ => return None,
    };
    let seconds = days(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second;
    Timestamp::new(seconds, i32::try_from(nanos).ok()?).ok()
}

/// Days since 1970-01-01, where years begin in March, so that the leap day is the last
/// one. (H. Hinnant, "chrono-compatible low-level date algorithms", `days_from_civil`.)
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = year - i64::from(month <= 2);
    let (era, year_of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let month_from_march = (month + 9) % 12;
    let day_of_year = (153 * month_from_march + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::parse;

    const LINE: &str = r#"{"dp":"1.0","kind":"build","at":"2026-11-20T07:00:01.000002Z","subject":{"name":"app-02","scenario":"warm","image":"sha256:00","ref":"app:02","dockerfile":"Dockerfile.production","context":"."},"meta":{"commit":"000000"},"run":{"batch":"b000000","n":3,"of":10,"position":1,"warmup":false},"outcome":"ok","metrics":{"wall_seconds":11.978612,"steps":12,"below":-0.5},"host":{"load1":0.25,"cpu_steal_ratio":0},"env":"e1"}"#;

    fn both(line: &str) -> (Option<RecordView<'_>>, Result<RecordView<'_>, String>) {
        (read(line), parse::record(line))
    }

    #[test]
    fn a_plain_line_is_read_at_a_glance() {
        let spaced = LINE.replace(':', ": ").replace(',', ", ");
        for line in [LINE, &format!("  {LINE} \r"), &spaced] {
            let (quick, full) = both(line);
            // A space in the time is left to the other one.
            assert_eq!(quick.is_some(), line != spaced, "{line}");
            assert!(quick.is_none_or(|quick| Ok(quick) == full));
        }
        let spaced = LINE.replace("\":", "\" : ").replace(",\"", " , \"");
        assert!(read(&spaced).is_some());
        assert_eq!(read(&spaced), parse::record(&spaced).ok());
    }

    #[test]
    fn what_is_not_plain_is_left_to_the_other() {
        for (from, to) in [
            ("warm\"", "w\\u0061rm\""),
            ("\"warm\"", "null"),
            ("\"ok\"", "\"failed\""),
            ("\"env\"", "\"detail\":{},\"env\""),
            ("\"env\"", "\"new\":1,\"env\""),
            ("\"kind\"", "\"kind\":\"a\",\"kind\""),
            ("\"n\":3", "\"n\":3.0"),
            ("\"n\":3", "\"n\":03"),
            ("\"n\":3", "\"n\":4294967296"),
            ("\"steps\"", "\"wall_seconds\""),
            ("11.978612", "1e3"),
            ("11.978612", "1."),
            ("11.978612", ".5"),
            ("11.978612", "+1"),
            ("11.978612", "01"),
            ("\"of\":10,", "\"of\":10,,"),
            ("},\"outcome", "}\"outcome"),
            ("\"e1\"}", "\"e1\"}}"),
            ("\"e1\"}", "\"e1\""),
            ("app-02", "app\t02"),
        ] {
            assert_eq!(read(&LINE.replacen(from, to, 1)), None, "{to}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        #[test]
        fn what_is_read_at_a_glance_is_what_a_parser_reads(
            changes in proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>(), 0..4_u8), 0..3)
        ) {
            let mut bytes = LINE.as_bytes().to_vec();
            for (at, byte, what) in changes {
                let at = at.index(bytes.len());
                match what {
                    0 => bytes[at] = byte,
                    1 => bytes[at] = b"\"\\{}[]:,.-+eE0123456789 tfn"[usize::from(byte) % 27],
                    2 => drop(bytes.remove(at)),
                    _ => bytes.insert(at, bytes[at]),
                }
            }
            let line = String::from_utf8_lossy(&bytes);
            let (quick, full) = both(&line);
            if let Some(quick) = quick {
                prop_assert_eq!(Ok(quick), full, "{}", line);
            }
        }

        #[test]
        fn times_and_numbers_are_those_of_a_parser(
            time in "(19|20)[0-9]{2}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-6][0-9]:[0-6][0-9](\\.[0-9]{1,10})?Z",
            number in "-?(0|[1-9][0-9]{0,20})(\\.[0-9]{1,24})?",
        ) {
            let line = LINE.replace("2026-11-20T07:00:01.000002Z", &time).replace("11.978612", &number);
            let (quick, full) = both(&line);
            prop_assert_eq!(quick.is_some(), full.is_ok(), "{}", line);
            let bits = |view: Option<RecordView<'_>>| view.map(|view| (view.at, view.metrics.get("wall_seconds").map(f64::to_bits)));
            prop_assert_eq!(bits(quick), bits(full.ok()), "{}", line);
        }
    }
}
