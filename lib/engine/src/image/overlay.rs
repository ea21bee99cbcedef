//! Where the overlay2 storage driver keeps the layers of an image.

use std::path::PathBuf;

use bollard::models::DriverData;

/// The driver whose folders these are.
const OVERLAY2: &str = "overlay2";

/// The folders of an image's layers, lowest first, as many as it has layers. None with another
/// driver, with the containerd image store (see [`snapshots`](crate::snapshots)), or where the engine says
/// something else than one folder for each layer.
pub(super) fn folders(driver: &DriverData, layers: usize) -> Option<Vec<PathBuf>> {
    if driver.name != OVERLAY2 {
        return None;
    }
    let said = |key: &str| driver.data.get(key).map_or("", String::as_str);
    // The mount option `lowerdir` begins with the uppermost one.
    let lower = said("LowerDir").split(':').rev();
    let all = lower.chain([said("UpperDir")]).filter(|path| !path.is_empty());
    let folders: Vec<PathBuf> = all.map(PathBuf::from).collect();
    (folders.len() == layers).then_some(folders)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn driver(name: &str, data: &[(&str, &str)]) -> DriverData {
        let data = data.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
        DriverData { name: name.to_owned(), data: data.collect() }
    }

    #[test]
    fn the_lowest_layer_comes_first() {
        let three =
            driver("overlay2", &[("LowerDir", "/o/b/diff:/o/a/diff"), ("UpperDir", "/o/c")]);
        let expected = ["/o/a/diff", "/o/b/diff", "/o/c"].map(PathBuf::from).to_vec();
        assert_eq!(folders(&three, 3), Some(expected));
        let one = driver("overlay2", &[("UpperDir", "/o/c"), ("WorkDir", "/o/w")]);
        assert_eq!(folders(&one, 1), Some(vec![PathBuf::from("/o/c")]));
    }

    #[test]
    fn folders_that_do_not_match_the_layers_are_none() {
        let two = driver("overlay2", &[("LowerDir", "/o/a"), ("UpperDir", "/o/b")]);
        assert_eq!(folders(&two, 3), None);
        assert_eq!(folders(&driver("overlay2", &[]), 1), None);
        assert_eq!(folders(&driver("btrfs", &[("UpperDir", "/o/a")]), 1), None);
    }
}
