//! Secrets: given in one of three forms, and never repeated.

use insta::assert_snapshot;

use super::{ACME, Folder};

const CANARY: &str = "hunter2-canary";

#[test]
fn a_secret_may_come_from_its_key_a_file_or_a_variable() {
    let by_key = Folder::acme("user = \"u\"\npassword = \"x\"\n");
    let by_file = Folder::acme("user = \"u\"\npassword_file = \"acme/smtp\"\n").with("tenants/acme/smtp", "x\n");
    let by_variable = Folder::acme("user = \"u\"\npassword_env = \"REGAIN_TENANT_ACME__SMTP\"\n")
        .env("REGAIN_TENANT_ACME__SMTP", "x");
    let by_environment = Folder::acme("user = \"u\"\n").env("REGAIN_TENANT_ACME__EMAIL__PASSWORD", "x");

    for folder in [&by_key, &by_file, &by_variable, &by_environment] {
        assert_eq!(folder.told(), "");
    }
    assert_snapshot!(by_key.line("email.password"), @r##"email.password = ***  # tenants/acme.toml:12"##);
    assert_snapshot!(by_file.line("email.password"), @r##"email.password = ***(file:acme/smtp)  # tenants/acme.toml:12"##);
    assert_snapshot!(by_variable.line("email.password"), @r##"email.password = ***(env:REGAIN_TENANT_ACME__SMTP)  # tenants/acme.toml:12"##);
    assert_snapshot!(by_environment.line("email.password"), @r##"email.password = ***  # REGAIN_TENANT_ACME__EMAIL__PASSWORD"##);
}

#[test]
fn two_forms_of_one_secret_are_one_too_many() {
    let folder = Folder::acme("user = \"u\"\npassword = \"hunter2-canary\"\npassword_file = \"acme/smtp\"\n")
        .with("tenants/acme/smtp", CANARY);

    let told = folder.told();

    assert!(!told.contains(CANARY), "{told}");
    assert_snapshot!(told, @r##"
    error: tenants/acme.toml:13: is given more than once: `email.password` and `email.password_file`
      help: keep one of them
    "##);
}

#[test]
fn a_secret_in_digits_from_the_environment_works_and_is_not_echoed() {
    let folder = Folder::acme("user = \"u\"\n").env("REGAIN_TENANT_ACME__EMAIL__PASSWORD", "12345678");

    assert_eq!(folder.told(), "");
    assert!(!folder.line("email.password").contains("12345678"));
}

#[test]
fn no_problem_and_no_listing_repeats_a_secret() {
    let folder = Folder::new(&format!("[store]\nurl = \"postgres://regain:{CANARY}@db.example.org/regain\"\n"))
        .with("tenants/acme.toml", &format!("{ACME}user = \"u\"\npassword = [\"{CANARY}\"]\n"))
        .with("tenants/globex.toml", &format!("{ACME}user = \"u\"\npasword = \"{CANARY}\"\npassword = \"{CANARY}\n"))
        .env("REGAIN_TENANT_ACME__PROVIDER__CLIENT_SECRET", CANARY)
        .env("REGAIN_OTHER", CANARY);

    let told = folder.told();
    let listed = format!("{:?}", folder.load());

    assert!(told.contains("email.password"), "{told}");
    assert!(!told.contains(CANARY), "{told}");
    let shown: String = folder.load().lines().iter().map(|line| line.value.clone()).collect();
    assert!(!shown.contains(CANARY), "{shown}");
    assert!(!listed.contains(CANARY), "a debug print holds a secret");
}

#[test]
fn a_tenants_file_reaches_only_what_its_operator_allows() {
    let folder = Folder::acme(
        "user = \"u\"\npassword_file = \"../secret\"\nca_file = \"/etc/hostname\"\n[brand]\nlogo = \"acme/link.svg\"\n",
    )
    .with("secret", CANARY)
    .with("tenants/acme/keep", "");
    std::os::unix::fs::symlink(folder.path().join("secret"), folder.path().join("tenants/acme/link.svg"))
        .expect("a link");

    assert_snapshot!(folder.told(), @r##"
    error: tenants/acme.toml:12: `email.password_file`: lies outside the folders that a tenant's file may use: DIR/tenants/acme
    error: tenants/acme.toml:13: `email.ca_file`: lies outside the folders that a tenant's file may use: DIR/tenants/acme
    error: tenants/acme.toml:15: `brand.logo`: lies outside the folders that a tenant's file may use: DIR/tenants/acme
    "##);
}

#[test]
fn a_tenants_file_names_only_its_own_variables() {
    let folder = Folder::acme("user = \"u\"\npassword_env = \"OTHER_SMTP\"\n").env("OTHER_SMTP", CANARY);

    assert_snapshot!(folder.told(), @r##"error: tenants/acme.toml:12: `email.password_env`: a tenant's file may name only variables that begin with REGAIN_TENANT_ACME__"##);
}

#[test]
fn the_operators_own_files_may_lie_anywhere() {
    let elsewhere = tempfile::tempdir().expect("a folder");
    let file = elsewhere.path().join("smtp");
    std::fs::write(&file, "x").expect("a file");
    let folder = Folder::new(&format!("[defaults.email]\nuser = \"u\"\npassword_file = \"{}\"\n", file.display()))
        .with("tenants/acme.toml", ACME);

    assert_eq!(folder.told(), "");
}

#[test]
fn a_tenants_file_takes_no_variable_from_the_operator_or_from_another_tenant() {
    let folder = Folder::acme("user = \"u\"\npassword_env = \"REGAIN_STORE__URL\"\n")
        .with("tenants/globex.toml", &format!("{ACME}user = \"u\"\n").replace("acme", "globex"))
        .with(
            "tenants/evil.toml",
            &format!("{ACME}user = \"u\"\npassword_env = \"REGAIN_TENANT_GLOBEX__EMAIL__PASSWORD\"\n")
                .replace("acme", "evil"),
        )
        .env("REGAIN_STORE__URL", "sqlite:///srv/regain.db")
        .env("REGAIN_TENANT_GLOBEX__EMAIL__PASSWORD", CANARY);

    assert_snapshot!(folder.line("store.url"), @r##"store.url = "sqlite:///srv/regain.db"  # REGAIN_STORE__URL"##);
    assert_snapshot!(folder.line("email.password"), @r##"email.password = ***  # REGAIN_TENANT_GLOBEX__EMAIL__PASSWORD"##);
}
