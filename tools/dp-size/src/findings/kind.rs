//! What a kind of finding is: code, severity, meaning and cure.

use dp_record::Severity;

/// A kind of finding.
#[derive(Debug)]
pub(crate) struct FindingKind {
    code: &'static str,
    severity: Severity,
    meaning: &'static str,
    advice: &'static str,
    /// What to do instead for some writers of dead bytes, and what made them dead.
    pub(super) advice_for: &'static [(Step, Step, &'static str)],
}

/// What a layer was made by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// COPY or ADD.
    Copy,
    /// RUN.
    Run,
    /// Whatever it is, known or not.
    Any,
}

impl Step {
    /// The step of this instruction.
    pub(super) fn of(instruction: Option<&str>) -> Self {
        match instruction.and_then(|text| text.split_whitespace().next()) {
            Some("COPY" | "ADD") => Self::Copy,
            Some("RUN") => Self::Run,
            _ => Self::Any,
        }
    }

    fn fits(self, step: Self) -> bool {
        self == Self::Any || self == step
    }
}

impl FindingKind {
    /// Its name in records, which stays.
    pub(crate) fn code(&self) -> &'static str {
        self.code
    }

    /// Whether it costs bytes.
    pub(crate) fn severity(&self) -> &Severity {
        &self.severity
    }

    /// What was found, in one phrase.
    pub(crate) fn meaning(&self) -> &'static str {
        self.meaning
    }

    /// What to do, in one sentence.
    pub(crate) fn advice(&self) -> &'static str {
        self.advice
    }

    /// What to do about bytes that this step wrote, and that one made dead. It never asks
    /// to leave out what a step in between may need.
    pub(super) fn advice_for(&self, wrote: Step, hid: Step) -> &'static str {
        let mut all = self.advice_for.iter();
        let found = all.find(|(writer, other, _)| writer.fits(wrote) && other.fits(hid));
        found.map_or(self.advice, |(_, _, advice)| advice)
    }
}

/// A kind that costs bytes.
pub(super) const fn waste(
    code: &'static str,
    meaning: &'static str,
    advice: &'static str,
) -> FindingKind {
    waste_for(code, meaning, advice, &[])
}

/// The same, with other cures for some pairs of steps.
pub(super) const fn waste_for(
    code: &'static str,
    meaning: &'static str,
    advice: &'static str,
    advice_for: &'static [(Step, Step, &'static str)],
) -> FindingKind {
    FindingKind { code, severity: Severity::Waste, meaning, advice, advice_for }
}

/// A kind that exposes something.
pub(super) const fn risk(
    code: &'static str,
    meaning: &'static str,
    advice: &'static str,
) -> FindingKind {
    FindingKind { code, severity: Severity::Risk, meaning, advice, advice_for: &[] }
}
