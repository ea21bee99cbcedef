//! Whose a record is, while that is being found out.
//!
//! The owners of a list of records are a slice of the same length. Every rule of [`super::attribution`]
//! turns some [`Owner::Unknown`] of it into something else, and no rule ever changes an owner that
//! is known: the functions here are the only ways in which rules write.

/// Whose build made a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Owner {
    /// One of our builds: the record is to be removed.
    Ours,
    /// Another build: the record stays.
    Theirs,
    /// Ours or another's: the record stays, and is reported.
    Unknown,
}

/// Whether any of the records at these places has this owner.
pub(super) fn any_is(owner: Owner, places: &[usize], owners: &[Owner]) -> bool {
    places.iter().any(|&place| owners[place] == owner)
}

/// The unknown records at these places are ours.
pub(super) fn take_unknown(owners: &mut [Owner], is_there: impl Fn(usize) -> bool) {
    for (place, owner) in owners.iter_mut().enumerate() {
        if *owner == Owner::Unknown && is_there(place) {
            *owner = Owner::Ours;
        }
    }
}

/// Asks `rule` for the owner of every unknown record, again and again until nothing changes: an
/// owner that was found for one record may be what decides its parents' or its children's.
pub(super) fn resolve_unknown(
    owners: &mut [Owner],
    rule: impl Fn(usize, &[Owner]) -> Option<Owner>,
) {
    let mut changed = true;
    while changed {
        changed = false;
        for place in 0..owners.len() {
            if owners[place] == Owner::Unknown
                && let Some(owner) = rule(place, owners)
            {
                owners[place] = owner;
                changed = true;
            }
        }
    }
}
