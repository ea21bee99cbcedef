//! Environment, flags and configuration, and the engine that they mean.

/// What a case must reach.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Expected {
    /// The fake engine of that name.
    Engine(&'static str),
    /// The same, by a docker CLI that carries the connection.
    Dialled(&'static str),
    /// The same, where a docker CLI may fail that does not know the notation.
    OursAlone(&'static str),
    /// No engine: an error.
    Nothing,
    /// The machine's own default, which may have an engine or not: whatever the docker CLI reaches.
    AsCli,
}

/// One case. In its texts `{A}`, `{B}`, `{C}` stand for the sockets, `{P}` for the port, `{DIR}`
/// for the folder of all.
#[derive(Clone, Copy)]
pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) args: &'static [&'static str],
    pub(crate) env: &'static [(&'static str, &'static str)],
    pub(crate) config: Option<&'static str>,
    pub(crate) expected: Expected,
    /// The first docker CLI known to do so, by its major version; older ones are not compared.
    pub(crate) since: u32,
}

use Expected::{AsCli, Dialled, Engine, Nothing, OursAlone};

type Env = &'static [(&'static str, &'static str)];

const fn case(
    name: &'static str,
    args: &'static [&'static str],
    env: Env,
    expected: Expected,
) -> Case {
    Case { name, args, env, config: None, expected, since: 0 }
}

/// With `currentContext` or the like.
const fn with(config: &'static str, case: Case) -> Case {
    Case { config: Some(config), ..case }
}

/// For a docker CLI of that major version or later.
const fn since(since: u32, case: Case) -> Case {
    Case { since, ..case }
}

const C: &str = r#"{"currentContext":"c"}"#;
const BOTH: Env = &[("DOCKER_HOST", "unix://{A}"), ("DOCKER_CONTEXT", "c")];
const HOST_A: Env = &[("DOCKER_HOST", "unix://{A}")];
const CONTEXT_C: Env = &[("DOCKER_CONTEXT", "c")];
const B: &[&str] = &["--host", "unix://{B}"];

