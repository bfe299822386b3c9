//! A backup opens whole and unaltered with its own key, or not at all.

#![expect(clippy::unwrap_used, reason = "a test stops where its set-up fails")]

use shared::{digest::Digest, head::Head};

use super::{Backup, BackupError, BackupKey, Header, Keys, seal};
use crate::server_keys::ServerKeys;

const PIECE: usize = 64 * 1024;

fn keys() -> Keys {
    Keys {
        backup: BackupKey::from_bytes([1; 32]),
        data: [2; 32],
        server: ServerKeys::begin(|| [3; 32]),
    }
}

fn header() -> Header {
    let made_at = "2026-11-02T10:00:00Z".parse().unwrap();
    let head = Head {
        seq: 7,
        hash: Digest::of(b"a link"),
    };
    Header::new((made_at, "library"), 4, head, &keys(), [5; 19])
}

/// So many bytes that differ from piece to piece.
fn bytes(many: usize) -> Vec<u8> {
    (0..many)
        .map(|at| u8::try_from((at * 7 + at / PIECE) % 251).unwrap())
        .collect()
}

fn sealed(plain: &[u8]) -> Vec<u8> {
    let mut file = Vec::new();
    seal(&header(), &keys().backup, &mut &plain[..], &mut file).unwrap();
    file
}

fn opened(file: &[u8], key: &BackupKey) -> Result<Vec<u8>, BackupError> {
    let mut plain = Vec::new();
    Backup::begin(file)?.open(key, &mut plain)?;
    Ok(plain)
}

#[test]
fn what_was_sealed_comes_back_whatever_its_length() {
    for many in [0, 1, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE, 3 * PIECE + 9] {
        let plain = bytes(many);
        let file = sealed(&plain);
        assert!(opened(&file, &keys().backup).unwrap() == plain, "{many}");
        assert_eq!(Backup::begin(&file[..]).unwrap().header, header());
    }
}

fn assert_damage_shows_at(file: &[u8], at: usize) {
    let key = keys().backup;
    let mut altered = file.to_vec();
    altered[at] ^= 1;
    assert!(opened(&altered, &key).is_err(), "byte {at} was altered");
    assert!(opened(&file[..at], &key).is_err(), "cut off at {at}");
}

#[test]
fn no_byte_can_be_altered_and_none_cut_off_or_added() {
    let file = sealed(&bytes(100));
    for at in 0..file.len() {
        assert_damage_shows_at(&file, at);
    }
    let longer = [&file[..], b"x"].concat();
    assert!(opened(&longer, &keys().backup).is_err());
}

#[test]
fn a_backup_of_many_pieces_can_be_altered_and_cut_off_nowhere_either() {
    let file = sealed(&bytes(2 * PIECE + 100));
    let lines = file.len() - (2 * PIECE + 100) - 3 * 16;
    let ends = [PIECE + 16, 2 * (PIECE + 16)].map(|end| lines + end);
    let near = ends.into_iter().flat_map(|end| end - 17..end + 2);
    for at in near.chain((0..file.len()).step_by(9_973)) {
        assert_damage_shows_at(&file, at);
    }
}

#[test]
fn pieces_cannot_change_places_and_none_can_be_left_out() {
    let file = sealed(&bytes(3 * PIECE));
    let step = PIECE + 16;
    let lines = file.len() - 3 * step;
    let piece = |nth: usize| &file[lines + nth * step..lines + (nth + 1) * step];
    for order in [&[1, 0, 2][..], &[0, 2], &[0, 1], &[0, 0, 1, 2]] {
        let pieces = order.iter().flat_map(|nth| piece(*nth)).copied();
        let moved: Vec<u8> = file[..lines].iter().copied().chain(pieces).collect();
        let found = opened(&moved, &keys().backup);
        assert!(
            matches!(found, Err(BackupError::Damaged { .. })),
            "{order:?}"
        );
    }
}

#[test]
fn another_key_opens_nothing_and_a_wrong_one_is_told_before_anything_is_opened() {
    let file = sealed(&bytes(10));
    let other = BackupKey::from_bytes([9; 32]);
    assert!(opened(&file, &other).is_err());
    let header = Backup::begin(&file[..]).unwrap().header;
    header.check(&keys()).unwrap();
    let check = |keys| header.check(&keys).unwrap_err().to_string();
    let backup = other;
    assert!(check(Keys { backup, ..keys() }).contains("another backup key"));
    let data = [9; 32];
    assert!(check(Keys { data, ..keys() }).contains("data.key"));
    let server = ServerKeys::begin(|| [9; 32]);
    assert!(check(Keys { server, ..keys() }).contains("server.key"));
}

#[test]
fn what_is_no_backup_and_what_a_later_program_made_is_told() {
    let of = |bytes: &[u8]| Backup::begin(bytes).unwrap_err();
    assert!(matches!(of(b""), BackupError::NotABackup));
    assert!(matches!(of(b"SQLite format 3\0"), BackupError::NotABackup));
    let later = of(b"tablet-library-backup 3\n{}\n");
    assert!(matches!(later, BackupError::LaterForm(form) if form == "3"));
    let broken = of(b"tablet-library-backup 2\n{}\n");
    assert!(matches!(broken, BackupError::Header(_)));
}

#[test]
fn the_lines_hold_no_key() {
    let file = sealed(&bytes(10));
    for key in [[1; 32], [2; 32], [3; 32]] {
        assert!(!file.windows(32).any(|it| it == key));
    }
    let text = String::from_utf8_lossy(&file);
    assert!(
        text.starts_with("tablet-library-backup 2\n{\"made_at\":\"2026-11-02T10:00:00.000Z\""),
        "{text}"
    );
}
