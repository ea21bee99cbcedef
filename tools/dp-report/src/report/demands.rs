//! The budget for people: what was demanded, what was found.

use dp_record::{Unit, printable};

use crate::budget::{ChangeKind, Check, CheckedDemand, Measured, Outcome};
use crate::explain::contributor::Contributor;
use crate::explain::usage::Part;
use crate::input::label::{self, Labels};
use crate::judge::compare::Change;
use crate::judge::statistic::Statistic;
use crate::report::Report;
use crate::report::grid::{Align, Cell, Column, Tone, headings};
use crate::report::sheet::{Entry, METRICS, Sheet};
use crate::scale::{Percents, Scale, UnitName, percent};

/// The columns after the names.
const HEADER: [Column; 3] =
    [("demand", Align::Left), ("measured", Align::Right), ("result", Align::Left)];
/// Characters of a budget's note.
const NOTE_CHARS: usize = 300;
/// One of two figures so many times the other can be told apart by fewest digits.
const FAR_APART: f64 = 1.5;
/// Fewest digits of a figure and its limit.
const DIGITS: usize = 3;

/// The title and the rows; none without a budget.
pub(crate) fn sheet(report: &Report) -> Option<(String, Sheet)> {
    let labels = Labels::of(report.budget.iter().filter_map(|check| check.key.as_ref()));
    let entries: Vec<Entry> = report.budget.iter().map(|check| entry(check, &labels)).collect();
    let shared = labels.shared();
    let shared =
        if shared.is_empty() { String::new() } else { format!(" ({})", shared.join(", ")) };
    let sheet = Sheet { rows: METRICS, header: headings(&HEADER), entries };
    let of = sheet.only_subject().map_or_else(String::new, |subject| format!(" of {subject}"));
    (!sheet.entries.is_empty()).then(|| (format!("budget{of}{shared}"), sheet))
}

fn entry(check: &Check, labels: &Labels) -> Entry {
    Entry {
        metric: check.what.clone(),
        subject: check.key.as_ref().map(|key| labels.label(key)).unwrap_or_default(),
        of_baseline: false,
        cells: vec![
            demand(check).unwrap_or_default().into(),
            measured(check).unwrap_or_default().into(),
            Cell::toned(check.outcome.word(), tone(check.outcome)),
        ],
    }
}

fn tone(outcome: Outcome) -> Tone {
    match outcome {
        Outcome::Pass => Tone::Good,
        Outcome::Fail | Outcome::Error => Tone::Bad,
        Outcome::Inconclusive | Outcome::Incomplete => Tone::Unsure,
    }
}

/// A sentence for each demand that does not hold: its outcome, and what is
/// wrong.
pub(crate) fn broken(report: &Report) -> Vec<(Outcome, String)> {
    let broken = report.budget.iter().filter(|check| check.outcome != Outcome::Pass);
    broken.map(|check| (check.outcome, sentence(check))).collect()
}

/// `budget.toml:3: size.engine_size_bytes of app: 1.7 GB, demanded is max
/// 1.5 GB; biggest layer: ...`
pub(crate) fn sentence(check: &Check) -> String {
    let reason = check.reason.as_deref();
    let note = check.note.as_ref().map(|note| format!("; {}", printable(note, NOTE_CHARS)));
    let note = note.unwrap_or_default();
    let Some(demand) = demand(check) else {
        return format!("{}: {}: {}{note}", check.source, check.what, reason.unwrap_or_default());
    };
    let of = check.key.as_ref().map(|key| format!(" of {}", label::subject(key)));
    let what = format!("{}: {}{}", check.source, check.what, of.unwrap_or_default());
    let on = if check.is_absolute_time() { on_this_machine(check) } else { String::new() };
    let measured = measured(check).map(|measured| measured + &on);
    let said = match (measured, reason) {
        (Some(measured), None) => format!("{measured}, demanded is {demand}"),
        (Some(measured), Some(reason)) => format!("{measured}, demanded is {demand} ({reason})"),
        (None, reason) => format!("demanded is {demand}, but {}", reason.unwrap_or("nothing came")),
    };
    let biggest = contributors(check).map(|biggest| format!("; {biggest}"));
    format!("{what}: {said}{}{note}", biggest.unwrap_or_default())
}

/// ` on this machine`, and how busy it was with others, if it was.
fn on_this_machine(check: &Check) -> String {
    let busy = check.busy.busy_share().map(percent);
    let busy = busy.map(|share| format!(" (busy: others took {share} of its CPUs)"));
    format!(" on this machine{}", busy.unwrap_or_default())
}

