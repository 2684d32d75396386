//! IN: what is typed, configured or held by a provider stays what it is.

use axum::body::Body;
use http::StatusCode;
use http::header::CONTENT_TYPE;

use crate::support::app::{OLD, TestApp, link_of};
use crate::support::fake_identity::{Op, Person};

#[tokio::test]
async fn in_01_there_is_never_a_second_recipient() {
    let app = TestApp::new().await;
    app.people("acme").add(Person::new("mallory", "mallory@evil.test", OLD));
    let browser = app.browser("acme");
    for body in [
        "identifier=alice%40example.org&identifier=mallory%40evil.test",
        "identifier[]=alice%40example.org&identifier[]=mallory%40evil.test",
        "identifier%5B0%5D=alice%40example.org",
        "identifier[%24ne]=1",
        "identifier=alice%40example.org%00mallory%40evil.test",
    ] {
        let answer = browser.send(browser.raw_form("/recovery/", body.to_owned())).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{body}");
    }
    for typed in [
        "alice@example.org,mallory@evil.test",
        "alice@example.org mallory@evil.test",
        "alice@example.org;mallory@evil.test",
        "alice@example.org|mallory@evil.test",
        "alice@example.org%0amallory@evil.test",
    ] {
        app.start(&app.browser("acme"), typed).await;
    }

    app.deliver().await;

    assert!(app.new_mails().is_empty());
}

#[tokio::test]
async fn in_02_no_field_decides_what_the_program_decides() {
    let app = TestApp::new().await;
    let browser = app.browser("acme");
    for field in ["phone", "email", "to", "user_id", "base_url", "template", "expires_in", "is_admin", "redirect_uri"] {
        let fields = [("identifier", "alice@example.org"), (field, "mallory@evil.test")];

        let answer = browser.post("/recovery/", &fields).await;

        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{field}");
    }
    assert_eq!(app.deliver().await, 0);
}

/// `text` as UTF-16 of either byte order.
fn utf_16(text: &str, little: bool) -> Vec<u8> {
    text.encode_utf16().flat_map(|unit| if little { unit.to_le_bytes() } else { unit.to_be_bytes() }).collect()
}

