//! Until when a certificate holds: the one field that is read of it here. Whether it is valid is for rustls to say.
//!
//! Why not a crate for X.509: this walks past seven fields of RFC 5280 §4.1 and reads one date.

use time::{Date, Month, Time, UtcDateTime};

const INTEGER: u8 = 0x02;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;
const SEQUENCE: u8 = 0x30;
/// `[0]`, the version, which the oldest certificates leave out.
const VERSION: u8 = 0xa0;

/// When a certificate in DER form ends; `None` where it is none.
pub(super) fn not_after(der: &[u8]) -> Option<UtcDateTime> {
    let (certificate, _) = expect(SEQUENCE, der)?;
    let (fields, _) = expect(SEQUENCE, certificate)?;
    let fields = expect(VERSION, fields).map_or(fields, |(_, rest)| rest);
    let (_serial, fields) = expect(INTEGER, fields)?;
    let (_algorithm, fields) = expect(SEQUENCE, fields)?;
    let (_issuer, fields) = expect(SEQUENCE, fields)?;
    let (validity, _) = expect(SEQUENCE, fields)?;
    let (_, _begin, end) = element(validity)?;
    let (tag, text, _) = element(end)?;
    let text = std::str::from_utf8(text).ok()?.strip_suffix('Z')?;
    match tag {
        // RFC 5280 §4.1.2.5.1: from 50 on the year is one of the last century.
        UTC_TIME => date(&format!("{}{text}", if text.get(..2)? < "50" { "20" } else { "19" })),
        GENERALIZED_TIME => date(text),
        _ => None,
    }
}

/// Reads `YYYYMMDDHHMMSS`.
fn date(text: &str) -> Option<UtcDateTime> {
    let number = |range: std::ops::Range<usize>| text.get(range)?.parse::<u8>().ok();
    let month = Month::try_from(number(4..6)?).ok()?;
    let date = Date::from_calendar_date(text.get(..4)?.parse().ok()?, month, number(6..8)?).ok()?;
    let time = Time::from_hms(number(8..10)?, number(10..12)?, number(12..14)?).ok()?;
    Some(UtcDateTime::new(date, time))
}

/// The content of the first element, which must be of this kind, and what follows it.
fn expect(tag: u8, der: &[u8]) -> Option<(&[u8], &[u8])> {
    let (found, content, rest) = element(der)?;
    (found == tag).then_some((content, rest))
}

/// Kind and content of the first element, and what follows it.
fn element(der: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&[tag, short], rest) = der.split_first_chunk::<2>()?;
    let (length, rest) = if short < 0x80 {
        (usize::from(short), rest)
    } else {
        let (bytes, rest) = rest.split_at_checked(usize::from(short & 0x7f))?;
        if bytes.len() > 4 {
            return None;
        }
        (bytes.iter().fold(0, |length, byte| length << 8 | usize::from(*byte)), rest)
    };
    let (content, rest) = rest.split_at_checked(length)?;
    Some((tag, content, rest))
}

#[cfg(test)]
mod tests {
    use time::macros::utc_datetime;

    use super::*;

    fn certificate(not_after: UtcDateTime) -> Vec<u8> {
        let mut parameters = rcgen::CertificateParams::new(["smtp.acme.example".to_owned()]).expect("a name");
        parameters.not_after = not_after.into();
        let key = rcgen::KeyPair::generate().expect("a key");
        parameters.self_signed(&key).expect("a certificate").der().to_vec()
    }

    #[test]
    fn the_end_is_read_in_both_forms_of_a_date() {
        for end in [utc_datetime!(2031-02-03 04:05:06), utc_datetime!(2071-12-31 23:59:59)] {
            assert_eq!(not_after(&certificate(end)), Some(end));
        }
    }

    proptest::proptest! {
        #[test]
        fn what_is_no_certificate_has_no_end(bytes: Vec<u8>, cut in 0_usize..200, at in 0_usize..200, byte: u8) {
            let mut broken = certificate(utc_datetime!(2031-02-03 04:05:06));
            broken[at] = byte;

            let _ = not_after(&broken);

            proptest::prop_assert_eq!(not_after(&broken[..cut.min(60)]), None);
            proptest::prop_assert_eq!(not_after(&bytes), None);
        }
    }
}
