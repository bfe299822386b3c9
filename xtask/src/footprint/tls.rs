//! What ends TLS before the server, as a proxy does in a council: Debian's stunnel, with an
//! authority made up for this run.

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result};

use crate::children::Children;
use crate::workspace::said;

/// The authorities of this machine, which a tablet reads, too.
const DEBIAN: &str = "/etc/ssl/certs/ca-certificates.crt";
const STARTED_WITHIN: Duration = Duration::from_secs(20);

/// The end of TLS.
#[derive(Debug)]
pub struct Tls {
    /// Where it listens.
    pub address: String,
    /// The authorities that a caller must believe, with all of this machine's.
    pub roots: PathBuf,
}

impl Tls {
    /// Begins it before whoever listens at `server`.
    pub fn start(folder: &Path, server: &str, children: &mut Children) -> Result<Self> {
        fs::create_dir_all(folder)?;
        certificates(folder)?;
        let roots = folder.join("roots.pem");
        let mut all = fs::read(DEBIAN).with_context(|| format!("reading {DEBIAN}"))?;
        all.extend(fs::read(folder.join("ca.pem"))?);
        fs::write(&roots, all)?;
        let free = TcpListener::bind("127.0.0.1:0").context("looking for a free port")?;
        let address = free.local_addr()?.to_string();
        drop(free);
        let settings = folder.join("stunnel.conf");
        let (key, certificate) = (folder.join("leaf.key"), folder.join("leaf.pem"));
        let text = format!(
            "foreground = yes\npid =\nsyslog = no\n[library]\naccept = {address}\n\
             connect = {server}\nkey = {}\ncert = {}\n",
            key.display(),
            certificate.display()
        );
        fs::write(&settings, text)?;
        // It says everything where errors go; here its lines are waited for.
        let mut shell = Command::new("sh");
        shell
            .args(["-c", "exec stunnel4 \"$0\" 2>&1"])
            .arg(&settings);
        children.start("stunnel", shell)?;
        let ready = |line: &str| line.contains("Configuration successful").then_some(());
        children.wait_for("stunnel", STARTED_WITHIN, ready)?;
        Ok(Self { address, roots })
    }
}

fn certificates(folder: &Path) -> Result<()> {
    fs::write(folder.join("names"), "subjectAltName=DNS:localhost\n")?;
    let new_key = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes";
    for line in [
        format!("req -x509 {new_key} -keyout ca.key -out ca.pem -days 2 -subj /CN=Demo-authority"),
        format!("req {new_key} -keyout leaf.key -out leaf.csr -subj /CN=localhost"),
        "x509 -req -in leaf.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -out leaf.pem \
         -extfile names"
            .to_owned(),
    ] {
        let mut openssl = Command::new("openssl");
        said(openssl.args(line.split_whitespace()).current_dir(folder))?;
    }
    Ok(())
}
