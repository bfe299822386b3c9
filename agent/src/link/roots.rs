//! Whom TLS believes: the authorities that this machine keeps, so that a council's own
//! counts as soon as it is installed, and one that is withdrawn no longer does.

use std::{
    env,
    fs::File,
    io::{self, Read as _},
    path::{Path, PathBuf},
};

use rustls::{
    RootCertStore,
    pki_types::{CertificateDer, pem::PemObject as _},
};

/// Where Debian keeps them, each as text.
const DEBIAN: &str = "/etc/ssl/certs/ca-certificates.crt";
/// Names another file, as other programs understand it too.
const ELSEWHERE: &str = "SSL_CERT_FILE";

/// No file of authorities is as long (R16).
const BYTES_MAX: u64 = 4 << 20;

/// The authorities of this machine.
pub fn roots() -> io::Result<RootCertStore> {
    let elsewhere = env::var_os(ELSEWHERE).map(PathBuf::from);
    read(&elsewhere.unwrap_or_else(|| DEBIAN.into()))
}

fn read(path: &Path) -> io::Result<RootCertStore> {
    let mut text = Vec::new();
    File::open(path)?.take(BYTES_MAX).read_to_end(&mut text)?;
    let certificates = CertificateDer::pem_slice_iter(&text).filter_map(Result::ok);
    let mut roots = RootCertStore::empty();
    // An old one that cannot be read is none that a server has.
    roots.add_parsable_certificates(certificates);
    if roots.is_empty() {
        let why = format!("{} holds no certificate", path.display());
        return Err(io::Error::new(io::ErrorKind::InvalidData, why));
    }
    Ok(roots)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test stops where its set-up fails")]

    use std::fs;

    use super::*;

    const MADE_UP: &str = include_str!("roots/made-up.pem");

    #[test]
    fn every_authority_of_a_file_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("roots");
        let unread = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        fs::write(&file, [MADE_UP, unread].concat()).unwrap();
        assert_eq!(read(&file).unwrap().len(), 2);
    }

    #[test]
    fn without_any_authority_nothing_is_believed_and_it_is_said() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("roots");
        assert_eq!(read(&file).unwrap_err().kind(), io::ErrorKind::NotFound);
        fs::write(&file, "nothing").unwrap();
        assert!(
            read(&file)
                .unwrap_err()
                .to_string()
                .contains("no certificate")
        );
    }
}
