//! A log is hostile input: what steps printed, and what nobody's builder wrote.

use dp_testkit::{Context, Tool};

use crate::{build, recorded, replay, steps};

#[test]
fn what_a_step_printed_changes_no_count() {
    for engine in ["20.10", "28.5"] {
        for (name, count) in [("hostile", 2), ("forged", 1)] {
            let ran = replay(&recorded(engine, name), &["--progress", "plain"]).expect(4);
            let record = build(&ran);
            let real = steps(&record).into_iter().filter(|step| step["state"] != "base").count();
            assert_eq!(real, count, "{engine} {name}");
            let partial = record.error.unwrap().partial.unwrap();
            assert_eq!(partial["steps"], count, "{engine} {name}");
        }
    }
}

#[test]
fn no_control_character_reaches_errors_or_the_terminal() {
    for engine in ["20.10", "28.5"] {
        let ran = replay(&recorded(engine, "hostile"), &[]).expect(4);
        let error = build(&ran).error.unwrap();
        assert!(error.log.iter().any(|line| line.contains("red")), "{:?}", error.log);
        for text in error.log.iter().chain([&error.message]).map(String::as_str) {
            assert!(!text.chars().any(char::is_control), "{text:?}");
        }
        let stderr = ran.stderr.replace('\n', "");
        assert!(!stderr.chars().any(char::is_control), "{stderr:?}");
    }
}

/// Lines that no builder writes, between two that one does.
fn hostile_lines() -> Vec<u8> {
    let begin = r#"{"vertexes":[{"digest":"a","name":"[2/2] RUN make\u001b[2J\r","inputs":["a"],"started":"2026-01-02T03:04:05Z","completed":"2026-01-02T03:04:07Z"}]}"#;
    // It ends before it began, and before all others.
    let backwards = r#"{"vertexes":[{"digest":"b","name":"exporting to image","started":"2026-01-02T03:04:06Z","completed":"1996-01-02T03:04:05Z"}]}"#;
    let deep = format!("{{\"vertexes\":{}", "[".repeat(100_000));
    let long = "x".repeat(5 << 20);
    let texts =
        [begin, "\0\0", "\u{1b}[31m", &deep, &long, "{\"vertexes\":[{\"digest\":7}]}", backwards];
    let mut bytes = texts.join("\n").into_bytes();
    bytes.extend(b"\n\xff\xfe\n{\"vertexes\":[\n");
    bytes
}

#[test]
fn no_line_is_too_much() {
    let ran = Tool::new("dp-build").args(["--log", "-"]).stdin(hostile_lines()).run().expect(0);
    let record = build(&ran);
    assert_eq!(record.metrics.get("steps"), Some(1.0));
    assert_eq!(record.metrics.get("span_seconds"), Some(2.0));
    assert!(!ran.stdout.contains('\u{1b}') && !ran.stderr.contains('\u{1b}'));
}

#[test]
fn a_log_without_progress_is_unreadable_input() {
    let texts: [&[u8]; 5] =
        [b"", b"\n\n", b"#1 [internal] load build definition\n#1 DONE 0.0s\n", b"\xff\xfe", b"[]"];
    for text in texts {
        let ran = Tool::new("dp-build").args(["--log", "-"]).stdin(text).run().expect(2);
        assert_eq!(ran.stdout, "");
        assert!(
            ran.stderr.starts_with("dp-build: -: no progress of a build in it"),
            "{}",
            ran.stderr
        );
        assert!(ran.stderr.contains("--progress=rawjson") && ran.stderr.lines().count() == 1);
    }
}

#[test]
fn a_refusal_without_progress_is_said_in_its_own_words() {
    for (name, words) in [
        ("context-missing", "unable to prepare context: path \"/nowhere/at/all\" not found"),
        ("arguments-invalid", "unknown flag: --nonsense"),
    ] {
        let ran = replay(&recorded("28.5", name), &[]).expect(2);
        assert!(ran.stderr.contains(words), "{}", ran.stderr);
    }
}

#[test]
fn values_of_secrets_are_hidden_in_a_replay_too() {
    let log = r#"{"vertexes":[{"digest":"a","name":"[2/2] COPY /can4ry-arg /can4ry-env","started":"2026-01-02T03:04:05Z","completed":"2026-01-02T03:04:07Z","error":"/can4ry-arg: not found"}]}"#;
    let context = Context::new("FROM a\nARG PLACE\nENV TOKEN=can4ry-env\nCOPY $PLACE $TOKEN\n");
    for more in [&["-f", "Dockerfile"][..], &["-f", "Dockerfile", "--no-detail"]] {
        let tool = Tool::new("dp-build").at(context.path()).stdin(log);
        let ran = tool.args(["--log", "-", "--build-arg", "PLACE=/can4ry-arg"]).args(more).run();
        let ran = ran.expect(4);
        assert!(!ran.output().contains("can4ry"), "{}", ran.output());
        assert!(build(&ran).error.unwrap().message.contains("***"));
    }
}

#[test]
fn no_credential_in_an_address_leaves_a_log() {
    let add = "ADD https://user:SECRET@host/x.tar?token=SECRET /x";
    let log = format!(
        r#"{{"vertexes":[{{"digest":"a","name":"[1/2] FROM x","started":"2026-01-01T00:00:00Z","completed":"2026-01-01T00:00:01Z"}},{{"digest":"b","inputs":["a"],"name":"[2/2] {add}","started":"2026-01-01T00:00:01Z","completed":"2026-01-01T00:00:02Z","error":"Get \"https://user:SECRET@host/x.tar?token=SECRET\": dial tcp: EOF"}},{{"digest":"c","name":"https://user:SECRET@host/x.tar","started":"2026-01-01T00:00:01Z","completed":"2026-01-01T00:00:02Z"}}],"warnings":[{{"vertex":"b","short":"aHR0cHM6Ly91OlNFQ1JFVEBoL3g="}}]}}"#
    );
    let log = log + "\nERROR: failed to solve: Get \"https://user:SECRET@host/x.tar\": EOF\n";
    let context = Context::new(&format!("FROM x\n{add}\n")).with("build.log", &log);
    for file in [&[][..], &["-f", "Dockerfile"]] {
        let file = file.iter().map(|word| match *word {
            "Dockerfile" => context.path().join(word).to_str().unwrap().to_owned(),
            word => word.to_owned(),
        });
        let file: Vec<String> = file.collect();
        let file: Vec<&str> = file.iter().map(String::as_str).collect();
        let ran = replay(&context.path().join("build.log"), &file).expect(4);
        assert!(ran.stdout.contains("host/x.tar"), "{}", ran.stdout);
        assert!(!ran.output().contains("SECRET"), "{}", ran.output());
    }
}
