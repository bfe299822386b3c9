//! A connection to the server, by TLS where it is elsewhere. Nothing is waited for beyond
//! a moment that is set, and a server that is no longer there is noticed by the kernel.

use std::{
    io::{self, ErrorKind, Read, Write},
    net::{TcpStream, ToSocketAddrs as _},
    sync::Arc,
    time::{Duration, Instant},
};

use rustix::net::sockopt::set_tcp_user_timeout;
use rustls::{ClientConfig, ClientConnection, StreamOwned, pki_types::ServerName};

use super::{
    address::Address,
    message::{BadForm, Head},
};

/// Longest that it takes to connect, and that what was sent may stay without the word
/// that it arrived. Mobile networks drop a connection that rests, and tell nobody.
const LOST: Duration = Duration::from_secs(10);
/// Longest that a server that is there may say nothing.
const SILENCE: Duration = Duration::from_mins(1);

/// Why a request came to nothing.
#[derive(Debug)]
pub enum Fault {
    /// The connection ended before a byte of the answer came.
    Lost(io::Error),
    /// Not in time, or it ended within the answer.
    Cut(io::Error),
    /// The answer is not of the agreed form.
    Form(BadForm),
}

/// A connection.
#[derive(Debug)]
pub struct Connection {
    stream: Stream,
    /// What came and is not read yet.
    input: Vec<u8>,
}

#[derive(Debug)]
enum Stream {
    Plain(Timed),
    Sealed(Box<StreamOwned<ClientConnection, Timed>>),
}

impl Connection {
    /// Connects; by TLS, where that is set up.
    pub fn open(address: &Address, tls: Option<&Arc<ClientConfig>>) -> io::Result<Self> {
        let until = Instant::now() + LOST;
        let socket = reach(address, until)?;
        // A request is written at once and whole.
        socket.set_nodelay(true)?;
        let lost_ms = u32::try_from(LOST.as_millis()).unwrap_or(u32::MAX);
        set_tcp_user_timeout(&socket, lost_ms)?;
        let mut socket = Timed { socket, until };
        let stream = match tls {
            None => Stream::Plain(socket),
            Some(config) => {
                let name = ServerName::try_from(address.host.clone());
                let name = name.map_err(|_| io::Error::other("its name is not one for TLS"))?;
                let client = ClientConnection::new(Arc::clone(config), name);
                let mut client = client.map_err(io::Error::other)?;
                while client.is_handshaking() {
                    client.complete_io(&mut socket)?;
                }
                Stream::Sealed(Box::new(StreamOwned::new(client, socket)))
            }
        };
        let input = Vec::new();
        Ok(Self { stream, input })
    }

    /// Whether it can be asked again, as far as anybody here knows. Nothing is waited for.
    pub fn is_open(&mut self) -> bool {
        let quiet = match &mut self.stream {
            Stream::Plain(timed) => timed.now(|socket| socket.read(&mut [0])),
            Stream::Sealed(sealed) => {
                let StreamOwned { conn, sock } = &mut **sealed;
                // New tickets may have come; an end may not.
                sock.now(|socket| {
                    loop {
                        let count = conn.read_tls(socket)?;
                        let state = conn.process_new_packets().map_err(io::Error::other)?;
                        if count == 0
                            || state.peer_has_closed()
                            || state.plaintext_bytes_to_read() > 0
                        {
                            return Ok(count);
                        }
                    }
                })
            }
        };
        self.input.is_empty() && matches!(quiet, Err(why) if why.kind() == ErrorKind::WouldBlock)
    }

    /// Sends a request and reads the head of its answer; its body may be read until then,
    /// too.
    pub fn ask(&mut self, request: &[u8], until: Instant) -> Result<Head, Fault> {
        self.timed().until = until;
        self.send(request).map_err(lost)?;
        loop {
            match Head::read(&self.input).map_err(Fault::Form)? {
                // It goes on: the answer itself follows.
                Some((count, head)) if (100..200).contains(&head.status) => {
                    self.input.drain(..count);
                }
                Some((count, head)) => {
                    self.input.drain(..count);
                    return Ok(head);
                }
                None => self.hear_of_the_head()?,
            }
        }
    }

    fn send(&mut self, request: &[u8]) -> io::Result<()> {
        match &mut self.stream {
            Stream::Plain(timed) => timed.write_all(request),
            Stream::Sealed(sealed) => {
                sealed.write_all(request)?;
                sealed.flush()
            }
        }
    }

    fn hear_of_the_head(&mut self) -> Result<(), Fault> {
        let nothing_came = self.input.is_empty();
        match self.hear() {
            Ok(()) => Ok(()),
            Err(why) if nothing_came => Err(lost(why)),
            Err(why) => Err(Fault::Cut(why)),
        }
    }

    /// Waits for more.
    fn hear(&mut self) -> io::Result<()> {
        let mut buffer = [0; 4096];
        let count = self.read_on(&mut buffer)?;
        if count == 0 {
            let why = "the server ended the connection";
            return Err(io::Error::new(ErrorKind::UnexpectedEof, why));
        }
        self.input.extend_from_slice(&buffer[..count]);
        Ok(())
    }

    /// The next line, without its end.
    pub fn line(&mut self, bytes_max: usize) -> io::Result<Vec<u8>> {
        loop {
            if let Some(end) = self.input.windows(2).position(|it| it == b"\r\n") {
                let line = self.input[..end].to_vec();
                self.input.drain(..end + 2);
                return Ok(line);
            }
            if self.input.len() > bytes_max {
                return Err(io::Error::new(ErrorKind::InvalidData, "a line is too long"));
            }
            self.hear()?;
        }
    }

