//! The shared limits, looked at: what `regain doctor` tells. It counts nobody and writes nothing.

use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, Client as Redis, RedisError};
use tokio::time::timeout;

use super::Settings;
use super::address::Kept;
use super::unreachable::Unreachable;
use crate::domain::finding::Finding;

/// Longest for one question here, where nobody waits for a page.
const PATIENCE: Duration = Duration::from_secs(2);

/// Looks at where clients are counted.
pub async fn diagnose(settings: &Settings) -> Vec<Finding> {
    let Kept::Shared(address) = &settings.kept else {
        let alone = Finding::good("clients are counted in this process");
        return vec![alone.with_detail("several processes allow each client as many times as much")];
    };
    // The program installs it first thing; a test that never ran main has not.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let config =
        AsyncConnectionConfig::new().set_connection_timeout(Some(PATIENCE)).set_response_timeout(Some(PATIENCE));
    let opened = async {
        let server = Redis::open(*address.0.clone())?;
        server.get_multiplexed_async_connection_with_config(&config).await
    };
    let mut connection = match within(opened).await {
        Ok(connection) => connection,
        Err(why) => return vec![refused("the shared limits can be reached", why)],
    };
    let mut findings = vec![Finding::good("the shared limits can be reached")];
    findings.push(match script(&mut connection).await {
        Ok(()) => Finding::good("they run scripts"),
        Err(why) => refused("they run scripts", why),
    });
    let asked = within(async { redis::cmd("INFO").query_async::<String>(&mut connection).await });
    match asked.await {
        Ok(told) => findings.extend(of_itself(&told)),
        Err(_) => findings.push(Finding::warning(
            "they say how they are kept",
            "the user may not ask for INFO",
            "see for yourself that it is no replica and that `maxmemory-policy` is `noeviction`",
        )),
    }
    findings
}

async fn script(connection: &mut MultiplexedConnection) -> Result<(), Unreachable> {
    let asked = async { redis::cmd("EVAL").arg("return redis.call('TIME')[1]").arg(0).query_async(connection).await };
    within(asked).await.map(|_: u64| ())
}

async fn within<T>(asked: impl Future<Output = Result<T, RedisError>>) -> Result<T, Unreachable> {
    let answered = timeout(PATIENCE, asked).await;
    answered.map_or(Err(Unreachable::Slow), |answer| answer.map_err(|error| Unreachable::of(&error)))
}

fn refused(what: &str, why: Unreachable) -> Finding {
    let remedy = match why {
        Unreachable::Gone | Unreachable::Slow | Unreachable::Resting => {
            "look at `limits.store`, and whether it runs; until then nobody can begin a recovery or type a code"
        }
        Unreachable::Denied => "look at user and password in `limits.store`",
        Unreachable::Forbidden => {
            "allow `~regain:limit:* +@connection +eval +evalsha +script|load +time +get +set +info`"
        }
        Unreachable::ReadOnly => "name the primary in `limits.store`",
        Unreachable::Full => "give it more memory: a client takes about 200 bytes until its turns are back",
        Unreachable::Refused => "it needs Redis 7 or Valkey, without cluster mode; its own log says more",
    };
    match why {
        Unreachable::Gone | Unreachable::Slow | Unreachable::Resting => {
            Finding::unreachable(what, why.to_string(), remedy)
        }
        Unreachable::Denied
        | Unreachable::Forbidden
        | Unreachable::ReadOnly
        | Unreachable::Full
        | Unreachable::Refused => Finding::bad(what, why.to_string(), remedy),
    }
}

/// What its INFO tells that matters here.
fn of_itself(told: &str) -> Vec<Finding> {
    let value = |name: &str| {
        told.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':')).map(str::trim).unwrap_or_default()
    };
    let mut findings = Vec::new();
    if value("role") == "slave" {
        findings.push(refused("they take writes", Unreachable::ReadOnly));
    }
    if value("cluster_enabled") == "1" {
        findings.push(Finding::bad(
            "they are one server",
            "it is in cluster mode, where the keys of one client lie on several servers",
            "name a server without cluster mode",
        ));
    }
    if value("maxmemory_policy") != "noeviction" && value("maxmemory") != "0" {
        findings.push(Finding::warning(
            "they forget nobody early",
            "it throws counts away when its memory is used up, and whoever is forgotten may begin anew",
            "say `maxmemory-policy noeviction`, and give it a server of its own",
        ));
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdicts(told: &str) -> Vec<String> {
        of_itself(told).into_iter().map(|finding| format!("{:?} {}", finding.verdict, finding.what)).collect()
    }

    #[test]
    fn a_primary_that_evicts_nothing_is_good() {
        let told = "role:master\r\nmaxmemory:0\r\nmaxmemory_policy:noeviction\r\ncluster_enabled:0\r\n";

        assert_eq!(verdicts(told), Vec::<String>::new());
    }

    #[test]
    fn a_replica_a_cluster_and_one_that_evicts_are_told() {
        let told = "role:slave\r\nmaxmemory:1048576\r\nmaxmemory_policy:allkeys-lru\r\ncluster_enabled:1\r\n";

        assert_eq!(
            verdicts(told),
            ["Bad they take writes", "Bad they are one server", "Warning they forget nobody early"]
        );
    }
}
