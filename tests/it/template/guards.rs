use std::fs;

use regain::domain::problem::Problems;
use regain::template::{Brand, Templates};
use tempfile::TempDir;

use super::SHIPPED;

/// What is told about a tenant's folder with these files, without the folder's own name.
pub(super) fn told(files: &[(&str, &str)]) -> Vec<String> {
    let folder = TempDir::new().expect("a folder");
    for (path, text) in files {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        fs::write(path, text).expect("a file");
    }
    told_of(&folder)
}

pub(super) fn told_of(folder: &TempDir) -> Vec<String> {
    let mut problems = Problems::new();
    let brand = Brand::plain("Acme");
    let (locales, default) = (brand.locales.clone(), brand.default_locale.clone());
    let built = Templates::build(&SHIPPED, brand, &locales, &default, Some(folder.path()), None, &mut problems);
    assert_eq!(built.is_none(), problems.has_errors());
    let here = format!("{}/", folder.path().display());
    problems.iter().map(|problem| problem.to_string().replace(&here, "")).collect()
}

fn over(text: &str) -> String {
    told(&[("pages/over.hbs", text)]).join("\n")
}

#[test]
fn partials_in_a_circle_are_refused_before_anything_is_rendered() {
    let problems = told(&[("partials/help.hbs", "<p>\n{{> language}}"), ("partials/language.hbs", "{{> help}}")]);

    insta::assert_snapshot!(problems.join("\n"), @r#"
    error: partials/language.hbs:1: the partial `help` includes itself, perhaps by way of another
    error: partials/help.hbs:2: the partial `language` includes itself, perhaps by way of another
    "#);
}

#[test]
fn blocks_are_nested_only_so_deep() {
    let bomb = "{{#if title}}".repeat(1600) + &"{{/if}}".repeat(1600);
    let chain = format!("{{{{#if title}}}}{}{{{{/if}}}}", "{{else if title}}".repeat(2000));
    let hidden = format!("\\{{{{ \" }}}}{bomb}");

    for source in [bomb, chain, hidden] {
        assert!(
            over(&source).contains("nested deeper than 32") || over(&source).contains("backslash"),
            "{}",
            over(&source)
        );
    }
}

#[test]
fn nothing_may_multiply_without_end() {
    let lists = "{{#each languages}}".repeat(8) + &"{{/each}}".repeat(8);
    let partials = [
        ("partials/help.hbs", "{{> language}}".repeat(1000)),
        ("partials/language.hbs", "{{> error_summary}}".repeat(1000)),
        ("partials/error_summary.hbs", "{{> header}}".repeat(1000)),
    ];
    let partials: Vec<(&str, &str)> = partials.iter().map(|(path, text)| (*path, text.as_str())).collect();

    assert!(over(&lists).contains("steps to render"), "{}", over(&lists));
    assert!(told(&partials).join("\n").contains("steps to render"));
}

#[test]
fn what_is_wrong_is_told_with_file_and_line() {
    insta::assert_snapshot!(over("<h1>{{title}}</h1>\n{{{title}}}"), @r#"
    error: pages/over.hbs:2: `{{{title}}}` is not escaped
      help: write it with two braces
    "#);
    insta::assert_snapshot!(over("<h1>{{title}}</h1>\n{{&title}}"), @r#"
    error: pages/over.hbs:2: `{{&title}}` is not escaped
      help: write it with two braces
    "#);
    insta::assert_snapshot!(over("<h1>\n\n{{titel}}</h1>"), @r#"error: pages/over.hbs:3: there is no value `titel`"#);
    insta::assert_snapshot!(over("\n{{#if titel}}x{{/if}}"), @r#"error: pages/over.hbs:2: there is no value `titel`"#);
    insta::assert_snapshot!(over("\n{{lookup urls \"start\"}}"), @r#"error: pages/over.hbs:2: unknown helper `lookup`; there are t, rich"#);
    insta::assert_snapshot!(over("\n{{#with urls}}{{start}}{{/with}}"), @r#"error: pages/over.hbs:2: unknown block `with`; there are if, unless, each"#);
    insta::assert_snapshot!(over("\n{{t \"nothing-says-this\"}}"), @r#"error: pages/over.hbs:2: there is no text `nothing-says-this`"#);
    insta::assert_snapshot!(over("\n{{t \"over-text\"}}"), @r#"error: pages/over.hbs:2: the text `over-text` cannot be filled in: Resolver error: Unknown variable: $minutes"#);
    insta::assert_snapshot!(over("\n{{> nothing}}"), @r#"error: pages/over.hbs:2: there is no partial `nothing`"#);
    insta::assert_snapshot!(over("\n{{#if title}}"), @r#"error: pages/over.hbs:2: cannot be parsed: a tag is mistyped, or a block is not closed"#);
    insta::assert_snapshot!(over("{{#*inline \"x\"}}{{/inline}}"), @r#"error: pages/over.hbs:1: decorators and partials with a block are not allowed"#);
    insta::assert_snapshot!(over("{{> (t \"x\")}}"), @r#"error: pages/over.hbs:1: a tag within a tag, or a list"#);
    insta::assert_snapshot!(over("{{#> help}}x{{/help}}"), @r#"error: pages/over.hbs:1: decorators and partials with a block are not allowed"#);
    insta::assert_snapshot!(over("{{> @partial-block}}"), @r#"error: pages/over.hbs:1: a partial is included by its name and nothing else"#);
    insta::assert_snapshot!(over("<a href=\"{{title}}\">x</a>\n<p onclick=\"x\">\n<script>x</script>"), @r#"
    error: pages/over.hbs:1: `href` may hold only a value of `urls` or `assets`
    error: pages/over.hbs:2: the attribute `onclick` is not allowed
    error: pages/over.hbs:3: a script must be a file: `<script src="{{assets.js}}" defer></script>`
    "#);
}

#[test]
fn in_07_expressions_of_other_languages_do_nothing() {
    let harmless = "<h1>{{title}}</h1><p>{% include \"/etc/passwd\" %} ${7*7} #{7*7} {7*7}</p>";

    assert_eq!(over(harmless), "");
    for bad in
        ["{{7*7}}", "{{this.constructor}}", "{{env.PATH}}", "{{../../x}}", "{{@root.x}}", "{{{{raw}}}}x{{{{/raw}}}}"]
    {
        assert_ne!(over(bad), "", "{bad}");
    }
}

#[test]
fn a_source_and_an_output_have_a_limit() {
    assert!(over(&"a".repeat(64 * 1024 + 1)).contains("is larger than 65536 bytes"));
    let much = format!("{{{{#each languages}}}}{}{{{{/each}}}}", "a".repeat(60 * 1024));
    let problems = told(&[("pages/start.hbs", &much)]);
    insta::assert_snapshot!(problems.join("\n"), @r#"error: pages/start.hbs:1: renders to more than 131072 bytes"#);
}