pub(crate) const CASES: &[Case] = &[
    // The order of the sources.
    case("nothing", &[], &[], AsCli),
    case("DOCKER_HOST", &[], HOST_A, Engine("a")),
    case("DOCKER_CONTEXT", &[], CONTEXT_C, Engine("c")),
    case("DOCKER_HOST before DOCKER_CONTEXT", &[], BOTH, Engine("a")),
    case("--context before both", &["--context", "c"], HOST_A, Engine("c")),
    case("--host before both", B, BOTH, Engine("b")),
    with(C, case("config.json", &[], &[], Engine("c"))),
    with(C, case("DOCKER_HOST before config.json", &[], HOST_A, Engine("a"))),
    with(
        C,
        case("DOCKER_CONTEXT before config.json", &[], &[("DOCKER_CONTEXT", "t")], Dialled("t")),
    ),
    with(C, case("--host before config.json", B, &[], Engine("b"))),
    with(C, case("--context before config.json", &["--context", "t"], &[], Dialled("t"))),
    case("both flags", &["--host", "unix://{B}", "--context", "c"], &[], Nothing),
    // Empty values: the docker CLI 20.10 took some of them for given.
    since(
        28,
        case(
            "empty DOCKER_HOST",
            &[],
            &[("DOCKER_HOST", ""), ("DOCKER_CONTEXT", "c")],
            Engine("c"),
        ),
    ),
    case("blank DOCKER_HOST", &[], &[("DOCKER_HOST", " "), ("DOCKER_CONTEXT", "c")], AsCli),
    case("empty --host", &["--host", ""], BOTH, AsCli),
    case("empty --context", &["--context", ""], HOST_A, Engine("a")),
    case("empty --context, DOCKER_CONTEXT", &["--context", ""], CONTEXT_C, Engine("c")),
    case("empty --host and a context", &["--host", "", "--context", "c"], &[], Nothing),
    case(
        "a host and empty --context",
        &["--host", "unix://{B}", "--context", ""],
        &[],
        Engine("b"),
    ),
    since(28, with(C, case("empty DOCKER_CONTEXT", &[], &[("DOCKER_CONTEXT", "")], Engine("c")))),
    // The context `default`.
    case("--context default", &["--context", "default"], BOTH, Engine("a")),
    case("--context default alone", &["--context", "default"], CONTEXT_C, AsCli),
    with(C, case("DOCKER_CONTEXT=default", &[], &[("DOCKER_CONTEXT", "default")], AsCli)),
    // Contexts.
    case("unknown --context", &["--context", "nope"], HOST_A, Nothing),
    case("unknown DOCKER_CONTEXT", &[], &[("DOCKER_CONTEXT", "nope")], Nothing),
    case("DOCKER_CONTEXT with spaces", &[], &[("DOCKER_CONTEXT", " c ")], Nothing),
    case("a context over TCP", &["--context", "t"], &[], Dialled("t")),
    case("a context over http", &["--context", "http"], &[], Dialled("t")),
    case("a context with an empty host", &["--context", "empty"], HOST_A, AsCli),
    case("a context without host", &["--context", "none"], HOST_A, AsCli),
    case("a context with a bare path", &["--context", "path"], &[], Nothing),
    case("a context with a bare port", &["--context", "port"], &[], Nothing),
    case("a context in lower case", &["--context", "lower"], &[], Engine("c")),
    case("a broken context", &["--context", "broken"], &[], Nothing),
    // config.json.
    with(r#"{"currentcontext":"c"}"#, case("lower case", &[], &[], Engine("c"))),
    with(r#"{"currentContext":"c"} x"#, case("text after it", &[], &[], Engine("c"))),
    with(
        r#"{"currentContext":"c","proxies":5}"#,
        case("a bad value beside", &[], &[], Engine("c")),
    ),
    with(r#"{"currentContext":"c""#, case("cut off", &[], &[], AsCli)),
    with(r#"{"currentContext":"c""#, case("cut off, DOCKER_CONTEXT", &[], CONTEXT_C, Engine("c"))),
    with(r#"{"currentContext":7}"#, case("a number", &[], &[], AsCli)),
    with(r#"{"currentContext":"nope"}"#, case("an unknown one", &[], &[], Nothing)),
    with(
        r#"{"currentContext":"nope"}"#,
        case("an unknown one, DOCKER_HOST", &[], HOST_A, Engine("a")),
    ),
    with("\u{feff}{\"currentContext\":\"c\"}", case("a byte order mark", &[], &[], AsCli)),
    with("", case("empty", &[], &[], AsCli)),
    // DOCKER_CONFIG.
    case("DOCKER_CONFIG", &[], &[("DOCKER_CONFIG", "{DIR}/second")], Engine("b")),
    case("relative DOCKER_CONFIG", &[], &[("DOCKER_CONFIG", "second")], Engine("b")),
    with(C, case("empty DOCKER_CONFIG", &[], &[("DOCKER_CONFIG", "")], Engine("c"))),
    with(C, case("missing DOCKER_CONFIG", &[], &[("DOCKER_CONFIG", "{DIR}/nowhere")], AsCli)),
    case(
        "a context of another DOCKER_CONFIG",
        &["--context", "t"],
        &[("DOCKER_CONFIG", "second")],
        Nothing,
    ),
    // Notations of a host.
    case("spaces around", &["--host", " unix://{A} "], &[], Engine("a")),
    case("a relative socket", &["--host", "unix://a.sock"], &[], Engine("a")),
    case("a scheme alone", &["--host", "unix://"], HOST_A, AsCli),
    case("a bare path", &["--host", "{A}"], &[], OursAlone("a")),
    case("a bare relative path", &["--host", "./a.sock"], &[], OursAlone("a")),
    case("an upper-case scheme", &["--host", "UNIX://{A}"], &[], Nothing),
    case("two schemes", &["--host", "unix://tcp://127.0.0.1:{P}"], &[], Nothing),
    case("tcp", &["--host", "tcp://127.0.0.1:{P}"], &[], Dialled("t")),
    case("tcp with a slash", &["--host", "tcp://127.0.0.1:{P}/"], &[], Dialled("t")),
    case("tcp with a user", &["--host", "tcp://u:p@127.0.0.1:{P}"], &[], Dialled("t")),
    case("a bare address", &["--host", "127.0.0.1:{P}"], &[], Dialled("t")),
    case("a bare name", &["--host", "localhost:{P}"], &[], Dialled("t")),
    case("a bare port", &["--host", ":{P}"], &[], Dialled("t")),
    case("tcp in DOCKER_HOST", &[], &[("DOCKER_HOST", "127.0.0.1:{P}")], Dialled("t")),
    case("a bad port", &["--host", "127.0.0.1:x"], &[], Nothing),
    case("http", &["--host", "http://127.0.0.1:{P}"], &[], Nothing),
    case("https", &["--host", "https://127.0.0.1:{P}"], &[], Nothing),
    case("another scheme", &["--host", "ftp://127.0.0.1"], &[], Nothing),
    case("a file descriptor", &["--host", "fd://"], &[], Nothing),
    case("a named pipe", &["--host", "npipe:////./pipe/docker_engine"], &[], Nothing),
    case("ssh to nowhere", &["--host", "ssh://"], &[], Nothing),
    // No engine there.
    case("a socket without listener", &["--host", "unix://{DIR}/dead.sock"], &[], Nothing),
    case("no socket", &["--host", "unix://{DIR}/no.sock"], &[], Nothing),
    case("a folder", &["--host", "unix://{DIR}"], &[], Nothing),
    // TLS: the docker CLI 20.10 wanted it on sockets too.
    case(
        "verify, no files",
        &[],
        &[("DOCKER_TLS_VERIFY", "1"), ("DOCKER_HOST", "unix://{A}")],
        Nothing,
    ),
    case(
        "verify=0 is on",
        &[],
        &[("DOCKER_TLS_VERIFY", "0"), ("DOCKER_HOST", "unix://{A}")],
        Nothing,
    ),
    case("tls, no files", B, &[("DOCKER_TLS", "1")], Nothing),
    case(
        "empty verify",
        &[],
        &[("DOCKER_TLS_VERIFY", ""), ("DOCKER_HOST", "unix://{A}")],
        Engine("a"),
    ),
    case("verify and a context", &["--context", "c"], &[("DOCKER_TLS_VERIFY", "1")], Engine("c")),
    case("verify and default", &["--context", "default"], &[("DOCKER_TLS_VERIFY", "1")], Nothing),
    since(
        28,
        case(
            "verify, a socket",
            B,
            &[("DOCKER_TLS_VERIFY", "1"), ("DOCKER_CERT_PATH", "{DIR}/tls")],
            Engine("b"),
        ),
    ),
    case(
        "verify, a bad key",
        B,
        &[("DOCKER_TLS_VERIFY", "1"), ("DOCKER_CERT_PATH", "tls-dir")],
        Nothing,
    ),
    case("verify, no host", &[], &[("DOCKER_TLS_VERIFY", "1"), ("DOCKER_CERT_PATH", "tls")], AsCli),
    since(28, case("a context without verification", &["--context", "tls"], &[], Engine("c"))),
];
