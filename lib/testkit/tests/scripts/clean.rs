//! What `scripts/clean-engine` finds and removes, by a docker that only writes down what
//! it is told to do. Nothing of a real engine or of real control groups is touched.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use dp_testkit::Ran;
use tempfile::TempDir;

use crate::{Stubs, command, ran, root};

/// A docker with something of every kind that a killed dp leaves, and the like of others.
/// Batches are `0123456789ab`; a priming build of dp ran from :10 to :20, one that it
/// primed from :30 to :33, another build from :15 to :18. Batch `00000000abcd` may be at work.
const DOCKER: &str = r#"
echo "$*" >> "$DP_TEST_LOG"
case "$*" in
version) [ -z "$DP_TEST_DOWN" ] ;;
"context show") echo default ;;
"ps "*) printf '%s\n' 'c0ffee 0123456789ab' 'c1 00000000abcd' ;;
"network ls "*) printf '%s\n' 'net1 0123456789ab' 'net2 00000000abcd' ;;
"volume ls "*) printf '%s\n' 'vol1 0123456789ab' 'vol2 00000000abcd' ;;
"image ls "*dangling*) echo abc ;;
"image ls "*) printf '%s\n' dp/app:latest dp/app:0123456789ab-1 dp/app:0123456789ab-w2 dp/app:00000000abcd-1 dp/app:1.0 ;;
"system df "*)
    [ -e "$DP_TEST_LOG.pruned" ] && exit
    line() { printf '%s\t2026-01-02 03:04:%s +0000 UTC\t2026-01-02 03:04:%s +0000 UTC\t"%s"\n' "$@"; }
    line mount1 11.5 12 'cached mount /c from exec a with id \"dp-0123456789ab-1-0//c\"'
    line mount4 11.5 12 'cached mount /c from exec a with id \"dp-00000000abcd-1-0//c\"'
    line mount2 11.5 12 'cached mount /c from exec a with id \"/c\"'
    line mount3 11.5 12 'cached mount /c from exec a'
    line cold1 12 20.1 'mount / from exec /bin/sh -c make'
    line cold2 14.25 21 '[2/3] COPY a b'
    line early 09.9 20 'mount / from exec /bin/sh -c before'
    line late 20.5 21 'mount / from exec /bin/sh -c after'
    line both 16 20 'mount / from exec /bin/sh -c either'
    line primed 12 32 'mount / from exec /bin/sh -c used by what it primed'
    line used 12 45 'mount / from exec /bin/sh -c used since'
    line context 12 13 'local source for context' ;;
"buildx history ls "*startedAt*) printf 'default/default/%s\n' ours theirs primed ;;
"buildx history ls "*)
    [ -n "$DP_TEST_OLD" ] && exit 1
    printf '%s\n' default/default/ours default/default/primed ;;
"buildx history inspect "*primed*) printf '2026-01-02T03:04:30.000000000Z\t2026-01-02T03:04:33.000000000Z\tdp-0123456789ab-primed-0\n' ;;
"buildx history inspect "*ours*) printf '2026-01-02T03:04:10.000000000Z\t2026-01-02T03:04:20.000000000Z\tdp-0123456789ab-1-0\n' ;;
"buildx history inspect "*theirs*) printf '2026-01-02T03:04:15.000000000Z\t2026-01-02T03:04:18.000000000Z\t\n' ;;
"buildx prune "*) : > "$DP_TEST_LOG.pruned" ;;
"info "*) [ -n "$DP_TEST_CONTAINERD" ] && echo '[[driver-type io.containerd.snapshotter.v1]]' ;;
"buildx du "*)
    printf 'ID:\t\tbase\nSize:\t\t4kB\nType:\t\tregular\n\n'
    printf 'ID:\t\tstep\nParents:\n - base\nDescription:\tmount / from exec /bin/sh -c a\nType:\t\tregular\n\n'
    printf 'ID:\t\tcold1\nParents:\n - base\nDescription:\tmount / from exec /bin/sh -c make\nType:\t\tregular\n' ;;
esac
"#;

/// A systemd that holds slices of two batches, one of them in use, and the like of others.
const SYSTEMCTL: &str = r#"
echo "systemctl $*" >> "$DP_TEST_LOG"
case "$*" in
list-units*)
    for unit in dp_0123456789ab_1_0 dp_0123456789ab_2_0 dp_0123456789ab_1_0-db dp_mine system; do
        echo "$unit.slice loaded active active what dp measures"
    done ;;
