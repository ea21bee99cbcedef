//! What stands between the values of a plain line, and which values these are: a batch
//! writes thousands of lines that differ in their values alone.

use crate::quick::value;
use crate::text::Text;
use crate::view::{COMPARED, RecordView, RunView, SubjectView, Values, Words};
use crate::{Host, Outcome, Version};

/// The layout of a line.
#[derive(Debug)]
pub(super) struct Layout {
    parts: Vec<Part>,
    /// What stands behind the last value.
    end: String,
    // What most lines have alike stands in their layout as it is.
    dp: Version,
    warmup: bool,
    has_subject: bool,
    has_run: bool,
    has_host: bool,
    words: usize,
    metrics: usize,
}

/// A value, and what stands before it.
#[derive(Debug)]
struct Part {
    before: String,
    slot: Slot,
}

/// Where a value belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Slot {
    Kind,
    At,
    Subject(OfSubject),
    Word(Name),
    Batch,
    N,
    Of,
    Position,
    Metric(Name),
    Host(OfHost),
    Env,
}

/// A text of the subject.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum OfSubject {
    Name,
    Scenario,
    Platform,
    Variant,
    Image,
    Reference,
    Dockerfile,
    Target,
    Context,
    Container,
}

/// A number of the host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum OfHost {
    Load1,
    CpuPressure,
    OtherCpu,
    CpuSteal,
}

/// Where the name of a value stands: how many bytes before it, and how long it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Name {
    before: usize,
    length: usize,
}

impl Layout {
    /// The layout of a line without an escape; none where it is not plain.
    pub(super) fn of(line: &str) -> Option<Self> {
        Scan::new(line).line()
    }

    /// The record of another line of this layout; none of a line of another one.
    pub(super) fn read<'a>(&self, line: &'a str) -> Option<RecordView<'a>> {
        let mut kind = Text::default();
        let (mut at, mut env) = (None, None);
        let mut subject = SubjectView::default();
        let mut run = RunView { warmup: self.warmup, ..RunView::default() };
        let mut host = Host::default();
        let mut words = Vec::with_capacity(self.words);
        let mut metrics = Vec::with_capacity(self.metrics);
        let mut rest = line;
        for part in &self.parts {
            rest = rest.strip_prefix(part.before.as_str())?;
            let begin = line.len() - rest.len();
            let name = |name: Name| {
                let at = begin.checked_sub(name.before)?;
                line.get(at..at + name.length).map(Text::from)
            };
            let length = match part.slot {
                Slot::Word(of) => {
                    let text = value::text(rest)?;
                    words.push((name(of)?, text.into()));
                    text.len()
                }
                Slot::Metric(of) => {
                    let (number, length) = value::number(rest)?;
                    metrics.push((name(of)?, number));
                    length
                }
                Slot::Host(of) => {
                    let (number, length) = value::number(rest)?;
                    *of.field(&mut host) = Some(number);
                    length
                }
                Slot::N | Slot::Of | Slot::Position => {
                    let (count, length) = value::count(rest)?;
                    *match part.slot {
                        Slot::N => &mut run.n,
                        Slot::Of => &mut run.of,
                        _ => &mut run.position,
                    } = Some(count);
                    length
                }
                Slot::Kind | Slot::At | Slot::Subject(_) | Slot::Batch | Slot::Env => {
                    let text = value::text(rest)?;
                    match part.slot {
                        Slot::Kind => kind = text.into(),
                        Slot::At => at = Some(value::time(text)?),
                        Slot::Subject(of) => of.set(&mut subject, text.into()),
                        Slot::Batch => run.batch = text.into(),
                        _ => env = Some(text.into()),
                    }
                    text.len()
                }
            };
            rest = rest.get(length..)?;
        }
        if rest != self.end {
            return None;
        }
        Some(RecordView {
            dp: self.dp,
            kind,
            at: at?,
            subject: self.has_subject.then_some(subject),
            meta: Words(words),
            run: self.has_run.then_some(run),
            outcome: Outcome::Ok,
            error: None,
            metrics: Values(metrics),
            detail: None,
            host: self.has_host.then_some(host),
            env,
            units: Words::default(),
        })
    }
}

impl OfSubject {
    fn of(key: &str) -> Option<Self> {
        Some(match key {
            "name" => Self::Name,
            "scenario" => Self::Scenario,
            "platform" => Self::Platform,
            "variant" => Self::Variant,
            "image" => Self::Image,
            "ref" => Self::Reference,
            "dockerfile" => Self::Dockerfile,
            "target" => Self::Target,
            "context" => Self::Context,
            "container" => Self::Container,
            _ => return None,
        })
    }

