//! The registry with what the proxy needs of each upstream, made once for a load of the configuration.

use std::collections::HashMap;
use std::sync::Arc;

use crate::proxy::Target;
use crate::tenant::{Registry, Upstream};

/// One load of the configuration, ready to be dispatched by.
#[derive(Debug)]
pub struct Routes {
    registry: Arc<Registry>,
    /// By the upstream's place in memory, which the registry holds for as long as this lives.
    targets: HashMap<usize, Target>,
}

impl Routes {
    /// Makes the targets of all upstreams.
    #[must_use]
    pub fn new(registry: Arc<Registry>) -> Self {
        let targets = registry
            .upstreams()
            .filter_map(|upstream| {
                let target = Target::new(&upstream.url, &upstream.public_url, &upstream.close).ok()?;
                Some((Arc::as_ptr(upstream).addr(), target))
            })
            .collect();
        Self { registry, targets }
    }

    /// The registry.
    #[must_use]
    pub fn registry(&self) -> &Registry {
        &self.registry
    }

    /// The registry, to be held beyond these routes.
    #[must_use]
    pub fn shared_registry(&self) -> Arc<Registry> {
        self.registry.clone()
    }

    /// The proxy's target for an upstream of this registry.
    #[must_use]
    pub fn target(&self, upstream: &Arc<Upstream>) -> Option<&Target> {
        self.targets.get(&Arc::as_ptr(upstream).addr())
    }
}
