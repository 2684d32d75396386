//! The whole program but for its sockets: configuration from files, a database of the test's own, the fake provider, an
//! inbox, and time that moves by hand. Which database that is, the binary says that these tests are part of.

use std::cell::RefCell;
use std::collections::{BTreeMap, VecDeque};
use std::path::Path;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use arc_swap::ArcSwap;
use http::StatusCode;
use regain::app::{Dispatcher, Routes};
use regain::channel::{Channel, Inbox};
use regain::clock::Clock;
use regain::config::{self, Inputs};
use regain::domain::Timestamp;
use regain::domain::address::PhoneNumber;
use regain::domain::id::{AccountId, TenantId};
use regain::domain::key::Keyset;
use regain::domain::problem::Problems;
use regain::domain::recovery::COOL_DOWN;
use regain::identity::Hashing;
use regain::limit::Limiter;
use regain::outbox::Worker;
use regain::outward::Clients;
use regain::proxy::{self, Proxy};
use regain::recovery::Recoveries;
use regain::store::Store;
use regain::store::rows::{AuditLine, Lane};
use regain::template::Shipped;
use regain::tenant::{Registry, Wiring};
use regain::web::{self, Web};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::api::Api;
use super::browser::Browser;
use super::fake_identity::{FakeIdentity, Person};
use super::flaky_channel::{FlakyChannel, Reply};
use super::hand_clock::HandClock;
use super::messages::{arrived, arrived_texts};
use crate::database::Database;

pub(crate) use super::messages::{ArrivedMail, ArrivedText, code_of, digits_of, link_of, typed};

/// A password that everybody has at the beginning.
pub(crate) const OLD: &str = "the old pass phrase of before";
/// A password that all rules welcome.
pub(crate) const NEW: &str = "plinth ostrich varnish";

const REGAIN: &str = "[secrets]\nkeys_file = \"keys/regain.keys\"\n";

/// What tests share: compiling the shipped templates takes longer than most tests.
static SHIPPED: OnceLock<Arc<Shipped>> = OnceLock::new();

/// What a test wants to be different.
pub(crate) struct Builder {
    regain: String,
    tenants: BTreeMap<&'static str, String>,
    keys: String,
}

impl Builder {
    /// Gives acme these methods. With text messages among them everybody's alice has a number in the United States.
    pub(crate) fn methods(self, methods: &[&str]) -> Self {
        let names: Vec<String> = methods.iter().map(|method| format!("\"{method}\"")).collect();
        let countries = if methods.contains(&"sms_otp") { "sms_otp.countries = [\"US\"]\n" } else { "" };
        self.recovery(&format!("methods = [{}]\n{countries}", names.join(", ")))
    }

    /// Adds lines to `[recovery]` of acme, and a way for text messages.
    pub(crate) fn recovery(self, lines: &str) -> Self {
        self.file("acme", |file| file.replace("[recovery]\n", &format!("[sms]\nkind = \"inbox\"\n[recovery]\n{lines}")))
    }

    /// Adds lines to a tenant's file.
    pub(crate) fn tenant(mut self, id: &'static str, lines: &str) -> Self {
        let file = self.tenants.entry(id).or_insert_with(|| host_tenant(id));
        file.push_str(lines);
        self
    }

    /// Gives a tenant another file.
    pub(crate) fn file(mut self, id: &'static str, change: impl FnOnce(String) -> String) -> Self {
        self.tenants.insert(id, change(host_tenant(id)));
        self
    }

    /// Makes a tenant one that ends late logins. The file names a kind that can have such; the fake takes its place.
    pub(crate) fn ending_late_logins(self, id: &'static str) -> Self {
        let of_a_realm = "kind = \"keycloak\"\nurl = \"http://127.0.0.1:9\"\nrealm = \"acme\"\n\
            client_id = \"regain\"\nclient_secret = \"a secret of the realm\"\nlate_logins = \"end\"";
        self.file(id, |file| file.replace("kind = \"local\"", of_a_realm))
    }

    /// Adds lines to `regain.toml`.
    pub(crate) fn regain(mut self, lines: &str) -> Self {
        self.regain.push_str(lines);
        self
    }

