//! Bases, shared layers and differences of images on an engine.

use dp_record::{Outcome, Record};
use dp_testkit::{BASE, Context, Docker, Tool, of_kind, unique};
use serde_json::{Value, json};

use crate::project::{Builder, Image, SOURCES, count, dp_size, list, size};

const MIDDLE: &str = "FROM dp-base/busybox\nRUN head -c 40000 /dev/zero > /middle\n";

fn assert_base(record: &Record, known: &Value, own: u64) {
    let base = count(record, "base_bytes");
    assert_eq!(base + own, count(record, "size_bytes"));
    assert_eq!(count(record, "own_bytes"), own);
    assert_eq!(dp_testkit::detail(record)["base"], *known);
    let layers = usize::try_from(known["layers"].as_u64().unwrap()).unwrap();
    for (at, layer) in list(record, "layers").iter().enumerate() {
        assert_eq!(layer["base"], if at < layers { json!(true) } else { Value::Null });
    }
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn a_base_of_two_layers_is_known_from_every_word_about_it() {
    let middle = Image::build("middle", MIDDLE);
    let app = format!(
        "ARG BASE=dp-base/busybox\nFROM {BASE} AS make\nRUN head -c 7000 /dev/zero > /made\n\
         FROM ${{BASE}}\nCOPY --from=make /made /made\n\
         LABEL org.opencontainers.image.base.name={}\n",
        middle.name
    );
    let (context, name) = (Context::new(&app), unique("app"));
    let mut docker = Docker::new();
    docker.remove_at_end(&name);
    let argument = format!("BASE={}", middle.name);
    let built = Tool::new("dp-build").args(["-q", "-t", &name, "--build-arg", &argument, "."]);
    let built = built.at(context.path()).run().expect(0).stdout;

    let known = |how: &str| json!({"image": middle.name, "layers": 2, "how": how});
    for source in SOURCES {
        let named = size(&dp_size(&["--source", source, "--base", &middle.name, &name]));
        assert_base(&named, &known("option"), 7_000);
        let labelled = size(&dp_size(&["--source", source, &name]));
        let expected = json!({"image": middle.name, "layers": 2, "how": "label"});
        assert_base(&labelled, &expected, 7_000);
    }
    let lower = size(&dp_size(&["--base", BASE, &name]));
    assert_base(&lower, &json!({"image": BASE, "layers": 1, "how": "option"}), 47_000);

    // The value of the build argument is in no record.
    let piped = Tool::new("dp-size").args(["-q"]).stdin(built).at(context.path()).run();
    assert_base(&size(&piped.expect(0)), &known("label"), 7_000);
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn a_build_record_names_the_base_of_the_last_stage_among_those_of_all() {
    let middle = Image::build("middle", MIDDLE);
    let app = format!(
        "FROM {BASE} AS make\nRUN head -c 7000 /dev/zero > /made\n\
         FROM {} AS run\nFROM run\nCOPY --from=make /made /made\n",
        middle.name
    );
    let (context, name) = (Context::new(&app), unique("app"));
    let mut docker = Docker::new();
    docker.remove_at_end(&name);
    let built = Tool::new("dp-build").args(["-q", "-t", &name, "."]).at(context.path()).run();
    let piped = Tool::new("dp-size").args(["-q"]).stdin(built.expect(0).stdout).at(context.path());
    let known = json!({"image": format!("{}:latest", middle.name), "layers": 2, "how": "build"});
    assert_base(&size(&piped.run().expect(0)), &known, 7_000);
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn a_dockerfile_by_itself_names_its_base_whichever_builder_wrote_the_image() {
    for builder in [Builder::Legacy, Builder::BuildKit] {
        let image = Image::build_in(Context::new(MIDDLE), "middle", builder);
        let record = json!({"dp": "1.0", "kind": "build", "at": "2026-01-02T03:04:05Z",
            "subject": {"name": "middle", "image": image.name, "dockerfile": "Dockerfile"},
            "outcome": "ok", "metrics": {"wall_seconds": 1}});
        let piped = Tool::new("dp-size").args(["-q"]).stdin(format!("{record}\n"));
        let record = size(&piped.at(image.context.path()).run().expect(0));
        let known = json!({"image": BASE, "layers": 1, "how": "dockerfile"});
        assert_base(&record, &known, 40_000);
    }
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn a_base_that_is_none_is_a_failed_record() {
    let image = Image::build("middle", MIDDLE);
    let missing = unique("missing");
    for (base, measured, code, message) in [
        (
            missing.as_str(),
            BASE,
            "no_such_base",
            format!("no such base image: {missing} (pull it first)"),
        ),
        (
            &image.name,
            BASE,
            "not_its_base",
            format!(
                "{} is no base of {BASE}: of its 2 layers {BASE} has the first 1 (was it built on another version?)",
                image.name
            ),
        ),
    ] {
        let ran = Tool::new("dp-size").args(["-q", "--base", base, measured]).run().expect(4);
        let record = size(&ran);
        assert_eq!(record.outcome, Outcome::Failed);
        let error = record.error.unwrap();
        assert_eq!((error.code.as_str(), error.message), (code, message));
    }
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn images_on_one_base_share_it_and_differ_in_the_rest() {
    let middle = Image::build("middle", MIDDLE);
    let top = format!("FROM {}\nRUN rm /middle && head -c 500 /dev/zero > /top\n", middle.name);
    let top = Image::build("top", &top);
    for source in SOURCES {
        let args = ["--source", source, "--diff", &middle.name, &top.name];
        let ran = dp_size(&args);
        let records = ran.records();
        let sizes = of_kind(&records, "size");
        let [first, second] = sizes[..] else { panic!("{}", ran.stdout) };
        let base = count(first, "size_bytes") - 40_000;
        let shared = |unique: u64| json!({"images": 1, "layers": 2, "bytes": base + 40_000, "unique_bytes": unique});
        assert_eq!(dp_testkit::detail(first)["shared"], shared(0));
        assert_eq!(dp_testkit::detail(second)["shared"], shared(500));
        let empty = json!({"files": 0, "bytes": 0, "top": []});
        let one = |path: &str, bytes: u64| json!({"files": 1, "bytes": bytes, "top": [{"path": path, "bytes": bytes}]});
        let diff = json!({"against": middle.name, "bytes": -39_500, "added": one("/top", 500),
            "removed": one("/middle", 40_000), "grown": empty, "shrunk": empty, "folders": []});
        assert_eq!(dp_testkit::detail(second)["diff"], diff);
    }
}
