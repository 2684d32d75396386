//! What tests stand on: fakes that keep the contracts, and time that moves by hand.

pub(crate) mod fake_identity;
pub(crate) mod hand_clock;
pub(crate) mod sink;
