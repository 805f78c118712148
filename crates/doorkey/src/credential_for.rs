//! To whom a token may go.
//!
//! git, docker, cargo and their like name a place and ask for a credential for it. What they name may have been written by a
//! stranger: the address of a submodule, a registry in a lock file. There is one rule for all of them, and it stands here.

use std::time::Duration;

use doorkey_manifest::Origin;
use doorkey_manifest::manifest::Helper;

use crate::cancel::Cancel;
use crate::client::Client;
use crate::error::Error;
use crate::resolve::{Credential, Resolution};
use crate::server::Server;

impl Client {
    /// The credential for `origin`, which another program asks for by way of `helper`, good for at least `min_ttl` as with
    /// [`credential`](Client::credential).
    ///
    /// It may go to the origin of the server that it belongs to, and where that is the manifest's own server, to those
    /// that `[helpers]` names for this program: scheme, host and port have to be the same. Anybody else gets
    /// [`Error::ForeignOrigin`], whether or not somebody is signed in.
    pub fn credential_for(
        &self,
        helper: Helper,
        origin: &Origin,
        min_ttl: Duration,
        cancel: &Cancel,
    ) -> Result<Credential, Error> {
        self.may_go_to(helper, origin, &self.server_of_credential()?)?;
        let credential = self.credential(min_ttl, cancel)?;
        // Somebody may have signed in to another server while it was renewed.
        self.may_go_to(helper, origin, &credential.server)?;
        Ok(credential)
    }

    /// Where the credential may go by way of `helper`: the server's own origin first. It asks nobody, and says the same before
    /// and after a sign-in.
    pub fn origins_for(&self, helper: Helper) -> Result<Vec<Origin>, Error> {
        Ok(self.origins_of(helper, &self.server_of_credential()?))
    }

    /// The origins whose tokens are this product's: that of the server to sign in to, and what the manifest names for
    /// `helper` beside it.
    pub fn origins_of_login(&self, helper: Option<Helper>) -> Result<Vec<Origin>, Error> {
        let server = self.server_for_login()?;
        Ok(match helper {
            Some(helper) => self.origins_of(helper, &server),
            None => own_origin(&server).into_iter().collect(),
        })
    }

    fn may_go_to(&self, helper: Helper, origin: &Origin, server: &Server) -> Result<(), Error> {
        let own = self.origins_of(helper, server);
        if own.contains(origin) {
            return Ok(());
        }
        Err(Error::ForeignOrigin {
            app: self.app().title().to_owned(),
            origin: origin.to_string(),
            own: own.iter().map(ToString::to_string).collect(),
        })
    }

    fn origins_of(&self, helper: Helper, server: &Server) -> Vec<Origin> {
        let mut origins: Vec<Origin> = own_origin(server).into_iter().collect();
        // What the manifest names belongs to its own server. Whoever is signed in to another keeps the token there.
        if server.is_same(&self.manifest().server.url) {
            let more = self.manifest().helpers.origins(helper);
            origins
                .extend(more.iter().filter(|origin| !origins.contains(origin)).cloned().collect::<Vec<_>>());
        }
        origins
    }

    fn server_of_credential(&self) -> Result<Server, Error> {
        match self.resolve()? {
            Resolution::Found(found) => Ok(found.server),
            Resolution::SignedOut => self.server_for_login(),
        }
    }
}

