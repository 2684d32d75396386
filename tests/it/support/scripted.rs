//! A server that answers HTTP as it is told, byte for byte: whole, half, something else, over TLS as well. It shows what
//! was really asked.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

/// What was asked.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) method: String,
    /// Path and query, as they came.
    pub(crate) target: String,
    /// By their names in lower case.
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: String,
}

impl Asked {
    /// Method and target.
    pub(crate) fn line(&self) -> String {
        format!("{} {}", self.method, self.target)
    }
}

/// The server; it listens on a free port of the loopback interface until the tests end.
#[derive(Debug)]
pub(crate) struct Scripted {
    address: SocketAddr,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Scripted {
    /// Opens the server. What the script gives is written as it is, and the connection closed.
    pub(crate) fn open(script: impl Fn(&Asked) -> String + Send + Sync + 'static) -> Self {
        Self::open_at(0, script)
    }

    /// Opens the server at a port that somebody else expects it at.
    pub(crate) fn open_at(port: u16, script: impl Fn(&Asked) -> String + Send + Sync + 'static) -> Self {
        Self::serve(port, script, |stream, talk| talk(&mut { stream }))
    }

    /// Opens the server behind TLS, with a certificate and its key as PEM.
    pub(crate) fn open_with_tls(
        certificate: &str,
        key: &str,
        script: impl Fn(&Asked) -> String + Send + Sync + 'static,
    ) -> Self {
        drop(rustls::crypto::aws_lc_rs::default_provider().install_default());
        let chain = vec![CertificateDer::from_pem_slice(certificate.as_bytes()).expect("a certificate")];
        let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).expect("a key");
        let config = rustls::ServerConfig::builder().with_no_client_auth().with_single_cert(chain, key);
        let config = Arc::new(config.expect("a configuration"));
        Self::serve(0, script, move |stream, talk| {
            let session = rustls::ServerConnection::new(Arc::clone(&config)).expect("a session");
            let mut tls = rustls::StreamOwned::new(session, stream);
            talk(&mut tls);
            tls.conn.send_close_notify();
            drop(tls.flush());
        })
    }

    fn serve(
        port: u16,
        script: impl Fn(&Asked) -> String + Send + Sync + 'static,
        accept: impl Fn(TcpStream, &dyn Fn(&mut dyn ReadWrite)) + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", port)).expect("a free port");
        let address = listener.local_addr().expect("a bound listener");
        let asked = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&asked);
        let (script, accept) = (Arc::new(script), Arc::new(accept));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (script, accept, kept) = (Arc::clone(&script), Arc::clone(&accept), Arc::clone(&kept));
                std::thread::spawn(move || {
                    accept(stream, &|stream| {
                        let Some(asked) = hear(stream) else { return };
                        kept.lock().expect("no test has panicked in here").push(asked.clone());
                        drop(stream.write_all(script(&asked).as_bytes()).and_then(|()| stream.flush()));
                    });
                });
            }
        });
        Self { address, asked }
    }

    pub(crate) fn port(&self) -> u16 {
        self.address.port()
    }

    /// All that was asked so far.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().expect("no test has panicked in here").clone()
    }
}

/// An answer with a body of JSON, whole.
pub(crate) fn json(status: u16, body: &str) -> String {
    whole(status, "application/json", body)
}

/// An answer with a body of some kind, whole.
pub(crate) fn whole(status: u16, kind: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "HTTP/1.1 {status} X\r\ncontent-type: {kind}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
    )
}

trait ReadWrite: Read + Write {}

impl<T: Read + Write> ReadWrite for T {}

fn hear(stream: &mut dyn ReadWrite) -> Option<Asked> {
    let mut reader = BufReader::new(stream);
    let mut first = String::new();
    reader.read_line(&mut first).ok().filter(|read| *read > 0)?;
    let mut parts = first.split(' ');
    let (method, target) = (parts.next()?.to_owned(), parts.next()?.to_owned());
    let mut headers = BTreeMap::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        if line.trim().is_empty() {
            break;
        }
        let (name, value) = line.split_once(':')?;
        headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
    }
    let length = headers.get("content-length").map_or(Ok(0), |length| length.parse()).ok()?;
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(Asked { method, target, headers, body: String::from_utf8(body).ok()? })
}
