//! temporary
#[test]
fn circles() {
    let found = dp_testkit::import_circles(std::path::Path::new(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/src"
    )));
    assert!(found.is_empty(), "{found:#?}");
    let found = dp_testkit::import_circles(std::path::Path::new(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../lib/math/src"
    )));
    assert!(found.is_empty(), "{found:#?}");
}
