//! The page as a document: whole in itself, the result first, and pictures that show what
//! the records say.
#![expect(clippy::unwrap_used, reason = "a helper of tests may panic")]

use std::collections::BTreeSet;
use std::fs;

use dp_testkit::Tool;
use roxmltree::{Document, Node};
use serde_json::Value;

const FILES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/files");
const API: &str = "../../../../docs/records/services-api-code.jsonl";
const CACHE: &str = "../../../../docs/records/hello-service-cache.jsonl";
const SPIKE: &str = "../../../dp-stats/tests/files/cgroup-v2/spike-300.jsonl";

const HISTORY: &[&str] = &["--history", "history.jsonl", "--trend"];

const CASES: [&[&str]; 10] = [
    &["nasty.jsonl", "--against", "main", "--max", "rate=105"],
    &["two-files.jsonl", "--against", "Dockerfile", "--budget", "broken.toml", "--all"],
    &["failed.jsonl", "--against", "main"],
    &["sizes-after.jsonl", "--baseline", "sizes-before.jsonl"],
    &["two-files.jsonl", "--budget", "unclear.toml"],
    &["findings.jsonl"],
    &[API, "--against", "Dockerfile.backup"],
    &[CACHE],
    &["containers.jsonl", SPIKE],
    HISTORY,
];

fn rendered(arguments: &[&str], format: &str) -> String {
    let arguments = [arguments, &["-q", "--format", format]].concat();
    Tool::new("dp-report").args(arguments).at(FILES.as_ref()).run().stdout
}

/// The page without its first line, which is no XML.
fn page(arguments: &[&str]) -> String {
    rendered(arguments, "html").strip_prefix("<!DOCTYPE html>\n").unwrap().to_owned()
}

fn has_class(node: &Node<'_, '_>, class: &str) -> bool {
    node.attribute("class").is_some_and(|all| all.split(' ').any(|one| one == class))
}

/// All text below a node.
fn text(node: Node<'_, '_>) -> String {
    node.descendants().filter_map(|one| one.text().filter(|_| one.is_text())).collect()
}

fn percent(node: Node<'_, '_>, name: &str) -> f64 {
    node.attribute(name).unwrap().strip_suffix('%').unwrap().parse().unwrap()
}

fn records(path: &str) -> Vec<Value> {
    let text = fs::read_to_string(format!("{FILES}/{path}")).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The figure whose caption begins so.
fn figure<'a>(document: &'a Document<'_>, caption: &str) -> Node<'a, 'a> {
    let is_it = |node: &Node<'_, '_>| {
        node.has_tag_name("figure")
            && node.first_element_child().is_some_and(|first| text(first).starts_with(caption))
    };
    let found = document.descendants().find(is_it);
    found.unwrap_or_else(|| panic!("no figure: {caption}"))
}

#[test]
fn the_page_is_well_formed_and_needs_nothing_from_elsewhere() {
    for case in CASES {
        let page = page(case);
        let document = Document::parse(&page).unwrap();
        let tags: BTreeSet<&str> =
            document.descendants().map(|node| node.tag_name().name()).collect();
        for tag in ["script", "link", "img", "iframe", "object", "base", "form", "use", "image"] {
            assert!(!tags.contains(tag), "{tag} in {case:?}");
        }
        for word in ["@import", "src=", "javascript:", "onload", "xlink"] {
            assert!(!page.contains(word), "{word} in {case:?}");
        }
        for begin in ["href=\"", "url("] {
            let mut places = page.match_indices(begin).map(|(at, _)| &page[at + begin.len()..]);
            assert!(places.all(|rest| rest.starts_with('#')), "{begin} in {case:?}");
        }
        let policy =
            "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";
        let has_policy = |node: Node<'_, '_>| node.attribute("content") == Some(policy);
        assert!(document.descendants().any(has_policy), "{case:?}");
    }
}

