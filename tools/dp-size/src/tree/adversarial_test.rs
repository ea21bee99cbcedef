//! What is easily counted wrongly, each case with figures worked out by hand.

use super::builder::{TestEntry, dir, file, link, opaque, symlink, tree, whiteout};
use super::{Dead, DeadBy, Tree};

/// Dead bytes of each layer.
fn dead(layers: &[Vec<TestEntry>]) -> Vec<u64> {
    tree(layers).tallies().iter().map(|tally| tally.dead_bytes).collect()
}

/// Live bytes.
fn live(layers: &[Vec<TestEntry>]) -> u64 {
    tree(layers).totals().live
}

/// Path, bytes, layer, and what made it dead, of each dead file.
fn deaths(tree: &Tree) -> Vec<(String, u64, u16, Dead)> {
    let dead = tree
        .files()
        .filter_map(|file| Some((tree.paths().text(file.path), file.size, file.layer, file.dead?)));
    dead.collect()
}

#[test]
fn the_live_copy_of_an_overwritten_file_is_no_waste() {
    // dive's own test image: it calls both copies waste.
    let layers = [vec![file("a", 100)], vec![file("a", 70)], vec![file("a", 60)]];
    assert_eq!(dead(&layers), [100, 70, 0]);
    assert_eq!(live(&layers), 60);
}

#[test]
fn a_removed_directory_takes_all_below_it() {
    let layers = [
        vec![dir("d"), file("d/x", 10), file("d/e/y", 20), file("dx", 5)],
        vec![file("d/e/z", 40)],
        vec![whiteout("d")],
    ];
    assert_eq!(dead(&layers), [30, 40, 0]);
    assert_eq!(live(&layers), 5);
}

#[test]
fn an_opaque_mark_empties_its_directory_of_lower_content_only() {
    let layers = [
        vec![file("d/x", 10), file("d/e/y", 20), file("dd/z", 3)],
        vec![file("d/new", 7), opaque("d"), file("d/e/y", 1)],
    ];
    assert_eq!(dead(&layers), [30, 0]);
    assert_eq!(live(&layers), 11);
}

#[test]
fn an_opaque_mark_on_a_new_directory_deletes_nothing() {
    let layers = [vec![file("a/x", 10)], vec![dir("b"), opaque("b"), file("b/x", 5)]];
    assert_eq!(dead(&layers), [0, 0]);
}

#[test]
fn an_opaque_mark_on_the_root_empties_the_image() {
    let layers = [vec![file("a/x", 10), file("y", 1)], vec![opaque("/"), file("y", 5)]];
    assert_eq!(dead(&layers), [11, 0]);
    assert_eq!(live(&layers), 5);
}

#[test]
fn a_whiteout_does_not_apply_to_its_own_layer() {
    let both_orders = [
        vec![whiteout("d"), file("d/new", 7), whiteout("f"), file("f", 2)],
        vec![file("d/new", 7), whiteout("d"), file("f", 2), whiteout("f")],
    ];
    for upper in both_orders {
        let layers = [vec![file("d/old", 10), file("f", 1)], upper];
        assert_eq!(dead(&layers), [11, 0]);
        assert_eq!(live(&layers), 9);
    }
}

#[test]
fn a_whiteout_of_what_is_not_there_does_nothing() {
    let layers = [vec![whiteout("x"), whiteout("a/b/c")], vec![whiteout("x"), file("x", 1)]];
    assert_eq!(dead(&layers), [0, 0]);
    assert_eq!(live(&layers), 1);
}

#[test]
fn bytes_of_several_names_die_with_the_last_one() {
    let base = vec![file("a", 100), link("b", "a"), link("c", "b")];
    assert_eq!(dead(&[base.clone(), vec![whiteout("a"), whiteout("c")]]), [0, 0]);
    let gone = [base, vec![whiteout("a")], vec![file("b", 1)], vec![whiteout("c")]];
    assert_eq!(dead(&gone), [100, 0, 0, 0]);
    assert_eq!(deaths(&tree(&gone))[0].3.layer, 3);
}

#[test]
fn a_new_name_copies_the_file_up_and_the_old_names_keep_the_lower_copy() {
    // `ln a d` in a later layer: overlayfs copies a up, and d is a link to that.
    let lower = vec![file("a", 100), link("b", "a")];
    let layers = [lower, vec![file("a", 100), link("d", "a")]];
    assert_eq!(dead(&layers), [0, 0]);
    assert_eq!(live(&layers), 200);
}

#[test]
fn a_file_takes_the_place_of_a_directory() {
    let layers = [vec![file("d/x", 10), file("d/e/y", 5)], vec![file("d", 3)]];
    assert_eq!(dead(&layers), [15, 0]);
    assert_eq!(live(&layers), 3);
}

