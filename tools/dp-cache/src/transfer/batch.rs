//! One batch: in every round each subject plain, with an export, with an import.

use std::fs;
use std::path::Path;

use dp_builds::args::BackendChoice;
use dp_builds::backend::{Backend, BuildSite, check_undoing};
use dp_builds::observed::{Built, ImageName, ObservedBuilds, image_names};
use dp_builds::subject::{self, ResolvedSubject};
use dp_builds::{BuildPlan, CacheTransfers, CacheUse};
use dp_engine::info::ImageStore;
use dp_record::{Failure, Record};
use dp_session::{Batch, GiveUp, Measure, Session, Slot, begin_batch, endpoint, fault};
use dp_tool::{Exit, Fault, Io, Progress};

use super::place::{Place, Spec};
use super::plan::{Plan, Series, Way};
use super::record::{Round, folder_bytes, inline_bytes, into_record};
use super::registry;
use crate::TOOL;
use crate::args::Args;
use crate::explain;
use crate::private_folder::PrivateFolder;
use crate::workspace::{RULES, Workspace};

/// Measures what the arguments say and prints its records.
pub(crate) async fn run(args: &Args, io: &mut Io<'_>, progress: &Progress) -> anyhow::Result<Exit> {
    let plan = Plan::new(args)?;
    if args.runs.dry_run {
        plan.show(progress);
        return Ok(Exit::Measured);
    }
    let endpoint = endpoint(&args.engine, progress)?;
    let copies = plan
        .subjects
        .iter()
        .map(|(subject, entries)| Workspace::copy(subject, entries, false))
        .collect::<anyhow::Result<Vec<_>>>()?;
    let folders = plan.to.iter().map(own_folder).collect::<anyhow::Result<Vec<_>>>()?;
    let (id, names) = (begin_batch(), names(&plan)?);
    let own = Own { id: &id, names: &names, folders: &folders, copies: &copies };
    let mut builds = own.build_plan(args, &plan)?;
    let site = BuildSite::reach(&mut builds, &endpoint, progress).await?;
    check_engine(&plan, &site).await?;
    for reference in plan.written() {
        registry::check_absent(&endpoint, reference)?;
    }
    let observed = ObservedBuilds::new((&builds, &names), &site, &id, io.stop.clone(), progress);
    let mut transfers = Transfers {
        plan: &plan,
        builds: &builds,
        session: &site.session,
        own: &own,
        series: plan.series(),
        rounds: vec![Round::default(); plan.subjects.len()],
        observed,
        progress,
        explain: args.explain,
    };
    let batch = Batch {
        id: &id,
        env: site.env_record(TOOL, &id, plan.planned(), plan.rounds.seed),
        rounds: plan.rounds,
        mask: builds.mask.clone(),
        records: &args.records,
        runs: &args.runs,
    };
    let ended = batch.run(&mut transfers, io, progress).await;
    for reference in plan.written() {
        if !matches!(registry::manifest(&endpoint, reference), Ok(None)) {
            progress.note(&builds.mask.text(&format!(
                "what was exported to {reference} stays there: remove it from the registry if you do not need it"
            )));
        }
    }
    ended
}

/// A folder of ours beside the one that the user named, on the same file system, if that can be.
fn own_folder(spec: &Spec) -> anyhow::Result<Option<PrivateFolder>> {
    let Place::Local(dest) = &spec.place else { return Ok(None) };
    PrivateFolder::beside(Path::new(dest)).map_or_else(PrivateFolder::temporary, Ok).map(Some)
}

/// The names of the images of each series, none of which stays.
fn names(plan: &Plan) -> anyhow::Result<Vec<ImageName>> {
    let name = |one: Series| format!("{} {}", plan.subjects[one.subject].0.image, one.way.name());
    let names: Vec<String> = plan.series().into_iter().map(name).collect();
    Ok(image_names(names.iter().map(String::as_str), None, true).map_err(fault)?)
}

/// Refuses what this engine cannot do, or not without harm.
async fn check_engine(plan: &Plan, site: &BuildSite) -> Result<(), Fault> {
    let Backend::Buildx(builder, _) = &site.backend else {
        return Err(Fault::usage(
            "--cache-to and --cache-from are measured with buildx alone (leave --backend out; install the docker-buildx package)",
        ));
    };
    builder.check(true)?;
    let given = plan.to.iter().map(|spec| ("--cache-to", spec.place.kind()));
    let refused = given.into_iter().find_map(|(option, kind)| {
        let reason = match (site.session.facts.image_store, kind) {
            (ImageStore::GraphDriver, "inline") | (ImageStore::Containerd, "local" | "registry") => return None,
            (ImageStore::GraphDriver, _) => "the engine's graphdriver image store exports none but inline caches (give type=inline, or --host of an engine with the containerd image store)",
            (ImageStore::Containerd, _) => "on the containerd image store an inline cache is read from a registry alone, and dp pushes no image (give type=registry or type=local)",
            _ => "the engine does not tell which image store it has, and which caches it exports",
        };
        Some(format!("{option} type={kind}: {reason}"))
    });
    if let Some(message) = refused {
        return Err(Fault::usage(message));
    }
    check_undoing(&site.session).await
}