    fn set<'a>(self, subject: &mut SubjectView<'a>, text: Text<'a>) {
        let field = match self {
            Self::Name => {
                subject.name = text;
                return;
            }
            Self::Scenario => &mut subject.scenario,
            Self::Platform => &mut subject.platform,
            Self::Variant => &mut subject.variant,
            Self::Image => &mut subject.image,
            Self::Reference => &mut subject.reference,
            Self::Dockerfile => &mut subject.dockerfile,
            Self::Target => &mut subject.target,
            Self::Context => &mut subject.context,
            Self::Container => &mut subject.container,
        };
        *field = Some(text);
    }
}

impl OfHost {
    fn of(key: &str) -> Option<Self> {
        Some(match key {
            "load1" => Self::Load1,
            "cpu_pressure_ratio" => Self::CpuPressure,
            "other_cpu_ratio" => Self::OtherCpu,
            "cpu_steal_ratio" => Self::CpuSteal,
            _ => return None,
        })
    }

    fn field(self, host: &mut Host) -> &mut Option<f64> {
        match self {
            Self::Load1 => &mut host.load1,
            Self::CpuPressure => &mut host.cpu_pressure_ratio,
            Self::OtherCpu => &mut host.other_cpu_ratio,
            Self::CpuSteal => &mut host.cpu_steal_ratio,
        }
    }
}

/// Looks for the values of a line, without reading them.
struct Scan<'a> {
    line: &'a str,
    /// Up to here the line was looked at.
    at: usize,
    /// Where the last value ended.
    value_end: usize,
    parts: Vec<Part>,
    /// Names of metrics.
    metrics: Vec<&'a str>,
    words: usize,
}

impl<'a> Scan<'a> {
    fn new(line: &'a str) -> Self {
        Self { line, at: 0, value_end: 0, parts: Vec::new(), metrics: Vec::new(), words: 0 }
    }

    fn line(mut self) -> Option<Layout> {
        let (mut dp, mut outcome, mut warmup) = (None, None, None);
        let (mut subject, mut meta, mut run, mut metrics, mut host) =
            (None, None, None, None, None);
        let mut next = self.open()?;
        while next {
            match self.key()? {
                "dp" => set(&mut dp, self.constant()?.parse().ok()?)?,
                "kind" => self.text(Slot::Kind)?,
                "at" => self.text(Slot::At)?,
                "subject" => {
                    let part =
                        |scan: &mut Self, key: &str| scan.text(Slot::Subject(OfSubject::of(key)?));
                    set(&mut subject, self.object(part)?)?;
                }
                "meta" => set(&mut meta, self.object(Self::word)?)?,
                "run" => {
                    let part = |scan: &mut Self, key: &str| match key {
                        "batch" => scan.text(Slot::Batch),
                        "n" => scan.number(Slot::N),
                        "of" => scan.number(Slot::Of),
                        "position" => scan.number(Slot::Position),
                        "warmup" => set(&mut warmup, scan.bool()?),
                        _ => None,
                    };
                    set(&mut run, self.object(part)?)?;
                }
                "outcome" => set(&mut outcome, Some(self.constant()?).filter(|it| *it == "ok")?)?,
                "metrics" => set(&mut metrics, self.object(Self::metric)?)?,
                "host" => {
                    let part =
                        |scan: &mut Self, key: &str| scan.number(Slot::Host(OfHost::of(key)?));
                    set(&mut host, self.object(part)?)?;
                }
                "env" => self.text(Slot::Env)?,
                _ => return None,
            }
            next = self.another()?;
        }
        // Nothing but spaces may follow.
        if self.skip().is_some() {
            return None;
        }
        outcome?;
        let needed = [
            (true, Slot::Kind),
            (true, Slot::At),
            (subject.is_some(), Slot::Subject(OfSubject::Name)),
            (run.is_some(), Slot::Batch),
        ];
        if needed.into_iter().any(|(is_needed, slot)| is_needed && !self.has(slot)) {
            return None;
        }
        Some(Layout {
            end: self.line.get(self.value_end..)?.to_owned(),
            dp: dp?,
            warmup: warmup.unwrap_or(false),
            has_subject: subject.is_some(),
            has_run: run.is_some(),
            has_host: host.is_some(),
            words: self.words,
            metrics: self.metrics.len(),
            parts: self.parts,
        })
    }

