//! npm asks no helper: it reads `.npmrc`, where a value may stand for an environment variable. `exec` sets that one.

use doorkey::Origin;

use super::input::InputProblem;
use super::{Work, print};
use crate::failure::Failure;

/// A registry that somebody names: its origin, and the path below which its token counts.
pub fn registry(address: &str) -> Result<(Origin, String), InputProblem> {
    let (origin, path) = Origin::with_path(address)?;
    // npm takes `${…}` for a variable.
    if path.contains(['$', '{', '}', '=', '"', '\'']) {
        return Err(InputProblem::Path);
    }
    Ok((origin, if path.ends_with('/') { path.to_owned() } else { format!("{path}/") }))
}

/// The lines of a `.npmrc`: the token itself never stands there.
pub fn lines(origin: &Origin, path: &str, variable: &str) -> String {
    let place = format!("//{}{path}", origin.authority());
    format!("registry={}:{place}\n{place}:_authToken=${{{variable}}}\n", origin.scheme().name())
}

/// Prints the lines for a registry: the one that is named, else each that a token may go to.
pub fn run(named: Option<&str>, work: &Work<'_>) -> Result<u8, Failure> {
    let variable = super::variable_of(work.client)?;
    let own = work.origins()?;
    let (origin, path) = match named {
        Some(address) => work.understood(registry(address))?,
        None => match own.get(1).or(own.first()) {
            // The registry is the one that the manifest names for npm, where it names one.
            Some(origin) => (origin.clone(), "/".to_owned()),
            None => return Ok(0),
        },
    };
    if !own.contains(&origin) {
        return Err(work.foreign(&origin, &own).into());
    }
    print(&lines(&origin, &path, &variable))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_token_counts_below_the_registrys_path_alone() {
        let lines = |address: &str| {
            let (origin, path) = registry(address).map_err(|problem| problem.to_string())?;
            Ok::<_, String>(lines(&origin, &path, "ACME_TOKEN"))
        };
        assert_eq!(
            lines("https://npm.example.com/team").as_deref(),
            Ok("registry=https://npm.example.com/team/\n//npm.example.com/team/:_authToken=${ACME_TOKEN}\n")
        );
        assert_eq!(
            lines("http://127.0.0.1:4873").as_deref(),
            Ok("registry=http://127.0.0.1:4873/\n//127.0.0.1:4873/:_authToken=${ACME_TOKEN}\n")
        );
        for bad in [
            "npm.example.com",
            "https://npm.example.com/${HOME}",
            "https://npm.example.com/a=b",
            "http://npm.example.com",
        ] {
            assert!(lines(bad).is_err(), "{bad}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_address_panics_or_breaks_a_line(address in "\\PC{0,40}") {
            if let Ok((origin, path)) = registry(&address) {
                proptest::prop_assert_eq!(lines(&origin, &path, "X").lines().count(), 2);
            }
        }
    }
}