    /// Builds it all.
    pub(crate) async fn build(self) -> TestApp {
        let folder = tempfile::tempdir().expect("a folder");
        let database = Database::create(folder.path()).await;
        write(folder.path(), &format!("{}{}", self.regain, database.section()), &self.tenants);
        let clock = Arc::new(HandClock::new());
        let app = TestApp::at(folder, Arc::new(database), &self.keys, clock, BTreeMap::new()).await;
        for (id, people) in &app.people {
            let alice = Person::new("alice", "alice@example.org", OLD);
            let phones = vec![(app.number("+12025550123"), true)];
            people.add(Person { id: format!("{id}-alice"), phones, ..alice });
        }
        app
    }
}

/// A program without sockets.
pub(crate) struct TestApp {
    pub(crate) clock: Arc<HandClock>,
    pub(crate) store: Store,
    pub(crate) inbox: Inbox,
    pub(crate) keyset: Arc<Keyset>,
    keys: String,
    dispatcher: Dispatcher,
    routes: Arc<ArcSwap<Routes>>,
    delivered_for: Arc<ArcSwap<Registry>>,
    worker: Worker,
    people: BTreeMap<TenantId, Arc<FakeIdentity>>,
    replies: Arc<Mutex<VecDeque<Reply>>>,
    text_replies: Arc<Mutex<VecDeque<Reply>>>,
    read: RefCell<usize>,
    texts_read: RefCell<usize>,
    _tasks: TaskTracker,
    folder: tempfile::TempDir,
    // Last: it goes when everybody who uses it has gone.
    pub(crate) database: Arc<Database>,
}

impl TestApp {
    /// Two tenants on hosts of their own, acme and globex, each with an alice of the same address.
    pub(crate) async fn new() -> Self {
        Self::builder().build().await
    }

    /// The same, where acme has these methods.
    pub(crate) async fn with_methods(methods: &[&str]) -> Self {
        Self::builder().methods(methods).build().await
    }

    /// The same, with these lines in `[recovery]` of acme.
    pub(crate) async fn with_lines(lines: &str) -> Self {
        Self::builder().recovery(lines).build().await
    }

    pub(crate) fn builder() -> Builder {
        let tenants = ["acme", "globex"].map(|id| (id, host_tenant(id)));
        Builder { regain: REGAIN.to_owned(), tenants: tenants.into(), keys: Keyset::generate().to_string() }
    }

    async fn at(
        folder: tempfile::TempDir,
        database: Arc<Database>,
        keys: &str,
        clock: Arc<HandClock>,
        mut people: BTreeMap<TenantId, Arc<FakeIdentity>>,
    ) -> Self {
        let inputs = Inputs { dir: folder.path().to_owned(), env: Vec::new() };
        let (config, problems) = config::load(&inputs).start().expect("a configuration");
        assert!(!problems.has_errors(), "{problems:?}");
        let tasks = TaskTracker::new();
        let store = Store::open(&config.store, &tasks).await.expect("a store");
        let keyset = Arc::new(Keyset::parse(keys).expect("a keyset"));
        let inbox = Inbox::new();
        let wiring = wiring(&store, &clock, &keyset, &inbox);
        let replies = Arc::<Mutex<VecDeque<Reply>>>::default();
        let text_replies = Arc::<Mutex<VecDeque<Reply>>>::default();
        let (registry, problems) = config.tenants.build_with(&wiring, |tenant| {
            let new = || Arc::new(FakeIdentity::new(clock.clone()));
            tenant.provider = people.entry(tenant.id.clone()).or_insert_with(new).clone();
            let mail = tenant.mail.take().expect("a channel");
            tenant.mail = Some(Arc::new(FlakyChannel::new(mail, replies.clone())));
            let sms = tenant.sms.take();
            tenant.sms = sms.map(|sms| Arc::new(FlakyChannel::new(sms, text_replies.clone())) as Arc<dyn Channel>);
        });
        assert!(!problems.has_errors(), "{problems:?}");
        let registry = Arc::new(registry);
        let limiter = Arc::new(Limiter::new(&config.limits, &keyset));
        let dyn_clock = clock.clone() as Arc<dyn Clock>;
        let recoveries = Recoveries::new(store.clone(), dyn_clock.clone(), limiter, config.audit.ip, tasks.clone());
        let proxy = Proxy::new(&proxy::Settings::default(), tasks.clone(), CancellationToken::new());
        let routes = Arc::new(ArcSwap::from_pointee(Routes::new(registry.clone())));
        let dispatcher = Dispatcher::new(routes.clone(), Web::new(recoveries, web::Settings::default()), proxy);
        let delivered_for = Arc::new(ArcSwap::new(registry.clone()));
        let worker = Worker::new(store.clone(), dyn_clock, delivered_for.clone());
        Self {
            clock,
            store,
            inbox,
            keyset,
            keys: keys.to_owned(),
            dispatcher,
            routes,
            delivered_for,
            worker,
            people,
            replies,
            text_replies,
            read: RefCell::new(0),
            texts_read: RefCell::new(0),
            _tasks: tasks,
            folder,
            database,
        }
    }