#[test]
fn a_directory_takes_the_place_of_a_file() {
    for upper in [vec![dir("d"), file("d/x", 3)], vec![file("d/x", 3)], vec![dir("d")]] {
        let layers = [vec![file("d", 10)], upper];
        assert_eq!(dead(&layers), [10, 0]);
    }
}

#[test]
fn a_symlink_replaces_a_file_and_has_no_bytes() {
    let layers = [vec![file("f", 10), file("d/x", 5)], vec![symlink("f"), symlink("d")]];
    assert_eq!(dead(&layers), [15, 0]);
    assert_eq!(live(&layers), 0);
}

#[test]
fn a_path_that_comes_back_is_live_again() {
    let layers = [vec![file("f", 10)], vec![whiteout("f")], vec![file("f", 10)]];
    assert_eq!(dead(&layers), [10, 0, 0]);
    assert_eq!(live(&layers), 10);
}

#[test]
fn empty_layers_and_repeated_layers_count_as_they_are() {
    let same = vec![file("f", 10), file("g", 5)];
    let layers = [vec![], same.clone(), vec![], same];
    assert_eq!(dead(&layers), [0, 15, 0, 0]);
    assert_eq!(tree(&layers).totals().size, 30);
    assert_eq!(tree(&[]).totals().size, 0);
}

#[test]
fn a_name_that_occurs_twice_in_one_layer_is_overwritten_by_its_own_layer() {
    let layers = [vec![file("f", 10), file("f", 4)]];
    assert_eq!(dead(&layers), [10]);
    assert_eq!(deaths(&tree(&layers))[0].3.layer, 0);
}

#[test]
fn a_link_to_nothing_is_an_empty_file() {
    let tree = tree(&[vec![link("a", "nowhere"), dir("d"), link("b", "d")]]);
    assert_eq!(tree.totals().size, 0);
    assert_eq!(tree.files().filter(|file| !file.is_dead()).count(), 2);
}

#[test]
fn a_dead_file_knows_what_deleted_or_overwrote_it() {
    let tree = tree(&[
        vec![file("etc/f", 10), file("var/cache/x/y", 20)],
        vec![file("etc/f", 11), whiteout("var/cache")],
    ]);
    let [overwritten, removed] = deaths(&tree).try_into().unwrap();
    assert_eq!((overwritten.0.as_str(), overwritten.1, overwritten.2), ("/etc/f", 10, 0));
    let DeadBy::Overwritten { by: Some(by) } = overwritten.3.by else { panic!("{overwritten:?}") };
    assert_eq!((tree.file(by).size, tree.file(by).layer), (11, 1));
    assert_eq!(removed.3.by, DeadBy::Removed { root: tree.paths().find(b"/var/cache").unwrap() });
    assert_eq!((removed.0.as_str(), removed.2, removed.3.layer), ("/var/cache/x/y", 0, 1));
}

#[test]
fn a_file_of_several_names_has_the_first_that_is_left() {
    let base = vec![file("c", 9), link("b", "c"), link("a", "c")];
    let tree = tree(&[base, vec![whiteout("a")]]);
    assert_eq!(tree.paths().text(tree.files().next().unwrap().path), "/b");
    let mut names: Vec<String> = tree
        .names(super::file::FileId(0))
        .into_iter()
        .map(|name| tree.paths().text(name))
        .collect();
    names.sort();
    assert_eq!(names, ["/a", "/b", "/c"]);
}

#[test]
fn what_makes_a_file_of_several_names_dead_does_not_depend_on_their_order() {
    let lower =
        [vec![file("a/x", 9), link("b/x", "a/x")], vec![file("b/x", 9), link("a/x", "b/x")]];
    let upper = [vec![whiteout("a"), whiteout("b")], vec![whiteout("b"), whiteout("a")]];
    for base in &lower {
        for gone in &upper {
            let tree = tree(&[base.clone(), gone.clone()]);
            let (path, .., dead) = deaths(&tree).pop().unwrap();
            assert_eq!(path, "/a/x");
            assert_eq!(dead.by, DeadBy::Removed { root: tree.paths().find(b"/a").unwrap() });
        }
    }
}

#[test]
fn folders_hold_what_is_live_below_them() {
    let tree = tree(&[
        vec![file("usr/bin/a", 10), file("usr/lib/b", 20), file("top", 1)],
        vec![whiteout("usr/lib/b"), file("usr/lib/c", 5), link("usr/bin/d", "usr/lib/c")],
    ]);
    let bytes = tree.folder_bytes();
    let of =
        |path: &[u8]| bytes.get(&tree.paths().find(path).unwrap()).copied().unwrap_or_default();
    assert_eq!((of(b"/"), of(b"/usr"), of(b"/usr/bin"), of(b"/usr/lib")), (16, 15, 15, 0));
}
