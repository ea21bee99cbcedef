//! An image with known waste.

use dp_record::Record;
use dp_testkit::{Context, Docker, Tool, unique};
use serde_json::{Value, json};

use crate::project::{Builder, Image, SOURCES, container_bytes, count, list, size};

/// 7,500,000 bytes of its own in the first step; the others delete 3,000,000,
/// overwrite 2,000,000, remove a directory of 1,500,000, and copy 1,000,000 by
/// changing the mode alone.
pub(crate) const DOCKERFILE: &str = "\
FROM dp-base/busybox
RUN mkdir /gone \\
    && head -c 3000000 /dev/zero > /deleted \\
    && head -c 2000000 /dev/zero > /overwritten \\
    && head -c 1000000 /dev/zero > /gone/a \\
    && head -c 500000 /dev/zero > /gone/b \\
    && head -c 1000000 /dev/zero > /private
RUN rm /deleted
RUN head -c 2000000 /dev/urandom > /overwritten
ENV NOTHING=here
RUN rm -r /gone
RUN chmod 600 /private
";

const WROTE: u64 = 7_500_000;
const DEAD: u64 = 7_500_000;
const ALL: u64 = WROTE + 2_000_000 + 1_000_000;

fn assert_waste(record: &Record, base: u64, from: &str) {
    let figures =
        ["size_bytes", "live_bytes", "dead_bytes", "layers"].map(|name| count(record, name));
    assert_eq!(figures, [base + ALL, base + ALL - DEAD, DEAD, 6], "{from}");
    let listed = list(record, "layers");
    let layers: Vec<[&Value; 2]> =
        listed.iter().map(|one| [&one["bytes"], &one["dead_bytes"]]).collect();
    let expected = [(base, 0), (WROTE, DEAD), (0, 0), (2_000_000, 0), (0, 0), (1_000_000, 0)];
    for (layer, (bytes, dead)) in layers.iter().zip(expected) {
        assert_eq!(*layer, [&json!(bytes), &json!(dead)], "{from}");
    }
    assert_eq!(layers.len(), expected.len(), "{from}");
}

/// Path, bytes, files, how, and what deleted or overwrote it.
fn dead_paths(record: &Record) -> Vec<Value> {
    let path = |one: &Value| {
        json!([one["path"], one["bytes"], one["files"], one["how"], one["hid"]["layer"]])
    };
    list(record, "dead").iter().map(path).collect()
}

fn expected_dead_paths() -> Vec<Value> {
    vec![
        json!(["/deleted", 3_000_000, 1, "removed", 3]),
        json!(["/overwritten", 2_000_000, 1, "overwritten", 4]),
        json!(["/gone", 1_500_000, 2, "removed", 5]),
        json!(["/private", 1_000_000, 1, "overwritten", 6]),
    ]
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn every_byte_of_known_waste_is_found_by_every_source() {
    let image = Image::build("waste", DOCKERFILE);
    let base = container_bytes(&image.docker, dp_testkit::BASE);
    let told = [&SOURCES[..], &["archive", SOURCES[0]]].concat();
    let records = image.sizes().into_iter().chain([image.size("auto")]);
    for (source, record) in told.into_iter().zip(records) {
        assert_waste(&record, base, source);
        assert_eq!(dead_paths(&record), expected_dead_paths(), "{source}");
        assert_eq!(dp_testkit::detail(&record)["source"], source);
    }
    assert_eq!(image.container_bytes(), base + ALL - DEAD);
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn each_dead_byte_names_the_lines_that_wrote_it_and_that_made_it_dead() {
    let mut docker = Docker::new();
    let (context, name) = (Context::new(DOCKERFILE), unique("lines"));
    docker.remove_at_end(&name);
    let built = Tool::new("dp-build").args(["-q", "-t", &name, "."]).at(context.path()).run();
    let piped = Tool::new("dp-size").args(["-q"]).stdin(built.expect(0).stdout).at(context.path());
    let record = size(&piped.run().expect(0));
    let lines: Vec<_> = list(&record, "layers").iter().map(|one| one["line"].clone()).collect();
    assert_eq!(json!(lines), json!([null, 2, 8, 9, 11, 12]));
    let ends: Vec<Value> = list(&record, "dead")
        .iter()
        .map(|one| json!([one["wrote"]["line"], one["hid"]["line"], one["hid"]["instruction"]]))
        .collect();
    let expected = json!([
        [2, 8, "RUN rm /deleted"],
        [2, 9, "RUN head -c 2000000 /dev/urandom > /overwritten"],
        [2, 11, "RUN rm -r /gone"],
        [2, 12, "RUN chmod 600 /private"],
    ]);
    assert_eq!(json!(ends), expected);
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn both_builders_give_the_same_figures_for_the_same_content() {
    let figures = |builder| {
        let image = Image::build_in(Context::new(DOCKERFILE), "builders", builder);
        let record = image.size("export");
        for other in image.sizes() {
            let mut metrics = other.metrics;
            metrics.set_known("engine_size_bytes", record.metrics.get("engine_size_bytes"));
            assert_eq!(metrics, record.metrics);
        }
        let names = ["size_bytes", "live_bytes", "dead_bytes", "layers", "files"];
        (names.map(|name| count(&record, name)), dead_paths(&record))
    };
    assert_eq!(figures(Builder::Legacy), figures(Builder::BuildKit));
}
