//! PX-12 on the wire: a Keycloak's own doors to recovery, before a stand-in for it that notes everything it is sent.

use std::future::pending;
use std::net::SocketAddr;

use regain::app;
use regain::config::{self, Inputs};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::task::JoinHandle;

use super::support::{OK, Seen, code, read_to_end, upstream};

const RESET: &str = "/realms/acme/login-actions/reset-credentials";
const FORGOT: &str = "/realms/acme/protocol/openid-connect/forgot-credentials";
const LOGIN: &str = "client_id=portal&tab_id=BjD-nN&client_data=eyJydSI6";

/// The program before a Keycloak: acme on a host of its own, one and two on paths of a shared one, and on that two
/// whose files are mistaken.
struct Running {
    addr: SocketAddr,
    management: SocketAddr,
    seen: Seen,
    task: JoinHandle<()>,
    _folder: tempfile::TempDir,
}

impl Drop for Running {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Running {
    async fn ask(&self, method: &str, host: &str, target: &str) -> String {
        let body = if method == "POST" { "Content-Length: 3\r\n\r\na=b" } else { "\r\n" };
        let request =
            format!("{method} {target} HTTP/1.1\r\nHost: {host}\r\nAccept: text/html\r\nConnection: close\r\n{body}");
        exchange(self.addr, &request).await
    }

