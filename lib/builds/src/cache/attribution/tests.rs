//! Records as both engines listed them, shortened, with their true owners.

use jiff::{SignedDuration, Timestamp};

use super::*;
use crate::cache::RecordKind;
use dp_dockerfile::StepName;

/// The builds of a test happen in the minute after this.
fn at(seconds: f64) -> Timestamp {
    let start: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
    start + SignedDuration::from_secs_f64(seconds)
}

fn record(id: &str, parent: &str, description: &str, created: f64) -> CacheRecord {
    CacheRecord {
        id: id.into(),
        parents: (!parent.is_empty()).then(|| parent.to_owned()).into_iter().collect(),
        kind: RecordKind::Regular,
        description: description.into(),
        size_bytes: 1,
        created: Some(at(created)),
        last_used: Some(at(created)),
        usage_count: 1,
        in_use: false,
        shared: false,
    }
}

/// A measurement from second 10 to second 20, whose steps began at 11, 12, ... Each rests on the one
/// before it in its stage, and a stage begins with step 2.
fn own(names: &[&str]) -> OwnBuilds {
    let base = |place: usize| {
        let is_next = StepName::parse(names[place]).is_some_and(|step| step.n > 2);
        is_next.then(|| names[place - 1].to_owned())
    };
    let executed = |(place, name): (usize, &&str)| ExecutedVertex {
        name: (*name).to_owned(),
        started: at(11.0 + f64::from(u32::try_from(place).unwrap())),
        base: base(place),
    };
    OwnBuilds {
        executed: names.iter().enumerate().map(executed).collect(),
        ended: Some(at(20.0)),
        namespaces: vec!["dp-1".into()],
        imported: false,
        concurrent: ConcurrentBuilds::Unknown,
    }
}

/// `ID:OWNER` of every new record, `o` ours, `t` theirs, `?` unknown.
fn attributed(before: &[CacheRecord], new: &[CacheRecord], own: &OwnBuilds) -> String {
    let before = CacheSnapshot { taken: at(10.0), records: before.to_vec() };
    let now = [&before.records, new].concat();
    let letter = |owner| match owner {
        Owner::Ours => 'o',
        Owner::Theirs => 't',
        Owner::Unknown => '?',
    };
    let owners = owners(&before, &now, own);
    let words: Vec<String> =
        owners.iter().map(|(record, owner)| format!("{}:{}", record.id, letter(*owner))).collect();
    words.join(" ")
}

const OUR_STEPS: [&str; 6] = [
    "[internal] load build definition from Dockerfile",
    "[internal] load .dockerignore",
    "[internal] load build context",
    "[2/4] RUN --mount=type=cache,target=/c make deps",
    "[3/4] COPY . /app",
    "[4/4] RUN make app",
];

/// What a cold run of `OUR_STEPS` leaves on Docker 20.10.
fn ours_on_20() -> Vec<CacheRecord> {
    vec![
        record("s1", "", "local source for dockerfile", 11.0),
        record("s2", "", "local source for context", 12.0),
        record("s3", "", "local source for context", 13.0),
        record("m1", "", "cached mount /c from exec /bin/sh -c make deps", 14.0),
        record("r1", "base", "mount / from exec /bin/sh -c make deps", 14.9),
        record("c1", "r1", "fileop target", 15.2),
        record("r2", "c1", "mount / from exec /bin/sh -c make app", 16.5),
    ]
}

/// The same on Docker 28.
fn ours_on_28() -> Vec<CacheRecord> {
    let mut records = ours_on_20();
    records[3].description.push_str(" with id \"dp-1//c\"");
    records[5].description = "[3/4] COPY . /app".into();
    records
}

fn base() -> Vec<CacheRecord> {
    vec![record("base", "", "from local ", 1.0)]
}

#[test]
fn alone_on_the_engine_all_that_is_new_is_ours() {
    for new in [ours_on_20(), ours_on_28()] {
        assert_eq!(
            attributed(&base(), &new, &own(&OUR_STEPS)),
            "s1:o s2:o s3:o m1:o r1:o c1:o r2:o"
        );
    }
}

