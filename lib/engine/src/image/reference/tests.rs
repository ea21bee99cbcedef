use super::*;

const HEX: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/// Repository, tag and digest; empty for none.
fn parts(text: &str) -> Option<(String, String, String)> {
    let name = Reference::parse(text).ok()?;
    assert_eq!(name.to_string(), text, "a reference is written as it was read");
    Some((name.repository, name.tag.unwrap_or_default(), name.digest.unwrap_or_default()))
}

#[test]
fn names_are_split_as_the_engine_splits_them() {
    let digest = format!("sha256:{HEX}");
    for (text, repository, tag, digest) in [
        ("app", "app", "", ""),
        ("app:1.2-rc_3", "app", "1.2-rc_3", ""),
        ("dp/app:batch-1", "dp/app", "batch-1", ""),
        ("localhost/app", "localhost/app", "", ""),
        ("localhost:5000/app", "localhost:5000/app", "", ""),
        ("localhost:5000/app:x", "localhost:5000/app", "x", ""),
        ("registry.example.com:443/a/b/c:x", "registry.example.com:443/a/b/c", "x", ""),
        ("Registry/app", "Registry/app", "", ""),
        ("[2001:db8::1]:5000/app:x", "[2001:db8::1]:5000/app", "x", ""),
        ("[::1]/app", "[::1]/app", "", ""),
        ("localhost:5000", "localhost", "5000", ""),
        ("a__b/c---d/e.f_g", "a__b/c---d/e.f_g", "", ""),
        (&format!("app@{digest}"), "app", "", &digest),
        (&format!("h:1/app:x@{digest}"), "h:1/app", "x", &digest),
        ("app:UPPER", "app", "UPPER", ""),
        (&digest, "sha256", HEX, ""),
        (HEX, HEX, "", ""),
        ("3f5a", "3f5a", "", ""),
    ] {
        let expected = (repository.to_owned(), tag.to_owned(), digest.to_owned());
        assert_eq!(parts(text), Some(expected), "{text}");
    }
}

#[test]
fn what_no_engine_takes_is_refused() {
    let long_tag = format!("app:{}", "t".repeat(129));
    let long_name = "n".repeat(256);
    for text in [
        "",
        ":tag",
        "app:",
        "app:-x",
        "app:.x",
        "app:a/b:c/",
        "App",
        "user/App",
        "a//b",
        "/app",
        "app/",
        "a..b",
        "a___b",
        "a_.b",
        "-app",
        "app-",
        ".app",
        "app name",
        "app\n",
        "ä",
        "app@",
        "app@sha256",
        "app@sha256:abc",
        "app@SHA256:zz",
        "@sha256:0",
        "../containers/x",
        "app?x",
        "app#x",
        "app%2fx",
        "h:x/app",
        "h:/app",
        "[::1/app",
        "[zz]/app",
        &long_tag,
        &long_name,
    ] {
        let error = Reference::parse(text).unwrap_err();
        assert!(matches!(error, EngineError::BadReference { .. }), "{text:?}: {error}");
    }
}

#[test]
fn the_message_names_the_reference_and_the_way_out() {
    assert_eq!(
        Reference::parse("My/App").unwrap_err().to_string(),
        "bad image name \"My/App\": the name must be lower case (write [registry/]name[:tag][@digest])"
    );
}

#[test]
fn a_name_without_tag_means_latest() {
    let tagged = |text| Reference::parse(text).unwrap().tagged().unwrap().to_string();
    assert_eq!(tagged("h:5000/app"), "h:5000/app:latest");
    assert_eq!(tagged("app:x"), "app:x");
    // May be the beginning of an id, and is then turned into a name that no id can be.
    assert_eq!(tagged("3f5a"), "3f5a:latest");
}

#[test]
fn an_id_or_a_digest_is_never_taken_for_a_tag() {
    for text in [
        HEX.to_owned(),
        format!("sha256:{HEX}"),
        format!("app@sha256:{HEX}"),
        format!("app:x@sha256:{HEX}"),
    ] {
        let error = Reference::parse(&text).unwrap().tagged().unwrap_err();
        assert!(error.to_string().contains("is not a tag"), "{error}");
    }
}