    /// The request line of the only request that came through.
    fn passed(&self) -> String {
        self.seen.one().split("\r\n").next().unwrap().to_owned()
    }
}

async fn exchange(addr: SocketAddr, request: &str) -> String {
    let mut stream = TcpStream::connect(addr).await.unwrap();
    // a request that is refused early may not be read to its end
    let _ = stream.write_all(request.as_bytes()).await;
    read_to_end(&mut stream).await
}

async fn start(answer: &str) -> Running {
    start_with(answer, "intercept = \"keycloak\"", "", "https://acme.rec.test").await
}

/// `doors` is what the upstreams say of them, `more` what only acme's says.
async fn start_with(answer: &str, doors: &str, more: &str, public_url: &str) -> Running {
    let (upstream, seen) = upstream(answer).await;
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: String| std::fs::write(folder.path().join(name), text).unwrap();
    std::fs::create_dir(folder.path().join("tenants")).unwrap();
    let shared_doors = if doors.is_empty() { String::new() } else { format!(", {doors}") };
    write(
        "regain.toml",
        format!(
            "[server]\nlisten = \"127.0.0.1:0\"\nuri_limit = \"3KiB\"\n[management]\nlisten = \"127.0.0.1:0\"\n\
             [store]\nurl = \"sqlite://data/regain.db\"\n[secrets]\nkeys_file = \"keys/regain.keys\"\n\
             [[host]]\nname = \"shared.rec.test\"\npublic_url = \"https://shared.rec.test\"\n\
             upstream = {{ url = \"http://{upstream}\"{shared_doors} }}\n"
        ),
    );
    // The provider itself is asked elsewhere, so that the stand-in sees nothing but what comes through.
    let common = |realm: &str| {
        format!(
            "[provider]\nkind = \"keycloak\"\nurl = \"http://127.0.0.1:1\"\nrealm = \"{realm}\"\nclient_id = \"regain\"\n\
             client_secret = \"the secret\"\n[email]\nhost = \"127.0.0.1\"\ntls = \"none\"\nfrom = \"a@acme.example\"\n"
        )
    };
    let on_path = |name: &str| {
        format!(
            "name = \"{name}\"\nhost = \"shared.rec.test\"\npath = \"/t/{name}\"\n\
             public_url = \"https://shared.rec.test/t/{name}\"\n"
        )
    };
    let host = public_url.split('/').nth(2).unwrap().split(':').next().unwrap();
    write(
        "tenants/acme.toml",
        format!(
            "name = \"Acme\"\nhosts = [\"{host}\"]\npublic_url = \"{public_url}\"\n\
             [recovery]\nsign_in_url = \"https://app.acme.test/sign-in\"\n\
             [upstream]\nurl = \"http://{upstream}\"\n{doors}\n{more}\n{}",
            common("acme")
        ),
    );
    for name in ["one", "two"] {
        write(&format!("tenants/{name}.toml"), format!("{}{}", on_path(name), common(name)));
    }
    write("tenants/broken.toml", format!("{}colour = 1\n{}", on_path("broken"), common("broken")));
    write("tenants/unreadable.toml", format!("{}{}[brand\n", on_path("unreadable"), common("unreadable")));
    let inputs = Inputs { dir: folder.path().to_owned(), env: Vec::new() };
    let (config, _) = config::load(&inputs).start().unwrap();
    let program = app::start(config, None).await.unwrap();
    let (addr, management) = (program.public_addr(), program.management_addr());
    #[expect(clippy::disallowed_methods, reason = "the test ends it itself")]
    let task = tokio::spawn(program.run(pending()));
    Running { addr, management, seen, task, _folder: folder }
}

fn location(answer: &str) -> &str {
    answer.split("\r\n").find_map(|line| line.strip_prefix("location: ")).unwrap_or_default()
}

#[tokio::test]
async fn px_12_a_link_to_the_providers_recovery_leads_to_ours_with_the_login_it_came_from() {
    let running = start(OK).await;

    let target = format!("{RESET}?{LOGIN}&kc_locale=de&x=y");
    let led = running.ask("GET", "acme.rec.test", &target).await;
    let bare = running.ask("GET", "acme.rec.test", FORGOT).await;
    let shared = running.ask("GET", "shared.rec.test", &RESET.replace("acme", "two")).await;

    assert_eq!(code(&led), 303, "{led}");
    let login = "client_id%3Dportal%26tab_id%3DBjD-nN%26client_data%3DeyJydSI6";
    assert_eq!(location(&led), format!("/recovery/?login={login}&lang=de"));
    assert!(led.contains("referrer-policy: no-referrer\r\n") && led.contains("cache-control: no-store\r\n"), "{led}");
    assert_eq!((code(&bare), location(&bare)), (303, "/recovery/"), "{bare}");
    assert_eq!((code(&shared), location(&shared)), (303, "/t/two/recovery/"), "{shared}");
    assert_eq!(running.seen.all(), [""; 0]);
}

#[tokio::test]
async fn px_12_no_method_and_no_form_of_a_door_reaches_the_provider() {
    let running = start(OK).await;
    let spellings = [
        RESET,
        FORGOT,
        "/auth/realms/acme/login-actions/reset-credentials",
        "/realms/acme/login-actions/reset-credentials/",
        "/realms/acme/login-actions/reset-credentials/x",
        "//realms//acme/login-actions//reset-credentials",
        "/;/realms/acme/login-actions/reset-credentials",
        "/realms;x/acme;y=z/login-actions;x/reset-credentials;x",
        "/REALMS/Acme/login-ACTIONS/Reset-Credentials",
        "/realms/%61cme/login%2Dactions/reset%2dcredentials",
        "/realms/acme%20/login-actions/reset-credentials%3Bx",
        "/realms/%C3%A4cme/login-actions/reset-credentials",
        "http://acme.rec.test/realms/acme/login-actions/reset-credentials",
    ];
    let ambiguous = [
        "/realms/acme/login-actions%2freset-credentials",
        "/realms/acme/%2e/login-actions/reset-credentials",
        "/x/..;/realms/acme/login-actions/reset-credentials",
        "/realms/acme/login-actions\\reset-credentials",
        "/realms/acme/login-actions/%2572eset-credentials",
    ];
    let queries =
        ["session_code=s&execution=e&client_id=portal", "session_code=&session_code=", "%65xecution=e", "key"];
    for target in spellings {
        assert_eq!(code(&running.ask("GET", "acme.rec.test", target).await), 303, "{target}");
        for method in ["HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "BREW"] {
            let answer = running.ask(method, "acme.rec.test", target).await;
            assert_eq!(code(&answer), 404, "{method} {target}: {answer}");
        }
        for query in queries {
            let answer = running.ask("GET", "acme.rec.test", &format!("{target}?{query}")).await;
            assert_eq!(code(&answer), 404, "{target}?{query}: {answer}");
            assert!(answer.contains("– Acme</title>"), "{answer}");
        }
    }
    for target in ambiguous {
        assert_eq!(code(&running.ask("POST", "acme.rec.test", target).await), 400, "{target}");
    }
    assert_eq!(running.seen.all(), [""; 0]);
}

#[tokio::test]
async fn px_12_on_a_shared_host_each_realm_has_its_tenant_and_an_unknown_one_passes_untouched() {
    for realm in ["one", "TWO", "%6Fne"] {
        let running = start(OK).await;
        for below in ["login-actions/reset-credentials", "protocol/openid-connect/forgot-credentials"] {
            let target = format!("/realms/{realm}/{below}");
            let led = running.ask("GET", "shared.rec.test", &target).await;
            let posted = running.ask("POST", "shared.rec.test", &target).await;
            assert_eq!((code(&led), code(&posted)), (303, 404), "{target}");
        }
        assert_eq!(running.seen.all(), [""; 0], "{realm}");
    }
    for (host, target) in [
        ("shared.rec.test", "/realms/three/login-actions/reset-credentials?session_code=s&execution=e"),
        ("shared.rec.test", "/realms/acme/login-actions/reset-credentials?client_id=%70ortal"),
        ("acme.rec.test", "/realms/one/login-actions/reset-credentials"),
        ("acme.rec.test", "/realms/acme2/protocol/openid-connect/forgot-credentials"),
    ] {
        let running = start(OK).await;
        assert_eq!(code(&running.ask("POST", host, target).await), 200, "{host} {target}");
        assert_eq!(running.passed(), format!("POST {target} HTTP/1.1"));
    }
}

#[tokio::test]
async fn px_12_the_doors_of_a_tenant_whose_file_is_mistaken_are_shut() {
    let running = start(OK).await;

    for realm in ["broken", "unreadable", "BROKEN"] {
        for (method, target) in [
            ("GET", format!("/realms/{realm}/login-actions/reset-credentials?{LOGIN}")),
            ("POST", format!("/realms/{realm}/login-actions/reset-credentials?session_code=s")),
            ("GET", format!("/realms/{realm}/protocol/openid-connect/forgot-credentials")),
        ] {
            let answer = running.ask(method, "shared.rec.test", &target).await;
            assert!(code(&answer) == 503 && answer.contains("retry-after:"), "{method} {target}: {answer}");
        }
    }
    assert_eq!(running.seen.all(), [""; 0]);
    let login = "/realms/broken/login-actions/authenticate?client_id=portal&tab_id=t&regain_return=1";
    assert_eq!(code(&running.ask("GET", "shared.rec.test", login).await), 200, "sign-in goes on");
}

#[tokio::test]
async fn px_12_what_is_no_door_of_recovery_passes_byte_for_byte() {
    for (method, target) in [
        ("GET", "/realms/acme/login-actions/action-token?key=eyJ%2e&execution=x&client_id=portal"),
        ("POST", "/realms/acme/login-actions/action-token?key=eyJ"),
        ("GET", "/realms/acme/login-actions/authenticate?client_id=%70ortal&tab_id=t"),
        ("POST", "/realms/acme/login-actions/authenticate?session_code=s&regain_return=1"),
        ("GET", "/realms/acme/login-actions/required-action?execution=UPDATE_PASSWORD"),
        ("GET", "/realms/acme/protocol/openid-connect/auth?client_id=portal&redirect_uri=/realms/acme/login-actions/x"),
        ("GET", "/admin/master/console/"),
        ("GET", "/resources/reset-credentials/login-actions/x.js"),
        ("GET", "/?/realms/acme/login-actions/reset-credentials"),
    ] {
        let running = start(OK).await;

        let answer = running.ask(method, "acme.rec.test", target).await;

        assert_eq!(code(&answer), 200, "{method} {target}: {answer}");
        assert_eq!(running.passed(), format!("{method} {target} HTTP/1.1"));
    }
}

#[tokio::test]
async fn px_12_admin_paths_are_closed_where_the_tenant_says_so() {
    let close = "close = [\"/admin\", \"/realms/master\"]";
    let running = start_with(OK, "intercept = \"keycloak\"", close, "https://acme.rec.test").await;

    for target in ["/admin/master/console/", "/ADMIN/realms/acme/users", "/realms/master/protocol/openid-connect/token"]
    {
        assert_eq!(code(&running.ask("POST", "acme.rec.test", target).await), 404, "{target}");
    }
    assert_eq!(running.seen.all(), [""; 0]);
}

#[tokio::test]
async fn px_12_without_interception_the_provider_keeps_its_doors() {
    let running = start_with(OK, "", "", "https://acme.rec.test").await;

    assert_eq!(code(&running.ask("GET", "acme.rec.test", RESET).await), 200);
    assert_eq!(running.passed(), format!("GET {RESET} HTTP/1.1"));
}

#[tokio::test]
async fn the_way_back_into_a_login_passes_without_our_mark() {
    for answer in [OK, "HTTP/1.1 302 Found\r\nlocation: /x\r\ncontent-length: 0\r\n\r\n"] {
        let running = start(answer).await;
        let target = format!("/realms/acme/login-actions/authenticate?{LOGIN}&regain_return=1");

        let back = running.ask("GET", "acme.rec.test", &target).await;

        assert_eq!(code(&back), code(answer), "{back}");
        assert_eq!(running.passed(), format!("GET /realms/acme/login-actions/authenticate?{LOGIN} HTTP/1.1"));
    }
}

#[tokio::test]
async fn a_login_that_lives_no_more_ends_at_the_sign_in_page() {
    for status in ["400 Bad Request", "404 Not Found", "403 Forbidden"] {
        let running = start(&format!("HTTP/1.1 {status}\r\nset-cookie: a=b\r\ncontent-length: 2\r\n\r\nno")).await;
        let login = format!("/realms/acme/login-actions/authenticate?{LOGIN}");

        let back = running.ask("GET", "acme.rec.test", &format!("{login}&regain_return=1")).await;
        let plain = running.ask("GET", "acme.rec.test", &login).await;

        assert_eq!((code(&back), location(&back)), (303, "https://app.acme.test/sign-in"), "{back}");
        assert!(back.contains("referrer-policy: no-referrer\r\n") && !back.contains("set-cookie"), "{back}");
        assert!(plain.starts_with(&format!("HTTP/1.1 {status}")), "{plain}");
    }
    let failing = start("HTTP/1.1 500 Internal Server Error\r\ncontent-length: 2\r\n\r\nno").await;
    let login = format!("/realms/acme/login-actions/authenticate?{LOGIN}&regain_return=1");
    assert_eq!(code(&failing.ask("GET", "acme.rec.test", &login).await), 500, "a failure says nothing of the login");
}

#[tokio::test]
async fn a_login_too_long_for_our_pages_is_left_behind() {
    let running = start(OK).await;
    for (signs, is_kept) in [(500, true), (660, false), (900, false)] {
        let target = format!("{RESET}?client_id=a&tab_id=t&client_data={}", "%25".repeat(signs));
        let led = running.ask("GET", "acme.rec.test", &target).await;

        assert_eq!(code(&led), 303, "{led}");
        assert_eq!(location(&led).starts_with("/recovery/?login="), is_kept, "{signs}: {led}");
        let page = running.ask("GET", "acme.rec.test", location(&led)).await;
        assert_eq!(code(&page), 200, "our page takes what we made of {signs} signs");
    }
}

#[tokio::test]
async fn keycloak_is_told_the_public_address() {
    for (public_url, host, forwarded) in [
        ("https://acme.rec.test", "acme.rec.test", ["https", "acme.rec.test", "443"]),
        ("https://acme.rec.test:8443", "acme.rec.test:8443", ["https", "acme.rec.test:8443", "8443"]),
        ("http://localhost:8080", "localhost:8080", ["http", "localhost:8080", "8080"]),
    ] {
        let running = start_with(OK, "intercept = \"keycloak\"", "", public_url).await;

        running.ask("GET", host, "/realms/acme/protocol/openid-connect/auth").await;

        let told = ["x-forwarded-proto", "x-forwarded-host", "x-forwarded-port"].map(|name| running.seen.header(name));
        assert_eq!(told, forwarded.map(|value| vec![value.to_owned()]), "{public_url}");
        assert_eq!(running.seen.header("host"), [host], "the client's, as it came");
        assert_eq!(running.seen.header("x-forwarded-for"), ["127.0.0.1"]);
    }
}

#[tokio::test]
async fn what_happens_at_a_door_counts_as_proxied() {
    let running = start(OK).await;

    running.ask("GET", "shared.rec.test", &RESET.replace("acme", "one")).await;
    running.ask("POST", "shared.rec.test", &RESET.replace("acme", "one")).await;
    let metrics = exchange(running.management, "GET /metrics HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").await;

    for code in [303, 404] {
        let line = format!("regain_proxy_requests_total{{tenant=\"one\",code=\"{code}\"}}");
        assert!(metrics.contains(&line), "{metrics}");
    }
}