    fn read_on(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match &mut self.stream {
            Stream::Plain(timed) => timed.read(buffer),
            Stream::Sealed(sealed) => sealed.read(buffer),
        }
    }

    fn timed(&mut self) -> &mut Timed {
        match &mut self.stream {
            Stream::Plain(timed) => timed,
            Stream::Sealed(sealed) => &mut sealed.sock,
        }
    }

    /// Ends it in good order, as far as that needs no waiting.
    pub fn end(mut self) -> io::Result<()> {
        if let Stream::Sealed(sealed) = &mut self.stream {
            let StreamOwned { conn, sock } = &mut **sealed;
            conn.send_close_notify();
            sock.now(|socket| conn.write_tls(socket))?;
        }
        Ok(())
    }
}

impl Read for Connection {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.input.is_empty() {
            return self.read_on(buffer);
        }
        let count = buffer.len().min(self.input.len());
        buffer[..count].copy_from_slice(&self.input[..count]);
        self.input.drain(..count);
        Ok(count)
    }
}

/// Connects by whichever of its numbers answers.
fn reach(address: &Address, until: Instant) -> io::Result<TcpStream> {
    let all = (address.host.as_str(), address.port).to_socket_addrs()?;
    let all: Vec<_> = all.collect();
    let mut failed = late();
    for (tried, number) in (0..).zip(&all) {
        // A way that leads nowhere leaves time for the others.
        let others = u32::try_from(all.len()).unwrap_or(u32::MAX) - tried;
        let left = until.saturating_duration_since(Instant::now()) / others;
        if left.is_zero() {
            break;
        }
        match TcpStream::connect_timeout(number, left) {
            Ok(socket) => return Ok(socket),
            Err(why) => failed = why,
        }
    }
    Err(failed)
}

/// A socket on which nothing is waited for beyond a moment.
#[derive(Debug)]
struct Timed {
    socket: TcpStream,
    until: Instant,
}

impl Timed {
    fn left(&self) -> io::Result<Duration> {
        let left = self.until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(late());
        }
        Ok(left.min(SILENCE))
    }

    /// Does what can be done without waiting.
    fn now<T>(&mut self, act: impl FnOnce(&mut TcpStream) -> io::Result<T>) -> io::Result<T> {
        self.socket.set_nonblocking(true)?;
        let done = act(&mut self.socket);
        self.socket.set_nonblocking(false)?;
        done
    }
}

impl Read for Timed {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            self.socket.set_read_timeout(Some(self.left()?))?;
            match self.socket.read(buffer) {
                Err(why) if why.kind() == ErrorKind::Interrupted => {}
                Err(why) if why.kind() == ErrorKind::WouldBlock => return Err(late()),
                read => return read,
            }
        }
    }
}

impl Write for Timed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        loop {
            self.socket.set_write_timeout(Some(self.left()?))?;
            match self.socket.write(bytes) {
                Err(why) if why.kind() == ErrorKind::Interrupted => {}
                Err(why) if why.kind() == ErrorKind::WouldBlock => return Err(late()),
                written => return written,
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn late() -> io::Error {
    io::Error::new(ErrorKind::TimedOut, "no answer in time")
}

/// The connection failed before an answer: it is lost, or only slow.
fn lost(why: io::Error) -> Fault {
    if is_late(&why) {
        return Fault::Cut(why);
    }
    Fault::Lost(why)
}

/// Whether it is our own time that ran out: the kernel's word that the other end is lost
/// has a number.
fn is_late(why: &io::Error) -> bool {
    why.kind() == ErrorKind::TimedOut && why.raw_os_error().is_none()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test stops where its set-up fails")]

    use std::net::TcpListener;

    use rustix::net::sockopt::tcp_user_timeout;

    use super::*;

    fn connected() -> (Connection, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let connection = Connection::open(&address.parse().unwrap(), None).unwrap();
        (connection, listener.accept().unwrap().0)
    }

    #[test]
    fn a_server_that_says_nothing_is_waited_for_until_the_moment_that_was_set() {
        let (mut connection, _server) = connected();
        let until = Instant::now() + Duration::from_millis(50);
        let late = connection.ask(b"x", until).unwrap_err();
        // It is there: what was sent arrived, and must not be sent again.
        assert!(matches!(late, Fault::Cut(_)), "{late:?}");
        assert!(Instant::now() >= until);
        let late = connection.ask(b"x", until).unwrap_err();
        assert!(matches!(late, Fault::Cut(_)), "{late:?}");
    }

    #[test]
    fn a_server_that_is_lost_is_noticed_by_the_kernel() {
        let (mut connection, _server) = connected();
        let set = tcp_user_timeout(&connection.timed().socket).unwrap();
        assert_eq!(u128::from(set), LOST.as_millis());
        // This is how it says so: an error with a number, where our own has none.
        let kernels = io::Error::from_raw_os_error(rustix::io::Errno::TIMEDOUT.raw_os_error());
        assert_eq!(kernels.kind(), ErrorKind::TimedOut);
        assert!(!is_late(&kernels) && is_late(&late()));
    }

    #[test]
    fn what_came_unasked_spoils_a_connection() {
        let (mut connection, mut server) = connected();
        assert!(connection.is_open() && connection.is_open());
        server.write_all(b"HTTP/1.1 408 x\r\n\r\n").unwrap();
        assert!(!connection.is_open());
        let (mut connection, server) = connected();
        drop(server);
        assert!(!connection.is_open());
    }
}
