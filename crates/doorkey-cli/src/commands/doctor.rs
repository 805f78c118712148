//! `doctor`: what keeps signing in from working here, and what to do about it.

use std::path::PathBuf;

use doorkey::doctor::{Finding, State, examine};
use doorkey::{Cancel, Client, System};
use doorkey_manifest::Values;
use serde_json::json;

use crate::catalogue::{Look, Word};
use crate::failure::Failure;
use crate::voice::{Mark, Voice};

pub fn run(
    client: Option<&Client>,
    system: &System,
    ca_file: Option<PathBuf>,
    voice: &mut Voice,
) -> Result<u8, Failure> {
    let findings = examine(system, client, ca_file, &Cancel::never());
    let broken: Vec<&Finding> = findings.iter().filter(|finding| finding.state == State::Broken).collect();
    let exit = u8::from(!broken.is_empty());
    if voice.json() {
        let shown: Vec<_> = findings.iter().map(value).collect();
        voice.result(&json!({
            "status": if broken.is_empty() { "well" } else { "broken" },
            "app": client.map(|client| client.app().name()),
            "findings": shown,
        }))?;
        return Ok(exit);
    }
    let marks: Vec<Mark> = findings.iter().map(|finding| mark(finding, voice)).collect();
    voice.marks(&marks)?;
    if broken.is_empty() {
        voice.tell(Look::Plain, Word::DoctorWell, &Values::new());
    } else {
        let names: Vec<_> = broken.iter().map(|finding| name(finding, voice)).collect();
        let values = Values::new().with("detail", names.join(", "));
        voice.tell(Look::Plain, Word::DoctorMend, &values);
    }
    Ok(exit)
}

fn value(finding: &Finding) -> serde_json::Value {
    json!({
        "name": finding.name,
        "state": finding.state.name(),
        "what": finding.what,
        "remedy": finding.remedy,
    })
}

fn mark(finding: &Finding, voice: &Voice) -> Mark {
    let (look, word) = match finding.state {
        State::Ok => (Look::Done, Word::DoctorOk),
        State::Note => (Look::Warn, Word::DoctorNote),
        State::Broken => (Look::Fail, Word::DoctorBroken),
        State::Unknown => (Look::Plain, Word::DoctorUnknown),
    };
    Mark {
        look,
        word: voice.word(word, &Values::new()),
        label: name(finding, voice),
        text: finding.what.clone(),
        more: finding.remedy.clone(),
    }
}

/// What a check is called. One that this command doesn't know yet keeps the name that programs know.
fn name(finding: &Finding, voice: &Voice) -> String {
    let word = match finding.name {
        "version" => Word::DoctorVersion,
        "server" => Word::DoctorServer,
        "clock" => Word::DoctorClock,
        "proxy" => Word::DoctorProxy,
        "authorities" => Word::DoctorAuthorities,
        "port" => Word::DoctorPort,
        "storage" => Word::DoctorStorage,
        "file" => Word::DoctorFile,
        "sign_in" => Word::DoctorSignIn,
        "environment" => Word::DoctorEnvironment,
        other => return other.to_owned(),
    };
    voice.word(word, &Values::new())
}
