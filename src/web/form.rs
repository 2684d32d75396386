//! Our forms, parsed by one parser: `application/x-www-form-urlencoded`, known fields only, each once. An unknown,
//! repeated or bracketed field is refused, so that nobody smuggles in a second recipient (IN-01, IN-02, TL-06).

use http::HeaderMap;
use http::header::CONTENT_TYPE;

/// The fields of a form, each at most once.
#[derive(Debug)]
pub(super) struct Form {
    fields: Vec<(String, String)>,
}

/// Why a body is none of our forms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NotOurs {
    /// Another media type.
    MediaType,
    /// Not UTF-8, or an unknown or repeated field.
    Fields,
}

impl Form {
    /// Reads a body whose fields are all among `known`.
    pub(super) fn parse(headers: &HeaderMap, body: &[u8], known: &[&str]) -> Result<Self, NotOurs> {
        // A form without fields may come without a media type.
        let is_bare = body.is_empty() && !headers.contains_key(CONTENT_TYPE);
        if !is_bare && !is_form(headers) {
            return Err(NotOurs::MediaType);
        }
        let text = std::str::from_utf8(body).map_err(|_| NotOurs::Fields)?;
        let mut fields: Vec<(String, String)> = Vec::new();
        for (name, value) in url::form_urlencoded::parse(text.as_bytes()) {
            let is_known = known.contains(&name.as_ref());
            let is_repeated = fields.iter().any(|(seen, _)| *seen == name);
            // A replacement character stands where the percent-encoding was no UTF-8.
            if !is_known || is_repeated || value.contains('\u{fffd}') {
                return Err(NotOurs::Fields);
            }
            fields.push((name.into_owned(), value.into_owned()));
        }
        Ok(Self { fields })
    }

    /// The value of a field; empty where the form has none.
    pub(super) fn get(&self, name: &str) -> &str {
        self.find(name).unwrap_or_default()
    }

    /// The value of a field, if the form has it.
    pub(super) fn find(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Takes a value out, for one that is to be wiped by its owner.
    pub(super) fn take(&mut self, name: &str) -> Option<String> {
        let index = self.fields.iter().position(|(known, _)| known == name)?;
        Some(self.fields.swap_remove(index).1)
    }
}

/// `application/x-www-form-urlencoded`, with no charset or UTF-8.
fn is_form(headers: &HeaderMap) -> bool {
    let mut types = headers.get_all(CONTENT_TYPE).iter();
    let (Some(only), None) = (types.next(), types.next()) else {
        return false;
    };
    let Ok(text) = only.to_str() else {
        return false;
    };
    let mut parts = text.split(';').map(str::trim);
    let is_type = parts.next().is_some_and(|essence| essence.eq_ignore_ascii_case("application/x-www-form-urlencoded"));
    is_type && parts.all(|parameter| parameter.eq_ignore_ascii_case("charset=utf-8"))
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn parse(media_type: &'static str, body: &str) -> Result<Form, NotOurs> {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
        Form::parse(&headers, body.as_bytes(), &["identifier", "method"])
    }

    #[test]
    fn known_fields_are_read_once_each() {
        let form =
            parse("application/x-www-form-urlencoded; charset=UTF-8", "identifier=a%40b.c+d&method=").expect("ours");

        assert_eq!(form.get("identifier"), "a@b.c d");
        assert_eq!(form.find("method"), Some(""));
    }

    #[test]
    fn everything_else_is_refused() {
        let form = "application/x-www-form-urlencoded";
        for body in [
            "identifier=a&identifier=b",
            "identifier[]=a",
            "identifier=a&to=b",
            "identifier=%ff",
            "identifier%5B0%5D=a",
        ] {
            assert_eq!(parse(form, body).expect_err(body), NotOurs::Fields);
        }
        for media_type in ["text/plain", "application/json", "multipart/form-data; boundary=x", ""] {
            assert_eq!(parse(media_type, "identifier=a").expect_err(media_type), NotOurs::MediaType);
        }
    }
}
