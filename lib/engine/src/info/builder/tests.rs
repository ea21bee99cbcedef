use std::path::Path;

use super::*;
use crate::endpoint::{Environment, Selection, resolve};
use crate::error::ErrorKind;

const HOST: &str = "unix:///run/a.sock";

/// As buildx 0.29.1 writes them: `docker buildx create --name Ci --driver docker-container`, and
/// `docker buildx create --name far --driver remote tcp://far:1234`.
const CI: &str = r#"{"Name":"Ci","Driver":"docker-container","Nodes":[{"Name":"ci0","Endpoint":"unix:///run/a.sock","Platforms":null,"DriverOpts":null,"Flags":["--allow-insecure-entitlement=network.host"],"Files":null}],"Dynamic":false}"#;
const FAR: &str = r#"{"Name":"far","Driver":"remote","Nodes":[{"Name":"far0","Endpoint":"tcp://far:1234","Platforms":null,"DriverOpts":null,"Flags":null,"Files":null}],"Dynamic":false}"#;

/// A home with two instances and the contexts `prod` and `test`.
struct Home(tempfile::TempDir);

impl Home {
    fn new() -> Self {
        let home = Self(tempfile::tempdir().unwrap());
        home.write("buildx/instances/ci", CI);
        home.write("buildx/instances/far", FAR);
        for name in ["prod", "test"] {
            let meta = format!(
                r#"{{"Name":"{name}","Endpoints":{{"docker":{{"Host":"tcp://{name}:1"}}}}}}"#
            );
            home.write(&format!("contexts/meta/{}/meta.json", sha256_hex(name)), &meta);
        }
        home
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.0.path().join(".docker").join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn endpoint(&self, host: Option<&str>, context: Option<&str>) -> Endpoint {
        let environment =
            Environment { home: Some(self.0.path().to_owned()), ..Environment::default() };
        let text = |text: Option<&str>| text.map(str::to_owned);
        resolve(&Selection { host: text(host), context: text(context) }, &environment).unwrap()
    }

    /// The current builder beside the engine at `HOST`.
    fn current(&self) -> Option<String> {
        current_at(&self.endpoint(Some(HOST), None))
    }

    fn find(&self, name: &str) -> Result<Builder, EngineError> {
        let endpoint = self.endpoint(Some(HOST), None);
        Builders::new(&endpoint, BuilderEnvironment::default()).find(name)
    }
}

fn current_at(endpoint: &Endpoint) -> Option<String> {
    let current = Builders::new(endpoint, BuilderEnvironment::default()).current();
    current.map(|current| current.name)
}

#[test]
fn an_instance_is_found_with_its_driver_in_any_case_of_letters() {
    let home = Home::new();
    for (name, driver) in
        [("ci", "docker-container"), ("Ci", "docker-container"), ("far", "remote")]
    {
        let found = home.find(name).unwrap();
        assert_eq!((found.name.as_str(), found.driver.as_str()), (name, driver));
        assert!(!found.is_docker());
    }
}

#[test]
fn the_engines_own_builder_has_the_docker_driver() {
    let home = Home::new();
    assert!(home.find("default").unwrap().is_docker());
    let endpoint = home.endpoint(None, Some("prod"));
    let builders = Builders::new(&endpoint, BuilderEnvironment::default());
    assert_eq!(builders.own().unwrap(), docker("prod"));
    assert_eq!(builders.find("prod").unwrap(), docker("prod"));
}

#[test]
fn an_unknown_builder_is_told_with_the_known_ones() {
    let home = Home::new();
    home.write("buildx/instances/.tmp-ci123", "half");
    for name in ["nope", "../instances/ci", "/etc/passwd", "1ci"] {
        let error = home.find(name).unwrap_err();
        assert_eq!(error.to_string(), format!("no such builder: {name} (known: default, ci, far)"));
        assert_eq!(error.kind(), ErrorKind::Usage);
    }
}

#[test]
fn the_builder_of_another_context_is_refused_as_buildx_does() {
    let error = Home::new().find("test").unwrap_err();
    assert_eq!(
        error.to_string(),
        "builder test belongs to another engine (give --context test instead)"
    );
    assert_eq!(error.kind(), ErrorKind::Usage);
}

#[test]
fn an_instance_hides_the_context_of_its_name() {
    let home = Home::new();
    home.write("buildx/instances/prod", &CI.replace("Ci", "prod"));
    let endpoint = home.endpoint(None, Some("prod"));
    let builders = Builders::new(&endpoint, BuilderEnvironment::default());
    let error = builders.own().unwrap_err();
    assert_eq!(
        error.to_string(),
        "the engine's own builder prod is hidden by a docker-container builder of that name \
         (give --builder prod to use it, or docker buildx rm prod)"
    );
    assert_eq!(error.kind(), ErrorKind::Cli);
    assert_eq!(builders.find("prod").unwrap().driver, "docker-container");
}

#[test]
fn an_instance_that_cannot_be_read_is_told_by_name() {
    let home = Home::new();
    for text in ["", "{", r#"{"Driver":"remote"} x"#] {
        home.write("buildx/instances/ci", text);
        let error = home.find("ci").unwrap_err();
        assert!(matches!(&error, EngineError::BadBuilder { name, .. } if name == "ci"), "{text}");
        assert_eq!(error.kind(), ErrorKind::Cli);
    }
}

#[test]
fn without_any_choice_the_engines_own_builder_is_current() {
    let home = Home::new();
    assert_eq!(home.current(), None);
    // What `docker buildx use default` leaves.
    home.write("buildx/current", r#"{"Key":"unix:///run/a.sock","Name":"","Global":false}"#);
    assert_eq!(home.current(), None);
    home.write("buildx/current", "garbage");
    assert_eq!(home.current(), None);
}

#[test]
fn what_was_used_last_is_current_for_its_engine_alone() {
    let home = Home::new();
    home.write("buildx/current", r#"{"Key":"unix:///run/a.sock","Name":"ci","Global":false}"#);
    assert_eq!(home.current().as_deref(), Some("ci"));
    assert_eq!(current_at(&home.endpoint(Some("unix:///run/b.sock"), None)), None);
    assert_eq!(current_at(&home.endpoint(None, Some("prod"))), None);
    home.write("buildx/current", r#"{"Key":"prod","Name":"ci","Global":false}"#);
    assert_eq!(home.current(), None);
    assert_eq!(current_at(&home.endpoint(None, Some("prod"))).as_deref(), Some("ci"));
}

#[test]
fn what_is_used_globally_is_current_for_every_engine() {
    let home = Home::new();
    home.write("buildx/current", r#"{"Key":"unix:///run/a.sock","Name":"ci","Global":true}"#);
    assert_eq!(home.current().as_deref(), Some("ci"));
    assert_eq!(current_at(&home.endpoint(None, Some("prod"))).as_deref(), Some("ci"));
}

#[test]
fn the_default_of_an_engine_is_current_after_another_was_used() {
    let home = Home::new();
    // The file's name is the beginning of `printf unix:///run/a.sock | sha256sum`.
    home.write("buildx/defaults/3bbeb1cc6140416fb878", "far");
    home.write("buildx/current", r#"{"Key":"prod","Name":"ci","Global":false}"#);
    assert_eq!(home.current().as_deref(), Some("far"));
    home.write("buildx/current", r#"{"Key":"unix:///run/a.sock","Name":"ci","Global":false}"#);
    assert_eq!(home.current().as_deref(), Some("ci"));
}

#[test]
fn a_builder_that_is_gone_is_not_current() {
    let home = Home::new();
    home.write("buildx/current", r#"{"Key":"unix:///run/a.sock","Name":"gone","Global":false}"#);
    assert_eq!(home.current(), None);
    home.write("buildx/current", r#"{"Key":"prod","Name":"gone","Global":true}"#);
    assert_eq!(home.current(), None);
}

#[test]
fn the_variables_come_before_the_files() {
    let home = Home::new();
    home.write("buildx/current", r#"{"Key":"unix:///run/a.sock","Name":"ci","Global":false}"#);
    let endpoint = home.endpoint(Some(HOST), None);
    let variable = BuilderEnvironment { builder: Some("far".to_owned()), config: None };
    let current = Builders::new(&endpoint, variable).current().unwrap();
    assert_eq!(current, CurrentBuilder { name: "far".to_owned(), by_variable: true });
    let elsewhere = BuilderEnvironment { builder: None, config: Some("/nowhere".into()) };
    let builders = Builders::new(&endpoint, elsewhere);
    assert_eq!(builders.store, Path::new("/nowhere"));
    assert_eq!(builders.current(), None);
    assert!(matches!(builders.find("ci"), Err(EngineError::UnknownBuilder { .. })));
}
