//! The prune request, which cannot be made without ids.
//!
//! `/build/prune` without a filter removes everybody's cache, and an empty list of ids is no
//! filter. So the only request that this module can send is that of a [`PruneList`], which is never
//! empty, and holds nothing that could match more than itself: the engine takes the id as a regular
//! expression that matches anywhere. It keeps what is in use and what other records rest on, and
//! in one call goes from children to parents.

use std::collections::HashMap;

use bollard::query_parameters::{PruneBuildOptions, PruneBuildOptionsBuilder};

use super::snapshot::BuildCache;
use dp_engine::EngineError;

/// Ids in one request: the address of a request has its limits.
const MOST: usize = 200;

/// Ids of records to remove: at least one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PruneList<'a> {
    ids: Vec<&'a str>,
}

impl<'a> PruneList<'a> {
    /// Lists of at most 200 ids each; none at all for no ids. Left out is what
    /// [`is_plain`] refuses.
    pub(super) fn of(ids: impl IntoIterator<Item = &'a str>) -> Vec<Self> {
        let ids: Vec<&str> = ids.into_iter().filter(|id| is_plain(id)).collect();
        ids.chunks(MOST).map(|ids| Self { ids: ids.to_vec() }).collect()
    }

    /// Exactly these ids: of all kinds, but none other.
    fn options(&self) -> PruneBuildOptions {
        let expression = format!("^({})$", self.ids.join("|"));
        let filters = HashMap::from([("id", vec![expression])]);
        PruneBuildOptionsBuilder::default().all(true).filters(&filters).build()
    }
}

/// Whether an id is of the form that engines give: it stands for itself in a regular expression.
pub(super) fn is_plain(id: &str) -> bool {
    !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

impl BuildCache<'_> {
    /// Removes the listed records but those that cannot go. Gives the ids of what went.
    pub(super) async fn prune(&self, list: &PruneList<'_>) -> Result<Vec<String>, EngineError> {
        let pruned = self.engine.docker().prune_build(Some(list.options())).await;
        let pruned =
            pruned.map_err(|error| self.engine.failed("removing build cache records", &error))?;
        Ok(pruned.caches_deleted.unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_ids_make_no_request() {
        assert_eq!(PruneList::of([]), []);
    }

    #[test]
    fn an_id_that_could_match_more_than_itself_makes_no_request() {
        for id in ["", ".*", "a|", "^", "a b", "a,b", "(", "$", "é", "sha256:0"] {
            assert_eq!(PruneList::of([id]), [], "{id:?}");
        }
    }

    #[test]
    fn a_request_names_its_ids_and_nothing_else() {
        let lists = PruneList::of(["ab1", ".*", "cd2"]);
        let [list] = lists.as_slice() else { panic!("{lists:?}") };
        let options = list.options();
        assert_eq!(options.filters.unwrap()["id"], ["^(ab1|cd2)$"]);
        assert_eq!(options.all, Some(true));
    }

    #[test]
    fn many_ids_make_several_requests() {
        let ids: Vec<String> = (0..401).map(|n| format!("id{n}")).collect();
        let lists = PruneList::of(ids.iter().map(String::as_str));
        let sizes: Vec<usize> = lists.iter().map(|list| list.ids.len()).collect();
        assert_eq!(sizes, [200, 200, 1]);
    }
}
