//! What the service's pages are called in a product's words, and at which of its addresses they stand.

use serde::Deserialize;

use crate::Template;

/// What the service's pages are called in the product's words, and at which addresses they stand besides Doorkey's own.
/// What isn't there has the usual words.
#[derive(Clone, Debug, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct Pages {
    /// Personal access tokens: `path`, `also`, `trail`, `title`, `lead`, `create`, `created`.
    pub tokens: Page,
    /// The keys of an organization: `path`, `also`, `trail`, `title`, `lead`, `create`, `created`.
    pub keys: Page,
    /// Organizations: `path`, `also`, `trail`, `title`, `lead`, `create`.
    pub orgs: Page,
    /// Terminals and browsers that are signed in: `path`, `also`, `trail`, `title`, `lead`.
    pub devices: Page,
    /// What happened: `path`, `also`, `trail`, `title`, `lead`.
    pub activity: Page,
    /// Where a code is entered or compared: `path`, `link`, `title`, `lead`.
    pub device: Page,
    /// The question whether a tool may sign in: `path`, `link`, `title`, `lead`, `approve`, `deny`.
    pub approve: Page,
}

impl Pages {
    /// All of them, with their names in the manifest.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &Page)> {
        [
            ("tokens", &self.tokens),
            ("keys", &self.keys),
            ("orgs", &self.orgs),
            ("devices", &self.devices),
            ("activity", &self.activity),
            ("device", &self.device),
            ("approve", &self.approve),
        ]
        .into_iter()
    }

    /// The page that stands at this path of the product.
    pub fn at(&self, path: &str) -> Option<&'static str> {
        self.iter().find(|(_, page)| page.path.as_deref() == Some(path)).map(|(name, _)| name)
    }

    /// The settings that a page has.
    pub(super) fn settings_of(page: &str) -> &'static [&'static str] {
        match page {
            "tokens" | "keys" => &["path", "also", "trail", "title", "lead", "create", "created"],
            "orgs" => &["path", "also", "trail", "title", "lead", "create"],
            "devices" | "activity" => &["path", "also", "trail", "title", "lead"],
            "device" => &["path", "link", "title", "lead"],
            _ => &["path", "link", "title", "lead", "approve", "deny"],
        }
    }
}

/// A page in the product's words. No page has all of these.
#[derive(Clone, Debug, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct Page {
    /// Where the page stands under the product's own address, besides Doorkey's. Begins with `/`.
    pub path: Option<String>,
    /// Where it stands, too: paths that other versions of the product's command name.
    pub also: Vec<String>,
    /// The whole link that leads there, written and read: `{ "$url" = "{frontend}/link", query = { code = "{user_code}" } }`.
    /// `device` has `{user_code}` in it, `approve` has `{approval_id}`.
    pub link: Option<Template>,
    /// The steps that lead to it, shown above the title.
    pub trail: Vec<String>,
    /// Its title.
    pub title: Option<String>,
    /// A sentence under the title.
    pub lead: Option<String>,
    /// The button that makes a new one.
    pub create: Option<String>,
    /// What is said beside a new secret, the only time that it is shown.
    pub created: Option<String>,
    /// The button that lets a tool sign in.
    pub approve: Option<String>,
    /// The button that refuses it.
    pub deny: Option<String>,
}
