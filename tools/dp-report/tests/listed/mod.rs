//! The formats that dp-report itself names.

use dp_testkit::Tool;

/// All formats, the default first, by the message that an unknown one gets.
pub(crate) fn formats() -> Vec<String> {
    let refusal = Tool::new("dp-report").args(["--format", "unheard-of"]).run().expect(2).stderr;
    let names = refusal.split_once("there are: ").and_then(|(_, names)| names.split_once(')'));
    let (names, _) = names.unwrap_or_else(|| panic!("{refusal}"));
    names.split(", ").map(str::to_owned).collect()
}
