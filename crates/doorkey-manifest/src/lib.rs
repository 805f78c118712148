//! A product's sign-in as data.
//!
//! A [`Manifest`] says everything that is a product's own: where its server is, what its tokens look like, which file
//! its credential lives in, which ways of signing in it offers, which requests go over the wire and what its commands
//! say. The client speaks the manifest and the server serves the same manifest, so every wire exchange and every file
//! is written once, as a [`Template`] that works in both directions: filling it in encodes, reading with it decodes.
//!
//! Nothing here does input or output, reads the clock or draws random numbers: those are passed in.

pub mod builtin;
pub mod code;
pub mod manifest;
pub mod names;
pub mod origin;
pub mod problem;
#[cfg(feature = "schema")]
pub mod schema;
mod secret;
pub mod template;
pub mod token;
mod values;
pub mod wire;

pub use manifest::Manifest;
pub use origin::{Origin, OriginProblem};
pub use problem::{Problem, Problems};
pub use secret::Secret;
pub use template::{FillError, Template, TemplateError, Text};
pub use token::{TokenFormat, TokenProblem};
pub use values::Values;
pub use wire::{Body, Exchange, Meaning, Operation, Request, RequestProblem, Response, ResponseBody};
