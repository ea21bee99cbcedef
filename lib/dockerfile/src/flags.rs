//! The `--name=value` words before an instruction's arguments.

/// Splits the words after a keyword into flags (without quotes and escapes) and arguments.
pub(crate) fn split(rest: &str) -> (Vec<String>, &str) {
    let mut flags = Vec::new();
    let mut rest = rest.trim_start();
    while rest.starts_with("--") {
        let (flag, after) = word(rest);
        rest = after.trim_start();
        if flag == "--" {
            break;
        }
        flags.push(flag);
    }
    (flags, rest)
}

/// The value of the last flag called `name`.
pub(crate) fn value<'f>(flags: &'f [String], name: &str) -> Option<&'f str> {
    flags.iter().rev().find_map(|flag| {
        let (found, value) = flag.strip_prefix("--")?.split_once('=')?;
        (found == name).then_some(value)
    })
}

/// The stages or images that the `--mount` flags of a RUN read from.
pub(crate) fn mount_sources(flags: &[String]) -> impl Iterator<Item = &str> {
    let mounts = flags.iter().filter_map(|f| f.strip_prefix("--mount="));
    mounts.filter_map(|mount| {
        let fields = mount.split(',').filter_map(|field| field.split_once('='));
        let mut from = fields.filter(|(key, _)| key.trim().eq_ignore_ascii_case("from"));
        from.next_back().map(|(_, value)| value.trim())
    })
}

/// The fields of a `--mount` flag: names in lower case, values as written.
pub(crate) fn mount_fields(mount: &str) -> Vec<(String, &str)> {
    let fields = mount.split(',').map(|field| field.split_once('=').unwrap_or((field, "")));
    fields.map(|(key, value)| (key.trim().to_ascii_lowercase(), value.trim())).collect()
}

/// Reads one word with quotes and backslashes resolved; returns it and what follows.
fn word(rest: &str) -> (String, &str) {
    let mut plain = String::new();
    let mut quote = None;
    let mut chars = rest.char_indices();
    while let Some((at, c)) = chars.next() {
        match (c, quote) {
            (_, None) if c.is_whitespace() => return (plain, &rest[at..]),
            ('\'' | '"', None) => quote = Some(c),
            (_, Some(q)) if c == q => quote = None,
            ('\\', _) => plain.extend(chars.next().map(|(_, escaped)| escaped)),
            _ => plain.push(c),
        }
    }
    (plain, "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_end_at_the_first_other_word() {
        let (flags, rest) = split(" --from=0  --chown=\"a b\" --x /src --dst");
        assert_eq!(flags, ["--from=0", "--chown=a b", "--x"]);
        assert_eq!(rest, "/src --dst");
        assert_eq!(value(&flags, "from"), Some("0"));
        assert_eq!(value(&flags, "x"), None);
    }

    #[test]
    fn two_dashes_alone_end_the_flags() {
        assert_eq!(split("-- --from=0 a").1, "--from=0 a");
    }

    #[test]
    fn mounts_name_their_sources() {
        let (flags, _) = split(
            "--mount=type=bind,from=src,target=/s --mount=type=tmpfs,target=/t --mount=from=img make",
        );
        assert_eq!(mount_sources(&flags).collect::<Vec<_>>(), ["src", "img"]);
    }
}
