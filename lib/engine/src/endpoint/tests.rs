use std::fs;
use std::path::PathBuf;

use super::*;
use crate::error::ErrorKind;

/// Folder names of the context store, from coreutils' sha256sum.
const PROD: &str = "6754af9632a2745e85c293e5aac0863370d9bd3330b9938c00cadfd215227d77";
const TEST: &str = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";

/// A home folder with config.json and contexts.
struct Home(tempfile::TempDir);

impl Home {
    fn new() -> Self {
        let home = Self(tempfile::tempdir().unwrap());
        fs::create_dir(home.config()).unwrap();
        home
    }

    /// With the contexts `prod` (a socket) and `test` (TCP).
    fn with_contexts() -> Self {
        Self::new()
            .meta(PROD, &meta("prod", "unix:///prod.sock"))
            .meta(TEST, &meta("test", "tcp://test:2376"))
    }

    fn config(&self) -> PathBuf {
        self.0.path().join(".docker")
    }

    fn config_json(self, text: &str) -> Self {
        fs::write(self.config().join("config.json"), text).unwrap();
        self
    }

    fn meta(self, folder: &str, text: &str) -> Self {
        let folder = self.config().join("contexts/meta").join(folder);
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("meta.json"), text).unwrap();
        self
    }

    fn environment(&self) -> Environment {
        Environment { home: Some(self.0.path().to_owned()), ..Environment::default() }
    }

    fn resolve(&self, flags: &str, variables: &str) -> Result<Endpoint, EngineError> {
        let mut environment = self.environment();
        for (name, value) in pairs(variables) {
            match name {
                "DOCKER_HOST" => environment.host = Some(value.to_owned()),
                "DOCKER_CONTEXT" => environment.context = Some(value.to_owned()),
                "DOCKER_TLS" => environment.tls = Some(value.into()),
                "DOCKER_TLS_VERIFY" => environment.tls_verify = Some(value.into()),
                "DOCKER_CERT_PATH" => environment.cert_path = Some(value.into()),
                other => panic!("{other}"),
            }
        }
        let mut selection = Selection::default();
        for (name, value) in pairs(flags) {
            match name {
                "host" => selection.host = Some(value.to_owned()),
                "context" => selection.context = Some(value.to_owned()),
                other => panic!("{other}"),
            }
        }
        resolve(&selection, &environment)
    }
}

fn pairs(text: &str) -> impl Iterator<Item = (&str, &str)> {
    text.split(';').filter(|pair| !pair.is_empty()).map(|pair| pair.split_once('=').unwrap())
}

fn meta(name: &str, host: &str) -> String {
    format!(
        r#"{{"Name":"{name}","Metadata":{{}},"Endpoints":{{"docker":{{"Host":"{host}","SkipTLSVerify":false}}}}}}"#
    )
}

const DEFAULT: &str = "unix:///var/run/docker.sock";

