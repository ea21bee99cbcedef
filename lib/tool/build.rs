//! The version that the tools tell: with the commit, where who builds them names it, and
//! whether they need libraries of the machine.

use std::env;

fn main() {
    println!("cargo:rerun-if-env-changed=DP_COMMIT");
    println!("cargo:rerun-if-changed=build.rs");
    let of_variable = |name: &str| env::var(name).unwrap_or_default();
    let mut words = Vec::new();
    let commit = of_variable("DP_COMMIT");
    if !commit.is_empty() {
        words.push(format!("commit {commit}"));
    }
    if of_variable("CARGO_CFG_TARGET_FEATURE").split(',').any(|feature| feature == "crt-static") {
        words.push("static".to_owned());
    }
    let version = of_variable("CARGO_PKG_VERSION");
    let told = if words.is_empty() { version } else { format!("{version} ({})", words.join(", ")) };
    println!("cargo:rustc-env=DP_VERSION={told}");
}
