//! Two revisions of a repository compared: what is checked out and asked for, what is left,
//! and that a change which makes builds longer is found.

use std::fs;
use std::path::Path;
use std::process::Command;

use dp_testkit::{Context, Docker, Ran, shown_elsewhere, unique};

use crate::{Stubs, command, ran, root};

/// A repository with two commits, of which the second is `head`: the Dockerfile of each.
struct Repository(Context);

impl Repository {
    fn new(base: &str, head: &str) -> Self {
        let place = Context::new(base).with("app/stamp", "").with("budget.toml", "");
        let repository = Self(place);
        repository.git(&["init", "--quiet", "--initial-branch=main"]);
        repository.commit("base");
        repository.0.write("Dockerfile", head);
        repository.commit("head");
        repository
    }

    fn git(&self, args: &[&str]) -> String {
        let who = ["-c", "user.name=dp", "-c", "user.email=dp@example.invalid"];
        let mut git = Command::new("git");
        git.args(who).args(args).current_dir(self.0.path());
        ran(&mut git).expect(0).stdout
    }

    fn commit(&self, tag: &str) {
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--allow-empty", "--message", tag]);
        self.git(&["tag", tag]);
    }

    /// `scripts/compare-revisions.sh ARGS`, with these programs before all others.
    fn compare(&self, stubs: Option<&Path>, args: &[&str], variables: &[(&str, &Path)]) -> Ran {
        let script = root().join("scripts/compare-revisions.sh");
        let mut script = command(stubs, &[&["sh", script.to_str().unwrap()], args].concat());
        for name in ["GITHUB_ACTIONS", "GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY"] {
            script.env_remove(name);
        }
        ran(script.current_dir(self.0.path()).envs(variables.iter().copied()))
    }
}

