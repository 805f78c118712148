//! `storage`: where the credential is kept, whether that works, and moving it.

use doorkey::{Cancel, Client, Migrated, Storage, StorageChoice, StorageReport, StorageSource, StoreError};
use doorkey_manifest::Values;
use serde_json::{Value, json};

use crate::arguments::{StorageArguments, StorageCommand};
use crate::catalogue::{Look, Word};
use crate::failure::Failure;
use crate::voice::Voice;

pub fn run(client: &Client, wishes: &StorageArguments, voice: &mut Voice) -> Result<u8, Failure> {
    match wishes.command {
        None => show(client, voice),
        Some(StorageCommand::Migrate { to, keep }) => migrate(client, to, keep, voice),
    }
}

/// What there is. A place that can't be used is what the command is asked about, and still exits with 1.
fn show(client: &Client, voice: &mut Voice) -> Result<u8, Failure> {
    let report = client.storage()?;
    let exit = u8::from(report.problem.is_some());
    if voice.json() {
        voice.result(&in_json(client, &report))?;
        return Ok(exit);
    }
    let word = |word| voice.word(word, &Values::new());
    let holds = if report.holds { Word::StorageHolds } else { Word::StorageHoldsNothing };
    let mut rows = vec![
        (Word::StorageKind, kind_in_words(report.choice.kind, voice)),
        (Word::StorageChosenBy, source_in_words(&report.choice.source, voice)),
        (Word::StoragePath, report.path.display().to_string()),
        (Word::StorageContent, word(holds)),
    ];
    rows.push((
        Word::StorageWorks,
        match &report.problem {
            None => word(Word::StorageWorksYes),
            Some(problem) => problem_in_words(problem, voice),
        },
    ));
    for (kind, path) in &report.others {
        let values = Values::new().with("detail", kind.name()).with("path", path.display().to_string());
        rows.push((Word::StatusNote, voice.word(Word::StorageOther, &values)));
    }
    let rows: Vec<_> = rows.into_iter().map(|(label, text)| (word(label), text)).collect();
    voice.table(&rows)?;
    Ok(exit)
}

fn migrate(client: &Client, to: Storage, keep: bool, voice: &mut Voice) -> Result<u8, Failure> {
    let moved = client.migrate_storage(to, keep, &Cancel::never())?;
    if voice.json() {
        voice.result(&moved_in_json(client, &moved))?;
        return Ok(0);
    }
    let values = Values::new().with("path", moved.to.1.display().to_string()).with("detail", to.name());
    let word = match (&moved.from, keep) {
        (None, _) => Word::StorageThereAlready,
        (Some(_), false) => Word::StorageMoved,
        (Some(_), true) => Word::StorageCopied,
    };
    voice.tell(Look::Done, word, &values);
    warn_of_others(to, &moved.choice, voice);
    Ok(0)
}

/// Says who decides otherwise, where the kind that was wished for isn't the one that is used from now on.
pub(super) fn warn_of_others(wished: Storage, used: &StorageChoice, voice: &mut Voice) {
    if let (StorageSource::Environment { variable }, true) = (&used.source, used.kind != wished) {
        let values = Values::new().with("variable", variable.as_str()).with("detail", used.kind.name());
        voice.tell(Look::Warn, Word::StorageVariableWins, &values);
    }
}

/// A kind of place, in a few words.
pub(super) fn kind_in_words(kind: Storage, voice: &Voice) -> String {
    let word = match kind {
        Storage::File => Word::KindFile,
        Storage::Keyring => Word::KindKeyring,
        Storage::Encrypted => Word::KindEncrypted,
        Storage::Memory => Word::KindMemory,
        Storage::Command => Word::KindCommand,
    };
    voice.word(word, &Values::new())
}

fn source_in_words(source: &StorageSource, voice: &Voice) -> String {
    let (word, values) = match source {
        StorageSource::Explicit => (Word::SourceExplicit, Values::new()),
        StorageSource::Environment { variable } => {
            (Word::SourceEnvironment, Values::new().with("variable", variable.as_str()))
        }
        StorageSource::Setting => (Word::ChosenBySetting, Values::new()),
        StorageSource::Manifest => (Word::ChosenByManifest, Values::new()),
        StorageSource::Default => (Word::ChosenByNobody, Values::new()),
    };
    voice.word(word, &values)
}

fn problem_in_words(problem: &StoreError, voice: &Voice) -> String {
    let why = match problem.hint() {
        Some(hint) => format!("{problem} {hint}"),
        None => problem.to_string(),
    };
    voice.word(Word::StorageWorksNot, &Values::new().with("why", why))
}

fn in_json(client: &Client, report: &StorageReport) -> Value {
    let others = report.others.iter().map(|(kind, path)| place(*kind, path)).collect::<Vec<_>>();
    json!({
        "app": client.app().name(),
        "storage": choice(&report.choice),
        "path": report.path.display().to_string(),
        "holds": report.holds,
        "works": report.problem.is_none(),
        "problem": report.problem.as_ref().map(|problem| json!({
            "code": problem.code(), "message": problem.to_string(), "hint": problem.hint(),
        })),
        "others": others,
    })
}

fn moved_in_json(client: &Client, moved: &Migrated) -> Value {
    json!({
        "app": client.app().name(),
        "from": moved.from.as_ref().map(|(kind, path)| place(*kind, path)),
        "to": place(moved.to.0, &moved.to.1),
        "storage": choice(&moved.choice),
    })
}

fn place(kind: Storage, path: &std::path::Path) -> Value {
    json!({ "kind": kind.name(), "path": path.display().to_string() })
}

/// Which kind of place is used, and who chose it.
pub(super) fn choice(choice: &StorageChoice) -> Value {
    let kind = choice.kind.name();
    match &choice.source {
        StorageSource::Explicit => json!({ "kind": kind, "chosen_by": "explicit" }),
        StorageSource::Environment { variable } => {
            json!({ "kind": kind, "chosen_by": "environment", "variable": variable })
        }
        StorageSource::Setting => json!({ "kind": kind, "chosen_by": "setting" }),
        StorageSource::Manifest => json!({ "kind": kind, "chosen_by": "manifest" }),
        StorageSource::Default => json!({ "kind": kind, "chosen_by": "nothing" }),
    }
}
