//! The cryptography of Sigstore with what our binaries link already: ring, and P-256 over a digest, which ring does not offer.

use p256::ecdsa::signature::hazmat::{PrehashSigner as _, PrehashVerifier as _};
use p256::ecdsa::{Signature, SigningKey, VerifyingKey};
use ring::digest;
use ring::signature::{self, UnparsedPublicKey, VerificationAlgorithm};
use sigstore_verify::crypto::{
    CryptoProvider, Error, HashContext, KeyAlgorithm, Result, SigningKeyPair, SigningScheme,
    install_default_provider,
};
use sigstore_verify::types::HashAlgorithm;

/// How often a random number is drawn; one in 2^32 is no key.
const DRAWS: usize = 8;

static PROVIDER: Provider = Provider;

/// Makes Sigstore's libraries use this module, and TLS use ring. Once is enough, and more often does no harm.
pub(crate) fn install() {
    let _already_installed = install_default_provider(&PROVIDER);
    let _already_installed = rustls::crypto::ring::default_provider().install_default();
}

#[derive(Debug)]
struct Provider;

struct Hash(digest::Context);

impl HashContext for Hash {
    fn update(&mut self, data: &[u8]) {
        self.0.update(data);
    }

    fn finalize(self: Box<Self>) -> Vec<u8> {
        self.0.finish().as_ref().to_vec()
    }
}

struct P256 {
    key: SigningKey,
    public: Vec<u8>,
}

impl P256 {
    fn generate() -> Result<Self> {
        let failed = |cause: String| Error::KeyGeneration(cause);
        for _ in 0..DRAWS {
            let mut bytes = [0; 32];
            getrandom::fill(&mut bytes).map_err(|error| failed(error.to_string()))?;
            if let Ok(key) = SigningKey::from_slice(&bytes) {
                let point = key.verifying_key().to_sec1_point(false);
                let public = point.as_bytes().to_vec();
                return Ok(Self { key, public });
            }
        }
        Err(failed("no random number is a key".to_owned()))
    }
}

impl SigningKeyPair for P256 {
    fn algorithm(&self) -> KeyAlgorithm {
        KeyAlgorithm::EcdsaP256
    }

    fn public_key_bytes(&self) -> &[u8] {
        &self.public
    }

    fn sign_raw(&self, data: &[u8]) -> Result<Vec<u8>> {
        self.sign_prehashed(digest::digest(&digest::SHA256, data).as_ref())
    }

    fn sign_prehashed(&self, digest: &[u8]) -> Result<Vec<u8>> {
        let signed: Signature = self
            .key
            .sign_prehash(digest)
            .map_err(|error| Error::Signing(error.to_string()))?;
        Ok(signed.to_der().as_bytes().to_vec())
    }
}

fn algorithm(scheme: SigningScheme) -> Result<&'static dyn VerificationAlgorithm> {
    Ok(match scheme {
        SigningScheme::EcdsaP256Sha256 => &signature::ECDSA_P256_SHA256_ASN1,
        SigningScheme::EcdsaP256Sha384 => &signature::ECDSA_P256_SHA384_ASN1,
        SigningScheme::EcdsaP384Sha256 => &signature::ECDSA_P384_SHA256_ASN1,
        SigningScheme::EcdsaP384Sha384 => &signature::ECDSA_P384_SHA384_ASN1,
        SigningScheme::Ed25519 => &signature::ED25519,
        SigningScheme::RsaPssSha256 => &signature::RSA_PSS_2048_8192_SHA256,
        SigningScheme::RsaPssSha384 => &signature::RSA_PSS_2048_8192_SHA384,
        SigningScheme::RsaPssSha512 => &signature::RSA_PSS_2048_8192_SHA512,
        SigningScheme::RsaPkcs1Sha256 => &signature::RSA_PKCS1_2048_8192_SHA256,
        SigningScheme::RsaPkcs1Sha384 => &signature::RSA_PKCS1_2048_8192_SHA384,
        SigningScheme::RsaPkcs1Sha512 => &signature::RSA_PKCS1_2048_8192_SHA512,
        other => return Err(unsupported(other)),
    })
}

