//! The API that keeps the notes, as the command calls it.

use doorkey_cli::doorkey::Secret;
use serde_json::{Value, json};
use ureq::Body;
use ureq::http::Response;

/// The API, in the name of whoever is signed in.
pub struct Api<'a> {
    pub at: &'a str,
    pub token: &'a Secret,
}

/// Why it didn't do what it was asked.
pub enum Problem {
    /// The token isn't accepted.
    TokenRefused,
    /// Anything else, in a sentence.
    Other(String),
}

impl Api<'_> {
    pub fn add(&self, text: &str) -> Result<(), Problem> {
        let body = json!({ "text": text }).to_string();
        let request = ureq::post(self.notes()).header("Authorization", self.authorization());
        let request = request.header("Content-Type", "application/json");
        answer(request.config().http_status_as_error(false).build().send(body)).map(drop)
    }

    pub fn list(&self) -> Result<Vec<String>, Problem> {
        let request = ureq::get(self.notes()).header("Authorization", self.authorization());
        let notes = answer(request.config().http_status_as_error(false).build().call())?;
        let notes = notes.as_array().into_iter().flatten();
        Ok(notes.filter_map(|note| note.as_str().map(str::to_owned)).collect())
    }

    fn notes(&self) -> String {
        format!("{}/notes", self.at)
    }

    /// The one place where the token leaves its wrapping.
    fn authorization(&self) -> String {
        format!("Bearer {}", self.token.expose())
    }
}

fn answer(answer: Result<Response<Body>, ureq::Error>) -> Result<Value, Problem> {
    let other = |problem: String| Problem::Other(format!("The notes can't be reached: {problem}."));
    let mut answer = answer.map_err(|problem| other(problem.to_string()))?;
    let body = answer.body_mut().read_to_string().map_err(|problem| other(problem.to_string()))?;
    match answer.status().as_u16() {
        200..300 => serde_json::from_str(&body).map_err(|problem| other(problem.to_string())),
        401 => Err(Problem::TokenRefused),
        status => Err(Problem::Other(format!("The notes say no (status {status}): {body}"))),
    }
}
