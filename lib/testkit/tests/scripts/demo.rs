//! The demo: what comes first, what is measured again, and that verdicts and a
//! missing engine end it as they should.

use std::fs;

use dp_testkit::Context;

use crate::site::{Site, copy, write_script};

/// Writes a page where one is asked for.
const PAGE: &str = "for last; do :; done; case $last in html=*) \
    echo page >>events; echo drawn >\"${last#html=}\"; exit 1 ;; esac;";

/// `up` is what bringing up an engine does, in `sh`.
fn site(up: &str) -> Site {
    let place = Context::empty().with("dockerfiles/hello-service/Dockerfile", "FROM dp-base/gcc\n");
    for name in ["say", "keep", "systems", "system", "compare"] {
        copy(&place, &format!("scripts/lib/{name}.sh"));
    }
    copy(&place, "scripts/demo");
    copy(&place, "dockerfiles/hello-service/measure.sh");
    let up = format!("if [ $1 = up ]; then {up}; fi");
    write_script(&place, "scripts/engine", &up);
    write_script(&place, "scripts/bases", "");
    write_script(&place, "scripts/optimize-layers.sh", "echo cached >>events; echo '{}'");
    write_script(&place, "scripts/performance-testing.sh", "echo edited >>events; echo '{}'");
    // Two builds, of 10 s each.
    let record = r#"{"metrics":{"wall_seconds":10.0,"steps":3}}"#;
    let build = format!("echo cold >>events; printf '%s\\n' '{record}' '{record}'");
    Site::new(
        place,
        &[
            ("cargo", "echo \"compile $(echo $* | grep -o 'dp-[a-z]*' | wc -l)\" >>events"),
            ("docker", "echo 28.5.2"),
            ("dp-build", &build),
            ("dp-size", ""),
            ("dp-start", ""),
            ("dp-stats", ""),
            // Something regressed.
            ("dp-report", &format!("{PAGE} echo report >>events; exit 1")),
        ],
    )
}

#[test]
fn the_first_report_comes_before_all_that_takes_long() {
    let site = site("true");
    let ended = site.run("demo", &[]).expect(0);
    assert_eq!(
        site.events(),
        ["compile 3", "cold", "cached", "report", "compile 5", "edited", "report", "page"]
    );
    let page = "dp-results/hello-service/report.html";
    // The last line says where it is.
    assert!(ended.stderr.ends_with(&format!("/{page}\n")), "{}", ended.stderr);
    assert_eq!(fs::read_to_string(site.place.path().join(page)).unwrap(), "drawn\n");
    // Nine rounds of 21 s at most, and 100 s of starts and use.
    assert!(
        ended.stderr.contains("measuring what is left takes about 5 min\n"),
        "{}",
        ended.stderr
    );
    assert!(ended.stderr.contains("make demo-r"), "{}", ended.stderr);
}

#[test]
fn a_second_demo_measures_nothing_that_has_not_changed() {
    let site = site("true");
    let _ = site.run("demo", &[]).expect(0);
    site.events();
    let _ = site.run("demo", &[]).expect(0);
    assert_eq!(site.events(), ["compile 3", "report", "compile 5", "report", "page"]);
    site.place.write("dockerfiles/hello-service/Dockerfile", "FROM dp-base/busybox\n");
    let _ = site.run("demo", &[]).expect(0);
    assert!(site.events().contains(&"cold".to_owned()));
}

#[test]
fn without_an_engine_the_demo_ends_with_its_code_and_words() {
    let site = site("echo 'engine: only root can' >&2; exit 3");
    let ended = site.run("demo", &[]).expect(3);
    assert!(ended.stderr.contains("engine: only root can\n"), "{}", ended.stderr);
    assert_eq!(site.events(), ["compile 3"]);
}
