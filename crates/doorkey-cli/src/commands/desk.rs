//! What the commands that ask the account API have in common: the account, its questions, the sign-in for one change.

use std::sync::Arc;

use doorkey::account::{Account, Created, Me, Status, Token};
use doorkey::{AccountError, Cancel, Client, Error, LoginOptions, Revocation, Secret};
use doorkey_manifest::Values;
use serde_json::{Value, json};

use super::login::Teller;
use crate::catalogue::{Look, Word};
use crate::failure::{Failure, Question};
use crate::interrupt::Watch;
use crate::prompt::{self, Asking};
use crate::table::Table;
use crate::time;
use crate::voice::Voice;

/// The account, and whoever sits before it.
pub struct Desk<'a> {
    pub client: &'a Client,
    pub voice: &'a mut Voice,
    pub account: Account<'a>,
    pub cancel: Cancel,
    asking: Arc<Asking>,
    me: Option<Me>,
    _watch: Watch,
}

impl<'a> Desk<'a> {
    /// Finds the credential and where the API is.
    pub fn open(client: &'a Client, voice: &'a mut Voice) -> Result<Desk<'a>, Failure> {
        let asking = Arc::new(Asking::default());
        // At a question nothing has happened yet; during a change nobody knows.
        let watch = voice.watch(&asking, voice.word(Word::Interrupted, &Values::new()));
        let account = client.account(&watch.cancel)?;
        Ok(Desk { client, voice, account, cancel: watch.cancel.clone(), asking, me: None, _watch: watch })
    }

    /// Whom the credential acts for; asked once.
    pub fn me(&mut self) -> Result<Me, Failure> {
        if let Some(me) = &self.me {
            return Ok(me.clone());
        }
        let me = self.account.me(&self.cancel)?;
        self.me = Some(me.clone());
        Ok(me)
    }

    /// The organization that is named, else the one that the credential acts for.
    pub fn org(&mut self, named: Option<&str>) -> Result<String, Failure> {
        match named {
            Some(named) => Ok(named.to_owned()),
            None => match self.client.profile_org()? {
                Some(org) => Ok(org),
                None => Ok(self.me()?.org.ok_or(Error::from(AccountError::NoOrganization))?.id),
            },
        }
    }

    /// The present time.
    pub fn now(&self) -> i64 {
        self.client.system().clock.now_ms()
    }

    /// Does something that needs the scope for managing: with the credential where it has that, else with a sign-in for
    /// this alone. Where nobody can sign in it fails before anything happens.
    pub fn manage<T>(
        &mut self,
        doing: Word,
        act: impl FnOnce(&Account<'a>) -> Result<T, Error>,
    ) -> Result<T, Failure> {
        let me = self.me()?;
        if me.may_manage() {
            return Ok(act(&self.account)?);
        }
        let options = LoginOptions::default();
        self.account.check_step_up(&options)?;
        if self.voice.json() || !prompt::is_possible() {
            return Err(Failure::NobodyToSignIn { json: self.voice.json() });
        }
        let doing = self.voice.word(doing, &Values::new());
        self.voice.tell(Look::Plain, Word::StepUp, &Values::new().with("detail", doing));
        let mut teller = Teller::new(self.voice);
        let (done, ended) = self.account.managing(&me, &options, &mut teller, &self.cancel, act)?;
        self.voice.stop_waiting();
        if let Revocation::Failed { .. } = ended {
            self.voice.tell(Look::Warn, Word::StepUpStays, &Values::new());
        }
        Ok(done)
    }

    /// Asks before something ends. Without somebody to ask it takes `-y`.
    pub fn confirm(&mut self, yes: bool, question: Question, text: &str) -> Result<bool, Failure> {
        if yes {
            return Ok(true);
        }
        let json = self.voice.json();
        if json || !prompt::is_possible() {
            return Err(Failure::NobodyToAsk(Question { json, ..question }));
        }
        let sure = self.asking.confirm(text, false)?;
        if !sure {
            self.voice.tell(Look::Plain, Word::NothingChanged, &Values::new());
        }
        Ok(sure)
    }

    /// A table with these columns.
    pub fn table(&self, columns: &[Word]) -> Table {
        Table::new(columns.iter().map(|column| self.voice.word(*column, &Values::new())).collect())
    }

    /// Shows a secret that was just made: what it is to the person, itself alone to standard output.
    pub fn secret(&mut self, secret: &Secret, said: (Word, &Values), remedy: String) -> Result<(), Failure> {
        self.voice.tell(Look::Done, said.0, said.1);
        lost(self.voice.data(secret.expose()), remedy)
    }

    /// Shows a token or key that was just made.
    pub fn created(
        &mut self,
        made: &Created,
        word: Word,
        values: Values,
        remedy: &str,
    ) -> Result<u8, Failure> {
        let remedy = format!("{remedy} {}", made.token.id);
        if self.voice.json() {
            let shown = json!({ "secret": made.secret.expose(), "token": value(&made.token) });
            lost(self.voice.result(&shown), remedy)?;
            return Ok(0);
        }
        let until = match made.token.expires_at {
            None => self.voice.word(Word::LastsForEver, &Values::new()),
            Some(end) => {
                let until = time::until(end.ms(), self.now());
                self.voice.word(Word::LastsUntil, &Values::new().with("detail", until))
            }
        };
        let values = values.with("key.name", made.token.name.as_str()).with("why", until);
        self.secret(&made.secret, (word, &values), remedy)?;
        Ok(0)
    }

    /// What a question says about a token: its name, its end and its latest use.
    pub fn token_values(&self, token: &Token) -> Values {
        let used = match &token.last_used {
            None => self.voice.word(Word::NeverUsed, &Values::new()),
            Some(used) => {
                let ago = time::ago(used.at.ms(), self.now());
                self.voice.word(Word::LastUsed, &Values::new().with("detail", ago))
            }
        };
        Values::new()
            .with("key.name", token.name.as_str())
            .with("key.id", format!("…{}", token.last_four))
            .with("detail", used)
    }

    /// What became of the old one after a replacement.
    pub fn overlap_values(&self, token: &Token, overlap: std::time::Duration) -> Values {
        let old = if overlap.is_zero() {
            self.voice.word(Word::OldOneEnded, &Values::new())
        } else {
            let words = time::in_words(overlap);
            self.voice.word(Word::OldOneStays, &Values::new().with("time_left", words))
        };
        Values::new().with("key.id", format!("…{}", token.last_four)).with("detail", old)
    }

    /// The latest use, in a table.
    pub fn used(&self, token: &Token) -> String {
        match &token.last_used {
            None => self.voice.word(Word::UsedNever, &Values::new()),
            Some(used) => time::ago(used.at.ms(), self.now()),
        }
    }

    /// Until when it works, in a table.
    pub fn ends(&self, token: &Token) -> String {
        let now = self.now();
        let word = |word, detail: String| self.voice.word(word, &Values::new().with("detail", detail));
        let overlap = token.overlap_ends_at.filter(|end| end.ms() > now);
        match (token.status, overlap, token.expires_at) {
            (Status::Revoked, ..) => word(Word::EndsRevoked, String::new()),
            (_, Some(end), _) => word(Word::ReplacedUntil, time::until(end.ms(), now)),
            (_, None, None) => word(Word::EndsNever, String::new()),
            (status, None, Some(end)) if end.ms() <= now || status == Status::Expired => {
                word(Word::EndsExpired, time::ago(end.ms(), now))
            }
            (_, None, Some(end)) => time::until(end.ms(), now),
        }
    }
}

/// A secret that nobody got is no use, and somebody has to know.
fn lost(written: Result<(), Failure>, remedy: String) -> Result<(), Failure> {
    match written {
        Err(Failure::NobodyReads) => Err(Failure::SecretLost { remedy, source: None }),
        Err(Failure::Output(source)) => Err(Failure::SecretLost { remedy, source: Some(source) }),
        other => other,
    }
}

/// What a token begins and ends with.
pub fn mark(token: &Token) -> String {
    format!("{}…{}", token.start, token.last_four)
}

/// A value of the API, for programs.
pub fn value(of: &impl serde::Serialize) -> Value {
    serde_json::to_value(of).unwrap_or_default()
}