#[test]
fn a_base_that_was_first_used_by_us_is_ours() {
    let mut new = vec![record("base", "", "from local ", 14.0)];
    new.extend(ours_on_20());
    assert_eq!(
        attributed(&[], &new, &own(&OUR_STEPS)),
        "base:o s1:o s2:o s3:o m1:o r1:o c1:o r2:o"
    );
}

#[test]
fn what_was_there_before_is_nobodys_even_under_another_id() {
    // Files that a client sent change their id when the build that used them ends.
    let twin = record("twin", "", "local source for context", 2.0);
    assert_eq!(attributed(&base(), &[twin], &own(&OUR_STEPS)), "");
}

#[test]
fn another_builds_steps_stay_with_all_that_has_no_name() {
    let mut new = ours_on_20();
    new.push(record("x1", "base", "fileop target", 15.0));
    new.push(record("x2", "x1", "mount / from exec /bin/sh -c make other", 16.0));
    new.push(record("x3", "", "cached mount /c from exec /bin/sh -c make other", 16.0));
    // Our COPY is known by the RUN that rests on it, theirs by theirs; the files sent by a client
    // may be either's.
    assert_eq!(
        attributed(&base(), &new, &own(&OUR_STEPS)),
        "s1:? s2:? s3:? m1:o r1:o c1:o r2:o x1:t x2:t x3:t"
    );
}

#[test]
fn a_last_copy_is_told_by_the_number_of_copies_that_are_left() {
    // FROM base, RUN make, then FROM base, COPY --from: nothing rests on the COPY.
    let steps = ["[build 2/2] RUN make", "[stage-1 2/2] COPY --from=build /a /a"];
    let ours = [
        record("r1", "base", "mount / from exec /bin/sh -c make", 12.0),
        record("c1", "base", "fileop target", 13.0),
    ];
    let theirs = [
        record("x1", "base", "fileop target", 15.0),
        record("x2", "x1", "mount / from exec /bin/sh -c make other", 16.0),
    ];
    let both = [ours.as_slice(), &theirs].concat();
    assert_eq!(attributed(&base(), &both, &own(&steps)), "r1:o c1:o x1:t x2:t");
    // Another build whose last step is a COPY too: two are left, and we ran one.
    let third = [both.as_slice(), &[record("y1", "base", "fileop target", 15.0)]].concat();
    assert_eq!(attributed(&base(), &third, &own(&steps)), "r1:o c1:? x1:t x2:t y1:?");
}

#[test]
fn more_records_of_a_text_than_we_ran_steps_are_told_by_what_rests_on_them() {
    // Another build runs the same first step, but not at the same time: two records of one text.
    let steps = ["[2/3] RUN make deps", "[3/3] RUN make app"];
    let deps = "mount / from exec /bin/sh -c make deps";
    let new = [
        record("r1", "base", deps, 12.0),
        record("r2", "r1", "mount / from exec /bin/sh -c make app", 13.0),
        record("x1", "base", deps, 14.0),
        record("x2", "x1", "mount / from exec /bin/sh -c make other", 15.0),
    ];
    assert_eq!(attributed(&base(), &new, &own(&steps)), "r1:o r2:o x1:t x2:t");
    // Nothing rests on them: neither can be told.
    let leaves = [record("r1", "base", deps, 12.0), record("x1", "base", deps, 14.0)];
    assert_eq!(attributed(&base(), &leaves, &own(&steps[..1])), "r1:? x1:?");
}

#[test]
fn a_shared_step_is_theirs_and_each_build_has_what_follows() {
    // Two builds share a running step, and part after it.
    let steps = ["[2/4] RUN make deps", "[3/4] COPY p /f", "[4/4] RUN make ours"];
    let new = [
        record("r1", "base", "mount / from exec /bin/sh -c make deps", 12.0),
        record("c1", "r1", "fileop target", 13.0),
        record("r2", "c1", "mount / from exec /bin/sh -c make ours", 14.0),
        record("x1", "r1", "fileop target", 13.0),
        record("x2", "x1", "mount / from exec /bin/sh -c make other", 14.0),
    ];
    // The first step reads as ours. It is kept since theirs rests on it.
    assert_eq!(attributed(&base(), &new, &own(&steps)), "r1:o c1:o r2:o x1:t x2:t");
}

