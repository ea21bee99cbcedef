//! What is wrong before anything is built: one line, status 2, no record.

use crate::site::{ALL, Site};

/// Arguments, and a part of the one line that is told.
const ROWS: [(&[&str], &str); 5] = [
    (&["-f", "no-such-file", "."], "no such Dockerfile: no-such-file"),
    (&["empty"], "no Dockerfile in empty"),
    (&["no-such-folder"], "cannot read the build context no-such-folder"),
    (&["Dockerfile"], "the build context Dockerfile is no folder"),
    (&["--secret", "id=token,src=/no/such/file", "."], "cannot read the secret /no/such/file"),
];

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn what_is_not_there_when_it_is_asked_for_is_wrong_usage() {
    let site = Site::new("usage");
    site.write("Dockerfile", "FROM dp-base/busybox\nRUN echo UNIQUE\n");
    site.write("empty/file", "");
    for backend in ALL {
        for (args, says) in ROWS {
            let ran = site.dp_build(backend, args).run().expect(2);
            assert!(ran.stderr.contains(says), "{backend}, {says}: {}", ran.stderr);
            assert_eq!(ran.stderr.lines().count(), 1, "{backend}: {}", ran.stderr);
            assert_eq!(ran.stdout, "", "{backend}, {says}");
        }
    }
}
