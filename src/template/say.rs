//! The two helpers of our templates: `{{t "key" name=value}}` for a text, and, in HTML alone,
//! `{{rich "key" name=value}}` for a text with links.

use handlebars::{
    Context, Handlebars, Helper, HelperDef, HelperResult, Output, RenderContext, RenderError, RenderErrorReason,
    ScopedJson,
};
use serde_json::Value as Json;

use super::catalogue::{Catalogue, Value, Values};

/// `{{t …}}`: a text, escaped like any other value.
pub(super) struct Plain<'a>(pub(super) &'a Catalogue);

/// `{{rich …}}`: a text as HTML.
pub(super) struct Rich<'a>(pub(super) &'a Catalogue);

impl HelperDef for Plain<'_> {
    fn call_inner<'reg: 'rc, 'rc>(
        &self,
        helper: &Helper<'rc>,
        _: &'reg Handlebars<'reg>,
        _: &'rc Context,
        _: &mut RenderContext<'reg, 'rc>,
    ) -> Result<ScopedJson<'rc>, RenderError> {
        let text = self.0.plain(key(helper)?, &values(helper)?).map_err(RenderErrorReason::Other)?;
        Ok(ScopedJson::Derived(Json::String(text)))
    }
}

impl HelperDef for Rich<'_> {
    fn call<'reg: 'rc, 'rc>(
        &self,
        helper: &Helper<'rc>,
        _: &'reg Handlebars<'reg>,
        _: &'rc Context,
        _: &mut RenderContext<'reg, 'rc>,
        out: &mut dyn Output,
    ) -> HelperResult {
        let html = self.0.rich(key(helper)?, &values(helper)?).map_err(RenderErrorReason::Other)?;
        out.write(&html)?;
        Ok(())
    }
}

fn key<'a>(helper: &'a Helper<'_>) -> Result<&'a str, RenderError> {
    let key = helper.param(0).and_then(|param| param.value().as_str());
    Ok(key.ok_or(RenderErrorReason::ParamNotFoundForIndex("t", 0))?)
}

fn values<'a>(helper: &'a Helper<'_>) -> Result<Values<'a>, RenderError> {
    let mut values = Values::new();
    for (name, value) in helper.hash() {
        let value = match value.value() {
            Json::String(text) => Value::Text(text.clone()),
            Json::Number(number) => Value::Number(number.as_u64().unwrap_or(0)),
            Json::Null | Json::Bool(_) | Json::Array(_) | Json::Object(_) => {
                return Err(RenderErrorReason::Other(format!("`{name}` is neither text nor number")).into());
            }
        };
        values.insert(*name, value);
    }
    Ok(values)
}
