//! Why a stack is not up, with the error code of records, which never changes.

use dp_engine::probe::ProbeError;
use dp_record::{Failure, Subject, printable};

use super::lifecycle::NotUp;
use super::member::Trouble;
use crate::container::failure::of_error;

/// Longest line that a record keeps, in characters.
const LINE_CHARS: usize = 2_000;

impl NotUp {
    /// The failure of a record of this subject.
    pub fn failure(&self, subject: &Subject) -> Failure {
        let (code, what, log) = match self {
            Self::Engine(error) | Self::Probe(ProbeError::Engine(error)) => {
                return of_error(error, subject);
            }
            Self::NoImage { service, image, built } => {
                let way = if *built { "docker compose build" } else { "docker compose pull" };
                let what = format!("service {service}: no such image: {image} (run {way} first)");
                ("no_such_image", what, &[][..])
            }
            Self::Compose { call, lines } => {
                let last = lines.iter().rfind(|line| !line.is_empty());
                let last = last.map_or("it says nothing", String::as_str);
                ("compose_failed", format!("docker compose {call}: {last}"), &lines[..])
            }
            Self::Service { service, trouble, oom, log } => {
                let (code, what) = of_service(*trouble, *oom);
                (code, format!("service {service} {what}"), &log[..])
            }
            Self::Timeout { limit, waiting, probe, log } => {
                let seconds = limit.as_secs_f64();
                let probe = probe.as_ref().map(|probe| format!("; the last probe of {probe}"));
                let waiting = waiting.join(", ");
                let probe = probe.unwrap_or_default();
                let what = format!("not ready within {seconds} s: {waiting}{probe}");
                ("not_ready", what, &log[..])
            }
            Self::Probe(error) => (error.code(), error.to_string(), &[][..]),
            Self::NoCompose(error) => {
                ("compose_failed", format!("cannot run docker compose: {error}"), &[][..])
            }
            Self::Lost => ("engine_lost", "the engine tells nothing any more".to_owned(), &[][..]),
            Self::Stopped => ("stopped", "stopped".to_owned(), &[][..]),
        };
        Failure {
            code: code.to_owned(),
            message: printable(&format!("{}: {what}", subject.label()), LINE_CHARS),
            log: log.iter().map(|line| printable(line, LINE_CHARS)).collect(),
            partial: None,
        }
    }
}

fn of_service(trouble: Trouble, oom: bool) -> (&'static str, String) {
    let what = match trouble {
        Trouble::Exited(code) => {
            ("exited", format!("exited with {code} before the stack was ready"))
        }
        Trouble::Unhealthy => ("unhealthy", "is unhealthy by its own health check".to_owned()),
        Trouble::Removed => ("container_removed", "was removed by somebody".to_owned()),
    };
    match what {
        (_, what) if oom => {
            ("oom_killed", format!("had a process killed for lack of memory: it {what}"))
        }
        what => what,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_failure_names_the_service_and_the_way_out() {
        let subject = Subject { name: "shop".to_owned(), ..Subject::default() };
        let text = |text: &str| text.to_owned();
        let service = |trouble, oom| NotUp::Service {
            service: text("db"),
            trouble,
            oom,
            log: vec![text("last words")],
        };
        for (why, code, message) in [
            (
                NotUp::NoImage { service: text("web"), image: text("shop-web"), built: true },
                "no_such_image",
                "shop: service web: no such image: shop-web (run docker compose build first)",
            ),
            (
                NotUp::Compose {
                    call: "start",
                    lines: vec![text("a"), text("no space"), text("")],
                },
                "compose_failed",
                "shop: docker compose start: no space",
            ),
            (
                service(Trouble::Exited(3), false),
                "exited",
                "shop: service db exited with 3 before the stack was ready",
            ),
            (
                service(Trouble::Exited(137), true),
                "oom_killed",
                "shop: service db had a process killed for lack of memory: it exited with 137 before \
                 the stack was ready",
            ),
            (
                NotUp::Timeout {
                    limit: Duration::from_millis(400),
                    waiting: vec![text("db"), text("web")],
                    probe: Some(text("container address 172.18.0.2:80: no answer")),
                    log: Vec::new(),
                },
                "not_ready",
                "shop: not ready within 0.4 s: db, web; the last probe of container address \
                 172.18.0.2:80: no answer",
            ),
        ] {
            let failure = why.failure(&subject);
            assert_eq!((failure.code.as_str(), failure.message.as_str()), (code, message));
        }
    }
}
