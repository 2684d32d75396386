//! Countries and regions: where text messages may go, and whose numbers people type without `+`.

use super::Config;
use crate::domain::identifier::Kind;
use crate::domain::method::Method;
use crate::domain::phone::Country;
use crate::domain::problem::Problems;

/// What says that every number is typed with `+` and its country's code.
const INTERNATIONAL: &str = "international";
/// How codes of countries are written.
const CODES: &str = "write the two letters of ISO 3166, such as \"US\", \"GB\" or \"DE\"; territories have their own";

impl Config {
    /// The countries that text messages may go to. Pumping is led to a few that nobody would list (DA-03), so that there
    /// is no list by default and none that means all.
    pub(super) fn read_countries(&self, problems: &mut Problems) -> Vec<Country> {
        let mut countries = Vec::new();
        for (index, text) in self.sms_otp.countries.iter().enumerate() {
            let key = format!("sms_otp.countries.{index}");
            match Country::parse(text) {
                Some(country) if countries.contains(&country) => {
                    problems.error(&key, format!("\"{text}\" stands here twice"));
                }
                Some(country) => countries.push(country),
                None => {
                    problems.error(&key, format!("\"{text}\" is no country")).help(CODES);
                }
            }
        }
        if self.methods.contains(&Method::SmsOtp) && self.sms_otp.countries.is_empty() {
            problems
                .error("sms_otp.countries", "text messages go to listed countries only, and none is listed")
                .help("write those where your people have their telephones, such as `countries = [\"US\"]`");
        }
        countries
    }

    /// Whose numbers are typed without `+`: those of the region, else of the first country on the list.
    pub(super) fn read_region(&self, countries: &[Country], problems: &mut Problems) -> Option<Country> {
        match self.phone_region.as_str() {
            INTERNATIONAL => None,
            "" => {
                if self.identifier == Kind::Phone && self.sms_otp.countries.is_empty() {
                    problems.error("phone_region", "says nowhere how a number without + is read").help(
                        "write the country of most of your people, such as \"US\", or \"international\" where everybody \
                         types + and the country's code",
                    );
                }
                countries.first().copied()
            }
            text => {
                let region = Country::parse(text);
                if region.is_none() {
                    problems.error("phone_region", format!("\"{text}\" is no country")).help(CODES);
                }
                region
            }
        }
    }
}
