//! Paths as numbers: every path of an image is kept once, as a name below its
//! parent.

use std::hash::BuildHasher;

use hashbrown::{DefaultHashBuilder, HashTable};

use super::TreeError;

/// Most different paths of one image. With all that is kept for each they take
/// about a quarter of a gigabyte of memory; an archive that claims more is a bomb.
const MOST_PATHS: usize = 1 << 22;

/// Most bytes of all names together.
const MOST_NAME_BYTES: usize = 1 << 28;

/// A path, by its number within [`Paths`]. A parent's number is smaller than
/// those of its children.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct PathId(u32);

impl PathId {
    /// The root of the image.
    pub(crate) const ROOT: Self = Self(0);

    /// Its index in a table of all paths.
    pub(crate) fn index(self) -> usize {
        self.0 as usize
    }

    /// As it is kept where there are many.
    pub(super) fn packed(self) -> u32 {
        self.0
    }

    /// The path that was packed so.
    pub(super) fn unpacked(number: u32) -> Self {
        Self(number)
    }
}

/// All paths of one or several images.
#[derive(Debug)]
pub(crate) struct Paths {
    nodes: Vec<Node>,
    /// The names, one after the other.
    names: Vec<u8>,
    /// Numbers of nodes, by parent and name.
    index: Index,
    hasher: DefaultHashBuilder,
}

/// How nodes are found.
#[derive(Debug)]
enum Index {
    /// While paths become known: half empty, as all hash tables.
    Growing(HashTable<u32>),
    /// When all are known: in the order of their hashes.
    Complete(Vec<u32>),
}

/// A name below a parent. It ends where that of the next node begins.
#[derive(Debug, Clone, Copy)]
struct Node {
    parent: u32,
    /// The first byte of the name in `names`.
    begin: u32,
}

impl Default for Paths {
    fn default() -> Self {
        Self {
            nodes: vec![Node { parent: 0, begin: 0 }],
            names: Vec::new(),
            index: Index::Growing(HashTable::new()),
            hasher: DefaultHashBuilder::default(),
        }
    }
}

impl Paths {
    /// How many paths there are, including the root.
    pub(crate) fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Every path, parents before their children.
    pub(crate) fn ids(&self) -> impl DoubleEndedIterator<Item = PathId> + use<> {
        (0..u32::try_from(self.nodes.len()).unwrap_or(u32::MAX)).map(PathId)
    }

    /// The parent; none of the root.
    pub(crate) fn parent(&self, id: PathId) -> Option<PathId> {
        (id != PathId::ROOT).then(|| PathId(self.nodes[id.index()].parent))
    }

    /// The last component; empty for the root.
    pub(crate) fn name(&self, id: PathId) -> &[u8] {
        name(&self.nodes, &self.names, id.index())
    }

    /// The whole path as an image's user writes it: `/` or `/usr/bin/env`.
    pub(crate) fn bytes(&self, id: PathId) -> Vec<u8> {
        if id == PathId::ROOT {
            return b"/".to_vec();
        }
        let up = std::iter::successors(Some(id), |id| self.parent(*id));
        let mut names: Vec<&[u8]> = up.map(|id| self.name(id)).collect();
        names.reverse();
        names.join(&b'/')
    }

    /// The whole path as text. Bytes that are no UTF-8 become U+FFFD.
    pub(crate) fn text(&self, id: PathId) -> String {
        String::from_utf8_lossy(&self.bytes(id)).into_owned()
    }

    /// The child of this name, if it is known.
    pub(crate) fn get(&self, parent: PathId, name: &[u8]) -> Option<PathId> {
        let hash = self.hash(parent, name);
        let found = match &self.index {
            Index::Growing(table) => table.find(hash, |id| self.is(*id, parent, name)),
            Index::Complete(order) => {
                let begin = order.partition_point(|id| self.hash_of(*id) < hash);
                let equal = order[begin..].iter().take_while(|id| self.hash_of(**id) == hash);
                equal.into_iter().find(|id| self.is(**id, parent, name))
            }
        };
        found.copied().map(PathId)
    }

    /// To be called when all paths are known: takes less memory from then on.
    pub(crate) fn complete(&mut self) {
        self.index = Index::Complete(Vec::new());
        self.nodes.shrink_to_fit();
        let count = u32::try_from(self.nodes.len()).unwrap_or(u32::MAX);
        // The root has no name that anybody looks for.
        let mut order: Vec<u32> = (1..count).collect();
        order.sort_by_cached_key(|id| self.hash_of(*id));
        self.index = Index::Complete(order);
    }

