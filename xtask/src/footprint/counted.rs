//! A way to a program that counts what goes through it, in both directions.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use anyhow::{Context, Result};

/// Counts the bytes of every connection.
#[derive(Debug)]
pub struct Counted {
    port: u16,
    bytes: Arc<AtomicU64>,
}

impl Counted {
    /// A way to whoever listens at `to`.
    pub fn to(to: String) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").context("looking for a free port")?;
        let port = listener.local_addr()?.port();
        let bytes = Arc::new(AtomicU64::new(0));
        let counter = Arc::clone(&bytes);
        thread::spawn(move || {
            for caller in listener.incoming().flatten() {
                let (to, counter) = (to.clone(), Arc::clone(&counter));
                thread::spawn(move || pass(&caller, &to, &counter));
            }
        });
        Ok(Self { port, bytes })
    }

    /// Where to call.
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// Bytes so far.
    pub fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::SeqCst)
    }
}

/// A connection that breaks ends both ways; its caller sees that.
fn pass(caller: &TcpStream, to: &str, counter: &Arc<AtomicU64>) {
    let Ok(onward) = TcpStream::connect(to) else {
        return;
    };
    let copies = caller
        .try_clone()
        .and_then(|it| Ok((it, onward.try_clone()?)));
    let Ok((back_to, back_from)) = copies else {
        return;
    };
    let counter_back = Arc::clone(counter);
    let back = thread::spawn(move || copy(&back_from, &back_to, &counter_back));
    copy(caller, &onward, counter);
    if back.join().is_err() {
        eprintln!("a connection was not counted to its end");
    }
}

fn copy(mut from: &TcpStream, mut to: &TcpStream, counter: &AtomicU64) {
    let mut buffer = [0; 8192];
    while let Ok(read @ 1..) = from.read(&mut buffer) {
        counter.fetch_add(read as u64, Ordering::SeqCst);
        if to.write_all(&buffer[..read]).is_err() {
            break;
        }
    }
    // Whoever is gone already needs not to be told.
    to.shutdown(Shutdown::Write).ok();
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test stops where its set-up fails")]

    use super::*;

    #[test]
    fn what_goes_there_and_back_is_counted() {
        let echo = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = echo.local_addr().unwrap().to_string();
        let echoing = thread::spawn(move || {
            let (mut caller, _) = echo.accept().unwrap();
            let mut text = Vec::new();
            caller.read_to_end(&mut text).unwrap();
            caller.write_all(&text[..3]).unwrap();
        });
        let counted = Counted::to(address).unwrap();
        let mut caller = TcpStream::connect(("127.0.0.1", counted.port())).unwrap();
        caller.write_all(b"hello").unwrap();
        caller.shutdown(Shutdown::Write).unwrap();
        let mut back = String::new();
        caller.read_to_string(&mut back).unwrap();
        echoing.join().unwrap();
        assert_eq!((back.as_str(), counted.bytes()), ("hel", 8));
    }
}
