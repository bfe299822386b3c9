//! A disk that is really full: a small file system of its own, filled to the last block.
//! What the agent must save is saved all the same. Needs root, to mount it.

#![expect(clippy::unwrap_used, reason = "a test stops where its set-up fails")]

use std::{
    fs::File,
    io::{ErrorKind, Write as _},
    path::{Path, PathBuf},
    process::Command,
};

use agent::disk::{
    Disk as _,
    folder::{Folder, Readers},
    replace, replace_in_reserve, reserve,
    slots::Slots,
};

/// A small file system, gone afterwards.
struct Small {
    folder: tempfile::TempDir,
}

impl Small {
    /// Where this machine can mount one; else why not.
    fn mounted() -> Result<Self, String> {
        let folder = tempfile::tempdir().unwrap();
        let small = Self { folder };
        let image = small.folder.path().join("image");
        File::create(&image).unwrap().set_len(8 << 20).unwrap();
        std::fs::create_dir(small.path()).unwrap();
        // With nothing kept for root, root is stopped like anybody.
        ran(Command::new("mke2fs")
            .args(["-q", "-t", "ext4", "-m", "0"])
            .arg(&image))?;
        let mut mount = Command::new("mount");
        ran(mount.args(["-o", "loop"]).arg(&image).arg(small.path()))?;
        Ok(small)
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("disk")
    }

    /// Takes every byte, and every name.
    fn fill(&self) {
        let mut file = File::create(self.path().join("fill")).unwrap();
        for block in [64 << 10, 4 << 10, 1] {
            while file.write_all(&vec![7; block]).is_ok() {}
        }
        file.sync_all().ok();
    }
}

impl Drop for Small {
    fn drop(&mut self) {
        let mut unmount = Command::new("umount");
        if let Err(why) = ran(unmount.arg("--lazy").arg(self.path())) {
            eprintln!("{why}");
        }
    }
}

fn ran(command: &mut Command) -> Result<(), String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let done = command.output().map_err(|why| format!("{name}: {why}"))?;
    if done.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&done.stderr);
    Err(format!("{name}: {}", said.trim()))
}

fn folder(at: &Path) -> Folder {
    Folder::open(at, Readers::Owner).unwrap()
}

#[test]
fn a_really_full_disk_keeps_nothing_from_being_saved() {
    let small = match Small::mounted() {
        Ok(small) => small,
        Err(why) => {
            return println!("skipped: a disk of its own needs root and loop mounts: {why}");
        }
    };
    let mut disk = folder(&small.path());
    let (mut slots, _) = Slots::open(disk.clone(), "state").unwrap();
    slots.save(b"first").unwrap();
    reserve(&mut disk, "order.json").unwrap();
    small.fill();

    let refused = replace(&mut disk, "other", &[b'x'; 9000]).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::StorageFull, "it is really full");
    for number in 0..20 {
        let body = vec![b'r'; 500 * number];
        slots.save(&body).unwrap();
        let (_, loaded) = Slots::open(disk.clone(), "state").unwrap();
        assert_eq!(loaded.unwrap().body, body);
        let order = format!("[{number}]");
        replace_in_reserve(&mut disk, "order.json", order.as_bytes()).unwrap();
        let read = disk.read("order.json").unwrap().unwrap();
        assert_eq!(read.trim_ascii(), order.as_bytes());
    }
}
