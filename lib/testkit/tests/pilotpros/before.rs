//! As the plan describes it before: servers for developing, nothing compressed or kept.

use dp_testkit::{ask, shown_elsewhere, wait_until};
use serde_json::Value;

use crate::{Platform, truth};

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn the_platform_before_answers_and_nothing_is_compressed_kept_or_limited() {
    if shown_elsewhere() {
        return;
    }
    let platform = Platform::up("docker-compose.dev.yml");
    let web = platform.web();
    let gzip = ["Accept-Encoding: gzip"];
    for _ in 0..2 {
        // The defaults of the database, on a machine that others keep busy too.
        let report = ask(&format!("{web}/api/report"), &gzip, &["--max-time", "60"]);
        assert_eq!(serde_json::from_slice::<Value>(&report.body).unwrap(), truth::report());
        assert_eq!(report.header("x-cache-status"), "");
    }
    let list = ask(&format!("{web}/api/orders?customer=5"), &gzip, &[]);
    assert_eq!([list.status(), &list.header("content-encoding")], ["200", ""]);
    assert!(list.body.len() > 1024, "{}", list.text());
    // The sources themselves are served, and both servers see an edit.
    let script = format!("{web}/src/main.js");
    assert!(ask(&script, &[], &[]).text().contains("createApp(App)"));
    platform.replace("frontend/src/main.js", "createApp(App)", "createApp(App, {})");
    wait_until("the page has the edit", || ask(&script, &[], &[]).text().contains("(App, {})"));
    platform.replace("backend/src/app.ts", "\"no such order\"", "\"none of that number\"");
    wait_until("the backend answers with the edit", || {
        ask(&format!("{web}/api/orders/0"), &[], &[]).text().contains("none of that number")
    });
    assert_eq!(platform.query("show shared_buffers"), "128MB");
    for service in crate::SERVICES {
        assert_eq!(platform.inspect(service, "{{.HostConfig.Memory}}"), "0", "{service}");
    }
}
