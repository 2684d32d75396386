//! Chromium on the demo's sites, with the mails of a real mail server: what a person sees, a scanner does and a
//! neighbour may learn.

mod demo;
mod front_end;
mod journey;
mod looks;
mod referrer;
mod scanner;
mod script;

use crate::driver::{Browser, Chromium, Wish};
use demo::{Demo, NEW, PASSWORD};
