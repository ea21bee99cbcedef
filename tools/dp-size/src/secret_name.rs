//! Which variables, arguments and labels hold a secret, by their names: the words that
//! BuildKit's own check (`SecretsUsedInArgOrEnv`) takes, and a few more.

/// Words that are a secret by themselves.
const WORDS: [&str; 5] = ["auth", "key", "keys", "pat", "pword"];

/// Ends of words that are one: `dbpassword`, `accesstoken`.
const ENDS: [&str; 12] = [
    "apikey",
    "credential",
    "credentials",
    "passphrase",
    "passwd",
    "password",
    "passwords",
    "privatekey",
    "secret",
    "secrets",
    "token",
    "tokens",
];

/// Words beside which nothing is secret: what is public, and what only says where a
/// secret is, or of what kind.
const HARMLESS: [&str; 16] = [
    "algorithm",
    "dir",
    "expiry",
    "file",
    "fingerprint",
    "gpg",
    "header",
    "length",
    "path",
    "pub",
    "public",
    "size",
    "sock",
    "ttl",
    "type",
    "version",
];

/// Whether the value of this name is one that nobody should read.
pub(crate) fn is_secret(name: &str, value: &str) -> bool {
    let value = value.trim().trim_matches(['"', '\'']);
    is_value(value) && (is_secret_name(name) || has_credentials(value))
}

fn is_secret_name(name: &str) -> bool {
    let name = name.to_lowercase();
    let words: Vec<&str> = name.split(|c: char| !c.is_ascii_alphanumeric()).collect();
    let is_secret =
        |word: &&str| WORDS.contains(word) || ENDS.iter().any(|end| word.ends_with(end));
    words.iter().any(is_secret) && !words.iter().any(|word| HARMLESS.contains(word))
}

/// Switches, numbers of few digits and references to other variables say nothing.
fn is_value(value: &str) -> bool {
    let is_switch =
        ["true", "false", "yes", "no", "on", "off", "none", "null", "disabled", "enabled"]
            .contains(&value.to_lowercase().as_str());
    let is_number = value.len() < 6 && value.bytes().all(|byte| byte.is_ascii_digit());
    let is_masked = !value.is_empty() && value.bytes().all(|byte| byte == b'*');
    !(value.is_empty() || is_switch || is_number || is_masked || value.starts_with('$'))
}

/// Whether an address names a user with a password: `https://me:secret@host/`.
fn has_credentials(value: &str) -> bool {
    value.match_indices("://").any(|(at, found)| {
        let rest = &value[at + found.len()..];
        let authority = rest.split(['/', '?', '#', ' ']).next().unwrap_or_default();
        let user = authority.rsplit_once('@').and_then(|(user, _)| user.split_once(':'));
        user.is_some_and(|(_, password)| is_value(password))
    })
}

#[cfg(test)]
mod tests {
    use super::is_secret;

    #[test]
    fn secrets_are_known_by_their_names() {
        for name in [
            "NPM_TOKEN",
            "AWS_SECRET_ACCESS_KEY",
            "AWS_ACCESS_KEY_ID",
            "DB_PASSWORD",
            "dbPassword",
            "PGPASSWORD",
            "MYSQL_ROOT_PASSWD",
            "API_KEY",
            "apikey",
            "github.token",
            "SSH_PRIVATE_KEY",
            "SIGNING_PASSPHRASE",
            "BASIC_AUTH",
            "GH_PAT",
        ] {
            assert!(is_secret(name, "can4ry"), "{name}");
        }
    }

    #[test]
    fn other_names_and_values_that_say_nothing_are_not() {
        for name in [
            "AUTHOR",
            "KEYBOARD",
            "MONKEY",
            "PATH",
            "GPG_KEY",
            "GPG_KEYS",
            "SSH_PUBLIC_KEY",
            "TOKENIZER",
            "DB_PASSWORD_FILE",
            "SSH_AUTH_SOCK",
            "KEY_LENGTH",
            "PATCH",
        ] {
            assert!(!is_secret(name, "can4ry"), "{name}");
        }
        for value in ["", " ", "\"\"", "true", "None", "3600", "***", "$TOKEN", "${TOKEN}"] {
            assert!(!is_secret("TOKEN", value), "{value}");
        }
    }

    #[test]
    fn an_address_with_a_password_is_one_under_any_name() {
        for value in ["http://me:can4ry@proxy:1/", "a,redis://:can4ry@h/0", "postgres://a:b@c@d/e"]
        {
            assert!(is_secret("URL", value), "{value}");
        }
        for value in
            ["http://proxy:3128/", "ssh://git@host/x", "http://me:$P@h", "a:b@c", "x://h/a:b@c"]
        {
            assert!(!is_secret("URL", value), "{value}");
        }
    }
}
