//! What was there before is there after it, and nothing else.

use dp_testkit::{Truth, unique};

use crate::service::{dp_start, left, starts};

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn volumes_that_were_there_stay_and_those_that_were_made_go() {
    let truth = Truth::with("VOLUME /of-the-image\n");
    let (old, new) = (unique("old"), unique("new"));
    truth.docker.ok(&["volume", "create", &old]);
    let there = || truth.docker.ok(&["volume", "ls", "--quiet"]);
    let dangling = || truth.docker.ok(&["volume", "ls", "--quiet", "--filter", "dangling=true"]);
    let before = dangling();
    let volumes = [format!("{old}:/old"), format!("{new}:/new")];
    let options = ["-r", "2", "-v", &volumes[0], "-v", &volumes[1], "-v", "/anonymous"];
    let ran = dp_start(&truth, &options, &["listen=0"]).run().expect(0);
    assert_eq!(starts(&ran).len(), 2);
    assert!(there().contains(&old) && !there().contains(&new));
    let after = dangling();
    truth.docker.ok(&["volume", "rm", &old]);
    let new: Vec<&str> = after.lines().filter(|id| !before.contains(id)).collect();
    assert!(new.is_empty(), "{new:?}");
    assert!(left(&truth).is_empty());
}