/// What is ours in this batch.
struct Own<'a> {
    id: &'a str,
    names: &'a [ImageName],
    /// Of each place that is a folder, the private one.
    folders: &'a [Option<PrivateFolder>],
    copies: &'a [Workspace],
}

impl Own<'_> {
    /// What is built: one subject for each series, in the copies.
    fn build_plan(&self, args: &Args, plan: &Plan) -> anyhow::Result<BuildPlan> {
        let subjects = plan.series().into_iter().map(|series| {
            let subject = self.copies[series.subject].subject(&plan.subjects[series.subject].0);
            let mut options = plan.options.clone();
            options.extend(self.cache_words(plan, series));
            ResolvedSubject::read(subject, &options, RULES, false)
        });
        let subjects = subjects.collect::<anyhow::Result<Vec<_>>>()?;
        let words: Vec<String> = subjects.iter().flat_map(|one| one.options.clone()).collect();
        let backend = match args.backend {
            // Without it there is nothing to fall back to.
            BackendChoice::Auto => BackendChoice::Buildx,
            chosen => chosen,
        };
        Ok(BuildPlan {
            // What it means for this engine is checked here.
            isolated: false,
            output: None,
            backend,
            builder: args.build.builder.clone(),
            mask: subject::mask(&words, subjects.iter().map(|one| &one.dockerfile))?,
            subjects,
        })
    }

    /// The options that make a build what it is.
    fn cache_words(&self, plan: &Plan, series: Series) -> Vec<String> {
        let mut words = Vec::new();
        if !plan.to.is_empty() {
            // Part of the key of each RUN.
            words.extend(["--add-host".to_owned(), format!("dp-{}.invalid:127.0.0.1", self.id)]);
        }
        let image = self.inline_image(series.subject, plan);
        let places = plan.to.iter().zip(self.folders);
        let places: Vec<_> = places
            .map(|(spec, folder)| (spec, folder.as_ref().map(PrivateFolder::inner)))
            .collect();
        let mut add = |name: &str, word: String| words.extend([name.to_owned(), word]);
        match series.way {
            Way::Plain => {}
            Way::Export => {
                for (spec, own) in &places {
                    add("--cache-to", spec.export_word(own.as_deref()));
                }
            }
            Way::Import => {
                for (spec, own) in &places {
                    add("--cache-from", spec.import_word(own.as_deref(), &image));
                }
                plan.from.iter().for_each(|spec| add("--cache-from", spec.given_import_word()));
            }
        }
        words
    }

    /// The name that an image with an inline cache has until it was imported: the run tag of a
    /// round that there is not.
    fn inline_image(&self, subject: usize, plan: &Plan) -> String {
        let at =
            plan.series().iter().position(|one| one.subject == subject && one.way == Way::Export);
        let home = at.map_or("", |at| &self.names[at].home);
        format!("{home}:{}-0", self.id)
    }
}

/// All builds of all subjects.
struct Transfers<'a> {
    plan: &'a Plan,
    builds: &'a BuildPlan,
    session: &'a Session,
    own: &'a Own<'a>,
    series: Vec<Series>,
    /// By subject, the round that is under way.
    rounds: Vec<Round>,
    observed: ObservedBuilds<'a>,
    progress: &'a Progress,
    explain: bool,
}

impl Measure for Transfers<'_> {
    const NOUN: &'static str = "build";
    const GIVE_UP: GiveUp = GiveUp::AfterFailure;

    fn label(&self, subject: usize) -> String {
        let Series { subject, way } = self.series[subject];
        format!("{}, {}", self.plan.subjects[subject].0.name, way.name())
    }

    async fn observe(&mut self, slot: Slot) -> anyhow::Result<Option<Vec<Record>>> {
        let series = self.series[slot.subject];
        let round = &mut self.rounds[series.subject];
        match series.way {
            // It may come after the export.
            Way::Plain => (round.plain_seconds, round.answered) = (None, 0),
            Way::Export => {
                (round.export_seconds, round.export_bytes) = (None, None);
                self.clear_folders()?;
            }
            Way::Import if self.plan.to.is_empty() => {}
            Way::Import if round.export_seconds.is_none() => {
                let reason =
                    "there is nothing to import: the export before it failed (mend that first)";
                return Ok(Some(vec![self.record(slot, &Built::refused(reason))]));
            }
            Way::Import => {}
        }
        let usage = CacheUse::Primed(format!("dp-{}-transfer-{}", self.own.id, series.subject));
        let Some(built) = self.observed.build(slot, &usage, false).await? else { return Ok(None) };
        self.learn(series, &built).await?;
        // Layers that are there would not be fetched by an import.
        self.observed.forget_image(slot.subject).await.map_err(fault)?;
        let built = self.own.copies[series.subject].unless_changed(built, &self.builds.mask);
        let record = self.record(slot, &built);
        if self.explain {
            explain::print(&record, &self.builds.mask, self.progress);
        }
        Ok(Some(vec![record]))
    }

    async fn clean(&mut self, panicked: bool) -> anyhow::Result<()> {
        let cleaned = self.observed.clean(panicked).await.map_err(fault);
        for subject in 0..self.plan.subjects.len() {
            self.forget_inline(subject).await?;
        }
        Ok(cleaned?)
    }
}