#[test]
fn a_copy_after_a_shared_step_is_ours_only_if_we_ran_one() {
    let new = [
        record("r1", "base", "mount / from exec /bin/sh -c make deps", 12.0),
        record("c1", "r1", "fileop target", 13.0),
    ];
    assert_eq!(attributed(&base(), &new, &own(&["[2/2] RUN make deps"])), "r1:o c1:?");
    let steps = ["[2/3] RUN make deps", "[3/3] COPY p /f"];
    assert_eq!(attributed(&base(), &new, &own(&steps)), "r1:o c1:o");
}

#[test]
fn a_step_that_began_before_us_is_not_ours() {
    let mut joined = own(&["[2/3] RUN make deps", "[3/3] RUN make app"]);
    joined.executed[0].started = at(9.0);
    let new = [
        record("x1", "base", "mount / from exec /bin/sh -c make deps", 12.0),
        record("r2", "x1", "mount / from exec /bin/sh -c make app", 13.0),
    ];
    assert_eq!(attributed(&base(), &new, &joined), "x1:t r2:o");
}

#[test]
fn a_copy_on_a_step_that_we_joined_cannot_be_told() {
    let mut joined = own(&["[2/3] RUN make deps", "[3/3] COPY p /f"]);
    joined.executed[0].started = at(9.0);
    let new = [
        record("x1", "base", "mount / from exec /bin/sh -c make deps", 12.0),
        record("c1", "x1", "fileop target", 13.0),
    ];
    assert_eq!(attributed(&base(), &new, &joined), "x1:t c1:?");
}

#[test]
fn the_number_of_copies_tells_nothing_when_one_of_them_was_shared() {
    // Both builds ran COPY p as one, and then parted. The other one has a stage more.
    let steps = ["[2/3] COPY p /f", "[3/3] RUN make ours"];
    let new = [
        record("c1", "base", "fileop target", 13.0),
        record("r2", "c1", "mount / from exec /bin/sh -c make ours", 14.0),
        record("x2", "c1", "mount / from exec /bin/sh -c make other", 14.0),
        record("y1", "base", "fileop target", 13.0),
    ];
    assert_eq!(attributed(&base(), &new, &own(&steps)), "c1:t r2:o x2:t y1:?");
}

#[test]
fn fewer_copies_than_we_ran_or_copies_that_rest_elsewhere_cannot_be_told() {
    let theirs = record("x", "base", "mount / from exec /bin/sh -c make other", 14.0);
    let copy = record("c1", "base", "fileop target", 13.0);
    let two = ["[a 2/2] COPY p /f", "[b 2/2] COPY q /f"];
    assert_eq!(attributed(&base(), &[theirs.clone(), copy.clone()], &own(&two)), "x:t c1:?");
    // Our only COPY rests on our RUN.
    let ours = [
        record("r1", "base", "mount / from exec /bin/sh -c make deps", 12.0),
        record("c2", "r1", "fileop target", 13.0),
    ];
    let steps = ["[2/3] RUN make deps", "[3/3] COPY p /f"];
    let all = [ours.as_slice(), &[theirs, copy]].concat();
    assert_eq!(attributed(&base(), &all, &own(&steps)), "r1:o c2:o x:t c1:?");
}

#[test]
fn a_chain_of_copies_is_told_from_its_first() {
    let new = [
        record("c1", "base", "fileop target", 12.0),
        record("c2", "c1", "fileop target", 13.0),
        record("x", "base", "mount / from exec /bin/sh -c make other", 14.0),
    ];
    let steps = ["[2/3] COPY p /f", "[3/3] COPY q /f"];
    assert_eq!(attributed(&base(), &new, &own(&steps)), "c1:o c2:o x:t");
}

