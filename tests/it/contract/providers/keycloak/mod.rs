//! What `keycloak` makes of every answer. The suite itself runs on a real Keycloak, in the live suites; here stands what
//! a healthy one cannot be made to say at will. Answers are those that 26.7 gave.

mod answers;
mod clocks;
mod config;
mod doors;
mod ends;
mod finds;
mod logs;
mod passwords;
mod settings;
mod stand;
mod tokens;
