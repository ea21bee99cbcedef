//! The optimized platform: what it serves, its limits, and the way back.

use dp_testkit::{Ran, ask, assert_records, of_kind, shown_elsewhere};
use serde_json::Value;

use crate::{Platform, truth};

const FILE: &str = "config/docker-compose.optimized.yml";
/// Megabytes of memory and hundredths of a CPU, as the plan has them.
const LIMITS: [(&str, u64, u64); 4] = [
    ("postgres-dev", 2048, 200),
    ("backend-dev", 512, 100),
    ("frontend-dev", 512, 100),
    ("nginx-dev", 128, 50),
];

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn the_optimized_platform_compresses_keeps_is_limited_and_is_brought_back() {
    if shown_elsewhere() {
        return;
    }
    let platform = Platform::up(FILE);
    let web = platform.web();
    assert_kept(&web);
    assert_compressed(&web);
    assert_limited(&platform);
    assert_tests_of_the_services(&platform);
    assert_watched(&platform);
    assert_brought_back(&platform, &web);
}

/// A report is kept, and what somebody has just written never is.
fn assert_kept(web: &str) {
    for state in ["miss", "hit"] {
        let report = ask(&format!("{web}/api/report"), &[], &["--max-time", "60"]);
        assert_eq!(serde_json::from_slice::<Value>(&report.body).unwrap(), truth::report());
        assert_eq!(report.header("x-cache-status"), state);
        let other = ask(&format!("{web}/api/report?to=2025-01-31"), &[], &["--max-time", "60"]);
        assert_eq!(other.header("x-cache-status"), state);
    }
    for _ in 0..2 {
        let order = ask(&format!("{web}/api/orders/7"), &[], &[]);
        let kept = [order.header("x-cache-status"), order.header("cache-control")];
        assert_eq!(kept, ["miss", "no-store"]);
        let order: Value = serde_json::from_slice(&order.body).unwrap();
        // By the rules of the seventh: customer 434 on the day 217 after the first.
        assert_eq!([&order["customer"], &order["amount_cents"]], [434, 55_449]);
        assert_eq!(order["placed_on"], "2025-08-06");
    }
}

/// Bytes that come, against those without compression.
fn assert_compressed(web: &str) {
    let page = ask(&format!("{web}/"), &[], &[]).text();
    let names: Vec<_> = page.split('"').filter(|part| part.starts_with("/assets/")).collect();
    let script = names.iter().find(|name| name.contains(".js")).unwrap();
    let gzip = ["Accept-Encoding: gzip"];
    for path in [script, "/api/orders?customer=5"] {
        let url = format!("{web}{path}");
        let (plain, small) = (ask(&url, &[], &[]), ask(&url, &gzip, &[]));
        assert_eq!(plain.header("content-encoding"), "", "{path}");
        assert_eq!(small.header("content-encoding"), "gzip", "{path}");
        assert!(small.body.len() * 2 < plain.body.len(), "{path}: {}", small.body.len());
        assert_eq!(ask(&url, &[], &["--compressed"]).body, plain.body, "{path}");
    }
    let again = ask(&format!("{web}{script}"), &[], &[]);
    assert_eq!(again.header("x-cache-status"), "hit");
    assert_eq!(again.header("cache-control"), "public, max-age=31536000, immutable");
}

fn assert_limited(platform: &Platform) {
    for (service, memory, cpus) in LIMITS {
        let limits = platform.inspect(service, "{{.HostConfig.Memory}} {{.HostConfig.NanoCpus}}");
        assert_eq!(limits, format!("{} {}", memory << 20, cpus * 10_000_000), "{service}");
    }
    for service in ["backend-dev", "frontend-dev"] {
        assert_eq!(platform.ok(&["exec", "-T", service, "id", "-u"]), "1001\n", "{service}");
    }
    let mounted = ["exec", "-T", "nginx-dev", "stat", "-f", "-c", "%T", "/var/cache/nginx"];
    assert_eq!(platform.ok(&mounted), "tmpfs\n");
    let network = ["network", "inspect", "--format", "{{(index .IPAM.Config 0).Subnet}}"];
    let subnet = platform.docker.ok(&[&network[..], &[&platform.name]].concat());
    assert_eq!(subnet.trim(), crate::subnet());
    for (setting, value) in
        [("shared_buffers", "1GB"), ("work_mem", "16MB"), ("data_checksums", "on")]
    {
        assert_eq!(platform.query(&format!("show {setting}")), value, "{setting}");
    }
    let options = platform.ok(&["exec", "-T", "backend-dev", "printenv", "NODE_OPTIONS"]);
    assert_eq!(options, "--max-old-space-size=384\n");
}

