//! What people make on purpose: personal access tokens at `/tokens`, an organization's keys at `/orgs/…/keys`. Both are
//! listed, made, looked at, replaced and ended alike, so they share their pages; a [`Shelf`] says which are meant.

mod create;
mod end;
mod form;
mod keys;
mod list;
mod one;
mod rotate;
mod shelf;
mod view;

pub use self::{
    create::{create, new},
    end::{end, ending},
    keys::keys,
    list::list,
    one::one,
    rotate::{rotate, rotating},
};
