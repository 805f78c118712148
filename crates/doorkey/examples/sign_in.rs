//! A tool of its own on top of the library: signs in, says who that is, and shows what the token would be used for.
//!
//! `cargo run -p doorkey --example sign_in -- http://127.0.0.1:7700`, with `doorkeyd dev` running beside it.

#![expect(clippy::print_stdout, reason = "the library prints nothing; this tool does")]

use std::time::Duration;

use doorkey::{App, Cancel, Client, Error, Event, LoginOptions, Overrides, Resolution, System};

fn main() -> Result<(), Error> {
    let overrides = Overrides { server: std::env::args().nth(1), ..Overrides::default() };
    let client = Client::with(App::builtin("demo")?, System::real(), overrides);
    let cancel = Cancel::new();
    if let Resolution::SignedOut = client.resolve()? {
        let mut show = |event: Event<'_>| match event {
            Event::Way(choice) => println!("{}", choice.reason.sentence()),
            Event::Page(page) => println!("Open {}", page.url),
            _ => {}
        };
        let signed_in = client.login(&LoginOptions::default(), &mut show, &cancel)?;
        println!("Kept in {}", signed_in.path.display());
    }
    let who = client.who_am_i(&cancel)?;
    println!("{} at {} ({})", who.identity.label().unwrap_or("somebody"), who.server, who.truth.name());
    let token = client.token(Duration::from_mins(1), &cancel)?;
    println!("The token has {} characters", token.expose().len());
    Ok(())
}
