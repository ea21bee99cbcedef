//! Man pages, and completions for bash, zsh and fish, of every tool: made from the arguments
//! that the tools read, so that none is missing and none is old.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::Path;

use clap::{Command, CommandFactory};
use clap_complete::{Shell, generate};

/// Where a shell looks for what completes a program, below the folder `share`.
const COMPLETIONS: [(Shell, &str); 3] = [
    (Shell::Bash, "bash-completion/completions"),
    (Shell::Zsh, "zsh/site-functions"),
    (Shell::Fish, "fish/vendor_completions.d"),
];
/// Where `man` looks.
const PAGES: &str = "man/man1";

/// What can be typed behind the name of each tool.
pub fn commands() -> [Command; 6] {
    [
        dp_build::Args::command(),
        dp_cache::Args::command(),
        dp_report::Args::command(),
        dp_size::Args::command(),
        dp_start::Args::command(),
        dp_stats::Args::command(),
    ]
}

/// Writes all pages and completions below `prefix/share`, in the folders in which
/// distributions have them.
///
/// # Errors
/// Where a folder or a file cannot be written.
pub fn write(prefix: &Path) -> io::Result<()> {
    let share = prefix.join("share");
    let pages = share.join(PAGES);
    fs::create_dir_all(&pages)?;
    for mut command in commands() {
        clap_mangen::generate_to(command.clone(), &pages)?;
        let name = command.get_name().to_owned();
        for (shell, folder) in COMPLETIONS {
            let folder = share.join(folder);
            fs::create_dir_all(&folder)?;
            let mut file = BufWriter::new(File::create(folder.join(file_name(shell, &name)))?);
            generate(shell, &mut command, &name, &mut file);
            file.flush()?;
        }
    }
    Ok(())
}

/// What the shell calls the file in which it looks for a program's completions.
fn file_name(shell: Shell, program: &str) -> String {
    match shell {
        Shell::Zsh => format!("_{program}"),
        Shell::Fish => format!("{program}.fish"),
        _ => program.to_owned(),
    }
}
