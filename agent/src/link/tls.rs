//! How TLS is spoken: version 1.3 alone, which every proxy has had for years, with what the
//! standard demands of every server, so that nothing else need be in the program: AES-GCM,
//! the curve P-256, and signatures of the authorities that there are. We have no key of
//! our own, for a request's stamp says who calls.

use std::{io, sync::Arc};

use rustls::{
    ClientConfig, Error, SignatureScheme,
    client::Resumption,
    crypto::{
        CryptoProvider, GetRandomFailed, KeyProvider, SecureRandom, WebPkiSupportedAlgorithms,
        ring::{
            cipher_suite::{TLS13_AES_128_GCM_SHA256, TLS13_AES_256_GCM_SHA384},
            kx_group::SECP256R1,
        },
    },
    pki_types::{PrivateKeyDer, SignatureVerificationAlgorithm},
    sign::SigningKey,
    version::TLS13,
};
use webpki::ring::{
    ECDSA_P256_SHA256, ECDSA_P256_SHA384, ECDSA_P384_SHA256, ECDSA_P384_SHA384,
    RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA512,
    RSA_PSS_2048_8192_SHA256_LEGACY_KEY, RSA_PSS_2048_8192_SHA384_LEGACY_KEY,
    RSA_PSS_2048_8192_SHA512_LEGACY_KEY,
};

use super::roots::roots;
use crate::chance;

/// Servers whose tickets are remembered: there is one.
const SERVERS: usize = 2;

/// Everything that a connection by TLS needs.
pub fn config() -> io::Result<Arc<ClientConfig>> {
    let builder = ClientConfig::builder_with_provider(Arc::new(provider()));
    let versions = builder.with_protocol_versions(&[&TLS13]);
    let versions = versions.map_err(io::Error::other)?;
    let mut config = versions
        .with_root_certificates(roots()?)
        .with_no_client_auth();
    config.resumption = Resumption::in_memory_sessions(SERVERS);
    Ok(Arc::new(config))
}

fn provider() -> CryptoProvider {
    CryptoProvider {
        cipher_suites: vec![TLS13_AES_128_GCM_SHA256, TLS13_AES_256_GCM_SHA384],
        kx_groups: vec![SECP256R1],
        signature_verification_algorithms: WebPkiSupportedAlgorithms {
            all: IN_CERTIFICATES,
            mapping: IN_HANDSHAKES,
        },
        secure_random: &Kernel,
        key_provider: &NoKeys,
    }
}

type Algorithms = &'static [&'static dyn SignatureVerificationAlgorithm];

/// By which a certificate may be signed.
const IN_CERTIFICATES: Algorithms = &[
    ECDSA_P256_SHA256,
    ECDSA_P256_SHA384,
    ECDSA_P384_SHA256,
    ECDSA_P384_SHA384,
    RSA_PKCS1_2048_8192_SHA256,
    RSA_PKCS1_2048_8192_SHA384,
    RSA_PKCS1_2048_8192_SHA512,
    RSA_PSS_2048_8192_SHA256_LEGACY_KEY,
    RSA_PSS_2048_8192_SHA384_LEGACY_KEY,
    RSA_PSS_2048_8192_SHA512_LEGACY_KEY,
];

/// By which a server may sign that it is there.
const IN_HANDSHAKES: &[(SignatureScheme, Algorithms)] = &[
    (SignatureScheme::ECDSA_NISTP256_SHA256, &[ECDSA_P256_SHA256]),
    (SignatureScheme::ECDSA_NISTP384_SHA384, &[ECDSA_P384_SHA384]),
    (
        SignatureScheme::RSA_PSS_SHA256,
        &[RSA_PSS_2048_8192_SHA256_LEGACY_KEY],
    ),
    (
        SignatureScheme::RSA_PSS_SHA384,
        &[RSA_PSS_2048_8192_SHA384_LEGACY_KEY],
    ),
    (
        SignatureScheme::RSA_PSS_SHA512,
        &[RSA_PSS_2048_8192_SHA512_LEGACY_KEY],
    ),
    // These three in certificates alone, which is said by the same list.
    (
        SignatureScheme::RSA_PKCS1_SHA256,
        &[RSA_PKCS1_2048_8192_SHA256],
    ),
    (
        SignatureScheme::RSA_PKCS1_SHA384,
        &[RSA_PKCS1_2048_8192_SHA384],
    ),
    (
        SignatureScheme::RSA_PKCS1_SHA512,
        &[RSA_PKCS1_2048_8192_SHA512],
    ),
];

/// Chance is the kernel's.
#[derive(Debug)]
struct Kernel;

impl SecureRandom for Kernel {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), GetRandomFailed> {
        chance::fill(bytes).map_err(|_| GetRandomFailed)
    }
}

/// No key is ever read: what would read one is not in the program.
#[derive(Debug)]
struct NoKeys;

impl KeyProvider for NoKeys {
    fn load_private_key(&self, _key: PrivateKeyDer<'static>) -> Result<Arc<dyn SigningKey>, Error> {
        Err(Error::General("a tablet has no key for TLS".to_owned()))
    }
}
