//! The attack catalogue's first gate, each case under its id.

mod api_codes;
mod api_limits;
mod api_parsing;
mod api_tokens;
mod browser;
mod brute_force;
mod budgets;
mod codes;
mod codes_alike;
mod codes_burnt;
mod codes_secret;
mod cross_tenant;
mod delivery;
mod denial;
mod enumeration;
mod faults;
mod injection;
mod poisoning;
mod races;
mod texts;
mod token_lifecycle;
mod way_back;