#[test]
fn every_link_leads_to_a_part_and_no_id_is_there_twice() {
    for case in CASES {
        let page = page(case);
        let document = Document::parse(&page).unwrap();
        let ids: Vec<&str> =
            document.descendants().filter_map(|node| node.attribute("id")).collect();
        let unique: BTreeSet<&str> = ids.iter().copied().collect();
        assert_eq!(ids.len(), unique.len(), "{ids:?}");
        let links = document.descendants().filter_map(|node| node.attribute("href"));
        let links: Vec<&str> = links.filter_map(|link| link.strip_prefix('#')).collect();
        assert!(links.len() > 1, "{case:?}");
        assert!(links.iter().all(|link| unique.contains(link)), "{links:?} in {ids:?}");
        // A heading names each part, for those who jump from one to the next.
        for part in document.descendants().filter(|node| node.has_tag_name("section")) {
            let heading = part.attribute("aria-labelledby").unwrap();
            assert!(unique.contains(heading), "{heading}");
        }
    }
}

#[test]
fn pictures_have_a_name_and_a_description_and_tables_can_be_reached_and_read() {
    for case in CASES {
        let page = page(case);
        let document = Document::parse(&page).unwrap();
        let mut labels = BTreeSet::new();
        for node in document.descendants().filter(Node::is_element) {
            let is_within = |class: &str| node.ancestors().any(|above| has_class(&above, class));
            match node.tag_name().name() {
                "svg" if node.parent_element().unwrap().has_tag_name("svg") => {}
                "svg" if is_within("defs") || is_within("legend") => {}
                "svg" => {
                    assert_eq!(node.attribute("role"), Some("img"));
                    let mut children = node.children();
                    let title = text(children.next().unwrap());
                    assert_eq!(node.attribute("aria-label"), Some(title.as_str()));
                    let description = children.next().unwrap();
                    assert!(description.has_tag_name("desc") && !text(description).is_empty());
                    // No picture is scaled: what is 12 px high is so on a phone.
                    assert_eq!(node.attribute("width"), Some("100%"));
                    assert_eq!(node.attribute("viewBox"), None);
                }
                "table" => {
                    let region = node.parent_element().unwrap();
                    assert_eq!(region.attribute("role"), Some("region"));
                    assert_eq!(region.attribute("tabindex"), Some("0"));
                    let label = region.attribute("aria-label").unwrap();
                    assert!(!label.is_empty() && labels.insert(label), "twice: {label}");
                    let heads = node.descendants().filter(|cell| cell.has_tag_name("th"));
                    assert!(heads.clone().all(|head| head.attribute("scope").is_some()));
                }
                _ => {}
            }
        }
        for name in ["main", "nav", "header", "footer", "h1"] {
            let count = document.descendants().filter(|node| node.has_tag_name(name)).count();
            assert_eq!(count, 1, "{name} in {case:?}");
        }
    }
}

#[test]
fn every_verdict_of_the_records_is_in_a_column_that_stays_in_view() {
    for case in CASES {
        let page = page(case);
        let document = Document::parse(&page).unwrap();
        let answers = document
            .descendants()
            .filter(|node| node.has_tag_name("td") && has_class(node, "answer"));
        let answers: Vec<String> = answers.map(text).collect();
        let verdicts = rendered(case, "jsonl");
        let verdicts = verdicts.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        for record in verdicts {
            if let Some(verdict) = record["detail"]["verdict"].as_str() {
                // A single run gets no row, and no verdict.
                let is_single = verdict == "inconclusive";
                let is_there = answers.iter().any(|answer| answer == verdict);
                assert!(is_there || is_single, "{verdict} in {case:?}");
            }
        }
    }
}

#[test]
fn the_page_begins_with_what_regressed_by_how_much_and_the_line_at_fault() {
    let against = "Dockerfile.production";
    let limit = "build.wall_seconds=1s";
    let page = page(&["two-files.jsonl", "--against", against, "--max", limit]);
    let document = Document::parse(&page).unwrap();
    let heading = document.descendants().find(|node| node.has_tag_name("h1")).unwrap();
    assert_eq!(text(heading), "2 regressed; budget: 2 fail");
    let main = document.descendants().find(|node| node.has_tag_name("main")).unwrap();
    let first = main.first_element_child().unwrap();
    assert_eq!(first.attribute("id"), Some("result"));
    let results: Vec<String> = first
        .descendants()
        .filter(|node| node.has_tag_name("li"))
        .map(|item| text(item).split_whitespace().collect::<Vec<_>>().join(" "))
        .collect();
    let of = |word: &str| results.iter().find(|item| item.starts_with(word)).unwrap();
    let regressed = of("regressed");
    assert!(regressed.contains("build Dockerfile code: wall_seconds"), "{regressed}");
    assert!(regressed.contains(" % (+") && regressed.contains("99 % interval"), "{regressed}");
    assert!(regressed.contains("longest step: 4.00 s, line 6: RUN "), "{regressed}");
    assert!(of("budget: fail").contains("demanded: max 1.00 s"), "{results:?}");
}

