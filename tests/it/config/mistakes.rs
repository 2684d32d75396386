//! Every class of mistake, each told with file, line, key and what to do.

use insta::assert_snapshot;

use super::{ACME, Folder};

#[test]
fn an_unknown_key_is_told_with_the_one_that_was_meant() {
    let folder = Folder::acme("\n[brand]\ncolour = \"#123456\"\nshade = 1\n");

    assert_snapshot!(folder.told(), @r##"
    error: tenants/acme.toml:13: unknown key `brand.colour`
      help: did you mean `brand.color`?
    error: tenants/acme.toml:14: unknown key `brand.shade`
      help: known in `[brand]`: logo, sms_name, color, on_color, support_url, privacy_url, terms_url, home_url, locales, default_locale
    "##);
}

#[test]
fn an_unknown_key_inside_a_section_with_a_kind_is_found_too() {
    let acme = ACME.replace("kind = \"local\"", "kind = \"local\"\nprotect = { usrs = [\"root\"] }");

    assert_snapshot!(Folder::new("").with("tenants/acme.toml", &acme).told(), @r##"
    error: tenants/acme.toml:7: unknown key `provider.protect.usrs`
      help: did you mean `provider.protect.users`?
    "##);
}

#[test]
fn values_of_the_wrong_type_are_told_without_the_value() {
    let folder = Folder::new(
        "[server]\ndrain = 30\ntrusted_proxies = \"10.0.0.0/8\"\nbody_limit = \"16kb\"\n[store]\nmax_connections = \"many\"\n",
    )
    .with("tenants/acme.toml", &format!("{ACME}port = \"smtp\"\n"));

    assert_snapshot!(folder.told(), @r##"
    error: regain.toml:2: `server.drain`: expected a duration such as `20m`: a whole number and ms, s, m, h or d, found a number
    error: regain.toml:3: `server.trusted_proxies`: expected a list, found a string
    error: regain.toml:4: `server.body_limit`: expected a size such as `16KiB`: a whole number and B, KiB, MiB or GiB
    error: regain.toml:6: `store.max_connections`: expected a whole number, found a string
    error: tenants/acme.toml:11: `email.port`: expected a whole number, found a string
    "##);
}

#[test]
fn all_mistakes_of_all_files_are_told_at_once() {
    let folder = Folder::new("[server]\nlistn = \"x\"\n[tenant]\n[log]\nformat = \"yaml\"\n")
        .with(
            "tenants/acme.toml",
            "name = \"\"\nhosts = [\"x:80\"]\npublic_url = \"http://acme.example\"\n[recovery]\nreturn_to = [\"*\"]\n\
             [provider]\nkind = \"keycloack\"\n[email]\nhost = \"smtp\"\nuser = \"u\"\n",
        )
        .with("tenants/globex.toml", "name = \n")
        .with("tenants/Initech.toml", "");

    assert_snapshot!(folder.told(), @r#"
    error: regain.toml:2: unknown key `server.listn`
      help: did you mean `server.listen`?
    error: regain.toml:3: unknown key `tenant`
      help: did you mean `tenants`?
    error: regain.toml:5: `log.format`: "yaml" is not known here
      help: known are: auto, text, json
    error: tenants/Initech.toml: the file's name is no tenant's name
      help: use small letters, digits and single dashes, at most 63
    error: tenants/acme.toml:1: `name`: must be a name that people can read, on one line
    error: tenants/acme.toml:2: `hosts.0`: "x:80" is no host name
      help: write names such as "login.example.com", without scheme, port or wildcard
    error: tenants/acme.toml:3: `public_url`: must be https; http is for names of this machine only, such as localhost
    error: tenants/acme.toml:5: `recovery.return_to.0`: is no origin; each one is listed by itself, there are no wildcards
    error: tenants/acme.toml:7: `provider.kind`: "keycloack" is not known here
      help: did you mean "keycloak"?
    error: tenants/acme.toml:8: missing key `email.from`
      help: write `from` below `[email]`
    error: tenants/acme.toml:8: `email.password`: there is a user and no password
    error: tenants/globex.toml:1: cannot be read as TOML: invalid string
    "#);
}

#[test]
fn a_file_that_is_no_toml_is_told_by_its_line_and_not_repeated() {
    let folder = Folder::acme("password = \"hunter2\n");

    let told = folder.told();

    assert!(!told.contains("hunter2"), "{told}");
    assert_snapshot!(told, @r##"error: tenants/acme.toml:11: cannot be read as TOML: invalid basic string"##);
}

#[test]
fn ad_10_no_tenant_goes_beyond_the_operators_ceilings() {
    let folder = Folder::acme(
        "\n[recovery]\nreturn_to = [\"*\", \"https://a.example/x\"]\nsms_only = true\n\
         email_link = { ttl = \"30d\" }\nemail_otp = { ttl = \"11m\", digits = 4, attempts = 1000, link = false }\n\
         sms_otp = { ttl = \"11m\", digits = 13, attempts = 0 }\n[password]\nmin_length = 6\nmax_length = 20\n",
    );

    assert_snapshot!(folder.told(), @r"
    error: tenants/acme.toml:13: `recovery.return_to.0`: is no origin; each one is listed by itself, there are no wildcards
    error: tenants/acme.toml:13: `recovery.return_to.1`: is no origin; leave its path out
    warning: tenants/acme.toml:14: `recovery.sms_only`: says nothing: text messages are not the only method
      help: leave it out, so that it is meant where it counts
    error: tenants/acme.toml:15: `recovery.email_link.ttl`: is longer than 1h, the longest that is allowed
    error: tenants/acme.toml:16: `recovery.email_otp.attempts`: is not between 1 and 10
    error: tenants/acme.toml:16: `recovery.email_otp.digits`: is not between 6 and 12
    error: tenants/acme.toml:16: `recovery.email_otp.link`: without a link, whoever burns the codes shuts the owner out
      help: leave it at true, or say `unlinked = true` to mean it
    error: tenants/acme.toml:16: `recovery.email_otp.ttl`: is longer than 10m, the longest that is allowed
    error: tenants/acme.toml:17: `recovery.sms_otp.attempts`: is not between 1 and 10
    error: tenants/acme.toml:17: `recovery.sms_otp.digits`: is not between 6 and 12
    error: tenants/acme.toml:17: `recovery.sms_otp.ttl`: is longer than 10m, the longest that is allowed
    error: tenants/acme.toml:19: `password.min_length`: is below 8, the lowest that any tenant may set
    error: tenants/acme.toml:20: `password.max_length`: is not between 64 and 1024
    ");
}

#[test]
fn ad_10_nobody_trusts_everybody() {
    assert_snapshot!(Folder::new("[server]\ntrusted_proxies = [\"0.0.0.0/0\"]\n").with("tenants/acme.toml", ACME).told(), @r##"
    error: regain.toml:2: `server.trusted_proxies`: `0.0.0.0/0` trusts everybody to say who the client is
      help: list the addresses or networks of your own load balancers
    "##);
}

#[test]
fn tl_02_a_life_of_nothing_is_a_mistake_and_not_forever() {
    let folder = Folder::acme(
        "\n[recovery]\nemail_link = { ttl = \"0s\" }\nemail_otp = { ttl = 0 }\nsms_otp = { ttl = \"\" }\n",
    );

    assert_snapshot!(folder.told(), @r##"
    error: tenants/acme.toml:13: `recovery.email_link.ttl`: is shorter than a minute; there is no life without an end
    error: tenants/acme.toml:14: `recovery.email_otp.ttl`: expected a duration such as `20m`: a whole number and ms, s, m, h or d, found a number
    error: tenants/acme.toml:15: `recovery.sms_otp.ttl`: expected a duration such as `20m`: a whole number and ms, s, m, h or d
    "##);
}

#[test]
fn a_short_password_needs_a_second_factor() {
    let short = Folder::acme("\n[password]\nmin_length = 8\n");
    let asserted = Folder::acme("\n[password]\nmin_length = 8\nsecond_factor = true\n");

    assert_snapshot!(short.told(), @r##"
    error: tenants/acme.toml:13: `password.min_length`: is below 15 while the password is the only factor
      help: say `second_factor = true` if the provider asks everybody for one, else raise it
    "##);
    assert_eq!(asserted.told(), "");
}

#[test]
fn the_stricter_profile_shortens_links_and_refuses_longer_ones() {
    let quiet = ACME.replace("hosts", "profile = \"asvs_l2\"\nhosts");
    let longer = format!("{quiet}\n[recovery]\nemail_link = {{ ttl = \"20m\" }}\n");

    let folder = Folder::new("").with("tenants/acme.toml", &quiet);

    assert_eq!(folder.told(), "");
    assert_snapshot!(folder.line("recovery.email_link.ttl"), @r##"recovery.email_link.ttl = "10m"  # built in"##);
    assert_snapshot!(Folder::new("").with("tenants/acme.toml", &longer).told(), @r##"error: tenants/acme.toml:14: `recovery.email_link.ttl`: is longer than 10m, the longest that is allowed"##);
}

#[test]
fn what_the_provider_cannot_do_is_refused_at_load() {
    let acme =
        ACME.replace("kind = \"local\"", "kind = \"local\"\nprotect = { roles = [\"admin\"] }\nlate_logins = \"end\"");

    assert_snapshot!(Folder::new("").with("tenants/acme.toml", &acme).told(), @r##"
    error: tenants/acme.toml:7: `provider.protect.roles`: the provider `local` cannot tell roles
      help: name groups or users instead
    error: tenants/acme.toml:8: `provider.late_logins`: the provider `local` cannot let a login outlive a change, so there is none to end
      help: leave it out: no login of this provider outlives a change
    "##);
}

#[test]
fn what_is_to_come_is_known_and_refused() {
    let folder =
        Folder::new("[server]\ntls = { cert_file = \"a\", key_file = \"b\" }\n[admin]\nlisten = \"127.0.0.1:9000\"\n")
            .with(
                "tenants/acme.toml",
                &format!(
                    "{ACME}\n[recovery]\nmethods = [\"email_otp\"]\nemail_link = {{ include_code = true }}\n\
             [upstream]\nurl = \"https://127.0.0.1:8443\"\nintercept = [\"/forgot\"]\ninject = {{ paths = [] }}\n"
                ),
            );

    assert_snapshot!(folder.told(), @r##"
    error: regain.toml:2: `server.tls`: TLS of its own is not yet supported by this version
      help: let the load balancer or proxy in front end TLS, and name it in `server.trusted_proxies`
    error: regain.toml:4: `admin.listen`: the admin API is not yet supported by this version
      help: leave it empty
    error: tenants/acme.toml:16: `upstream.url`: an upstream with TLS is not yet supported by this version
      help: let it listen on this machine, and write http://127.0.0.1:…
    error: tenants/acme.toml:17: `upstream.intercept`: a list of paths is not yet supported by this version
      help: write `intercept = "keycloak"`, or leave it out
    error: tenants/acme.toml:18: `upstream.inject`: is not yet supported by this version
      help: leave it out
    "##);
}

#[test]
fn what_is_wrong_with_text_messages_is_told_where_it_stands() {
    let folder = Folder::new("").with(
        "tenants/acme.toml",
        &format!(
            "{ACME}\n[sms]\nkind = \"twilio\"\naccount_sid = \"AC1\"\nauth_token = \"x\"\nform = \"+15005550006\"\n"
        ),
    );
    let pigeon = Folder::new("").with("tenants/acme.toml", &format!("{ACME}\n[sms]\nkind = \"pigeon\"\n"));

    assert_snapshot!(folder.told(), @r#"
    error: tenants/acme.toml:12: `sms.from`: nobody sends: there is neither `from` nor `messaging_service_sid`
      help: write one of your Twilio numbers as `from`, or the id of a messaging service
    error: tenants/acme.toml:14: `sms.account_sid`: is no account: "AC" and 32 digits of base 16
      help: copy it from the front page of Twilio's console
    error: tenants/acme.toml:16: unknown key `sms.form`
      help: did you mean `sms.from`?
    "#);
    assert_snapshot!(pigeon.told(), @r#"
    error: tenants/acme.toml:13: `sms.kind`: "pigeon" is not known here
      help: known are: twilio, webhook, inbox
    "#);
}

#[test]
fn what_is_missing_is_told_once_and_with_how_it_is_written() {
    let sms = |lines: &str| Folder::acme(&format!("\n[sms]\n{lines}"));

    assert_snapshot!(sms("kind = \"webhook\"\nurl = \"https://a.example/\"\nsecret_file = \"nope\"\n").told(), @"error: tenants/acme.toml:15: `sms.secret_file`: there is no DIR/tenants/nope");
    assert_snapshot!(sms("kind = \"webhook\"\n").told(), @r"
    error: tenants/acme.toml:12: missing key `sms.secret`
      help: write `secret`, `secret_file` or `secret_env` below `[sms]`
    error: tenants/acme.toml:12: missing key `sms.url`
      help: write `url` below `[sms]`
    ");
    let twice = "kind = \"twilio\"\nfrom = \"+15005550006\"\nregion = \"xx\"\nbase_url = \"http://twilio.example\"\n";
    assert_snapshot!(sms(twice).told(), @r"
    error: tenants/acme.toml:12: missing key `sms.account_sid`
      help: write `account_sid` below `[sms]`
    error: tenants/acme.toml:12: `sms.auth_token`: there are no credentials
      help: write the account's `auth_token`, or the `api_key` and `api_secret` of a key
    error: tenants/acme.toml:15: `sms.region`: stands beside `base_url`, which names the region already
      help: keep one of them
    error: tenants/acme.toml:15: `sms.region`: is no region that is known here
      help: one of us1, ie1, au1, jp1; for another one write the address of its API as `base_url`
    error: tenants/acme.toml:16: `sms.base_url`: is spoken to over the network in the clear
      help: use https, or say `insecure = true` beside it
    ");
}

#[test]
fn a_budget_of_text_messages_is_the_tenants_share_of_the_operators() {
    let texts = "\n[sms]\nkind = \"webhook\"\nurl = \"https://a.example/\"\nsecret = \"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\"\n\
        [recovery]\nmethods = [\"email_link\", \"sms_otp\"]\nsms_otp.countries = [\"US\"]\n";
    let folder = |budget: &str| {
        let acme = format!("{ACME}{texts}{budget}");
        Folder::new("[limits]\nsms_per_day = 100\n").with("tenants/acme.toml", &acme)
    };

    assert_snapshot!(folder("sms_otp.daily_budget = 101\n").told(), @r"
    error: tenants/acme.toml:19: `recovery.sms_otp.daily_budget`: 101 is looser than the operator's 100
      help: write less; `limits.sms_per_day` of regain.toml holds for all tenants together
    ");
    assert_snapshot!(folder("sms_otp.daily_budget = 0\n").told(), @r#"
    error: tenants/acme.toml:19: `recovery.sms_otp.daily_budget`: 0 is not between 1 and 100
      help: to send no text messages, leave "sms_otp" out of `methods`
    "#);
    assert_eq!(folder("sms_otp.daily_budget = 100\n").told(), "");
    assert_eq!(folder("").told(), "", "the number that is built in is nobody's claim");
}

#[test]
fn a_flag_that_says_nothing_is_told() {
    let folder = Folder::acme("\n[recovery]\nmethods = [\"email_otp\"]\nsms_only = true\nunlinked = true\n");

    assert_snapshot!(folder.told(), @r"
    warning: tenants/acme.toml:14: `recovery.sms_only`: says nothing: text messages are not the only method
      help: leave it out, so that it is meant where it counts
    warning: tenants/acme.toml:15: `recovery.unlinked`: says nothing: mails with codes carry a link
      help: leave it out, so that it is meant where it counts
    ");
}

#[test]
fn a_tenants_limits_are_stricter_than_the_operators_and_never_looser() {
    let folder = Folder::new("[limits]\nstarts_per_10_min = 8\n[defaults.limits]\nothers_per_10_min = 31\n").with(
        "tenants/acme.toml",
        &format!("{ACME}\n[limits]\nstarts_per_10_min = 9\nstarts_per_hour = 31\ncodes_per_min = 0\n"),
    );
    let stricter = Folder::acme("\n[limits]\nstarts_per_10_min = 10\nstarts_per_hour = 5\ncodes_per_min = 1\n");
    let foreign = Folder::acme("\n[limits]\nbackend_calls_per_min = 1\n");

    assert_snapshot!(folder.told(), @r##"
    error: regain.toml:4: `limits.others_per_10_min`: 31 is looser than the operator's 30
      help: write 30 or less, or leave it out; `[limits]` of regain.toml holds for all
    error: tenants/acme.toml:13: `limits.starts_per_10_min`: 9 is looser than the operator's 8
      help: write 8 or less, or leave it out; `[limits]` of regain.toml holds for all
    error: tenants/acme.toml:14: `limits.starts_per_hour`: 31 is looser than the operator's 30
      help: write 30 or less, or leave it out; `[limits]` of regain.toml holds for all
    error: tenants/acme.toml:15: `limits.codes_per_min`: 0 is not between 1 and 10
    "##);
    assert_eq!(stricter.told(), "");
    assert_snapshot!(foreign.told(), @r##"
    error: tenants/acme.toml:13: unknown key `limits.backend_calls_per_min`
      help: known in `[limits]`: starts_per_10_min, starts_per_hour, codes_per_min, others_per_10_min
    "##);
}

#[test]
fn a_text_message_of_two_segments_is_told_where_text_messages_are_sent() {
    let told = |methods: &str| {
        let folder = Folder::acme(&format!(
            "\n[recovery]\nmethods = {methods}\nsms_otp = {{ countries = [\"US\"] }}\n\n[brand]\nsms_name = \"Acme International Limited\"\n"
        ));
        let told = folder.told();
        told.lines().filter(|line| line.contains("sms_name")).collect::<Vec<_>>().join("\n")
    };

    assert_snapshot!(told("[\"email_link\", \"sms_otp\"]"), @r##"
    warning: tenants/acme.toml:17: `brand.sms_name`: the text message `password_changed` in `ar` takes 2 segments: 84 units of UCS-2, of which one segment holds 70
      help: a `[brand] sms_name` of at most 12 characters makes it one segment
    "##);
    assert_eq!(told("[\"email_link\", \"email_otp\"]"), "");
}

#[test]
fn a_language_without_texts_is_told_with_its_line() {
    let folder = Folder::acme("\n[brand]\nlocales = [\"fr\"]\n");

    assert_snapshot!(folder.told(), @r##"
    error: tenants/acme.toml:13: `brand.locales`: there are no texts in `fr`
      help: shipped are en, de, ar; any other needs a complete `locales/fr.ftl` in the tenant's folder of templates
    "##);
}

#[test]
fn where_limits_are_shared_is_a_secret_and_needs_tls_over_a_network() {
    let acme = |regain: &str| Folder::new(regain).with("tenants/acme.toml", ACME);
    let open = acme("[limits]\nstore = \"redis://:hunter2@valkey.example.org\"\n");
    let meant = acme("[limits]\nstore = \"redis://:hunter2@valkey.example.org\"\ninsecure = true\n");
    let strange = acme("[limits]\nstore = \"memcached://:hunter2@h\"\n");
    let number = acme("[limits]\nstore = 3\n");
    let filed = acme("[limits]\nstore_file = \"redis.url\"\n").with("redis.url", "unix:///run/valkey.sock\n");

    assert_snapshot!(open.told(), @r##"
    error: regain.toml:2: `limits.store`: the limits are shared over the network without verified TLS
      help: write `rediss://…`, or say `insecure = true` beside it
    "##);
    assert_snapshot!(meant.told(), @r##"warning: regain.toml:2: `limits.store`: the limits are shared over the network without verified TLS"##);
    assert_snapshot!(strange.told(), @r##"
    error: regain.toml:2: `limits.store`: is neither "memory" nor the address of a Redis
      help: write `redis://127.0.0.1:6379`, `rediss://user:password@host:6379` or `unix:///run/valkey.sock`
    "##);
    assert_snapshot!(number.told(), @r##"error: regain.toml:2: `limits.store`: expected a string, found a number"##);
    assert_eq!(filed.told(), "");
    assert_snapshot!(filed.line("limits.store"), @r##"limits.store = ***(file:redis.url)  # regain.toml:2"##);
    assert_snapshot!(meant.line("limits.store"), @r##"limits.store = ***  # regain.toml:2"##);
}

#[test]
fn addresses_and_paths_are_held_to_their_rules() {
    let folder = Folder::new("").with(
        "tenants/acme.toml",
        &ACME
            .replace("https://login.acme.example", "http://login.acme.example/x")
            .replace("[provider]", "[recovery]\npath = \"recovery/\"\n\n[provider]"),
    );
    let taken = Folder::acme("\n[recovery]\nlink_path = \"/recovery/assets\"\n");
    let elsewhere = ACME.replace("https://login.acme.example", "https://acme.example");

    assert_snapshot!(folder.told(), @r##"
    error: tenants/acme.toml:3: `public_url`: must be https; http is for names of this machine only, such as localhost
    error: tenants/acme.toml:6: `recovery.path`: "recovery/" is no path such as `/recovery`
      help: begin with a slash, end without one, and use letters, digits and - _ . ~
    "##);
    assert_snapshot!(taken.told(), @r##"
    error: tenants/acme.toml:13: `recovery.link_path`: "/recovery/assets" is the address of another page
      help: `/recovery/link` is free
    "##);
    assert_snapshot!(Folder::new("").with("tenants/acme.toml", &elsewhere).told(), @r##"
    error: tenants/acme.toml:3: `public_url`: lies on none of the tenant's hosts
      help: name its host in `hosts`
    "##);
}

#[test]
fn an_upstream_in_the_clear_is_local_or_named_each_time() {
    let refused = Folder::acme("\n[upstream]\nurl = \"http://10.0.0.7:8081\"\nclose = [\"admin/\"]\n");
    let meant = Folder::acme("\n[upstream]\nurl = \"http://10.0.0.7:8081\"\ninsecure = true\n");

    assert_snapshot!(refused.told(), @r##"
    error: tenants/acme.toml:13: `upstream.url`: the upstream is spoken to over the network in the clear
      help: let it listen on this machine, or say `insecure = true` beside it
    error: tenants/acme.toml:14: `upstream.close.0`: "admin/" is no path such as `/admin`
      help: begin with a slash and end without one; everything below is closed as well
    "##);
    assert_snapshot!(meant.told(), @r##"warning: tenants/acme.toml:13: `upstream.url`: the upstream is spoken to over the network in the clear"##);
}

#[test]
fn keys_do_not_lie_beside_the_database() {
    let folder = Folder::new("[secrets]\nkeys_file = \"data/regain.keys\"\n").with("tenants/acme.toml", ACME);

    assert_snapshot!(folder.told(), @r##"
    error: regain.toml:2: `secrets.keys_file`: lies in the folder of the database, where one leak takes both
      help: keep the keys in a folder of their own, better on another volume
    "##);
}

#[test]
fn a_folder_without_configuration_is_told() {
    let folder = Folder::new("");
    std::fs::remove_file(folder.path().join("regain.toml")).expect("a file");

    assert_snapshot!(folder.told(), @r##"
    error: regain.toml: cannot be read: No such file or directory (os error 2)
      help: there is no DIR/regain.toml; name the folder with --config
    "##);
}

#[test]
fn no_tenant_at_all_is_worth_a_warning() {
    assert_snapshot!(Folder::new("").told(), @r##"
    warning: regain.toml: `tenants.dir`: holds no tenant: nobody can recover
      help: write a first `<id>.toml`; config/tenants has complete examples
    "##);
}
