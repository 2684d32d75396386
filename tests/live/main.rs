//! Against real servers. A server that is not there fails the test with the command that starts it.

mod smtp;
