//! Whether a POST came from one of our own pages. No form tokens: the browser itself says where a request comes from.

use http::HeaderMap;
use http::header::ORIGIN;

/// Whether `Sec-Fetch-Site` says `same-origin`, or, where the browser sends no such header, `Origin` is `own`. Neither
/// header, or `none`, is no (WB-01).
pub(super) fn is_ours(headers: &HeaderMap, own: &str) -> bool {
    let mut sites = headers.get_all("sec-fetch-site").iter();
    match (sites.next(), sites.next()) {
        (Some(site), None) => site == "same-origin",
        (Some(_), Some(_)) => false,
        (None, _) => {
            let mut origins = headers.get_all(ORIGIN).iter();
            matches!((origins.next(), origins.next()), (Some(origin), None) if origin == own)
        }
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn told(pairs: &[(&'static str, &'static str)]) -> bool {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(*name, HeaderValue::from_static(value));
        }
        is_ours(&headers, "https://login.acme.example")
    }

    #[test]
    fn only_our_own_pages_may_post() {
        assert!(told(&[("sec-fetch-site", "same-origin")]));
        assert!(told(&[("origin", "https://login.acme.example")]));

        assert!(!told(&[]));
        assert!(!told(&[("origin", "null")]));
        assert!(!told(&[("origin", "https://login.acme.example.evil.test")]));
        assert!(!told(&[("origin", "http://login.acme.example")]));
        assert!(!told(&[("origin", "https://login.acme.example"), ("origin", "https://evil.test")]));
        for site in ["cross-site", "same-site", "none", "SAME-ORIGIN", ""] {
            assert!(!told(&[("sec-fetch-site", site), ("origin", "https://login.acme.example")]), "{site}");
        }
        assert!(!told(&[("sec-fetch-site", "same-origin"), ("sec-fetch-site", "cross-site")]));
    }
}
