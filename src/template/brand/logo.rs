//! A tenant's logo. What it is, is read from its bytes; a drawing that could do something is refused.

use std::fs;
use std::path::Path;

use super::Asset;

/// Largest file.
const MAX_BYTES: u64 = 256 * 1024;

/// Reads the file at `path`.
pub(super) fn read(path: &Path) -> Result<Asset, String> {
    let shown = path.display();
    let about = fs::metadata(path).map_err(|error| format!("cannot read `{shown}`: {}", error.kind()))?;
    if !about.is_file() || about.len() > MAX_BYTES {
        return Err(format!("`{shown}` is not a file of at most {} KiB", MAX_BYTES / 1024));
    }
    let bytes = fs::read(path).map_err(|error| format!("cannot read `{shown}`: {}", error.kind()))?;
    let (name, content_type) = kind(&bytes).ok_or_else(|| format!("`{shown}` is no picture that pages may show"))?;
    Ok(Asset::new(name, content_type, bytes))
}

fn kind(bytes: &[u8]) -> Option<(&'static str, &'static str)> {
    if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
        return Some(("logo.png", "image/png"));
    }
    if bytes.starts_with(&[0xff, 0xd8, 0xff]) {
        return Some(("logo.jpg", "image/jpeg"));
    }
    if bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP") {
        return Some(("logo.webp", "image/webp"));
    }
    let text = std::str::from_utf8(bytes).ok()?.to_ascii_lowercase();
    let is_drawing =
        text.trim_start().starts_with("<svg") || (text.trim_start().starts_with("<?xml") && text.contains("<svg"));
    (is_drawing && is_inert(&text)).then_some(("logo.svg", "image/svg+xml"))
}

/// Whether a drawing holds neither scripts nor anything from elsewhere. Browsers run none of it within `<img>`; the
/// address of the file itself can be opened as well.
fn is_inert(svg: &str) -> bool {
    let active = [
        "<script",
        "<foreignobject",
        "<iframe",
        "<!entity",
        "<!doctype",
        "javascript:",
        "<handler",
        "<set",
        "<animate",
    ];
    let has_handler = svg
        .split(|character: char| character.is_whitespace() || "\"'/".contains(character))
        .any(|word| word.starts_with("on") && word.contains('='));
    !active.iter().any(|word| svg.contains(word)) && !has_handler
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_drawing_that_could_do_something_is_refused() {
        assert_eq!(
            kind(b"<svg xmlns='http://www.w3.org/2000/svg'><path d='M0 0'/></svg>"),
            Some(("logo.svg", "image/svg+xml"))
        );
        for bad in [
            "<svg><script>alert(1)</script></svg>",
            "<svg onload=alert(1)>",
            "<svg><a href='javascript:x'/></svg>",
            "<html><body>",
            "",
        ] {
            assert_eq!(kind(bad.as_bytes()), None, "{bad}");
        }
    }
}
