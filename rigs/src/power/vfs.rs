//! The double disk as a file system of `SQLite`'s (its "VFS"). It becomes the
//! process's default, so that the programs' own code runs on it unchanged. What it
//! says of itself, and when it syncs a folder, is as `SQLite` does it on Linux.

#![expect(
    unsafe_code,
    reason = "SQLite calls a file system in C; all that one does is safe code in `disk`"
)]

use std::{
    cell::RefCell,
    ffi::{CStr, CString, c_char, c_int, c_void},
    ptr, slice,
    sync::{Once, atomic},
};

use rusqlite::ffi;

use super::{
    disk::{Disk, Failure, How, OpenFile, REGION_BYTES},
    locks::Level,
    trouble::Kind,
};

thread_local! {
    /// The disk that this thread's connections open their files on.
    static MOUNTED: RefCell<Option<Disk>> = const { RefCell::new(None) };
    /// This thread's open database files, each with its connection.
    static CONNECTIONS: RefCell<Vec<(*mut Slot, *mut ffi::sqlite3)>> = const { RefCell::new(Vec::new()) };
}

/// Lets this thread's connections open files on this disk, and on no other.
pub fn mount(disk: &Disk) {
    install();
    MOUNTED.set(Some(disk.clone()));
}

/// Opens a connection and has it do some SQL before anybody else can use it: what
/// the code that opens it would not do.
pub fn open_and_say<T, E>(sql: &CStr, open: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
    let before = CONNECTIONS.with_borrow(Vec::len);
    let opened = open()?;
    let connection = CONNECTIONS.with_borrow(|all| all.get(before..)?.last().copied());
    let (_, connection) = connection.expect("a store keeps its connection open");
    let nothing = ptr::null_mut();
    // SAFETY: its file is open, so the connection is; and it was opened by this
    // thread just above, so that nobody else has it yet.
    let said =
        unsafe { ffi::sqlite3_exec(connection, sql.as_ptr(), None, nothing, nothing.cast()) };
    assert_eq!(said, ffi::SQLITE_OK, "{}", sql.to_string_lossy());
    Ok(opened)
}

fn install() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let vfs = Box::leak(Box::new(vfs()));
        // SAFETY: it is never freed, and all its functions are there.
        let registered = unsafe { ffi::sqlite3_vfs_register(vfs, 1) };
        assert_eq!(registered, ffi::SQLITE_OK, "the file system is registered");
    });
}

/// What stands in the memory that `SQLite` keeps for an open file.
#[repr(C)]
struct Slot {
    methods: *const ffi::sqlite3_io_methods,
    file: *mut OpenFile,
}

const PATH_CHARS_MAX: c_int = 512;

fn vfs() -> ffi::sqlite3_vfs {
    ffi::sqlite3_vfs {
        iVersion: 1,
        szOsFile: c_int::try_from(size_of::<Slot>()).expect("two pointers"),
        mxPathname: PATH_CHARS_MAX,
        pNext: ptr::null_mut(),
        zName: c"power".as_ptr(),
        pAppData: ptr::null_mut(),
        xOpen: Some(open),
        xDelete: Some(delete),
        xAccess: Some(access),
        xFullPathname: Some(full_path),
        xDlOpen: None,
        xDlError: None,
        xDlSym: None,
        xDlClose: None,
        xRandomness: Some(randomness),
        xSleep: Some(sleep),
        xCurrentTime: Some(current_time),
        xGetLastError: None,
        xCurrentTimeInt64: None,
        xSetSystemCall: None,
        xGetSystemCall: None,
        xNextSystemCall: None,
    }
}

/// Version 2: with the shared index, without memory-mapped files, which nobody
/// here asks for.
static METHODS: ffi::sqlite3_io_methods = ffi::sqlite3_io_methods {
    iVersion: 2,
    xClose: Some(close),
    xRead: Some(read),
    xWrite: Some(write),
    xTruncate: Some(truncate),
    xSync: Some(sync),
    xFileSize: Some(file_size),
    xLock: Some(lock),
    xUnlock: Some(unlock),
    xCheckReservedLock: Some(check_reserved),
    xFileControl: Some(file_control),
    xSectorSize: Some(sector_size),
    xDeviceCharacteristics: Some(characteristics),
    xShmMap: Some(shm_map),
    xShmLock: Some(shm_lock),
    xShmBarrier: Some(shm_barrier),
    xShmUnmap: Some(shm_unmap),
    xFetch: None,
    xUnfetch: None,
};

