//! What must never be in a record.

use std::{env, fs};

use dp_dockerfile::Dockerfile;
use dp_tool::{Fault, Mask, credentials_in};

use crate::subject::options::{build_args, values};
use dockerfile::written;

mod dockerfile;

/// Hides the contents of secrets, what the Dockerfiles themselves give to
/// variables with telling names, and the values of build arguments. `words` is
/// the command line of a build.
///
/// # Errors
/// The file of a secret cannot be read.
pub fn mask<'d>(
    words: &[String],
    dockerfiles: impl Iterator<Item = &'d Dockerfile>,
) -> anyhow::Result<Mask> {
    let mut secrets = Vec::new();
    for spec in values(words, "--secret") {
        secrets.extend(secret(spec)?);
    }
    secrets.extend(dockerfiles.flat_map(written));
    // Contexts, caches and proxies may be addresses with a password in them, and whoever prints a
    // part of it prints no address.
    let given = build_args(words);
    let named = given.iter().map(|(name, value)| format!("{name}={value}"));
    let within = words.iter().cloned().chain(named).flat_map(|word| credentials_in(&word));
    let within: Vec<String> = within.collect();
    Ok(Mask::new(secrets).with_given(given.into_values().chain(within)).with_addresses())
}

/// The content of a secret: of a variable of the environment, or of a file.
/// Without either, buildx takes the variable named as the id, then the file.
fn secret(spec: &str) -> Result<Option<String>, Fault> {
    let field = |names: &[&str]| {
        let fields = spec.split(',').filter_map(|field| field.split_once('='));
        let named = fields.filter(|(name, _)| names.contains(name));
        named.map(|(_, value)| value.to_owned()).next_back()
    };
    let (source, id) = (field(&["src", "source"]), field(&["id"]));
    // The value of `src` is a variable's name too, with type=env.
    let of_env = field(&["type"]).is_some_and(|kind| kind == "env");
    let variable = field(&["env"]).or_else(|| source.clone().filter(|_| of_env));
    match (variable, source, id) {
        (Some(variable), ..) => Ok(env::var(variable).ok()),
        (None, Some(path), _) => read(&path).map(Some),
        (None, None, Some(id)) => match env::var(&id) {
            Ok(value) => Ok(Some(value)),
            Err(_) => read(&id).map(Some),
        },
        (None, None, None) => Ok(None),
    }
}

fn read(path: &str) -> Result<String, Fault> {
    let content = fs::read(path)
        .map_err(|error| Fault::usage(format!("cannot read the secret {path}: {error}")))?;
    Ok(String::from_utf8_lossy(&content).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_found_where_buildx_finds_it() {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(&file, "tops3cret").unwrap();
        let path = file.path().to_str().unwrap();
        let found = |spec: String| secret(&spec).unwrap();
        assert_eq!(found(format!("id=a,src={path}")).as_deref(), Some("tops3cret"));
        assert_eq!(found(format!("type=file,id=a,source={path}")).as_deref(), Some("tops3cret"));
        assert_eq!(found(format!("id={path}")).as_deref(), Some("tops3cret"));
        let variable = env::var("CARGO_PKG_NAME").ok();
        assert_eq!(found("id=a,env=CARGO_PKG_NAME".to_owned()), variable);
        assert_eq!(found("type=env,id=a,src=CARGO_PKG_NAME".to_owned()), variable);
        assert_eq!(found("id=CARGO_PKG_NAME".to_owned()), variable);
        assert_eq!(found("id=a,env=DP_NO_SUCH_VARIABLE".to_owned()), None);
    }

    #[test]
    fn the_password_within_a_given_address_is_hidden_by_itself() {
        let words = [
            "--build-arg",
            "HTTP_PROXY=http://u:pr0xy@p:1",
            "--build-arg=https_proxy=u:n4ked@p:1",
            "--build-context",
            "lib=https://u:c0ntext@h/x.tar",
            "--cache-from=type=registry,ref=https://u:c4che@h/x",
        ];
        let mask = mask(&words.map(str::to_owned), [].iter()).unwrap();
        assert_eq!(mask.text("pr0xy n4ked c0ntext c4che"), "*** *** *** ***");
        assert_eq!(mask.text("get https://u:other@h/x"), "get https://***@h/x");
    }

    #[test]
    fn a_secret_file_that_cannot_be_read_is_named() {
        let error = secret("id=a,src=/no/such/file").unwrap_err();
        assert!(error.message.contains("/no/such/file"));
    }
}
