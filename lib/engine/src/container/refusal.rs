//! Why an engine does not make or start a container.

use crate::error::EngineError;

/// A known reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// No such image.
    NoSuchImage,
    /// The command is not in the image (docker run: 127).
    NoSuchCommand,
    /// The command may not be executed (docker run: 126).
    NotExecutable,
    /// A published port is taken.
    PortInUse,
    /// No such network.
    NoSuchNetwork,
    /// No such user or group in the image.
    NoSuchUser,
    /// The container is not there any more.
    Gone,
    /// The engine's disk is full.
    DiskFull,
    /// Another one, in the engine's words.
    Other,
}

/// Words of the engines (20.10 to 28.5, and of runc behind them), lower case.
/// All of a row must be there.
const WORDS: &[(Refusal, &[&str])] = &[
    (Refusal::DiskFull, &["no space left on device"]),
    (Refusal::DiskFull, &["disk quota exceeded"]),
    (Refusal::PortInUse, &["port is already allocated"]),
    (Refusal::PortInUse, &["address already in use"]),
    (Refusal::NoSuchNetwork, &["network", "not found"]),
    (Refusal::NoSuchUser, &["unable to find user"]),
    (Refusal::NoSuchUser, &["unable to find group"]),
    (Refusal::NoSuchCommand, &["exec:", "executable file not found"]),
    (Refusal::NoSuchCommand, &["exec:", "no such file or directory"]),
    (Refusal::NotExecutable, &["exec:", "permission denied"]),
    (Refusal::NotExecutable, &["exec:", "exec format error"]),
    (Refusal::NotExecutable, &["exec:", "is a directory"]),
    (Refusal::NoSuchImage, &["no such image"]),
    (Refusal::Gone, &["no such container"]),
];

impl Refusal {
    /// The reason of an error; none if the engine did not refuse, but was lost.
    pub fn of(error: &EngineError) -> Option<Self> {
        let EngineError::Refused { message, .. } = error else {
            let of_image = matches!(error, EngineError::NoSuchImage { .. });
            return of_image.then_some(Self::NoSuchImage);
        };
        let message = message.to_lowercase();
        let says = |words: &[&str]| words.iter().all(|word| message.contains(word));
        let found = WORDS.iter().find(|(_, words)| says(words));
        Some(found.map_or(Self::Other, |(known, _)| *known))
    }

    /// The code of records.
    pub fn code(self) -> &'static str {
        match self {
            Self::NoSuchImage => "no_such_image",
            Self::NoSuchCommand => "no_such_command",
            Self::NotExecutable => "command_not_executable",
            Self::PortInUse => "port_in_use",
            Self::NoSuchNetwork => "no_such_network",
            Self::NoSuchUser => "no_such_user",
            Self::Gone => "container_removed",
            Self::DiskFull => "disk_full",
            Self::Other => "engine_refused",
        }
    }

    /// What docker run would exit with.
    pub fn exit_code(self) -> i64 {
        match self {
            Self::NoSuchCommand => 127,
            Self::NotExecutable => 126,
            _ => 125,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(message: &str) -> Refusal {
        let message = message.to_owned();
        let error = EngineError::Refused { doing: "starting".into(), status: 500, message };
        Refusal::of(&error).unwrap()
    }

    /// As the two engines wrote them.
    #[test]
    fn the_words_of_both_engines_are_known() {
        for (message, expected) in [
            (
                "failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: exec: \"/nope\": stat /nope: no such file or directory: unknown",
                Refusal::NoSuchCommand,
            ),
            (
                "failed to create task for container: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: exec: \"nope\": executable file not found in $PATH",
                Refusal::NoSuchCommand,
            ),
            (
                "failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: exec: \"/etc\": permission denied: unknown",
                Refusal::NotExecutable,
            ),
            (
                "driver failed programming external connectivity on endpoint x2 (396e): Bind for 0.0.0.0:18080 failed: port is already allocated",
                Refusal::PortInUse,
            ),
            (
                "failed to set up container networking: driver failed programming external connectivity on endpoint x2 (7c47): Bind for :::18080 failed: port is already allocated",
                Refusal::PortInUse,
            ),
            (
                "driver failed programming: Error starting userland proxy: listen tcp4 0.0.0.0:80: bind: address already in use",
                Refusal::PortInUse,
            ),
            ("network nonet not found", Refusal::NoSuchNetwork),
            (
                "failed to set up container networking: network nonet not found",
                Refusal::NoSuchNetwork,
            ),
            (
                "unable to find user nobodyx: no matching entries in passwd file",
                Refusal::NoSuchUser,
            ),
            ("No such container: x2", Refusal::Gone),
            (
                "error creating overlay mount to /var/lib/docker/overlay2/1: no space left on device",
                Refusal::DiskFull,
            ),
            ("failed to start shim: mkdir /run/x: disk quota exceeded: unknown", Refusal::DiskFull),
            ("Minimum memory limit allowed is 6MB", Refusal::Other),
        ] {
            assert_eq!(refusal(message), expected, "{message}");
        }
    }

    #[test]
    fn a_lost_engine_refuses_nothing() {
        let error = EngineError::NoCli { needed_for: "this" };
        assert_eq!(Refusal::of(&error), None);
    }
}
