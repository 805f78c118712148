//! Which token or key a person means.

use super::{AccountError, Match, Status, Token};
use crate::error::Error;

/// The one that `wanted` names: by its id, a unique beginning of the id, its name where that is unique, or its last four
/// characters.
///
/// A whole id always counts. Else everything that fits counts together, and it must be one: what is about to end is
/// never a guess. Revoked ones are only looked at where nothing else fits, to say that it is over.
pub fn pick<'t>(tokens: &'t [Token], wanted: &str) -> Result<&'t Token, Error> {
    if let Some(exact) = tokens.iter().find(|token| token.id.eq_ignore_ascii_case(wanted)) {
        return Ok(exact);
    }
    // Tokens are shown as `…x9Qz`, and that is what people copy.
    let last_four = wanted.trim_start_matches(['…', '.']);
    let beginning = wanted.to_ascii_lowercase();
    let fits = |token: &&Token| {
        !wanted.is_empty()
            && (token.name == wanted
                || (!last_four.is_empty() && token.last_four == last_four)
                || token.id.to_ascii_lowercase().starts_with(&beginning))
    };
    let (over, alive): (Vec<&Token>, Vec<&Token>) =
        tokens.iter().filter(fits).partition(|token| token.status == Status::Revoked);
    let shown = || crate::service::shown(wanted);
    match (alive.as_slice(), over.is_empty()) {
        ([one], _) => Ok(one),
        ([], true) => Err(AccountError::NoSuch { wanted: shown() }.into()),
        ([], false) => Err(AccountError::AlreadyRevoked { wanted: shown() }.into()),
        (several, _) => {
            let matches = several.iter().map(|token| Match {
                id: token.id.clone(),
                name: token.name.clone(),
                last_four: token.last_four.clone(),
            });
            Err(AccountError::Ambiguous { wanted: shown(), matches: matches.collect() }.into())
        }
    }
}
