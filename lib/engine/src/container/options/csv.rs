//! One line of comma-separated fields.

/// The fields between commas; one in quotes may hold commas.
pub(super) fn fields(text: &str) -> Result<Vec<String>, String> {
    let (mut fields, mut chars) = (Vec::new(), text.chars().peekable());
    loop {
        let mut field = String::new();
        if chars.next_if_eq(&'"').is_some() {
            loop {
                match chars.next() {
                    Some('"') if chars.next_if_eq(&'"').is_some() => field.push('"'),
                    Some('"') => break,
                    Some(char) => field.push(char),
                    None => return Err("a quote does not end".to_owned()),
                }
            }
        } else {
            while let Some(char) = chars.next_if(|char| *char != ',') {
                if char == '"' {
                    return Err("a quote stands in the middle of a field".to_owned());
                }
                field.push(char);
            }
        }
        fields.push(field);
        match chars.next() {
            Some(',') => {}
            Some(_) => return Err("a field goes on behind its quote".to_owned()),
            None => return Ok(fields),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_hold_a_field_together() {
        assert_eq!(fields("a,\"b,c\",").unwrap(), ["a", "b,c", ""]);
        assert_eq!(fields("\"a\"\"b\"").unwrap(), ["a\"b"]);
        for text in ["\"a", "a\"b", "\"a\"b"] {
            assert!(fields(text).is_err(), "{text}");
        }
    }
}