/// Tools that write down what they are asked for, and what stands in both folders.
fn stubs(report: &str) -> Stubs {
    let build = "echo \"build $*\" >>\"$LOG\"
        for word; do
            case $word in /*) ;; base=/*|head=/*)
                [ ! -f \"${word#*=}/Dockerfile\" ] ||
                    echo \"${word%%=*}: $(cat \"${word#*=}/Dockerfile\")\" >>\"$LOG\" ;;
            esac
        done
        echo '{}'";
    let report = format!(
        "echo \"report $*\" >>\"$LOG\"
        for word; do case $word in *=/*) echo page >\"${{word#*=}}\" ;; esac; done
        {report}"
    );
    Stubs::new(&[("dp-build", build), ("dp-size", "cat"), ("dp-report", &report)])
}

#[test]
fn both_revisions_are_built_side_by_side_and_nothing_of_the_repository_changes() {
    let repository = Repository::new("FROM old\n", "FROM new\n");
    repository.0.write("Dockerfile", "FROM uncommitted\n");
    let state = |it: &Repository| it.git(&["status", "--short"]) + &it.git(&["worktree", "list"]);
    let before = state(&repository);
    let elsewhere = Context::empty().with("log", "");
    let place = |name: &str| elsewhere.path().join(name);
    let stubs = stubs("exit 1");
    let results = place("results");
    let args = ["-o", results.to_str().unwrap(), "-b", "budget.toml", "-r", "9", "-d", "."];
    let revisions = ["base", "head", "--", "--file", "Dockerfile"];
    let _ = repository
        .compare(
            Some(stubs.path()),
            &[&args[..], &revisions].concat(),
            &[
                ("LOG", &place("log")),
                ("GITHUB_OUTPUT", &place("output")),
                ("GITHUB_STEP_SUMMARY", &place("summary")),
                ("GITHUB_ACTIONS", Path::new("true")),
            ],
        )
        .expect(1);
    assert_eq!(state(&repository), before);

    let log = fs::read_to_string(place("log")).unwrap();
    let lines: Vec<&str> = log.lines().collect();
    let [build, base, head, report] = lines[..] else { panic!("{log}") };
    assert!(build.starts_with("build --runs 9 --meta base="), "{build}");
    assert!(build.contains(" --warm --file Dockerfile base=/"), "{build}");
    // What is not committed is no part of it.
    assert_eq!((base, head), ("base: FROM old", "head: FROM new"));
    assert!(report.contains("--against base --budget budget.toml --format github"), "{report}");
    let made = |name: &str| results.join(name).is_file();
    assert!(["records.jsonl", "report.md", "report.html", "junit.xml"].into_iter().all(made));
    let output = fs::read_to_string(place("output")).unwrap();
    assert_eq!(output, format!("report={}/report.md\nexit-code=1\n", results.display()));
    assert_eq!(fs::read_to_string(place("summary")).unwrap(), "page\n");
}

#[test]
fn an_edit_is_made_before_each_build_in_the_private_folders() {
    let repository = Repository::new("FROM old\n", "FROM new\n");
    let elsewhere = Context::empty().with("log", "");
    let (log, results) = (elsewhere.path().join("log"), elsewhere.path().join("results"));
    let args = ["-o", results.to_str().unwrap(), "-d", "app", "-e", "stamp", "-c", "//", "base"];
    let stubs = stubs("true");
    let _ = repository.compare(Some(stubs.path()), &args, &[("LOG", &log)]).expect(0);
    let log = fs::read_to_string(log).unwrap();
    let edit = "--scenario code --warmup 1 --prepare echo \"$comment edit $DP_RUN\" >>\"$edited\"";
    assert!(log.contains(edit), "{log}");
    assert!(log.contains("/base/app head=") && log.lines().next().unwrap().ends_with("/head/app"));
}

#[test]
fn what_cannot_be_compared_is_refused_by_name() {
    let repository = Repository::new("FROM old\n", "FROM new\n");
    let cases: [(&[&str], &str); 7] = [
        (&[], "which revision to compare with? (see --help)"),
        (&["none"], "no such revision: none (a shallow clone has no others: fetch it)"),
        (&["base", "head", "more"], "more than two revisions: more (options"),
        (&["-b", "none.toml", "base"], "no such budget: none.toml"),
        (&["-d", "none", "base"], "no such folder in base: none"),
        (&["-e", "none.c", "base"], "no such file in base: ./none.c"),
        (&["-r", "0", "base"], "0 is no number of rounds (see -r)"),
    ];
    let worktrees = repository.git(&["worktree", "list"]);
    for (args, message) in cases {
        let refused = repository.compare(None, args, &[]).expect(2);
        assert!(
            refused.stderr.starts_with(&format!("compare-revisions: {message}")),
            "{refused:?}"
        );
        assert_eq!(repository.git(&["worktree", "list"]), worktrees);
    }
}

/// A step takes 1.5 s longer in one revision, which no busy machine hides.
#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn a_planted_regression_is_found_and_an_equal_revision_is_not() {
    if shown_elsewhere() {
        return;
    }
    let mut docker = Docker::new();
    let name = unique("revisions");
    let step = |seconds: f64| {
        format!("FROM dp-base/busybox\nCOPY app/stamp /\nRUN sleep {seconds} && : {name}\n")
    };
    let repository = Repository::new(&step(0.5), &step(2.0));
    let elsewhere = Context::empty();
    let mut ends = |base: &str, head: &str, code: i32| {
        for image in ["dp/base", "dp/head"] {
            docker.remove_all_at_end(image);
        }
        let results = elsewhere.path().join(base);
        let args = ["-o", results.to_str().unwrap(), "-e", "app/stamp", base, head];
        repository.compare(None, &args, &[]).expect(code).stdout
    };
    let report = ends("base", "head", 1);
    let told =
        |line: &str| line.starts_with("critical_path_seconds ") && line.ends_with("regressed");
    assert!(report.lines().any(told), "{report}");
    ends("base", "base", 0);
}
