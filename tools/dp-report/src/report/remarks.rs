//! What must be known to read a table: the remarks below it.

use dp_record::printable;

use crate::judge::pairing::Against;
use crate::judge::statistic::Statistic;
use crate::judge::verdict::Verdict;
use crate::report::cells::MINIMUM_DETECTABLE;
use crate::report::sheet::Sheet;
use crate::report::spans::{Line, Span};
use crate::report::{Block, Row, Table, words};
use crate::scale::{Scale, percent, percent_change};

/// Characters of a metric's name.
const NAME_CHARS: usize = 200;
/// Digits of a figure.
const DIGITS: usize = 3;
/// Subjects that a remark names.
const NAMED: usize = 3;

/// Below what was measured.
pub(crate) fn of_figures(table: &Table, against: &Against) -> Vec<Line> {
    let way = words::way_to_verdict(table, against).into_iter();
    let few = table.statistics().into_iter().filter_map(|one| too_few_runs(table, one));
    let ours = way.chain(few).map(|text| vec![Span::Plain(text)]);
    let shapes = table.blocks.iter().flat_map(|block| [drift(block), two_peaks(block)]);
    ours.chain(shapes.flatten()).collect()
}

/// Below how it compares, before the reasons of verdicts.
pub(crate) fn of_changes(table: &Table, sheet: &Sheet) -> Vec<Line> {
    let is_shown = sheet.header.iter().any(|(name, _)| name == MINIMUM_DETECTABLE);
    let explained = is_shown.then(|| {
        let text = "a change of this size these runs would have told about every second time";
        vec![Span::Plain(format!("{MINIMUM_DETECTABLE}: {text}"))]
    });
    explained.into_iter().chain(machine_busy(table)).collect()
}

/// `p95 needs 20 runs`, where a row of a noisy metric has fewer.
fn too_few_runs(table: &Table, statistic: Statistic) -> Option<String> {
    let noisy = table.blocks.iter().filter(|block| !block.measure.exact);
    let rows = noisy.flat_map(|block| &block.rows);
    let mut counts = rows.filter_map(|row| row.summary.as_ref()).map(|summary| summary.n);
    let (fewest, word) = (statistic.fewest_runs(), statistic.word());
    counts.any(|n| n < fewest).then(|| format!("{word} needs {fewest} runs"))
}

/// `drift: wall_seconds of head (+25.0 %): ...`
fn drift(block: &Block) -> Option<Line> {
    let of_row = |row: &Row| {
        let (drift, median) = (row.shape.drift?, row.summary.as_ref()?.median);
        let ratio = Some(drift / median.abs()).filter(|ratio| ratio.is_finite());
        let scale = Scale::of(&block.measure.unit, [drift].into_iter(), DIGITS);
        Some(ratio.map_or_else(|| scale.show_change(drift), percent_change))
    };
    let text = "the last third of the rounds against the first: warm up more (--warmup), \
                or look what grows or fills up meanwhile";
    remark("drift", block, of_row, text)
}

/// `two peaks: wall_seconds of head (5 runs about 1.00 s, 5 about 2.00 s): ...`
fn two_peaks(block: &Block) -> Option<Line> {
    let of_row = |row: &Row| {
        let gap = row.shape.peaks?;
        let scale = Scale::of(&block.measure.unit, [gap.low, gap.high].into_iter(), DIGITS);
        let (low, high) = (scale.show(gap.low), scale.show(gap.high));
        Some(format!("{} runs about {low}, {} about {high}", gap.below, gap.above))
    };
    let text = "the runs are of two kinds, and their median is of either: look what differs \
                between them";
    remark("two peaks", block, of_row, text)
}

/// A remark on some rows of a metric, with what it says of each of them.
fn remark(
    what: &'static str,
    block: &Block,
    of_row: impl Fn(&Row) -> Option<String>,
    text: &str,
) -> Option<Line> {
    let rows = block.rows.iter();
    let said: Vec<(&Row, String)> = rows.filter_map(|row| Some((row, of_row(row)?))).collect();
    if said.is_empty() {
        return None;
    }
    let metric = Span::Quoted(printable(&block.measure.name, NAME_CHARS));
    let mut line = vec![Span::Strong(what), Span::plain(": "), metric, Span::plain(" of ")];
    for (place, (row, said)) in said.iter().take(NAMED).enumerate() {
        line.extend((place > 0).then(|| Span::plain(", ")));
        line.extend([Span::Quoted(row.label.clone()), Span::Plain(format!(" ({said})"))]);
    }
    line.extend(more(said.len()));
    line.push(Span::Plain(format!(": {text}")));
    Some(line)
}

/// `machine busy: others took 35.0 % of the CPUs during the runs of main, 31.2 % during
/// those of head: ...`, where a verdict is inconclusive for it.
fn machine_busy(table: &Table) -> Option<Line> {
    let mut sides: Vec<(Span, f64)> = Vec::new();
    let rows = table.blocks.iter().flat_map(|block| &block.rows).filter(|row| is_unsure(row));
    for row in rows {
        let baseline = (Span::plain("the baseline"), row.baseline_busy.busy_share());
        let subject = (Span::Quoted(row.label.clone()), row.busy.busy_share());
        for (name, share) in [baseline, subject] {
            let is_known = sides.iter().any(|(known, _)| *known == name);
            sides.extend(share.filter(|_| !is_known).map(|share| (name, share)));
        }
    }
    if sides.is_empty() {
        return None;
    }
    let mut line = vec![Span::Strong("machine busy"), Span::plain(": others took ")];
    for (place, (name, share)) in sides.iter().take(NAMED).enumerate() {
        let during = if place == 0 { "of its CPUs during the runs of" } else { "during those of" };
        let comma = if place == 0 { "" } else { ", " };
        line.push(Span::Plain(format!("{comma}{} {during} ", percent(*share))));
        line.push(name.clone());
    }
    line.extend(more(sides.len()));
    line.push(Span::plain(": measure again while it is quiet"));
    Some(line)
}

/// The same of one row, for formats that have no tables.
pub(crate) fn busy_row(row: &Row) -> Option<String> {
    let sides = [("the baseline", row.baseline_busy), ("this subject", row.busy)];
    let busy = sides.into_iter().filter(|_| is_unsure(row)).filter_map(|(side, busy)| {
        let share = percent(busy.busy_share()?);
        Some(format!("others took {share} of its CPUs during the runs of {side}"))
    });
    let busy: Vec<String> = busy.collect();
    (!busy.is_empty()).then(|| format!("machine busy: {}", busy.join(", ")))
}

/// Whether a busy machine may be why there is no answer.
fn is_unsure(row: &Row) -> bool {
    let comparison = row.comparison.as_ref().filter(|comparison| !comparison.is_single());
    comparison.is_some_and(|comparison| comparison.verdict == Some(Verdict::Inconclusive))
}

/// How many more there are than are named.
fn more(count: usize) -> Option<Span> {
    (count > NAMED).then(|| Span::Plain(format!(" and {} more", count - NAMED)))
}
