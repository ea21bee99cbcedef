//! Names of signals, as engines on Linux know them.

/// Those of signal(7), by their numbers from 1.
const NAMES: [&str; 31] = [
    "HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "BUS", "FPE", "KILL", "USR1", "SEGV", "USR2",
    "PIPE", "ALRM", "TERM", "STKFLT", "CHLD", "CONT", "STOP", "TSTP", "TTIN", "TTOU", "URG",
    "XCPU", "XFSZ", "VTALRM", "PROF", "WINCH", "IO", "PWR", "SYS",
];

/// Checks a number from 1 to 64, or a name with or without `SIG`.
pub(super) fn check(text: &str) -> Result<(), String> {
    if let Ok(number) = text.parse::<u8>() {
        return if (1..=64).contains(&number) { Ok(()) } else { Err(wrong()) };
    }
    let name = text.to_ascii_uppercase();
    let name = name.strip_prefix("SIG").unwrap_or(&name);
    let realtime = name.starts_with("RTMIN") || name.starts_with("RTMAX");
    let old = ["IOT", "CLD", "POLL", "UNUSED"].contains(&name);
    if NAMES.contains(&name) || realtime || old { Ok(()) } else { Err(wrong()) }
}

fn wrong() -> String {
    "no such signal (write SIGTERM, TERM or 15)".to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signals_have_names_and_numbers() {
        for text in ["SIGTERM", "term", "15", "SIGRTMIN+3", "64", "SYS"] {
            assert_eq!(check(text), Ok(()), "{text}");
        }
        for text in ["", "FOO", "0", "65", "-9", "SIG"] {
            assert!(check(text).is_err(), "{text}");
        }
    }
}
