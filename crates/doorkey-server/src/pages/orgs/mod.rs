//! Organizations: the list, one of them with its settings, who is in it, and its programs.

mod create;
mod list;
mod members;
mod one;
mod programs;
mod shown;

pub(super) use self::shown::{frame, head, of, path};
pub use self::{
    create::{create, new},
    list::list,
    members::{invite, members, remove, removing, set_role, take_back, taking_back},
    one::{leave, leaving, one, save, transfer, transferring},
    programs::{create_program, end_program, ending_program, programs},
};