#[test]
fn each_run_is_a_dot_at_its_place() {
    // Six runs of each: 101.5 to 106.5, and 106.5 to 111.5: far from 0.
    let page = page(CASES[0]);
    let document = Document::parse(&page).unwrap();
    let figure = figure(&document, "rate (requests/s, higher is better)");
    let caption = text(figure.first_element_child().unwrap());
    assert!(caption.contains("the axis does not begin at 0"), "{caption}");
    let picture = figure.descendants().find(|node| node.attribute("role") == Some("img")).unwrap();
    let of = |class: &'static str| picture.descendants().filter(move |node| has_class(node, class));
    let ticks: Vec<(f64, f64)> = of("tick")
        .map(|tick| (text(tick).split(' ').next().unwrap().parse().unwrap(), percent(tick, "x")))
        .collect();
    let ((from, left), (to, right)) = (ticks[0], ticks[ticks.len() - 1]);
    assert!(from > 0.0 && from <= 101.5 && to >= 111.5, "{ticks:?}");
    let place = |value: f64| left + (right - left) * (value - from) / (to - from);
    let dots: Vec<Node<'_, '_>> = of("dot").collect();
    assert_eq!(dots.len(), 12);
    let mut down = 0.0;
    for (n, dot) in (1..).zip(dots) {
        let value = if n <= 6 { 100.5 + f64::from(n) } else { 105.5 + f64::from(n - 6) };
        let found = percent(dot, "cx");
        assert!((found - place(value)).abs() < 0.1, "{value}: {found} and {}", place(value));
        // Drift is seen: one run stands below the one before it.
        let y: f64 = dot.attribute("cy").unwrap().parse().unwrap();
        assert!(y > down, "{y} after {down}");
        down = y;
    }
}

#[test]
fn a_build_over_time_has_the_steps_of_the_run_in_the_middle() {
    let page = page(CASES[6]);
    let document = Document::parse(&page).unwrap();
    let builds: Vec<Value> = records(API)
        .into_iter()
        .filter(|record| record["kind"] == "build" && record["run"]["warmup"] == false)
        .collect();
    let mut seconds: Vec<f64> = Vec::new();
    for name in ["Dockerfile", "Dockerfile.backup"] {
        let caption = format!("build {name} api");
        let figure = figure(&document, &format!("{caption}: "));
        let note = text(figure.first_element_child().unwrap());
        let round = note.split("round ").nth(1).unwrap().split(',').next().unwrap();
        let round: u64 = round.parse().unwrap();
        let of_name = builds.iter().filter(|record| record["subject"]["name"] == name);
        let walls: Vec<f64> = of_name
            .clone()
            .map(|record| record["metrics"]["wall_seconds"].as_f64().unwrap())
            .collect();
        let drawn = of_name.clone().find(|record| record["run"]["n"] == round).unwrap();
        // It is the one nearest to the median of all.
        let mut sorted = walls.clone();
        sorted.sort_by(f64::total_cmp);
        let median = f64::midpoint(sorted[3], sorted[4]);
        let nearest = walls.iter().map(|wall| (wall - median).abs()).fold(f64::INFINITY, f64::min);
        let wall = drawn["metrics"]["wall_seconds"].as_f64().unwrap();
        assert!(((wall - median).abs() - nearest).abs() < 1e-12, "{wall} of {walls:?}");
        // Each step that ran is a bar as long as it took, critical ones marked.
        let end = axis_end(figure);
        let bars: Vec<Node<'_, '_>> =
            figure.descendants().filter(|node| has_class(node, "bar")).collect();
        let steps = drawn["detail"]["steps"].as_array().unwrap();
        for step in steps.iter().filter(|step| step["state"] == "executed") {
            let line = format!("line {}: ", step["line"]);
            let bar = bars.iter().find(|bar| text(**bar).starts_with(&line));
            let bar = bar.unwrap_or_else(|| panic!("{line} in {caption}"));
            let took = step["seconds"].as_f64().unwrap();
            let began = step["started_seconds"].as_f64().unwrap();
            assert!((percent(*bar, "x") - began / end * 100.0).abs() < 0.1, "{line}");
            assert!((percent(*bar, "width") - (took / end * 100.0).max(0.3)).abs() < 0.1, "{line}");
            assert_eq!(has_class(bar, "critical"), step["critical"] == true, "{line}");
            seconds.push(took);
        }
        let cached = steps.iter().filter(|step| step["state"] == "cached").count();
        let squares = figure.descendants().filter(|node| {
            has_class(node, "square")
                && has_class(node, "cached")
                && node.parent_element().unwrap().has_tag_name("svg")
        });
        let squares =
            squares.filter(|node| !node.ancestors().any(|above| has_class(&above, "legend")));
        assert_eq!(squares.count(), cached, "{caption}");
    }
    assert!(seconds.iter().any(|took| *took > 1.0), "{seconds:?}");
}

