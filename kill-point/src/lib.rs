//! What a test can have happen to a program from inside. Named places between any two
//! steps, at which it ends itself with SIGKILL: no destructor runs, nothing is flushed.
//! And a disk that is full from one of its writes on.
//!
//! A program calls [`reached`] at each place. Only where the feature `armed` is on
//! and the variable `KILL_AT` names the place does anything happen; the programs
//! that ship are built without it. `KILL_MARK` names a file that is made just
//! before: it tells the test that the place was reached, and where it is there
//! already nothing happens, so that a program killed once is not killed again.
//!
//! Whatever takes room on the disk asks [`room`] first; `FULL_AT` says which of these
//! writes is the first that finds none.

use std::io;

/// The variable that names the place at which to end.
pub const VARIABLE: &str = "KILL_AT";

/// The variable that names the file which says that it happened.
pub const MARK: &str = "KILL_MARK";

/// The variable that says at which write, counted from one, the disk is full.
pub const FULL: &str = "FULL_AT";

/// Ends this program here if the test asked for it.
#[cfg(feature = "armed")]
pub fn reached(place: &str) {
    if std::env::var(VARIABLE).is_ok_and(|asked| asked == place) && is_first_time() {
        end(place);
    }
}

#[cfg(feature = "armed")]
fn is_first_time() -> bool {
    let Some(mark) = std::env::var_os(MARK) else {
        return true;
    };
    match std::fs::File::create_new(&mark) {
        Ok(_) => true,
        Err(fault) if fault.kind() == std::io::ErrorKind::AlreadyExists => false,
        Err(fault) => panic!("making {}: {fault}", mark.display()),
    }
}

/// Does nothing: this program has no test doors.
#[cfg(not(feature = "armed"))]
pub const fn reached(_place: &str) {}

/// Whether there is room for one more write.
///
/// # Errors
/// The test asked for a disk that is full by now.
#[cfg(feature = "armed")]
pub fn room() -> io::Result<()> {
    use std::sync::atomic::{AtomicU64, Ordering};

    static WRITES: AtomicU64 = AtomicU64::new(0);
    let write = WRITES.fetch_add(1, Ordering::Relaxed) + 1;
    let full_at = std::env::var(FULL).ok().and_then(|at| at.parse().ok());
    if full_at.is_some_and(|at: u64| write >= at) {
        eprintln!("kill point: the disk is full at write {write}");
        return Err(rustix::io::Errno::NOSPC.into());
    }
    Ok(())
}

/// There is as much room as the disk says.
///
/// # Errors
/// None: this program has no test doors.
#[cfg(not(feature = "armed"))]
pub const fn room() -> io::Result<()> {
    Ok(())
}

#[cfg(feature = "armed")]
fn end(place: &str) -> ! {
    eprintln!("kill point reached: {place}");
    let killed =
        rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::KILL);
    unreachable!("SIGKILL cannot be survived: {killed:?}")
}
