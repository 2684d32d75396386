//! The states that a server can be in, seen by a limiter and by `regain doctor`.

use std::time::{Duration, Instant};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use regain::domain::finding::Verdict;
use regain::limit::{PATIENCE, Refused, Unreachable, diagnose};

use super::server::Redis;
use super::{code, limiter, settings};

/// What doctor says of a server, the worst first.
async fn doctor(store: &str) -> Vec<String> {
    let findings = diagnose(&settings(store)).await.into_iter();
    let bad = findings.filter(|finding| finding.verdict != Verdict::Good);
    bad.map(|finding| finding.detail.unwrap_or_default()).collect()
}

#[tokio::test]
async fn one_that_hangs_is_given_up_soon_and_nobody_else_waits_for_it() {
    let redis = Redis::start();
    let limiter = limiter(&redis.url());
    code(&limiter, "192.0.2.1").await.expect("a turn");

    redis.freeze();
    let began = Instant::now();
    let first = code(&limiter, "192.0.2.1").await;
    let first_took = began.elapsed();
    let began = Instant::now();
    for _ in 0..100 {
        assert_eq!(code(&limiter, "192.0.2.1").await, Err(Refused::Unreachable));
    }
    let hundred_took = began.elapsed();
    redis.thaw();

    assert_eq!(first, Err(Refused::Unreachable));
    assert!(first_took >= PATIENCE && first_took < PATIENCE * 4, "{first_took:?}");
    assert!(hundred_took < PATIENCE * 2, "{hundred_took:?}");
    let deadline = Instant::now() + Duration::from_mins(1);
    while code(&limiter, "192.0.2.2").await.is_err() {
        assert!(Instant::now() < deadline, "it was not asked again");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test]
async fn one_that_is_full_refuses_and_lets_nobody_through() {
    let redis = Redis::start();
    let limiter = limiter(&redis.url());
    redis.tell::<()>(&["CONFIG", "SET", "maxmemory", "1", "maxmemory-policy", "noeviction"]).await;

    assert_eq!(code(&limiter, "192.0.2.1").await, Err(Refused::Unreachable));
    assert_eq!(self::limiter(&redis.url()).ping().await, Err(Unreachable::Full));
}

#[tokio::test]
async fn a_replica_is_told_and_counts_nobody() {
    let redis = Redis::start();
    redis.tell::<()>(&["REPLICAOF", "127.0.0.1", "9"]).await;

    assert_eq!(limiter(&redis.url()).ping().await, Err(Unreachable::ReadOnly));
    assert_eq!(doctor(&redis.url()).await, ["it is a replica and takes no writes"]);
}

#[tokio::test]
async fn one_that_evicts_is_warned_of() {
    let redis = Redis::start_with(&["--maxmemory", "16mb", "--maxmemory-policy", "allkeys-lru"]);

    let told = doctor(&redis.url()).await;

    assert!(matches!(&told[..], [only] if only.starts_with("it throws counts away")), "{told:?}");
}

#[tokio::test]
async fn a_wrong_password_is_told_and_never_repeated() {
    let redis = Redis::start_with(&["--requirepass", "right"]);
    let at = |user: &str| format!("redis://{user}@127.0.0.1:{}", redis.port());

    assert_eq!(limiter(&at(":hunter2")).ping().await, Err(Unreachable::Denied));
    assert_eq!(doctor(&at(":hunter2")).await, ["user or password is refused"]);
    assert_eq!(limiter(&redis.url()).ping().await, Err(Unreachable::Denied));
    assert_eq!(limiter(&at(":right")).ping().await, Ok(()));
}

/// The line of `docs/limits.md`.
#[tokio::test]
async fn the_rights_in_the_manual_are_enough_and_fewer_are_told() {
    let manual = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/limits.md");
    let manual = std::fs::read_to_string(manual).expect("the manual");
    let line = manual.lines().find(|line| line.starts_with("ACL SETUSER")).expect("the line");
    let redis = Redis::start();
    redis.tell::<()>(&line.split(' ').collect::<Vec<&str>>()).await;
    redis.tell::<()>(&["ACL", "SETUSER", "poor", "on", ">password", "~regain:limit:*", "+@connection", "+info"]).await;
    let at = |user: &str| format!("redis://{user}:password@127.0.0.1:{}", redis.port());

    assert_eq!(code(&limiter(&at("regain")), "192.0.2.1").await, Ok(()));
    assert_eq!(doctor(&at("regain")).await, Vec::<String>::new());
    assert_eq!(limiter(&at("poor")).ping().await, Err(Unreachable::Forbidden));
    assert_eq!(doctor(&at("poor")).await, ["the user may not run scripts on `regain:limit:*`"]);
}

/// Roots come from the machine, so this one asks the program as a process whose machine trusts the certificate's issuer,
/// and one whose machine does not.
#[tokio::test]
async fn over_tls_only_a_certificate_that_the_machine_trusts_is_taken() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut roots = CertificateParams::new(Vec::<String>::new()).expect("parameters");
    roots.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let issuer = CertifiedIssuer::self_signed(roots, KeyPair::generate().expect("a key")).expect("an issuer");
    let key = KeyPair::generate().expect("a key");
    let named = CertificateParams::new(vec!["localhost".to_owned()]).expect("a name");
    let certificate = named.signed_by(&key, &issuer).expect("a certificate");
    let write = |name: &str, text: &str| {
        let file = folder.path().join(name);
        std::fs::write(&file, text).expect("a file");
        file.display().to_string()
    };
    let (roots, chain, key) = (
        write("roots.pem", &issuer.pem()),
        write("chain.pem", &certificate.pem()),
        write("key.pem", &key.serialize_pem()),
    );
    open_to_all(folder.path());
    let free = std::net::TcpListener::bind((std::net::Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    let port = free.local_addr().expect("a bound socket").port();
    drop(free);
    let tls = ["--tls-port", &port.to_string(), "--tls-cert-file", &chain, "--tls-key-file", &key]
        .map(str::to_owned)
        .into_iter()
        .chain(["--tls-auth-clients".to_owned(), "no".to_owned()]);
    let tls: Vec<String> = tls.collect();
    let _redis = Redis::start_with(&tls.iter().map(String::as_str).collect::<Vec<&str>>());
    std::fs::create_dir(folder.path().join("tenants")).expect("a folder");
    write("regain.toml", &format!("[limits]\nstore = \"rediss://localhost:{port}\"\n"));
    let doctor = |variables: &[(&str, &str)]| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_regain"));
        command.env_clear().envs(variables.iter().copied()).args(["doctor", "--only", "limits", "--config"]);
        let output = command.arg(folder.path()).output().expect("a program");
        String::from_utf8(output.stdout).expect("UTF-8")
    };

    let trusted = doctor(&[("SSL_CERT_FILE", &roots)]);
    let strange = doctor(&[]);

    assert!(trusted.contains("ok          they run scripts"), "{trusted}");
    assert!(strange.contains("unreachable the shared limits can be reached: no connection"), "{strange}");
}

/// The server runs as somebody else.
fn open_to_all(folder: &std::path::Path) {
    use std::os::unix::fs::PermissionsExt;
    let open = |path: &std::path::Path, mode| {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).expect("a file of ours");
    };
    for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
        open(&entry.path(), 0o644);
    }
    open(folder, 0o755);
}
