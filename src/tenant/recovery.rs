//! How a tenant's people recover: `[recovery]` as written, held to the operator's ceilings, and as it is acted upon.

mod phones;

use std::time::Duration;

use serde::Deserialize;
use url::Url;

use super::file::Profile;
use super::web_address;
use crate::domain::code::DIGITS;
use crate::domain::identifier::{Form, Kind};
use crate::domain::method::Method;
use crate::domain::phone::Country;
use crate::domain::problem::Problems;
use crate::domain::quantity::Span;
use crate::domain::recovery::Terms;
use crate::domain::sending::Mails;

const MINUTE: Duration = Duration::from_mins(1);
/// Longest life of a link (WSTG-ATHN-09).
pub const LONGEST_LINK: Duration = Duration::from_hours(1);
/// Longest life of a link with `asvs_l2` (ASVS 5.0 6.5.5).
pub const LONGEST_LINK_ASVS: Duration = Duration::from_mins(10);
/// Longest life of a code (NIST SP 800-63B-4 §3.1.3.2).
pub const LONGEST_CODE: Duration = Duration::from_mins(10);
/// Most wrong codes of one recovery that are told to be wrong.
pub const MOST_ATTEMPTS: u8 = 10;
/// The budget of text messages that is built in (`config/regain.toml`).
const DAILY_BUDGET: u32 = 500;
/// What lies directly below the pages' path already.
const TAKEN: [&str; 3] = ["assets", "api", "callbacks"];