    /// The same program started anew on what it kept: store, keys, provider.
    pub(crate) async fn restarted(self) -> Self {
        let keys = self.keys.clone();
        self.restarted_with(&keys).await
    }

    /// The same, with more lines in `regain.toml`.
    pub(crate) async fn reconfigured(self, lines: &str) -> Self {
        let file = self.folder.path().join("regain.toml");
        let text = std::fs::read_to_string(&file).expect("a file");
        std::fs::write(&file, format!("{text}{lines}")).expect("a file");
        self.restarted().await
    }

    /// The same, with another keys file.
    pub(crate) async fn restarted_with(mut self, keys: &str) -> Self {
        self.store.close().await;
        let folder = std::mem::replace(&mut self.folder, tempfile::tempdir().expect("a folder"));
        let (clock, people) = (self.clock.clone(), std::mem::take(&mut self.people));
        Self::at(folder, self.database.clone(), keys, clock, people).await
    }

    /// Reads acme's file anew after a change, as a reload would: from here on requests and the worker see it.
    pub(crate) fn reload(&self, change: impl FnOnce(String) -> String) {
        let file = self.folder.path().join("tenants/acme.toml");
        let text = std::fs::read_to_string(&file).expect("a file");
        std::fs::write(&file, change(text)).expect("a file");
        let inputs = Inputs { dir: self.folder.path().to_owned(), env: Vec::new() };
        let (config, _) = config::load(&inputs).start().expect("a configuration");
        let wiring = wiring(&self.store, &self.clock, &self.keyset, &self.inbox);
        let (registry, problems) = config.tenants.build_with(&wiring, |tenant| {
            tenant.provider = self.people[&tenant.id].clone();
        });
        assert!(!problems.has_errors(), "{problems:?}");
        let registry = Arc::new(registry);
        self.delivered_for.store(registry.clone());
        self.routes.store(Arc::new(Routes::new(registry)));
    }

    /// The present, by the clock that moves by hand.
    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// The last lines of a tenant's audit.
    pub(crate) async fn audit(&self, tenant: &str) -> Vec<AuditLine> {
        self.store.tenant(&id(tenant)).audit(200).await.expect("an audit")
    }

    /// What is wrong with a tenant's file that these lines are added to, as the operator is told.
    pub(crate) fn problems_of(tenant: &'static str, lines: &str) -> String {
        Self::problems_of_file(tenant, |file| format!("{file}{lines}"))
    }

    /// What is wrong with a tenant's file that is changed like this.
    pub(crate) fn problems_of_file(tenant: &'static str, change: impl FnOnce(String) -> String) -> String {
        let folder = tempfile::tempdir().expect("a folder");
        write(folder.path(), REGAIN, &[(tenant, change(host_tenant(tenant)))].into());
        problems_in(folder.path())
    }

    /// What is wrong with a tenant whose templates have this file among them.
    pub(crate) fn problems_of_override(tenant: &'static str, name: &str, template: &str) -> String {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join(format!("tenants/{tenant}/templates/{name}"));
        std::fs::create_dir_all(file.parent().expect("a folder")).expect("a folder");
        std::fs::write(file, template).expect("a file");
        let lines = format!("{}[templates]\ndir = \"{tenant}/templates\"\n", host_tenant(tenant));
        write(folder.path(), REGAIN, &[(tenant, lines)].into());
        problems_in(folder.path())
    }

    /// A fresh browser at a tenant's host.
    pub(crate) fn browser(&self, tenant: &str) -> Browser {
        Browser::new(self.dispatcher.clone(), &format!("{tenant}.rec.test"))
    }

    /// A fresh front end at a tenant's API.
    pub(crate) fn api(&self, tenant: &str) -> Api {
        Api::new(self.browser(tenant))
    }

    /// A fresh browser at any host.
    pub(crate) fn browser_at(&self, host: &str) -> Browser {
        Browser::new(self.dispatcher.clone(), host)
    }

    /// A tenant's provider.
    pub(crate) fn people(&self, tenant: &str) -> &Arc<FakeIdentity> {
        &self.people[&id(tenant)]
    }