/// `max 1.5 GB`; none where it could not be understood.
pub(crate) fn demand(check: &Check) -> Option<String> {
    Some(match check.demand.as_ref()? {
        CheckedDemand::Bound { kind, limit, statistic } => {
            let figure = match statistic {
                Statistic::Median => String::new(),
                Statistic::Min => "smallest run ".to_owned(),
                Statistic::Max => "largest run ".to_owned(),
                other => format!("{} ", other.word()),
            };
            format!("{figure}{} {}", kind.word(), scale(check, *limit, *limit).show(*limit))
        }
        CheckedDemand::Change { kind: ChangeKind::Improve, share, than } if *share <= 0.0 => {
            format!("better than {than}")
        }
        CheckedDemand::Change { kind: ChangeKind::Improve, share, than } => {
            format!("{} better than {than}", share_text(*share))
        }
        CheckedDemand::Change { kind: ChangeKind::Worsen, share, than } => {
            format!("max {} worse than {than}", share_text(*share))
        }
        CheckedDemand::Records { at_least } => format!("min {at_least}"),
    })
}

/// As it was written: `5 %`, `2.5 %`.
fn share_text(share: f64) -> String {
    format!("{} %", (share * 1e8).round() / 1e6)
}

/// `1.7 GB`, `-48 % (-50 .. -46 %)`; none where nothing is known.
pub(crate) fn measured(check: &Check) -> Option<String> {
    match &check.measured {
        Measured::Nothing => None,
        Measured::Records(count) => Some(count.to_string()),
        Measured::Value(value) => {
            let limit = match check.demand {
                Some(CheckedDemand::Bound { limit, .. }) => limit,
                _ => *value,
            };
            Some(scale(check, *value, limit).show(*value))
        }
        Measured::Change(change) => Some(change_text(check, change)),
    }
}

fn change_text(check: &Check, change: &Change) -> String {
    let Some(ratio) = change.relative(change.estimate) else {
        return scale(check, change.estimate, change.estimate).show_change(change.estimate);
    };
    let interval = change
        .interval
        .and_then(|(low, high)| Some((change.relative(low)?, change.relative(high)?)));
    let limit = match check.demand {
        Some(CheckedDemand::Change { share, .. }) => share,
        _ => 0.0,
    };
    let (low, high) = interval.unwrap_or((ratio, ratio));
    let percents = Percents::telling_apart(&[ratio, low, high], limit);
    let shown = percents.change(ratio);
    let wide = percents.change(low) != shown || percents.change(high) != shown;
    let interval = wide.then(|| format!(" ({})", percents.range(low, high)));
    shown + &interval.unwrap_or_default()
}

/// The scale for one of two, a figure and its limit: with enough digits to tell them apart
/// where they are near, else one of its own.
fn scale(check: &Check, shown: f64, limit: f64) -> Scale {
    let count = UnitName::Known(Unit::Count);
    let unit = check.measure.as_ref().map_or(&count, |measure| &measure.unit);
    let value = if let Measured::Value(value) = check.measured { value } else { limit };
    let (small, large) = (value.abs().min(limit.abs()), value.abs().max(limit.abs()));
    if small * FAR_APART < large {
        return Scale::of(unit, [shown].into_iter(), DIGITS);
    }
    Scale::telling_apart(unit, value, limit, DIGITS)
}

/// `longest step: 4.45 s, line 8: RUN make test`. Where the biggest part has
/// no line, as a layer of the base image, the biggest one that has follows.
pub(crate) fn contributors(check: &Check) -> Option<String> {
    check.contributor.as_ref().map(contributor)
}

/// The same of any contributor.
pub(crate) fn contributor(contributor: &Contributor) -> String {
    let Contributor { what, biggest, biggest_with_line, unit } = contributor;
    let shown = |part: &Part| {
        let amount = Scale::of(&UnitName::Known(*unit), [part.amount].into_iter(), DIGITS);
        let line = part.line.map_or_else(String::new, |line| format!(", line {line}"));
        format!("{}{line}: {}", amount.show(part.amount), part.text)
    };
    let other = biggest_with_line.as_ref().filter(|part| *part != biggest);
    let other = other.map(|part| format!("; biggest with a line: {}", shown(part)));
    format!("{what}: {}{}", shown(biggest), other.unwrap_or_default())
}
