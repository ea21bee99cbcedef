//! Records of batches whose times are known beforehand.

use std::fmt::Write as _;

use serde_json::json;

/// One batch of builds: when (a day of January 2026), and the seconds of each
/// subject, round by round.
pub(crate) struct Batch<'a> {
    /// Its id.
    pub(crate) id: &'a str,
    pub(crate) day: u32,
    /// The user's words.
    pub(crate) meta: &'a [(&'a str, &'a str)],
    /// Name and seconds of each subject.
    pub(crate) subjects: &'a [(&'a str, &'a [f64])],
}

impl Batch<'_> {
    /// Its lines: an `env` record and the observations, all on the same ground.
    pub(crate) fn lines(&self) -> String {
        let at = |second: usize| format!("2026-01-{:02}T10:00:{second:02}Z", self.day);
        let runs = self.subjects.iter().map(|(_, seconds)| seconds.len()).max().unwrap_or(0);
        let planned =
            self.subjects.iter().map(|(name, _)| json!({"name": name, "scenario": "warm"}));
        let env = json!({"dp": "1.0", "kind": "env", "at": at(0),
            "run": {"batch": self.id, "warmup": false}, "outcome": "ok",
            "detail": {"tool": "dp-build",
                "ground": {"engine_version": "28.5.2", "image_store": "graphdriver", "cpu_count": 2},
                "plan": {"kind": "build", "subjects": planned.collect::<Vec<_>>(), "runs": runs,
                    "warmup": 0}},
            "env": "e1"});
        let mut text = format!("{env}\n");
        let meta: serde_json::Map<String, serde_json::Value> =
            self.meta.iter().map(|(key, value)| ((*key).to_owned(), json!(value))).collect();
        for round in 0..runs {
            for (name, seconds) in self.subjects {
                let Some(wall) = seconds.get(round) else { continue };
                let record = json!({"dp": "1.0", "kind": "build", "at": at(round + 1),
                    "subject": {"name": name, "scenario": "warm"}, "meta": meta,
                    "run": {"batch": self.id, "n": round + 1, "of": runs, "warmup": false},
                    "outcome": "ok", "metrics": {"wall_seconds": wall}, "env": "e1"});
                let _ = writeln!(text, "{record}");
            }
        }
        text
    }
}

/// Ten rounds about this level that differ by 1 % from one another.
pub(crate) fn about(level: f64) -> Vec<f64> {
    let shares = [0.0, 0.01, -0.01, 0.005, -0.005, 0.002, -0.002, 0.008, -0.008, 0.001];
    shares.iter().map(|share| level * (1.0 + share)).collect()
}
