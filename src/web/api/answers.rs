//! What each call may be answered, made from the very problems that answer: statuses and types come from `problem.rs`,
//! members from the structs that are written.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use http::StatusCode;
use serde_json::Value;
use utoipa::ToSchema;
use utoipa::openapi::example::ExampleBuilder;
use utoipa::openapi::header::HeaderBuilder;
use utoipa::openapi::schema::{AllOfBuilder, ObjectBuilder, Type};
use utoipa::openapi::{Content, ContentBuilder, Ref, RefOr, Response, ResponseBuilder, Schema};

use super::super::details::{Details, Fault, TYPE};
use super::super::problem::{ACCEPTED, FORM, GOOD, Problem};

/// Answers by status, as utoipa wants them.
pub(super) type Answered = BTreeMap<String, RefOr<Response>>;

/// What a call may be answered.
pub(super) struct Answers {
    good: Answered,
    problems: Vec<Problem>,
}

impl Answers {
    /// What every GET may meet.
    pub(super) fn to_get() -> Self {
        let problems = vec![
            Problem::Ambiguous,
            Problem::Unauthorized,
            Problem::Forgery,
            Problem::NotFound,
            Problem::AddressTooLong,
            Problem::Fault(Fault::ClientIp),
            slow_down(),
            Problem::HeadersTooLarge,
            Problem::Internal(Arc::new(std::fmt::Error)),
            Problem::NoConfiguration,
        ];
        Self { good: Answered::new(), problems }
    }

    /// What every POST may meet.
    pub(super) fn to_post() -> Self {
        let Self { good, mut problems } = Self::to_get();
        problems.extend([Problem::TooSlow, Problem::TooLarge, Problem::MediaType]);
        Self { good, problems }
    }

    /// A good answer with this body.
    pub(super) fn good<T: ToSchema>(self, told: &str, example: &Value) -> Self {
        self.with_body::<T>(GOOD, told, example)
    }

    /// What was asked for is under way.
    pub(super) fn accepted<T: ToSchema>(self, told: &str, example: &Value) -> Self {
        self.with_body::<T>(ACCEPTED, told, example)
    }

    /// A good answer without a body.
    pub(super) fn empty(mut self, status: StatusCode, told: &str) -> Self {
        self.good.insert(status.as_u16().to_string(), Response::new(told).into());
        self
    }

    /// What the parser and the rules may find wrong with the call.
    pub(super) fn faults(mut self, faults: &[Fault]) -> Self {
        self.problems.extend(faults.iter().map(|fault| Problem::Fault(*fault)));
        self
    }

    /// What else may be in the way.
    pub(super) fn problem(mut self, problem: Problem) -> Self {
        self.problems.push(problem);
        self
    }

    /// All of it, by status. What every call tells alike stands in the document once.
    pub(super) fn build(self) -> Answered {
        let mut answered = self.good;
        for (status, problems) in by_status(&self.problems) {
            let answer =
                if status == FORM { told(&problems).into() } else { Ref::from_response_name(name(status)).into() };
            answered.insert(status.as_u16().to_string(), answer);
        }
        answered
    }

    /// What every call tells alike, by its name.
    pub(super) fn shared() -> Vec<(String, Response)> {
        let Self { mut problems, .. } = Self::to_post();
        problems.extend([Problem::Busy, Problem::Over]);
        let statuses = by_status(&problems).into_iter().filter(|(status, _)| *status != FORM);
        statuses.map(|(status, problems)| (name(status), told(&problems))).collect()
    }

    fn with_body<T: ToSchema>(mut self, status: StatusCode, told: &str, example: &Value) -> Self {
        let body = ContentBuilder::new().schema(Some(reference::<T>())).example(Some(sorted(example.clone()))).build();
        let answer = ResponseBuilder::new().description(told).content("application/json", body);
        self.good.insert(status.as_u16().to_string(), answer.build().into());
        self
    }
}

/// A client that does too much.
pub(super) fn slow_down() -> Problem {
    Problem::SlowDown(Duration::from_secs(90))
}

/// The same with its members in one order, whatever serde's map was built to keep: the document is compared by bytes.
fn sorted(value: Value) -> Value {
    match value {
        Value::Object(members) => {
            let members: BTreeMap<String, Value> =
                members.into_iter().map(|(name, value)| (name, sorted(value))).collect();
            Value::Object(members.into_iter().collect())
        }
        Value::Array(values) => Value::Array(values.into_iter().map(sorted).collect()),
        scalar @ (Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_)) => scalar,
    }
}

fn by_status(problems: &[Problem]) -> BTreeMap<StatusCode, Vec<&Problem>> {
    let mut statuses: BTreeMap<StatusCode, Vec<&Problem>> = BTreeMap::new();
    for problem in problems {
        statuses.entry(problem.status()).or_default().push(problem);
    }
    statuses
}

fn name(status: StatusCode) -> String {
    format!("Problem{}", status.as_u16())
}

fn reference<T: ToSchema>() -> RefOr<Schema> {
    Ref::from_schema_name(T::name()).into()
}

/// The answer to all problems of one status.
fn told(problems: &[&Problem]) -> Response {
    let kinds: BTreeSet<&str> = problems.iter().map(|problem| problem.told().kind).collect();
    let names: Vec<String> = kinds.iter().map(|kind| format!("`{kind}`")).collect();
    let types: Vec<String> = kinds.iter().map(|kind| format!("{TYPE}{kind}")).collect();
    let narrowed =
        ObjectBuilder::new().property("type", ObjectBuilder::new().schema_type(Type::String).enum_values(Some(types)));
    let schema = AllOfBuilder::new().item(reference::<Details>()).item(narrowed);
    let mut answer = ResponseBuilder::new()
        .description(names.join(" · "))
        .content("application/problem+json", body(schema.into(), problems));
    if problems.iter().any(|problem| problem.told().retry_after.is_some()) {
        let seconds = ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(1));
        let header = HeaderBuilder::new().schema(Some(Schema::from(seconds)));
        answer = answer.header("Retry-After", header.description(Some("Seconds to stay away.")).build());
    }
    if problems.iter().any(|problem| matches!(problem, Problem::Unauthorized)) {
        let scheme = ObjectBuilder::new().schema_type(Type::String).enum_values(Some(["Bearer"]));
        answer = answer.header("WWW-Authenticate", HeaderBuilder::new().schema(Some(Schema::from(scheme))).build());
    }
    answer.build()
}

/// Each kind with an example, or each fault where all are of one kind.
fn body(schema: Schema, problems: &[&Problem]) -> Content {
    let mut examples = Vec::new();
    for (index, problem) in problems.iter().enumerate() {
        let told = problem.told();
        let details = Details::new(problem, &told, "0zTQw8nTqjmW5cKx3kz2Lg");
        let value = serde_json::to_value(details).expect("texts and numbers serialise");
        let name = format!("{}-{}", told.kind, index + 1);
        examples.push((name, ExampleBuilder::new().value(Some(sorted(value))).build()));
    }
    ContentBuilder::new().schema(Some(schema)).examples_from_iter(examples).build()
}
