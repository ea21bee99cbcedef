//! Path and waits by their definition, looking at everything again for every vertex: slow, and
//! plainly right. What `Analysis` finds faster must be the same.

use std::cmp::Reverse;
use std::collections::HashSet;
use std::time::Duration;

use dp_builds::{Trace, Vertex, VertexKind, VertexState};
use jiff::Timestamp;

/// When something was ready, how long it took, and the earlier place first.
type Ready = (Timestamp, Duration, Reverse<usize>);

pub(crate) struct Reference<'a>(pub(crate) &'a Trace);

impl Reference<'_> {
    pub(crate) fn critical_path(&self) -> Vec<usize> {
        let (mut path, mut asking, mut limit) = (Vec::new(), None, None);
        let mut current = self.failed().or_else(|| self.last_ended(None, &path));
        while let Some(place) = current {
            path.push(place);
            if !self.is_loaded(place) {
                asking = Some(place);
            }
            let Some(start) = self.begin(place, limit) else { break };
            let asking = asking.unwrap_or(place);
            let ready = |input| {
                if asking == place {
                    self.ready(input, start)
                } else {
                    self.ended(input, Some(start))
                }
            };
            let awaited = self.awaited(asking).into_iter().filter(|input| !path.contains(input));
            let last = awaited.filter_map(ready).max().map(|ready| ready.2.0);
            current = last.or_else(|| self.last_ended(Some(start), &path));
            limit = Some(start);
        }
        path.reverse();
        path.sort_by_key(|&place| self.0.vertexes[place].start());
        path
    }

    pub(crate) fn waited(&self) -> Vec<Option<Duration>> {
        let waited = |place: usize| {
            let vertex = &self.0.vertexes[place];
            let start = vertex.start().filter(|_| !is_cached(vertex) && is_engine(vertex))?;
            let ready = |input| self.ready(input, start);
            let last = self.awaited(place).into_iter().filter_map(ready).max()?;
            Some(start.duration_since(last.0).try_into().unwrap())
        };
        (0..self.0.vertexes.len()).map(waited).collect()
    }

    /// The first to fail, which is no import of a cache.
    fn failed(&self) -> Option<usize> {
        let failed = |place: &usize| {
            let vertex = &self.0.vertexes[*place];
            vertex.state == VertexState::Failed && vertex.kind != VertexKind::CacheImport
        };
        let first = (0..self.0.vertexes.len()).filter(failed).min_by_key(|&place| {
            let vertex = &self.0.vertexes[place];
            (vertex.end(), place)
        });
        first.filter(|&place| took_part(&self.0.vertexes[place]))
    }

    fn last_ended(&self, limit: Option<Timestamp>, path: &[usize]) -> Option<usize> {
        let others = (0..self.0.vertexes.len()).filter(|place| !path.contains(place));
        others.filter_map(|place| self.ended(place, limit)).max().map(|ended| ended.2.0)
    }

    fn begin(&self, place: usize, limit: Option<Timestamp>) -> Option<Timestamp> {
        let vertex = &self.0.vertexes[place];
        if !self.is_loaded(place) {
            return vertex.start();
        }
        let mut runs = vertex.intervals.iter().rev();
        runs.find(|run| limit.is_none_or(|limit| run.start <= limit)).map(|run| run.start)
    }

    fn awaited(&self, place: usize) -> Vec<usize> {
        let (mut found, mut seen, mut open) = (Vec::new(), HashSet::from([place]), vec![place]);
        while let Some(place) = open.pop() {
            for digest in &self.0.vertexes[place].inputs {
                let place = self.0.vertexes.iter().rposition(|vertex| vertex.digest == *digest);
                let Some(input) = place.filter(|&input| seen.insert(input)) else { continue };
                found.push(input);
                if is_cached(&self.0.vertexes[input]) {
                    open.push(input);
                }
            }
        }
        found
    }

    fn ready(&self, place: usize, at: Timestamp) -> Option<Ready> {
        let vertex = &self.0.vertexes[place];
        let last = vertex.intervals.iter().rev().find(|run| run.start <= at)?;
        took_part(vertex).then(|| (last.end.min(at), length(vertex), Reverse(place)))
    }

    fn ended(&self, place: usize, limit: Option<Timestamp>) -> Option<Ready> {
        let vertex = &self.0.vertexes[place];
        let end = vertex.end().filter(|end| limit.is_none_or(|limit| *end <= limit))?;
        took_part(vertex).then(|| (end, length(vertex), Reverse(place)))
    }

    fn is_loaded(&self, place: usize) -> bool {
        let vertex = &self.0.vertexes[place];
        is_cached(vertex) || vertex.kind == VertexKind::From
    }
}

fn took_part(vertex: &Vertex) -> bool {
    let marked = vertex.state == VertexState::Cached && length(vertex).is_zero();
    is_engine(vertex) && !vertex.intervals.is_empty() && !marked
}

fn is_cached(vertex: &Vertex) -> bool {
    vertex.state == VertexState::Cached || vertex.intervals.is_empty()
}

fn is_engine(vertex: &Vertex) -> bool {
    vertex.kind != VertexKind::Client
}

fn length(vertex: &Vertex) -> Duration {
    vertex.intervals.iter().map(|interval| interval.length()).sum()
}
