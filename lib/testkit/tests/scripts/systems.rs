//! All example systems: what is measured again, what is reported on, and with what all of it
//! ends.

use dp_testkit::Context;

use crate::site::{Site, copy, write_script};

/// Options of the call that fills the rows of the table of targets.
const ROWS: &str = "--all --template docs/templates/targets-row.md.in";

/// The script with two systems, `one` and `many`, of which the second has two services;
/// `report` is what dp-report does, in `sh`.
fn site(report: &str) -> Site {
    let place = Context::empty()
        .with("dockerfiles/one/Dockerfile", "FROM dp-base/gcc\n")
        .with("dockerfiles/one/budget.toml", "")
        .with("dockerfiles/one/budget-warm.toml", "")
        .with("dockerfiles/many/api/Dockerfile", "FROM dp-base/node\n")
        .with("dockerfiles/many/web/Dockerfile", "FROM dp-base/busybox\n")
        .with("dockerfiles/many/web/budget.toml", "")
        .with("dockerfiles/none/README.md", "");
    for name in ["say", "keep", "systems", "system", "compare"] {
        copy(&place, &format!("scripts/lib/{name}.sh"));
    }
    for part in ["head", "row"] {
        copy(&place, &format!("docs/templates/targets-{part}.md.in"));
    }
    copy(&place, "scripts/systems");
    write_script(&place, "scripts/engine", "");
    write_script(&place, "scripts/bases", "echo bases $* >>events");
    for (name, steps) in [
        ("one", "cold\\tx\\tdp-build\\nwarm\\tx\\tdp-build dp-size\\nalone\\tx\\tdp-build\\n"),
        ("many", "api/code\\tx\\tdp-build\\nweb/code\\tx\\tdp-build\\n"),
    ] {
        let text = format!(
            "against=before
                steps() {{ printf '{steps}'; }}
                measure() {{
                    echo measured {name} $1 >>events
                    [ $1 = alone ] || echo '{{\"name\":\"before\"}}'
                }}
                . \"$(dirname \"$0\")/../../scripts/lib/system.sh\""
        );
        write_script(&place, &format!("dockerfiles/{name}/measure.sh"), &text);
    }
    let report = format!("echo report $* >>events; echo a table; echo 1 improved; {report}");
    let tools = ["dp-build", "dp-size", "dp-start", "dp-stats", "dp-cache"];
    let mut all: Vec<(&str, &str)> = tools.iter().map(|tool| (*tool, "")).collect();
    all.extend([("cargo", ""), ("docker", "echo 28.5.2"), ("dp-report", &report)]);
    Site::new(place, &all)
}

#[test]
fn every_folder_with_steps_is_measured_and_each_of_its_parts_reported_on() {
    let site = site("true");
    let ended = site.run("systems", &[]).expect(0);
    let kept = "dp-results/systems";
    assert_eq!(
        site.events(),
        [
            "bases busybox gcc node".to_owned(),
            "measured many api/code".to_owned(),
            "measured many web/code".to_owned(),
            format!("report {kept}/many/api-code.jsonl --against before"),
            format!(
                "report {kept}/many/web-code.jsonl --against before --budget dockerfiles/many/web/budget.toml"
            ),
            "measured one cold".to_owned(),
            "measured one warm".to_owned(),
            "measured one alone".to_owned(),
            format!(
                "report {kept}/one/cold.jsonl {kept}/one/warm.jsonl --against before --budget dockerfiles/one/budget.toml"
            ),
            format!(
                "report {kept}/one/warm.jsonl --against before --budget dockerfiles/one/budget-warm.toml"
            ),
            // What the baseline is not in is compared with nothing.
            format!("report {kept}/one/alone.jsonl"),
            // What the plans ask for, by all records of those that have a budget.
            format!(
                "report {kept}/many/web-code.jsonl --against before --budget dockerfiles/many/web/budget.toml {ROWS}"
            ),
            format!(
                "report {kept}/one/cold.jsonl {kept}/one/warm.jsonl {kept}/one/alone.jsonl --against before --budget dockerfiles/one/budget.toml --budget dockerfiles/one/budget-warm.toml {ROWS}"
            ),
        ]
    );
    let is_row = |line: &&str| line.len() > 30 && line.ends_with(" 1 improved");
    let table: Vec<_> = ended.stdout.lines().filter(is_row).collect();
    let row = |name: &str| format!("{name:30} 1 improved");
    let rows = ["many/api", "many/web", "one", "one, warm", "one, alone"];
    assert_eq!(table, rows.map(row));
}

#[test]
fn a_second_run_measures_nothing_that_has_not_changed() {
    let site = site("true");
    let _ = site.run("systems", &["one"]).expect(0);
    site.events();
    // What is said of a system does not change it.
    site.place.write("dockerfiles/one/budget.toml", "[[rule]]\n");
    let _ = site.run("systems", &["one"]).expect(0);
    assert!(site.events().iter().all(|event| !event.starts_with("measured")));
    site.place.write("dockerfiles/one/Dockerfile", "FROM dp-base/busybox\n");
    let _ = site.run("systems", &["one"]).expect(0);
    assert!(site.events().contains(&"measured one cold".to_owned()));
    let _ = site.run("systems", &["--again", "one"]).expect(0);
    assert!(site.events().contains(&"measured one cold".to_owned()));
}

#[test]
fn the_worst_report_is_how_all_of_it_ends_and_none_is_left_out() {
    for (broken, code) in [("exit 1", 1), ("exit 4", 4), ("exit 2", 2)] {
        let site = site(&format!("case $1 in *api-code.jsonl) {broken} ;; esac"));
        let _ = site.run("systems", &[]).expect(code);
        assert_eq!(site.events().iter().filter(|event| event.starts_with("report")).count(), 7);
    }
    let both = "case $1 in *api-code.jsonl) exit 4 ;; *web-code.jsonl) exit 1 ;; esac";
    let _ = site(both).run("systems", &[]).expect(1);
}

/// Where a system has them, the targets of its plan stand in the table, and not its gates.
#[test]
fn targets_go_before_budgets() {
    let site = site("true");
    site.place.write("dockerfiles/one/targets.toml", "");
    let _ = site.run("systems", &["one"]).expect(0);
    let kept = "dp-results/systems/one";
    let rows = format!(
        "report {kept}/cold.jsonl {kept}/warm.jsonl {kept}/alone.jsonl --against before --budget dockerfiles/one/targets.toml {ROWS}"
    );
    assert_eq!(site.events().pop(), Some(rows));
}

#[test]
fn a_system_that_is_not_there_is_refused_with_those_that_are() {
    let refused = site("true").run("systems", &["none"]).expect(2);
    assert_eq!(refused.stderr, "systems: no such system: none (many, one)\n");
}
