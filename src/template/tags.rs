//! Finds the tags of handlebars in a source, before anything that could be harmed by them reads it.

/// A piece of a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Piece<'a> {
    /// Text.
    Text(&'a str),
    /// A tag with its braces, and the text between them.
    Tag { whole: &'a str, inner: &'a str },
}

/// Cuts `source` into texts and tags, in one pass. An open end is a tag as well; the parser complains about it.
pub(super) fn pieces(source: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut rest = source;
    while let Some(at) = rest.find("{{") {
        if at > 0 {
            pieces.push(Piece::Text(&rest[..at]));
        }
        let tag = &rest[at..];
        let end = if tag.starts_with("{{!--") || tag.starts_with("{{~!--") {
            tag.find("--}}").map(|end| end + 4)
        } else if tag.starts_with("{{!") {
            tag.find("}}").map(|end| end + 2)
        } else {
            end_of(tag)
        };
        let whole = &tag[..end.unwrap_or(tag.len())];
        let inner = whole.trim_start_matches('{').trim_end_matches('}').trim_matches('~').trim();
        pieces.push(Piece::Tag { whole, inner });
        rest = &tag[whole.len()..];
    }
    if !rest.is_empty() {
        pieces.push(Piece::Text(rest));
    }
    pieces
}

/// Where a tag ends that begins at the start of `tag`; braces within quotes do not count.
fn end_of(tag: &str) -> Option<usize> {
    let bytes = tag.as_bytes();
    let opening = bytes.iter().take_while(|byte| **byte == b'{').count();
    let mut quote = None;
    let mut at = opening;
    while at < bytes.len() {
        match (quote, bytes[at]) {
            (None, b'"' | b'\'') => quote = Some(bytes[at]),
            (Some(open), byte) if open == byte => quote = None,
            (None, b'}') if bytes.get(at + 1) == Some(&b'}') => {
                let closing = bytes[at..].iter().take_while(|byte| **byte == b'}').count();
                return Some(at + closing.min(opening));
            }
            (None | Some(_), _) => {}
        }
        at += 1;
    }
    None
}

/// The line, counted from 1, on which `part` begins; `part` must be a slice of `source`.
pub(super) fn line_of(source: &str, part: &str) -> usize {
    let at = (part.as_ptr() as usize).saturating_sub(source.as_ptr() as usize);
    source.as_bytes().iter().take(at).filter(|byte| **byte == b'\n').count() + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_and_tags_alternate_and_quotes_hide_braces() {
        let cut = pieces(r#"a{{t "x}}" n="{n}"}}b{{{c}}}{{!-- {{d}} --}}{{open"#);

        let tags: Vec<&str> = cut
            .iter()
            .filter_map(|piece| match piece {
                Piece::Tag { inner, .. } => Some(*inner),
                Piece::Text(_) => None,
            })
            .collect();
        assert_eq!(tags, [r#"t "x}}" n="{n}""#, "c", "!-- {{d}} --", "open"]);
    }

    proptest::proptest! {
        #[test]
        fn nothing_is_lost(source: String) {
            let whole: String = pieces(&source)
                .iter()
                .map(|piece| match piece {
                    Piece::Text(text) => *text,
                    Piece::Tag { whole, .. } => *whole,
                })
                .collect();

            proptest::prop_assert_eq!(whole, source);
        }
    }
}
