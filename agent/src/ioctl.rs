//! What is asked of the kernel by `ioctl`, each request with the struct that the
//! kernel's own header gives it: encryption of a directory (`linux/fscrypt.h`),
//! subvolumes (`linux/btrfs.h`), and which blocks are free (`linux/fs.h`). The only
//! unsafe code of the agent, since nothing else ties a request to its struct.

use std::os::fd::{AsFd, AsRawFd as _};

use rustix::{
    io::Errno,
    ioctl::{Opcode, Updater, opcode},
};

const ADD_KEY: Opcode = opcode::read_write::<AddKey>(b'f', 23);
const REMOVE_KEY: Opcode = opcode::read_write::<RemoveKey>(b'f', 25);
const KEY_STATUS: Opcode = opcode::read_write::<KeyStatus>(b'f', 26);
const SET_POLICY: Opcode = opcode::read::<[u8; 12]>(b'f', 19);
const GET_POLICY: Opcode = opcode::read_write::<[u8; 9]>(b'f', 22);
const TRIM: Opcode = opcode::read_write::<[u64; 3]>(b'X', 121);
const SNAPSHOT: Opcode = opcode::write::<Subvolume>(0x94, 23);
const CREATE: Opcode = opcode::write::<Subvolume>(0x94, 24);
const DESTROY: Opcode = opcode::write::<Subvolume>(0x94, 63);
const LOOK_UP: Opcode = opcode::read_write::<LookUp>(0x94, 18);
const SEARCH: Opcode = opcode::read_write::<Search>(0x94, 17);

/// Asks one thing of the file system that `file` is on.
#[expect(
    unsafe_code,
    reason = "a request is tied to its struct by this file alone"
)]
fn ask<const REQUEST: Opcode, T>(file: impl AsFd, about: &mut T) -> Result<(), Errno> {
    // SAFETY: every call below gives a request together with the struct that the
    // kernel's header declares for it, laid out as C does, which holds no pointer and
    // takes any bytes that the kernel writes; what is declared with a tail of unknown
    // length has its tail behind it, as long as its own fields say.
    unsafe { rustix::ioctl::ioctl(file, Updater::<REQUEST, T>::new(about)) }
}

/// Length of a key.
pub const KEY_BYTES: usize = 64;
/// What the kernel calls a key: made from its bytes, and no secret.
pub type KeyId = [u8; 16];

const BY_ID: u32 = 2;

#[repr(C)]
#[derive(Clone, Copy)]
struct Named {
    kind: u32,
    reserved: u32,
    id: KeyId,
    rest: [u8; 16],
}

impl Named {
    const fn of(id: KeyId) -> Self {
        Self {
            kind: BY_ID,
            reserved: 0,
            id,
            rest: [0; 16],
        }
    }
}

#[repr(C)]
struct AddKey {
    named: Named,
    raw_size: u32,
    key_id: u32,
    reserved: [u32; 8],
}

#[repr(C)]
struct AddKeyWithBytes {
    head: AddKey,
    raw: [u8; KEY_BYTES],
}

/// Lets the file system use a key; what the kernel calls it.
pub fn add_key(file_system: impl AsFd, key: &[u8; KEY_BYTES]) -> Result<KeyId, Errno> {
    let head = AddKey {
        named: Named::of(KeyId::default()),
        raw_size: 64,
        key_id: 0,
        reserved: [0; 8],
    };
    let mut adding = AddKeyWithBytes { head, raw: *key };
    let added = ask::<ADD_KEY, _>(file_system, &mut adding);
    adding.raw = [0; KEY_BYTES];
    added.map(|()| adding.head.named.id)
}

#[repr(C)]
struct RemoveKey {
    named: Named,
    status: u32,
    reserved: [u32; 5],
}

/// How the kernel took a key's removal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Removed {
    /// The key and what was read with it are gone.
    Wholly,
    /// Files are open, which it still reads.
    FilesBusy,
}

/// Takes a key from the file system, whoever added it. One that is not there is gone.
pub fn remove_key(file_system: impl AsFd, id: KeyId) -> Result<Removed, Errno> {
    let mut removing = RemoveKey {
        named: Named::of(id),
        status: 0,
        reserved: [0; 5],
    };
    match ask::<REMOVE_KEY, _>(file_system, &mut removing) {
        Ok(()) if removing.status == 0 => Ok(Removed::Wholly),
        Ok(()) => Ok(Removed::FilesBusy),
        Err(Errno::NOKEY) => Ok(Removed::Wholly),
        Err(why) => Err(why),
    }
}