esac
"#;

struct Machine {
    folder: TempDir,
    stubs: Stubs,
}

impl Machine {
    fn new() -> Self {
        let stubs = Stubs::new(&[("docker", DOCKER), ("systemctl", SYSTEMCTL)]);
        let machine = Self { folder: tempfile::tempdir().unwrap(), stubs };
        for group in ["memory/dp-0123456789ab-1-0/step", "unified/dp-0123456789ab-1", "memory/dp-x"]
        {
            fs::create_dir_all(machine.groups().join(group)).unwrap();
        }
        fs::create_dir_all(machine.groups().join("memory/dp-00000000abcd-1-0")).unwrap();
        for busy in ["memory/dp-0123456789ab-2-0", "dp_0123456789ab_2_0.slice/docker-c0ffee.scope"]
        {
            let busy = machine.groups().join(busy);
            fs::create_dir_all(&busy).unwrap();
            fs::write(busy.join("cgroup.procs"), "1\n").unwrap();
        }
        // A folder of dp-cache holds one of its own name.
        for folder in [
            "dp-cache-a1B2c3/dp-cache-a1B2c3",
            "dp-cache-atWork/dp-cache-atWork",
            "dp-cache-mine01",
        ] {
            fs::create_dir_all(machine.temporary().join(folder)).unwrap();
        }
        fs::create_dir_all(machine.processes().join("77/fd")).unwrap();
        fs::create_dir_all(machine.home().join("newer")).unwrap();
        fs::write(machine.home().join(".dp-engine"), "").unwrap();
        machine
    }

    fn groups(&self) -> std::path::PathBuf {
        self.folder.path().join("cgroup")
    }

    fn temporary(&self) -> std::path::PathBuf {
        self.folder.path().join("tmp")
    }

    fn processes(&self) -> std::path::PathBuf {
        self.folder.path().join("proc")
    }

    /// The batch `00000000abcd` is at work.
    fn is_at_work(&self) {
        let folder = self.temporary().join("dp-cache-atWork/dp-cache-atWork");
        for (number, open) in [
            ("0", "/dev/null"),
            ("3", "/memfd:dp-00000000abcd (deleted)"),
            ("4", folder.to_str().unwrap()),
        ] {
            symlink(open, self.processes().join("77/fd").join(number)).unwrap();
        }
    }

    /// Where private engines are.
    fn home(&self) -> std::path::PathBuf {
        self.folder.path().join("engines")
    }

    fn clean(&self, args: &[&str], variable: &str) -> Ran {
        let script = root().join("scripts/clean-engine");
        let words = [&[script.to_str().unwrap()], args].concat();
        let mut clean = command(Some(self.stubs.path()), &words);
        clean.env("DP_CGROUPS", self.groups()).env("DP_ENGINE_HOME", self.home());
        clean.env("TMPDIR", self.temporary()).env("DP_PROC", self.processes());
        clean.env("DP_TEST_LOG", self.folder.path().join("log"));
        if !variable.is_empty() {
            clean.env(variable, "1");
        }
        ran(&mut clean)
    }

