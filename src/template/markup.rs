//! Reads the HTML of a template as far as is needed to see where its values go: escaping makes a value harmless in
//! a text and in a quoted attribute, not as an address, a script, a style or an attribute's name.

use super::guard::Fault;
use super::tags::{Piece, line_of, pieces};

/// Attributes whose value a browser follows.
const ADDRESSES: [&str; 14] = [
    "href",
    "src",
    "srcset",
    "action",
    "formaction",
    "poster",
    "background",
    "data",
    "cite",
    "ping",
    "manifest",
    "xlink:href",
    "longdesc",
    "srcdoc",
];
/// Elements that no page of ours needs.
const REFUSED: [&str; 9] = ["iframe", "object", "embed", "base", "applet", "frame", "svg", "math", "template"];

/// Where a template is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Medium {
    /// A page, under its Content-Security-Policy.
    Page,
    /// A mail, where styles stand in line.
    Mail,
}

/// Where the reader stands within the HTML.
#[derive(Clone, Debug)]
enum At {
    Text,
    Comment,
    /// Within a tag of this name, outside of any value.
    Tag(String),
    /// Within the quoted value of an attribute: tag, attribute, quote, whether its beginning was looked at.
    Value(String, String, char, bool),
}

/// Everything in `source` that puts a value where escaping does not help.
pub(super) fn faults(source: &str, medium: Medium) -> Vec<Fault> {
    let mut reader = Reader { source, medium, at: At::Text, word: String::new(), faults: Vec::new() };
    for piece in pieces(source) {
        match piece {
            Piece::Text(text) => reader.text(text),
            Piece::Tag { whole, inner } => reader.tag(whole, inner),
        }
    }
    reader.faults
}

struct Reader<'a> {
    source: &'a str,
    medium: Medium,
    at: At,
    /// The attribute's name, or the beginning of a tag, as far as it was read.
    word: String,
    faults: Vec<Fault>,
}

