//! Where the public name leads, as this machine sees it. Others may see it otherwise, so that this only warns.

use http::{HeaderMap, HeaderValue, Method, header};
use url::Url;

use super::doors::is_our_page;
use crate::doctor::calls::ask;
use crate::domain::finding::Finding;
use crate::outward::Clients;
use crate::tenant::Tenant;

/// Asks for the page where a recovery begins, by its public address.
pub(super) async fn look(tenant: &Tenant, clients: &Clients) -> Finding {
    let what = format!("{} leads to regain", tenant.start_url());
    let mut headers = HeaderMap::new();
    headers.insert(header::ACCEPT, HeaderValue::from_static("text/html"));
    let Ok(url) = Url::parse(&tenant.start_url()) else {
        return Finding::warning(what, "it cannot be asked for", "look at `public_url`");
    };
    match ask(clients, Method::GET, url, headers).await {
        Ok(heard) if is_our_page(&heard, tenant) => Finding::good(what),
        Ok(heard) => Finding::warning(
            what,
            format!("somebody else answers there (status {})", heard.status.as_u16()),
            "let the name, and the proxy that ends TLS, lead to `server.listen`; look at `public_url`",
        ),
        Err(silent) => Finding::warning(
            what,
            format!("{silent} from here"),
            "start regain and the proxy in front of it; a name that only others know need not answer here",
        ),
    }
}
