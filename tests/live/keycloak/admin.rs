//! The administration of the real Keycloak.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use reqwest::redirect::Policy;
use reqwest::{Client, Method, RequestBuilder};
use serde_json::{Value, json};

use crate::process::PATIENCE;

const HOW_TO_START: &str = "no Keycloak: run `tests/live/servers/keycloak start`";
/// How long a token is used; it is good for a minute.
const TOKEN_AGE: Duration = Duration::from_secs(30);
/// How often it is asked for what it fails at.
const TRIES: u32 = 3;

/// The administrator of the whole server.
#[derive(Clone, Debug)]
pub(crate) struct Admin {
    client: Client,
    url: String,
    /// The last token, because each takes a password's hashing.
    token: Arc<Mutex<Option<(String, Instant)>>>,
}

impl Admin {
    /// As it is reached from beside regain.
    pub(crate) fn new() -> Self {
        Self::at(&url())
    }

    /// As it is reached by this address, which stands in what it mails then.
    pub(crate) fn at(url: &str) -> Self {
        Self { client: http(), url: url.to_owned(), token: Arc::default() }
    }

    /// The server's address, without a slash behind.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Asks for a token at a realm; the answer's status and body.
    pub(crate) async fn grant(&self, realm: &str, form: &[(&str, &str)]) -> (u16, Value) {
        let address = format!("{}/realms/{realm}/protocol/openid-connect/token", self.url);
        answer(self.client.post(address).form(form)).await
    }

    async fn token(&self) -> String {
        let kept = self.token.lock().expect("no test panics with it").clone();
        if let Some((token, since)) = kept
            && since.elapsed() < TOKEN_AGE
        {
            return token;
        }
        let form = [
            ("grant_type", "password"),
            ("client_id", "admin-cli"),
            ("username", "admin"),
            ("password", "admin-dev-password"),
        ];
        let (status, body) = self.grant("master", &form).await;
        assert_eq!(status, 200, "{body}");
        let token = body["access_token"].as_str().expect("a token").to_owned();
        *self.token.lock().expect("no test panics with it") = Some((token.clone(), Instant::now()));
        token
    }

    /// Asks below `/admin/realms`. While realms come and go beside each other, Keycloak's cache of roles loses a race now
    /// and then, which it answers with 500 and without having done anything: then it is asked again.
    pub(crate) async fn ask(&self, method: Method, path: &str, body: Option<&Value>) -> (u16, Value) {
        let mut tries = 0;
        loop {
            let answered = self.ask_once(method.clone(), path, body).await;
            tries += 1;
            if answered.0 != 500 || tries == TRIES {
                return answered;
            }
        }
    }

    async fn ask_once(&self, method: Method, path: &str, body: Option<&Value>) -> (u16, Value) {
        let address = format!("{}/admin/realms{path}", self.url);
        let mut request = self.client.request(method, address).bearer_auth(self.token().await);
        if let Some(body) = body {
            request = request.json(body);
        }
        answer(request).await
    }
}

/// Where the Keycloak is.
pub(crate) fn url() -> String {
    #[expect(clippy::disallowed_methods, reason = "a test may be told where its server is")]
    std::env::var("REGAIN_TEST_KEYCLOAK_URL").unwrap_or_else(|_| "http://127.0.0.1:8180".to_owned())
}

/// A client that follows no redirect. Its connections live in the runtime of the test that made it.
pub(crate) fn http() -> Client {
    // It needs the provider of TLS, although it speaks none.
    drop(rustls::crypto::aws_lc_rs::default_provider().install_default());
    let client = Client::builder().no_proxy().redirect(Policy::none()).timeout(PATIENCE);
    client.build().expect("a client")
}

async fn answer(request: RequestBuilder) -> (u16, Value) {
    let answer = request.send().await.expect(HOW_TO_START);
    let status = answer.status().as_u16();
    let made = answer.headers().get("location").and_then(|it| it.to_str().ok()).map(str::to_owned);
    let body = answer.text().await.expect("a whole answer");
    let made = made.and_then(|address| address.rsplit('/').next().map(|id| json!({ "id": id })));
    (status, serde_json::from_str(&body).ok().or(made).unwrap_or(Value::String(body)))
}
