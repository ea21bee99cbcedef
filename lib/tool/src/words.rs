//! What libraries and the system say, in words for people.

/// A message without what Rust adds to the system's words ("(os error 2)"),
/// and without its own for bytes that are no text.
pub(crate) fn for_people(message: &str) -> String {
    const NUMBER: &str = " (os error ";
    let message = message.replace("stream did not contain valid UTF-8", "it is not UTF-8 text");
    let mut rest = message.as_str();
    let mut plain = String::new();
    while let Some((before, behind)) = rest.split_once(NUMBER) {
        plain.push_str(before);
        rest = match behind.split_once(')') {
            Some((number, rest)) if number.bytes().all(|byte| byte.is_ascii_digit()) => rest,
            _ => {
                plain.push_str(NUMBER);
                behind
            }
        };
    }
    plain + rest
}

/// What the command line's parser says of a value: how a number is written is
/// said by Rust's library, and of a range by its syntax (`0 is not in 1..=9`).
pub(crate) fn of_value(message: &str) -> String {
    if message == "invalid UTF-8 was detected in one or more arguments" {
        return "an argument is not UTF-8 text".to_owned();
    }
    let Some((value, problem)) = message.rsplit_once(">': ") else { return message.to_owned() };
    let words = match problem {
        "invalid digit found in string" | "cannot parse integer from empty string" => {
            "it must be a whole number"
        }
        "number too large to fit in target type" => "the number is too large",
        "number too small to fit in target type" => "the number is too small",
        "invalid float literal" | "cannot parse float from empty string" => "it must be a number",
        _ => match range(problem) {
            Some(words) => return format!("{value}>': {words}"),
            None => return message.to_owned(),
        },
    };
    format!("{value}>': {words}")
}

/// `0 is not in 1..=9` as "it must be from 1 to 9".
fn range(problem: &str) -> Option<String> {
    let (_, range) = problem.rsplit_once(" is not in ")?;
    match range.split_once("..=") {
        Some((least, most)) => Some(format!("it must be from {least} to {most}")),
        None => range.strip_suffix("..").map(|least| format!("it must be {least} or more")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_system_errors_are_left_out() {
        let cases = [
            (
                "cannot read x: No such file or directory (os error 2)",
                "cannot read x: No such file or directory",
            ),
            (
                "x: Is a directory (os error 21) (choose a file)",
                "x: Is a directory (choose a file)",
            ),
            ("a (os error 2), b (os error 13)", "a, b"),
            ("a (os error two) and (os error ", "a (os error two) and (os error "),
            ("x: stream did not contain valid UTF-8", "x: it is not UTF-8 text"),
            ("nothing of the kind", "nothing of the kind"),
        ];
        for (message, plain) in cases {
            assert_eq!(for_people(message), plain);
        }
    }

    #[test]
    fn what_is_wrong_with_a_number_is_a_sentence() {
        let of =
            |problem: &str| of_value(&format!("invalid value 'x' for '--runs <N>': {problem}"));
        let cases = [
            ("invalid digit found in string", "it must be a whole number"),
            ("cannot parse integer from empty string", "it must be a whole number"),
            ("number too large to fit in target type", "the number is too large"),
            ("invalid float literal", "it must be a number"),
            ("0 is not in 1..=100000", "it must be from 1 to 100000"),
            ("0 is not in 1..", "it must be 1 or more"),
            ("give it as key=value", "give it as key=value"),
        ];
        for (problem, words) in cases {
            assert_eq!(of(problem), format!("invalid value 'x' for '--runs <N>': {words}"));
        }
    }
}
