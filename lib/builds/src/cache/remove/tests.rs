use super::*;
use crate::cache::RecordKind;

fn record(id: &str, parents: &[&str]) -> CacheRecord {
    CacheRecord {
        id: id.into(),
        parents: parents.iter().map(|&id| id.to_owned()).collect(),
        kind: RecordKind::Regular,
        description: String::new(),
        size_bytes: 10,
        created: None,
        last_used: None,
        usage_count: 1,
        in_use: false,
        shared: false,
    }
}

fn left(removal: &Removal) -> Vec<(&str, LeftReason)> {
    removal.left.iter().map(|(id, reason)| (id.as_str(), *reason)).collect()
}

#[test]
fn ours_go_and_what_cannot_be_told_stays_and_is_said() {
    let now = [record("a", &[]), record("b", &["a"]), record("c", &[]), record("d", &[])];
    let owners = [Owner::Ours, Owner::Ours, Owner::Unknown, Owner::Theirs];
    let removal = choose(&now.iter().zip(owners).collect::<Vec<_>>(), &now);
    assert_eq!(removal.removed, ["a", "b"]);
    assert_eq!(left(&removal), [("c", LeftReason::Ambiguous)]);
    assert_eq!(removal.others, ["d"]);
}

#[test]
fn what_a_staying_record_rests_on_stays_up_to_the_root() {
    // d rests on c, c on b, b on a; e rests on b too.
    let now = [
        record("a", &[]),
        record("b", &["a"]),
        record("c", &["b"]),
        record("d", &["x", "c"]),
        record("e", &["b"]),
    ];
    let owners = [Owner::Ours, Owner::Ours, Owner::Ours, Owner::Theirs, Owner::Ours];
    let removal = choose(&now.iter().zip(owners).collect::<Vec<_>>(), &now);
    assert_eq!(removal.removed, ["e"]);
    let needed = LeftReason::Needed;
    assert_eq!(left(&removal), [("a", needed), ("b", needed), ("c", needed)]);
}

#[test]
fn an_id_that_is_no_plain_word_is_left_alone() {
    let now = [record(".*", &[])];
    let removal = choose(&[(&now[0], Owner::Ours)], &now);
    assert_eq!(removal.removed, [""; 0]);
    assert_eq!(left(&removal), [(".*", LeftReason::Kept)]);
}

#[test]
fn what_stays_is_held_when_the_engine_uses_it_or_what_rests_on_it() {
    let of = |reasons: &[LeftReason]| {
        let left = reasons.iter().enumerate().map(|(at, reason)| (at.to_string(), *reason));
        Removal { left: left.collect(), ..Removal::default() }.is_held()
    };
    assert!(of(&[LeftReason::InUse]) && of(&[LeftReason::Needed, LeftReason::InUse]));
    assert!(!of(&[]) && !of(&[LeftReason::Needed]));
    assert!(!of(&[LeftReason::InUse, LeftReason::Ambiguous]));
}

#[test]
fn what_is_still_listed_was_not_removed_and_its_bytes_do_not_count() {
    let before = [record("a", &[]), record("b", &[]), record("c", &[]), record("d", &[])];
    let mut remaining = [record("b", &[]), record("c", &[])];
    remaining[0].in_use = true;
    let mut removal =
        Removal { removed: ["a", "b", "c"].map(String::from).to_vec(), ..Removal::default() };
    removal.account(&before, &remaining);
    assert_eq!(removal.removed, ["a"]);
    assert_eq!(removal.bytes, 10);
    assert_eq!(left(&removal), [("b", LeftReason::InUse), ("c", LeftReason::Kept)]);
}