/// Where the server itself is. An address that can't be told from others for sure gets nothing.
fn own_origin(server: &Server) -> Option<Origin> {
    Origin::with_path(&server.url).ok().map(|(origin, _)| origin)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

    use doorkey_manifest::builtin;

    use super::*;
    use crate::testing::World;

    const REGISTRY: &str = "https://registry.acme.example";

    /// The demo, whose server and registry are elsewhere.
    fn acme() -> String {
        let source =
            builtin::source("demo").unwrap().replace("http://127.0.0.1:7700", "https://acme.example/api");
        format!("{source}\n[helpers.docker]\norigins = [\"{REGISTRY}\"]\n")
    }

    fn signed_in(world: &World, server: &str) {
        world.write(
            ".demo/credentials.json",
            &format!(r#"{{"access_token": "a-token", "server": "{server}"}}"#),
        );
    }

    fn client(world: &World) -> Client {
        Client::new(crate::App::from_source("demo.toml", &acme()).unwrap(), world.system())
    }

    /// What somebody who asks for this place gets.
    fn given(client: &Client, helper: Helper, origin: &str) -> Result<String, &'static str> {
        let origin = origin.parse().unwrap();
        let credential = client.credential_for(helper, &origin, Duration::ZERO, &Cancel::never());
        credential.map(|credential| credential.token.expose().to_owned()).map_err(|error| error.code())
    }

    #[test]
    fn a_token_goes_to_the_exact_origin_of_its_server_and_nowhere_else() {
        let world = World::new();
        signed_in(&world, "https://acme.example/api");
        let client = client(&world);
        for same in ["https://acme.example", "https://ACME.example:443/"] {
            assert_eq!(given(&client, Helper::Git, same).as_deref(), Ok("a-token"), "{same}");
        }
        for foreign in [
            "https://acme.example:8443",
            "https://www.acme.example",
            "https://acme.example.evil.example",
            "https://evilacme.example",
            "https://example",
            "http://localhost",
            "http://127.0.0.1:7700",
            REGISTRY,
        ] {
            assert_eq!(given(&client, Helper::Git, foreign), Err("credential.foreign_origin"), "{foreign}");
        }
    }

    #[test]
    fn an_origin_of_the_manifest_is_for_the_program_that_it_is_named_for() {
        let world = World::new();
        signed_in(&world, "https://acme.example/api");
        let client = client(&world);
        assert_eq!(given(&client, Helper::Docker, REGISTRY).as_deref(), Ok("a-token"));
        assert_eq!(given(&client, Helper::Cargo, REGISTRY), Err("credential.foreign_origin"));
    }

    #[test]
    fn the_manifests_origins_get_nothing_of_another_server() {
        let world = World::new();
        for elsewhere in ["https://acme.corp.example", "https://acme.example", "https://acme.example/other"] {
            signed_in(&world, elsewhere);
            let client = client(&world);
            assert_eq!(
                given(&client, Helper::Docker, REGISTRY),
                Err("credential.foreign_origin"),
                "{elsewhere}"
            );
        }
        signed_in(&world, "https://acme.corp.example");
        let client = client(&world);
        assert_eq!(given(&client, Helper::Docker, "https://acme.corp.example").as_deref(), Ok("a-token"));
        assert_eq!(given(&client, Helper::Docker, "https://acme.example"), Err("credential.foreign_origin"));
    }

    #[test]
    fn a_stranger_is_not_told_whether_somebody_is_signed_in() {
        let world = World::new();
        let client = client(&world);
        assert_eq!(given(&client, Helper::Git, "https://evil.example"), Err("credential.foreign_origin"));
        assert_eq!(given(&client, Helper::Git, "https://acme.example"), Err("credential.signed_out"));
        let own: Vec<_> =
            client.origins_for(Helper::Docker).unwrap().iter().map(ToString::to_string).collect();
        assert_eq!(own, ["https://acme.example", REGISTRY]);
    }

    #[test]
    fn a_token_of_the_environment_belongs_to_the_server_that_is_named() {
        let world = World::new();
        world.set("DEMO_TOKEN", "from-environment");
        world.set("DEMO_URL", "http://127.0.0.1:9000");
        let client = client(&world);
        assert_eq!(given(&client, Helper::Git, "http://127.0.0.1:9000").as_deref(), Ok("from-environment"));
        assert_eq!(given(&client, Helper::Git, "https://acme.example"), Err("credential.foreign_origin"));
        assert_eq!(given(&client, Helper::Git, "https://127.0.0.1:9000"), Err("credential.foreign_origin"));
    }
}