    /// The commands that docker and systemd got which change something.
    fn changes(&self) -> Vec<String> {
        let log = fs::read_to_string(self.folder.path().join("log")).unwrap_or_default();
        let changes = |line: &&str| {
            let words = [" rm", "prune", "systemctl stop"];
            line.starts_with("rm") || words.iter().any(|word| line.contains(word))
        };
        log.lines().filter(changes).map(str::to_owned).collect()
    }
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn all_that_a_killed_dp_leaves_goes_and_nothing_else() {
    let machine = Machine::new();
    machine.is_at_work();
    let ended = machine.clean(&[], "").expect(0);
    let expected = [
        "rm --force --volumes c0ffee",
        "network rm net1",
        "volume rm vol1",
        "image rm dp/app:0123456789ab-1",
        "image rm dp/app:0123456789ab-w2",
        "buildx prune --builder default --force --all --filter id=^(mount1|cold1|cold2|primed)$",
        "systemctl stop -- dp_0123456789ab_1_0.slice",
    ];
    assert_eq!(machine.changes(), expected, "{}", ended.stderr);
    assert!(ended.stderr.contains("images without a name that stay: 1;"), "{}", ended.stderr);
    let groups = machine.groups();
    assert_eq!(
        names(&groups.join("memory")),
        ["dp-00000000abcd-1-0", "dp-0123456789ab-2-0", "dp-x"]
    );
    assert!(names(&groups.join("unified")).is_empty());
    assert_eq!(ended.stdout.lines().filter(|line| line.starts_with("removed ")).count(), 13);
    assert_eq!(names(&machine.temporary()), ["dp-cache-atWork", "dp-cache-mine01"]);
}

#[test]
fn what_a_dp_at_work_uses_goes_once_that_is_gone() {
    let machine = Machine::new();
    let ended = machine.clean(&[], "").expect(0);
    for what in ["container c1", "network net2", "volume vol2", "image dp/app:00000000abcd-1"] {
        assert!(ended.stdout.contains(&format!("removed {what}\n")), "{}", ended.stdout);
    }
    for what in ["cache mount mount4", "/memory/dp-00000000abcd-1-0", "/dp-cache-atWork"] {
        assert!(ended.stdout.contains(&format!("{what}\n")), "{}", ended.stdout);
    }
}

#[test]
fn a_dry_run_names_all_of_it_and_changes_nothing() {
    let machine = Machine::new();
    let ended = machine.clean(&["--dry-run", "--private-engines"], "").expect(0);
    assert!(machine.changes().is_empty(), "{:?}", machine.changes());
    for what in [
        "would remove container c0ffee",
        "would remove network net1",
        "would remove volume vol1",
        "would remove image dp/app:0123456789ab-w2",
        "would remove cache mount mount1",
        "would remove build cache record cold2",
        "would remove build cache record primed",
        "would remove slice dp_0123456789ab_1_0.slice",
        "would stop and remove the private engines",
    ] {
        assert!(ended.stdout.lines().any(|line| line == what), "{what}: {}", ended.stdout);
    }
    assert_eq!(names(&machine.groups().join("memory")).len(), 4);
    assert!(machine.home().join("newer").exists());
}

#[test]
fn private_engines_go_only_when_they_are_named() {
    let machine = Machine::new();
    let _ = machine.clean(&[], "").expect(0);
    assert!(machine.home().join("newer").exists());
    let _ = machine.clean(&["--private-engines"], "").expect(0);
    assert!(!machine.home().exists());
}

#[test]
fn without_an_engine_it_fails_and_says_so() {
    for args in [&[][..], &["--dry-run"]] {
        let machine = Machine::new();
        let ended = machine.clean(args, "DP_TEST_DOWN").expect(3);
        let message = "clean-engine: no engine answers where the docker CLI looks: start it, or set DOCKER_HOST";
        assert!(ended.stderr.starts_with(message), "{}", ended.stderr);
        // What is on the machine itself needs no engine.
        let slices = usize::from(args.is_empty());
        let changes = machine.changes();
        assert_eq!(changes.len(), slices, "{changes:?}");
        assert!(changes.iter().all(|change| change.starts_with("systemctl stop")), "{changes:?}");
    }
}

#[test]
fn what_an_engine_does_not_tell_apart_stays_and_is_said() {
    let machine = Machine::new();
    machine.is_at_work();
    let ended = machine.clean(&[], "DP_TEST_OLD").expect(0);
    assert!(
        ended.stderr.contains("does not say which build made which record"),
        "{}",
        ended.stderr
    );
    let pruned = machine.changes().into_iter().find(|one| one.contains("prune")).unwrap();
    assert!(pruned.ends_with("id=^(mount1)$"), "{pruned}");
}

#[test]
fn records_stay_where_the_engine_would_forget_the_users_steps_with_them() {
    let machine = Machine::new();
    let ended = machine.clean(&[], "DP_TEST_CONTAINERD").expect(0);
    assert!(ended.stderr.contains("forget 1 cached steps of yours"), "{}", ended.stderr);
    assert!(!machine.changes().iter().any(|one| one.contains("prune")), "{:?}", machine.changes());
}

#[test]
fn an_unknown_word_is_refused() {
    let machine = Machine::new();
    let ended = machine.clean(&["--dryrun"], "").expect(2);
    assert_eq!(ended.stderr, "clean-engine: unknown argument: --dryrun (try --help)\n");
    assert!(machine.changes().is_empty());
}
