//! One program that signs in to two tools side by side, and stops a third sign-in halfway. It prints nothing, and neither
//! does the library: what there is to show goes into files.
//!
//! `cargo run -p doorkey --example two_tools -- http://127.0.0.1:7700 FOLDER SECOND.toml`, with a `doorkeyd dev` that knows
//! the second tool.

use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use doorkey::{App, Cancel, Client, Error, Event, LoginOptions, LogoutOptions, Overrides, System, Wish};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let [server, folder, second] = words()?;
    let folder = PathBuf::from(folder);
    let (first, second) = (App::builtin("demo")?, App::from_file(Path::new(&second))?);
    let client = |app: &App| {
        let overrides = Overrides { server: Some(server.clone()), ..Overrides::default() };
        Client::with(app.clone(), System::real(), overrides)
    };
    stop_halfway(&client(&first), &folder)?;
    thread::scope(|scope| {
        let both = [&first, &second].map(|app| scope.spawn(|| sign_in_and_out(&client(app), &folder)));
        both.into_iter().try_for_each(|thread| thread.join().unwrap_or(Err(Error::Cancelled)))
    })?;
    Ok(())
}

fn words() -> Result<[String; 3], String> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    words.try_into().map_err(|_| "usage: two_tools SERVER FOLDER SECOND.toml".to_owned())
}

/// What is not for standard output.
fn write(folder: &Path, name: &str, text: &str) {
    let part = folder.join(format!("{name}.part"));
    let written = std::fs::write(&part, text).and_then(|()| std::fs::rename(&part, folder.join(name)));
    assert!(written.is_ok(), "{name} can't be written");
}

fn device() -> LoginOptions {
    LoginOptions { wish: Wish::Device, ..LoginOptions::default() }
}

/// The wish to stop comes while it waits for the person.
fn stop_halfway(client: &Client, folder: &Path) -> Result<(), Error> {
    let cancel = Cancel::new();
    let mut waits = |event: Event<'_>| {
        if let Event::Page(_) = event {
            let cancel = cancel.clone();
            thread::spawn(move || cancel.cancel());
        }
    };
    match client.login(&device(), &mut waits, &cancel) {
        Err(Error::Cancelled) => write(folder, "stopped.who", "cancelled"),
        Err(other) => return Err(other),
        Ok(_) => write(folder, "stopped.who", "signed in, though nobody approved it"),
    }
    Ok(())
}

fn sign_in_and_out(client: &Client, folder: &Path) -> Result<(), Error> {
    let name = client.app().name();
    let mut show = |event: Event<'_>| {
        if let Event::Page(page) = event {
            write(folder, &format!("{name}.link"), page.url);
        }
    };
    client.login(&device(), &mut show, &Cancel::never())?;
    // Longer than some tokens live, so that one of the two is renewed.
    client.token(Duration::from_secs(10), &Cancel::never())?;
    let who = client.who_am_i(&Cancel::never())?;
    write(folder, &format!("{name}.who"), who.identity.email().unwrap_or_default());
    client.logout(&LogoutOptions { revoke: true, ..LogoutOptions::default() }, &Cancel::never())?;
    Ok(())
}
