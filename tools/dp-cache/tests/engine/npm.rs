//! A real package manager, without a network: the package is in the context, and
//! installing it takes 2 s.

use std::process::Command;

use dp_record::Record;
use dp_testkit::{Tool, shown_elsewhere};

use crate::project::{Project, detail, ran, scenario};

const NAIVE: &str = "\
FROM dp-base/node
WORKDIR /app
COPY . .
RUN npm ci --offline --no-audit --no-fund
RUN node src/main.js
";

const OPTIMIZED: &str = "\
FROM dp-base/node
WORKDIR /app
COPY package.json package-lock.json ./
COPY vendor vendor
RUN --mount=type=cache,target=/root/.npm npm ci --offline --no-audit --no-fund
COPY src src
RUN node src/main.js
";

const PACKAGE: &str = "\"name\": \"UNIQUE\", \"version\": \"1.0.0\", \
    \"dependencies\": { \"slow\": \"file:vendor/slow-1.0.0.tgz\" }";

/// A project that needs one package, whose installation sleeps.
fn project() -> Project {
    let project = Project::new("npm", NAIVE, &[]);
    project.write("Dockerfile.optimized", OPTIMIZED);
    project.write(".dockerignore", "Dockerfile*\npackage\n");
    project.write("src/main.js", "console.log(require('slow'), 'UNIQUE');\n");
    project.write("package.json", &format!("{{ {PACKAGE} }}\n"));
    let resolved = "\"version\": \"1.0.0\", \"resolved\": \"file:vendor/slow-1.0.0.tgz\", \
        \"hasInstallScript\": true";
    project.write(
        "package-lock.json",
        &format!(
            "{{ \"name\": \"UNIQUE\", \"version\": \"1.0.0\", \"lockfileVersion\": 3, \"requires\": true, \
             \"packages\": {{ \"\": {{ {PACKAGE} }}, \"node_modules/slow\": {{ {resolved} }} }} }}\n"
        ),
    );
    let scripts = "{ \"name\": \"slow\", \"version\": \"1.0.0\", \"main\": \"index.js\", \
        \"scripts\": { \"postinstall\": \"sleep 2\" } }";
    project.write("package/package.json", scripts);
    project.write("package/index.js", "module.exports = 'slow of UNIQUE';\n");
    let folder = project.context.path();
    std::fs::create_dir(folder.join("vendor")).unwrap();
    let pack = ["--create", "--gzip", "--file=vendor/slow-1.0.0.tgz", "package"];
    assert!(Command::new("tar").args(pack).current_dir(folder).status().unwrap().success());
    project
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn sources_copied_before_npm_ci_are_named_with_the_line_and_what_it_took() {
    // What is shown is in the Dockerfile.
    if shown_elsewhere() {
        return;
    }
    let project = project();
    assert!(project.docker.image("dp-base/node").is_some(), "run scripts/bases node");
    let ran_all =
        project.dp_cache(&["-f", "Dockerfile", "-f", "Dockerfile.optimized"]).run().expect(0);
    let records = ran_all.records();
    let of = |file: &str, name: &str| -> &Record {
        let records = records.iter().filter(|record| record.kind == "cache");
        let mut named = records.filter(|one| one.subject.as_ref().unwrap().name == file);
        named.find(|record| scenario(record) == name).unwrap()
    };
    for (file, name, lines) in [
        ("Dockerfile", "code", &[3, 4, 5][..]),
        ("Dockerfile", "deps", &[3, 4, 5]),
        ("Dockerfile", "warm", &[]),
        ("Dockerfile.optimized", "code", &[6, 7]),
        ("Dockerfile.optimized", "deps", &[3, 4, 5, 6, 7]),
        ("Dockerfile.optimized", "warm", &[]),
    ] {
        assert_eq!(ran(of(file, name)), lines, "{file} {name}");
    }
    let naive = detail(of("Dockerfile", "code"));
    let install = naive.steps.iter().find(|step| step.line == Some(4)).unwrap().seconds;
    assert!(install > Some(2.0), "{install:?}");
    let found = naive.findings.iter().find(|one| one.code == "sources_before_dependencies");
    let found = found.unwrap();
    assert_eq!((found.line, found.seconds), (Some(3), install));
    assert!(found.advice.starts_with("src/main.js changed, and npm "), "{}", found.advice);
    assert_eq!(detail(of("Dockerfile.optimized", "code")).findings, []);

    let report = Tool::new("dp-report").args(["--against", "Dockerfile"]).stdin(ran_all.stdout);
    let report = report.run().expect(0).stdout;
    for line in ["code (edit src/main.js)", "deps (edit package.json)", "line 3: src/main.js"] {
        assert!(report.contains(line), "{line}: {report}");
    }
}