/// `SQLite`'s word for what the disk said.
fn code(done: Result<(), Failure>) -> c_int {
    match done {
        Ok(()) => ffi::SQLITE_OK,
        Err(Failure::NoSuchFile) => ffi::SQLITE_CANTOPEN,
        Err(Failure::Busy) => ffi::SQLITE_BUSY,
        Err(Failure::Trouble(Kind::Full)) => ffi::SQLITE_FULL,
        Err(Failure::Trouble(Kind::WriteFails)) => ffi::SQLITE_IOERR_WRITE,
        Err(Failure::Trouble(Kind::SyncFails)) => ffi::SQLITE_IOERR_FSYNC,
    }
}

/// `SQLite` never asks for a negative place or length.
fn count<N: TryInto<usize>>(number: N) -> usize {
    let count = number.try_into().ok();
    count.expect("places and lengths are never negative")
}

/// The last part of a path: a disk is one folder.
///
/// # Safety
/// `path` is null or a C string.
unsafe fn name<'a>(path: *const c_char) -> Option<&'a str> {
    if path.is_null() {
        return None;
    }
    // SAFETY: the caller says that it is a C string.
    let path = unsafe { CStr::from_ptr(path) };
    path.to_str()
        .expect("our paths are UTF-8")
        .rsplit('/')
        .next()
}

/// The file in a slot.
///
/// # Safety
/// `slot` was filled by [`open`] and not closed since.
unsafe fn file<'a>(slot: *mut ffi::sqlite3_file) -> &'a mut OpenFile {
    // SAFETY: the caller says that `open` filled it; `SQLite` calls the methods of
    // one file one after the other.
    unsafe { &mut *(*slot.cast::<Slot>()).file }
}

unsafe extern "C" fn open(
    _: *mut ffi::sqlite3_vfs,
    path: ffi::sqlite3_filename,
    slot: *mut ffi::sqlite3_file,
    flags: c_int,
    out_flags: *mut c_int,
) -> c_int {
    const SYNCED_WITH_FOLDER: c_int =
        ffi::SQLITE_OPEN_WAL | ffi::SQLITE_OPEN_MAIN_JOURNAL | ffi::SQLITE_OPEN_SUPER_JOURNAL;
    let slot = slot.cast::<Slot>();
    let create = flags & ffi::SQLITE_OPEN_CREATE != 0;
    let how = How {
        create,
        sync_folder: create && flags & SYNCED_WITH_FOLDER != 0,
    };
    let disk = MOUNTED.with_borrow(Option::clone);
    // SAFETY: `SQLite` gives null for a temporary file, else a C string.
    let name = unsafe { name(path) };
    let opened = disk
        .ok_or(Failure::NoSuchFile)
        .and_then(|disk| disk.open(name, how));
    let (filled, done) = match opened {
        Ok(file) => {
            let file = Box::into_raw(Box::new(file));
            (
                Slot {
                    methods: &raw const METHODS,
                    file,
                },
                Ok(()),
            )
        }
        Err(failure) => {
            // No methods: `SQLite` does not close it.
            let (methods, file) = (ptr::null(), ptr::null_mut());
            (Slot { methods, file }, Err(failure))
        }
    };
    // SAFETY: `SQLite` keeps `szOsFile` bytes there.
    unsafe { slot.write(filled) };
    if !out_flags.is_null() {
        // SAFETY: it is not null.
        unsafe { *out_flags = flags };
    }
    code(done)
}

unsafe extern "C" fn close(slot: *mut ffi::sqlite3_file) -> c_int {
    let slot = slot.cast::<Slot>();
    CONNECTIONS.with_borrow_mut(|all| all.retain(|(its, _)| *its != slot));
    // SAFETY: `open` made it, and nothing else is called after this.
    drop(unsafe { Box::from_raw((*slot).file) });
    ffi::SQLITE_OK
}

