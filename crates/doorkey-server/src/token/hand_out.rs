//! Handing out personal access tokens and keys, and replacing them.

use std::{sync::Arc, time::Duration};

use doorkey_manifest::{Secret, TokenFormat};
use serde_json::json;

use super::{Holder, Lifetime, LongLived, Status, TokenKind, issue::shown};
use crate::{
    Domain,
    app::{App, LongLivedRules},
    asker::{Asker, Refusal},
    audit::{Action, Actor, Event},
    clock::Time,
    id::{AccountId, GrantId},
    network::Network,
    org::{Membership, Role},
    sign_in::hash,
    store::{NewLongLivedRow, StoreError, Successor, Tx},
    text,
};

/// The longest time for which a token and its successor may both work.
pub const LONGEST_OVERLAP: Duration = Duration::from_hours(24 * 30);
/// How many working tokens an account may have for one app, and how many working keys an organization.
const MOST: usize = 500;
/// How many networks an allow list may hold.
const MOST_NETWORKS: usize = 50;
/// The highest rate that a key may have, in requests per minute.
const HIGHEST_RATE: u32 = 1_000_000;

/// A personal access token that is wanted.
#[derive(Debug, Clone, Default)]
pub struct NewToken<'a> {
    /// For which app.
    pub app: &'a str,
    /// What to call it.
    pub name: &'a str,
    /// What it shall allow; nothing means what the app usually needs.
    pub scopes: Vec<String>,
    /// How long it shall live.
    pub lifetime: Lifetime,
    /// The organization to act for, by its id or its slug; without it the personal one.
    pub org: Option<&'a str>,
}

/// A key of an organization that is wanted.
#[derive(Debug, Clone, Default)]
pub struct NewKey<'a> {
    /// For which app.
    pub app: &'a str,
    /// The organization, by its id or its slug.
    pub org: &'a str,
    /// What to call it.
    pub name: &'a str,
    /// Which of the app's kinds; without it the first.
    pub kind: Option<&'a str>,
    /// What it shall allow; nothing means what the app usually needs.
    pub scopes: Vec<String>,
    /// How long it shall live.
    pub lifetime: Lifetime,
    /// How many requests a minute it may make.
    pub rate_limit: Option<u32>,
    /// From where it may be used; from anywhere if there is none.
    pub allow: Vec<Network>,
    /// The program that holds it; without one the organization does.
    pub service_account: Option<AccountId>,
}

/// How a token is to be replaced.
#[derive(Debug, Clone, Copy, Default)]
pub struct Rotation {
    /// For how long the old one works on.
    pub overlap: Duration,
    /// How long the new one lives; usual is as long as the old one did.
    pub lifetime: Lifetime,
}

/// A token that was just made. This is the one time that its secret is there to be shown.
#[derive(Debug, Clone)]
pub struct HandedOut {
    /// The token itself.
    pub secret: Secret,
    /// What is known of it from now on.
    pub token: LongLived,
}

impl Domain {
    /// Makes a personal access token for the asker.
    pub async fn create_personal_token(
        &self,
        asker: &Asker,
        new: NewToken<'_>,
    ) -> Result<HandedOut, Refusal> {
        asker.must_manage()?;
        let app = self.app_for(new.app)?;
        let name = text::name(new.name).map_err(Refusal::name)?;
        let Some(rules) = &app.personal else {
            return Err(Refusal::invalid("app", format!("{} has no personal access tokens", app.title)));
        };
        let scopes = scopes(&app, new.scopes)?;
        let personal = match new.org {
            Some(org) => org.to_owned(),
            None => self.personal_org(asker).await?,
        };
        let (mut tx, membership) = self.enter(asker, &personal, Role::Member, Action::TokenCreated).await?;
        let now = self.now();
        let working = tx.working_grants(asker.account, &app.name, "personal", now).await?;
        let ready = refuse_too_many(working).and_then(|()| end(rules, &membership, new.lifetime, now));
        let expires_at = match ready {
            Ok(end) => end,
            Err(refusal) => return abandon(tx, refusal).await,
        };
        let (id, secret) = (GrantId::fresh(now, &*self.entropy), self.draw(&rules.format));
        tx.insert_long_lived(NewLongLivedRow {
            id,
            app: &app.name,
            kind: TokenKind::Personal,
            holder: asker.account,
            org: Some(membership.org.id),
            name: &name,
            key_kind: None,
            scopes: &scopes,
            created_by: asker.account,
            rate_limit: None,
            allow: &[],
            token: successor(&secret, &rules.format, expires_at),
            now,
        })
        .await?;
        let event = Event::done(Action::TokenCreated, Actor::Account(asker.account)).account(asker.account);
        let event = event.app(&app.name).org(membership.org.id).subject("grant", id).from(&asker.origin);
        self.record(&mut tx, event.detail(json!({ "name": name, "scopes": scopes }))).await?;
        tx.commit().await?;
        self.handed_out(secret, id).await
    }