#[repr(C)]
struct KeyStatus {
    named: Named,
    reserved: [u32; 6],
    status: u32,
    flags: u32,
    users: u32,
    out_reserved: [u32; 13],
}

const ABSENT: u32 = 1;

/// Whether the file system knows nothing of a key.
pub fn is_key_absent(file_system: impl AsFd, id: KeyId) -> Result<bool, Errno> {
    let mut asked = KeyStatus {
        named: Named::of(id),
        reserved: [0; 6],
        status: 0,
        flags: 0,
        users: 0,
        out_reserved: [0; 13],
    };
    ask::<KEY_STATUS, _>(file_system, &mut asked)?;
    Ok(asked.status == ABSENT)
}

#[repr(C)]
#[derive(Clone, Copy, Default)]
struct Policy {
    version: u8,
    contents: u8,
    names: u8,
    flags: u8,
    reserved: [u8; 4],
    id: KeyId,
}

/// Encrypts all that will ever be in an empty directory: contents with AES-256-XTS,
/// names with AES-256-CTS, padded so that their lengths say little.
pub fn encrypt_directory(directory: impl AsFd, id: KeyId) -> Result<(), Errno> {
    let mut policy = Policy {
        version: 2,
        contents: 1,
        names: 4,
        flags: 3,
        reserved: [0; 4],
        id,
    };
    ask::<SET_POLICY, _>(directory, &mut policy)
}

#[repr(C)]
struct AskedPolicy {
    size: u64,
    policy: Policy,
}

/// The key of an encrypted directory; `None` where it is not encrypted.
///
/// # Errors
/// `OPNOTSUPP` or `NOTTY` where the file system does not encrypt.
pub fn key_of(directory: impl AsFd) -> Result<Option<KeyId>, Errno> {
    let mut asked = AskedPolicy {
        size: size_of::<Policy>() as u64,
        policy: Policy::default(),
    };
    match ask::<GET_POLICY, _>(directory, &mut asked) {
        Ok(()) => Ok(Some(asked.policy.id)),
        Err(Errno::NODATA) => Ok(None),
        Err(why) => Err(why),
    }
}

/// Tells the disk which blocks hold nothing any more; how many bytes it was told of.
pub fn trim(file_system: impl AsFd) -> Result<u64, Errno> {
    let mut range = [0, u64::MAX, 0];
    ask::<TRIM, _>(file_system, &mut range)?;
    Ok(range[1])
}

#[repr(C)]
struct Subvolume {
    file: i64,
    transaction: u64,
    flags: u64,
    unused: [u64; 4],
    name: [u8; 4040],
}

const BY_NUMBER: u64 = 1 << 4;

impl Subvolume {
    fn named(name: &[u8]) -> Result<Self, Errno> {
        let mut it = Self {
            file: 0,
            transaction: 0,
            flags: 0,
            unused: [0; 4],
            name: [0; 4040],
        };
        // The kernel reads up to a NUL, so one stays.
        if name.is_empty() || name.len() >= it.name.len() || name.contains(&0) {
            return Err(Errno::INVAL);
        }
        it.name[..name.len()].copy_from_slice(name);
        Ok(it)
    }
}

/// Makes an empty subvolume in `parent`.
pub fn create_subvolume(parent: impl AsFd, name: &[u8]) -> Result<(), Errno> {
    ask::<CREATE, _>(parent, &mut Subvolume::named(name)?)
}

/// Makes a snapshot of a subvolume in `parent`.
pub fn snapshot(of: impl AsFd, parent: impl AsFd, name: &[u8]) -> Result<(), Errno> {
    let mut asked = Subvolume::named(name)?;
    asked.file = i64::from(of.as_fd().as_raw_fd());
    ask::<SNAPSHOT, _>(parent, &mut asked)
}

/// Deletes the subvolume of this number, wherever it is in the file system.
pub fn destroy_subvolume(file_system: impl AsFd, number: u64) -> Result<(), Errno> {
    let mut asked = Subvolume::named(b"-")?;
    asked.flags = BY_NUMBER;
    asked.name[..8].copy_from_slice(&number.to_ne_bytes());
    ask::<DESTROY, _>(file_system, &mut asked)
}

#[repr(C)]
struct LookUp {
    tree: u64,
    object: u64,
    name: [u8; 4080],
}

