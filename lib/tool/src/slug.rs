//! Names as parts of image names.

/// The name as a component of an image repository: lower case letters, digits
/// and single dashes (the distribution reference grammar's `path-component`).
/// A name of which nothing is left becomes `image`.
pub fn slug(name: &str) -> String {
    let mut slug = String::new();
    for char in name.chars().flat_map(char::to_lowercase) {
        if char.is_ascii_alphanumeric() {
            slug.push(char);
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    let slug = slug.trim_end_matches('-');
    if slug.is_empty() { "image".to_owned() } else { slug.chars().take(100).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slug_is_a_path_component() {
        assert_eq!(slug("Dockerfile.optimized"), "dockerfile-optimized");
        assert_eq!(slug("../My App__v2/"), "my-app-v2");
        assert_eq!(slug("äöü"), "image");
        assert_eq!(slug("..."), "image");
        assert_eq!(slug("a"), "a");
    }
}