impl Reader<'_> {
    /// A tag of handlebars.
    fn tag(&mut self, whole: &str, inner: &str) {
        if inner.starts_with('!') {
            return;
        }
        let is_block = inner.starts_with(['#', '/', '^']) || inner == "else" || inner.starts_with("else ");
        match self.at.clone() {
            At::Text | At::Comment => {}
            At::Tag(_) if is_block => {}
            At::Tag(_) => self.tell(whole, "a value stands in a tag outside of quotes"),
            At::Value(tag, attribute, quote, begun) => {
                if !begun && ADDRESSES.contains(&attribute.as_str()) {
                    if is_block {
                        self.tell(whole, &format!("`{attribute}` must begin with an address, not with a condition"));
                    } else if !inner.starts_with("urls.") && !inner.starts_with("assets.") {
                        self.tell(whole, &format!("`{attribute}` may hold only a value of `urls` or `assets`"));
                    }
                }
                self.at = At::Value(tag, attribute, quote, true);
            }
        }
    }

    /// Text between tags of handlebars, read character by character.
    fn text(&mut self, text: &str) {
        let mut skip = 0;
        for (index, character) in text.char_indices() {
            if index < skip {
                continue;
            }
            let rest = &text[index..];
            match self.at.clone() {
                At::Comment => {
                    if rest.starts_with("-->") {
                        self.at = At::Text;
                        skip = index + 3;
                    }
                }
                At::Text => {
                    if rest.starts_with("<!--") {
                        self.at = At::Comment;
                        skip = index + 4;
                    } else if let Some(tag) = rest.strip_prefix('<') {
                        let name: String =
                            tag.chars().take_while(|c| !c.is_whitespace() && !"<>".contains(*c)).collect();
                        if name.is_empty() {
                            self.tell(rest, "a `<` without the name of an element");
                        } else {
                            self.element(rest, &name.to_ascii_lowercase());
                            skip = index + 1 + name.len();
                        }
                    }
                }
                At::Tag(tag) => self.within(rest, character, &tag),
                At::Value(tag, attribute, quote, begun) => {
                    if character == quote {
                        self.at = At::Tag(tag);
                    } else if !begun {
                        self.begin(rest, &attribute, quote);
                        self.at = At::Value(tag, attribute, quote, true);
                    }
                }
            }
        }
    }

    fn element(&mut self, rest: &str, name: &str) {
        if REFUSED.contains(&name) {
            self.tell(rest, &format!("`<{name}>` is not allowed"));
        }
        let refused_here = match self.medium {
            Medium::Page => name == "style",
            Medium::Mail => ["script", "form", "link"].contains(&name),
        };
        if refused_here {
            self.tell(rest, &format!("`<{name}>` is not allowed here"));
        }
        // What stands in a script is code: the only script is a file of our own, and its element is empty.
        let is_empty_script = rest.split_once('>').is_some_and(|(_, after)| after.starts_with("</script>"));
        if name == "script" && !(rest.starts_with("<script src=\"") && (is_empty_script || !rest.contains('>'))) {
            self.tell(rest, "a script must be a file: `<script src=\"{{assets.js}}\" defer></script>`");
        }
        self.word.clear();
        self.at = At::Tag(name.to_owned());
    }

    fn within(&mut self, rest: &str, character: char, tag: &str) {
        match character {
            '>' => self.at = At::Text,
            '"' | '\'' if self.word.ends_with('=') => {
                let attribute = self.word.trim_end_matches('=').to_ascii_lowercase();
                let is_inline_style = attribute == "style" && self.medium == Medium::Page;
                if attribute.starts_with("on") || is_inline_style || attribute == "http-equiv" {
                    self.tell(rest, &format!("the attribute `{attribute}` is not allowed"));
                }
                self.word.clear();
                self.at = At::Value(tag.to_owned(), attribute, character, false);
            }
            blank if blank.is_whitespace() => self.word.clear(),
            other => {
                if self.word.ends_with('=') {
                    self.tell(rest, "an attribute's value must stand in quotes");
                    self.word.clear();
                }
                self.word.push(other);
            }
        }
    }

    /// The first characters of an attribute's value, where they are text.
    fn begin(&mut self, rest: &str, attribute: &str, quote: char) {
        if !ADDRESSES.contains(&attribute) {
            return;
        }
        let value = rest.split(quote).next().unwrap_or(rest);
        let is_web = attribute == "href" && (value.starts_with("https://") || value.starts_with("http://"));
        if !is_web && !value.starts_with('#') {
            self.tell(rest, &format!("`{attribute}` must begin with a value of `urls` or `assets`, `https://` or `#`"));
        }
    }

    fn tell(&mut self, at: &str, message: &str) {
        self.faults.push(Fault::new(line_of(self.source, at), message));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(source: &str) -> Vec<String> {
        faults(source, Medium::Page).into_iter().map(|fault| fault.message).collect()
    }

    #[test]
    fn our_own_ways_of_writing_are_allowed() {
        let good = r##"<a class="x{{#if a}} y{{/if}}" href="{{urls.start}}?x={{y}}" {{#if z}}hidden{{/if}}>{{t "a"}}</a>
<a href="#{{field}}">x</a><a href="https://a.test/">y</a><!-- <iframe> --><input value="{{typed}}" required>
<script src="{{assets.js}}" defer></script>"##;

        assert_eq!(told(good), Vec::<String>::new());
    }

    #[test]
    fn a_value_where_escaping_does_not_help_is_refused() {
        for bad in [
            r#"<a href="{{typed}}">x</a>"#,
            r#"<a href="javascript:alert(1)">x</a>"#,
            r#"<a href="{{#if a}}x{{/if}}">x</a>"#,
            r#"<a href=" {{urls.start}}">x</a>"#,
            "<a href={{urls.start}}>x</a>",
            "<input {{typed}}>",
            r#"<p onclick="x">"#,
            r#"<p style="color: {{x}}">"#,
            "<script>alert(1)</script>",
            r#"<iframe src="{{urls.start}}"></iframe>"#,
            r#"<img src="https://tracker.test/x.png" alt="">"#,
            r#"<form action="https://evil.test">"#,
            r#"<meta http-equiv="refresh" content="0;url=x">"#,
            "<{{typed}}>",
        ] {
            assert!(!told(bad).is_empty(), "{bad}");
        }
    }
}
