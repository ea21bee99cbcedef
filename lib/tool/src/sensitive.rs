//! What is sensitive by its name, and what stands in its place.

/// What stands in place of a secret.
pub(crate) const MASK: &str = "***";

/// Parts of variable names whose values people do not want to read in logs
/// (those that BuildKit's check `SecretsUsedInArgOrEnv` looks for).
const SENSITIVE: &[&str] =
    &["apikey", "auth", "credential", "key", "password", "pword", "passwd", "secret", "token"];

/// Whether the value of a variable of this name must appear in no record.
pub fn is_sensitive_name(name: &str) -> bool {
    let name = name.to_lowercase();
    SENSITIVE.iter().any(|word| name.contains(word))
}