/// `[recovery]` as written.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Config {
    path: String,
    link_path: String,
    link_url: String,
    methods: Vec<Method>,
    identifier: Kind,
    phone_region: String,
    sign_in_url: Option<String>,
    return_to: Vec<String>,
    email_link: LinkConfig,
    email_otp: MailCodeConfig,
    unlinked: bool,
    sms_otp: TextCodeConfig,
    sms_only: bool,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct LinkConfig {
    ttl: Span,
    include_code: bool,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct MailCodeConfig {
    ttl: Span,
    digits: u32,
    attempts: u32,
    link: bool,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct TextCodeConfig {
    ttl: Span,
    digits: u32,
    attempts: u32,
    countries: Vec<String>,
    daily_budget: u32,
}

/// How a tenant's people recover.
#[derive(Clone, Debug)]
pub struct Recovery {
    /// Full path of the pages, such as `/t/acme/recovery`; no slash at its end.
    pub base: String,
    /// Full path of the link in messages.
    pub link_path: String,
    /// Where messages point instead, for a front end of the tenant's own.
    pub link_url: Option<Url>,
    /// The methods on offer, in their order. Never empty.
    pub methods: Vec<Method>,
    /// What the form asks for.
    pub identifier: Kind,
    /// Where "Sign in" leads.
    pub sign_in_url: Url,
    /// Origins to which a person may be sent back.
    pub return_to: Vec<String>,
    /// How long a link lives.
    pub link_life: Duration,
    /// Whether the mail with a link carries a code as well.
    pub include_code: bool,
    /// Whether the mail with a code carries a link as well.
    pub linked_codes: bool,
    /// How a code by mail lives and dies.
    pub email_otp: Codes,
    /// How a code by text message lives and dies.
    pub sms_otp: Codes,
    /// The countries whose numbers a text message may go to; some where `sms_otp` is among the methods.
    pub countries: Vec<Country>,
    /// Most text messages in a day.
    pub sms_daily_budget: u32,
    /// Whose numbers are typed without `+`; `None`: nobody's.
    pub region: Option<Country>,
}

/// How a code lives and dies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Codes {
    /// How long it lives.
    pub life: Duration,
    /// How many digits it has.
    pub digits: u8,
    /// How many wrong ones are told to be wrong.
    pub attempts: u8,
}

impl Recovery {
    /// In what form identifiers are typed.
    #[must_use]
    pub fn form(&self) -> Form {
        Form { kind: self.identifier, region: self.region }
    }

    /// Whether anything here is about telephone numbers, whose plans take a while to read.
    #[must_use]
    pub fn uses_phones(&self) -> bool {
        self.identifier == Kind::Phone || self.methods.contains(&Method::SmsOtp)
    }

    /// What a recovery by `method` is held to. It is stored with the recovery.
    #[must_use]
    pub fn terms(&self, method: Method) -> Terms {
        let codes = match method {
            Method::EmailLink | Method::EmailOtp => self.email_otp,
            Method::SmsOtp => self.sms_otp,
        };
        let has_code = method != Method::EmailLink || self.include_code;
        let digits = if has_code { codes.digits } else { 0 };
        Terms { link_life: self.link_life, code_life: codes.life, attempts: codes.attempts, digits }
    }

    /// How long a code lives, where any method sends one.
    #[must_use]
    pub fn code_life(&self) -> Option<Duration> {
        let lives = self.methods.iter().map(|method| self.terms(*method));
        lives.filter(|terms| terms.digits > 0).map(|terms| terms.code_life).max()
    }

    /// What the tenant's mails carry; `None` where it has no method by mail, and texts have nothing to fall back to.
    #[must_use]
    pub fn mails(&self) -> Option<Mails> {
        let has = |method| self.methods.contains(&method);
        let linked_codes = has(Method::EmailOtp) && self.linked_codes;
        (has(Method::EmailLink) || has(Method::EmailOtp)).then(|| Mails { links: has(Method::EmailLink), linked_codes })
    }
}

impl Config {
    /// Checks the section; keys are named relative to it. `own` is the tenant's path on a shared host, `texts_per_day` what
    /// all tenants together may send.
    pub(super) fn build(
        self,
        public_url: &Url,
        own: &str,
        profile: Profile,
        texts_per_day: u32,
        problems: &mut Problems,
    ) -> Option<Recovery> {
        let before = problems.errors();
        let (base, link_path) = self.paths(own, problems);
        self.check_methods(problems);
        self.check_lives(profile, problems);
        let sms_daily_budget = self.read_budget(texts_per_day, problems);
        let countries = self.read_countries(problems);
        let region = self.read_region(&countries, problems);
        let link_url = match self.link_url.as_str() {
            "" => None,
            text => read(web_address::read(text), "link_url", problems),
        };
        let sign_in_url = match &self.sign_in_url {
            Some(text) => read(read_page(text), "sign_in_url", problems),
            None => Some(front_page(public_url)),
        };
        let origins =
            self.return_to.iter().enumerate().filter_map(|(index, text)| {
                read(web_address::read_origin(text), &format!("return_to.{index}"), problems)
            });
        let return_to = origins.collect();
        let (mail, sms) = (&self.email_otp, &self.sms_otp);
        let mail = read_codes("email_otp", mail.ttl, mail.digits, mail.attempts, problems);
        let sms = read_codes("sms_otp", sms.ttl, sms.digits, sms.attempts, problems);
        let recovery = Recovery {
            base,
            link_path,
            link_url,
            methods: self.methods,
            identifier: self.identifier,
            sign_in_url: sign_in_url?,
            return_to,
            link_life: self.email_link.ttl.get(),
            include_code: self.email_link.include_code,
            linked_codes: self.email_otp.link,
            email_otp: mail?,
            sms_otp: sms?,
            countries,
            sms_daily_budget,
            region,
        };
        (problems.errors() == before).then_some(recovery)
    }

    /// Both paths below the tenant's own. What is written with that path in front already is taken as it stands.
    fn paths(&self, own: &str, problems: &mut Problems) -> (String, String) {
        let full = |path: &str| {
            let is_full = !own.is_empty() && web_address::lies_below(path, own);
            if is_full { path.to_owned() } else { format!("{own}{path}") }
        };
        for (key, path) in [("path", &self.path), ("link_path", &self.link_path)] {
            if !web_address::is_plain_path(path) {
                problems
                    .error(key, format!("\"{path}\" is no path such as `/recovery`"))
                    .help("begin with a slash, end without one, and use letters, digits and - _ . ~");
            }
        }
        let (base, link_path) = (full(&self.path), full(&self.link_path));
        if base == own {
            problems.error("path", "must lie below the tenant's own path");
        }
        let below = link_path.strip_prefix(&base).and_then(|rest| rest.strip_prefix('/'));
        let first = below.and_then(|rest| rest.split('/').next());
        let is_taken = first.is_some_and(|first| TAKEN.contains(&first) || first.len() == 22);
        if link_path == base || is_taken {
            problems
                .error("link_path", format!("\"{}\" is the address of another page", self.link_path))
                .help("`/recovery/link` is free");
        }
        (base, link_path)
    }

    fn check_methods(&self, problems: &mut Problems) {
        if self.methods.is_empty() {
            problems.error("methods", "names no method").help("write `methods = [\"email_link\"]`");
        }
        for (index, method) in self.methods.iter().enumerate() {
            let key = format!("methods.{index}");
            if self.methods[..index].contains(method) {
                problems.error(&key, format!("\"{}\" stands here twice", method.as_str()));
            }
        }
        if self.methods == [Method::SmsOtp] && !self.sms_only {
            problems
                .error("methods", "text messages alone can be shut by whoever knows the number")
                .help("offer a method by mail too, or say `sms_only = true`");
        }
        if self.sms_only && self.methods != [Method::SmsOtp] {
            problems
                .warning("sms_only", "says nothing: text messages are not the only method")
                .help("leave it out, so that it is meant where it counts");
        }
    }

    fn check_lives(&self, profile: Profile, problems: &mut Problems) {
        let longest_link = match profile {
            Profile::Default => LONGEST_LINK,
            Profile::AsvsL2 => LONGEST_LINK_ASVS,
        };
        check_life("email_link.ttl", self.email_link.ttl, longest_link, problems);
        if !self.email_otp.link && !self.unlinked {
            problems
                .error("email_otp.link", "without a link, whoever burns the codes shuts the owner out")
                .help("leave it at true, or say `unlinked = true` to mean it");
        }
        if self.email_otp.link && self.unlinked {
            problems
                .warning("unlinked", "says nothing: mails with codes carry a link")
                .help("leave it out, so that it is meant where it counts");
        }
    }

    /// Most text messages in a day. The number that is built in is no claim of the tenant's: where the operator allows
    /// less, less holds.
    fn read_budget(&self, texts_per_day: u32, problems: &mut Problems) -> u32 {
        let budget = self.sms_otp.daily_budget;
        if budget == 0 {
            problems
                .error("sms_otp.daily_budget", format!("0 is not between 1 and {texts_per_day}"))
                .help("to send no text messages, leave \"sms_otp\" out of `methods`");
        } else if budget > texts_per_day && budget != DAILY_BUDGET {
            problems
                .error("sms_otp.daily_budget", format!("{budget} is looser than the operator's {texts_per_day}"))
                .help("write less; `limits.sms_per_day` of regain.toml holds for all tenants together");
        }
        budget.min(texts_per_day)
    }
}

/// TL-02: a life of nothing is never "no expiry".
fn check_life(key: &str, life: Span, longest: Duration, problems: &mut Problems) {
    if life.get() < MINUTE {
        problems.error(key, "is shorter than a minute; there is no life without an end");
    } else if life.get() > longest {
        problems.error(key, format!("is longer than {}, the longest that is allowed", Span::from(longest)));
    }
}

fn read_codes(section: &str, life: Span, digits: u32, attempts: u32, problems: &mut Problems) -> Option<Codes> {
    check_life(&format!("{section}.ttl"), life, LONGEST_CODE, problems);
    let mut within = |key: &str, number: u32, least: u8, most: u8| {
        let number = u8::try_from(number).ok().filter(|number| (least..=most).contains(number));
        if number.is_none() {
            problems.error(&format!("{section}.{key}"), format!("is not between {least} and {most}"));
        }
        number
    };
    let digits = within("digits", digits, *DIGITS.start(), *DIGITS.end());
    let attempts = within("attempts", attempts, 1, MOST_ATTEMPTS);
    Some(Codes { life: life.get(), digits: digits?, attempts: attempts? })
}

/// An address to go to: a query may stand in it.
fn read_page(text: &str) -> Result<Url, &'static str> {
    let mut bare = Url::parse(text).map_err(|_| "is no address such as `https://login.example.com/`")?;
    bare.set_query(None);
    bare.set_fragment(None);
    web_address::read(bare.as_str())?;
    Url::parse(text).map_err(|_| "is no address such as `https://login.example.com/`")
}

fn front_page(public_url: &Url) -> Url {
    let mut url = public_url.clone();
    if !url.path().ends_with('/') {
        url.set_path(&format!("{}/", public_url.path()));
    }
    url
}

fn read<T>(parsed: Result<T, &'static str>, key: &str, problems: &mut Problems) -> Option<T> {
    match parsed {
        Ok(value) => Some(value),
        Err(message) => {
            problems.error(key, message);
            None
        }
    }
}