/// The number at the right end of the axis below a picture.
fn axis_end(figure: Node<'_, '_>) -> f64 {
    let mut ticks = figure.descendants().filter(|node| has_class(node, "tick"));
    let last = ticks.rfind(|tick| tick.attribute("x") == Some("100%")).unwrap();
    text(last).split(' ').next().unwrap().parse().unwrap()
}

#[test]
fn layers_are_as_wide_as_their_bytes_and_dead_ones_are_hatched() {
    let page = page(CASES[6]);
    let document = Document::parse(&page).unwrap();
    let figure = figure(&document, "images layer by layer");
    let end = axis_end(figure) * 1e6;
    let sizes: Vec<Value> =
        records(API).into_iter().filter(|record| record["kind"] == "size").collect();
    assert_eq!(sizes.len(), 2);
    let picture = figure.descendants().find(|node| node.attribute("role") == Some("img")).unwrap();
    let widths = |class: &str| -> f64 {
        let all = picture.descendants().filter(|node| has_class(node, class));
        all.map(|node| percent(node, "width")).sum()
    };
    let sum = |metric: &str| -> f64 {
        sizes.iter().map(|record| record["metrics"][metric].as_f64().unwrap()).sum()
    };
    assert!((widths("layer") - sum("size_bytes") / end * 100.0).abs() < 0.2);
    assert!((widths("hatched") - sum("dead_bytes") / end * 100.0).abs() < 0.2);
}

#[test]
fn who_wrote_dead_bytes_and_who_hid_them_is_told_where_the_dockerfile_can_mend_it() {
    let page = page(&["../../../../docs/records/r-package-code.jsonl"]);
    let document = Document::parse(&page).unwrap();
    let lines = document.descendants().filter(|node| has_class(node, "lines"));
    let told: String = lines.map(text).collect();
    let wrote =
        "size Dockerfile code: 15.5 MB of layer 1 of the base (Imported from -) are dead bytes";
    assert!(told.contains(&format!("{wrote}; layer 3, line 7 (RUN apt-get update")), "{told}");
    // Of this one only the base's own build could.
    assert!(!told.contains("size Dockerfile.production code: 885 kB"), "{told}");
}

#[test]
fn readings_are_drawn_over_time_with_peak_and_limit_and_are_no_observations() {
    let page = page(CASES[8]);
    let document = Document::parse(&page).unwrap();
    let figure = figure(&document, "stats spike-300 over time");
    let curve = |class: &str| {
        let node = figure
            .descendants()
            .find(|node| has_class(node, class) && node.has_tag_name("polygon"));
        node.unwrap().attribute("points").unwrap().split(' ').count() / 2
    };
    let readings = records(SPIKE).iter().filter(|record| record["kind"] == "sample").count();
    // A point each, and two at the ends of the area.
    assert_eq!(curve("working"), readings + 2);
    assert!(figure.descendants().any(|node| has_class(&node, "peak") && node.has_tag_name("line")));
    // Without them the report is the same but for the curves.
    let without = rendered(&["containers.jsonl"], "jsonl");
    assert_eq!(rendered(CASES[8], "jsonl"), without);
    assert!(!rendered(&["containers.jsonl"], "html").contains("over time</"));
}

