#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

use super::*;
use crate::testing::World;

/// A machine with these programs in `/bin`.
fn machine(programs: &[&str]) -> World {
    let world = World::new();
    world.set("PATH", "/bin");
    for program in programs {
        world.place(&format!("/bin/{program}"));
    }
    world
}

/// The programs that are tried, as one would type them.
fn tried(world: &World, named: Option<&str>) -> Result<Vec<String>, Unopenable> {
    let url = Url::parse("https://example.com/a?b=c&d").unwrap();
    let openers = find(world, named)?;
    let line =
        |opener: &Opener| format!("{} {}", opener.program.display(), opener.arguments_for(&url).join(" "));
    Ok(openers.iter().map(line).collect())
}

#[cfg(target_os = "linux")]
#[test]
fn whoever_is_named_goes_before_windows_and_windows_before_the_desktop() {
    let world = machine(&["wslview", "powershell.exe", "xdg-open", "firefox", "mine"]);
    world.set("WSL_DISTRO_NAME", "Debian");
    world.set("BROWSER", "firefox");
    assert_eq!(tried(&world, Some("mine --new")).unwrap(), ["/bin/mine --new https://example.com/a?b=c&d"]);
    assert_eq!(tried(&world, None).unwrap(), ["/bin/firefox https://example.com/a?b=c&d"]);
    world.set("BROWSER", "");
    assert_eq!(
        tried(&world, None).unwrap(),
        [
            "/bin/wslview https://example.com/a?b=c&d",
            "/bin/powershell.exe -NoProfile -NonInteractive -Command Start-Process 'https://example.com/a?b=c&d'",
            "/bin/xdg-open https://example.com/a?b=c&d",
        ]
    );
    world.set("WSL_DISTRO_NAME", "");
    assert_eq!(tried(&world, None).unwrap(), ["/bin/xdg-open https://example.com/a?b=c&d"]);
}

#[cfg(target_os = "linux")]
#[test]
fn windows_is_known_by_its_kernel_and_powershell_is_found_where_it_lies() {
    let world = machine(&[]);
    world.place_text("/proc/sys/kernel/osrelease", "5.15.153.1-microsoft-standard-WSL2\n");
    world.place(POWERSHELL);
    let tried = tried(&world, None).unwrap();
    assert!(tried.len() == 1 && tried[0].starts_with(POWERSHELL), "{tried:?}");
}

#[cfg(target_os = "linux")]
#[test]
fn an_address_cannot_end_the_quotes_around_it() {
    let world = machine(&["powershell.exe"]);
    world.set("WSL_INTEROP", "/run/WSL/1_interop");
    let url = Url::parse("https://example.com/';calc;'?q=';%s").unwrap();
    let arguments = find(&world, None).unwrap()[0].arguments_for(&url);
    assert_eq!(arguments[3], "Start-Process 'https://example.com/%27;calc;%27?q=%27;%s'");
}

#[test]
fn a_browser_that_draws_text_is_known_by_its_name_and_behind_a_link() {
    let text = |name: &str| Err(Unopenable::TextBrowser { name: name.to_owned() });
    let world = machine(&["w3m", "www-browser", "firefox"]);
    world.link("/bin/www-browser", "/usr/bin/lynx");
    assert_eq!(tried(&world, Some("w3m")), text("w3m"));
    assert_eq!(tried(&world, Some("/bin/w3m -o x=y %s")), text("w3m"));
    assert_eq!(tried(&world, Some("www-browser")), text("lynx"));
    assert_eq!(
        tried(&world, Some("w3m:firefox")).unwrap(),
        ["/bin/firefox https://example.com/a?b=c&d"],
        "the next one in the list"
    );
}

#[cfg(target_os = "linux")]
#[test]
fn a_desktop_opener_that_could_only_find_a_text_browser_is_none() {
    let text = |name: &str| Err(Unopenable::TextBrowser { name: name.to_owned() });
    let world = machine(&["xdg-open", "w3m"]);
    assert_eq!(tried(&world, None), text("w3m"));
    world.link("/bin/xdg-open", "/usr/bin/elinks");
    assert_eq!(tried(&world, None), text("elinks"));

    let world = machine(&["xdg-open", "w3m", "chromium"]);
    assert!(tried(&world, None).is_ok(), "there is one with a window, too");
    let world = machine(&["xdg-open", "w3m"]);
    world.place_text(
        "/usr/share/applications/mimeinfo.cache",
        "[MIME Cache]\nx-scheme-handler/https=org.x.desktop;\n",
    );
    assert!(tried(&world, None).is_ok(), "the desktop knows one");
}

#[cfg(all(unix, not(target_os = "macos")))]
#[test]
fn a_machine_with_no_opener_says_so() {
    assert_eq!(tried(&machine(&[]), None), Err(Unopenable::Nothing));
}

#[test]
fn a_command_has_words_a_place_for_the_address_and_no_shell() {
    let world = machine(&["open it"]);
    let first = |named: &str| tried(&world, Some(named)).unwrap().remove(0);
    assert_eq!(first("browse --app=%s --x"), "browse --app=https://example.com/a?b=c&d --x");
    assert_eq!(first("'open it' -n"), "/bin/open it -n https://example.com/a?b=c&d");
    assert_eq!(words(r#"a "b c" d'e f'"#), ["a", "b c", "de f"]);
    assert_eq!(first("browse; rm"), "browse; rm https://example.com/a?b=c&d");
    world.place("/opt/My Browser/run");
    assert_eq!(first("/opt/My Browser/run"), "/opt/My Browser/run https://example.com/a?b=c&d");
}

#[cfg(unix)]
#[test]
fn an_opener_that_fails_at_once_is_noticed_and_one_that_stays_is_left_alone() {
    use crate::system::ProcessEnvironment;

    let url = Url::parse("https://example.com/").unwrap();
    let open = |named: &str| open(&url, &ProcessEnvironment, Some(named));
    let failed = open("/bin/false").unwrap_err().to_string();
    assert_eq!(failed, "/bin/false failed (exit status: 1)");
    assert!(
        open("/nowhere/browser").unwrap_err().to_string().starts_with("/nowhere/browser couldn't be started")
    );
    open("/bin/true").unwrap();
    open("/bin/false:/bin/true").unwrap();
    open("/bin/sh -c 'exec sleep 2'").unwrap();
}
