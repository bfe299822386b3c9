//! Whom TLS believes: the authorities that this machine keeps, so that a council's own
//! counts as soon as it is installed, and one that is withdrawn no longer does.

use std::{
    env,
    fs::File,
    io::{self, Read as _},
    path::{Path, PathBuf},
};

use ureq::tls::{PemItem, RootCerts, parse_pem};

/// Where Debian keeps them, each as text.
const DEBIAN: &str = "/etc/ssl/certs/ca-certificates.crt";
/// Names another file, as other programs understand it too.
const ELSEWHERE: &str = "SSL_CERT_FILE";

/// No file of authorities is as long (R16).
const BYTES_MAX: u64 = 4 << 20;

/// The authorities of this machine.
pub fn roots() -> io::Result<RootCerts> {
    let elsewhere = env::var_os(ELSEWHERE).map(PathBuf::from);
    read(&elsewhere.unwrap_or_else(|| DEBIAN.into()))
}

fn read(path: &Path) -> io::Result<RootCerts> {
    let mut text = Vec::new();
    File::open(path)?.take(BYTES_MAX).read_to_end(&mut text)?;
    let items = parse_pem(&text).filter_map(Result::ok);
    let certificates = items.filter_map(|item| match item {
        PemItem::Certificate(certificate) => Some(certificate),
        _no_certificate => None,
    });
    let certificates: Vec<_> = certificates.collect();
    if certificates.is_empty() {
        let why = format!("{} holds no certificate", path.display());
        return Err(io::Error::new(io::ErrorKind::InvalidData, why));
    }
    Ok(RootCerts::from(certificates))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test stops where its set-up fails")]

    use std::fs;

    use super::*;

    const MADE_UP: &str = "# Demo authority\n-----BEGIN CERTIFICATE-----\nAAAA\n\
        -----END CERTIFICATE-----\n-----BEGIN CERTIFICATE-----\nBBBB\n-----END CERTIFICATE-----\n";

    #[test]
    fn every_authority_of_a_file_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("roots");
        fs::write(&file, MADE_UP).unwrap();
        let RootCerts::Specific(roots) = read(&file).unwrap() else {
            panic!("they are those of the file");
        };
        let bytes: Vec<&[u8]> = roots.iter().map(ureq::tls::Certificate::der).collect();
        assert_eq!(bytes, [[0, 0, 0], [4, 16, 65]]);
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
