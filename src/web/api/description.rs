//! The frame around the calls: what the API is, where it lies, which keys it knows, and the structs that it writes.

use utoipa::ToSchema;
use utoipa::openapi::path::{Operation, Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme};
use utoipa::openapi::server::{ServerBuilder, ServerVariableBuilder};
use utoipa::openapi::{
    Components, ComponentsBuilder, InfoBuilder, LicenseBuilder, OpenApi, OpenApiBuilder, Required, Server,
};

use super::super::details::Details;
use super::answers::Answers;
use super::backend::CLIENT_IP;
use super::call::Underway;
use super::{methods, password, verify};

/// The name of a backend's key in the description.
const KEY: &str = "backend";

const ABOUT: &str = "For a front end of the tenant's own: the same rules and limits as the pages. Bodies are \
    `application/json` in UTF-8; an unknown member, one that stands twice, or one of another type is refused. Problems \
    are `application/problem+json` (RFC 9457): go by `type`. Nothing that an answer says tells whether an account exists.";

/// The document without its calls.
pub(super) fn frame() -> OpenApi {
    let licence = LicenseBuilder::new().name("MIT OR Apache-2.0").build();
    let info = InfoBuilder::new()
        .title("regain: password recovery")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(ABOUT))
        .license(Some(licence));
    let requirements = [SecurityRequirement::default(), SecurityRequirement::new::<_, [&str; 0], _>(KEY, [])];
    OpenApiBuilder::new()
        .info(info.build())
        .servers(Some([server()]))
        .security(Some(requirements))
        .components(Some(components()))
        .build()
}

/// The whole document, as it is printed.
pub(super) fn write(mut document: OpenApi) -> String {
    for item in document.paths.paths.values_mut() {
        for operation in [&mut item.get, &mut item.post].into_iter().flatten() {
            name_the_client(operation);
        }
    }
    let mut text = serde_json::to_string_pretty(&document).expect("a document is texts, numbers and lists");
    text.push('\n');
    text
}

/// Every call may come from a backend, which may name the person's address.
fn name_the_client(operation: &mut Operation) {
    let address = ObjectBuilder::new().schema_type(Type::String).examples(["192.0.2.7", "2001:db8::7"]);
    let parameter: Parameter = ParameterBuilder::new()
        .name(CLIENT_IP)
        .parameter_in(ParameterIn::Header)
        .required(Required::False)
        .description(Some(
            "With a backend's key: the address of the person, whom the limits are about. Ignored without.",
        ))
        .schema(Some(Schema::from(address)))
        .build();
    operation.parameters.get_or_insert_default().push(parameter.into());
}

fn server() -> Server {
    let variable =
        |default: &str, told: &str| ServerVariableBuilder::new().default_value(default).description(Some(told)).build();
    ServerBuilder::new()
        .url("{public_url}{path}/api/v1")
        .parameter("public_url", variable("https://login.acme.example", "The tenant's `public_url`."))
        .parameter("path", variable("/recovery", "Its `recovery.path`."))
        .build()
}

fn components() -> Components {
    let key = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .bearer_format("rb_…")
        .description(Some("The key of one of `[api] backends`. Not for browsers."))
        .build();
    let mut schemas = Vec::new();
    add::<Details>(&mut schemas);
    add::<methods::Offer<'_>>(&mut schemas);
    add::<Underway>(&mut schemas);
    add::<verify::Right>(&mut schemas);
    add::<password::Set>(&mut schemas);
    ComponentsBuilder::new()
        .schemas_from_iter(schemas)
        .responses_from_iter(Answers::shared())
        .security_scheme(KEY, SecurityScheme::Http(key))
        .build()
}

/// A struct, and all that it is made of.
fn add<T: ToSchema>(schemas: &mut Vec<(String, utoipa::openapi::RefOr<Schema>)>) {
    schemas.push((T::name().into_owned(), T::schema()));
    T::schemas(schemas);
}
