use std::fs;

use regain::domain::problem::Problems;
use regain::template::{Brand, Templates, brand, samples};
use tempfile::TempDir;

use super::guards::{told, told_of};
use super::{SHIPPED, locale};

#[test]
fn a_tenant_overrides_file_by_file() {
    let folder = TempDir::new().expect("a folder");
    for (path, text) in [
        ("pages/over.hbs", "<h1>{{title}}!</h1>{{> help}}"),
        ("partials/help.hbs", "<p>Ask the porter.</p>"),
        ("messages/recovery_link/html.hbs", "<h1>Hello</h1><p><a href=\"{{urls.link}}\">{{t \"link-button\"}}</a></p>"),
        ("locales/en.ftl", "over-title = It is over\n"),
        (
            "locales/fr.ftl",
            &fs::read_to_string("templates/locales/de.ftl").expect("texts").replace("Deutsch", "Français"),
        ),
    ] {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        fs::write(path, text).expect("a file");
    }
    let mut problems = Problems::new();
    let brand = Brand::plain("Acme");

    let locales = ["en".to_owned(), "fr".to_owned()];
    let built = Templates::build(&SHIPPED, brand, &locales, "fr", Some(folder.path()), None, &mut problems);

    let told: Vec<String> = problems.iter().map(ToString::to_string).collect();
    assert_eq!(told, Vec::<String>::new());
    let templates = built.expect("templates");
    let english = locale(&templates, "en");
    let (_, over) = samples::pages().into_iter().find(|(name, _)| *name == "over").expect("a page");
    let html = templates.page(&english, &samples::FRAME, &over).expect("a page");
    assert!(html.contains("<h1>It is over!</h1><p>Ask the porter.</p>"), "{html}");
    let (_, link) = samples::messages().into_iter().next().expect("a message");
    let mail = templates.mail(&english, &link).expect("a mail");
    assert!(mail.html.contains(">Hello</h1>") && mail.html.contains("style=\""), "{}", mail.html);
    assert_eq!(templates.locale(&["xx"]).tag(), "fr");
}

#[test]
fn files_that_are_nothing_to_us_are_told() {
    let problems = told(&[
        ("pages/ovr.hbs", "x"),
        ("locales/de.ftl", "over-titel = x\n"),
        ("locales/en.ftl", "over-title = \u{e000}0\u{e001}\n"),
        ("pages/start.hbs", "bell \u{7}"),
    ]);

    insta::assert_snapshot!(problems.join("\n"), @r#"
    error: pages/ovr.hbs: there is no template `pages/ovr.hbs` to override
      help: did you mean `pages/over.hbs`?
    error: pages/start.hbs: holds the control character U+0007
    error: locales/en.ftl:1: a character of the private use area
    error: locales/de.ftl:1: nothing says the text `over-titel`
      help: the names of all texts stand in the shipped `locales/en.ftl`
    "#);
}

#[cfg(unix)]
#[test]
fn a_path_leads_nowhere_else() {
    let elsewhere = TempDir::new().expect("a folder");
    fs::write(elsewhere.path().join("secret.hbs"), "{{title}}").expect("a file");
    let folder = TempDir::new().expect("a folder");
    fs::create_dir(folder.path().join("pages")).expect("a folder");
    std::os::unix::fs::symlink(elsewhere.path().join("secret.hbs"), folder.path().join("pages/over.hbs"))
        .expect("a link");

    insta::assert_snapshot!(told_of(&folder).join("\n"), @r#"
    error: pages/over.hbs: leads out of the folder of templates
      help: copy the file into it
    "#);
    let escape = told(&[("pages/over.hbs", "{{> ../../../etc/passwd}}")]);
    assert!(!escape.is_empty());
}

#[test]
fn a_language_without_texts_is_told() {
    let mut problems = Problems::new();

    let locales = ["en".to_owned(), "fr".to_owned(), "x y".to_owned()];
    let built = Templates::build(&SHIPPED, Brand::plain("Acme"), &locales, "en", None, None, &mut problems);

    assert!(built.is_none());
    let told: Vec<String> = problems.iter().map(ToString::to_string).collect();
    insta::assert_snapshot!(told.join("\n"), @r#"
    error: `brand.locales`: there are no texts in `fr`
      help: shipped are en, de, ar; any other needs a complete `locales/fr.ftl` in the tenant's folder of templates
    error: `brand.locales`: `x y` is not a language tag
      help: such as `en` or `pt-BR`
    "#);
}

#[test]
fn a_brand_is_checked_as_a_whole() {
    let mut problems = Problems::new();
    let config = brand::Config {
        color: Some("blue".to_owned()),
        on_color: Some("#1d4ed9".to_owned()),
        support_url: Some("javascript:alert(1)".to_owned()),
        privacy_url: Some("mailto:x@y.test".to_owned()),
        home_url: Some("https://user:pw@acme.example/".to_owned()),
        logo: Some("tests/it/main.rs".into()),
        locales: vec!["en".to_owned()],
        default_locale: Some("de".to_owned()),
        ..brand::Config::default()
    };

    let built = problems.within("brand", |problems| config.build("Acme", problems));

    assert!(built.is_none());
    let told: Vec<String> = problems.iter().map(ToString::to_string).collect();
    insta::assert_snapshot!(told.join("\n"), @r#"
    error: `brand.color`: is not a colour
      help: write it as `#rrggbb`
    error: `brand.on_color`: `#1d4ed9` on `#1d4ed8` has a contrast of 1.0
      help: 4.5 is needed to be read; `#ffffff` would do
    error: `brand.support_url`: is not a whole address
      help: it begins with https: or http: or mailto:
    error: `brand.privacy_url`: is not a whole address
      help: it begins with https: or http:
    error: `brand.home_url`: holds a name or a password, which everybody would see
      help: leave them out
    error: `brand.logo`: `tests/it/main.rs` is no picture that pages may show
      help: PNG, JPEG, WebP or SVG without scripts, 256 KiB at most
    error: `brand.default_locale`: `de` is not among `locales`
      help: one of en
    "#);
}

#[test]
fn text_on_the_brands_colour_can_be_read_without_being_chosen() {
    for color in ["#ffffff", "#000000", "#ffcc00", "#777777", "#1d4ed8", "#00ff00"] {
        let mut problems = Problems::new();
        let config = brand::Config { color: Some(color.to_owned()), ..brand::Config::default() };

        let brand = config.build("Acme", &mut problems).expect("a brand");

        assert!(brand.on_color.contrast(brand.color) >= 4.5, "{color}");
    }
}
