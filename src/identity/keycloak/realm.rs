//! The realm as somebody who is called: one place for addresses, time limits and the token. Whoever asks gives path
//! segments and parameters, never an address.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use bytes::Bytes;
use reqwest::Method;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use serde::de::DeserializeOwned;
use tokio::time::Instant;
use url::Url;
use zeroize::Zeroizing;

use super::answer::{Answer, NoAnswer};
use super::offset::Offset;
use super::token::{Token, Tokens};
use crate::clock::Clock;
use crate::domain::id::AccountId;
use crate::domain::secret::Secret;
use crate::identity::{Cause, Error};
use crate::outward::{self, Clients, Cut, Roots};

/// Longest that one operation may take, all its calls together: less than whoever waits for it does, so that the answer
/// says what is known.
pub(super) const OPERATION: Duration = Duration::from_secs(9);
/// Longest of it that a token may take, so that there is time left for what it is needed for.
const TOKEN: Duration = Duration::from_secs(4);
/// Longest id that is sent.
const LONGEST_ID: usize = 255;

/// Where the realm is and who we are there.
#[derive(Debug)]
pub(super) struct Realm {
    pub(super) url: Url,
    pub(super) name: String,
    pub(super) client_id: String,
    pub(super) client_secret: Secret,
    pub(super) roots: Option<Roots>,
    pub(super) clients: Clients,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) client: OnceLock<reqwest::Client>,
    pub(super) tokens: Tokens,
    pub(super) offset: Offset,
    /// Longest that one operation may take.
    pub(super) limit: Duration,
}

/// One operation: some calls with one time limit.
#[derive(Debug)]
pub(super) struct Operation<'a> {
    realm: &'a Realm,
    until: Instant,
}

impl Realm {
    /// Begins an operation.
    pub(super) fn operation(&self) -> Operation<'_> {
        Operation { realm: self, until: Instant::now() + self.limit }
    }

    /// How far its clock is from ours.
    pub(super) fn offset(&self) -> &Offset {
        &self.offset
    }

    /// Asks for a token, and gives the answer as it is.
    pub(super) async fn ask_for_token(&self, until: Instant) -> Result<Answer, NoAnswer> {
        let address = self.address(&["realms", &self.name, "protocol", "openid-connect", "token"]);
        let form = Form::new(&[
            ("grant_type", "client_credentials"),
            ("client_id", &self.client_id),
            ("client_secret", self.client_secret.expose()),
        ]);
        let request = self.client()?.post(address).header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        send(request.body(form.0), until).await
    }

    async fn token(&self, until: Instant) -> Result<Arc<Token>, Error> {
        let fetch = async {
            let asked_at = self.clock.now();
            let token = Token::read(&self.ask_for_token(until).await?)?;
            if let Some(written) = token.claims().iat {
                self.offset.note(written, asked_at, self.clock.now());
            }
            Ok(token)
        };
        let token = tokio::time::timeout_at(until, self.tokens.get(fetch)).await;
        token.unwrap_or(Err(Error::Unavailable(Cause::Timeout)))
    }

    fn address(&self, segments: &[&str]) -> Url {
        let mut address = self.url.clone();
        if let Ok(mut path) = address.path_segments_mut() {
            path.pop_if_empty().extend(segments);
        }
        address
    }

    fn client(&self) -> Result<&reqwest::Client, NoAnswer> {
        if let Some(client) = self.client.get() {
            return Ok(client);
        }
        let made = self.clients.trusting(self.roots.as_ref());
        let made = made.map_err(|_| NoAnswer::NotAsked(Error::Misconfigured(Cause::Tls)))?;
        Ok(self.client.get_or_init(|| made))
    }
}

impl Operation<'_> {
    /// A part of it, with a shorter time limit of its own.
    pub(super) fn part(&self, limit: Duration) -> Self {
        Self { realm: self.realm, until: self.until.min(Instant::now() + limit) }
    }

    /// Our token; fetched where there is none.
    pub(super) async fn token(&self) -> Result<Arc<Token>, Error> {
        self.realm.token(self.until.min(Instant::now() + TOKEN)).await
    }

    /// Waits, and says whether there is time left.
    pub(super) async fn pause(&self, pause: Duration) -> bool {
        let end = Instant::now() + pause;
        if end < self.until {
            tokio::time::sleep_until(end).await;
        }
        end < self.until
    }

    /// Reads what lies below the realm's administration.
    pub(super) async fn read<T: DeserializeOwned>(&self, path: &[&str], query: &[(&str, &str)]) -> Result<T, Error> {
        self.ask(Method::GET, path, query, None).await?.read()
    }

    /// Asks, with a token. One that is refused is forgotten, and the call made once more with another: a refusal for
    /// want of a token has done nothing.
    pub(super) async fn ask(
        &self,
        method: Method,
        path: &[&str],
        query: &[(&str, &str)],
        json: Option<Bytes>,
    ) -> Result<Answer, NoAnswer> {
        let mut address = self.realm.address(&["admin", "realms", &self.realm.name]);
        if let Ok(mut segments) = address.path_segments_mut() {
            segments.extend(path);
        }
        if !query.is_empty() {
            address.query_pairs_mut().extend_pairs(query);
        }
        let ask = async || {
            let token = self.token().await.map_err(NoAnswer::NotAsked)?;
            let mut request = self.realm.client()?.request(method.clone(), address.clone());
            request = request.header(AUTHORIZATION, bearer(&token)?);
            if let Some(json) = &json {
                request = request.header(CONTENT_TYPE, "application/json").body(json.clone());
            }
            Ok::<_, NoAnswer>((send(request, self.until).await?, token))
        };
        // Boxed: whoever asks for several things at a time holds several of these.
        let (answer, token) = Box::pin(ask()).await?;
        if answer.status != 401 {
            return Ok(answer);
        }
        self.realm.tokens.forget(&token);
        Ok(Box::pin(ask()).await?.0)
    }
}

