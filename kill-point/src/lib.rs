//! Named places between any two steps of a program, at which a test can have it
//! end itself with SIGKILL: no destructor runs, nothing is flushed.
//!
//! A program calls [`reached`] at each place. Only where the feature `armed` is on
//! and the variable `KILL_AT` names the place does anything happen; the programs
//! that ship are built without it. `KILL_MARK` names a file that is made just
//! before: it tells the test that the place was reached, and where it is there
//! already nothing happens, so that a program killed once is not killed again.

/// The variable that names the place at which to end.
pub const VARIABLE: &str = "KILL_AT";

/// The variable that names the file which says that it happened.
pub const MARK: &str = "KILL_MARK";

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

#[cfg(feature = "armed")]
fn end(place: &str) -> ! {
    eprintln!("kill point reached: {place}");
    let killed =
        rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::KILL);
    unreachable!("SIGKILL cannot be survived: {killed:?}")
}
