//! The page before something ends: what it is, what stops, and that it can't be undone.

use askama::Template;
use axum::response::Response;

use super::{frame::Frame, visit::Visit};

/// What is asked before something ends.
pub struct Question {
    pub title: String,
    /// What ends, and what that means.
    pub sentences: Vec<String>,
    /// Where the answer goes.
    pub action: String,
    pub button: String,
    /// The way back, as it stands in a link.
    pub back: String,
}

#[derive(Template)]
#[template(path = "ask.html")]
struct Page {
    frame: Frame,
    question: Question,
    form_token: String,
}

impl Question {
    pub fn show(self, visit: &Visit, frame: Frame) -> Response {
        visit.page(&Page { frame, question: self, form_token: visit.form_token() })
    }
}