unsafe extern "C" fn delete(
    _: *mut ffi::sqlite3_vfs,
    path: *const c_char,
    sync_folder: c_int,
) -> c_int {
    // SAFETY: `SQLite` gives a C string.
    let name = unsafe { name(path) }.unwrap_or_default();
    let disk = MOUNTED.with_borrow(Option::clone);
    let deleted = disk.map(|disk| disk.delete(name, sync_folder & 1 != 0));
    match deleted {
        None | Some(Err(Failure::NoSuchFile)) => ffi::SQLITE_IOERR_DELETE_NOENT,
        Some(done) => code(done),
    }
}

/// A file that is empty counts as none, as on Linux.
unsafe extern "C" fn access(
    _: *mut ffi::sqlite3_vfs,
    path: *const c_char,
    flags: c_int,
    out: *mut c_int,
) -> c_int {
    // SAFETY: `SQLite` gives a C string.
    let name = unsafe { name(path) }.unwrap_or_default();
    let length = MOUNTED.with_borrow(|disk| disk.as_ref()?.length(name));
    let least = usize::from(flags == ffi::SQLITE_ACCESS_EXISTS);
    let may = length.is_some_and(|length| length >= least);
    // SAFETY: `SQLite` waits for the answer there.
    unsafe { *out = c_int::from(may) };
    ffi::SQLITE_OK
}

unsafe extern "C" fn full_path(
    _: *mut ffi::sqlite3_vfs,
    path: *const c_char,
    room: c_int,
    out: *mut c_char,
) -> c_int {
    // SAFETY: `SQLite` gives a C string.
    let path = unsafe { CStr::from_ptr(path) };
    let path: CString = path.into();
    let bytes = path.as_bytes_with_nul();
    if bytes.len() > count(room) {
        return ffi::SQLITE_CANTOPEN;
    }
    // SAFETY: there is room for so many bytes.
    unsafe { ptr::copy_nonoverlapping(bytes.as_ptr().cast(), out, bytes.len()) };
    ffi::SQLITE_OK
}

/// The same in every run: `SQLite` draws its salts from it.
unsafe extern "C" fn randomness(
    _: *mut ffi::sqlite3_vfs,
    length: c_int,
    out: *mut c_char,
) -> c_int {
    // SAFETY: `SQLite` gives so many bytes.
    unsafe { slice::from_raw_parts_mut(out.cast::<u8>(), count(length)) }.fill(0x5a);
    length
}

/// Nobody here waits for anybody: whoever is in the way stays there.
unsafe extern "C" fn sleep(_: *mut ffi::sqlite3_vfs, microseconds: c_int) -> c_int {
    microseconds
}

/// The first of January 2026, in Julian days.
unsafe extern "C" fn current_time(_: *mut ffi::sqlite3_vfs, out: *mut f64) -> c_int {
    // SAFETY: `SQLite` waits for the answer there.
    unsafe { *out = 2_461_041.5 };
    ffi::SQLITE_OK
}

unsafe extern "C" fn read(
    slot: *mut ffi::sqlite3_file,
    to: *mut c_void,
    length: c_int,
    at: ffi::sqlite3_int64,
) -> c_int {
    // SAFETY: `SQLite` gives so many bytes, and a file that is open.
    let (to, file) = unsafe {
        let to = slice::from_raw_parts_mut(to.cast::<u8>(), count(length));
        (to, file(slot))
    };
    let found = file.read(count(at), to);
    if found == to.len() {
        return ffi::SQLITE_OK;
    }
    to[found..].fill(0);
    ffi::SQLITE_IOERR_SHORT_READ
}

unsafe extern "C" fn write(
    slot: *mut ffi::sqlite3_file,
    from: *const c_void,
    length: c_int,
    at: ffi::sqlite3_int64,
) -> c_int {
    // SAFETY: `SQLite` gives so many bytes, and a file that is open.
    let (from, file) = unsafe {
        let from = slice::from_raw_parts(from.cast::<u8>(), count(length));
        (from, file(slot))
    };
    code(file.write(count(at), from))
}

unsafe extern "C" fn truncate(slot: *mut ffi::sqlite3_file, length: ffi::sqlite3_int64) -> c_int {
    // SAFETY: the file is open.
    code(unsafe { file(slot) }.truncate(count(length)))
}

unsafe extern "C" fn sync(slot: *mut ffi::sqlite3_file, _: c_int) -> c_int {
    // SAFETY: the file is open.
    code(unsafe { file(slot) }.sync())
}

