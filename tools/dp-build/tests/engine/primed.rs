//! A batch whose builds make nothing new: three that were built before, and one
//! that is never done.

use dp_session::Rounds;
use dp_testkit::Tool;

use crate::project::Project;

/// The project and what all its batches begin with.
pub(crate) struct Primed {
    pub(crate) project: Project,
}

/// Arguments for the three that were built before.
pub(crate) const DONE: [&str; 6] = ["-f", "UNIQUE-a", "-f", "UNIQUE-b", "-f", "UNIQUE-c"];
/// File of the subject whose step sleeps on.
const ENDLESS: &str = "UNIQUE-endless";

impl Primed {
    /// Builds the first three, whose images stay, as the user's would.
    pub(crate) fn new(word: &str) -> Self {
        let project = Project::empty(word);
        project.write("data", "UNIQUE");
        for file in DONE.into_iter().filter(|word| *word != "-f") {
            let text = format!("FROM dp-base/busybox\nCOPY data /{file}\n");
            project.write(&file.replace("UNIQUE", &project.name), &text);
        }
        let text = "FROM dp-base/busybox\nRUN echo UNIQUE; sleep 300\n";
        project.write(&ENDLESS.replace("UNIQUE", &project.name), text);
        let primed = Self { project };
        let ran = primed.project.dp_build(&DONE).run().expect(0);
        assert_eq!(ran.records().len(), 4);
        primed
    }

    /// Builds all four, the endless one last in the first round.
    pub(crate) fn endless(&self) -> Tool {
        let last = |seed: &u64| Rounds::new(4, 3, 0, *seed).slots()[3].subject == 3;
        let seed = (0..1000).find(last).unwrap().to_string();
        let args = [&DONE[..], &["-f", ENDLESS, "-r", "3", "--seed", &seed]].concat();
        self.project.dp_build(&args)
    }

    /// What stands in the command line of the endless build alone.
    pub(crate) fn endless_word(&self) -> String {
        ENDLESS.replace("UNIQUE", &self.project.name)
    }
}
