//! git, over HTTP with a password.

use std::path::PathBuf;
use std::sync::Arc;

use super::stand::{Answer, Answers, Seen, Stand};
use super::{Machine, TOKEN};

/// A repository with one commit, served as files to whoever has the right password.
fn repository(machine: &Machine) -> PathBuf {
    let work = machine.path("work");
    machine.write("work/README", "Hello from behind a password\n");
    let git = |arguments: &[&str]| {
        let mut command = machine.command("git", arguments);
        command.current_dir(&work);
        let output = command.output().expect("git is there; `cargo xtask test` installs it");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    };
    git(&["init", "--quiet"]);
    git(&["add", "README"]);
    let ada = ["-c", "user.name=Ada", "-c", "user.email=ada@example.com"];
    git(&[&ada[..], &["commit", "--quiet", "--message", "Say hello"]].concat());
    git(&["clone", "--quiet", "--bare", ".", "bare.git"]);
    git(&["--git-dir", "bare.git", "update-server-info"]);
    work.join("bare.git")
}

/// A file of the repository, for whoever is `oauth2` with the token.
fn file(seen: &Seen, root: &std::path::Path) -> Answer {
    if !seen.is_from("oauth2", TOKEN) && !seen.is_from("ada", TOKEN) {
        return Answer::who_are_you("Basic realm=\"git\"");
    }
    let path = seen.path.split('?').next().unwrap_or_default();
    let inside = path.strip_prefix("/team/repo.git/").unwrap_or_default();
    std::fs::read(root.join(inside)).map_or_else(|_| Answer::missing(), Answer::ok)
}

/// A server of the repository, and somebody who is signed in there.
fn served(start: fn(Answers) -> Stand) -> (Stand, Machine) {
    let maker = Machine::signed_in("http://127.0.0.1:9");
    let root = repository(&maker);
    let stand = start(Arc::new(move |seen: &Seen| {
        // The repository lies in the maker's home, which stays as long as the server.
        let _home = &maker;
        file(seen, &root)
    }));
    let machine = Machine::signed_in(&stand.url);
    (stand, machine)
}

#[test]
fn git_clones_with_the_token_once_it_is_told_to_ask() {
    let (stand, machine) = served(Stand::plain);
    let address = format!("{}/team/repo.git", stand.url);
    machine.run("git", &["clone", "--quiet", &address, "without"]).exits(128);

    machine.write(".gitconfig", &machine.setup("git"));
    machine.run("git", &["clone", "--quiet", &address, "with"]).exits(0);
    let cloned = std::fs::read_to_string(machine.path("with/README")).expect("what was cloned");
    assert_eq!(cloned, "Hello from behind a password\n");
    // The token stands in no file of git's.
    let config = std::fs::read_to_string(machine.path("with/.git/config")).expect("its configuration");
    assert!(!config.contains(TOKEN), "{config}");

    // A name in the address stays the name; the password is still the token.
    let named = address.replace("://", "://ada@");
    machine.run("git", &["clone", "--quiet", &named, "named"]).exits(0);
    assert!(stand.seen().iter().any(|seen| seen.is_from("ada", TOKEN)), "as ada");
}

#[test]
fn git_clones_over_tls() {
    let (stand, machine) = served(Stand::encrypted);
    machine.write(".gitconfig", &machine.setup("git"));
    machine.write("ca.pem", stand.certificate.as_deref().expect("a certificate"));
    let trust = format!("http.sslCAInfo={}", machine.path("ca.pem").display());
    let address = format!("{}/team/repo.git", stand.url);
    machine.run("git", &["-c", &trust, "clone", "--quiet", &address, "with"]).exits(0);
}

#[test]
fn what_git_stores_and_erases_changes_nothing() {
    let (stand, machine) = served(Stand::plain);
    machine.write(".gitconfig", &machine.setup("git"));
    let before = std::fs::read_to_string(machine.path(".demo/credentials.json")).expect("credentials");
    let stale = before.replace(TOKEN, "demo_at_that_is_not_accepted");
    machine.write(".demo/credentials.json", &stale);
    let address = format!("{}/team/repo.git", stand.url);
    // It tries the token, hears no, and tells the helper to forget it.
    machine.run("git", &["clone", "--quiet", &address, "stale"]).exits(128);
    assert_eq!(stand.was_shown("demo_at_that_is_not_accepted"), 1, "it was tried once");
    let after = std::fs::read_to_string(machine.path(".demo/credentials.json")).expect("credentials");
    assert_eq!(after, stale, "only logout signs out");
}

#[test]
fn another_server_gets_nothing_even_if_every_server_is_set_up_to_ask() {
    let (home, machine) = served(Stand::plain);
    let stranger = Stand::start(|_| Answer::who_are_you("Basic realm=\"git\""));
    let helper = "[credential]\n\thelper =\n\thelper = !doorkey --app demo helper git\n";
    machine.write(".gitconfig", helper);
    let port = stranger.authority().rsplit(':').next().unwrap_or_default().to_owned();
    let own = home.authority().to_owned();
    for host in [
        stranger.authority().to_owned(),
        format!("localhost:{port}"),
        format!("{own}@{}", stranger.authority()),
        format!("oauth2@127.0.0.1:{port}"),
    ] {
        machine.run("git", &["clone", "--quiet", &format!("http://{host}/team/repo.git"), "x"]).exits(128);
    }
    assert!(!stranger.seen().is_empty(), "it was asked");
    assert_eq!(stranger.was_shown(TOKEN), 0, "and was shown nothing");
    machine.run("git", &["clone", "--quiet", &format!("{}/team/repo.git", home.url), "own"]).exits(0);
}