    /// Makes a key of an organization.
    pub async fn create_key(&self, asker: &Asker, new: NewKey<'_>) -> Result<HandedOut, Refusal> {
        asker.must_manage()?;
        let app = self.app_for(new.app)?;
        let name = text::name(new.name).map_err(Refusal::name)?;
        let (kind, format) = kind(&app, new.kind)?;
        let scopes = scopes(&app, new.scopes)?;
        if new.rate_limit.is_some_and(|rate| rate == 0 || rate > HIGHEST_RATE) {
            return Err(Refusal::invalid("rate_limit", format!("choose from 1 to {HIGHEST_RATE} a minute")));
        }
        if new.allow.len() > MOST_NETWORKS {
            return Err(Refusal::invalid("allow", format!("at most {MOST_NETWORKS} networks")));
        }
        let own = app.keys_of_people && new.service_account.is_none();
        let needed = if own { Role::Member } else { Role::Admin };
        let (mut tx, membership) = self.enter(asker, new.org, needed, Action::KeyCreated).await?;
        let (org, now) = (membership.org.id, self.now());
        let holder = match new.service_account {
            Some(account) if tx.is_service_account(org, account).await? => Ok(account),
            Some(_) => Err(Refusal::NotFound("service account")),
            None if own => Ok(asker.account),
            None => Ok(self.account_of_org(&mut tx, &membership, now).await?),
        };
        let rules = LongLivedRules { format: format.clone(), ..app.key_rules.clone() };
        let working = if own {
            tx.working_grants(asker.account, &app.name, "api_key", now).await?
        } else {
            tx.working_keys(org, now).await?
        };
        let ready = refuse_too_many(working)
            .and(holder)
            .and_then(|holder| Ok((holder, end(&rules, &membership, new.lifetime, now)?)));
        let (holder, expires_at) = match ready {
            Ok(ready) => ready,
            Err(refusal) => return abandon(tx, refusal).await,
        };
        let (id, secret) = (GrantId::fresh(now, &*self.entropy), self.draw(&format));
        tx.insert_long_lived(NewLongLivedRow {
            id,
            app: &app.name,
            kind: TokenKind::ApiKey,
            holder,
            org: Some(org),
            name: &name,
            key_kind: Some(&kind),
            scopes: &scopes,
            created_by: asker.account,
            rate_limit: new.rate_limit,
            allow: &new.allow,
            token: successor(&secret, &format, expires_at),
            now,
        })
        .await?;
        let event = Event::done(Action::KeyCreated, Actor::Account(asker.account)).account(asker.account);
        let event = event.app(&app.name).org(org).subject("grant", id).from(&asker.origin);
        let detail = json!({ "name": name, "kind": kind, "scopes": scopes });
        self.record(&mut tx, event.detail(detail)).await?;
        tx.commit().await?;
        self.handed_out(secret, id).await
    }

    /// Replaces one of the asker's personal access tokens.
    pub async fn rotate_personal_token(
        &self,
        asker: &Asker,
        id: GrantId,
        rotation: Rotation,
    ) -> Result<HandedOut, Refusal> {
        asker.must_manage()?;
        let token = self.own_token(asker, id, Action::TokenRotated).await?;
        let app = self.app_for(&token.app)?;
        let Some(rules) = app.personal.clone() else { return Err(Refusal::NotFound("token")) };
        // It acts for an organization that its owner may have left since; then there is nothing to replace.
        let org = token.org.as_ref().map(|org| org.id.to_string()).unwrap_or_default();
        let (tx, membership) = self.enter(asker, &org, Role::Member, Action::TokenRotated).await?;
        let secret =
            self.replace(tx, asker, &token, &rules, &membership, rotation, Action::TokenRotated).await?;
        self.handed_out(secret, id).await
    }

