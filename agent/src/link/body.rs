//! The body of an answer, read as it comes. Once it is read to its end, its connection
//! can be asked again.

use std::{
    cell::RefCell,
    io::{self, ErrorKind, Read},
};

use super::{
    connection::Connection,
    kept::Kept,
    message::{BadForm, Head, Length, chunk_length},
};

/// No line between chunks is as long.
const LINE_BYTES_MAX: usize = 4096;
const LINES_MAX: usize = 64;

/// The body of an answer.
#[derive(Debug)]
pub struct Body<'a> {
    /// `None` once it has nothing more to say here.
    connection: Option<Connection>,
    left: Left,
    stays: bool,
    home: &'a RefCell<Kept>,
}

/// What is left of a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Left {
    Bytes(u64),
    /// The line with the next chunk's length.
    ChunkLine,
    Chunk(u64),
    ToTheEnd,
}

impl<'a> Body<'a> {
    /// The body that follows this head.
    pub fn behind(head: Head, connection: Connection, home: &'a RefCell<Kept>) -> Self {
        let left = match head.length {
            Length::Known(bytes) => Left::Bytes(bytes),
            Length::Chunks => Left::ChunkLine,
            Length::ToTheEnd => Left::ToTheEnd,
        };
        let mut body = Self {
            connection: Some(connection),
            left,
            stays: head.stays,
            home,
        };
        if left == Left::Bytes(0) {
            body.ended();
        }
        body
    }

    fn ended(&mut self) {
        if let Some(connection) = self.connection.take()
            && self.stays
        {
            self.home.borrow_mut().keep(connection);
        }
    }

    fn read_left(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let Some(connection) = &mut self.connection else {
            return Ok(0);
        };
        if self.left == Left::ChunkLine {
            let length = chunk_length(&connection.line(LINE_BYTES_MAX)?).map_err(bad)?;
            if length == 0 {
                self.last_chunk_came()?;
                return Ok(0);
            }
            self.left = Left::Chunk(length);
        }
        let bounded = match self.left {
            Left::Bytes(left) | Left::Chunk(left) => left,
            Left::ToTheEnd => u64::MAX,
            Left::ChunkLine => 0,
        };
        let count = connection.take(bounded).read(buffer)?;
        if count == 0 {
            return self.nothing_came();
        }
        self.take_off(count as u64)?;
        Ok(count)
    }

    /// Passes over whatever stands behind the last chunk: nobody asked for it.
    fn last_chunk_came(&mut self) -> io::Result<()> {
        for _ in 0..LINES_MAX {
            let Some(connection) = &mut self.connection else {
                return Ok(());
            };
            if connection.line(LINE_BYTES_MAX)?.is_empty() {
                self.ended();
                return Ok(());
            }
        }
        Err(bad(BadForm("too much stands behind the last chunk")))
    }

    fn nothing_came(&mut self) -> io::Result<usize> {
        if self.left == Left::ToTheEnd {
            self.connection = None;
            return Ok(0);
        }
        let why = "the connection ended within an answer";
        Err(io::Error::new(ErrorKind::UnexpectedEof, why))
    }

    fn take_off(&mut self, count: u64) -> io::Result<()> {
        match &mut self.left {
            Left::Bytes(left) => {
                *left -= count;
                if *left == 0 {
                    self.ended();
                }
            }
            Left::Chunk(left) => {
                *left -= count;
                if *left == 0 {
                    self.chunk_ended()?;
                }
            }
            Left::ChunkLine | Left::ToTheEnd => {}
        }
        Ok(())
    }

    fn chunk_ended(&mut self) -> io::Result<()> {
        self.left = Left::ChunkLine;
        let Some(connection) = &mut self.connection else {
            return Ok(());
        };
        if connection.line(LINE_BYTES_MAX)?.is_empty() {
            return Ok(());
        }
        Err(bad(BadForm("a chunk is longer than it says")))
    }
}

impl Read for Body<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        let read = self.read_left(buffer);
        if read.is_err() {
            self.connection = None;
        }
        read
    }
}

fn bad(why: BadForm) -> io::Error {
    io::Error::new(ErrorKind::InvalidData, why)
}
