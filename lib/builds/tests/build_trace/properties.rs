//! What must hold for any stream.

use dp_builds::{Analysis, Failure, Trace, read};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

use crate::reference::Reference;
use crate::stream::Stream;

/// A line that may be progress, may look like it, or may be anything.
fn line() -> impl Strategy<Value = Vec<u8>> {
    let pieces = select(vec![
        "{\"vertexes\":[",
        "{\"digest\":\"a\",\"inputs\":[\"a\",\"b\"],\"name\":\"[1/2] RUN x\",",
        "{\"digest\":\"b\",\"name\":\"exporting to image\",",
        "\"started\":\"2026-01-02T03:04:05.6Z\",",
        "\"completed\":\"2026-01-02T03:04:01+14:00\",",
        "\"started\":\"-009999-01-01T00:00:00Z\",",
        "\"completed\":\"9999-12-30T22:00:00.999999999Z\",",
        "\"cached\":true}",
        "\"error\":\"exit code: 999999999999\"}",
        "]}",
        "{\"logs\":[{\"vertex\":\"a\",\"data\":\"AAAA\"}]}",
        "{\"statuses\":[{\"vertex\":\"a\",\"id\":\"transferring \",\"current\":-9223372036854775808}]}",
        "ERROR: failed to solve: dockerfile parse error on line 99999999999: ",
        "Dockerfile:18446744073709551616",
        "--------------------",
        "\u{1b}[31m#4 CACHED\r",
        "\n",
    ]);
    let text = vec(pieces, 0..8).prop_map(|pieces| pieces.concat().into_bytes());
    prop_oneof![text, vec(any::<u8>(), 0..64)]
}

/// Vertexes with inputs anywhere (cycles, themselves, gone) and runs anywhere.
fn trace() -> impl Strategy<Value = Trace> {
    let times = (0..200_u32, 0..50_u32, 0..4_u8);
    let vertex = (vec(any::<Index>(), 0..4), vec(times, 0..4), 0..5_usize);
    vec(vertex, 0..12).prop_map(|vertexes| {
        let names = [
            "[s 2/9] RUN x",
            "[s 1/9] FROM base",
            "[internal] load build context",
            "exporting to image",
            "resolving provenance for metadata file",
        ];
        let mut stream = Stream::new();
        let count = vertexes.len() + 1;
        for (place, (inputs, _, name)) in vertexes.iter().enumerate() {
            let inputs: Vec<_> =
                inputs.iter().map(|input| input.index(count).to_string()).collect();
            let inputs: Vec<_> = inputs.iter().map(String::as_str).collect();
            stream = stream.vertex(&place.to_string(), names[*name], &inputs);
        }
        for (place, (_, runs, _)) in vertexes.iter().enumerate() {
            let digest = place.to_string();
            for (start, length, how) in runs {
                let (from, to) = (f64::from(*start), f64::from(start + length));
                stream = match how {
                    0 => stream.run(&digest, from, to),
                    1 => stream.cached(&digest, from, to),
                    2 => stream.failed(&digest, from, to, "no"),
                    _ => stream.open(&digest, from),
                };
            }
        }
        stream.trace()
    })
}

proptest! {
    #[test]
    fn no_stream_of_bytes_is_too_much(lines in vec(line(), 0..40)) {
        let stream = lines.join(&b'\n');
        let report = read(stream.as_slice()).unwrap();
        let analysis = Analysis::of(&report.trace);
        prop_assert!(analysis.critical_path_length <= analysis.span_length());
        prop_assert!(report.text.len() <= 50);
        report.trace.steps();
        let failure = Failure::of(&report.trace, &report.text, false);
        prop_assert!(!failure.message.contains('\n'));
    }

    #[test]
    fn gaps_and_covered_time_make_the_span(trace in trace()) {
        let analysis = Analysis::of(&trace);
        prop_assert_eq!(analysis.covered + analysis.gap_length(), analysis.span_length());
        prop_assert!(analysis.covered <= analysis.busy);
    }

    #[test]
    fn the_path_is_a_chain_in_time_without_repetition(trace in trace()) {
        let analysis = Analysis::of(&trace);
        prop_assert!(analysis.critical_path_length <= analysis.covered);
        let starts: Vec<_> =
            analysis.critical_path.iter().map(|&place| trace.vertexes[place].start()).collect();
        prop_assert!(starts.iter().all(Option::is_some) && starts.is_sorted());
        let mut places = analysis.critical_path.clone();
        places.sort_unstable();
        places.dedup();
        prop_assert_eq!(places.len(), analysis.critical_path.len());
        // It ends with the last end, unless all that ended then was only marked.
        if let (Some(&last), Some(span)) = (analysis.critical_path.last(), analysis.span) {
            prop_assert!(trace.vertexes[last].end() <= Some(span.end));
        }
    }

    #[test]
    fn path_and_waits_are_those_of_their_definition(trace in trace()) {
        let (analysis, reference) = (Analysis::of(&trace), Reference(&trace));
        prop_assert_eq!(analysis.critical_path, reference.critical_path());
        prop_assert_eq!(analysis.waited, reference.waited());
    }

    #[test]
    fn runs_of_a_vertex_are_disjoint_and_in_order(trace in trace()) {
        for vertex in &trace.vertexes {
            prop_assert!(vertex.intervals.is_sorted());
            prop_assert!(vertex.intervals.windows(2).all(|pair| pair[0].end < pair[1].start));
        }
    }

    #[test]
    fn waiting_is_never_longer_than_the_span(trace in trace()) {
        let analysis = Analysis::of(&trace);
        let span = analysis.span_length();
        prop_assert!(analysis.waited.iter().flatten().all(|waited| *waited <= span));
        prop_assert_eq!(analysis.waited.len(), trace.vertexes.len());
    }
}
