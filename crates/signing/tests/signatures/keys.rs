//! Signatures by a key: an independent implementation of minisign verifies them, and keys that are none are refused.

use bytes::Bytes;
use minisign::KeyPair;
use package_store::SignatureKind;
use signing::{Content, Error, File, Minisign, MinisignPublicKey, Signer as _, Statement};

use crate::fixture::{Fixture, secret, subject};

const NAME: &str = "hello data.jsonl";
const BYTES: &[u8] = b"{}\n";

fn content(bytes: &'static [u8]) -> File {
    File {
        subject: subject(NAME, bytes),
        content: Some(Content::Bytes(Bytes::from_static(bytes))),
    }
}

#[tokio::test]
async fn another_implementation_of_minisign_verifies_the_signature() {
    let fixture = Fixture::start();
    let pair = KeyPair::generate_unencrypted_keypair().unwrap();
    let text = pair.sk.to_box(None).unwrap().to_string();
    let key = Minisign::new(&secret(&text), None).unwrap();
    let public = key.public_key().unwrap();
    assert_eq!(public.as_str(), pair.pk.to_base64());
    assert_eq!(key.kind(), SignatureKind::Minisign);

    let path = fixture.write(NAME, BYTES);
    let from_disk = File {
        content: Some(Content::Path(path.clone())),
        ..content(BYTES)
    };
    for file in [content(BYTES), from_disk] {
        let signature = key.sign(&file).await.unwrap();
        let judge = |path, key: &str| fixture.judge("minisign", path, &signature, Some(key), "a/b");
        let comment = format!("file:{NAME}\tsha256:{}", file.subject.sha256);
        assert_eq!(judge(&path, public.as_str()), Ok(comment));
        let other = fixture.write("other", b"other bytes");
        judge(&other, public.as_str()).unwrap_err();
        let stranger = KeyPair::generate_unencrypted_keypair().unwrap();
        judge(&path, &stranger.pk.to_base64()).unwrap_err();
    }
}

#[tokio::test]
async fn a_name_of_any_letters_is_signed_and_judged() {
    let fixture = Fixture::start();
    let pair = KeyPair::generate_unencrypted_keypair().unwrap();
    let text = pair.sk.to_box(None).unwrap().to_string();
    let key = Minisign::new(&secret(&text), None).unwrap();
    let file = File {
        subject: subject("grüße 你好.txt", BYTES),
        ..content(BYTES)
    };
    let signature = key.sign(&file).await.unwrap();
    let path = fixture.write("greetings", BYTES);
    let public = key.public_key().unwrap();
    let judged = fixture.judge("minisign", &path, &signature, Some(public.as_str()), "a/b");
    let said = judged.unwrap();
    assert!(said.starts_with("file:gr\\u{fc}"), "{said}");
}

#[tokio::test]
async fn a_key_with_a_password_needs_it_and_nobody_is_asked() {
    let password = "correct horse";
    let pair = KeyPair::generate_encrypted_keypair(Some(password.to_owned())).unwrap();
    let text = pair.sk.to_box(None).unwrap().to_string();
    let open = |password: Option<&str>| {
        let password = password.map(secret);
        Minisign::new(&secret(&text), password.as_ref())
    };
    open(Some(password))
        .unwrap()
        .sign(&content(BYTES))
        .await
        .unwrap();
    let said = open(None).unwrap_err().to_string();
    assert!(said.contains("minisign -G -W"), "{said}");
    let said = open(Some("wrong")).unwrap_err().to_string();
    assert!(said.contains("password"), "{said}");
}

#[tokio::test]
async fn the_second_line_of_a_key_alone_will_do_and_anything_else_is_refused() {
    let pair = KeyPair::generate_unencrypted_keypair().unwrap();
    let text = pair.sk.to_box(None).unwrap().to_string();
    let line = text.lines().nth(1).unwrap();
    Minisign::new(&secret(line), None).unwrap();
    for no_key in ["", "\n", "swordfish", "untrusted comment: x\nswordfish\n"] {
        let said = Minisign::new(&secret(no_key), None)
            .unwrap_err()
            .to_string();
        assert!(
            said.starts_with("failed to read the minisign key: "),
            "{said}"
        );
        assert!(!said.contains("swordfish"), "{said}");
    }
    let file = format!(
        "untrusted comment: minisign public key\n{}\n",
        pair.pk.to_base64()
    );
    MinisignPublicKey::new(&file).unwrap();
    let said = MinisignPublicKey::new("RWQ").unwrap_err().to_string();
    assert!(
        said.contains("`RWQ` is not a minisign public key"),
        "{said}"
    );
}

#[tokio::test]
async fn a_key_vouches_for_no_statement() {
    let pair = KeyPair::generate_unencrypted_keypair().unwrap();
    let text = pair.sk.to_box(None).unwrap().to_string();
    let key = Minisign::new(&secret(&text), None).unwrap();
    let statement = Statement::publish(subject(NAME, BYTES));
    let error = key.attest(&statement).await.unwrap_err();
    assert!(matches!(error, Error::Sign { .. }), "{error}");
}
