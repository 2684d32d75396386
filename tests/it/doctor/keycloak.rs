//! A stand-in that builds its addresses as Keycloak 26.7 does with each of its proxy settings, and whose own ways to
//! reset a password answer as Keycloak's do. It knows the realm acme and no other.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener, TcpStream};

/// How it was started.
#[derive(Clone, Debug, Default)]
pub(super) struct Settings {
    /// `KC_HOSTNAME`, as a whole address.
    pub(super) hostname: Option<String>,
    /// `KC_HOSTNAME` as the address that it listens on.
    pub(super) is_own_host: bool,
    /// `KC_PROXY_HEADERS=xforwarded`.
    pub(super) proxy_headers: bool,
    /// The realm's `sslRequired` is "all".
    pub(super) demands_https: bool,
    /// The time that its answers tell, if any.
    pub(super) date: Option<&'static str>,
}

/// The stand-in; it listens on loopback until the tests end.
pub(super) struct Keycloak {
    pub(super) port: u16,
}

impl Keycloak {
    /// Starts it on 127.0.0.1 alone.
    pub(super) fn start(settings: &Settings) -> Self {
        let port = serve(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), settings).expect("a free port");
        Self { port }
    }

    /// Lets it listen at another address as well, on the same port.
    pub(super) fn also_at(&self, ip: IpAddr, settings: &Settings) {
        serve(SocketAddr::new(ip, self.port), settings).expect("the same port at another address");
    }
}

fn serve(address: SocketAddr, settings: &Settings) -> std::io::Result<u16> {
    let listener = TcpListener::bind(address)?;
    let port = listener.local_addr()?.port();
    let mut settings = settings.clone();
    if settings.is_own_host {
        settings.hostname = Some(format!("http://127.0.0.1:{port}"));
    }
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let settings = settings.clone();
            // Who hangs up in the middle is no matter of ours.
            std::thread::spawn(move || answer(&stream, &settings).ok());
        }
    });
    Ok(port)
}

fn answer(mut stream: &TcpStream, settings: &Settings) -> std::io::Result<()> {
    let mut lines = BufReader::new(stream).lines();
    let first = lines.next().transpose()?.unwrap_or_default();
    let mut headers = HashMap::new();
    for line in lines {
        let line = line?;
        let Some((name, value)) = line.split_once(':') else { break };
        headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
    }
    let mut words = first.split(' ');
    let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let path = target.split('?').next().unwrap_or_default();
    let is_refused = settings.demands_https && path.starts_with("/realms/") && !is_https(settings, &headers);
    let (status, body) = match (method, path) {
        _ if is_refused => {
            ("403 Forbidden", r#"{"error":"invalid_request","error_description":"HTTPS required"}"#.to_owned())
        }
        ("GET", "/realms/acme/.well-known/openid-configuration") => {
            let issuer = format!("{}/realms/acme", base(settings, &headers));
            let endpoint = format!("{issuer}/protocol/openid-connect/auth");
            ("200 OK", format!(r#"{{"issuer":"{issuer}","authorization_endpoint":"{endpoint}"}}"#))
        }
        ("GET", "/realms/acme/login-actions/reset-credentials") => ("200 OK", "Forgot Your Password?".to_owned()),
        ("POST", "/realms/acme/login-actions/reset-credentials") => ("400 Bad Request", "Invalid Request".to_owned()),
        ("GET", "/realms/acme/protocol/openid-connect/forgot-credentials") | ("GET" | "HEAD", "/") => {
            ("302 Found", String::new())
        }
        (_, "/realms/acme/protocol/openid-connect/forgot-credentials") => ("400 Bad Request", String::new()),
        _ => ("404 Not Found", String::new()),
    };
    let date = settings.date.map_or_else(String::new, |date| format!("Date: {date}\r\n"));
    write!(stream, "HTTP/1.1 {status}\r\n{date}Content-Length: {}\r\nConnection: close\r\n\r\n", body.len())?;
    if method == "HEAD" { Ok(()) } else { stream.write_all(body.as_bytes()) }
}

/// Whether it takes a request for one over https. A hostname does not count: Keycloak looks at the request.
fn is_https(settings: &Settings, headers: &HashMap<String, String>) -> bool {
    settings.proxy_headers && headers.get("x-forwarded-proto").is_some_and(|scheme| scheme == "https")
}

/// Scheme, host and port that it believes in.
fn base(settings: &Settings, headers: &HashMap<String, String>) -> String {
    let header = |name: &str| headers.get(name).cloned();
    if let Some(hostname) = &settings.hostname {
        return hostname.clone();
    }
    let host = header("host").unwrap_or_default();
    if settings.proxy_headers {
        let scheme = header("x-forwarded-proto").unwrap_or_else(|| "http".to_owned());
        return format!("{scheme}://{}", header("x-forwarded-host").unwrap_or(host));
    }
    format!("http://{host}")
}
