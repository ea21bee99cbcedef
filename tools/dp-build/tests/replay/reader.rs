//! A reader that goes before the last record.

use std::io::{self, Write};

use clap::Parser as _;
use dp_build::Args;
use dp_tool::{Exit, Io, Stop};

use crate::own;

/// Reads so many records and no more, as `head` does.
struct Reader {
    records: usize,
}

impl Write for Reader {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // A record is written in one call.
        self.records = self.records.checked_sub(1).ok_or(io::ErrorKind::BrokenPipe)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn exit(mut reader: Reader) -> Exit {
    let log = own("two-stages.rawjson");
    let words = ["dp-build", "--quiet", "--log", log.to_str().unwrap()];
    let args = Args::try_parse_from(words).unwrap();
    let stdout = &mut reader;
    let mut io = Io { stdin: None, stdout, stdout_is_terminal: false, stop: Stop::default() };
    dp_build::run(&args, &mut io).unwrap()
}

#[test]
fn a_record_that_nobody_read_is_missing_even_if_it_is_the_last() {
    // The env record and that of the build.
    assert_eq!(exit(Reader { records: 2 }), Exit::Measured);
    assert_eq!(exit(Reader { records: 1 }), Exit::Failed);
    assert_eq!(exit(Reader { records: 0 }), Exit::Failed);
}
