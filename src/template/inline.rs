//! Puts the style sheet of a mail into its elements, once, when the template is compiled.
//!
//! An HTML parser would move or escape the tags of handlebars, so they are exchanged for comments (between elements,
//! also within tables, where text would be thrown out) or for plain words (everywhere else), and put back after.

use super::tags::{Piece, pieces};

/// Most elements of a mail. The inliner goes down into elements and brackets by recursion, and 13,000 nested ones
/// end the process; how deep a document really nests only an HTML parser can say, so that all are counted.
const MAX_ELEMENTS: usize = 400;
/// Most opening brackets, of style sheets above all.
const MAX_BRACKETS: usize = 600;
/// What opens a level of a style sheet.
const BRACKETS: [char; 3] = ['(', '[', '{'];

/// Inlines the `<style>` of a whole document; rules for media stay in it.
pub(super) fn inline(source: &str) -> Result<String, String> {
    let mut tags = Vec::new();
    let mut html = String::with_capacity(source.len());
    let mut in_tag = false;
    let (mut elements, mut brackets) = (0, 0);
    for piece in pieces(source) {
        match piece {
            Piece::Text(text) => {
                for character in text.chars() {
                    match character {
                        '<' => {
                            in_tag = true;
                            elements += 1;
                        }
                        '>' => in_tag = false,
                        other if BRACKETS.contains(&other) => brackets += 1,
                        _ => {}
                    }
                }
                html.push_str(text);
            }
            Piece::Tag { whole, inner } => {
                let is_block = inner.starts_with(['#', '/', '^', '!']) || inner == "else";
                let stand_in = if is_block && !in_tag {
                    format!("<!--hbs-{}-x-->", tags.len())
                } else {
                    format!("hbs-{}-x", tags.len())
                };
                html.push_str(&stand_in);
                tags.push((stand_in, whole));
            }
        }
    }
    if elements > MAX_ELEMENTS || brackets > MAX_BRACKETS {
        return Err(format!("a mail holds at most {MAX_ELEMENTS} tags and {MAX_BRACKETS} opening brackets"));
    }
    let inliner = css_inline::CSSInliner::options()
        .load_remote_stylesheets(false)
        .keep_style_tags(false)
        .keep_at_rules(true)
        .minify_css(true)
        .build();
    let mut inlined = inliner.inline(&html).map_err(|error| error.to_string())?;
    for (stand_in, tag) in &tags {
        if !inlined.contains(stand_in.as_str()) {
            return Err(format!("`{tag}` stands where no tag may stand"));
        }
        inlined = inlined.replace(stand_in.as_str(), tag);
    }
    Ok(inlined)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_survive_attributes_and_tables() {
        let source = r#"<html><head><style>td { color: red; } @media print { td { color: black } }</style></head><body><table><tbody>{{#if a}}<tr><td style="background: {{c}}"><a href="{{urls.x}}">{{t "k" a="b"}}</a></td></tr>{{/if}}</tbody></table></body></html>"#;

        let inlined = inline(source).expect("a document");

        insta::assert_snapshot!(inlined, @r#"<html><head><style>@media print { td { color: black } } </style></head><body><table><tbody>{{#if a}}<tr><td style="color:red;background:{{c}}"><a href="{{urls.x}}">{{t "k" a="b"}}</a></td></tr>{{/if}}</tbody></table></body></html>"#);
    }

    #[test]
    fn a_document_at_the_limits_does_not_end_the_process() {
        let nested = |open: &str, times| format!("<html><body>{}</body></html>", open.repeat(times));
        let styled = |css: String| format!("<html><head><style>{css}</style></head><body><b>x</b></body></html>");

        for open in ["<div>", "<b>", "<b x>", "<table><tr><td>"] {
            let most = (MAX_ELEMENTS - 4) / open.matches('<').count();
            assert!(inline(&nested(open, most)).is_ok(), "{open}");
            assert!(inline(&nested(open, MAX_ELEMENTS)).is_err(), "{open}");
        }
        for (open, close) in [("b:not(", ")"), ("@media x{", "}"), ("b{a:(", ")}"), ("[", "]"), ("b{", "}")] {
            let most = MAX_BRACKETS / open.chars().filter(|character| BRACKETS.contains(character)).count();
            let _ = inline(&styled(format!("{}{}", open.repeat(most), close.repeat(most))));
            assert!(inline(&styled(open.repeat(MAX_BRACKETS + 1))).is_err(), "{open}");
        }
    }
}
