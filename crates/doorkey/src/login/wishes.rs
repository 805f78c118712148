//! What a person wishes of a sign-in beyond its usual scopes and organization, and whether the product's wire can say it.

use doorkey_manifest::manifest::Way;
use doorkey_manifest::{Operation, Values};

use super::LoginOptions;
use crate::account::MANAGE;
use crate::client::Client;
use crate::error::Error;

/// The scope that `OpenID` Connect gives a refresh token for.
const OFFLINE_ACCESS: &str = "offline_access";

impl Client {
    /// The scopes and the organization that a sign-in asks for.
    pub(crate) fn add_wishes(&self, options: &LoginOptions, values: &mut Values) {
        // A wire that has no place for it leaves the profile's own out; one that was named is refused before.
        let settled = || self.profile_org().ok().flatten();
        if let Some(organization) = options.organization.clone().or_else(settled) {
            values.set("org.wanted", organization);
        }
        let product = || self.first_variable(&self.manifest().environment.product).map(|(_, value)| value);
        if let Some(product) = options.product.clone().or_else(product) {
            values.set("product", product);
        }
        let scopes = options.scopes.as_ref().unwrap_or(&self.manifest().sign_in.scopes);
        if !scopes.is_empty() {
            values.set("scope", scopes.join(" "));
            values.set("scopes", scopes.clone());
        }
        // OpenID Connect Core, section 11: without this the scope is to be ignored, and there is no refresh token.
        if scopes.iter().any(|scope| scope == OFFLINE_ACCESS) {
            values.set("prompt", "consent");
        }
    }

    /// Refuses a scope that nobody knows.
    pub(super) fn check_scopes(&self, options: &LoginOptions) -> Result<(), Error> {
        let known = &self.manifest().scopes;
        // Every service of ours knows the one for managing the account, whatever the product's own are.
        let is_known = |scope: &str| scope == MANAGE || known.get(scope).is_some();
        let unknown = options.scopes.iter().flatten().find(|scope| !is_known(scope));
        match unknown {
            Some(scope) => Err(Error::NotOffered {
                app: self.app().title().to_owned(),
                what: format!("the scope `{}`", crate::service::shown(scope)),
            }),
            None => Ok(()),
        }
    }

    /// Refuses a sign-in that asks for what the wire has no place for.
    pub(super) fn check_wishes(&self, options: &LoginOptions, way: Way) -> Result<(), Error> {
        let refused =
            |what: &str| Error::NotOffered { app: self.app().title().to_owned(), what: what.to_owned() };
        if options.organization.is_some() && !self.can_ask(way, &["org.wanted"]) {
            let what = "signing in for an organization that is named; `switch-org` changes it afterwards";
            return Err(refused(what));
        }
        if options.product.is_some() && !self.can_ask(way, &["product"]) {
            return Err(refused("signing in for one of several products"));
        }
        if options.scopes.is_some() && !self.can_ask_for_scopes(way) {
            return Err(refused("signing in with scopes that are named"));
        }
        Ok(())
    }

    /// Whether a sign-in can ask for scopes, in one text or as a list.
    pub(crate) fn can_ask_for_scopes(&self, way: Way) -> bool {
        self.can_ask(way, &["scope", "scopes"])
    }

    /// Whether a sign-in can ask for what one of these names stands for: plain OAuth has parameters for scopes and for the
    /// organization (`org`); a wire of the product's own may have none, or may leave it to the page.
    fn can_ask(&self, way: Way, names: &[&str]) -> bool {
        let operation = match way {
            Way::Loopback => Operation::Authorize,
            Way::Device | Way::Session => Operation::Start,
            Way::Paste | Way::Anonymous => return false,
        };
        let Some(own) = self.manifest().own_exchange(operation) else { return true };
        let open = self.manifest().sign_in.device.open.as_ref();
        let on_page = |name: &str| open.is_some_and(|open| open.names().any(|asked| asked == name));
        names.iter().any(|name| own.asks_for(name) || on_page(name))
    }
}
