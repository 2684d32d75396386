//! The JSON API: whole journeys, who may call it, and its description.

mod backends;
mod codes;
mod cors;
mod description;
mod http;
mod journey;
