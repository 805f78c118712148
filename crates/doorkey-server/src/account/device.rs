//! Where an account is signed in: browsers, and terminals with the tools that were signed in there.

use std::fmt;

use serde_json::json;

use crate::{
    Domain,
    asker::{Asker, Refusal},
    audit::{Action, Actor, Event},
    clock::Time,
    id::{GrantId, SessionId},
    org::Org,
    token::Use,
};

/// What names a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeviceId {
    /// A browser's session.
    Browser(SessionId),
    /// What a sign-in gave a tool.
    Terminal(GrantId),
}

impl fmt::Display for DeviceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Browser(id) => id.fmt(f),
            Self::Terminal(id) => id.fmt(f),
        }
    }
}

/// Something that is signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Device {
    /// Its name for programs.
    pub id: DeviceId,
    /// What to call it: what the machine calls itself, or which browser it is.
    pub name: String,
    /// The app, where it is a terminal.
    pub app: Option<String>,
    /// For which organization it acts, where it is a terminal.
    pub org: Option<Org>,
    /// When it was signed in.
    pub created_at: Time,
    /// When and from where it was last used, as far as that is known.
    pub last_used: Option<Use>,
    /// Whether it is the one that asks.
    pub current: bool,
}

impl Domain {
    /// Where the asker is signed in, the last used first.
    pub async fn devices(&self, asker: &Asker) -> Result<Vec<Device>, Refusal> {
        let mut all = self.store.terminals(asker.account, self.now()).await?;
        for session in self.sessions(asker.account).await? {
            all.push(Device {
                id: DeviceId::Browser(session.id),
                name: browser_name(session.user_agent.as_deref()),
                app: None,
                org: None,
                created_at: session.created_at,
                last_used: Some(Use {
                    at: session.seen_at,
                    address: session.address,
                    agent: session.user_agent,
                }),
                current: false,
            });
        }
        for device in &mut all {
            device.current = match device.id {
                DeviceId::Browser(id) => asker.session == Some(id),
                DeviceId::Terminal(id) => asker.grant == Some(id),
            };
        }
        all.sort_by_key(|device| {
            std::cmp::Reverse(device.last_used.as_ref().map_or(device.created_at, |u| u.at))
        });
        Ok(all)
    }

    /// Signs one of the asker's devices out.
    pub async fn end_device(&self, asker: &Asker, id: &str) -> Result<Device, Refusal> {
        let all = self.devices(asker).await?;
        let Some(device) = all.into_iter().find(|device| device.id.to_string() == id) else {
            return self.refuse(asker, Action::GrantRevoked, None, Refusal::NotFound("device")).await;
        };
        match device.id {
            DeviceId::Browser(session) => {
                self.end_session(asker.account, session, &asker.origin).await?;
            }
            DeviceId::Terminal(grant) => {
                let mut tx = self.store.begin().await?;
                tx.revoke_grant(grant, self.now()).await?;
                let event = Event::done(Action::GrantRevoked, Actor::Account(asker.account));
                let event = event.account(asker.account).subject("grant", grant).from(&asker.origin);
                self.record(&mut tx, event.detail(json!({ "name": device.name }))).await?;
                tx.commit().await?;
            }
        }
        Ok(device)
    }

    /// Signs the asker out everywhere: all browsers, this one too, and all that sign-ins gave to tools. Personal access
    /// tokens and keys, which somebody made on purpose, go on. Says how many devices there were.
    pub async fn sign_out_everywhere(&self, asker: &Asker) -> Result<usize, Refusal> {
        let all = self.devices(asker).await?;
        for device in &all {
            self.end_device(asker, &device.id.to_string()).await?;
        }
        let event = Event::done(Action::SignedOutEverywhere, Actor::Account(asker.account));
        let event = event.account(asker.account).subject("account", asker.account).from(&asker.origin);
        self.record_alone(event.detail(json!({ "devices": all.len() }))).await?;
        Ok(all.len())
    }
}

/// What a browser is called, as far as it says: `Firefox on Linux`.
pub(crate) fn browser_name(agent: Option<&str>) -> String {
    let agent = agent.unwrap_or_default();
    let first = |names: &[(&str, &'static str)]| {
        names.iter().find(|(sign, _)| agent.contains(sign)).map(|(_, name)| *name)
    };
    // The more particular first: nearly all claim to be Mozilla, Chrome and Safari, too.
    let browser = first(&[
        ("Edg/", "Edge"),
        ("OPR/", "Opera"),
        ("Firefox/", "Firefox"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
    ]);
    let system = first(&[
        ("Android", "Android"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Windows", "Windows"),
        ("Mac OS", "macOS"),
        ("Linux", "Linux"),
    ]);
    match (browser, system) {
        (Some(browser), Some(system)) => format!("{browser} on {system}"),
        (Some(browser), None) => browser.to_owned(),
        (None, _) => "A browser".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_browser_is_called_by_its_name() {
        let of = |agent| browser_name(Some(agent));
        assert_eq!(
            of("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"),
            "Firefox on Linux"
        );
        assert_eq!(
            of("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/143.0 Safari/537.36 Edg/143.0"),
            "Edge on Windows"
        );
        assert_eq!(of("curl/8.5"), "A browser");
        assert_eq!(browser_name(None), "A browser");
    }
}