/// An id as it may stand in an address; `None` for what no Keycloak gives, such as a text with blanks or slashes.
pub(super) fn plausible(id: &AccountId) -> Option<&str> {
    let text = id.as_str();
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_:.@".contains(&byte);
    let is_id = !text.is_empty() && text.len() <= LONGEST_ID && text.bytes().all(is_plain);
    (is_id && text.bytes().any(|byte| byte != b'.')).then_some(text)
}

async fn send(request: reqwest::RequestBuilder, until: Instant) -> Result<Answer, NoAnswer> {
    let left = until.saturating_duration_since(Instant::now());
    if left.is_zero() {
        return Err(NoAnswer::NotAsked(Error::Unavailable(Cause::Timeout)));
    }
    let answer = request.timeout(left).send().await?;
    let status = answer.status().as_u16();
    let body = outward::body(answer).await.map_err(|cut| {
        NoAnswer::Lost(match cut {
            Cut::TooLong => Cause::TooLong,
            // The body's own limit is over with the time of the request.
            Cut::Broken if Instant::now() >= until => Cause::Timeout,
            Cut::Broken => Cause::Answer,
        })
    })?;
    Ok(Answer::new(status, body))
}

fn bearer(token: &Token) -> Result<HeaderValue, NoAnswer> {
    let text = Zeroizing::new(format!("Bearer {}", token.text().expose()));
    let value = HeaderValue::from_str(&text);
    let mut value = value.map_err(|_| NoAnswer::NotAsked(Error::Unavailable(Cause::Answer)))?;
    value.set_sensitive(true);
    Ok(value)
}

/// A form's body, wiped once it has been sent.
struct Form(Bytes);

impl Form {
    fn new(fields: &[(&str, &str)]) -> Self {
        // Room for every byte as three, so that nothing of it is left behind by growing.
        let room = fields.iter().map(|(name, value)| 2 + 3 * (name.len() + value.len())).sum();
        let mut form = url::form_urlencoded::Serializer::new(String::with_capacity(room));
        form.extend_pairs(fields);
        Self(Bytes::from_owner(Zeroizing::new(form.finish().into_bytes())))
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::net::TcpListener;

    use super::*;
    use crate::clock::SystemClock;

    /// A server that grants a token and then takes a request and says nothing.
    fn silent() -> Url {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let url = Url::parse(&format!("http://{}", listener.local_addr().expect("bound"))).expect("an address");
        std::thread::spawn(move || {
            let (mut first, _) = listener.accept().expect("a connection");
            let read = first.read(&mut [0; 4096]).expect("a request");
            assert!(read > 0);
            let body = r#"{"access_token":"a.b.c","expires_in":300}"#;
            let head = format!("HTTP/1.1 200 X\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", body.len());
            first.write_all(format!("{head}{body}").as_bytes()).expect("written");
            drop(first);
            let (mut second, _) = listener.accept().expect("a connection");
            // Until our side gives up.
            drop(std::io::copy(&mut second, &mut std::io::sink()));
        });
        url
    }

    fn realm(url: Url, limit: Duration) -> Realm {
        Realm {
            url,
            name: "acme".to_owned(),
            client_id: "regain".to_owned(),
            client_secret: Secret::new("x"),
            roots: None,
            clients: Clients::default(),
            clock: Arc::new(SystemClock::default()),
            client: OnceLock::new(),
            tokens: Tokens::default(),
            offset: Offset::default(),
            limit,
        }
    }

    #[tokio::test]
    async fn no_answer_in_time_is_an_unknown_outcome_once_the_request_was_sent_and_none_before() {
        let url = silent();
        let (late, never) = (realm(url.clone(), Duration::from_millis(300)), realm(url, Duration::ZERO));

        let sent = late.operation().ask(Method::PUT, &["users", "x", "reset-password"], &[], None).await;
        let unsent = never.operation().ask(Method::PUT, &["users", "x", "reset-password"], &[], None).await;

        assert!(matches!(sent, Err(NoAnswer::Lost(Cause::Timeout))));
        assert!(matches!(unsent, Err(NoAnswer::NotAsked(Error::Unavailable(Cause::Timeout)))));
    }

    #[test]
    fn what_no_keycloak_gives_is_no_id() {
        for good in ["d04d8c8b-d2de-4408-b9d4-bfe8141704c7", "f:4b1d:alice", "alice@example.org"] {
            assert_eq!(plausible(&AccountId::new(good)), Some(good));
        }
        for bad in ["", ".", "..", "a/b", "a b", "a%2f", "a?", "\u{e4}", &"x".repeat(256)] {
            assert_eq!(plausible(&AccountId::new(bad)), None, "{bad}");
        }
    }
}