#[test]
fn scenarios_of_a_cache_stand_under_their_dockerfile() {
    let page = page(CASES[7]);
    let document = Document::parse(&page).unwrap();
    let figure = figure(&document, "scenarios of the build cache");
    let lanes = figure.descendants().filter(|node| has_class(node, "lane")).map(text);
    assert_eq!(lanes.collect::<Vec<_>>(), ["Dockerfile", "Dockerfile.optimized"]);
    let bars = figure
        .descendants()
        .filter(|node| has_class(node, "bar") && node.attribute("height") == Some("10"));
    let bars = bars.filter(|node| !node.ancestors().any(|above| has_class(&above, "legend")));
    assert_eq!(bars.count(), 8);
}

#[test]
fn where_was_measured_and_how_busy_it_was_stands_at_the_end() {
    let page = page(CASES[6]);
    let document = Document::parse(&page).unwrap();
    let mut parts = document.descendants().filter(|node| node.has_tag_name("section"));
    let ground = parts.next_back().unwrap();
    assert!(text(ground).contains("engine ") && text(ground).contains("CPUs"));
    let rows = ground.descendants().filter(|node| node.has_tag_name("tr"));
    let named =
        |row: &Node<'_, '_>| text(row.first_element_child().unwrap()) == "build Dockerfile api";
    let row = rows.filter(Node::is_element).find(named).unwrap();
    let shown = text(row.children().find(|node| node.has_tag_name("td")).unwrap());
    let of_series = records(API).into_iter().filter(|record| {
        let subject = &record["subject"];
        record["kind"] == "build"
            && subject["name"] == "Dockerfile"
            && record["run"]["warmup"] == false
    });
    let others = of_series.map(|record| record["host"]["other_cpu_ratio"].as_f64().unwrap());
    let mut others: Vec<f64> = others.collect();
    others.sort_by(f64::total_cmp);
    assert_eq!(others.len(), 8);
    let median = f64::midpoint(others[3], others[4]) * 100.0;
    let shown: f64 = shown.strip_suffix(" %").unwrap().parse().unwrap();
    assert!((shown - median).abs() < 0.06, "{shown} and {median}");
}

/// The picture of a series below a caption.
fn picture<'a>(document: &'a Document<'_>, caption: &str, series: &str) -> Node<'a, 'a> {
    let mut pictures = figure(document, caption)
        .descendants()
        .filter(|node| node.attribute("role") == Some("img"));
    pictures.find(|node| node.attribute("aria-label") == Some(series)).unwrap()
}

#[test]
fn a_history_begins_with_what_is_worse_than_it_was_since_when_and_by_how_much() {
    let page = page(HISTORY);
    let document = Document::parse(&page).unwrap();
    let header = document.descendants().find(|node| node.has_tag_name("header")).unwrap();
    assert!(has_class(&header, "bad"));
    let said = text(header);
    assert!(said.contains("3 of 5 series worse than the last good level"), "{said}");
    let lead = "5 series of 20 runs, from 2026-01-01 to 2026-01-20, kept in history.jsonl.";
    assert!(said.contains(lead), "{said}");
    let results = document.descendants().find(|node| has_class(node, "results")).unwrap();
    let results: Vec<String> = results
        .descendants()
        .filter(|node| node.has_tag_name("li"))
        .map(|item| text(item).split_whitespace().collect::<Vec<_>>().join(" "))
        .collect();
    assert_eq!(
        results,
        [
            "worse build app warm: wall_seconds 2.40 s, +20.1\u{a0}% (+403 ms) from the level of \
             2.00 s (12 runs) since 2026-01-13, batch b13, commit c013; the ground changed there too",
            "newly worse build steady warm: wall_seconds 1.51 s, +50.4\u{a0}% (+505 ms) from the level \
             of 1.00 s (19 runs) since 2026-01-20, batch b20, commit c020",
            "worse size app warm: size_bytes 130 MB, +30.0\u{a0}% (+30.0 MB) from the level of 100 MB \
             (15 runs) since 2026-01-16, batch b16, commit c016",
        ]
        .map(|line| line.replace('\u{a0}', " "))
    );
}

