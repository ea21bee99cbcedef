//! The names of the images that a batch makes: run tags, and the name that
//! stays.

use std::collections::BTreeSet;
use std::time::Duration;

use dp_engine::image::{ImageFacts, Reference};
use dp_engine::{Engine, EngineError};
use dp_session::Slot;
use dp_tool::slug;

/// Where images live that the user did not name.
const HOME: &str = "dp";

/// How often, and how far apart, a stopped build's tag is looked for: an engine
/// ends a cancelled build within half a second.
const LATE_LOOKS: u32 = 5;
const LATE_PERIOD: Duration = Duration::from_millis(200);

/// The name of a subject's images.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImageName {
    /// Repository of the run tags: `dp/<slug>`.
    pub home: String,
    /// Name of the image that stays; none if none does.
    pub stays: Option<String>,
    /// Whether the user chose that name. An image that loses it is the user's.
    chosen: bool,
}

/// The names of the images of all subjects, by the words that name them; different for different
/// subjects.
///
/// # Errors
/// `tag` is no name of an image.
pub fn image_names<'n>(
    names: impl Iterator<Item = &'n str>,
    tag: Option<&str>,
    discard: bool,
) -> Result<Vec<ImageName>, EngineError> {
    let chosen = tag.map(|tag| Reference::parse(tag).and_then(Reference::tagged)).transpose()?;
    let chosen = chosen.map(|one| one.to_string());
    let mut taken = BTreeSet::new();
    let names = names.map(|name| {
        let home = free(&format!("{HOME}/{}", slug(name)), &mut taken);
        let stays = chosen.clone().unwrap_or_else(|| format!("{home}:latest"));
        ImageName { home, stays: Some(stays).filter(|_| !discard), chosen: chosen.is_some() }
    });
    Ok(names.collect())
}

/// The name, or the first of `name-2`, `name-3`... that is not taken.
fn free(name: &str, taken: &mut BTreeSet<String>) -> String {
    let numbered = (2..).map(|number| format!("{name}-{number}"));
    let mut candidates = std::iter::once(name.to_owned()).chain(numbered);
    let free = candidates.find(|one| taken.insert(one.clone()));
    free.unwrap_or_else(|| name.to_owned())
}

/// What must be taken away again.
pub(super) struct Images<'a> {
    engine: &'a Engine,
    batch: String,
    /// Run tags that exist, or may exist.
    tags: Vec<String>,
    /// Per subject the run tag of the last good run.
    last: Vec<Option<String>>,
    /// Ids of images that the old builder made on its way, oldest first.
    created: Vec<String>,
}

impl<'a> Images<'a> {
    /// Nothing is made yet.
    pub(super) fn new(engine: &'a Engine, batch: &str, subjects: usize) -> Self {
        let (tags, created) = (Vec::new(), Vec::new());
        Self { engine, batch: batch.to_owned(), tags, last: vec![None; subjects], created }
    }

    /// The tag that a run builds to. From now on it is taken away at the end,
    /// whether the build gets that far or not.
    pub(super) fn begin(&mut self, name: &ImageName, slot: Slot) -> String {
        let warmup = if slot.warmup { "w" } else { "" };
        let tag = format!("{}:{}-{warmup}{}", name.home, self.batch, slot.n);
        self.tags.push(tag.clone());
        tag
    }

    /// What a run made on its way, good or not. It serves the runs to come as
    /// their cache, and goes at the end.
    pub(super) fn add(&mut self, created: &[String]) {
        self.created.extend_from_slice(created);
    }

    /// The run was good: its image is the subject's, and the one before it
    /// loses its tag.
    pub(super) async fn good(
        &mut self,
        subject: usize,
        tag: &str,
    ) -> Result<ImageFacts, EngineError> {
        let facts = self.engine.inspect(tag).await?;
        if let Some(before) = self.last[subject].replace(tag.to_owned()) {
            self.engine.remove_tag(&before).await?;
            self.tags.retain(|one| *one != before);
        }
        Ok(facts)
    }

    /// Takes the run tag of the subject's last good image away, before the batch ends: its layers
    /// would be there for a build that is to fetch them.
    pub(super) async fn forget(&mut self, subject: usize) -> Result<(), EngineError> {
        if let Some(tag) = self.last[subject].take() {
            self.engine.remove_tag(&tag).await?;
            self.tags.retain(|one| *one != tag);
        }
        Ok(())
    }

    /// Gives the subject's last good image the name that stays. Answers that
    /// name, or none if no image stays.
    pub(super) async fn keep(
        &self,
        subject: usize,
        name: &ImageName,
    ) -> Result<Option<String>, EngineError> {
        let (Some(tag), Some(stays)) = (&self.last[subject], &name.stays) else { return Ok(None) };
        if !name.chosen {
            self.give_up(stays, tag).await?;
        }
        let reference = Reference::parse(stays)?;
        self.engine
            .tag(tag, &reference.repository, reference.tag.as_deref().unwrap_or("latest"))
            .await?;
        Ok(Some(stays.clone()))
    }

    /// Takes the name of an image of an earlier batch away, so that the image
    /// goes with it instead of staying without a name. An image that a
    /// container uses stays: that is its owner's to decide.
    async fn give_up(&self, stays: &str, tag: &str) -> Result<(), EngineError> {
        if self.engine.exists(stays).await? {
            let same = self.engine.inspect(stays).await?.id == self.engine.inspect(tag).await?.id;
            if !same {
                let _ = self.engine.remove_tag_and_parents(stays).await;
            }
        }
        Ok(())
    }

    /// Takes away all run tags that are left, and what was made on the way to
    /// images that do not stay. A build that was stopped may
    /// still name its image for a moment: the last tag is looked for until it
    /// was absent long enough.
    pub(super) async fn clean(&mut self, stopped: bool) -> Result<(), EngineError> {
        let tags = std::mem::take(&mut self.tags);
        let looks = if stopped { LATE_LOOKS } else { 1 };
        for look in 0..looks {
            if look > 0 {
                tokio::time::sleep(LATE_PERIOD).await;
            }
            for tag in &tags {
                self.engine.remove_tag(tag).await?;
            }
        }
        // What stays is built on the others, and so keeps them.
        for id in std::mem::take(&mut self.created).iter().rev() {
            self.engine.remove_unnamed(id).await?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(names: &[&str], tag: Option<&str>, discard: bool) -> Vec<ImageName> {
        image_names(names.iter().copied(), tag, discard).unwrap()
    }

    #[test]
    fn images_stay_under_the_slug_of_the_subject() {
        let names = names(&["My App", "my/app"], None, false);
        assert_eq!(names[0].stays.as_deref(), Some("dp/my-app:latest"));
        assert_eq!(names[1].stays.as_deref(), Some("dp/my-app-2:latest"));
    }

    #[test]
    fn the_users_tag_is_the_name_that_stays() {
        let chosen = names(&["a"], Some("localhost:5000/app"), false);
        assert_eq!(chosen[0].stays.as_deref(), Some("localhost:5000/app:latest"));
        assert_eq!(chosen[0].home, "dp/a");
        assert_eq!(names(&["a"], None, true)[0].stays, None);
        assert!(image_names(["a"].into_iter(), Some("Not A Name"), false).is_err());
    }
}