    fn hash_of(&self, id: u32) -> u64 {
        let at = id as usize;
        self.hasher.hash_one((self.nodes[at].parent, name(&self.nodes, &self.names, at)))
    }

    /// The path, if it is known; with or without a leading slash.
    pub(crate) fn find(&self, path: &[u8]) -> Option<PathId> {
        let mut names = path.split(|byte| *byte == b'/').filter(|name| !name.is_empty());
        names.try_fold(PathId::ROOT, |parent, name| self.get(parent, name))
    }

    /// The child of this name; a new one becomes known.
    pub(crate) fn child(&mut self, parent: PathId, name: &[u8]) -> Result<PathId, TreeError> {
        if let Some(id) = self.get(parent, name) {
            return Ok(id);
        }
        if self.nodes.len() >= MOST_PATHS || self.names.len() + name.len() > MOST_NAME_BYTES {
            return Err(TreeError::TooManyPaths { most: MOST_PATHS });
        }
        // Both limits are below 2^32.
        let small = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        let id = small(self.nodes.len());
        self.nodes.push(Node { parent: parent.0, begin: small(self.names.len()) });
        self.names.extend_from_slice(name);
        let hash = self.hash(parent, name);
        let (nodes, names, hasher) = (&self.nodes, &self.names, &self.hasher);
        let hash_of = |id: &u32| {
            let at = *id as usize;
            hasher.hash_one((nodes[at].parent, self::name(nodes, names, at)))
        };
        match &mut self.index {
            Index::Growing(table) => {
                table.insert_unique(hash, id, hash_of);
            }
            Index::Complete(order) => {
                let at = order.partition_point(|id| hash_of(id) < hash);
                order.insert(at, id);
            }
        }
        Ok(PathId(id))
    }

    fn hash(&self, parent: PathId, name: &[u8]) -> u64 {
        self.hasher.hash_one((parent.0, name))
    }

    fn is(&self, id: u32, parent: PathId, name: &[u8]) -> bool {
        self.nodes[id as usize].parent == parent.0 && self.name(PathId(id)) == name
    }
}

/// The name of the node at this index.
fn name<'n>(nodes: &[Node], names: &'n [u8], at: usize) -> &'n [u8] {
    let end = nodes.get(at + 1).map_or(names.len(), |next| next.begin as usize);
    &names[nodes[at].begin as usize..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn child(paths: &mut Paths, parent: PathId, name: &str) -> PathId {
        paths.child(parent, name.as_bytes()).unwrap()
    }

    #[test]
    fn a_path_is_kept_once_and_comes_back_as_it_was() {
        let mut paths = Paths::default();
        let usr = child(&mut paths, PathId::ROOT, "usr");
        let bin = child(&mut paths, usr, "bin");
        assert_eq!(child(&mut paths, usr, "bin"), bin);
        assert_ne!(child(&mut paths, PathId::ROOT, "bin"), bin);
        assert_eq!(paths.bytes(bin), b"/usr/bin");
        assert_eq!(paths.bytes(PathId::ROOT), b"/");
        assert_eq!(paths.find(b"/usr/bin"), Some(bin));
        assert_eq!(paths.find(b"usr/bin/"), Some(bin));
        assert_eq!(paths.find(b"/usr/sbin"), None);
        assert_eq!(paths.find(b"/"), Some(PathId::ROOT));
    }

    #[test]
    fn names_that_are_no_text_are_kept() {
        let mut paths = Paths::default();
        let odd = paths.child(PathId::ROOT, b"a\xff\x80").unwrap();
        assert_eq!(paths.name(odd), b"a\xff\x80");
        assert_eq!(paths.text(odd), "/a\u{fffd}\u{fffd}");
    }

    #[test]
    fn many_paths_are_distinguished() {
        let mut paths = Paths::default();
        let ids: Vec<PathId> =
            (0..5_000).map(|n| child(&mut paths, PathId::ROOT, &n.to_string())).collect();
        for (n, id) in ids.iter().enumerate() {
            assert_eq!(paths.find(n.to_string().as_bytes()), Some(*id));
        }
        assert_eq!(paths.len(), 5_001);
        // Once all are known, too; and one more may come.
        paths.complete();
        let late = child(&mut paths, ids[7], "late");
        for (n, id) in ids.iter().enumerate() {
            assert_eq!(paths.find(n.to_string().as_bytes()), Some(*id));
            assert_eq!(child(&mut paths, PathId::ROOT, &n.to_string()), *id);
        }
        assert_eq!((paths.find(b"7/late"), paths.find(b"8/late")), (Some(late), None));
        assert_eq!(paths.find(b"5001"), None);
    }
}
