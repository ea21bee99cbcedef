//! Equal content and compressed sizes of images on an engine.

use dp_testkit::{Tool, unique};
use serde_json::json;

use crate::project::{Image, SOURCES, count, dp_size, list, size};

/// Two copies of 70,000 bytes and three of 500; a hard link, a removed copy and
/// empty files are none.
const COPIES: &str = "\
FROM dp-base/busybox
RUN mkdir /c && head -c 70000 /dev/urandom > /c/big && cp /c/big /gone && ln /c/big /c/link \\
    && head -c 500 /dev/urandom > /c/1 && cp /c/1 /c/2 && touch /c/e /c/f
RUN cp /c/1 /c/3 && cp /c/big /copied && rm /gone
";

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn equal_content_is_found_to_the_byte_by_every_source() {
    let image = Image::build("copies", COPIES);
    let of_base = count(&size(&dp_size(&["--content", dp_testkit::BASE])), "duplicate_bytes");
    let saved = image.docker.run(&["image", "save", &image.name]).stdout;
    let archived =
        Tool::new("dp-size").args(["-q", "--content", "--archive", "-"]).stdin(saved).run();
    let of = |source: &&str| size(&dp_size(&["--content", "--source", source, &image.name]));
    let read = SOURCES.iter().map(of);
    let records: Vec<_> = read.chain([size(&archived.expect(0))]).collect();
    for record in &records {
        assert_eq!(count(record, "duplicate_bytes"), of_base + 70_000 + 1_000);
        let place = |path: &str, layer: usize| json!({"path": path, "layer": layer});
        let big = json!({"bytes": 70_000, "files": 2,
            "paths": [place("/c/big", 2), place("/copied", 3)]});
        assert_eq!(list(record, "duplicates")[0], big);
        assert_eq!(list(record, "duplicates"), list(&records[0], "duplicates"));
    }
    assert_eq!(size(&dp_size(&[&image.name])).metrics.get("duplicate_bytes"), None);
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn compressed_sizes_are_those_of_the_layers_that_docker_save_writes() {
    let image = Image::build("packed", COPIES);
    let measured = size(&dp_size(&["--compressed", &image.name]));
    let detail = dp_testkit::detail(&measured);
    assert_eq!(detail["source"], "export");
    let reason = "compressed sizes need the tars of the layers, which it alone has";
    assert_eq!(detail["source_reason"], reason);
    let saved = image.docker.run(&["image", "save", &image.name]).stdout;
    let archived =
        Tool::new("dp-size").args(["-q", "--compressed", "--archive", "-"]).stdin(saved).run();
    let archived = size(&archived.expect(0));
    for name in ["compressed_bytes", "compressed_zstd_bytes"] {
        assert_eq!(count(&measured, name), count(&archived, name), "{name}");
    }
    // Of 70,000 random bytes nothing can be saved but their copies.
    let layer = list(&measured, "layers")[1]["compressed_bytes"].as_u64().unwrap();
    assert!((140_000..230_000).contains(&layer), "{layer}");
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn an_image_that_is_removed_meanwhile_is_one_line_and_a_failed_record() {
    let image = Image::build("removed", "FROM dp-base/busybox\nRUN head -c 90000 /dev/zero > /a\n");
    let id = image.docker.ok(&["image", "inspect", "--format", "{{.Id}}", &image.name]);
    let (id, name) = (id.trim().to_owned(), unique("gone"));
    // A record that names an image which is no longer there.
    let record = json!({"dp": "1.0", "kind": "build", "at": "2026-01-02T03:04:05Z",
        "subject": {"name": name, "image": id, "ref": name}, "outcome": "ok",
        "metrics": {"wall_seconds": 1}});
    drop(image);
    for source in ["auto", "inspect", "export", "storage"] {
        let tool = Tool::new("dp-size").args(["-q", "--source", source]);
        let ran = tool.stdin(format!("{record}\n")).run().expect(4);
        let failed = size(&ran);
        let error = failed.error.unwrap();
        assert_eq!(error.code, "no_such_image", "{source}");
        assert_eq!(error.message, format!("no such image: {name} (build it, or pull it first)"));
    }
}