#[test]
fn stages_that_part_on_one_of_our_steps_are_told_apart_by_their_sort() {
    let mut parted = own(&["[a 2/2] RUN make deps", "[b 1/1] RUN make b", "[c 1/1] COPY p /f"]);
    parted.executed[1].base = Some(parted.executed[0].name.clone());
    parted.executed[2].base = Some(parted.executed[0].name.clone());
    let new = [
        record("r1", "base", "mount / from exec /bin/sh -c make deps", 12.0),
        record("r2", "r1", "mount / from exec /bin/sh -c make b", 13.0),
        record("c1", "r1", "fileop target", 13.0),
        record("x", "base", "mount / from exec /bin/sh -c make other", 14.0),
    ];
    assert_eq!(attributed(&base(), &new, &parted), "r1:o r2:o c1:o x:t");
}

#[test]
fn copies_on_our_steps_are_told_whatever_another_build_leaves() {
    // A stage that ends with two COPY, and another build that leaves nothing with a name.
    let steps = ["[a 2/4] RUN make deps", "[a 3/4] COPY p /f", "[a 4/4] COPY q /f"];
    let new = [
        record("s1", "", "local source for context", 12.0),
        record("r1", "base", "mount / from exec /bin/sh -c make deps", 12.0),
        record("c1", "r1", "fileop target", 13.0),
        record("c2", "c1", "fileop target", 13.0),
        record("x1", "base", "fileop target", 13.0),
        record("x2", "x1", "fileop target", 13.0),
    ];
    assert_eq!(attributed(&base(), &new, &own(&steps)), "s1:? r1:o c1:o c2:o x1:? x2:?");
}

#[test]
fn a_last_copy_on_a_shared_step_is_told_when_the_others_is() {
    let steps = ["[2/3] RUN make deps", "[3/3] COPY p /f"];
    let new = [
        record("r1", "base", "mount / from exec /bin/sh -c make deps", 12.0),
        record("c1", "r1", "fileop target", 13.0),
        record("x1", "r1", "fileop target", 13.0),
        record("x2", "x1", "mount / from exec /bin/sh -c make other", 14.0),
    ];
    assert_eq!(attributed(&base(), &new, &own(&steps)), "r1:o c1:o x1:t x2:t");
}

#[test]
fn two_copies_on_a_shared_step_cannot_be_told() {
    let steps = ["[a 2/3] RUN make deps", "[a 3/3] COPY p /f", "[b 2/2] COPY q /f"];
    let new = [
        record("r1", "base", "mount / from exec /bin/sh -c make deps", 12.0),
        record("x1", "r1", "mount / from exec /bin/sh -c make other", 13.0),
        record("c1", "r1", "fileop target", 13.0),
        record("c2", "r1", "fileop target", 13.0),
    ];
    assert_eq!(attributed(&base(), &new, &own(&steps)), "r1:o x1:t c1:? c2:?");
}

#[test]
fn more_files_than_we_sent_are_another_builds_too() {
    let sources: Vec<CacheRecord> = ["s1", "s2", "s3", "s4"]
        .map(|id| record(id, "", "local source for context", 12.0))
        .to_vec();
    assert_eq!(attributed(&[], &sources[..3], &own(&OUR_STEPS)), "s1:o s2:o s3:o");
    assert_eq!(attributed(&[], &sources, &own(&OUR_STEPS)), "s1:? s2:? s3:? s4:?");
}

#[test]
fn a_mount_with_an_id_is_ours_only_in_our_namespace() {
    let mount = |id: &str, name: &str| {
        let text = format!("cached mount /c from exec /bin/sh -c make with id \"{name}\"");
        record(id, "", &text, 12.0)
    };
    let new = [
        mount("a", "dp-1//c"),
        mount("b", "//c"),
        mount("c", "dp-11//c"),
        mount("d", "dp-2//c"),
        mount("e", "dp-1/npm"),
    ];
    let steps = ["[2/2] RUN --mount=type=cache,target=/c make"];
    assert_eq!(attributed(&[], &new, &own(&steps)), "a:o b:t c:t d:t e:o");
}