    /// The id of a tenant's alice.
    pub(crate) fn alice(&self, tenant: &str) -> AccountId {
        assert!(self.people.contains_key(&id(tenant)), "a tenant of this test");
        AccountId::new(format!("{tenant}-alice"))
    }

    /// Works the outbox off as far as it is due.
    pub(crate) async fn deliver(&self) -> usize {
        self.worker.work_off().await.expect("a working store")
    }

    /// When the next look at an account of acme, or end of its sessions, is due.
    pub(crate) async fn next_look(&self) -> Option<Timestamp> {
        self.store.next_due(Lane::Ends, &[id("acme")]).await.expect("a working store")
    }

    /// Waits until the next look is due, and works everything off.
    pub(crate) async fn look(&self) {
        let due = self.next_look().await.expect("a look that is due");
        self.wait(Duration::try_from(due - self.now()).expect("a look to come"));
        self.deliver().await;
    }

    /// Looks until no look is left, and says when each was due.
    pub(crate) async fn look_until_the_last(&self) -> Vec<Timestamp> {
        let mut looks = Vec::new();
        while let Some(due) = self.next_look().await {
            assert!(looks.len() < 20, "looks without end: {looks:?}");
            looks.push(due);
            self.wait(Duration::try_from(due - self.now()).unwrap_or_default());
            self.deliver().await;
        }
        looks
    }

    /// Sets alice's password at acme, and leaves no mail of it unread.
    pub(crate) async fn set_password(&self, password: &str) {
        let (browser, page) = self.at_the_form().await;
        let set = browser.post(&format!("{page}/password"), &twice(password)).await;
        assert_eq!(set.status, StatusCode::SEE_OTHER, "{}", set.body);
        self.deliver().await;
        self.one_mail();
    }

    /// Tells how the next messages are taken, one by one; then they are delivered again.
    pub(crate) fn mail_server(&self, replies: impl IntoIterator<Item = Reply>) {
        self.replies.lock().expect("no test panics with it").extend(replies);
    }

    /// Another worker beside the one that [`TestApp::deliver`] uses, to be run by the test.
    pub(crate) fn another_worker(&self) -> Worker {
        let registry = Arc::new(ArcSwap::new(self.routes.load().shared_registry()));
        Worker::new(self.store.clone(), self.clock.clone(), registry)
    }

    /// Moves the clock.
    pub(crate) fn wait(&self, by: Duration) {
        self.clock.advance(by);
    }

    /// The mails that have not been read yet.
    pub(crate) fn new_mails(&self) -> Vec<ArrivedMail> {
        let all = arrived(&self.inbox);
        let unread = all[*self.read.borrow()..].to_vec();
        *self.read.borrow_mut() = all.len();
        unread
    }

    /// The one new mail, and that it is the only one.
    pub(crate) fn one_mail(&self) -> ArrivedMail {
        let mut mails = self.new_mails();
        let mail = mails.pop().expect("a new mail");
        assert!(mails.is_empty(), "more mails than one: {}", mails.len() + 1);
        mail
    }

    /// A telephone number.
    #[expect(clippy::unused_self, reason = "it reads as part of what a test says of its world")]
    pub(crate) fn number(&self, text: &str) -> PhoneNumber {
        PhoneNumber::parse(text).expect("a telephone number")
    }

    /// Delivers, after the cool-down of an account if need be, and gives the one new mail.
    pub(crate) async fn next_mail(&self) -> ArrivedMail {
        self.deliver().await;
        let mut mails = self.new_mails();
        if mails.is_empty() {
            self.wait(COOL_DOWN);
            self.deliver().await;
            mails = self.new_mails();
        }
        assert_eq!(mails.len(), 1, "one new mail");
        mails.remove(0)
    }

    /// The text messages that have not been read yet.
    pub(crate) fn new_texts(&self) -> Vec<ArrivedText> {
        let all = arrived_texts(&self.inbox);
        let unread = all[*self.texts_read.borrow()..].to_vec();
        *self.texts_read.borrow_mut() = all.len();
        unread
    }

    /// The one new text message.
    pub(crate) fn one_text(&self) -> ArrivedText {
        let mut texts = self.new_texts();
        assert_eq!(texts.len(), 1, "one new text message");
        texts.remove(0)
    }

