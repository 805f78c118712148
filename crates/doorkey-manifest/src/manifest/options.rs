//! What a product calls its options.

use serde::Deserialize;

macro_rules! options {
    ($($(#[doc = $doc:literal])+ $field:ident),+ $(,)?) => {
        /// What the product calls its options, beside what Doorkey calls them.
        #[derive(Clone, Debug, Default, Deserialize)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
        #[serde(deny_unknown_fields, default)]
        pub struct Options {
            $($(#[doc = $doc])+ pub $field: Words),+
        }

        impl Options {
            /// All of them, with their names in the manifest.
            pub fn iter(&self) -> impl Iterator<Item = (&'static str, &Words)> {
                [$((stringify!($field), &self.$field)),+].into_iter()
            }
        }
    };
}

options! {
    /// A token for this one command, or for `login` the one to save.
    token,
    /// The server's address.
    server,
    /// The address of the pages.
    frontend,
    /// How long `login` waits.
    timeout,
    /// How long `login` pauses between two questions.
    poll_interval,
    /// Signing in with a browser on this machine.
    browser,
    /// Signing in without an account.
    anonymous,
    /// The organization that `login` is for.
    organization,
    /// Which of a family of tools `login` is for.
    product,
    /// Not being asked.
    yes,
    /// What a new key is called when `switch-org` makes one.
    key_name,
}

/// What an option is called, and how its value is written.
#[derive(Clone, Debug, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct Words {
    /// Its names without the dashes; one letter makes a short option. The first is the one that the help shows.
    #[serde(deserialize_with = "super::one_or_many::one_or_many")]
    #[cfg_attr(
        feature = "schema",
        schemars(schema_with = "super::one_or_many::one_or_many_schema::<String>")
    )]
    pub names: Vec<String>,
    /// For times: what a plain number counts.
    pub unit: Unit,
    /// What its help says.
    pub about: Option<String>,
}

/// What a plain number counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum Unit {
    /// Seconds.
    #[default]
    #[serde(rename = "s")]
    Seconds,
    /// Milliseconds.
    #[serde(rename = "ms")]
    Milliseconds,
}