fn unsupported(scheme: SigningScheme) -> Error {
    Error::UnsupportedAlgorithm(scheme.name().to_owned())
}

fn invalid(scheme: SigningScheme) -> Error {
    Error::Verification(format!("{} signature invalid", scheme.name()))
}

impl CryptoProvider for Provider {
    fn hash(&self, algorithm: HashAlgorithm) -> Result<Box<dyn HashContext>> {
        let algorithm = match algorithm {
            HashAlgorithm::Sha2256 => &digest::SHA256,
            HashAlgorithm::Sha2384 => &digest::SHA384,
            HashAlgorithm::Sha2512 => &digest::SHA512,
            other => return Err(Error::UnsupportedAlgorithm(other.to_string())),
        };
        Ok(Box::new(Hash(digest::Context::new(algorithm))))
    }

    fn verify_raw(
        &self,
        scheme: SigningScheme,
        public_key: &[u8],
        data: &[u8],
        signature: &[u8],
    ) -> Result<()> {
        UnparsedPublicKey::new(algorithm(scheme)?, public_key)
            .verify(data, signature)
            .map_err(|_| invalid(scheme))
    }

    /// Certificates of jobs have P-256 keys, so this is all that a bundle over a digest needs.
    fn verify_prehashed(
        &self,
        scheme: SigningScheme,
        public_key: &[u8],
        digest: &[u8],
        signature: &[u8],
    ) -> Result<()> {
        if scheme != SigningScheme::EcdsaP256Sha256 {
            return Err(unsupported(scheme));
        }
        let key = VerifyingKey::from_sec1_bytes(public_key);
        let signature = Signature::from_der(signature);
        match (key, signature) {
            (Ok(key), Ok(signature)) => key
                .verify_prehash(digest, &signature)
                .map_err(|_| invalid(scheme)),
            _ => Err(invalid(scheme)),
        }
    }

    fn generate_key_pair(&self, algorithm: KeyAlgorithm) -> Result<Box<dyn SigningKeyPair>> {
        match algorithm {
            KeyAlgorithm::EcdsaP256 => Ok(Box::new(P256::generate()?)),
            other => Err(Error::UnsupportedAlgorithm(format!("{other:?}"))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCHEME: SigningScheme = SigningScheme::EcdsaP256Sha256;

    #[test]
    fn ring_verifies_what_is_signed_over_a_digest_and_the_other_way_round() {
        let key = PROVIDER.generate_key_pair(KeyAlgorithm::EcdsaP256).unwrap();
        let digest = PROVIDER.sha256(b"data");
        let signature = key.sign_prehashed(&digest).unwrap();
        let public = key.public_key_bytes();
        PROVIDER
            .verify_raw(SCHEME, public, b"data", &signature)
            .unwrap();
        PROVIDER
            .verify_prehashed(SCHEME, public, &digest, &signature)
            .unwrap();
        let other = PROVIDER.sha256(b"other");
        let refused = PROVIDER.verify_prehashed(SCHEME, public, &other, &signature);
        assert!(refused.is_err());
        let refused = PROVIDER.verify_raw(SCHEME, public, b"other", &signature);
        assert!(refused.is_err());
        for damaged in [&b""[..], &signature[1..], &[0; 70]] {
            let refused = PROVIDER.verify_prehashed(SCHEME, public, &digest, damaged);
            assert!(refused.is_err());
        }
    }

    #[test]
    fn what_is_not_offered_is_refused_and_does_not_panic() {
        let key = PROVIDER.generate_key_pair(KeyAlgorithm::EcdsaP384);
        assert!(matches!(key, Err(Error::UnsupportedAlgorithm(_))));
        let scheme = SigningScheme::MlDsa44;
        let refused = PROVIDER.verify_raw(scheme, &[], b"", b"");
        assert!(matches!(refused, Err(Error::UnsupportedAlgorithm(_))));
        let scheme = SigningScheme::RsaPkcs1Sha256;
        let refused = PROVIDER.verify_prehashed(scheme, &[], &[0; 32], b"");
        assert!(matches!(refused, Err(Error::UnsupportedAlgorithm(_))));
    }
}
