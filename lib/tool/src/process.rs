//! From the command line to the exit code.

use std::io::{self, Write};
use std::process::ExitCode;

use clap::Parser;
use dp_record::printable;

use crate::credentials::without_credentials;
use crate::io::stdout_file;
use crate::words::{for_people, of_value};
use crate::{Exit, Fault, Io, Stop, StopReason};

/// Longest message that is printed, in characters.
const MESSAGE_CHARS: usize = 2_000;

/// Parses the arguments, runs the tool, and answers its exit code. A tool's
/// `main.rs` is this one call.
pub fn main<A: Parser>(run: fn(&A, &mut Io<'_>) -> anyhow::Result<Exit>) -> ExitCode {
    match A::try_parse() {
        Ok(args) => run_process(&args, run).into(),
        Err(error) if error.use_stderr() => {
            say::<A>(&usage_line(&error));
            Exit::Usage.into()
        }
        // --help and --version.
        Err(error) => error.print().map_or(ExitCode::FAILURE, |()| ExitCode::SUCCESS),
    }
}

fn run_process<A: Parser>(args: &A, run: fn(&A, &mut Io<'_>) -> anyhow::Result<Exit>) -> Exit {
    let stop = Stop::default();
    let mut stdout = match prepare(&stop) {
        Ok(stdout) => stdout,
        Err(error) => {
            say::<A>(&format!("cannot watch signals and stdout: {error}"));
            return Exit::Failed;
        }
    };
    let mut io = Io::of_process(&mut stdout, stop.clone());
    let result = run(args, &mut io);
    answer::<A>(result, &stop)
}

fn prepare(stop: &Stop) -> io::Result<std::fs::File> {
    stop.on_signals()?;
    stop.on_closed_stdout()?;
    stdout_file()
}

/// What the shell sees. A signal wins over the errors that it caused.
fn answer<A: Parser>(result: anyhow::Result<Exit>, stop: &Stop) -> Exit {
    match (result, stop.reason()) {
        (_, Some(StopReason::Signal(_))) => Exit::Interrupted,
        (Ok(exit), _) => exit,
        (Err(error), _) => {
            say::<A>(&format!("{error:#}"));
            Fault::exit_of(&error)
        }
    }
}

/// One line on stderr: what an argument or an engine put into the message can
/// neither move the cursor nor forge a line. A closed stderr is nobody's to
/// hear of.
fn say<A: Parser>(message: &str) {
    let name = A::command().get_name().to_owned();
    let message = for_people(&without_credentials(message));
    let _ = writeln!(io::stderr(), "{name}: {}", printable(&message, MESSAGE_CHARS));
}

/// clap's words as one line: what is wrong, and the way out.
fn usage_line(error: &clap::Error) -> String {
    let text = error.render().to_string();
    let paragraph = text.split("\n\n").next().unwrap_or(&text);
    let words: Vec<&str> = paragraph.split_whitespace().collect();
    let line = words.join(" ");
    let message = of_value(line.strip_prefix("error: ").unwrap_or(&line));
    let tip = text.lines().find_map(|line| line.trim().strip_prefix("tip: "));
    match tip {
        Some(tip) => format!("{message} ({tip}; try --help)"),
        None => format!("{message} (try --help)"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Parser)]
    #[command(name = "dp-test")]
    struct Args {
        #[arg(long)]
        runs: Option<u32>,
        #[arg(long, required = true)]
        needed: Option<String>,
    }

    fn line(args: &[&str]) -> String {
        usage_line(&Args::try_parse_from(args).unwrap_err())
    }

    #[test]
    fn a_usage_error_is_one_line_with_the_way_out() {
        assert_eq!(
            line(&["dp-test", "--needed=1", "--rums"]),
            "unexpected argument '--rums' found (a similar argument exists: '--runs'; try --help)"
        );
        assert_eq!(
            line(&["dp-test", "--needed=1", "--runs=x"]),
            "invalid value 'x' for '--runs <RUNS>': it must be a whole number (try --help)"
        );
        assert_eq!(
            line(&["dp-test"]),
            "the following required arguments were not provided: --needed <NEEDED> (try --help)"
        );
    }
}
