//! Puts the style sheet of a mail into its elements, once, when the template is compiled.
//!
//! An HTML parser would move or escape the tags of handlebars, so they are exchanged for comments (between elements,
//! also within tables, where text would be thrown out) or for plain words (everywhere else), and put back after.

use super::tags::{Piece, pieces};

/// Inlines the `<style>` of a whole document; rules for media stay in it.
pub(super) fn inline(source: &str) -> Result<String, String> {
    let mut tags = Vec::new();
    let mut html = String::with_capacity(source.len());
    let mut in_tag = false;
    for piece in pieces(source) {
        match piece {
            Piece::Text(text) => {
                for character in text.chars() {
                    match character {
                        '<' => in_tag = true,
                        '>' => in_tag = false,
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
        let source = r#"<html><head><style>td { color: red; } @media print { td { color: black } }</style></head><body><table>{{#if a}}<tr><td style="background: {{c}}"><a href="{{urls.x}}">{{t "k" a="b"}}</a></td></tr>{{/if}}</table></body></html>"#;

        let inlined = inline(source).expect("a document");

        insta::assert_snapshot!(inlined, @"");
    }
}