    /// Replaces one of an organization's keys. One that acts for a person is replaced by that person alone: whoever replaces
    /// a key learns its secret.
    pub async fn rotate_key(
        &self,
        asker: &Asker,
        org: &str,
        id: GrantId,
        rotation: Rotation,
    ) -> Result<HandedOut, Refusal> {
        asker.must_manage()?;
        let membership = self.membership(asker, org).await?;
        let key = self.org_key(asker, &membership, id, Action::KeyRotated).await?;
        if key.from_sign_in {
            let refusal = Refusal::Conflict("a sign-in gave this key; sign in again for another".to_owned());
            return self.refuse(asker, Action::KeyRotated, Some(membership.org.id), refusal).await;
        }
        let own = key.kept_by.account == asker.account;
        if key.kept_by.holder == Holder::Person && !own {
            let refusal = Refusal::Conflict(format!("this key acts for {}", key.kept_by.name));
            return self.refuse(asker, Action::KeyRotated, Some(membership.org.id), refusal).await;
        }
        let app = self.app_for(&key.app)?;
        let (_, format) = kind(&app, key.key_kind.as_deref())?;
        let rules = LongLivedRules { format, ..app.key_rules.clone() };
        let needed = if own { Role::Member } else { Role::Admin };
        let (tx, membership) = self.enter(asker, org, needed, Action::KeyRotated).await?;
        let secret = self.replace(tx, asker, &key, &rules, &membership, rotation, Action::KeyRotated).await?;
        self.handed_out(secret, id).await
    }

    #[expect(clippy::too_many_arguments, reason = "all of them say what is replaced by what")]
    async fn replace(
        &self,
        mut tx: Tx,
        asker: &Asker,
        old: &LongLived,
        rules: &LongLivedRules,
        membership: &Membership,
        rotation: Rotation,
        action: Action,
    ) -> Result<Secret, Refusal> {
        let now = self.now();
        let lifetime = match (rotation.lifetime, old.expires_at) {
            (Lifetime::Usual, Some(at)) => Lifetime::For(old.issued_at.until(at)),
            (Lifetime::Usual, None) => Lifetime::Unending,
            (chosen, _) => chosen,
        };
        let expires_at = match end(rules, membership, lifetime, now) {
            _ if old.status == Status::Revoked => {
                return abandon(tx, Refusal::Conflict("it was revoked; make a new one".to_owned())).await;
            }
            _ if rotation.overlap > LONGEST_OVERLAP => {
                let message = "the old one may work on for 30 days at most";
                return abandon(tx, Refusal::invalid("overlap", message)).await;
            }
            Ok(end) => end,
            Err(refusal) => return abandon(tx, refusal).await,
        };
        let old_ends = now.plus(rotation.overlap);
        if !tx.replace_token(old.id, old_ends, expires_at, now).await? {
            return abandon(tx, Refusal::Conflict("it was revoked or replaced just now".to_owned())).await;
        }
        let secret = self.draw(&rules.format);
        let token = successor(&secret, &rules.format, expires_at);
        tx.insert_successor(old.id, old.kind, &old.scopes, token, now).await?;
        let event = Event::done(action, Actor::Account(asker.account)).app(&old.app).account(asker.account);
        let event = event.org(membership.org.id).subject("grant", old.id).from(&asker.origin);
        let detail = json!({ "name": old.name, "overlap": rotation.overlap.as_secs() });
        self.record(&mut tx, event.detail(detail)).await?;
        tx.commit().await?;
        Ok(secret)
    }

    async fn handed_out(&self, secret: Secret, id: GrantId) -> Result<HandedOut, Refusal> {
        let token = self.store.long_lived(id, self.now()).await?;
        let token = token.ok_or(StoreError::Corrupt("a token that was just made is missing"))?;
        Ok(HandedOut { secret, token })
    }

    fn app_for(&self, name: &str) -> Result<Arc<App>, Refusal> {
        self.apps.get(name).map(Arc::clone).ok_or(Refusal::NotFound("app"))
    }

    fn draw(&self, format: &TokenFormat) -> Secret {
        format.from_entropy(|bytes| self.entropy.fill(bytes))
    }

