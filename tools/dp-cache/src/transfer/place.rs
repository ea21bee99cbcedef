//! Where a cache goes to and comes from: `--cache-to` and `--cache-from`, as buildx reads them.

use std::path::Path;

use dp_tool::Fault;

/// What the names of fields begin with that say how a registry is reached.
const REGISTRY: &str = "registry.";

/// One `--cache-to` or `--cache-from`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Spec {
    /// The kind of place.
    pub(super) place: Place,
    /// What else is said: `mode=max`, `compression=zstd`...
    rest: Vec<(String, String)>,
}

/// A place for a cache.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Place {
    /// In the image's own configuration.
    Inline,
    /// A folder of this machine.
    Local(String),
    /// A reference in a registry.
    Registry(String),
}

impl Place {
    /// The word for its kind.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Inline => "inline",
            Self::Local(_) => "local",
            Self::Registry(_) => "registry",
        }
    }
}

impl Spec {
    /// Reads what was given for `option`, where a folder is named by the field `folder`.
    fn parse(option: &str, text: &str, folder: &str) -> Result<Self, Fault> {
        let refused = |why: &str| Fault::usage(format!("{option} {text}: {why}"));
        if text.contains('"') {
            return Err(refused("quoted fields are not understood: leave the quotes out"));
        }
        let fields: Vec<(String, String)> = text
            .split(',')
            .filter_map(|field| field.split_once('='))
            .map(|(name, value)| (name.trim().to_lowercase(), value.to_owned()))
            .collect();
        if fields.is_empty() && !text.is_empty() {
            return Ok(Self { place: Place::Registry(text.to_owned()), rest: Vec::new() });
        }
        let value = |wanted: &str| {
            let found = fields.iter().find(|(name, _)| name == wanted);
            found.map(|(_, value)| value.clone()).filter(|value| !value.is_empty())
        };
        let needs = |name: &str| value(name).ok_or_else(|| refused(&format!("it needs {name}=")));
        let (place, named) = match value("type").as_deref() {
            Some("inline") => (Place::Inline, ""),
            Some("local") => (Place::Local(needs(folder)?), folder),
            Some("registry") => (Place::Registry(needs("ref")?), "ref"),
            Some(other) => {
                return Err(refused(&format!(
                    "type={other} cannot be measured: give type=registry, local or inline"
                )));
            }
            None => return Err(refused("it needs type=registry, local or inline")),
        };
        let rest = fields.into_iter().filter(|(name, _)| name != "type" && name != named).collect();
        Ok(Self { place, rest })
    }

    /// One that a cache goes to.
    pub(super) fn to(text: &str) -> Result<Self, Fault> {
        let spec = Self::parse("--cache-to", text, "dest")?;
        match spec.rest.iter().find(|(name, value)| name == "ignore-error" && value != "false") {
            Some(_) => Err(Fault::usage(format!(
                "--cache-to {text}: an export that fails must be seen: leave ignore-error out"
            ))),
            None => Ok(spec),
        }
    }

    /// One that a cache comes from.
    pub(super) fn from(text: &str) -> Result<Self, Fault> {
        let spec = Self::parse("--cache-from", text, "src")?;
        match spec.place {
            Place::Inline => Err(Fault::usage(format!(
                "--cache-from {text}: an inline cache comes from its image: name that (--cache-from IMAGE)"
            ))),
            _ => Ok(spec),
        }
    }

    /// As `--cache-to` takes it, with this folder for a folder.
    pub(super) fn export_word(&self, folder: Option<&Path>) -> String {
        let place = match (&self.place, folder) {
            (Place::Inline, _) => "type=inline".to_owned(),
            (Place::Local(_), Some(own)) => format!("type=local,dest={}", own.display()),
            (Place::Local(dest), None) => format!("type=local,dest={dest}"),
            (Place::Registry(reference), _) => format!("type=registry,ref={reference}"),
        };
        self.with_rest(place, |_| true)
    }

    /// As `--cache-from` takes what was exported by it: from this folder, or from `image`.
    pub(super) fn import_word(&self, folder: Option<&Path>, image: &str) -> String {
        let place = match (&self.place, folder) {
            (Place::Inline, _) => format!("type=registry,ref={image}"),
            (Place::Local(_), Some(own)) => format!("type=local,src={}", own.display()),
            (Place::Local(src), None) => format!("type=local,src={src}"),
            (Place::Registry(reference), _) => format!("type=registry,ref={reference}"),
        };
        // Of how it was written nothing counts for reading it but how the registry is reached.
        self.with_rest(place, |name| name.starts_with(REGISTRY))
    }