#[test]
fn the_sources_come_in_the_order_of_the_docker_cli() {
    let home = Home::with_contexts().config_json(r#"{"currentContext":"test"}"#);
    let host = "host=unix:///f.sock";
    let both = "DOCKER_HOST=unix:///e.sock;DOCKER_CONTEXT=prod";
    for (flags, variables, url, source, context) in [
        ("context=prod", both, "unix:///prod.sock", Source::FlagContext, Some("prod")),
        (host, both, "unix:///f.sock", Source::FlagHost, None),
        ("", both, "unix:///e.sock", Source::EnvHost, None),
        ("", "DOCKER_CONTEXT=prod", "unix:///prod.sock", Source::EnvContext, Some("prod")),
        ("", "", "tcp://test:2376", Source::ConfigContext, Some("test")),
        // An empty value is none, but an empty --host is the default socket.
        ("context=", both, "unix:///e.sock", Source::EnvHost, None),
        (
            "",
            "DOCKER_HOST=;DOCKER_CONTEXT=prod",
            "unix:///prod.sock",
            Source::EnvContext,
            Some("prod"),
        ),
        (
            "",
            "DOCKER_HOST=;DOCKER_CONTEXT=",
            "tcp://test:2376",
            Source::ConfigContext,
            Some("test"),
        ),
        ("host=", both, DEFAULT, Source::FlagHost, None),
        ("host=unix:///f.sock;context=", both, "unix:///f.sock", Source::FlagHost, None),
        // `default` means DOCKER_HOST, and then the default socket.
        ("context=default", both, "unix:///e.sock", Source::FlagContext, None),
        ("context=default", "DOCKER_CONTEXT=prod", DEFAULT, Source::FlagContext, None),
        ("", "DOCKER_CONTEXT=default", DEFAULT, Source::EnvContext, None),
    ] {
        let endpoint = home.resolve(flags, variables).unwrap();
        let found = (endpoint.url.as_str(), endpoint.source, endpoint.context.as_deref());
        assert_eq!(found, (url, source, context), "{flags} | {variables}");
    }
}

#[test]
fn without_any_choice_it_is_the_default_socket() {
    let endpoint = Home::new().resolve("", "").unwrap();
    assert_eq!((endpoint.url.as_str(), endpoint.source), (DEFAULT, Source::Default));
    assert_eq!(endpoint.transport, Transport::Unix("/var/run/docker.sock".into()));
    assert!(endpoint.is_local());
    assert_eq!(endpoint.builder(), "default");
}

#[test]
fn both_flags_are_wrong_usage() {
    for flags in ["host=unix:///f.sock;context=prod", "host=;context=prod"] {
        let error = Home::with_contexts().resolve(flags, "").unwrap_err();
        assert_eq!(error, EngineError::HostAndContext);
        assert_eq!(error.kind(), ErrorKind::Usage);
    }
}

#[test]
fn hosts_are_read_in_every_form() {
    let here = std::env::current_dir().unwrap();
    let relative = format!("unix://{}/a.sock", here.display());
    for (host, url) in [
        ("unix:///a.sock", "unix:///a.sock"),
        (" unix:///a.sock\n", "unix:///a.sock"),
        ("unix://", DEFAULT),
        ("  ", DEFAULT),
        ("/run/a.sock", "unix:///run/a.sock"),
        ("./a.sock", &relative),
        ("unix://a.sock", &relative),
        ("tcp://h:2375", "tcp://h:2375"),
        ("tcp://", "tcp://"),
        ("h:2375", "tcp://h:2375"),
        (":2375", "tcp://:2375"),
        ("h", "tcp://h"),
        ("[::1]:2375", "tcp://[::1]:2375"),
        ("ssh://me@h:22/run/x.sock", "ssh://me@h:22/run/x.sock"),
    ] {
        let endpoint = Home::new().resolve(&format!("host={host}"), "").unwrap();
        assert_eq!(endpoint.url, url, "{host}");
        assert_eq!(endpoint.is_local(), url.starts_with("unix://"), "{host}");
        let again = Home::new().resolve(&format!("host={url}"), "").unwrap();
        assert_eq!(again.url, url, "what a child is given means the same to it");
    }
}

#[test]
fn hosts_that_the_docker_cli_refuses_are_refused() {
    for host in [
        "http://h:2375",
        "https://h:2376",
        "ftp://h",
        "fd://",
        "fd://3",
        "://h",
        "UNIX:///a.sock",
        "unix://tcp://h",
        "npipe:////./pipe/docker_engine",
    ] {
        let error = Home::new().resolve(&format!("host={host}"), "").unwrap_err();
        assert!(matches!(error, EngineError::BadHost { .. }), "{host}: {error}");
        assert_eq!(error.kind(), ErrorKind::Usage, "{host}");
        let error = Home::new().resolve("", &format!("DOCKER_HOST={host}")).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unreachable, "{host}");
    }
}

#[test]
fn a_bad_host_is_told_with_its_source_and_without_its_password() {
    let error = Home::new().resolve("", "DOCKER_HOST=http://u:secret@h:2375").unwrap_err();
    assert_eq!(
        error.to_string(),
        "bad host \"http://u:***@h:2375\" from DOCKER_HOST: unknown scheme \"http\" (write \
         unix:///path, tcp://name:port or ssh://user@name)"
    );
}

#[test]
fn an_endpoint_is_shown_without_its_password() {
    let endpoint = Home::new().resolve("host=tcp://u:se:cr@et@h:1/p@q", "").unwrap();
    assert_eq!(endpoint.to_string(), "tcp://u:***@h:1/p@q");
    let endpoint = Home::new().resolve("host=ssh://me@h", "").unwrap();
    assert_eq!(endpoint.to_string(), "ssh://me@h");
}