/// The number of the subvolume that a file or directory is in.
pub fn subvolume_of(file: impl AsFd) -> Result<u64, Errno> {
    let mut asked = LookUp {
        tree: 0,
        object: 256,
        name: [0; 4080],
    };
    ask::<LOOK_UP, _>(file, &mut asked)?;
    Ok(asked.tree)
}

#[repr(C)]
struct Search {
    tree: u64,
    objects: [u64; 2],
    offsets: [u64; 2],
    transactions: [u64; 2],
    kinds: [u32; 2],
    count: u32,
    unused: u32,
    unused_too: [u64; 4],
    found: [u8; 3992],
}

/// Something that the tree of all subvolumes holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The subvolume's number.
    pub object: u64,
    /// What kind of thing is known of it.
    pub kind: u32,
    /// A second number, by the kind.
    pub offset: u64,
    /// What is known, as it is on the disk.
    pub bytes: Vec<u8>,
}

/// All that the file system knows of its subvolumes, of the kinds from `first_kind`
/// to `last_kind`, in order of their numbers.
pub fn subvolumes(
    file_system: impl AsFd,
    first_kind: u32,
    last_kind: u32,
) -> Result<Vec<Found>, Errno> {
    let mut all: Vec<Found> = Vec::new();
    loop {
        let from = all.last().map_or((0, 0, 0), after);
        let mut asked = Search {
            tree: 1,
            objects: [from.0, u64::MAX],
            offsets: [from.2, u64::MAX],
            transactions: [0, u64::MAX],
            kinds: [from.1.max(first_kind), last_kind],
            count: 4096,
            unused: 0,
            unused_too: [0; 4],
            found: [0; 3992],
        };
        ask::<SEARCH, _>(&file_system, &mut asked)?;
        if asked.count == 0 {
            let wanted = |found: &Found| (first_kind..=last_kind).contains(&found.kind);
            all.retain(wanted);
            return Ok(all);
        }
        all.extend(read(&asked.found, asked.count).ok_or(Errno::IO)?);
    }
}

/// The first place after something that was found: a search goes by the three numbers
/// as if they were one.
const fn after(found: &Found) -> (u64, u32, u64) {
    match found.offset.checked_add(1) {
        Some(offset) => (found.object, found.kind, offset),
        None => (found.object, found.kind + 1, 0),
    }
}

fn read(mut bytes: &[u8], count: u32) -> Option<Vec<Found>> {
    let mut found = Vec::new();
    for _ in 0..count {
        let (head, rest) = bytes.split_at_checked(32)?;
        let number = |at: usize| Some(u64::from_ne_bytes(head.get(at..at + 8)?.try_into().ok()?));
        let small = |at: usize| Some(u32::from_ne_bytes(head.get(at..at + 4)?.try_into().ok()?));
        let (body, rest) = rest.split_at_checked(small(28)? as usize)?;
        found.push(Found {
            object: number(8)?,
            offset: number(16)?,
            kind: small(24)?,
            bytes: body.to_vec(),
        });
        bytes = rest;
    }
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_struct_is_as_long_as_the_kernels_header_says() {
        let lengths = [
            size_of::<AddKey>(),
            size_of::<RemoveKey>(),
            size_of::<KeyStatus>(),
            size_of::<Policy>(),
            size_of::<Subvolume>(),
            size_of::<LookUp>(),
            size_of::<Search>(),
        ];
        assert_eq!(lengths, [80, 64, 128, 24, 4096, 4096, 4096]);
    }

    #[test]
    fn what_a_search_found_is_read_to_its_end_and_no_further() {
        let mut bytes = vec![0; 8];
        bytes.extend(257_u64.to_ne_bytes());
        bytes.extend(5_u64.to_ne_bytes());
        bytes.extend(144_u32.to_ne_bytes());
        bytes.extend(3_u32.to_ne_bytes());
        bytes.extend(b"abc");
        let expected = Found {
            object: 257,
            kind: 144,
            offset: 5,
            bytes: b"abc".to_vec(),
        };
        assert_eq!(read(&bytes, 1), Some(vec![expected]));
        assert_eq!(read(&bytes, 2), None);
        assert_eq!(read(&bytes[..34], 1), None);
    }

    #[test]
    fn a_name_that_the_kernel_would_read_otherwise_is_refused() {
        for name in [b"".as_slice(), b"a\0b", &[b'x'; 4040]] {
            assert!(Subvolume::named(name).is_err());
        }
        assert!(Subvolume::named(&[b'x'; 4039]).is_ok());
    }
}