    /// Tells how the next text messages are taken, one by one; then they are delivered again.
    pub(crate) fn text_gateway(&self, replies: impl IntoIterator<Item = Reply>) {
        self.text_replies.lock().expect("no test panics with it").extend(replies);
    }

    /// How many text messages are still to be taken as told.
    pub(crate) fn text_gateway_has(&self) -> usize {
        self.text_replies.lock().expect("no test panics with it").len()
    }

    /// Asks for a recovery by a method and gives the recovery's id.
    pub(crate) async fn start_by(&self, browser: &Browser, identifier: &str, method: &str) -> String {
        let answer = browser.post("/recovery/", &[("identifier", identifier), ("method", method)]).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
        answer.location().strip_prefix("/recovery/").expect("a recovery's page").to_owned()
    }

    /// Asks for a recovery of `identifier` and gives the recovery's id.
    pub(crate) async fn start(&self, browser: &Browser, identifier: &str) -> String {
        let answer = browser.post("/recovery/", &[("identifier", identifier)]).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
        answer.location().strip_prefix("/recovery/").expect("a recovery's page").to_owned()
    }

    /// A browser that has opened alice's link a minute after it was sent, and its recovery's page.
    pub(crate) async fn at_the_form(&self) -> (Browser, String) {
        let browser = self.browser("acme");
        let (_, link) = self.alices_link(&browser).await;
        self.wait(Duration::from_mins(1));
        let page = browser.get(&link).await.location().to_owned();
        (browser, page)
    }

    /// Asks for alice's recovery, delivers, and gives id and link.
    pub(crate) async fn alices_link(&self, browser: &Browser) -> (String, String) {
        let id = self.start(browser, "alice@example.org").await;
        (id, link_of(&self.next_mail().await))
    }
}

impl Drop for TestApp {
    /// A mail that nobody has looked at is one that the test forgot.
    fn drop(&mut self) {
        if !std::thread::panicking() {
            let unread = arrived(&self.inbox).len() - *self.read.borrow();
            assert_eq!(unread, 0, "mails that the test has not looked at");
            let unread = arrived_texts(&self.inbox).len() - *self.texts_read.borrow();
            assert_eq!(unread, 0, "text messages that the test has not looked at");
        }
    }
}

/// A tenant's id.
pub(crate) fn id(tenant: &str) -> TenantId {
    TenantId::parse(tenant).expect("a tenant id")
}

/// The form of a password, twice.
pub(crate) fn twice(password: &str) -> [(&str, &str); 2] {
    [("new_password", password), ("confirm_password", password)]
}

fn write(folder: &Path, regain: &str, tenants: &BTreeMap<&'static str, String>) {
    std::fs::create_dir_all(folder.join("tenants")).expect("a folder");
    std::fs::write(folder.join("regain.toml"), regain).expect("a file");
    for (id, file) in tenants {
        std::fs::write(folder.join(format!("tenants/{id}.toml")), file).expect("a file");
    }
}

/// What tenants are built with.
fn wiring(store: &Store, clock: &Arc<HandClock>, keyset: &Arc<Keyset>, inbox: &Inbox) -> Wiring {
    Wiring {
        store: store.clone(),
        clock: clock.clone(),
        keyset: keyset.clone(),
        shipped: SHIPPED.get_or_init(Shipped::load).clone(),
        inbox: Some(inbox.clone()),
        hashing: Hashing::new(1),
        clients: Clients::default(),
    }
}

/// What `regain check` finds in a folder.
fn problems_in(folder: &Path) -> String {
    let inputs = Inputs { dir: folder.to_owned(), env: Vec::new() };
    let (config, mut problems) = match config::load(&inputs).start() {
        Ok(read) => read,
        Err(problems) => return told(&problems),
    };
    let keyset = Arc::new(Keyset::parse(&Keyset::generate()).expect("a keyset"));
    let wiring = wiring(&Store::offline(), &Arc::new(HandClock::new()), &keyset, &Inbox::new());
    let (_, found) = config.tenants.build(&wiring);
    problems.append(found);
    told(&problems)
}

fn told(problems: &Problems) -> String {
    let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
    lines.join("\n")
}

fn host_tenant(id: &str) -> String {
    format!(
        r#"
name = "{name}"
hosts = ["{id}.rec.test"]
public_url = "https://{id}.rec.test"
[email]
kind = "inbox"
[provider]
kind = "local"
[recovery]
sign_in_url = "https://{id}.rec.test/"
return_to = ["https://app.{id}.test"]
"#,
        name = id.to_uppercase()
    )
}