unsafe extern "C" fn file_size(
    slot: *mut ffi::sqlite3_file,
    out: *mut ffi::sqlite3_int64,
) -> c_int {
    // SAFETY: the file is open, and `SQLite` waits for the answer there.
    unsafe {
        let length = file(slot).length();
        *out = ffi::sqlite3_int64::try_from(length).expect("files are small here");
    }
    ffi::SQLITE_OK
}

fn level(number: c_int) -> Level {
    match number {
        ffi::SQLITE_LOCK_NONE => Level::None,
        ffi::SQLITE_LOCK_SHARED => Level::Shared,
        ffi::SQLITE_LOCK_RESERVED => Level::Reserved,
        ffi::SQLITE_LOCK_PENDING => Level::Pending,
        _ => Level::Exclusive,
    }
}

unsafe extern "C" fn lock(slot: *mut ffi::sqlite3_file, to: c_int) -> c_int {
    // SAFETY: the file is open.
    code(unsafe { file(slot) }.lock(level(to)))
}

unsafe extern "C" fn unlock(slot: *mut ffi::sqlite3_file, to: c_int) -> c_int {
    // SAFETY: the file is open.
    unsafe { file(slot) }.unlock(level(to));
    ffi::SQLITE_OK
}

unsafe extern "C" fn check_reserved(slot: *mut ffi::sqlite3_file, out: *mut c_int) -> c_int {
    // SAFETY: the file is open, and `SQLite` waits for the answer there.
    unsafe { *out = c_int::from(file(slot).reserved()) };
    ffi::SQLITE_OK
}

/// Notes whose file it is; knows nothing else, which `SQLite` takes for a plain disk.
unsafe extern "C" fn file_control(
    slot: *mut ffi::sqlite3_file,
    what: c_int,
    of: *mut c_void,
) -> c_int {
    if what == ffi::SQLITE_FCNTL_PDB {
        // SAFETY: with this word `SQLite` says where the connection is.
        let connection = unsafe { *of.cast::<*mut ffi::sqlite3>() };
        CONNECTIONS.with_borrow_mut(|all| all.push((slot.cast(), connection)));
    }
    ffi::SQLITE_NOTFOUND
}

unsafe extern "C" fn sector_size(_: *mut ffi::sqlite3_file) -> c_int {
    4096
}

unsafe extern "C" fn characteristics(_: *mut ffi::sqlite3_file) -> c_int {
    ffi::SQLITE_IOCAP_POWERSAFE_OVERWRITE | ffi::SQLITE_IOCAP_SUBPAGE_READ
}

unsafe extern "C" fn shm_map(
    slot: *mut ffi::sqlite3_file,
    region: c_int,
    bytes: c_int,
    make: c_int,
    out: *mut *mut c_void,
) -> c_int {
    assert_eq!(count(bytes), REGION_BYTES, "as SQLite has it");
    // SAFETY: the file is open, and `SQLite` waits for the answer there.
    unsafe {
        let index = file(slot).index(count(region), make != 0);
        *out = index.map_or(ptr::null_mut(), <*mut u64>::cast);
    }
    ffi::SQLITE_OK
}

unsafe extern "C" fn shm_lock(
    slot: *mut ffi::sqlite3_file,
    first: c_int,
    how_many: c_int,
    flags: c_int,
) -> c_int {
    let locks = (0..how_many).fold(0, |locks, at| locks | (1 << (first + at)));
    // SAFETY: the file is open.
    let file = unsafe { file(slot) };
    if flags & ffi::SQLITE_SHM_UNLOCK != 0 {
        file.index_give(locks);
        return ffi::SQLITE_OK;
    }
    code(file.index_take(locks, flags & ffi::SQLITE_SHM_EXCLUSIVE != 0))
}

unsafe extern "C" fn shm_barrier(_: *mut ffi::sqlite3_file) {
    atomic::fence(atomic::Ordering::SeqCst);
}

unsafe extern "C" fn shm_unmap(slot: *mut ffi::sqlite3_file, _: c_int) -> c_int {
    // SAFETY: the file is open.
    unsafe { file(slot) }.index_leave();
    ffi::SQLITE_OK
}
