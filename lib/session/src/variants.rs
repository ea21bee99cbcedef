//! The variants in which each image is started.

use clap::Args;
use dp_engine::container::{OptionError, RunOptions};

use crate::RunOptionArgs;
use crate::run_options::others;
use dp_tool::{Fault, credentials_in};

/// How images are started.
#[derive(Debug, Clone, Default, Args)]
pub struct VariantArgs {
    /// Start each image with these options (and this command) too; repeat it
    #[arg(long, value_name = "NAME='[OPTIONS] [-- COMMAND]'")]
    pub variant: Vec<String>,
    /// Another option of docker run, as '--ulimit nofile=9'; repeat it
    #[arg(long, value_name = "OPTION", allow_hyphen_values = true, long_help = others())]
    pub run_option: Vec<String>,
    /// What holds in all variants.
    #[command(flatten)]
    pub run: RunOptionArgs,
}

/// One variant of a start.
#[derive(Debug, Clone, Default)]
pub struct Variant {
    /// Its name; none if there is only one.
    pub name: Option<String>,
    /// Run options.
    pub options: RunOptions,
    /// Command, if it is not the image's own.
    pub command: Option<Vec<String>>,
}

impl Variant {
    /// Credentials in addresses that its options and its command hold.
    pub fn credentials(&self) -> impl Iterator<Item = String> {
        let command = self.command.iter().flatten().map(String::as_str);
        self.options.given().chain(command).flat_map(credentials_in)
    }
}

impl VariantArgs {
    /// All variants, in the order in which they were given; `command` is that of
    /// those that have none of their own.
    ///
    /// # Errors
    /// An option that cannot be honoured, no variant, two of one name.
    pub fn variants(&self, command: &[String]) -> Result<Vec<Variant>, Fault> {
        let base = self.base(command)?;
        if self.variant.is_empty() {
            return Ok(vec![base]);
        }
        let mut variants: Vec<Variant> = Vec::new();
        for text in &self.variant {
            let variant = variant(text, &base)?;
            if variants.iter().any(|known| known.name == variant.name) {
                return Err(Fault::usage(format!("--variant {text}: two variants of one name")));
            }
            variants.push(variant);
        }
        Ok(variants)
    }

    /// What holds in all variants.
    ///
    /// # Errors
    /// An option that cannot be honoured.
    pub fn base(&self, command: &[String]) -> Result<Variant, Fault> {
        let options = self.options().map_err(fault)?;
        let command = Some(command.to_owned()).filter(|words| !words.is_empty());
        Ok(Variant { name: None, options, command })
    }

    /// Whether anything was given.
    pub fn is_given(&self) -> bool {
        !(self.variant.is_empty() && self.run_option.is_empty() && self.run.words.is_empty())
    }

    fn options(&self) -> Result<RunOptions, OptionError> {
        let mut words = self.run.words.clone();
        for text in &self.run_option {
            let quotes = || OptionError::Quotes { text: text.clone() };
            words.extend(shlex::split(text).ok_or_else(quotes)?);
        }
        RunOptions::parse(words)
    }
}

fn variant(text: &str, base: &Variant) -> Result<Variant, Fault> {
    let wrong = || Fault::usage(format!("--variant {text}: write NAME='[OPTIONS] [-- COMMAND]'"));
    let (name, line) = text.split_once('=').ok_or_else(wrong)?;
    if name.is_empty() || name.starts_with('-') {
        return Err(wrong());
    }
    let (options, command) = RunOptions::parse_line(line)
        .map_err(|error| Fault::usage(format!("--variant {name}: {error}")))?;
    Ok(Variant {
        name: Some(name.to_owned()),
        options: base.options.and(&options),
        command: command.or_else(|| base.command.clone()),
    })
}

#[expect(clippy::needless_pass_by_value, reason = "goes into map_err")]
fn fault(error: OptionError) -> Fault {
    Fault::usage(error.to_string())
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Debug, Parser)]
    struct Line {
        #[arg(last = true)]
        command: Vec<String>,
        #[command(flatten)]
        variants: VariantArgs,
    }

    fn of(words: &[&str]) -> Result<Vec<Variant>, String> {
        let line = Line::try_parse_from(["x"].iter().chain(words)).unwrap();
        line.variants.variants(&line.command).map_err(|fault| fault.message)
    }

    #[test]
    fn variants_stand_on_what_holds_for_all() {
        let variants = of(&[
            "--memory=64m",
            "--run-option=--ulimit nofile=9",
            "--variant",
            "plain=",
            "--variant",
            "host=--network host -m 32m -- b c",
            "--",
            "a",
        ])
        .unwrap();
        let [plain, host] = &variants[..] else { panic!("{variants:?}") };
        assert_eq!(plain.name.as_deref(), Some("plain"));
        assert_eq!(plain.options.last("memory"), Some("64m"));
        assert_eq!(plain.options.last("ulimit"), Some("nofile=9"));
        assert_eq!(plain.command.as_deref(), Some(&["a".to_owned()][..]));
        assert_eq!(
            (host.options.last("network"), host.options.last("memory")),
            (Some("host"), Some("32m"))
        );
        assert_eq!(host.command.as_ref().unwrap(), &["b", "c"]);
    }

    #[test]
    fn what_is_no_variant_is_refused() {
        for (word, says) in [
            ("plain", "--variant plain: write NAME="),
            ("=--init", "--variant =--init: write NAME="),
            ("a=--rm", "--variant a: cannot honour --rm: dp removes each container itself"),
            ("a=true", "--variant a: \"true\" is no run option"),
        ] {
            let message = of(&["--variant", word]).unwrap_err();
            assert!(message.starts_with(says), "{message}");
        }
        let twice = of(&["--variant=a=", "--variant=a=--init"]).unwrap_err();
        assert!(twice.ends_with("two variants of one name"), "{twice}");
    }
}
