//! What tests stand on: the program without its sockets, a browser, fakes that keep the contracts, and time that moves
//! by hand.

pub(crate) mod api;
pub(crate) mod app;
pub(crate) mod authority;
pub(crate) mod browser;
pub(crate) mod fake_identity;
pub(crate) mod files;
pub(crate) mod flaky_channel;
pub(crate) mod hand_clock;
pub(crate) mod heard;
pub(crate) mod mail_folder;
mod messages;
pub(crate) mod process;
pub(crate) mod scripted;
pub(crate) mod sink;
pub(crate) mod twilio;
