//! Most lines at a glance: a record of the plainest form, without an escape, a detail or
//! an error. Whatever else a line may hold, [`Layouts::read`] answers none, and `parse`
//! reads it: so that this must know neither all of JSON nor why a line is refused.
//!
//! Lines that differ in their values alone have one layout, which is looked for once:
//! `{"dp":"1.0","kind":"` then a value, `","at":"` then a value, and so on. In the lines that
//! follow, what stands between the values is compared as it is.

mod layout;
mod value;

use crate::RecordView;
use layout::Layout;

/// Layouts that are kept: of records of some kinds, with and without what only some have.
const KEPT: usize = 8;

/// The longest line of which a layout is made: it is kept, with each name in the line.
const LONGEST: usize = 1 << 16;

/// The layouts of the lines that came last.
#[derive(Debug, Default)]
pub(crate) struct Layouts(Vec<Layout>);

impl Layouts {
    /// The record of a line; none where only a parser of all JSON can tell.
    pub(crate) fn read<'a>(&mut self, line: &'a str) -> Option<RecordView<'a>> {
        let line = line.trim_end_matches('\r');
        if line.len() > LONGEST {
            return None;
        }
        // Then every text ends at the next quote. Without an early end, so that many bytes
        // are looked at at once.
        let special = |byte: u8| u8::from(byte < b' ') | u8::from(byte == b'\\');
        if line.bytes().fold(0, |any, byte| any | special(byte)) != 0 {
            return None;
        }
        for at in 0..self.0.len() {
            if let Some(record) = self.0[at].read(line) {
                // It is tried first next time.
                self.0[..=at].rotate_right(1);
                return Some(record);
            }
        }
        let layout = Layout::of(line)?;
        let record = layout.read(line)?;
        self.0.truncate(KEPT - 1);
        self.0.insert(0, layout);
        Some(record)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::parse;

    const LINE: &str = r#"{"dp":"1.0","kind":"build","at":"2026-11-20T07:00:01.000002Z","subject":{"name":"app-02","scenario":"warm","image":"sha256:00","ref":"app:02","dockerfile":"Dockerfile.production","context":"."},"meta":{"commit":"000000"},"run":{"batch":"b000000","n":3,"of":10,"position":1,"warmup":false},"outcome":"ok","metrics":{"wall_seconds":11.978612,"steps":12,"below":-0.5},"host":{"load1":0.25,"cpu_steal_ratio":0},"env":"e1"}"#;

    #[test]
    fn a_long_line_is_left_to_the_parser() {
        let long = LINE.replace("000000", &"0".repeat(LONGEST));
        assert!(read(&long).is_none());
        assert!(read(&long.replace(&"0".repeat(LONGEST), "0")).is_some());
    }

    /// After no other line.
    fn read(line: &str) -> Option<RecordView<'_>> {
        Layouts::default().read(line)
    }

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

    #[test]
    fn lines_of_many_layouts_are_read_one_after_the_other() {
        let lines = [
            LINE.to_owned(),
            LINE.replace("app-02", "").replace("11.978612", "-0").replace("b000000", "b1"),
            LINE.replace("\"steps\":12", "\"steps\" : 12"),
            LINE.replace("\"steps\"", "\"stops\""),
            LINE.replace("\"position\":1,", "").replace(":false", ":true"),
            LINE.replace("\"dp\":\"1.0\"", "\"dp\":\"1.7\"").replace("build", "size"),
            LINE.replace(",\"meta\":{\"commit\":\"000000\"}", ",\"meta\":{}"),
            LINE.replace("{\"commit\"", "{\"commit\":\"\",\"a\":\"b\",\"commit\""),
            LINE.replace(",\"scenario\":\"warm\"", ""),
            LINE.replace(",\"env\":\"e1\"", ""),
            LINE.replace(",\"host\":{\"load1\":0.25,\"cpu_steal_ratio\":0}", ""),
        ];
        let mut layouts = Layouts::default();
        for turn in 1..=3 {
            for line in lines.iter().flat_map(|line| vec![line; turn]) {
                assert_eq!(layouts.read(line), parse::record(line).ok(), "{line}");
                assert!(layouts.0.len() <= KEPT);
            }
        }
        // None of them fits what only looks like it.
        for (from, to) in
            [("12,", "12e1,"), ("12,", "1 2,"), ("\"n\":3", "\"n\":-3"), ("app", "a\\pp")]
        {
            assert_eq!(layouts.read(&LINE.replacen(from, to, 1)), None, "{to}");
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
            // After another line it is what it is without.
            let mut layouts = Layouts::default();
            prop_assert!(layouts.read(LINE).is_some());
            prop_assert_eq!(&layouts.read(&line), &quick, "{}", line);
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
