//! `docs/limits.md` says what the code holds: its table is the code's own.

use std::path::PathBuf;

use regain::config::ceilings;

const BEGIN: &str = "<!-- from the code: REGAIN_UPDATE=1 cargo test --test it the_table_of_limits -->\n\n";
const END: &str = "<!-- to here -->";

#[test]
fn the_table_of_limits_is_what_the_code_holds() {
    let file = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("docs/limits.md");
    let text = std::fs::read_to_string(&file).expect("docs/limits.md");
    let (before, rest) = text.split_once(BEGIN).expect("the line before the table");
    let (on_disk, after) = rest.split_once(END).expect("the line after the table");
    let table = ceilings::table();

    #[expect(clippy::disallowed_methods, reason = "whoever runs the test says so from outside")]
    let is_update = std::env::var("REGAIN_UPDATE").is_ok();
    if is_update {
        std::fs::write(&file, format!("{before}{BEGIN}{table}{END}{after}")).expect("a file");
        return;
    }

    assert_eq!(on_disk, table, "docs/limits.md is not what the code holds: set REGAIN_UPDATE=1 and run this test");
}
