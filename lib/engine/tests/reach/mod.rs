//! The ground on which the [`cases`] run: fake engines, a and a home folder.

pub(crate) mod cases;
pub(crate) mod child;

use std::fs;
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::fake;
use cases::Case;
use child::Outcome;

/// Contexts by their folder in the store (the name's SHA-256, from coreutils' sha256sum): `{A}` and
/// so on stand for the ground's own addresses.
const STORE: [(&str, &str); 11] = [
    // c
    ("2e7d2c03a9507ae265ecf5b5356885a53393a2029d241394997265a1a25aefc6", r#""Host":"unix://{C}""#),
    // t
    (
        "e3b98a4da31a127d4bde6e43033f66ba274cab0eb7eb1c70ec41402bf6273dd8",
        r#""Host":"tcp://127.0.0.1:{P}""#,
    ),
    // http
    (
        "e0603c499aae47eb89343ad0ef3178e044c62e70ae2309b35591d1d49a3211ec",
        r#""Host":"http://127.0.0.1:{P}""#,
    ),
    // empty
    ("2e1cfa82b035c26cbbbdae632cea070514eb8b773f616aaeaf668e2f0be8f10d", r#""Host":"""#),
    // none
    ("140bedbf9c3f6d56a9846d2ba7088798683f4da0c248231336e6a05679e4fdfe", ""),
    // path
    ("a0af9f865bf637e6736817f4ce552e4cdf7b8c36ea75bc254c1d1f0af744b5bf", r#""Host":"{C}""#),
    // port
    (
        "f8d397a33fcb9725db96501e653bf3cfa4455c5639482b9936c22b221634d659",
        r#""Host":"127.0.0.1:{P}""#,
    ),
    // lower
    ("8c6fb1e9e37a1aea1d308c785192e1a17d71cef08c7f50a68d2e0ab292b2e7f4", r#""host":"unix://{C}""#),
    // broken
    ("f526795c95399cea27c055c842c3d6ab018ed0fa4f66f701c28ab22dec28237b", "}"),
    // default
    ("37a8eec1ce19687d132fe29051dca629d164e2c4958ba141d5f4133a33f0688f", r#""Host":"unix://{C}""#),
    // tls
    (
        "b7e651cbb43ba0ca3498759c8c3596c3a11a199004cd9e5a198d50d4585ec8c5",
        r#""Host":"unix://{C}","SkipTLSVerify":true"#,
    ),
];

/// Fake engines `a`, `b`, `c` on sockets and `t` on a port, a socket that nobody listens on, and
/// the files that the cases need.
pub(crate) struct Ground {
    folder: tempfile::TempDir,
    port: u16,
}

impl Ground {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        for name in ["a", "b", "c"] {
            fake::unix(&folder.path().join(format!("{name}.sock")), name, fake::engine);
        }
        drop(UnixListener::bind(folder.path().join("dead.sock")).unwrap());
        let ground = Self { folder, port: fake::tcp("t", fake::engine) };
        ground.write_stores();
        ground.write_certificates();
        ground
    }

    /// What dp reaches with the case's flags, variables and configuration and no others.
    pub(crate) fn dp(&self, case: &Case) -> Outcome {
        let report = self.path("report");
        let mut child = child::command(&std::env::current_exe().unwrap(), &report);
        child.env(child::FLAGS, self.filled(&case.args.join(child::SEPARATOR)));
        child::outcome(self.prepared(case, &mut child), &report)
    }

    /// What the docker CLI reaches with the same.
    pub(crate) fn docker(&self, case: &Case) -> Outcome {
        let mut docker = Command::new("docker");
        docker.env_clear().args(case.args.iter().map(|text| self.filled(text)));
        child::docker_outcome(self.prepared(case, &mut docker))
    }

    /// Writes the case's configuration and gives the command its environment and folder.
    fn prepared<'a>(&self, case: &Case, command: &'a mut Command) -> &'a mut Command {
        let config = self.path("home/.docker/config.json");
        match case.config {
            Some(text) => fs::write(config, text).unwrap(),
            None => drop(fs::remove_file(config)),
        }
        command
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.path("home"))
            .envs(case.env.iter().map(|(name, text)| (name, self.filled(text))))
            .current_dir(self.folder.path())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn filled(&self, text: &str) -> String {
        let folder = self.folder.path().to_str().unwrap();
        text.replace("{A}", &format!("{folder}/a.sock"))
            .replace("{B}", &format!("{folder}/b.sock"))
            .replace("{C}", &format!("{folder}/c.sock"))
            .replace("{P}", &self.port.to_string())
            .replace("{DIR}", folder)
    }

    /// The home's context store, and a second configuration whose context `c` is engine `b`.
    fn write_stores(&self) {
        let home = self.path("home/.docker");
        for (sum, endpoint) in STORE {
            self.write_meta(&home, sum, &format!(r#"{{"docker":{{{endpoint}}}}}"#));
        }
        let second = self.path("second");
        self.write_meta(&second, STORE[0].0, r#"{"docker":{"Host":"unix://{B}"}}"#);
        fs::write(second.join("config.json"), r#"{"currentContext":"c"}"#).unwrap();
    }

    fn write_meta(&self, config: &Path, sum: &str, endpoints: &str) {
        let folder = config.join("contexts/meta").join(sum);
        fs::create_dir_all(&folder).unwrap();
        let text =
            format!(r#"{{"Name":"x","Metadata":{{}},"Endpoints":{}}}"#, self.filled(endpoints));
        fs::write(folder.join("meta.json"), text).unwrap();
    }

    /// Two folders of TLS files: with one that is no certificate, and with one that is no file.
    fn write_certificates(&self) {
        for name in ["tls", "tls-dir"] {
            fs::create_dir(self.path(name)).unwrap();
            fs::write(self.path(name).join("ca.pem"), "no certificate").unwrap();
        }
        fs::create_dir(self.path("tls-dir/key.pem")).unwrap();
    }
}
