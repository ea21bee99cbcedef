//! What each change costs: the steps that must run, and the first of each branch
//! with its cause, all written down before the run.

use dp_testkit::shown_elsewhere;

use crate::project::{Project, lost_first, ran, scenario};

/// One change: what is typed, the lines that run, and line, cause and what of the
/// first step of each branch.
type Case<'c> = (&'c str, &'c [u64], &'c [(u64, &'c str, &'c str)]);

/// Measures all changes of a project in one batch.
#[track_caller]
fn check(project: &Project, cases: &[Case<'_>]) {
    let typed: Vec<String> =
        cases.iter().enumerate().map(|(n, (change, ..))| format!("s{n}={change}")).collect();
    let scenarios = typed.iter().flat_map(|typed| ["--scenario", typed]);
    let args: Vec<&str> = ["--backend", "engine"].into_iter().chain(scenarios).collect();
    let records = project.measure(&args);
    assert_eq!(records.len(), cases.len());
    for (n, (change, lines, first)) in cases.iter().enumerate() {
        let record = records.iter().find(|record| scenario(record) == format!("s{n}")).unwrap();
        assert_eq!(ran(record), *lines, "{change}: {record:#?}");
        let found = lost_first(record);
        let found: Vec<_> = found
            .iter()
            .map(|(line, cause, what)| (*line, cause.as_str(), what.as_str()))
            .collect();
        assert_eq!(found, *first, "{change}");
    }
}

const FORMS: &str = "\
FROM dp-base/busybox
WORKDIR /w
COPY a.txt /w/
RUN echo UNIQUE > /a
COPY src/ /w/src/
COPY *.md /w/docs/
COPY [\"b b.txt\", \"/w/b\"]
COPY --chown=1:1 own.txt /w/
ADD more/x.txt more/y.txt /w/more/
ARG VERSION=1
RUN echo UNIQUE $VERSION
ENV KEEP=$VERSION
COPY last?.txt /w/$VERSION/
RUN echo UNIQUE done
";

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn every_form_of_a_copy_loses_the_cache_to_its_own_files_and_to_no_others() {
    if shown_elsewhere() {
        return;
    }
    let files = [
        "a.txt",
        "src/x.c",
        "src/y.c",
        "README.md",
        "b b.txt",
        "own.txt",
        "more/x.txt",
        "more/y.txt",
        "more/z.txt",
        "last1.txt",
        "other.txt",
        "log/kept.log",
        "log/other.log",
    ];
    let project = Project::new("forms", FORMS, &files);
    project.write(".dockerignore", "log/*\n!log/kept.log\n");
    let from_3: &[u64] = &[3, 4, 5, 6, 7, 8, 9, 11, 13, 14];
    let (from_5, from_6) = (&from_3[2..], &from_3[3..]);
    check(
        &project,
        &[
            ("edit:a.txt", from_3, &[(3, "file", "a.txt")]),
            ("append:a.txt", from_3, &[(3, "file", "a.txt")]),
            ("chmod:a.txt", from_3, &[(3, "file", "a.txt")]),
            ("touch:a.txt", &[], &[]),
            ("edit:src/x.c", from_5, &[(5, "file", "src/x.c")]),
            ("touch:src/x.c", &[], &[]),
            ("delete:src/y.c", from_5, &[(5, "file", "src/y.c")]),
            ("add:src/new.c", from_5, &[(5, "file", "src/new.c")]),
            ("add:src/sub/new.c", from_5, &[(5, "file", "src/sub/new.c")]),
            ("edit:README.md", from_6, &[(6, "file", "README.md")]),
            ("add:NEW.md", from_6, &[(6, "file", "NEW.md")]),
            ("add:src2/NEW.md", &[], &[]),
            ("edit:b b.txt", &from_3[4..], &[(7, "file", "b b.txt")]),
            ("edit:own.txt", &from_3[5..], &[(8, "file", "own.txt")]),
            ("chmod:own.txt", &from_3[5..], &[(8, "file", "own.txt")]),
            ("edit:more/y.txt", &from_3[6..], &[(9, "file", "more/y.txt")]),
            ("edit:more/z.txt", &[], &[]),
            ("edit:other.txt", &[], &[]),
            ("delete:other.txt", &[], &[]),
            ("append:log/kept.log", &[], &[]),
            ("edit:Dockerfile", &[], &[]),
            ("arg:VERSION=2", &from_3[7..], &[(11, "argument", "VERSION")]),
            ("arg:UNKNOWN=2", &[], &[]),
            ("edit:last1.txt", &from_3[8..], &[(13, "file", "last1.txt")]),
            ("add:last2.txt", &from_3[8..], &[(13, "file", "last2.txt")]),
            ("add:last22.txt", &[], &[]),
            ("cmd:echo $DP_RUN >> src/y.c", from_5, &[(5, "file", "src/y.c")]),
            ("cmd:mv src/x.c src/z.c", from_5, &[(5, "file", "src/x.c")]),
            ("cmd:true", &[], &[]),
            ("cmd:touch a.txt src/x.c", &[], &[]),
        ],
    );
}

const STAGES: &str = "\
FROM dp-base/busybox AS one
COPY one /one
RUN echo UNIQUE one
FROM dp-base/busybox AS two
COPY two /two
RUN echo UNIQUE two > /two-out
FROM dp-base/busybox AS unused
COPY unused /u
RUN echo UNIQUE unused
FROM dp-base/busybox
COPY --from=one /one /copied
COPY --from=two /two-out /two-out
RUN --mount=type=bind,source=bound,target=/b cat /b/f
RUN --mount=type=cache,id=UNIQUE,target=/c echo UNIQUE >> /c/f
";

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn each_branch_loses_the_cache_where_its_own_files_changed() {
    let files = ["one/f", "one/g", "two/f", "unused/f", "bound/f", "bound/g", "elsewhere/f"];
    let project = Project::new("stages", STAGES, &files);
    let all: &[u64] = &[2, 3, 11, 12, 13, 14];
    check(
        &project,
        &[
            ("append:one/f", all, &[(2, "file", "one/f")]),
            ("chmod:one/f", all, &[(2, "file", "one/f")]),
            ("delete:one/g", all, &[(2, "file", "one/g")]),
            ("add:one/new", all, &[(2, "file", "one/new")]),
            // What the second stage makes of it is the same as before.
            ("append:two/f", &[5, 6], &[(5, "file", "two/f")]),
            ("delete:two/f", &[5, 6], &[(5, "file", "two/f")]),
            ("touch:two/f", &[], &[]),
            ("append:unused/f", &[], &[]),
            ("append:bound/f", &[13, 14], &[(13, "file", "bound/f")]),
            ("add:bound/new", &[13, 14], &[(13, "file", "bound/new")]),
            ("append:elsewhere/f", &[], &[]),
            ("arg:UNDECLARED=1", &[], &[]),
            (
                "cmd:echo $DP_RUN >> one/f; echo $DP_RUN >> two/f",
                &[2, 3, 5, 6, 11, 12, 13, 14],
                &[(2, "file", "one/f"), (5, "file", "two/f")],
            ),
            (
                "cmd:echo $DP_RUN >> two/f; echo $DP_RUN >> bound/g",
                &[5, 6, 13, 14],
                &[(5, "file", "two/f"), (13, "file", "bound/g")],
            ),
        ],
    );
}

const ARGUMENTS: &str = "\
ARG BASE=busybox
FROM dp-base/$BASE
LABEL version=$X
ARG X=1
COPY a.txt /
RUN echo UNIQUE
ENV Z=$X
ARG Y
RUN echo UNIQUE again
COPY b.txt /dir-$Z/
";

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn an_argument_loses_the_cache_where_it_is_seen() {
    let project = Project::new("arguments", ARGUMENTS, &["a.txt", "b.txt"]);
    check(
        &project,
        &[
            ("arg:X=2", &[6, 9, 10], &[(6, "argument", "X")]),
            ("arg:Y=2", &[9, 10], &[(9, "argument", "Y")]),
            ("arg:X=1", &[], &[]),
            ("arg:W=2", &[], &[]),
            ("arg:BASE=debian", &[5, 6, 9, 10], &[(5, "base_image", "BASE")]),
            ("edit:b.txt", &[10], &[(10, "file", "b.txt")]),
            ("edit:a.txt", &[5, 6, 9, 10], &[(5, "file", "a.txt")]),
        ],
    );
}

const NEWER: &str = "\
FROM dp-base/busybox
COPY --link a.txt /a/
COPY --link b.txt /b/
RUN <<EOF
echo UNIQUE > /made
EOF
COPY --link c.txt /c/
COPY <<TEXT /text
UNIQUE
TEXT
RUN echo UNIQUE last
";

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn links_and_here_documents_are_told_too() {
    let project = Project::new("newer", NEWER, &["a.txt", "b.txt", "c.txt"]);
    if !project.docker.is_newer() {
        return dp_testkit::skip("engines before 28 know no here-documents and no COPY --link");
    }
    check(
        &project,
        &[
            // The graph driver store links nothing: --link is as without.
            ("edit:a.txt", &[2, 3, 4, 7, 8, 11], &[(2, "file", "a.txt")]),
            ("edit:b.txt", &[3, 4, 7, 8, 11], &[(3, "file", "b.txt")]),
            ("edit:c.txt", &[7, 8, 11], &[(7, "file", "c.txt")]),
            ("touch:c.txt", &[], &[]),
        ],
    );
}