    async fn personal_org(&self, asker: &Asker) -> Result<String, Refusal> {
        let all = self.memberships(asker.account).await?;
        let own = all.iter().find(|membership| membership.personal).or(all.first());
        own.map(|membership| membership.org.id.to_string()).ok_or(Refusal::NotFound("organization"))
    }

    /// The account that is an organization itself. It is made with the first key.
    async fn account_of_org(
        &self,
        tx: &mut Tx,
        membership: &Membership,
        now: Time,
    ) -> Result<AccountId, StoreError> {
        let (org, name) = (membership.org.id, &membership.org.name);
        if let Some(account) = tx.account_of_org(org).await? {
            return Ok(account);
        }
        let account = AccountId::fresh(now, &*self.entropy);
        let kind = Holder::Organization.as_str();
        tx.insert_holder(account, kind, Some(org), name, None, None, now).await?;
        tx.account_of_org(org)
            .await?
            .ok_or(StoreError::Corrupt("an organization's own account that was just made is missing"))
    }
}

/// Forgets a change and says why.
async fn abandon<T>(tx: Tx, refusal: Refusal) -> Result<T, Refusal> {
    tx.rollback().await?;
    Err(refusal)
}

fn successor<'a>(secret: &'a Secret, format: &TokenFormat, expires_at: Option<Time>) -> Successor<'a> {
    let (start, last_four) = shown(secret, format.prefix());
    Successor { hash: hash(secret), start, last_four, expires_at }
}

/// The scopes that are asked for, if the app has them all.
fn scopes(app: &App, asked: Vec<String>) -> Result<Vec<String>, Refusal> {
    if asked.is_empty() {
        return Ok(app.default_scopes.clone());
    }
    if let Some(unknown) = asked.iter().find(|scope| !app.scopes.contains(scope)) {
        let known = app.scopes.join(", ");
        return Err(Refusal::invalid(
            "scopes",
            format!("{} has no scope `{unknown}`; it has: {known}", app.title),
        ));
    }
    let mut scopes: Vec<String> = Vec::new();
    for scope in asked {
        if !scopes.contains(&scope) {
            scopes.push(scope);
        }
    }
    Ok(scopes)
}

/// The kind of key that is asked for: its name and its format.
fn kind(app: &App, asked: Option<&str>) -> Result<(String, TokenFormat), Refusal> {
    let found = match asked {
        Some(asked) => app.keys.iter().find(|(name, _)| name == asked),
        None => app.keys.first(),
    };
    found.cloned().ok_or_else(|| match app.keys.as_slice() {
        [] => Refusal::invalid("app", format!("{} has no keys", app.title)),
        known => {
            let known: Vec<&str> = known.iter().map(|(name, _)| name.as_str()).collect();
            Refusal::invalid("kind", format!("{} has these kinds of keys: {}", app.title, known.join(", ")))
        }
    })
}

fn refuse_too_many(working: usize) -> Result<(), Refusal> {
    if working >= MOST {
        return Err(Refusal::Conflict(format!("there are {MOST} that work already; revoke some first")));
    }
    Ok(())
}

/// When a token ends that begins now: as is wanted, within what the app and the organization allow.
fn end(
    rules: &LongLivedRules,
    membership: &Membership,
    lifetime: Lifetime,
    now: Time,
) -> Result<Option<Time>, Refusal> {
    let longest = [rules.longest, membership.longest_token].into_iter().flatten().min();
    let wanted = match lifetime {
        Lifetime::Usual => {
            rules.usual.map_or(longest, |usual| Some(longest.map_or(usual, |most| most.min(usual))))
        }
        Lifetime::Unending => None,
        Lifetime::For(duration) => Some(duration),
    };
    match (wanted, longest) {
        (Some(wanted), _) if wanted < Duration::from_mins(1) => {
            Err(Refusal::invalid("expires_in", "a token lives for a minute at least"))
        }
        (Some(wanted), Some(longest)) if wanted > longest => Err(too_long(longest)),
        (None, Some(longest)) => Err(too_long(longest)),
        (Some(wanted), _) => Ok(Some(now.plus(wanted))),
        (None, None) => Ok(None),
    }
}

fn too_long(longest: Duration) -> Refusal {
    let hours = longest.as_secs() / 3_600;
    let longest = if hours >= 48 { format!("{} days", hours / 24) } else { format!("{hours} hours") };
    Refusal::invalid("expires_in", format!("it must end within {longest}"))
}
