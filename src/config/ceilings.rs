//! Every default and ceiling in one table, as `docs/limits.md` shows it. Defaults are read from the built-in layer and
//! ceilings from the constants that refuse more, so that neither can be told otherwise than it holds.

use std::fmt::Write as _;
use std::time::Duration;

use super::layer::Layer;
use super::{load, show, tree};
use crate::domain::code::DIGITS;
use crate::domain::password::{LOWEST_MINIMUM, MAX_BYTES};
use crate::domain::quantity::Span;
use crate::domain::recovery::{COOL_DOWN, ISSUE_WINDOW, PASSWORDS, RESET_LIFE};
use crate::domain::sending;
use crate::limit::{self, Bound};
use crate::tenant::{LONGEST_CODE, LONGEST_LINK, LONGEST_LINK_ASVS, LOWEST_ALONE, LOWEST_MAXIMUM, MOST_ATTEMPTS};
use crate::{audit, outward, store};

/// One line of the table.
struct Row {
    what: &'static str,
    default: String,
    ceiling: String,
    key: &'static str,
    source: &'static str,
}

/// A topic with its lines.
type Topic = (&'static str, Vec<Row>);

/// The table in Markdown, topic by topic.
#[must_use]
pub fn table() -> String {
    let mut text = String::new();
    for (heading, rows) in topics() {
        let head = "| What | Default | Ceiling | Key | From |\n|---|---|---|---|---|";
        writeln!(text, "### {heading}\n\n{head}").expect("a text takes everything");
        for Row { what, default, ceiling, key, source } in rows {
            let key = if key.is_empty() { String::new() } else { format!("`{}`", key.replace("defaults.", "")) };
            writeln!(text, "| {what} | {default} | {ceiling} | {key} | {source} |").expect("a text takes everything");
        }
        text.push('\n');
    }
    text
}

fn topics() -> Vec<Topic> {
    let built_in = load::built_in(std::path::Path::new(""));
    let set = |what, key, ceiling: String, source| Row { what, default: default(&built_in, key), ceiling, key, source };
    vec![
        ("Links, codes, passwords", secrets(&set)),
        ("One account, across its recoveries and clients", accounts()),
        ("Text messages", texts(&set)),
        ("One client, at one tenant", clients(&set)),
        ("A request to our own pages", requests(&set)),
        ("Beyond a request", others()),
    ]
}

fn secrets(set: &impl Fn(&'static str, &'static str, String, &'static str) -> Row) -> Vec<Row> {
    let link = format!("{}; {} with `asvs_l2`", span(LONGEST_LINK), span(LONGEST_LINK_ASVS));
    let digits = || format!("{} to {}", DIGITS.start(), DIGITS.end());
    let (nist, asvs) = ("NIST SP 800-63B-4 §3.1.3.2, ASVS 5.0 6.5.4", "ASVS 5.0 6.5.5, WSTG-ATHN-09");
    let lengths = format!("at least {LOWEST_ALONE}; {LOWEST_MINIMUM} with a second factor");
    let (codes, passwords) = (MOST_ATTEMPTS.to_string(), format!("{LOWEST_MAXIMUM} to {MAX_BYTES}"));
    vec![
        set("Life of a link", "defaults.recovery.email_link.ttl", link, asvs),
        set("Life of a code by mail", "defaults.recovery.email_otp.ttl", span(LONGEST_CODE), nist),
        set("Digits of a code by mail", "defaults.recovery.email_otp.digits", digits(), nist),
        set("Wrong codes by mail that are told", "defaults.recovery.email_otp.attempts", codes.clone(), ""),
        set("Life of a code by text message", "defaults.recovery.sms_otp.ttl", span(LONGEST_CODE), nist),
        set("Digits of a code by text message", "defaults.recovery.sms_otp.digits", digits(), nist),
        set("Wrong codes by text message that are told", "defaults.recovery.sms_otp.attempts", codes, ""),
        fixed("Between two messages of one recovery", span(COOL_DOWN), ""),
        fixed("A recovery takes no further message after", span(ISSUE_WINDOW), ""),
        fixed("Life of what a right code gives", span(RESET_LIFE), ""),
        fixed("Passwords tried with it", PASSWORDS.to_string(), ""),
        set("Characters of a password, fewest", "defaults.password.min_length", lengths, "NIST SP 800-63B-4 §3.1.1.2"),
        set("Characters of a password, most", "defaults.password.max_length", passwords, ""),
    ]
}

fn accounts() -> Vec<Row> {
    use sending::{
        DIGITS_UNDER_SPRAY, LIVE_CODES, MAILS_AT_ONCE, ONE_MAIL_EACH, SPRAY_AT_SIX_DIGITS, TEXTS_A_DAY, TEXTS_AN_HOUR,
        WRONG_CODES, WRONG_CODES_UNLINKED,
    };
    let nist = "NIST SP 800-63B-4 §3.2.2";
    let mails = format!("{MAILS_AT_ONCE}, then one each {}", span(ONE_MAIL_EACH));
    let unlinked = format!("{WRONG_CODES_UNLINKED}; from {WRONG_CODES} on codes of {} digits", DIGITS.end());
    let spray = format!("{SPRAY_AT_SIX_DIGITS} at {} digits, ten times as many for each digit more", DIGITS.start());
    vec![
        fixed(
            "Wrong codes in a day, then right ones are wrong ones; links are not touched",
            WRONG_CODES.to_string(),
            nist,
        ),
        fixed("The same where no link can reach the account", unlinked, nist),
        fixed("Between two messages by the same way; the next waits", span(COOL_DOWN), ""),
        fixed("Mails", mails, ""),
        fixed("Text messages, then mails", format!("{TEXTS_AN_HOUR} an hour, {TEXTS_A_DAY} a day"), ""),
        fixed("Recoveries with living codes; a further one gets a link", LIVE_CODES.to_string(), ""),
        fixed("Guesses at a tenant's codes in a day, and half of its right ones, then new ones are longer", spray, ""),
        fixed("Digits of those", DIGITS_UNDER_SPRAY.to_string(), ""),
    ]
}

fn texts(set: &impl Fn(&'static str, &'static str, String, &'static str) -> Row) -> Vec<Row> {
    let country = format!("{} in {}", sending::TEXTS_PER_COUNTRY, span(sending::COUNTRY_WINDOW));
    let conversion = format!("{}, of which half must be answered", sending::TEXTS_BEFORE_CONVERSION);
    vec![
        set("Countries that they may go to", "defaults.recovery.sms_otp.countries", "must be named".to_owned(), ""),
        fixed("Of one tenant into one country, give or take a quarter", country, ""),
        set(
            "Of one tenant in a day; three quarters to all of it",
            "defaults.recovery.sms_otp.daily_budget",
            "what all may".to_owned(),
            "",
        ),
        set("Of all tenants in a day", "limits.sms_per_day", limit::TEXTS.ceiling.to_string(), ""),
        fixed("To numbers that begin alike, give or take a quarter", conversion, ""),
    ]
}

fn clients(set: &impl Fn(&'static str, &'static str, String, &'static str) -> Row) -> Vec<Row> {
    let limit = |what, key: &'static str, bound: Bound| {
        debug_assert_eq!(key.rsplit('.').next(), Some(bound.key));
        set(what, key, bound.ceiling.to_string(), "")
    };
    let (least, most) = (limit::CLIENTS_BETWEEN.start(), limit::CLIENTS_BETWEEN.end());
    vec![
        limit("Recoveries begun in 10 minutes", "limits.starts_per_10_min", limit::STARTS),
        limit("Recoveries begun in an hour", "limits.starts_per_hour", limit::STARTS_FOR_GOOD),
        limit("Codes tried in a minute", "limits.codes_per_min", limit::CODES),
        limit("Each of links, passwords, resends, cancels in 10 minutes", "limits.others_per_10_min", limit::OTHERS),
        limit("Calls of one backend in a minute", "limits.backend_calls_per_min", limit::BACKEND_CALLS),
        set("Clients remembered in memory, for each of these", "limits.clients", format!("{least} to {most}"), ""),
    ]
}

fn requests(set: &impl Fn(&'static str, &'static str, String, &'static str) -> Row) -> Vec<Row> {
    let own = |what, key| set(what, key, String::new(), "");
    vec![
        own("First byte of a connection, and each head", "server.head_timeout"),
        own("Whole body", "server.body_timeout"),
        own("Size of a body", "server.body_limit"),
        own("Length of an address", "server.uri_limit"),
        own("Size of all headers", "server.header_limit"),
        own("Number of headers", "server.header_count"),
        own("Length of an address that is passed on", "server.proxied_uri_limit"),
        own("Size of all headers that are passed on", "server.proxied_header_limit"),
        own("Stillness of a body that is passed on", "server.proxied_idle_timeout"),
    ]
}

fn others() -> Vec<Row> {
    vec![
        fixed("Connect of a call outward", span(outward::CONNECT), ""),
        fixed("A call outward as a whole", span(outward::TOTAL), ""),
        fixed("Answer of a call outward", format!("{} KiB", outward::MOST_BYTES / 1024), ""),
        fixed("One question to the shared limits", span(limit::PATIENCE), ""),
        fixed("A recovery is kept after it has expired", span(store::KEPT_FOR), ""),
        fixed("A line of the audit is kept", span(audit::KEPT_FOR), ""),
    ]
}

/// What nobody can set.
fn fixed(what: &'static str, value: String, source: &'static str) -> Row {
    Row { what, default: value, ceiling: "fixed".to_owned(), key: "", source }
}

fn span(duration: Duration) -> String {
    Span::from(duration).to_string()
}

fn default(built_in: &Layer, key: &str) -> String {
    let value = tree::find(&built_in.values, key).expect("a key of config/regain.toml, as a test sees");
    show::written(value).trim().trim_matches('"').to_owned()
}
