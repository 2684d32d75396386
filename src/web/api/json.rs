//! The one parser of the API's bodies. `application/json` in UTF-8 and nothing else; a member that stands there twice is
//! refused at every level, as two readers would each believe another one (IN-03); what is deeper than the parser's
//! own bound is no JSON of ours. Members and their types are those of the call's own struct (IN-01, IN-02, TL-06).

use std::fmt;

use axum::extract::Request;
use http::HeaderMap;
use http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use serde::Deserialize;
use serde::de::{DeserializeOwned, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use super::super::body;
use super::super::details::Fault;
use super::super::problem::Problem;

/// Reads the body of a call.
pub(super) async fn read<T: DeserializeOwned>(request: Request) -> Result<T, Problem> {
    if !is_json(request.headers()) {
        return Err(Problem::MediaType);
    }
    let bytes = body::bytes(request).await?;
    parse(&bytes).map_err(Problem::Fault)
}

fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Fault> {
    let Once(value) =
        serde_json::from_slice(bytes).map_err(|error| if error.is_data() { Fault::Twice } else { Fault::NotJson })?;
    // serde takes a list for a struct, member by member.
    if !value.is_object() {
        return Err(Fault::Members);
    }
    serde_json::from_value(value).map_err(|_| Fault::Members)
}

/// `application/json`, with no charset or UTF-8, and as it is: not compressed.
fn is_json(headers: &HeaderMap) -> bool {
    let mut types = headers.get_all(CONTENT_TYPE).iter();
    let (Some(only), None) = (types.next(), types.next()) else {
        return false;
    };
    let Ok(text) = only.to_str() else {
        return false;
    };
    let mut parts = text.split(';').map(str::trim);
    let is_type = parts.next().is_some_and(|essence| essence.eq_ignore_ascii_case("application/json"));
    let is_utf8 = parts.all(|parameter| {
        parameter.eq_ignore_ascii_case("charset=utf-8") || parameter.eq_ignore_ascii_case("charset=\"utf-8\"")
    });
    is_type && is_utf8 && !headers.contains_key(CONTENT_ENCODING)
}

/// Any JSON in which no member stands twice. Its only error of data is that one does.
struct Once(Value);

impl<'de> Deserialize<'de> for Once {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(OnceVisitor).map(Self)
    }
}

struct OnceVisitor;

impl<'de> Visitor<'de> for OnceVisitor {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Value, A::Error> {
        let mut values = Vec::new();
        while let Some(Once(value)) = list.next_element()? {
            values.push(value);
        }
        Ok(Value::Array(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut map = Map::new();
        while let Some((name, Once(value))) = members.next_entry::<String, Once>()? {
            if map.insert(name, value).is_some() {
                return Err(A::Error::custom("a member stands here twice"));
            }
        }
        Ok(Value::Object(map))
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Call {
        identifier: String,
        method: Option<String>,
    }

    fn fault(text: &str) -> Fault {
        parse::<Call>(text.as_bytes()).expect_err(text)
    }

    #[test]
    fn a_call_is_an_object_with_its_members_each_once() {
        let call: Call = parse(br#" {"identifier": "a\u0041", "method": null} "#).expect("a call");

        assert_eq!(call, Call { identifier: "aA".into(), method: None });
    }

    #[test]
    fn in_03_a_member_that_stands_twice_is_refused_at_every_level() {
        for text in [
            r#"{"identifier":"a","identifier":"a"}"#,
            r#"{"identifier":"a","\u0069dentifier":"b"}"#,
            r#"{"identifier":{"a":1,"a":2}}"#,
            r#"{"identifier":[[{"a":[{"b":1,"b":2}]}]]}"#,
        ] {
            assert_eq!(fault(text), Fault::Twice, "{text}");
        }
    }

    #[test]
    fn in_01_other_members_and_types_are_refused() {
        for text in [
            "{}",
            "[]",
            r#"["a"]"#,
            r#"["a", null]"#,
            r#""a""#,
            "null",
            "1",
            r#"{"identifier":["a"]}"#,
            r#"{"identifier":{"$ne":1}}"#,
            r#"{"identifier":1}"#,
            r#"{"identifier":1e400}"#,
            r#"{"identifier":true}"#,
            r#"{"identifier":null}"#,
            r#"{"identifier":"a","to":"b"}"#,
            r#"{"identifier":"a","method":["b"]}"#,
            r#"{"Identifier":"a"}"#,
        ] {
            assert!(matches!(fault(text), Fault::Members | Fault::NotJson), "{text}");
        }
    }

    #[test]
    fn in_03_what_is_no_json_is_refused_and_depth_is_bounded() {
        let deep = [
            "[".repeat(10_000),
            r#"{"a":"#.repeat(10_000),
            format!(r#"{{"identifier":{}1{}}}"#, "[".repeat(10_000), "]".repeat(10_000)),
        ];
        let texts = [
            "",
            " ",
            "identifier=a",
            "{identifier:'a'}",
            r#"{"identifier":"a"} {}"#,
            r#"{"identifier":"a",}"#,
            "\u{feff}{\"identifier\":\"a\"}",
            r#"{"identifier":"\ud800"}"#,
            "{\"identifier\":\"a\nb\"}",
            r#"{"identifier":NaN}"#,
            "{/**/\"identifier\":\"a\"}",
        ];
        for text in texts.into_iter().chain(deep.iter().map(String::as_str)) {
            assert_eq!(fault(text), Fault::NotJson, "{}", &text[..text.len().min(60)]);
        }
        assert_eq!(parse::<Call>(b"{\"identifier\":\"\xff\"}").expect_err("no UTF-8"), Fault::NotJson);
        assert_eq!(parse::<Call>(b"\xff\xfe{\0}\0").expect_err("UTF-16"), Fault::NotJson);
    }

    #[test]
    fn in_03_only_json_in_utf_8_is_json() {
        let is_taken = |lines: &[&'static str]| {
            let mut headers = HeaderMap::new();
            for line in lines {
                headers.append(CONTENT_TYPE, HeaderValue::from_static(line));
            }
            is_json(&headers)
        };
        for good in ["application/json", "Application/JSON; charset=UTF-8", "application/json;charset=\"utf-8\""] {
            assert!(is_taken(&[good]), "{good}");
        }
        for bad in [
            "",
            "text/plain",
            "text/json",
            "application/x-www-form-urlencoded",
            "multipart/form-data; boundary=x",
            "application/problem+json",
            "application/json; charset=utf-16",
            "application/json; charset=utf-7",
            "application/json; charset=iso-8859-1",
            "application/json; charset=utf-8; charset=utf-16",
            "application/json; boundary=x",
            "application/json, text/plain",
        ] {
            assert!(!is_taken(&[bad]), "{bad}");
        }
        assert!(!is_taken(&[]));
        assert!(!is_taken(&["application/json", "application/json"]));
        let mut packed = HeaderMap::new();
        packed.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        packed.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        assert!(!is_json(&packed));
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_make_the_parser_panic(bytes: Vec<u8>) {
            let _ = parse::<Call>(&bytes);
        }
    }
}
