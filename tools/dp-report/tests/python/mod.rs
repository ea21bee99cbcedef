//! The consumers of formats that are written in Python, if they can be had.
#![expect(clippy::unwrap_used, reason = "a helper of tests may panic")]

use std::fs::{self, File};
use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// What a script prints that uses one package (`NAME==VERSION`) and reads `stdin`.
///
/// # Errors
/// Why the package cannot be had here: a reason to skip the test.
pub(crate) fn python(package: &str, script: &str, stdin: &str) -> Result<String, String> {
    let folder = installed(package)?;
    let mut child = Command::new("python3")
        .args(["-c", script])
        .env("PYTHONPATH", folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(stdin.as_bytes()).unwrap();
    let ended = child.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&ended.stderr);
    assert!(ended.status.success(), "{said}");
    Ok(String::from_utf8(ended.stdout).unwrap())
}

/// The folder that the package is in; it is installed once, whoever asks first.
fn installed(package: &str) -> Result<PathBuf, String> {
    let all = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("python");
    fs::create_dir_all(&all).unwrap();
    let (folder, done) = (all.join(package), all.join(format!("{package}.done")));
    let lock = File::create(all.join("lock")).unwrap();
    lock.lock().unwrap();
    if !done.exists() {
        let ended = Command::new("python3")
            .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"])
            .args(["--no-input", "--only-binary=:all:", "--upgrade", "--target"])
            .arg(&folder)
            .arg(package)
            .stdin(Stdio::null())
            .output()
            .map_err(|error| format!("{package}: there is no python3: {error}"))?;
        if !ended.status.success() {
            let said = String::from_utf8_lossy(&ended.stderr);
            let last = said.lines().last().unwrap_or("pip failed");
            return Err(format!("{package} cannot be installed: {last}"));
        }
        File::create(done).unwrap();
    }
    Ok(folder)
}
