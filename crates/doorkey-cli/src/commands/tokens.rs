//! `tokens`: personal access tokens.

use doorkey::Cancel;
use doorkey::account::{NewToken, pick};
use doorkey_manifest::Values;
use serde_json::json;

use super::desk::{Desk, mark, value};
use crate::arguments::{NewTokenArguments, Revocation, Rotation, Tokens, TokensCommand};
use crate::catalogue::{Look, Word};
use crate::failure::{Failure, Question};

const QUESTION: Question =
    Question { command: "tokens revoke", does: "revokes a token", verb: "revoke", json: false };

pub fn run(desk: &mut Desk<'_>, wishes: Tokens) -> Result<u8, Failure> {
    match wishes.command {
        None | Some(TokensCommand::List) => list(desk),
        Some(TokensCommand::Create(wishes)) => create(desk, wishes),
        Some(TokensCommand::Rotate(wishes)) => rotate(desk, &wishes),
        Some(TokensCommand::Revoke(wishes)) => revoke(desk, &wishes),
    }
}

fn list(desk: &mut Desk<'_>) -> Result<u8, Failure> {
    let tokens = desk.account.tokens(&desk.cancel)?;
    if desk.voice.json() {
        desk.voice.result(&json!({ "tokens": value(&tokens) }))?;
        return Ok(0);
    }
    if tokens.is_empty() {
        desk.voice.tell(Look::Plain, Word::NoTokens, &Values::new());
        return Ok(0);
    }
    let mut table = desk.table(&[
        Word::ColumnName,
        Word::ColumnToken,
        Word::ColumnScopes,
        Word::ColumnLastUsed,
        Word::ColumnExpires,
    ]);
    for token in &tokens {
        let scopes = token.scopes.join(" ");
        table.row(vec![token.name.clone(), mark(token), scopes, desk.used(token), desk.ends(token)]);
    }
    desk.voice.rows(&table)?;
    Ok(0)
}

fn create(desk: &mut Desk<'_>, wishes: NewTokenArguments) -> Result<u8, Failure> {
    let new = NewToken { name: wishes.name, scopes: wishes.scopes, expires: wishes.expires, org: wishes.org };
    // Not to be cancelled: the secret is only told once.
    let made = desk.manage(Word::DoingCreateToken, |account| account.create_token(&new, &Cancel::never()))?;
    desk.created(&made, Word::MadeToken, Values::new(), "tokens revoke")
}

fn rotate(desk: &mut Desk<'_>, wishes: &Rotation) -> Result<u8, Failure> {
    let tokens = desk.account.tokens(&desk.cancel)?;
    let old = pick(&tokens, &wishes.id)?;
    let made = desk.manage(Word::DoingRotateToken, |account| {
        account.rotate_token(&old.id, wishes.overlap, wishes.expires, &Cancel::never())
    })?;
    let values = desk.overlap_values(old, wishes.overlap);
    desk.created(&made, Word::RotatedToken, values, "tokens revoke")
}

fn revoke(desk: &mut Desk<'_>, wishes: &Revocation) -> Result<u8, Failure> {
    let tokens = desk.account.tokens(&desk.cancel)?;
    let token = pick(&tokens, &wishes.id)?;
    let values = desk.token_values(token);
    let question = desk.voice.word(Word::RevokeTokenConfirm, &values);
    if !desk.confirm(wishes.yes, QUESTION, &question)? {
        return Ok(0);
    }
    desk.account.revoke_token(&token.id, &Cancel::never())?;
    if desk.voice.json() {
        desk.voice.result(&json!({ "status": "revoked", "id": token.id, "name": token.name }))?;
    } else {
        desk.voice.tell(Look::Done, Word::RevokedToken, &values);
    }
    Ok(0)
}
