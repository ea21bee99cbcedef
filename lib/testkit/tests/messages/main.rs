//! What the tools say of bad input: files, options, engines. `corpus.sh` makes
//! the files, `lines.txt` and `options.txt` are what people type.
#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

mod corpus;
mod rules;

use corpus::{Case, Corpus};

/// Runs all lines, as many at once as there are processors, and answers what is
/// wrong with the messages of each.
fn wrong(corpus: &Corpus, cases: &[Case]) -> Vec<String> {
    let next = std::sync::atomic::AtomicUsize::new(0);
    let threads = std::thread::available_parallelism().map_or(2, usize::from);
    std::thread::scope(|scope| {
        let work = || {
            let mut wrong = Vec::new();
            while let Some(case) =
                cases.get(next.fetch_add(1, std::sync::atomic::Ordering::Relaxed))
            {
                let ran = corpus.run(&case.line);
                let broken = rules::broken(case, &ran);
                if !broken.is_empty() {
                    let what = broken.join("; ");
                    wrong.push(format!("$ {}\n  [{}] {what}\n{}", case.line, ran.code, ran.stderr));
                }
            }
            wrong
        };
        let all: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        all.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    })
}

fn check(cases: &[Case]) {
    assert!(cases.len() > 20, "{} lines", cases.len());
    let wrong = wrong(&Corpus::new(), cases);
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}

#[test]
fn bad_input_is_told_in_one_sentence_of_our_own() {
    check(&corpus::lines());
}

#[test]
fn a_bad_configuration_is_told_in_one_sentence_of_our_own() {
    if std::path::Path::new(corpus::DEFAULT_SOCKET).exists() {
        return dp_testkit::skip("an engine is at docker's own socket, and would be asked");
    }
    check(&corpus::default_lines());
}

#[test]
fn bad_values_of_options_are_told_in_one_sentence_of_our_own() {
    check(&corpus::options());
}
