//! FT-07 and its kin: the process is killed in the middle of a change, starts again, and makes good; a process that is
//! told to stop, or whose client hangs up, finishes the change first.

mod drain;
mod kill;
mod server;
mod world;
