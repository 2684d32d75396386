//! Chromium on the demo's sites, with the mails of a real mail server: what a person sees, a scanner does and a
//! neighbour may learn.

mod demo;
mod driver;
mod journey;
mod looks;
mod referrer;
mod scanner;

use demo::{Demo, NEW, PASSWORD};
use driver::{Browser, Chromium, Wish};