#[test]
fn an_unknown_context_is_told_with_the_known_ones() {
    let error = Home::with_contexts().resolve("", "DOCKER_CONTEXT=nope").unwrap_err();
    assert_eq!(
        error.to_string(),
        "no such context: nope from DOCKER_CONTEXT (known: default, prod, test)"
    );
    assert_eq!(error.kind(), ErrorKind::Unreachable);
}

#[test]
fn context_metadata_is_read_as_the_docker_cli_reads_it() {
    let lower = r#"{"name":"prod","endpoints":{"docker":{"host":"unix:///l.sock"}}}"#;
    let last = r#"{"Endpoints":{"docker":{"Host":"unix:///1.sock","host":"unix:///2.sock"}}}"#;
    for (text, url) in [
        (lower, "unix:///l.sock"),
        (last, "unix:///2.sock"),
        (r#"{"Endpoints":{"docker":{}}}"#, DEFAULT),
        (r#"{"Endpoints":{"docker":{"Host":""}}}"#, DEFAULT),
    ] {
        let endpoint = Home::new().meta(PROD, text).resolve("context=prod", "").unwrap();
        assert_eq!(endpoint.url, url, "{text}");
    }
}

#[test]
fn a_context_over_http_is_given_to_children_as_a_plain_host_without_tls() {
    let meta = r#"{"Endpoints":{"docker":{"Host":"http://h:1"}}}"#;
    let home = Home::new().meta(PROD, meta);
    let endpoint = home.resolve("context=prod", "DOCKER_TLS_VERIFY=1").unwrap();
    assert_eq!(endpoint.cli_args(), ["--host", "tcp://h:1"]);
    assert_eq!(endpoint.source, Source::FlagContext);
    let env = endpoint.cli_env();
    assert!(env.contains(&("DOCKER_TLS_VERIFY", None)), "{env:?}");
    let files = home.config().join("contexts/tls").join(PROD).join("docker");
    fs::create_dir_all(&files).unwrap();
    fs::write(files.join("ca.pem"), "x").unwrap();
    let error = home.resolve("context=prod", "").unwrap_err();
    assert!(error.to_string().contains("write tcp://"), "{error}");
}

#[test]
fn a_context_that_cannot_be_used_is_refused_by_name() {
    for text in [
        "",
        "{",
        "[]",
        "{}",
        r#"{"Endpoints":{}}"#,
        r#"{"Endpoints":{"docker":null}}"#,
        r#"{"Endpoints":{"Docker":{"Host":"unix:///a.sock"}}}"#,
        r#"{"Endpoints":{"docker":{"Host":5}}}"#,
        r#"{"Endpoints":{"docker":{"Host":"/a.sock"}}}"#,
        r#"{"Endpoints":{"docker":{"Host":"h:2375"}}}"#,
        r#"{"Endpoints":{"docker":{"Host":" unix:///a.sock"}}}"#,
        r#"{"Endpoints":{"docker":{"Host":"unix://"}}}"#,
        r#"{"Endpoints":{"docker":{"Host":"unix:///a.sock"}}} x"#,
    ] {
        let error = Home::new().meta(PROD, text).resolve("context=prod", "").unwrap_err();
        assert!(
            matches!(&error, EngineError::BadContext { name, .. } if name == "prod"),
            "{text}: {error}"
        );
    }
}

#[test]
fn a_context_name_is_no_path() {
    let home = Home::with_contexts();
    fs::write(home.config().join("meta.json"), meta("x", "unix:///x.sock")).unwrap();
    let error = home.resolve("context=../..", "").unwrap_err();
    assert!(matches!(error, EngineError::UnknownContext { .. }), "{error}");
}

#[test]
fn config_json_is_read_as_the_docker_cli_reads_it() {
    // Whether `prod` is chosen, and whether there is a warning.
    for (text, chosen, warned) in [
        (r#"{"currentContext":"prod"}"#, true, false),
        (r#"{"currentcontext":"prod"}"#, true, false),
        (r#"{"currentContext":"prod"} garbage"#, true, false),
        (r#"{"currentContext":"prod","proxies":5}"#, true, false),
        (r#"{"currentContext":""}"#, false, false),
        (r#"{"currentContext":7}"#, false, false),
        ("[]", false, false),
        ("", false, false),
        (r#"{"currentContext":"prod""#, false, true),
        ("\u{feff}{\"currentContext\":\"prod\"}", false, true),
    ] {
        let endpoint = Home::with_contexts().config_json(text).resolve("", "").unwrap();
        assert_eq!(endpoint.context.is_some(), chosen, "{text}");
        assert_eq!(!endpoint.warnings.is_empty(), warned, "{text}: {:?}", endpoint.warnings);
    }
}

#[test]
fn docker_config_moves_the_configuration() {
    let home = Home::with_contexts().config_json(r#"{"currentContext":"prod"}"#);
    let elsewhere = Home::new();
    let environment = Environment { config: Some(home.config()), ..elsewhere.environment() };
    let endpoint = resolve(&Selection::default(), &environment).unwrap();
    assert_eq!(endpoint.context.as_deref(), Some("prod"));
    let empty = Environment { config: Some(PathBuf::new()), ..home.environment() };
    assert_eq!(resolve(&Selection::default(), &empty).unwrap().context.as_deref(), Some("prod"));
}

#[test]
fn tls_needs_its_files_for_every_plain_host_and_for_no_context() {
    let home = Home::with_contexts();
    for (flags, variables) in [
        ("", "DOCKER_TLS_VERIFY=1"),
        ("", "DOCKER_TLS=0;DOCKER_HOST=unix:///a.sock"),
        ("host=unix:///a.sock", "DOCKER_TLS_VERIFY=1"),
        ("context=default", "DOCKER_TLS_VERIFY=1"),
    ] {
        let error = home.resolve(flags, variables).unwrap_err();
        assert!(matches!(error, EngineError::TlsFile { .. }), "{flags} | {variables}: {error}");
    }
    assert!(home.resolve("context=prod", "DOCKER_TLS_VERIFY=1").is_ok());
    assert!(home.resolve("", "DOCKER_TLS_VERIFY=;DOCKER_TLS=").is_ok());
}

#[test]
fn with_tls_the_default_is_a_tcp_address() {
    let certificates = tempfile::tempdir().unwrap();
    fs::write(certificates.path().join("ca.pem"), "x").unwrap();
    let variables =
        format!("DOCKER_TLS_VERIFY=1;DOCKER_CERT_PATH={}", certificates.path().display());
    let endpoint = Home::new().resolve("", &variables).unwrap();
    assert_eq!(endpoint.url, "tcp://localhost:2376");
    assert_eq!(endpoint.transport, Transport::DialStdio);
    // A key that is there must be readable.
    fs::create_dir(certificates.path().join("key.pem")).unwrap();
    let error = Home::new().resolve("", &variables).unwrap_err();
    assert!(error.to_string().contains("key.pem"), "{error}");
}

#[test]
fn a_child_is_told_the_engine_and_nothing_else_of_the_choice() {
    let home = Home::with_contexts();
    let variables = "DOCKER_HOST=tcp://e:1;DOCKER_CONTEXT=test;DOCKER_TLS_VERIFY=";
    let endpoint = home.resolve("context=prod", variables).unwrap();
    assert_eq!(endpoint.cli_args(), ["--context", "prod"]);
    assert_eq!(endpoint.builder(), "prod");
    let config = home.config().into_os_string();
    assert_eq!(
        endpoint.cli_env(),
        [
            ("DOCKER_HOST", None),
            ("DOCKER_CONTEXT", Some("prod".into())),
            ("DOCKER_CONFIG", Some(config.clone())),
            ("DOCKER_TLS", None),
            ("DOCKER_TLS_VERIFY", Some("".into())),
            ("DOCKER_CERT_PATH", None),
        ]
    );
    let endpoint = home.resolve("context=default", "DOCKER_HOST=h:1;DOCKER_CONTEXT=test").unwrap();
    assert_eq!(endpoint.cli_args(), ["--host", "tcp://h:1"]);
    assert_eq!(
        endpoint.cli_env()[..2],
        [("DOCKER_HOST", Some("tcp://h:1".into())), ("DOCKER_CONTEXT", None)]
    );
}