#[tokio::test]
async fn in_03_a_form_is_read_in_one_encoding_and_in_no_other() {
    let app = TestApp::new().await;
    let browser = app.browser("acme");
    let good = "identifier=alice%40example.org";
    let form = "application/x-www-form-urlencoded";
    let send = async |media_type: &str, body: Vec<u8>| {
        let mut request = browser.raw_form("/recovery/", String::new());
        *request.body_mut() = Body::from(body);
        request.headers_mut().insert(CONTENT_TYPE, media_type.parse().expect("a value"));
        browser.send(request).await
    };

    for charset in ["utf-16", "utf-16le", "utf-7", "iso-8859-1", "ibm037", "utf8", "", "utf-8; charset=utf-16"] {
        for body in [good.as_bytes().to_vec(), utf_16(good, true)] {
            let answer = send(&format!("{form}; charset={charset}"), body).await;
            assert_eq!(answer.status, StatusCode::UNSUPPORTED_MEDIA_TYPE, "{charset}");
        }
    }
    for media_type in [
        "application/x-www-form-urlencoded, text/plain",
        "application/x-www-form-urlencoded+xml",
        "multipart/form-data; boundary=x",
        "text/plain",
        "",
    ] {
        let answer = send(media_type, good.into()).await;
        assert_eq!(answer.status, StatusCode::UNSUPPORTED_MEDIA_TYPE, "{media_type}");
    }
    let with_mark = |little: bool| [utf_16("\u{feff}", little), utf_16(good, little)].concat();
    let odd = utf_16("identifier=\u{2639}", true);
    for body in [
        format!("\u{feff}{good}").into_bytes(),
        format!("%EF%BB%BF{good}").into_bytes(),
        utf_16(good, true),
        utf_16(good, false),
        with_mark(true),
        with_mark(false),
        odd,
        b"identifier=alice\xc0\xaeexample.org".to_vec(),
        b"identifier=alice%C0%80%40example.org".to_vec(),
        b"identifier=%ED%A0%80".to_vec(),
        b"identifier=alice%u0040example.org%00".to_vec(),
        b"+AGk-dentifier=alice%40example.org".to_vec(),
        b"\x1f\x8b\x08\x00\x00".to_vec(),
    ] {
        let told = String::from_utf8_lossy(&body).into_owned();
        let answer = send(form, body).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{told:?}");
    }
    let mut twice = browser.raw_form("/recovery/", good.to_owned());
    twice.headers_mut().append(CONTENT_TYPE, "text/plain".parse().expect("a value"));
    assert_eq!(browser.send(twice).await.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    assert_eq!(app.deliver().await, 0);
}

#[tokio::test]
async fn in_04_what_looks_alike_is_not_the_same() {
    let app = TestApp::new().await;
    let people = app.people("acme");
    people.add(Person::new("mike", "mike@example.org", OLD));
    people.add(Person::new("v", "v@example.org", OLD));
    for typed in ["mıke@example.org", "m\u{131}ke", "v@exaмple.org", "mİke@example.org"] {
        app.start(&app.browser("acme"), typed).await;
    }
    for typed in ["v@evil.test＠example.org", "ｖ@example.org", "mi\u{212a}e@example.org", "v\u{ad}\u{a0}@example.org"]
    {
        let answer = app.browser("acme").post("/recovery/", &[("identifier", typed)]).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{typed}");
    }

    app.deliver().await;

    assert!(app.new_mails().is_empty());
}

#[tokio::test]
async fn in_05_no_identifier_is_a_query() {
    let app = TestApp::new().await;
    for typed in [
        "*",
        "%",
        "_",
        "*)(uid=*",
        "\" or userName sw \"",
        "' OR 1=1--",
        "alice' --",
        "alic_@example.org",
        "al%",
        "alice@example.org' OR '1'='1",
        "${jndi:ldap://x}",
        "{{7*7}}",
    ] {
        app.start(&app.browser("acme"), typed).await;
    }

    app.deliver().await;

    assert!(app.new_mails().is_empty());
    assert_eq!(app.people("acme").calls(Op::SetPassword), 0);
}

#[tokio::test]
async fn in_06_no_name_breaks_out_of_a_message() {
    let app = TestApp::new().await;
    let person = Person::new("plain", "plain@example.org", OLD);
    let hostile = "x\r\nBcc: mallory@evil.test\r\n\r\n.\r\nMAIL FROM:<mallory@evil.test>";
    app.people("acme").add(Person { username: hostile.into(), ..person });
    let browser = app.browser("acme");
    let mut request = browser.form("/recovery/", &[("identifier", "plain@example.org")]);
    request.headers_mut().insert("user-agent", "x\tBcc: mallory".parse().unwrap());
    browser.send(request).await;

    app.deliver().await;
    let mails = app.new_mails();

    for delivered in &mails {
        assert_eq!(delivered.to.as_str(), "plain@example.org");
        assert!(!delivered.mail.subject.contains(['\r', '\n']));
        assert!(!delivered.mail.text.contains('\r'));
        assert!(!delivered.mail.text.lines().any(|line| line.starts_with("Bcc:") || line == "."));
    }
    assert_eq!(mails.len(), 1);
}

#[tokio::test]
async fn in_06_a_tenants_name_with_controls_refuses_the_file() {
    for name in ["Acme\\r\\nBcc: x", "Acme\\u0000", "\\n"] {
        let problems =
            TestApp::problems_of_file("acme", |file| file.replace("name = \"ACME\"", &format!("name = \"{name}\"")));
        assert!(problems.contains("`name`"), "{name}: {problems}");
    }
}

#[tokio::test]
async fn in_07_a_tenants_template_can_say_and_do_nothing_else() {
    let hostile = [
        "{{{login}}}",
        "{{&login}}",
        "{{#each (lookup this \"x\")}}{{/each}}",
        "{{> ../../../../etc/passwd}}",
        "{{config.secret}}",
        "{{env.PATH}}",
        &"{{#if login}}".repeat(200),
        &"x".repeat(70_000),
    ];
    for template in hostile {
        let problems = TestApp::problems_of_override("acme", "pages/start.hbs", template);
        assert!(problems.contains("pages/start.hbs"), "{}: {problems}", &template[..template.len().min(40)]);
    }
    let app = TestApp::new().await;
    let browser = app.browser("acme");
    let id = app.start(&browser, "{{7*7}}").await;
    let page = browser.get(&format!("/recovery/{id}")).await;
    assert!(page.body.contains("{{7*7}}"), "{}", page.body);
    app.deliver().await;
}

#[tokio::test]
async fn in_09_no_name_of_a_profile_stands_in_a_message() {
    let app = TestApp::new().await;
    let mut person = Person::new("Visit http://evil.test/now", "eve@example.org", OLD);
    person.names = vec!["Visit http://evil.test/now".to_owned()];
    app.people("acme").add(person);
    app.start(&app.browser("acme"), "eve@example.org").await;

    app.deliver().await;
    let delivered = app.one_mail();

    assert!(link_of(&delivered).starts_with("https://acme.rec.test/"));
    for part in [&delivered.mail.subject, &delivered.mail.text, &delivered.mail.html] {
        assert!(!part.contains("http://evil.test"), "{part}");
    }
}
