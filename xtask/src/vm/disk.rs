//! The tablet's disk: a small Debian with the agent's package laid beside it, so that the
//! package is installed where it runs. The Debian is put together once and kept.

use std::fs::{self, File, Permissions};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::workspace::said;

/// What the tablet's Debian has beside the least that runs.
const PACKAGES: &str = "systemd,systemd-sysv,dbus,udev,linux-image-cloud-amd64,initramfs-tools,\
    adduser,init-system-helpers,libpam-modules,libpam-runtime,login,passwd,util-linux,e2fsprogs,\
    iproute2,kmod,procps,ca-certificates";

/// Documents and languages that nobody reads here.
const LEFT_OUT: [&str; 3] = ["doc", "man", "locale"];

const DISK_BYTES: u64 = 3 << 30;

/// Where the lines of the second serial line are read.
const CONSOLE: &str = include_str!("guest/console.sh");
/// What leaves a borrower's traces.
pub const TRACES_SH: &str = "/usr/local/bin/traces.sh";
const TRACES: &str = include_str!("guest/traces.sh");
const UNITS: [(&str, &str, &str); 3] = [
    (
        "console.service",
        include_str!("guest/console.service"),
        "multi-user.target.wants",
    ),
    (
        "library.socket",
        include_str!("guest/library.socket"),
        "sockets.target.wants",
    ),
    ("library.service", include_str!("guest/library.service"), ""),
];
const NETWORK: &str = include_str!("guest/wired.network");

/// The disk, below the folder of all this.
pub const DISK: &str = "disk.img";
/// The kernel that the machine is started with.
pub const KERNEL: &str = "vmlinuz";
/// What the kernel begins with.
pub const INITRD: &str = "initrd";

/// Puts the Debian together, where none is kept from before.
pub fn debian(folder: &Path) -> Result<PathBuf> {
    fs::create_dir_all(folder).with_context(|| format!("making {}", folder.display()))?;
    let kept = folder.join("debian-12.tar");
    if kept.exists() {
        return Ok(kept);
    }
    let fresh = folder.join("debian-12.new.tar");
    let mut mmdebstrap = Command::new("mmdebstrap");
    mmdebstrap.args(["--variant=minbase", "--quiet"]);
    mmdebstrap.arg(format!("--include={PACKAGES}"));
    for part in LEFT_OUT {
        mmdebstrap.arg(format!("--dpkgopt=path-exclude=/usr/share/{part}/*"));
    }
    for (name, number) in [("borrower", 1000), ("keeper", 1001)] {
        let make = format!("chroot \"$1\" useradd --create-home --uid {number} {name}");
        mmdebstrap.arg(format!("--customize-hook={make} --shell /bin/sh"));
    }
    said(mmdebstrap.arg("bookworm").arg(&fresh))?;
    fs::rename(&fresh, &kept).context("keeping the Debian")?;
    Ok(kept)
}

/// A fresh disk with this package on it, whose server answers at this port.
pub fn fresh(debian: &Path, package: &Path, port: u16, folder: &Path) -> Result<()> {
    let root = folder.join("root");
    clear(&root)?;
    fs::create_dir_all(&root)?;
    said(
        Command::new("tar")
            .arg("-xf")
            .arg(debian)
            .arg("-C")
            .arg(&root),
    )?;
    furnish(&root, package, port)?;
    let image = folder.join(DISK);
    let file = File::create(&image).context("making the disk")?;
    file.set_len(DISK_BYTES).context("making the disk")?;
    let mut mke2fs = Command::new("mke2fs");
    // As whoever sets a tablet up is told to, so that a loan's layer can have a key.
    mke2fs.args(["-q", "-F", "-t", "ext4", "-O", "encrypt", "-d"]);
    said(mke2fs.arg(&root).arg(&image))?;
    boot_file(&root, "vmlinuz-", &folder.join(KERNEL))?;
    boot_file(&root, "initrd.img-", &folder.join(INITRD))?;
    clear(&root)
}

fn furnish(root: &Path, package: &Path, port: u16) -> Result<()> {
    fs::copy(package, root.join("root/tablet-agent.deb")).context("laying the package there")?;
    for (path, script) in [("/usr/local/sbin/console.sh", CONSOLE), (TRACES_SH, TRACES)] {
        let path = root.join(path.trim_start_matches('/'));
        fs::write(&path, script)?;
        fs::set_permissions(&path, Permissions::from_mode(0o755))?;
    }
    let units = root.join("etc/systemd/system");
    for (name, text, wanted_by) in UNITS {
        fs::write(units.join(name), text.replace("PORT", &port.to_string()))?;
        if !wanted_by.is_empty() {
            enable(&units, wanted_by, &format!("/etc/systemd/system/{name}"))?;
        }
    }
    let networkd = "/lib/systemd/system/systemd-networkd.service";
    enable(&units, "multi-user.target.wants", networkd)?;
    fs::write(root.join("etc/systemd/network/wired.network"), NETWORK)?;
    fs::write(root.join("etc/fstab"), "/dev/vda / ext4 defaults 0 1\n")?;
    Ok(())
}

fn enable(units: &Path, wanted_by: &str, unit: &str) -> Result<()> {
    let wants = units.join(wanted_by);
    fs::create_dir_all(&wants)?;
    let name = Path::new(unit).file_name().context("a unit has a name")?;
    symlink(unit, wants.join(name)).with_context(|| format!("enabling {unit}"))
}

fn boot_file(root: &Path, begins: &str, to: &Path) -> Result<()> {
    for entry in fs::read_dir(root.join("boot"))? {
        let entry = entry?;
        if entry.file_name().to_string_lossy().starts_with(begins) {
            fs::copy(entry.path(), to).context("copying what the tablet starts with")?;
            return Ok(());
        }
    }
    bail!("the Debian has no {begins}*")
}

fn clear(folder: &Path) -> Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder).with_context(|| format!("clearing {}", folder.display()))?;
    }
    Ok(())
}