/// Those of their own, which a build with this target runs.
fn assert_tests_of_the_services(platform: &Platform) {
    for service in ["backend", "frontend"] {
        let file = platform.path(&format!("docker/{service}-optimized.Dockerfile"));
        let build =
            ["buildx", "build", "--quiet", "--output=type=cacheonly", "--target=test", "--file"];
        let folder = platform.path(service);
        let place = [file.to_str().unwrap(), folder.to_str().unwrap()];
        platform.docker.ok(&[&build[..], &place].concat());
    }
}

/// Runs a script of the project for this platform.
fn script(platform: &Platform, name: &str, args: &[&str], version: &str) -> Ran {
    let mut command = platform.command(platform.project.path().join("scripts").join(name));
    command.args(args).env("BACKEND_VERSION", version);
    command.env("DEPLOY_STATE", state(platform, version));
    let output = command.output().unwrap();
    let [stdout, stderr] =
        [output.stdout, output.stderr].map(|one| String::from_utf8_lossy(&one).into_owned());
    Ran { code: output.status.code(), signal: None, stdout, stderr }
}

/// Where what ran before this version is noted.
fn state(platform: &Platform, version: &str) -> std::path::PathBuf {
    platform.project.path().join(format!("before-{version}"))
}

/// Samples become records, and a threshold an alert with its exit code.
fn assert_watched(platform: &Platform) {
    let watch = |args: &[&str]| script(platform, "monitor-resources.sh", args, "after");
    // The project's own thresholds are for all five services.
    let budget = |max: &str| {
        let metric = "stats.memory_working_set_max_bytes";
        let rule = format!(
            "[[rule]]\nmetric = \"{metric}\"\nsubject = \"postgres-dev\"\nmax = \"{max}\"\n"
        );
        let path = platform.path("budget.toml");
        std::fs::write(&path, rule).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let quiet = watch(&["--for", "1s", "--records", "--budget", &budget("1.8GiB")]).expect(0);
    let records = assert_records(&quiet.stdout);
    assert_eq!(of_kind(&records, "stats").len(), crate::SERVICES.len());
    let alert = watch(&["--for", "1s", "--times", "0", "--budget", &budget("1MB")]);
    let alert = alert.expect(1).stderr;
    assert!(alert.contains("postgres-dev: stats.memory_working_set_max_bytes"), "{alert}");
    let kept = platform.project.path().join("dp-results/monitor-resources.jsonl");
    let kept = assert_records(&std::fs::read_to_string(kept).unwrap());
    assert_eq!(of_kind(&kept, "stats").len(), 2 * crate::SERVICES.len());
}

/// A version that does not start, and one that answers wrongly, are taken back.
fn assert_brought_back(platform: &Platform, web: &str) {
    let refused = script(platform, "rollback-containers.sh", &[], "after").expect(2);
    assert!(refused.stderr.contains("nothing to go back to"), "{}", refused.stderr);
    let image = |tag: &str| format!("{}/backend:{tag}", platform.name);
    let before = platform.inspect("backend-dev", "{{.Image}}");
    let version = |tag: &str, lines: &str| {
        let folder = tempfile::tempdir().unwrap();
        let dockerfile = format!("FROM {}\n{lines}", image("after"));
        std::fs::write(folder.path().join("Dockerfile"), dockerfile).unwrap();
        let build = ["build", "--quiet", "--tag", &image(tag), folder.path().to_str().unwrap()];
        platform.docker.ok(&build);
    };
    version("dead", "CMD [\"node\", \"-e\", \"process.exit(1)\"]\n");
    let wrong =
        "USER root\nRUN sed -i 's/order by region/limit 3/' dist/database.js\nUSER 1001:1001\n";
    version("wrong", wrong);
    let file = platform.path(FILE);
    let deploy = ["--file", file.to_str().unwrap(), "--no-build", "--timeout", "40", "backend-dev"];
    for (tag, said) in [("dead", "does not work"), ("wrong", "3 regions and not four")] {
        let ended = script(platform, "optimize-containers.sh", &deploy, tag).expect(1);
        assert!(ended.stderr.contains(said), "{}", ended.stderr);
        assert!(ended.stderr.contains("it runs as before: backend-dev"), "{}", ended.stderr);
        assert_eq!(platform.inspect("backend-dev", "{{.Image}}"), before, "{tag}");
        assert_eq!(ask(&format!("{web}/api/orders/7"), &[], &[]).status(), "200");
        // What was brought back does not need what was noted for it.
        std::fs::remove_dir_all(state(platform, tag)).unwrap();
    }
}
