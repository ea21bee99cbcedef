//! The scripts of `dockerfiles/services`, as far as they need no engine, and the functions
//! for such scripts.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::process::Command;
use std::thread;
use std::time::Duration;

use crate::{Stubs, command, ran, root};

#[test]
fn the_scripts_of_the_services_print_their_help_and_refuse_other_words() {
    for (name, words, message) in [
        ("deploy/deploy.sh", &["--fast"][..], "deploy: unknown option: --fast"),
        ("deploy/deploy.sh", &[], "deploy: no version"),
        ("deploy/rollback.sh", &["-m", "none"], "rollback: none is no number of migrations"),
        ("deploy/probe.sh", &["http://127.0.0.1/"], "probe: a URL and a command, please"),
        ("deploy/rehearse.sh", &["twice"], "rehearse: unknown argument: twice"),
        ("assets/deploy.sh", &["image"], "deploy: an image and a folder, please"),
        ("tests/docker-build-validation.sh", &["none"], "docker-build-validation: no such service"),
        ("tests/ci.sh", &["ship"], "ci: ship: say build, gate or comment"),
    ] {
        let script = root().join("dockerfiles/services").join(name);
        let script = script.to_str().unwrap();
        for option in ["-h", "--help"] {
            let help = ran(&mut command(None, &["sh", script, option])).expect(0).stdout;
            assert!(help.starts_with(&format!("Usage: {name}")), "{help}");
            assert!(help.contains("Exit codes: "), "{help}");
        }
        let refused = ran(&mut command(None, &[&["sh", script], words].concat())).expect(2);
        assert!(refused.stderr.starts_with(message), "{}", refused.stderr);
        assert_eq!(refused.stderr.lines().count(), 1, "{}", refused.stderr);
    }
}

/// What the server of the next test does with its third answer.
const LATE: Duration = Duration::from_millis(300);

#[test]
fn the_probe_counts_what_was_not_good_and_the_longest_time_without_an_answer() {
    let folder = tempfile::tempdir().unwrap();
    let done = folder.path().join("done");
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let mark = done.clone();
    thread::spawn(move || {
        for n in 1.. {
            let (stream, _) = listener.accept().unwrap();
            let mut lines = BufReader::new(&stream).lines().map_while(Result::ok);
            assert!(lines.any(|line| line.is_empty()));
            if n == 3 {
                thread::sleep(LATE);
            }
            let status = if n == 5 { "500 No" } else { "200 OK" };
            let answer =
                format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
            (&stream).write_all(answer.as_bytes()).unwrap();
            if n == 20 {
                fs::write(&mark, "").unwrap();
            }
        }
    });
    let script = root().join("dockerfiles/services/deploy/probe.sh");
    let wait = format!("until [ -e {} ]; do sleep 0.01; done; exit 3", done.display());
    let ended = ran(Command::new("sh").arg(script).args([&url, "sh", "-c", &wait])).expect(3);
    let figure = |name: &str| {
        let start = format!("dp: {name}=");
        let line = ended.stdout.lines().find_map(|line| line.strip_prefix(&start));
        line.unwrap().parse::<f64>().unwrap()
    };
    assert!(figure("answers") >= 20.0, "{}", ended.stdout);
    assert!((figure("errors") - 1.0).abs() < f64::EPSILON, "{}", ended.stdout);
    assert!(figure("longest_gap_seconds") >= LATE.as_secs_f64(), "{}", ended.stdout);
}

/// Runs functions of `scripts/docker-utils.sh`.
fn functions(docker: &str, text: &str) -> dp_testkit::Ran {
    let stubs = Stubs::new(&[("docker", docker)]);
    let here = root().join("scripts");
    let script = format!(
        "set -eu; program=test; here={}; . \"$here/docker-utils.sh\"; {text}",
        here.display()
    );
    ran(&mut command(Some(stubs.path()), &["sh", "-c", &script]))
}

#[test]
fn older_images_of_one_repository_go_but_for_those_in_use() {
    let docker = r#"case "$*" in
        'image ls'*) for n in 1 4 2 3; do printf '2026-01-0%s\tshop/api:%s\n' $n $n; done ;;
        'container ls'*ancestor=shop/api:1) echo 0123456789ab ;;
        'image rm '*) echo "$*" >&2 ;;
        esac"#;
    let ended = functions(docker, "keep_newest shop/api 2").expect(0);
    assert_eq!(ended.stdout, "removed: shop/api:2\nkept, in use: shop/api:1\n");
    assert_eq!(ended.stderr, "image rm shop/api:2\n");
    let refused = functions(docker, "keep_newest shop/api all").expect(2);
    assert_eq!(refused.stderr, "test: keep_newest: all is no number of images to keep\n");
}

#[test]
fn a_reduction_is_told_in_bytes_and_as_a_share() {
    let docker = "case $* in *before) echo 200000000 ;; *) echo 150000000 ;; esac";
    let told = functions(docker, "reduction before after").expect(0);
    assert_eq!(told.stdout, "200.0 MB -> 150.0 MB: -25.0 %\n");
    let gone = functions("exit 1", "reduction before after").expect(1);
    assert_eq!(gone.stdout, "");
}

#[test]
fn a_health_check_that_holds_where_nothing_runs_is_found() {
    let docker = |state: &str| {
        format!("case $1 in run) echo id ;; inspect) echo {state} ;; rm) echo removed >&2 ;; esac")
    };
    for (state, code) in [("unhealthy", 0), ("healthy", 1), ("none", 1)] {
        let ended = functions(&docker(state), "health_check_can_fail image").expect(code);
        assert_eq!(ended.stderr, "removed\n");
    }
}

#[test]
fn stages_are_told_in_their_order() {
    let file = root().join("dockerfiles/services/web/Dockerfile");
    let told = functions("", &format!("stages_of {}", file.display())).expect(0);
    assert_eq!(told.stdout, "packages\nbuilder\ntest\ndevelopment\nproduction\n");
}
