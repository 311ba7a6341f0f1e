//! TLS before a server that speaks none, with a certificate of an authority that is made for the test.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;

use rustls::ServerConfig;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tempfile::TempDir;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;
use tokio_rustls::TlsAcceptor;

/// A running front; it stops when this value is dropped.
#[derive(Debug)]
pub struct TlsFront {
    address: SocketAddr,
    folder: TempDir,
    /// `None` once it is stopped.
    runtime: Option<Runtime>,
}

impl TlsFront {
    /// Shows a certificate for `name`, and hands on what it gets to `server`.
    ///
    /// # Panics
    /// When it cannot listen.
    pub fn start(name: &str, server: SocketAddr) -> Self {
        let folder = tempfile::tempdir().expect("failed to create a folder");
        let made = rcgen::generate_simple_self_signed([name.to_owned()]);
        let made = made.expect("failed to create a certificate");
        std::fs::write(folder.path().join("ca.pem"), made.cert.pem()).expect("failed to write");
        let key = PrivatePkcs8KeyDer::from(made.signing_key.serialize_der());
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("the versions are known")
            .with_no_client_auth()
            .with_single_cert(vec![made.cert.der().clone()], PrivateKeyDer::Pkcs8(key))
            .expect("the certificate is usable");
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let runtime = Runtime::new().expect("failed to start a runtime");
        let listener = runtime.block_on(TcpListener::bind((Ipv4Addr::LOCALHOST, 0)));
        let listener = listener.expect("failed to listen");
        let address = listener.local_addr().expect("failed to listen");
        runtime.spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let acceptor = acceptor.clone();
                tokio::spawn(async move {
                    let mut client = acceptor.accept(client).await?;
                    let mut server = TcpStream::connect(server).await?;
                    copy_bidirectional(&mut client, &mut server).await?;
                    io::Result::Ok(())
                });
            }
        });
        Self {
            address,
            folder,
            runtime: Some(runtime),
        }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The authority's certificate, as `SSL_CERT_FILE` takes it.
    pub fn authority(&self) -> std::path::PathBuf {
        Path::new(self.folder.path()).join("ca.pem")
    }
}

impl Drop for TlsFront {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}
