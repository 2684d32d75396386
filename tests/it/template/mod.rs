//! Pages, mails and text messages, seen through the door of `template`.

mod guards;
mod locales;
mod mails;
mod overrides;
mod pages;
mod texts;

use std::sync::{Arc, LazyLock};

use regain::domain::problem::Problems;
use regain::template::{Brand, Locale, Shipped, Templates};

static SHIPPED: LazyLock<Arc<Shipped>> = LazyLock::new(Shipped::load);

/// A brand with everything that a brand can have.
fn acme() -> Brand {
    let url = |text: &str| Some(text.parse().expect("a URL"));
    Brand {
        support_url: url("mailto:help@acme.example"),
        privacy_url: url("https://acme.example/privacy"),
        terms_url: url("https://acme.example/terms"),
        home_url: url("https://acme.example/"),
        ..Brand::plain("Acme")
    }
}

fn build(brand: Brand) -> Templates {
    let mut problems = Problems::new();
    let (locales, default) = (brand.locales.clone(), brand.default_locale.clone());
    let built = Templates::build(&SHIPPED, brand, &locales, &default, None, None, &mut problems);
    let told: Vec<String> = problems.iter().map(ToString::to_string).collect();
    assert_eq!(told, Vec::<String>::new());
    built.expect("templates")
}

fn locale(templates: &Templates, tag: &str) -> Locale {
    templates.negotiate(None, Some(tag))
}

/// The page without its markup and without empty lines, as a screen reader might say it.
fn said(html: &str) -> String {
    let mut text = String::new();
    let mut in_tag = false;
    for character in html.chars() {
        match character {
            '<' => in_tag = true,
            '>' => in_tag = false,
            other if !in_tag => text.push(other),
            _ => {}
        }
    }
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    lines.join("\n")
}

/// The page with the digests in its assets' addresses blanked out.
fn steady(html: &str) -> String {
    let mut parts = html.split("/assets/");
    let mut steady = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        steady.push_str("/assets/…");
        steady.push_str(&part[16..]);
    }
    steady
}
