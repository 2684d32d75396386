//! Codes in front of a real Keycloak: by mail through a real mail server, by text message through Prism with Twilio's
//! own description, typed into Chromium by people who reload, go back and open a second tab.

mod both;
mod journeys;
mod reload;
mod tabs;
mod ways;

use std::time::{Duration, Instant};

use regain::domain::recovery::COOL_DOWN;
use serde_json::json;

use super::front::Front;
use super::person::{NEW, OLD, Person};
use super::portal::Portal;
use super::realm::Realm;
use crate::driver::Browser;
use crate::mailbox::Mailbox;
use crate::process::{PATIENCE, REST};
use crate::support::twilio::{Account, Sent};
use crate::twilio::{PRISM, stand_in};

/// All methods, as most tests want them.
const ALL: &str = "methods = [\"email_otp\", \"email_link\", \"sms_otp\"]\nsms_otp.countries = [\"US\"]";
/// What somebody else would set.
const ANOTHER: &str = "another varnish plinth";

/// A realm, regain in front of it, and an account at Twilio.
struct Stand {
    front: Front,
    account: Account,
    // Last: its drop removes the realm.
    realm: Realm,
}

/// Somebody with a number, and what arrives for them.
struct Somebody {
    person: Person,
    number: String,
    mails: Mailbox,
    account: Account,
}

impl Stand {
    /// With these lines of `[recovery]`.
    async fn with(lines: &str) -> Self {
        let realm = Realm::acme().await;
        let account = stand_in().account();
        let front = Front::before(&realm).recovery(lines).texts(&account.section(PRISM)).start();
        Self { front, account, realm }
    }

    /// Somebody with a number that nobody else of this stand has, where each is given another `last` of two digits.
    async fn somebody(&self, last: u8) -> Somebody {
        let number = format!("+120255501{last:02}");
        let attributes = json!({ "phoneNumber": [number], "phoneNumberVerified": ["true"] });
        let person = self.realm.person_with(json!({ "attributes": attributes })).await;
        let mails = self.front.mails(&person);
        Somebody { person, number, mails, account: self.account.clone() }
    }

    /// Asks for a recovery by a method that the person chooses, and gives its page.
    async fn ask(&self, browser: &Browser, who: &Somebody, method: &str) -> String {
        browser.open(&format!("{}/recovery/", self.front.url())).await;
        choose(browser, who, method).await;
        browser.find("#resend-wait").await;
        browser.address().await
    }

    /// The password was changed, and changed once: it is the new one, and one notice went to the mailbox.
    async fn is_changed(&self, who: &Somebody) {
        let portal = Portal::at(&self.front.url(), &self.realm).await;
        assert!(portal.sign_in(&who.person.username, OLD).await.is_err(), "the old password is refused");
        portal.sign_in(&who.person.username, NEW).await.expect("the new one");
        let deadline = Instant::now() + PATIENCE;
        while who.notices() == 0 {
            assert!(Instant::now() < deadline, "no notice");
            tokio::time::sleep(REST).await;
        }
        assert_eq!(who.notices(), 1);
    }
}

impl Somebody {
    /// The code in the mail with this number, counted from one.
    async fn mailed(&self, number: usize) -> String {
        let mail = self.mails.mail(number).await;
        code_in(mail["text"].as_str().expect("a text"), 8)
    }

    /// The code in the text message with this number, counted from one.
    async fn texted(&self, number: usize) -> String {
        code_in(self.text(number).await.field("Body"), 6)
    }

    /// The text message with this number, once it has gone out.
    async fn text(&self, number: usize) -> Sent {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let ours = |sent: &Sent| sent.field("To") == self.number;
            let mut texts: Vec<Sent> = self.account.sent().into_iter().filter(ours).collect();
            if texts.len() >= number {
                return texts.swap_remove(number - 1);
            }
            assert!(Instant::now() < deadline, "{} text messages and not {number}", texts.len());
            tokio::time::sleep(REST).await;
        }
    }

    /// How many mails have told of a change.
    fn notices(&self) -> usize {
        let subject = "Your Acme password was changed";
        self.mails.arrived().iter().filter(|mail| mail["subject"] == subject).count()
    }
}

/// The code in a text, the first word of digits alone.
fn code_in(text: &str, digits: usize) -> String {
    let is_code = |word: &&str| word.len() == digits && word.bytes().all(|byte| byte.is_ascii_digit());
    text.split_whitespace().find(is_code).expect("a code").to_owned()
}

/// A code of the same length that is not this one, and another for each number.
fn wrong(code: &str, number: u32) -> String {
    let digits = u32::try_from(code.len()).expect("a few");
    let value: u32 = code.parse().expect("digits");
    format!("{:0width$}", (value + 1 + number) % 10_u32.pow(digits), width = code.len())
}

/// Fills in the chooser, which is open.
async fn choose(browser: &Browser, who: &Somebody, method: &str) {
    browser.fill("#identifier", &who.person.username).await;
    browser.click(&format!("#method-{method}")).await;
    browser.click("button.primary").await;
}

async fn type_code(browser: &Browser, code: &str) {
    browser.fill("#code", code).await;
    browser.click("button.primary").await;
}

async fn choose_password(browser: &Browser, password: &str) {
    browser.reads("Create a new password").await;
    browser.fill("#new-password", password).await;
    browser.fill("#confirm-password", password).await;
    browser.click("button.primary").await;
}

/// Chooses the new password and reads that it is set.
async fn finish(browser: &Browser) {
    choose_password(browser, NEW).await;
    browser.reads("Your password has been changed").await;
}

/// Waits until the next message can be asked for.
async fn cool_down() {
    tokio::time::sleep(COOL_DOWN + Duration::from_secs(1)).await;
}
