//! The application that people sign in for: the public client `portal` with PKCE, at the address that the realm is
//! public by, and a page of its own where it takes codes.

use data_encoding::BASE64URL_NOPAD;
use reqwest::StatusCode;
use serde_json::Value;
use sha2::{Digest, Sha256};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use url::Url;

use super::admin::http;
use super::person::fresh;
use super::realm::Realm;

/// What stands on its page.
pub(super) const WELCOME: &str = "Welcome back to the portal";

/// The application.
#[derive(Debug)]
pub(super) struct Portal {
    /// Where the realm's protocol lies.
    protocol: String,
    /// Where it takes codes.
    pub(super) callback: String,
    http: reqwest::Client,
    /// Its page, as long as it lives.
    _page: JoinSet<()>,
}

/// What it holds of somebody.
#[derive(Clone, Debug)]
pub(super) struct Tokens {
    pub(super) access: String,
    pub(super) refresh: String,
}

/// A request for a sign-in, as the application remembers it.
#[derive(Debug)]
pub(super) struct Request {
    /// Where it sends the browser.
    pub(super) address: String,
    state: String,
    verifier: String,
}

impl Portal {
    /// The application of people who reach the realm at this address.
    pub(super) async fn at(address: &str, realm: &Realm) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let callback = format!("http://{}/callback", listener.local_addr().expect("a port"));
        let protocol = format!("{address}/realms/{}/protocol/openid-connect", realm.name);
        let mut page = JoinSet::new();
        page.spawn(welcome(listener));
        Self { protocol, callback, http: http(), _page: page }
    }

    /// Where it sends a browser that wants to sign in; `more` is added to the query.
    pub(super) fn request(&self, more: &[(&str, &str)]) -> Request {
        let (state, verifier) = (fresh(), BASE64URL_NOPAD.encode(&rand::random::<[u8; 32]>()));
        let challenge = BASE64URL_NOPAD.encode(&Sha256::digest(verifier.as_bytes()));
        let mut address = Url::parse(&format!("{}/auth", self.protocol)).expect("an address");
        address
            .query_pairs_mut()
            .extend_pairs([("client_id", "portal"), ("response_type", "code"), ("scope", "openid")])
            .extend_pairs([("redirect_uri", self.callback.as_str()), ("state", &state)])
            .extend_pairs([("code_challenge", challenge.as_str()), ("code_challenge_method", "S256")])
            .extend_pairs(more);
        Request { address: address.into(), state, verifier }
    }

    /// Takes the code from where the browser came back to, and exchanges it.
    pub(super) async fn exchange(&self, request: &Request, back: &str) -> Result<Tokens, String> {
        assert!(back.starts_with(&self.callback), "not at the application: {back}");
        let back = Url::parse(back).expect("an address");
        let value = |name: &str| back.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned());
        if let Some(error) = value("error") {
            return Err(error);
        }
        assert_eq!(value("state").as_deref(), Some(request.state.as_str()));
        let code = value("code").expect("a code");
        let form = [
            ("grant_type", "authorization_code"),
            ("code", &code),
            ("redirect_uri", &self.callback),
            ("code_verifier", &request.verifier),
        ];
        self.token(&form).await
    }

    /// Signs somebody in without a browser.
    pub(super) async fn sign_in(&self, username: &str, password: &str) -> Result<Tokens, String> {
        let form = [("grant_type", "password"), ("username", username), ("password", password), ("scope", "openid")];
        self.token(&form).await
    }

    /// The same, for a token that works while the person is away.
    pub(super) async fn sign_in_offline(&self, username: &str, password: &str) -> Result<Tokens, String> {
        let scope = ("scope", "openid offline_access");
        self.token(&[("grant_type", "password"), ("username", username), ("password", password), scope]).await
    }

    /// Uses a refresh or offline token.
    pub(super) async fn refresh(&self, token: &str) -> Result<Tokens, String> {
        self.token(&[("grant_type", "refresh_token"), ("refresh_token", token)]).await
    }

    /// What the server answers a bearer of this access token.
    pub(super) async fn user_info(&self, access: &str) -> StatusCode {
        let request = self.http.get(format!("{}/userinfo", self.protocol)).bearer_auth(access);
        request.send().await.expect("an answer").status()
    }

    async fn token(&self, form: &[(&str, &str)]) -> Result<Tokens, String> {
        let request =
            self.http.post(format!("{}/token", self.protocol)).form(&[form, &[("client_id", "portal")]].concat());
        let answer = request.send().await.expect("an answer");
        let status = answer.status();
        let body: Value = answer.json().await.expect("JSON");
        let text = |key: &str| body[key].as_str().unwrap_or_default().to_owned();
        match status {
            StatusCode::OK => Ok(Tokens { access: text("access_token"), refresh: text("refresh_token") }),
            status => Err(format!("{status}: {}", text("error_description"))),
        }
    }
}

/// Answers everything with the same page.
async fn welcome(listener: TcpListener) {
    let mut connections = JoinSet::new();
    loop {
        let (mut connection, _) = listener.accept().await.expect("a connection");
        connections.spawn(async move {
            let mut head = [0; 8192];
            // Whatever it asks for, it gets the page; a browser that hangs up gets none.
            if connection.read(&mut head).await.is_ok() {
                let head = "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\nconnection: close\r\n";
                let page = format!("{head}content-length: {}\r\n\r\n{WELCOME}", WELCOME.len());
                drop(connection.write_all(page.as_bytes()).await);
            }
        });
    }
}
