//! Where a credential is kept. *What* is kept is a document in the shape that the manifest says; *where* its bytes lie is a
//! [place](place): a plain file, a sealed one, the machine's memory, another program.

mod atomic;
mod document;
mod error;
mod key;
mod lock;
mod permissions;
mod place;
mod private_file;
mod seal;

pub use document::{Store, Stored};
pub use error::StoreError;
pub(crate) use key::KnownKeys;
pub use lock::Lock;
pub use place::InProcess;
pub(crate) use place::Site;
