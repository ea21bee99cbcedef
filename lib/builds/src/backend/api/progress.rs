//! `BuildKit`'s progress on the engine API: among the lines of the answer, those with `StatusResponse`
//! of moby/buildkit's `api/services/control/control.proto`, whose fields are those of
//! [`SolveStatus`].

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use dp_engine::protobuf::{Malformed, Value, fields};
use jiff::Timestamp;

use crate::progress::answer::AnswerLine;
use crate::progress::collector::Collector;
use crate::progress::{
    LogUpdate, ProgressGroup, SolveStatus, StatusUpdate, VertexUpdate, WarningUpdate,
};

/// What `aux` of a line with progress is called.
const TRACE: &str = "moby.buildkit.trace";

/// Takes one line. What cannot be read is passed over: progress is sent again and again, and errors
/// come as lines of another kind.
pub(super) fn read_line(line: &[u8], collector: &mut Collector<'_>) {
    let line = AnswerLine::read(line);
    if let Some(refusal) = line.refusal() {
        collector.add_error(&refusal.message);
    } else if line.id == TRACE {
        let message = line.aux.as_str().and_then(|text| STANDARD.decode(text).ok());
        if let Some(status) = message.and_then(|message| read_status(&message).ok()) {
            collector.add_status(status);
        }
    } else if let Some(id) = line.image() {
        collector.add_image(id);
    } else {
        collector.add_text(&line.stream);
    }
}

/// Reads one message.
fn read_status(bytes: &[u8]) -> Result<SolveStatus, Malformed> {
    let mut status = SolveStatus::default();
    fields(bytes, |field, value| {
        match field {
            1 => status.vertexes.push(vertex(value.bytes()?)?),
            2 => status.statuses.push(sub_step(value.bytes()?)?),
            3 => status.logs.push(log(value.bytes()?)?),
            4 => status.warnings.push(warning(value.bytes()?)?),
            _ => {}
        }
        Ok(())
    })?;
    Ok(status)
}

fn vertex(bytes: &[u8]) -> Result<VertexUpdate, Malformed> {
    let mut vertex = VertexUpdate::default();
    fields(bytes, |field, value| {
        match field {
            1 => vertex.digest = value.text()?,
            2 => vertex.inputs.push(value.text()?),
            3 => vertex.name = value.text()?,
            4 => vertex.cached = value.number()? != 0,
            5 => vertex.started = instant(value)?,
            6 => vertex.completed = instant(value)?,
            7 => vertex.error = value.text()?,
            8 => vertex.progress_group = Some(group(value.bytes()?)?),
            _ => {}
        }
        Ok(())
    })?;
    Ok(vertex)
}

fn group(bytes: &[u8]) -> Result<ProgressGroup, Malformed> {
    let mut group = ProgressGroup::default();
    fields(bytes, |field, value| {
        match field {
            1 => group.id = value.text()?,
            2 => group.name = value.text()?,
            3 => group.weak = value.number()? != 0,
            _ => {}
        }
        Ok(())
    })?;
    Ok(group)
}

fn sub_step(bytes: &[u8]) -> Result<StatusUpdate, Malformed> {
    let mut status = StatusUpdate::default();
    fields(bytes, |field, value| {
        match field {
            1 => status.id = value.text()?,
            2 => status.vertex = value.text()?,
            4 => status.current = value.signed()?,
            5 => status.total = value.signed()?,
            6 => status.timestamp = instant(value)?,
            7 => status.started = instant(value)?,
            8 => status.completed = instant(value)?,
            _ => {}
        }
        Ok(())
    })?;
    Ok(status)
}

fn log(bytes: &[u8]) -> Result<LogUpdate, Malformed> {
    let mut log = LogUpdate::default();
    fields(bytes, |field, value| {
        match field {
            1 => log.vertex = value.text()?,
            2 => log.timestamp = instant(value)?,
            3 => log.stream = value.signed()?,
            4 => log.data = value.bytes()?.to_vec(),
            _ => {}
        }
        Ok(())
    })?;
    Ok(log)
}

fn warning(bytes: &[u8]) -> Result<WarningUpdate, Malformed> {
    let mut warning = WarningUpdate::default();
    fields(bytes, |field, value| {
        match field {
            1 => warning.vertex = value.text()?,
            3 => warning.short = value.bytes()?.to_vec(),
            5 => warning.url = value.text()?,
            _ => {}
        }
        Ok(())
    })?;
    Ok(warning)
}

/// `google.protobuf.Timestamp`: seconds since 1970 and nanoseconds.
fn instant(value: Value<'_>) -> Result<Option<Timestamp>, Malformed> {
    let (mut second, mut nanosecond) = (0, 0);
    fields(value.bytes()?, |field, value| {
        match field {
            1 => second = value.signed()?,
            2 => nanosecond = i32::try_from(value.signed()?).map_err(|_| Malformed)?,
            _ => {}
        }
        Ok(())
    })?;
    Timestamp::new(second, nanosecond).map(Some).map_err(|_| Malformed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// As Docker Engine 20.10 sent them.
    const STARTED: &str = "CnwKR3NoYTI1NjpjMjRkMGMxODZmYzQ3N2EyMGFlMjM1NDEyNzFiMzU0MzlmMzhjMGIxYmRkZjI4MjA2MzFmMTkxYTAzZjZhYzkxGiRbaW50ZXJuYWxdIGxvYWQgcmVtb3RlIGJ1aWxkIGNvbnRleHQqCwjkt4DYBhCPsKgX";

    #[test]
    fn a_message_of_an_engine_is_read() {
        let status = read_status(&STANDARD.decode(STARTED).unwrap()).unwrap();
        let vertex = &status.vertexes[0];
        assert_eq!(vertex.name, "[internal] load remote build context");
        assert!(vertex.digest.starts_with("sha256:c24d0c186fc477a2"));
        assert_eq!(vertex.started, Some("2026-11-20T10:07:32.048896015Z".parse().unwrap()));
        assert_eq!((vertex.completed, vertex.cached), (None, false));
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = read_status(&bytes);
        }

        #[test]
        fn no_damage_to_a_message_makes_it_panic(at in 0_usize..120, byte in any::<u8>()) {
            let mut bytes = STANDARD.decode(STARTED).unwrap();
            bytes[at] = byte;
            let _ = read_status(&bytes);
        }
    }
}
