//! To whom else the credential may go, when another program asks for it: git, docker, cargo and their like.

use serde::Deserialize;

use crate::origin::Origin;

/// Which other hosts a credential of this product is for, per program that may ask for it. The product's own server needs no
/// mention; a credential of another server than `server.url` goes to none of these.
#[derive(Clone, Debug, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct Helpers {
    /// For `helper git`.
    pub git: UserAndToken,
    /// For `helper docker`, which serves podman, skopeo and buildah, too.
    pub docker: UserAndToken,
    /// For `helper cargo`.
    pub cargo: CargoToken,
    /// For `helper kubectl`.
    pub kubectl: TokenAlone,
    /// For `helper npm`.
    pub npm: TokenAlone,
    /// For `helper bazel`.
    pub bazel: TokenAlone,
}

/// A program that sends a user name and a password: the password is the token.
#[derive(Clone, Debug, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct UserAndToken {
    /// The origins besides the server's own.
    pub origins: Vec<Origin>,
    /// The user name that goes with the token. `oauth2` where nothing is said.
    pub user: Option<String>,
}

/// cargo.
#[derive(Clone, Debug, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct CargoToken {
    /// The origins besides the server's own.
    pub origins: Vec<Origin>,
    /// cargo sends the token as it is. A registry that wants `Bearer` before it says so here.
    pub bearer: bool,
}

/// A program that sends the token alone.
#[derive(Clone, Debug, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct TokenAlone {
    /// The origins besides the server's own.
    pub origins: Vec<Origin>,
}

/// A program that may ask for a credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Helper {
    /// git's credential helpers.
    Git,
    /// docker's credential helpers.
    Docker,
    /// cargo's credential providers.
    Cargo,
    /// kubectl's exec plugins.
    Kubectl,
    /// npm's `.npmrc`.
    Npm,
    /// bazel's credential helpers.
    Bazel,
}

impl Helper {
    /// Every one, in the order of the book.
    pub const ALL: [Helper; 6] =
        [Helper::Git, Helper::Docker, Helper::Cargo, Helper::Kubectl, Helper::Npm, Helper::Bazel];

    /// Its name on the command line and in a manifest.
    pub fn name(self) -> &'static str {
        match self {
            Helper::Git => "git",
            Helper::Docker => "docker",
            Helper::Cargo => "cargo",
            Helper::Kubectl => "kubectl",
            Helper::Npm => "npm",
            Helper::Bazel => "bazel",
        }
    }
}

impl Helpers {
    /// The origins besides the server's own that a credential may go to by way of this program.
    pub fn origins(&self, helper: Helper) -> &[Origin] {
        match helper {
            Helper::Git => &self.git.origins,
            Helper::Docker => &self.docker.origins,
            Helper::Cargo => &self.cargo.origins,
            Helper::Kubectl => &self.kubectl.origins,
            Helper::Npm => &self.npm.origins,
            Helper::Bazel => &self.bazel.origins,
        }
    }
}

impl UserAndToken {
    /// The user name that goes with the token.
    pub fn user(&self) -> &str {
        self.user.as_deref().unwrap_or("oauth2")
    }
}