#[test]
fn two_mounts_of_one_text_stay_where_the_engine_gives_no_ids() {
    // The user built the same file meanwhile, for the first time: one of these is theirs.
    let text = "cached mount /c from exec /bin/sh -c make";
    let new = [record("a", "", text, 12.0), record("b", "", text, 13.0)];
    let steps = ["[2/2] RUN --mount=type=cache,target=/c make"];
    assert_eq!(attributed(&[], &new, &own(&steps)), "a:? b:?");
}

#[test]
fn a_variable_of_another_build_does_not_pass_for_our_step() {
    let new = [
        record("r1", "base", "mount / from exec /bin/sh -c make all", 12.0),
        record("x1", "base", "mount / from exec /bin/sh -c $CMD", 12.0),
    ];
    assert_eq!(attributed(&base(), &new, &own(&["[2/2] RUN make all"])), "r1:o x1:t");
    // Two that fit with their variables only, and one step.
    let both = [
        record("r1", "base", "mount / from exec /bin/sh -c make $A", 12.0),
        record("x1", "base", "mount / from exec /bin/sh -c make $B", 12.0),
    ];
    assert_eq!(attributed(&base(), &both, &own(&["[2/2] RUN make all"])), "r1:? x1:?");
    // Ours may have the variable as well, if no record has the text itself.
    let variable = record("r1", "base", "mount / from exec /bin/sh -c make $WHAT", 12.0);
    assert_eq!(attributed(&base(), &[variable], &own(&["[2/2] RUN make all"])), "r1:o");
}

#[test]
fn what_is_made_long_after_our_end_is_theirs() {
    let late = record("x", "", "local source for context", 23.0);
    assert_eq!(attributed(&[], &[late], &own(&OUR_STEPS)), "x:t");
}

#[test]
fn what_is_in_use_after_our_end_is_theirs_unless_it_says_that_it_is_ours() {
    let mut source = record("x", "", "local source for context", 15.0);
    source.in_use = true;
    let mut run = record("r", "base", "mount / from exec /bin/sh -c make app", 15.0);
    run.in_use = true;
    assert_eq!(attributed(&base(), &[source, run], &own(&OUR_STEPS)), "x:t r:o");
}

#[test]
fn the_caller_can_rule_other_builds_out_or_in() {
    let new = [
        record("s", "", "local source for context", 12.0),
        record("b", "", "pulled from a.invalid/b:1", 12.0),
        record("x", "", "mount / from exec /bin/sh -c what is this", 12.0),
    ];
    let mut own = own(&OUR_STEPS);
    own.concurrent = ConcurrentBuilds::None;
    assert_eq!(attributed(&[], &new, &own), "s:o b:o x:o");
    own.concurrent = ConcurrentBuilds::Present;
    assert_eq!(attributed(&[], &new[..2], &own), "s:? b:?");
    own.concurrent = ConcurrentBuilds::Unknown;
    assert_eq!(attributed(&[], &new[..2], &own), "s:o b:o");
}

/// An import leaves records of the time at which the steps ran elsewhere. Without one, what is
/// older than the measurement is none of its records.
#[test]
fn what_came_with_a_cache_from_elsewhere_is_ours() {
    let source = CacheRecord { kind: RecordKind::SourceLocal, ..record("s2", "", "", 3.0) };
    let new = [
        record("s1", "", "local source for context", 3.0),
        source,
        record("b1", "", "imported sha256:d071", 2.0),
        record("c1", "b1", "COPY /w /w # buildkit", 4.0),
    ];
    let old = [record("r1", "", "mount / from exec /bin/sh -c make", 1.0)];
    let own = OwnBuilds { executed: Vec::new(), ended: None, ..own(&[]) };
    assert_eq!(attributed(&old, &new, &own), "");
    let own = OwnBuilds { imported: true, ..own };
    assert_eq!(attributed(&old, &new, &own), "b1:o c1:o");
}