    /// Fields and values of an object, by `part`, which gets each key.
    fn object(&mut self, mut part: impl FnMut(&mut Self, &'a str) -> Option<()>) -> Option<()> {
        let mut next = self.open()?;
        while next {
            let key = self.key()?;
            part(self, key)?;
            next = self.another()?;
        }
        Some(())
    }

    fn word(&mut self, key: &'a str) -> Option<()> {
        let begin = self.begin_of(key);
        self.take(b'"')?;
        self.words += 1;
        self.text_of(Slot::Word(Name { before: self.at - begin, length: key.len() }))
    }

    fn metric(&mut self, key: &'a str) -> Option<()> {
        if self.metrics.len() == COMPARED || self.metrics.contains(&key) {
            return None;
        }
        self.metrics.push(key);
        let begin = self.begin_of(key);
        self.skip()?;
        self.number_of(Slot::Metric(Name { before: self.at - begin, length: key.len() }))
    }

    /// Where a key begins that was just read.
    fn begin_of(&self, key: &str) -> usize {
        let before = self.line.get(..self.at).unwrap_or_default();
        before.rfind('"').map_or(0, |quote| quote - key.len())
    }

    fn text(&mut self, slot: Slot) -> Option<()> {
        self.take(b'"')?;
        self.once(slot)?;
        self.text_of(slot)
    }

    fn number(&mut self, slot: Slot) -> Option<()> {
        self.skip()?;
        self.once(slot)?;
        self.number_of(slot)
    }

    /// The rest of a text, behind its first quote, is a value.
    fn text_of(&mut self, slot: Slot) -> Option<()> {
        let length = value::text(self.line.get(self.at..)?)?.len();
        self.value(length, slot)?;
        self.at += 1;
        Some(())
    }

    /// What looks like a number is a value; what follows it belongs to no number.
    fn number_of(&mut self, slot: Slot) -> Option<()> {
        let (_, length) = value::number(self.line.get(self.at..)?)?;
        self.value(length, slot)
    }

    /// A value of so many bytes.
    fn value(&mut self, length: usize, slot: Slot) -> Option<()> {
        let before = self.line.get(self.value_end..self.at)?.to_owned();
        self.parts.push(Part { before, slot });
        self.at += length;
        self.value_end = self.at;
        Some(())
    }

    fn has(&self, slot: Slot) -> bool {
        self.parts.iter().any(|part| part.slot == slot)
    }

    fn once(&self, slot: Slot) -> Option<()> {
        (!self.has(slot)).then_some(())
    }

    /// A text that belongs to the layout.
    fn constant(&mut self) -> Option<&'a str> {
        self.take(b'"')?;
        let text = value::text(self.line.get(self.at..)?)?;
        self.at += text.len() + 1;
        Some(text)
    }

    fn bool(&mut self) -> Option<bool> {
        self.skip()?;
        let rest = self.line.get(self.at..)?;
        let value = rest.starts_with("true");
        (value || rest.starts_with("false")).then(|| self.at += if value { 4 } else { 5 })?;
        Some(value)
    }

    fn key(&mut self) -> Option<&'a str> {
        let key = self.constant()?;
        self.take(b':')?;
        Some(key)
    }

    /// Begins an object: whether it has a field.
    fn open(&mut self) -> Option<bool> {
        self.take(b'{')?;
        let is_empty = self.skip()? == b'}';
        self.at += usize::from(is_empty);
        Some(!is_empty)
    }

    /// Behind a field: whether another one follows, or the object ends.
    fn another(&mut self) -> Option<bool> {
        let byte = self.skip()?;
        self.at += 1;
        match byte {
            b',' => Some(true),
            b'}' => Some(false),
            _ => None,
        }
    }

    fn take(&mut self, byte: u8) -> Option<()> {
        (self.skip()? == byte).then(|| self.at += 1)
    }

    /// The next byte behind spaces, if any.
    fn skip(&mut self) -> Option<u8> {
        let rest = self.line.as_bytes().get(self.at..)?;
        let spaces = rest.iter().take_while(|byte| **byte == b' ').count();
        self.at += spaces;
        rest.get(spaces).copied()
    }
}

/// Sets what may be there once; none if it was there before.
fn set<T>(field: &mut Option<T>, value: T) -> Option<()> {
    let before = field.replace(value);
    before.is_none().then_some(())
}