    /// As `--cache-from` takes one that is given.
    pub(super) fn given_import_word(&self) -> String {
        // The first part has those of the registry.
        self.with_rest(self.import_word(None, ""), |name| !name.starts_with(REGISTRY))
    }

    fn with_rest(&self, mut word: String, keep: impl Fn(&str) -> bool) -> String {
        for (name, value) in self.rest.iter().filter(|(name, _)| keep(name)) {
            word.extend([",", name, "=", value]);
        }
        word
    }
}

/// Whether what was exported to the one is what the other names. An inline cache is in an image,
/// whatever that is called where it is pushed.
pub(super) fn is_same(to: &Place, from: &Place) -> bool {
    match (to, from) {
        (Place::Inline, Place::Registry(_)) => true,
        (Place::Local(dest), Place::Local(src)) => Path::new(dest) == Path::new(src),
        (Place::Registry(one), Place::Registry(other)) => one == other,
        _ => false,
    }
}

/// Refuses caches among the options that go to buildx as they are: each build would write to them.
pub(crate) fn check_more(more: &[String]) -> Result<(), Fault> {
    let names =
        more.iter().map(|word| word.split_once('=').map_or(word.as_str(), |(name, _)| name));
    match names.into_iter().find(|name| ["--cache-to", "--cache-from"].contains(name)) {
        Some(name) => {
            Err(Fault::usage(format!("{name} cannot be given after --: give it before --")))
        }
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_read_as_buildx_reads_it() {
        for (text, place, export, import) in [
            ("type=inline", Place::Inline, "type=inline", "type=registry,ref=i:1"),
            (
                "type=local,dest=d,mode=max",
                Place::Local("d".to_owned()),
                "type=local,dest=/own,mode=max",
                "type=local,src=/own",
            ),
            (
                "mode=max,type=registry,ref=h:1/a:b,registry.insecure=true",
                Place::Registry("h:1/a:b".to_owned()),
                "type=registry,ref=h:1/a:b,mode=max,registry.insecure=true",
                "type=registry,ref=h:1/a:b,registry.insecure=true",
            ),
            (
                "h:1/a:b",
                Place::Registry("h:1/a:b".to_owned()),
                "type=registry,ref=h:1/a:b",
                "type=registry,ref=h:1/a:b",
            ),
        ] {
            let spec = Spec::to(text).unwrap();
            assert_eq!(spec.place, place, "{text}");
            let own = matches!(place, Place::Local(_)).then_some(Path::new("/own"));
            assert_eq!(spec.export_word(own), export);
            assert_eq!(spec.import_word(own, "i:1"), import);
        }
        let given = Spec::from("type=registry,ref=a,registry.insecure=true").unwrap();
        assert_eq!(given.given_import_word(), "type=registry,ref=a,registry.insecure=true");
        let given = Spec::from("type=local,src=a,tag=b").unwrap();
        assert_eq!(given.given_import_word(), "type=local,src=a,tag=b");
    }

    #[test]
    fn what_cannot_be_measured_is_refused_with_the_way_out() {
        for (text, words) in [
            ("type=gha", "type=gha cannot be measured: give type=registry, local or inline"),
            ("type=local", "it needs dest="),
            ("type=registry,ref=", "it needs ref="),
            ("ref=a", "it needs type="),
            ("", "it needs type="),
            ("\"type=local,dest=a,b\"", "leave the quotes out"),
            ("type=inline,ignore-error=true", "leave ignore-error out"),
        ] {
            let refused = Spec::to(text).unwrap_err().message;
            assert!(refused.contains(words), "{refused}");
        }
        assert!(Spec::from("type=inline").unwrap_err().message.contains("name that"));
        assert!(Spec::from("type=local,dest=a").unwrap_err().message.contains("it needs src="));
        assert!(check_more(&["--cache-to=type=inline".to_owned()]).is_err());
        assert!(check_more(&["--build-context".to_owned()]).is_ok());
    }

    #[test]
    fn an_import_names_what_was_exported() {
        let (to, from) =
            (|text| Spec::to(text).unwrap().place, |text| Spec::from(text).unwrap().place);
        assert!(is_same(&to("type=inline"), &from("host/app")));
        assert!(is_same(&to("type=local,dest=a/"), &from("type=local,src=a")));
        assert!(is_same(&to("host/app:c"), &from("type=registry,ref=host/app:c")));
        assert!(!is_same(&to("host/app:c"), &from("host/app:d")));
        assert!(!is_same(&to("type=local,dest=a"), &from("host/app")));
    }
}