impl Transfers<'_> {
    /// Folders of ours are written from nothing each time.
    fn clear_folders(&self) -> anyhow::Result<()> {
        for folder in self.own.folders.iter().flatten() {
            for entry in fs::read_dir(folder.inner())? {
                let entry = entry?;
                if entry.file_type()?.is_dir() {
                    fs::remove_dir_all(entry.path())?;
                } else {
                    fs::remove_file(entry.path())?;
                }
            }
        }
        Ok(())
    }

    /// Keeps what the records to come need of a build.
    async fn learn(&mut self, series: Series, built: &Built) -> anyhow::Result<()> {
        if series.way == Way::Import {
            return self.forget_inline(series.subject).await;
        }
        let trace = &built.run.trace;
        let round = &mut self.rounds[series.subject];
        round.left += built.isolated.left;
        if !built.run.succeeded {
            return Ok(());
        }
        if series.way == Way::Plain {
            let is_cached =
                |step: &&dp_builds::Step<'_>| step.state == dp_builds::VertexState::Cached;
            round.answered = trace.steps().iter().filter(is_cached).count() as u64;
            round.plain_seconds = Some(built.run.wall.as_secs_f64());
            return Ok(());
        }
        round.export_seconds = CacheTransfers::of(trace).export.map(|time| time.as_secs_f64());
        let image = built.image.as_ref().map(|image| image.id.as_str());
        let bytes = self.exported_bytes(image);
        self.rounds[series.subject].export_bytes = bytes;
        if let Some(image) = image.filter(|_| self.has_inline()) {
            let name = self.own.inline_image(series.subject, self.plan);
            let (repository, tag) = name.rsplit_once(':').unwrap_or((&name, "latest"));
            self.session.engine.tag(image, repository, tag).await.map_err(fault)?;
        }
        Ok(())
    }

    fn has_inline(&self) -> bool {
        self.plan.to.iter().any(|spec| spec.place == Place::Inline)
    }

    /// The image with an inline cache goes.
    async fn forget_inline(&self, subject: usize) -> anyhow::Result<()> {
        if self.has_inline() {
            let name = self.own.inline_image(subject, self.plan);
            self.session.engine.remove_tag(&name).await.map_err(fault)?;
        }
        Ok(())
    }

    /// Bytes of all that was exported; none where one of the places does not tell.
    fn exported_bytes(&self, image: Option<&str>) -> Option<u64> {
        let endpoint = self.session.engine.endpoint();
        let places = self.plan.to.iter().zip(self.own.folders);
        let bytes = places.map(|(spec, folder)| match (&spec.place, folder) {
            (Place::Inline, _) => inline_bytes(&self.session.facts, image?),
            (Place::Local(_), Some(own)) => folder_bytes(&own.inner()).ok(),
            (Place::Local(_), None) => None,
            (Place::Registry(reference), _) => {
                registry::bytes(&registry::manifest(endpoint, reference).ok()??)
            }
        });
        bytes.sum()
    }

    fn record(&self, slot: Slot, built: &Built) -> Record {
        let Series { subject, way } = self.series[slot.subject];
        let observed = self.observed.record(slot.subject, way.name(), built);
        let transfers = CacheTransfers::of(&built.run.trace);
        let (user, kinds) = (&self.plan.subjects[subject].0, self.plan.kinds());
        let mut record =
            into_record(&observed, user, (way, &kinds), &transfers, &self.rounds[subject]);
        if let Some(reason) = transfers.failed.first().filter(|_| built.run.succeeded) {
            let message =
                format!("the cache could not be imported: {reason} (the build went on without it)");
            record.fail(Failure {
                code: "cache_import".to_owned(),
                message: self.builds.mask.text(&message),
                ..Failure::default()
            });
        }
        record
    }
}
