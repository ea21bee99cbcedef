//! Credentials in addresses: `http://user:password@host`, `?token=...`.

use std::ops::Range;

use crate::sensitive::{MASK, is_sensitive_name};

/// Schemes whose user alone is a credential: tokens stand there.
const TOKEN_SCHEMES: [&str; 3] = ["http", "https", "ftp"];

/// Parameters of signed addresses, beside those with sensitive names.
const SIGNATURES: [&str; 4] = ["sig", "signature", "jwt", "code"];

/// The text, with a mask in place of each credential in its addresses.
pub fn without_credentials(text: &str) -> String {
    let mut masked = String::with_capacity(text.len());
    let mut end = 0;
    for span in spans(text) {
        masked.push_str(&text[end..span.start]);
        masked.push_str(MASK);
        end = span.end;
    }
    masked.push_str(&text[end..]);
    masked
}

/// The credentials in the addresses of a text, as they may be printed elsewhere:
/// together, the password alone, and decoded.
pub fn credentials_in(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for span in spans(text) {
        let whole = &text[span];
        let password = whole.split_once(':').map(|(_, password)| password);
        for one in [Some(whole), password].into_iter().flatten() {
            found.push(one.to_owned());
            found.push(decoded(one));
        }
    }
    found.dedup();
    found
}

/// Where credentials stand, in order, none within another.
fn spans(text: &str) -> Vec<Range<usize>> {
    let mut all: Vec<Range<usize>> = users(text).chain(parameters(text)).collect();
    all.sort_by_key(|span| span.start);
    let mut end = 0;
    all.retain(|span| {
        let apart = span.start >= end && !span.is_empty();
        end = if apart { span.end } else { end };
        apart
    });
    all
}

/// Ends of addresses in text: blanks, quotes and the like.
fn ends(char: char) -> bool {
    char.is_whitespace() || char.is_control() || "\"'`<>|".contains(char)
}

/// The users (with passwords) of addresses.
fn users(text: &str) -> impl Iterator<Item = Range<usize>> + '_ {
    let schemes = text.match_indices("://").filter_map(|(at, mark)| {
        let scheme = word_before(text, at);
        let alone = TOKEN_SCHEMES.contains(&scheme.to_lowercase().as_str());
        user(text, at + mark.len(), alone)
    });
    // Addresses without a scheme, where only an address can stand.
    let names = text.match_indices('=').filter_map(|(at, mark)| {
        let name = word_before(text, at).to_lowercase();
        let begin = at + mark.len();
        let asked = name == "http" || name.ends_with("proxy");
        user(text, begin, false).filter(|span| asked && !text[span.clone()].contains("://"))
    });
    schemes.chain(names)
}

/// The user at the begin of an address, if it has one: with a password, or alone.
fn user(text: &str, begin: usize, alone: bool) -> Option<Range<usize>> {
    let rest = &text[begin..];
    let word = &rest[..rest.find(ends).unwrap_or(rest.len())];
    let authority = &word[..word.find(['/', '?', '#']).unwrap_or(word.len())];
    let length = authority.rfind('@').or_else(|| {
        // A password may hold what should have been encoded; a port holds digits.
        let (_, port) = authority.split_once(':')?;
        let is_port = port.bytes().all(|byte| byte.is_ascii_digit());
        word.rfind('@').filter(|_| !is_port)
    })?;
    let user = &word[..length];
    (alone || user.contains(':')).then(|| begin..begin + length)
}

/// The values of parameters of addresses whose names are sensitive.
fn parameters(text: &str) -> impl Iterator<Item = Range<usize>> + '_ {
    text.match_indices(['?', '&', ';']).filter_map(|(at, mark)| {
        let begin = at + mark.len();
        let rest = &text[begin..];
        let parameter = |char: char| ends(char) || "&;#,)]}".contains(char);
        let word = &rest[..rest.find(parameter).unwrap_or(rest.len())];
        let (name, value) = word.split_once('=')?;
        let plain = |char: char| char.is_ascii_alphanumeric() || "_-.[]%".contains(char);
        let secret = is_sensitive_name(name) || SIGNATURES.contains(&name.to_lowercase().as_str());
        let begin = begin + name.len() + 1;
        (secret && name.chars().all(plain)).then(|| begin..begin + value.len())
    })
}

fn word_before(text: &str, at: usize) -> &str {
    let before = &text[..at];
    let word = |char: char| char.is_ascii_alphanumeric() || "+-._".contains(char);
    &before[before.trim_end_matches(word).len()..]
}

/// Without percent encoding.
fn decoded(text: &str) -> String {
    let (mut bytes, mut rest) = (Vec::new(), text.as_bytes());
    while let [first, more @ ..] = rest {
        let code = more.get(..2).filter(|_| *first == b'%');
        let code = code.and_then(|code| std::str::from_utf8(code).ok());
        if let Some(byte) = code.and_then(|code| u8::from_str_radix(code, 16).ok()) {
            bytes.push(byte);
            rest = &more[2..];
        } else {
            bytes.push(*first);
            rest = more;
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_of_addresses_are_masked_wherever_they_stand() {
        for (text, expected) in [
            ("get http://u:p@host/x", "get http://***@host/x"),
            ("https://t0ken@host", "https://***@host"),
            ("'http=http://u:p@h:80/a'", "'http=http://***@h:80/a'"),
            ("http=u:p@host:8080/", "http=***@host:8080/"),
            ("HTTPS_PROXY=u:p@proxy:3128", "HTTPS_PROXY=***@proxy:3128"),
            ("http://u:p/w@host/", "http://***@host/"),
            ("http://u:a@b@host/", "http://***@host/"),
            ("postgres://u:p@db/x and amqp://a:b@mq", "postgres://***@db/x and amqp://***@mq"),
            ("http=8080/health?token=s3", "http=8080/health?token=***"),
            ("GET /x?a=1&api_key=s3&b=2 HTTP/1.1", "GET /x?a=1&api_key=***&b=2 HTTP/1.1"),
            ("(/x?access_token=s3)", "(/x?access_token=***)"),
            ("blob?sv=1&sig=abc%3D", "blob?sv=1&sig=***"),
            ("http://u:p@h/?password=q#f", "http://***@h/?password=***#f"),
        ] {
            assert_eq!(without_credentials(text), expected, "{text}");
        }
    }

    #[test]
    fn what_is_no_credential_stays() {
        for text in [
            "http://host:8080/a@b",
            "ssh://git@host/repo",
            "git@host:repo",
            "app:1@sha256:0123",
            "http=HEAD 8080/a?b=c=204",
            "log=ready?#2",
            "what? token=1",
            "tcp://127.0.0.1:2375",
            "a://b",
            "://@",
            "http://host?token=",
            "x=a:b@c",
            "",
        ] {
            assert_eq!(without_credentials(text), text);
        }
    }

    #[test]
    fn the_values_are_known_by_themselves_too() {
        let found = credentials_in("http://us%40er:p%2Fw@host/?token=abc");
        assert_eq!(found, ["us%40er:p%2Fw", "us@er:p/w", "p%2Fw", "p/w", "abc"]);
        assert!(credentials_in("http://host/").is_empty());
    }
}
