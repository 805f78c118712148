//! The credential for other programs: `token`, `exec` and `helper`, as those programs call them.

mod exec;
mod protocols;
mod refused;
mod setup;
mod token;
