//! Journeys of a person through the hosted pages, and the promises behind them.

mod callback;
mod cancel;
mod choice;
mod code_terms;
mod codes;
mod invariants;
mod invariants_of_codes;
mod journey;
mod link;
mod look_again;
mod look_again_doubtful;
mod places;
mod resend;
mod set_password;
mod start;
mod texts;