#[test]
fn each_run_of_a_history_is_a_dot_in_order_of_time_and_each_change_of_level_a_mark() {
    let page = page(HISTORY);
    let document = Document::parse(&page).unwrap();
    let picture = picture(&document, "build.wall_seconds (seconds, lower is better)", "app");
    let of = |class: &'static str| picture.descendants().filter(move |node| has_class(node, class));
    let dots: Vec<Node<'_, '_>> = of("dot").collect();
    assert_eq!(dots.len(), 20);
    for (at, dot) in dots.iter().enumerate() {
        let place = (at as f64 + 0.5) / 20.0 * 100.0;
        assert!((percent(*dot, "cx") - place).abs() < 0.01);
        let day = format!("2026-01-{:02}, batch b{}, commit c{:03}: ", at + 1, at + 1, at + 1);
        assert!(text(*dot).starts_with(&day), "{} is not {day}", text(*dot));
        // The level of 2.0 s was left with the thirteenth run.
        assert_eq!(has_class(dot, "bad"), at >= 12, "{day}");
    }
    let changes: Vec<f64> = of("change").map(|line| percent(line, "x1")).collect();
    assert_eq!(changes.iter().map(|place| place.round()).collect::<Vec<_>>(), [60.0]);
    let hint = text(of("touch").next().unwrap());
    let expected = "worse: 2.40 s, +20.1 % (+403 ms) from the level of 2.00 s (12 runs), since \
                    2026-01-13, batch b13, commit c013";
    assert_eq!(hint, expected);
    assert_eq!((of("level").count(), of("good-level").count()), (2, 1));
    assert!((percent(of("good-level").next().unwrap(), "x1") - 60.0).abs() < 0.01);
    assert!(of("bad").any(|node| node.has_tag_name("text") && text(node) == "+20.1 %"));
    // What is back at its good level has no line for it.
    let nasty = r#"</text><b onclick=alert(1)>"'&]]>-wwwwwwwwwwwwwwwwwwwwwwwwww…"#;
    let better = self::picture(&document, "build.wall_seconds", nasty);
    assert!(!better.descendants().any(|node| has_class(&node, "good-level")));
    assert!(better.descendants().any(|node| has_class(&node, "good") && text(node) == "-33.3 %"));
}

#[test]
fn tables_beside_a_history_say_what_its_pictures_do() {
    let page = page(HISTORY);
    let document = Document::parse(&page).unwrap();
    let table = |label: &str| {
        let label = format!("table: {label}");
        let region =
            document.descendants().find(|node| node.attribute("aria-label") == Some(&*label));
        let rows = region.unwrap().descendants().filter(|node| node.has_tag_name("tr"));
        let cells = |row: Node<'_, '_>| row.children().filter(Node::is_element).map(text).collect();
        rows.map(cells).collect::<Vec<Vec<String>>>()
    };
    let changes = table("changes of levels");
    assert_eq!(changes.len(), 4, "{changes:?}");
    // The newest first.
    let size = ["size.size_bytes app", "+30.0 %", "100 MB", "130 MB", "worse"];
    assert_eq!(changes[1][..5], size);
    assert_eq!(changes[1][5..], ["2026-01-16, batch b16, commit c016", ""]);
    let build = ["build.wall_seconds app", "+20.1 %", "2.00 s", "2.40 s", "worse"];
    assert_eq!(changes[2][..5], build);
    assert_eq!(changes[2][5..], ["2026-01-13, batch b13, commit c013", "changed there too"]);
    assert_eq!(changes[3][4], "better");
    let runs = table("the runs of build.wall_seconds");
    // A heading, and for each of three series its name and twenty runs, the newest first.
    assert_eq!(runs.len(), 1 + 3 * 21);
    assert_eq!(runs[1], ["app"]);
    assert_eq!(runs[2][..3], ["2026-01-20 10:00", "10", "2.41 s"]);
    assert_eq!(runs[2][5..], ["b20", "c020"]);
    assert_eq!(runs[21][0], "2026-01-01 10:00");
}

#[test]
fn a_report_with_a_history_keeps_its_own_verdict_and_says_what_became_worse() {
    let folder = tempfile::tempdir().unwrap();
    let history = folder.path().join("h.jsonl");
    fs::copy(format!("{FILES}/history.jsonl"), &history).unwrap();
    // The series of this report are in no history yet.
    let page =
        page(&["regressed.jsonl", "--against", "main", "--history", history.to_str().unwrap()]);
    let document = Document::parse(&page).unwrap();
    let heading = document.descendants().find(|node| node.has_tag_name("h1")).unwrap();
    let said = text(heading);
    assert!(
        said.starts_with("1 regressed") && said.contains("at their last good levels"),
        "{said}"
    );
    assert!(page.contains("one run of each: two make a picture"));
}
