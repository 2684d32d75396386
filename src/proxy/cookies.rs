//! Our own cookies stay with us: none goes upstream, none is taken from there (CONTRACT §3, WB-04).

use http::header::{COOKIE, HeaderMap, HeaderValue, SET_COOKIE};

const OURS: [&[u8]; 3] = [b"regain-", b"__Host-regain-", b"__Secure-regain-"];

/// Takes our cookies out of the request; the others stay byte for byte, and untouched lines are not copied.
pub(super) fn remove_from_request(headers: &mut HeaderMap) {
    if !headers.get_all(COOKIE).iter().any(|line| pairs(line).any(is_ours)) {
        return;
    }
    let lines: Vec<HeaderValue> = headers.get_all(COOKIE).iter().filter_map(without_ours).collect();
    replace(headers, &COOKIE, lines);
}

/// Takes cookies of our names out of the answer.
pub(super) fn remove_from_answer(headers: &mut HeaderMap) {
    let is_foreign = |line: &&HeaderValue| !is_ours(line.as_bytes());
    if headers.get_all(SET_COOKIE).iter().all(|line| is_foreign(&line)) {
        return;
    }
    let lines: Vec<HeaderValue> = headers.get_all(SET_COOKIE).iter().filter(is_foreign).cloned().collect();
    replace(headers, &SET_COOKIE, lines);
}

fn replace(headers: &mut HeaderMap, name: &http::HeaderName, lines: Vec<HeaderValue>) {
    headers.remove(name);
    for line in lines {
        headers.append(name.clone(), line);
    }
}

/// The line without our cookies; `None` where nothing is left.
fn without_ours(line: &HeaderValue) -> Option<HeaderValue> {
    let kept: Vec<&[u8]> = pairs(line).filter(|pair| !is_ours(pair)).collect();
    let bytes = kept.join(&b';');
    let bytes = bytes.trim_ascii();
    if bytes.is_empty() { None } else { HeaderValue::from_bytes(bytes).ok() }
}

fn pairs(line: &HeaderValue) -> impl Iterator<Item = &[u8]> {
    line.as_bytes().split(|byte| *byte == b';')
}

/// Whether a cookie has one of our names. Browsers compare the prefixes without case, and send a cookie without a
/// name as its bare value, so `=__Host-regain-x=…` would come back under our name as well.
fn is_ours(pair: &[u8]) -> bool {
    let blanks = pair.iter().take_while(|byte| byte.is_ascii_whitespace() || **byte == b'=').count();
    let pair = &pair[blanks..];
    OURS.iter().any(|name| pair.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name)))
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn no_cookie_of_ours_is_left_whatever_stands_around_it(before in "[a-z=; \"]{0,20}", after in "[a-z=; \"]{0,20}") {
            let mut headers = HeaderMap::new();
            let line = format!("{before};__Host-regain-abcdefgh=secret;{after}");
            headers.insert(COOKIE, HeaderValue::from_str(&line).unwrap());

            remove_from_request(&mut headers);

            let left = headers.get(COOKIE).map(|line| line.to_str().unwrap().to_owned()).unwrap_or_default();
            proptest::prop_assert!(!left.contains("regain-"), "{left}");
        }

        #[test]
        fn no_line_makes_it_panic(bytes: Vec<u8>) {
            if let Ok(line) = HeaderValue::from_bytes(&bytes) {
                let mut headers = HeaderMap::new();
                headers.insert(COOKIE, line.clone());
                headers.insert(SET_COOKIE, line);

                remove_from_request(&mut headers);
                remove_from_answer(&mut headers);
            }
        }
    }
}
