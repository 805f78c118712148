//! Making an account and signing in to it.

use doorkey_manifest::Secret;
use serde_json::json;

use super::{
    LONGEST_PASSWORD, SHORTEST_PASSWORD, Session, SignedIn, common::is_common, email::Email,
    password::HasherBusy,
};
use crate::{
    Domain,
    audit::{Action, Actor, Event, Origin},
    id::{AccountId, OrgId},
    org,
    store::{NewAccountRow, StoreError},
    throttle::{self, PasswordCharges, Throttled},
};

/// How often a slug is drawn again when another organization has it.
const DRAWS: usize = 4;

/// What a person types.
#[derive(Debug, Clone)]
pub struct Credentials {
    /// The e-mail address, as it was typed.
    pub email: String,
    /// The password, as it was typed.
    pub password: Secret,
}

/// Why there is no new account.
#[derive(Debug, thiserror::Error)]
pub enum SignUpError {
    /// The address can't be one.
    #[error("this isn't an e-mail address")]
    Email,
    /// The password is too short.
    #[error("a password needs at least {SHORTEST_PASSWORD} characters")]
    PasswordTooShort,
    /// The password is too long.
    #[error("a password has at most {LONGEST_PASSWORD} characters")]
    PasswordTooLong,
    /// Everybody would guess it.
    #[error("this password is one of the first that anybody would guess; choose another")]
    PasswordCommon,
    /// There is an account with this address.
    #[error("there is an account with this e-mail address; sign in instead")]
    Taken,
    /// Too many accounts from one address.
    #[error(transparent)]
    Throttled(#[from] Throttled),
    /// Too many at this moment.
    #[error(transparent)]
    Busy(#[from] HasherBusy),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why a person isn't signed in.
#[derive(Debug, thiserror::Error)]
pub enum AuthenticateError {
    /// There is no such account, or it has another password. Which of the two is nobody's business.
    #[error("the e-mail address and the password don't go together")]
    Wrong,
    /// Too many wrong passwords.
    #[error(transparent)]
    Throttled(#[from] Throttled),
    /// Too many at this moment.
    #[error(transparent)]
    Busy(#[from] HasherBusy),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Domain {
    /// Makes an account with its personal organization, and signs it in.
    pub async fn sign_up(
        &self,
        new: Credentials,
        current: Option<&Session>,
        origin: &Origin,
    ) -> Result<SignedIn, SignUpError> {
        let email = Email::parse(&new.email).ok_or(SignUpError::Email)?;
        refuse_weak(&new.password, &email)?;
        if let Some(throttled) = self.charge(&throttle::sign_up(&self.keys, origin.address)).await? {
            return Err(throttled.into());
        }
        let password = self.passwords.turn().await?.hash(new.password, &*self.entropy).await?;
        let now = self.now();
        let account = AccountId::fresh(now, &*self.entropy);
        let mut tx = self.store.begin().await?;
        let row =
            NewAccountRow { id: account, email: &email, name: email.local_part(), password: &password, now };
        if !tx.insert_account(row).await? {
            tx.rollback().await?;
            return Err(SignUpError::Taken);
        }
        let org = OrgId::fresh(now, &*self.entropy);
        let mut slug = org::slug(email.local_part(), None);
        let mut draws = 0;
        while !tx.insert_personal_org(org, account, &slug, email.local_part(), now).await? {
            draws += 1;
            if draws > DRAWS {
                tx.rollback().await?;
                return Err(StoreError::Busy.into());
            }
            slug = org::slug(email.local_part(), Some(self.random_number()));
        }
        let event = Event::done(Action::AccountCreated, Actor::Account(account)).account(account).org(org);
        self.record(&mut tx, event.subject("account", account).from(origin)).await?;
        let signed_in = self.begin_session(&mut tx, account, current, origin).await?;
        tx.commit().await?;
        Ok(signed_in)
    }

    /// Signs a person in. In the browser where the same account is signed in already, its session goes on with a new
    /// secret; another account's session ends.
    pub async fn authenticate(
        &self,
        typed: Credentials,
        current: Option<&Session>,
        origin: &Origin,
    ) -> Result<SignedIn, AuthenticateError> {
        // Where there can't be an account, everything goes on as if there could, and fails.
        let email = Email::parse(&typed.email);
        let key =
            email.map_or_else(|| typed.email.chars().take(LONGEST_PASSWORD).collect(), |email| email.key);
        let charges = throttle::password(&self.keys, &key, origin.address);
        self.refuse_throttled(&charges, &key, origin).await?;
        let turn = self.passwords.turn().await?;
        // Asked again with the turn in hand: of many guesses at once, only as many as hash at once aren't counted yet.
        self.refuse_throttled(&charges, &key, origin).await?;
        let account = self.store.password_of(&key).await?;
        let phc = account.as_ref().map_or(self.passwords.nobody(), |a| a.password.as_str());
        let possible = typed.password.expose().chars().count() <= LONGEST_PASSWORD;
        let password = if possible { typed.password } else { Secret::new("") };
        let (right, turn) = turn.verify(password, phc).await?;
        let mut tx = self.store.begin().await?;
        let known = account.map(|a| a.id);
        if let Some(account) = known.filter(|_| right && possible) {
            drop(turn);
            let signed_in = self.begin_session(&mut tx, account, current, origin).await?;
            tx.commit().await?;
            return Ok(signed_in);
        }
        for charge in charges.address.iter().chain(&charges.account) {
            tx.charge(charge, self.now()).await?;
        }
        let event = Event::refused(Action::SessionRefused, Actor::Anyone).account(known).from(origin);
        self.record(&mut tx, event.detail(json!({ "reason": "password" }))).await?;
        tx.commit().await?;
        drop(turn);
        Err(AuthenticateError::Wrong)
    }

    async fn refuse_throttled(
        &self,
        charges: &PasswordCharges,
        email_key: &str,
        origin: &Origin,
    ) -> Result<(), AuthenticateError> {
        if let Some(throttled) = self.throttled(&charges.address).await? {
            return Err(throttled.into());
        }
        match self.throttled(&charges.account).await? {
            Some(throttled) if !self.store.was_signed_in_from(email_key, origin.address).await? => {
                Err(throttled.into())
            }
            _ => Ok(()),
        }
    }
}

fn refuse_weak(password: &Secret, email: &Email) -> Result<(), SignUpError> {
    let text = password.expose();
    let length = text.chars().count();
    if length < SHORTEST_PASSWORD {
        return Err(SignUpError::PasswordTooShort);
    }
    if length > LONGEST_PASSWORD {
        return Err(SignUpError::PasswordTooLong);
    }
    let lower = text.to_lowercase();
    if is_common(text) || lower == email.key || lower == email.local_part().to_lowercase() {
        return Err(SignUpError::PasswordCommon);
    }
    Ok(())
}
