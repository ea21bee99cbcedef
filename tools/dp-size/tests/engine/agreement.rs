//! Sources agree with each other, and with what a container sees.

use std::path::Path;

use dp_record::{Metrics, Record};
use dp_testkit::{Docker, Tool, shown_elsewhere, unique};
use serde_json::Value;

use crate::project::{Image, SOURCES, container_bytes, count, dp_size, size};

/// What all sources must agree on.
fn comparable(record: &Record) -> (Metrics, Value) {
    let metrics = record.metrics.iter().filter(|(name, _)| *name != "engine_size_bytes");
    let mut detail = dp_testkit::detail(record);
    detail.as_object_mut().unwrap().remove("source");
    (metrics.collect(), detail)
}

/// Much of what images have, and many ways to delete or overwrite it.
const MANY_WAYS: &str = "\
FROM dp-base/busybox
RUN mkdir -p /a/b/c /file-to-be /opaque/sub /links /long /cache \\
    && head -c 1111 /dev/zero > /a/b/c/deep && head -c 2222 /dev/zero > /a/b/file \\
    && head -c 333 /dev/zero > /file-to-be/inner && head -c 444 /dev/zero > /dir-to-be \\
    && head -c 555 /dev/zero > /opaque/sub/old && head -c 666 /dev/zero > /opaque/old \\
    && head -c 7777 /dev/zero > /links/one && ln /links/one /links/two && ln /links/one /links/three \\
    && dd if=/dev/zero of=/sparse bs=1 count=1 seek=1999999 2>/dev/null \\
    && long=$(printf 'x%.0s' $(seq 200)) && mkdir -p /long/$long/$long \\
    && head -c 88 /dev/zero > /long/$long/$long/$long && ln -s $long /long/link \\
    && mknod /device c 1 3 && mkfifo /pipe && head -c 99 /dev/zero > \"/odd $(printf '\\\\351') name\"
RUN rm -r /file-to-be && head -c 10 /dev/zero > /file-to-be \\
    && rm /dir-to-be && mkdir /dir-to-be && head -c 20 /dev/zero > /dir-to-be/inner
RUN rm -r /opaque && mkdir -p /opaque/sub && head -c 30 /dev/zero > /opaque/sub/new
RUN ln /links/one /links/four
RUN rm /links/two
RUN rm /links/one /links/three /links/four
RUN mkdir /opaque/again && head -c 40 /dev/zero > /opaque/again/x
RUN rm -r /opaque && head -c 50 /dev/zero > /opaque
RUN chmod -R go-rwx /a && chown 1:1 /sparse
RUN true
RUN mv /a /moved && rm -rf /long
RUN for n in $(seq 300); do head -c $n /dev/zero > /cache/$n; done
RUN rm -rf /cache/1* /cache/2*
COPY Dockerfile /cache/
COPY Dockerfile /cache/
";

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn all_sources_agree_with_a_container_on_every_way_to_make_bytes_dead() {
    let image = Image::build("ways", MANY_WAYS);
    let records = image.sizes();
    let first = &records[0];
    for record in &records {
        assert_eq!(comparable(record), comparable(first));
    }
    assert_eq!(count(first, "live_bytes"), image.container_bytes());
    let whole = count(first, "live_bytes") + count(first, "dead_bytes");
    assert_eq!(count(first, "size_bytes"), whole);
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn all_sources_agree_on_the_example_images_and_so_do_two_runs() {
    if shown_elsewhere() {
        return;
    }
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../dockerfiles/hello-service");
    for file in ["Dockerfile", "Dockerfile.optimized"] {
        let mut docker = Docker::new();
        let name = unique("hello");
        docker.remove_at_end(&name);
        let built = Tool::new("dp-build").args(["-q", "-f", file, "-t", &name, "."]).at(&folder);
        assert_eq!(built.run().code, Some(0));
        let run = |source| size(&dp_size(&["--source", source, &name]));
        let first = run(SOURCES[0]);
        let expected = comparable(&first);
        for source in [SOURCES, SOURCES].concat() {
            assert_eq!(comparable(&run(source)), expected, "{file} {source}");
        }
        let saved = docker.run(&["image", "save", &name]).stdout;
        let archived = Tool::new("dp-size").args(["-q", "--archive", "-"]).stdin(saved).run();
        assert_eq!(comparable(&size(&archived.expect(0))), expected, "{file}");
        assert_eq!(count(&first, "live_bytes"), container_bytes(&docker, &name), "{file}");
    }
}
