//! What a real package manager leaves, counted by the tools of the image
//! itself.

use dp_record::Record;
use dp_testkit::Docker;
use serde_json::Value;

use crate::project::{Image, count, list};

/// Lists, archives and logs stay, a build tool comes in.
const DOCKERFILE: &str = "\
FROM dp-base/debian
WORKDIR /srv
RUN apt-get update \\
    && apt-get install -y --no-install-recommends \\
        -o APT::Keep-Downloaded-Packages=true -o Dpkg::Options::=--path-include=/usr/share/doc/* \\
        make \\
    && test -n \"$(ls /var/cache/apt/archives/*.deb)\"
";

/// Bytes of the files of these places, each file once, as a container of the
/// image counts them.
fn found(docker: &Docker, image: &str, places: &str) -> u64 {
    let script = format!(
        "find $(for place in {places}; do [ -e $place ] && echo $place; done) \
         -type f -printf '%i %s\\n' | sort -u | awk '{{ sum += $2 }} END {{ print sum + 0 }}'"
    );
    docker.ok(&["run", "--rm", image, "sh", "-c", &script]).trim().parse().unwrap()
}

/// Bytes of the files that dpkg says a package brought.
fn brought(docker: &Docker, image: &str, package: &str) -> u64 {
    let script = format!(
        "dpkg -L {package} | while read -r path; do \
         [ -f \"$path\" ] && [ ! -L \"$path\" ] && stat -c %s \"$path\"; done \
         | awk '{{ sum += $1 }} END {{ print sum + 0 }}'"
    );
    docker.ok(&["run", "--rm", image, "sh", "-c", &script]).trim().parse().unwrap()
}

/// Bytes and packages of the findings of this code and layer.
fn finding(record: &Record, code: &str, layer: usize) -> Option<Value> {
    list(record, "findings").into_iter().find(|one| one["code"] == code && one["layer"] == layer)
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn what_apt_leaves_is_found_to_the_byte_and_by_its_path() {
    let image = Image::build("apt", DOCKERFILE);
    let (docker, name) = (&image.docker, image.name.as_str());
    let tools = brought(docker, name, "make");
    let lists = found(docker, name, "/var/lib/apt/lists");
    let archives = found(docker, name, "/var/cache/apt");
    let logs = found(docker, name, "/var/log/apt /var/log/dpkg.log /var/log/alternatives.log");
    let docs = "/usr/share/doc /usr/share/doc-base /usr/share/man /usr/share/info";
    let docs = found(docker, name, docs);
    assert!([tools, lists, archives, logs, docs].iter().all(|bytes| *bytes > 0));
    for record in image.sizes() {
        assert_eq!(count(&record, "build_tool_bytes"), tools);
        assert_eq!(count(&record, "package_cache_bytes"), lists + archives + logs);
        assert_eq!(count(&record, "docs_bytes"), docs);
        let bytes = |code| finding(&record, code, 3).unwrap()["bytes"].as_u64().unwrap();
        assert_eq!(bytes("build_tools"), tools);
        assert_eq!(finding(&record, "build_tools", 3).unwrap()["packages"][0]["name"], "make");
        assert_eq!(finding(&record, "build_tools", 1), None);
        // The base has lists and logs of its own, or not.
        let of_base =
            |code| finding(&record, code, 1).map_or(0, |one| one["bytes"].as_u64().unwrap());
        for (code, truth) in [("apt_lists", lists), ("apt_cache", archives), ("package_logs", logs)]
        {
            assert_eq!(bytes(code) + of_base(code), truth, "{code}");
        }
    }
}
