//! gh's `hosts.yml`: a token per host and user, or none where gh keeps it in the keyring.

use super::found::{Damage, Found, Kept, places, secret};
use super::yaml::{self, Entry};

/// Reads the file.
pub fn read(text: &str) -> Result<Vec<Found>, Damage> {
    let entries = yaml::read(text)?;
    let mut hosts: Vec<&str> = Vec::new();
    for entry in &entries {
        if let Some(host) = entry.path.first().filter(|host| !hosts.contains(&host.as_str())) {
            hosts.push(host);
        }
    }
    Ok(hosts.into_iter().flat_map(|host| of_host(host, &entries)).collect())
}

fn of_host(host: &str, entries: &[Entry]) -> Vec<Found> {
    let value = |path: &[&str]| {
        entries.iter().find(|entry| entry.path == path).map(|entry| entry.value.as_str()).unwrap_or_default()
    };
    let in_use = value(&[host, "user"]);
    let mut users: Vec<&str> = Vec::new();
    for entry in entries {
        if let [of, list, user, ..] = entry.path.as_slice()
            && of == host
            && list == "users"
            && !users.contains(&user.as_str())
        {
            users.push(user);
        }
    }
    // Before gh knew several accounts there was one, without a list.
    if users.is_empty() {
        users.push(in_use);
    }
    let found = |user: &&str| {
        let own = value(&[host, "users", user, "oauth_token"]);
        let token = if own.is_empty() && *user == in_use { value(&[host, "oauth_token"]) } else { own };
        Found {
            host: host.to_owned(),
            user: (!user.is_empty()).then(|| (*user).to_owned()),
            places: places(host),
            in_use: *user == in_use,
            kept: secret(token).map_or(Kept::Keyring, Kept::Token),
        }
    };
    users.iter().map(found).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(text: &str) -> Result<Vec<String>, Damage> {
        let shown = |found: &Found| {
            let token = match &found.kept {
                Kept::Token(token) => token.expose().to_owned(),
                other => format!("({})", other.name()),
            };
            let user = found.user.as_deref().unwrap_or("-");
            format!("{} {user} {token}{}", found.host, if found.in_use { " *" } else { "" })
        };
        read(text).map(|all| all.iter().map(shown).collect())
    }

    #[test]
    fn several_accounts_of_several_hosts() {
        let text = "\
github.com:
    users:
        ada:
            oauth_token: gho_one
            git_protocol: https
        grace:
            oauth_token: gho_two
    git_protocol: https
    oauth_token: gho_two
    user: grace
ghe.example.com:
    user: ada
    git_protocol: ssh
    users:
        ada:
";
        let expected =
            ["github.com ada gho_one", "github.com grace gho_two *", "ghe.example.com ada (keyring) *"];
        assert_eq!(seen(text), Ok(expected.map(str::to_owned).to_vec()));
    }

    #[test]
    fn a_file_from_before_several_accounts() {
        let text = "# written by gh\ngithub.com:\n  oauth_token: \"gho_old\" # x\n  user: ada\n\n";
        assert_eq!(seen(text), Ok(vec!["github.com ada gho_old *".to_owned()]));
    }

    #[test]
    fn a_damaged_file_names_its_line() {
        let line = |text: &str| seen(text).map_err(|damage| damage.line);
        assert_eq!(line("github.com:\n\toauth_token: x\n"), Err(2));
        assert_eq!(line("github.com:\n    oauth_token: x\n  user: y\n"), Err(3));
        assert_eq!(line("github.com:\n    oauth_token: \"x\n"), Err(2));
        assert_eq!(line("github.com\n"), Err(1));
        assert_eq!(line(""), Ok(vec![]));
    }

    proptest::proptest! {
        #[test]
        fn no_text_panics(text in "(\\PC|\n|    ){0,200}") {
            let _ = read(&text);
        }

        #[test]
        fn no_lines_panic(lines in proptest::collection::vec("( ){0,8}[a-z.]{0,6}(:|: |)['\"#a-z{]{0,4}", 0..12)) {
            let _ = read(&lines.join("\n"));
        }
    }
}
