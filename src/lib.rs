//! regain gives the identity provider that somebody already runs a good "forgot password". It stands in front of it
//! as a reverse proxy, serves the recovery pages itself, sets the new password through the provider, and ends every
//! session of the account.
//!
//! The one idea: **a request never learns whether the account exists; a worker does.** From it follow that nobody can
//! find accounts out by text, status, size or time, that a provider or mail server that is down costs nobody a
//! request, that nothing is lost in a crash, and that the page is as fast as one insert.
//!
//! # The life of a request
//!
//! *Every request.* [`server`] accepts the connection, holds it to its deadlines and limits, finds out who the client
//! is, and hands the request to the dispatcher in [`app`]. That asks [`tenant`] whose host and path it is, and nothing
//! else ever chooses a tenant. Our own doors go to [`web`], all else to [`proxy`].
//!
//! *Start* (somebody asks for help): [`web`] checks where the form comes from and reads it → [`recovery`] counts the
//! client and decides → [`store`] writes a recovery and an outbox row in one transaction and wakes the worker → 303.
//! No provider is asked and nothing is sent.
//!
//! *Deliver* (the worker): [`outbox`] claims the row → [`account`] finds whom the identifier means and whether that
//! account may be recovered → [`template`] renders → [`channel`] hands over → [`store`] settles. For nobody the row is
//! dropped, and nothing that a request can see differs.
//!
//! *Code*: [`recovery`] compares what was typed with the codes of the last messages → [`store`] saves what became of the
//! recovery and counts for the account, in one transaction → 303 with the reset token, or the same page again.
//!
//! *Link*: `GET` verifies the token, puts it into a cookie and answers 303; nothing is stored, however often a mail
//! scanner fetches it.
//!
//! *Password*: [`recovery`] checks the proof and the tenant's policy → [`account`] re-reads the account, saves
//! `Changing` together with the row that will end the sessions, calls the provider, saves `Completed`, ends the
//! sessions → 303. From the first save on this runs in a task of its own: a client that hangs up interrupts nothing,
//! and after a crash the row ends the sessions.
//!
//! *Pass through*: [`proxy`] strips what belongs to one hop and our own cookies, sets the forwarding headers, and
//! streams both ways.
//!
//! # The floor plan
//!
//! Imports point down only, never sideways; `tests/it/floors.rs` reads every file and fails on the first that does not.
//!
//! ```text
//! 8  main  cli  app  config  telemetry  demo  doctor   may use everything
//! 7  server                                      the listeners; knows no route
//! 6  web   proxy                                 HTTP in and out, no decisions
//! 5  recovery   outbox                           the deeds: of a person, of the worker
//! 4  account                                     find, guard, change, end sessions, look again: the one way to touch a provider
//! 3  tenant                                      a tenant's file → Tenant → Registry (host, path → tenant)
//! 2  identity   channel   audit                  the world: who owns accounts, how people are reached, what was done
//! 1  store   template   limit   outward          what is kept, what is said, what is too much, who is called
//! 0  domain   clock   metrics                    values and decisions; the time's door; the list of metric names
//! ```
//!
//! Every use case is four lines: load, decide (pure, in [`domain`]), save, speak. `save` is compare-and-swap on the
//! row's `version`; the state machine stands in [`domain::recovery`].
//!
//! # How to add
//!
//! *A kind of provider*: one private file or folder below [`identity`] with its configuration, its
//! [`identity::Capabilities`] and an [`identity::IdentityProvider`]; one variant in [`identity::Config`]; its keys with
//! a line of why in `config/regain.toml`; and the suite in `tests/it/contract/identity.rs` run on it.
//!
//! *A kind of channel*: the same below [`channel`], with [`channel::Channel`], [`channel::Config`] and
//! `tests/it/contract/channel.rs`.
//!
//! *A message*: a kind in [`domain::message`], its values in [`template::message`] with samples of them in
//! [`template::samples`], a folder below `templates/messages/` named in `template/shipped.rs`, its texts in every file
//! of `templates/locales/`, and snapshots in `tests/it/template/mails.rs`. Whoever sends it is a purpose of the outbox.
//!
//! `docs/architecture.md` says more of each.

pub mod account;
pub mod app;
pub mod audit;
pub mod channel;
pub mod cli;
pub mod clock;
pub mod config;
pub mod demo;
pub mod doctor;
pub mod domain;
pub mod identity;
pub mod limit;
pub mod metrics;
pub mod outbox;
pub mod outward;
pub mod proxy;
pub mod recovery;
pub mod server;
pub mod store;
pub mod telemetry;
pub mod template;
pub mod tenant;
pub mod web;
