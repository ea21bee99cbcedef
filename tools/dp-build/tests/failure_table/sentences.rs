//! What an engine can be brought to say of a Dockerfile, and its code by every backend. All that
//! builders say is in a table without an engine (`lib/builds/tests/build_trace`).

use dp_record::Outcome;

use crate::site::{Site, builds};

/// A Dockerfile on `dp-base/busybox` (its name, what follows FROM), the code of `BuildKit`, and that
/// of the old builder; empty where that builds it.
type Row = (&'static str, &'static str, &'static str, &'static str);

const INVALID: &str = "dockerfile_invalid";
const MISSING: &str = "source_missing";
const BASE: &str = "base_unavailable";
const FAILED: &str = "step_failed";

#[rustfmt::skip]
const ROWS: &[Row] = &[
    ("bind-missing", "RUN --mount=type=bind,src=deps,target=/mnt true # UNIQUE", MISSING, INVALID),
    ("bind-target", "RUN --mount=type=bind,src=Dockerfile true", INVALID, INVALID),
    ("heredoc-open", "RUN <<EOF\necho a\n", INVALID, INVALID),
    ("copy-heredoc-open", "COPY <<EOF /a\necho a\n", INVALID, INVALID),
    ("mount-type", "RUN --mount=type=nope,target=/a true", INVALID, INVALID),
    ("mount-key", "RUN --mount=type=cache,nope=1,target=/a true", INVALID, INVALID),
    ("mount-sharing", "RUN --mount=type=cache,sharing=nope,target=/a true", INVALID, INVALID),
    ("network-mode", "RUN --network=nope true", INVALID, INVALID),
    ("flag-unknown", "COPY --nope a b", INVALID, INVALID),
    ("flag-twice", "COPY --chown=1 --chown=2 one /b", INVALID, INVALID),
    ("flag-value", "COPY --from one /b", INVALID, INVALID),
    ("copy-one", "COPY a", INVALID, INVALID),
    ("copy-url", "COPY http://127.0.0.1/a /b", INVALID, INVALID),
    ("copy-many", "COPY nope-1 nope-2 /UNIQUE/", MISSING, MISSING),
    ("copy-outside", "COPY ../../nope /UNIQUE", MISSING, MISSING),
    ("copy-index", "COPY --from=5 /a /b", INVALID, INVALID),
    ("add-refused", "ADD http://127.0.0.1:1/a /UNIQUE", MISSING, MISSING),
    ("add-host", "ADD http://no-such-host.invalid/a /UNIQUE", MISSING, MISSING),
    ("from-args", "FROM a b", INVALID, INVALID),
    ("from-name", "FROM dp-base/busybox AS 9x", INVALID, INVALID),
    ("from-reference", "FROM Not/A:Ref:x", INVALID, INVALID),
    ("from-missing", "FROM dp-base/no-such:UNIQUE\nRUN true", BASE, BASE),
    ("env", "ENV A", INVALID, INVALID),
    ("env-quote", "ENV A=\"b", INVALID, INVALID),
    ("env-modifier", "ENV A=${B!c}", INVALID, INVALID),
    ("label", "LABEL a", INVALID, INVALID),
    ("expose", "EXPOSE nope", INVALID, INVALID),
    ("stopsignal", "STOPSIGNAL nope", INVALID, INVALID),
    ("healthcheck", "HEALTHCHECK nope", INVALID, INVALID),
    ("healthcheck-time", "HEALTHCHECK --interval=1 CMD true", INVALID, INVALID),
    ("volume", "VOLUME [\"\"]", INVALID, INVALID),
    ("maintainer", "MAINTAINER", INVALID, INVALID),
    ("onbuild-from", "ONBUILD FROM x", INVALID, INVALID),
    ("onbuild-onbuild", "ONBUILD ONBUILD RUN x", INVALID, INVALID),
    ("workdir", "WORKDIR", INVALID, INVALID),
    ("shell", "SHELL sh -c", INVALID, INVALID),
    ("arg", "ARG", INVALID, INVALID),
    ("instruction", "RUNN true", INVALID, INVALID),
    ("user", "USER nobody-here\nRUN true # UNIQUE", FAILED, FAILED),
    ("no-program", "RUN [\"/no/such/UNIQUE\"]", FAILED, FAILED),
    ("exit", "RUN exit 3 # UNIQUE", FAILED, FAILED),
    ("workdir-file", "WORKDIR /bin/busybox/x", FAILED, FAILED),
    ("secret", "RUN --mount=type=secret,id=a,required=true true # UNIQUE", "secret_missing", INVALID),
    ("agent", "RUN --mount=type=ssh,required=true true # UNIQUE", "secret_missing", INVALID),
];

/// Whole files.
#[rustfmt::skip]
const FILES: &[Row] = &[
    ("no-from", "RUN true\n", INVALID, INVALID),
    ("only-args", "ARG A=1\n", INVALID, INVALID),
    ("only-remarks", "# nothing\n", INVALID, INVALID),
    ("blank", "ARG B\nFROM $B\nRUN true\n", INVALID, INVALID),
    ("platform", "FROM --platform=a/b/c/d dp-base/busybox\nRUN true\n", INVALID, INVALID),
    ("escape", "# escape=x\nFROM dp-base/busybox\nRUN true\n", INVALID, INVALID),
];

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn what_an_engine_says_of_a_dockerfile_has_the_same_code_by_every_backend() {
    for backend in ["buildx", "engine", "legacy"] {
        let site = Site::new("sentence");
        site.write("one", "1");
        let mut args = vec!["--discard".to_owned()];
        for (name, text, ..) in ROWS {
            site.write(name, &format!("FROM dp-base/busybox\n{text}\n"));
        }
        for (name, text, ..) in FILES {
            site.write(name, text);
        }
        let all: Vec<&Row> = ROWS.iter().chain(FILES).collect();
        args.extend(all.iter().flat_map(|row| ["-f".to_owned(), row.0.to_owned()]));
        args.push("UNIQUE=.".to_owned());
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        let records = builds(&site.dp_build(backend, &args).run().expect(4));
        assert_eq!(records.len(), all.len(), "{backend}");
        for (name, _, of_buildkit, of_legacy) in all {
            let found = records.iter().find(|record| {
                let file = record.subject.as_ref().unwrap().dockerfile.as_deref();
                file.is_some_and(|file| file.rsplit('/').next() == Some(name))
            });
            let record = found.unwrap();
            let what = format!("{name} by {backend}: {:?}", record.error);
            assert_eq!(record.outcome, Outcome::Failed, "{what}");
            let error = record.error.as_ref().unwrap();
            let code = if backend == "legacy" { of_legacy } else { of_buildkit };
            assert_eq!(error.code, *code, "{what}");
            assert!(!error.message.is_empty() && !error.message.contains('\n'), "{what}");
        }
    }
}
