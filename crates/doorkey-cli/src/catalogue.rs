//! The usual words for everything that the command says. They stand in one file, `messages.toml`; a manifest's
//! `[messages]` says other words for the same events.
//!
//! The file is read the first time that something is said: printing a token says nothing and pays nothing.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use anstyle::AnsiColor;
use doorkey_manifest::Text;
use doorkey_manifest::manifest::{Event, Stream};
use serde::Deserialize;

/// All texts.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Catalogue {
    event: BTreeMap<Event, Entry>,
    word: BTreeMap<Word, Text>,
}

/// What is said about an event.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// The text.
    pub text: Text,
    /// Where it goes.
    #[serde(default = "talk")]
    pub stream: Stream,
    /// How a terminal shows it.
    #[serde(default)]
    pub look: Look,
}

fn talk() -> Stream {
    Stream::Stderr
}

/// How a terminal shows a text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Look {
    /// As it is.
    #[default]
    Plain,
    /// It worked.
    Done,
    /// Something to know.
    Warn,
    /// It is not as it should be.
    Fail,
    /// The command can't go on.
    Error,
}

impl Look {
    /// The mark that a terminal shows, and its colour.
    pub fn sign(self) -> Option<(&'static str, AnsiColor)> {
        match self {
            Look::Plain | Look::Error => None,
            Look::Done => Some(("✓", AnsiColor::Green)),
            Look::Warn => Some(("⚠", AnsiColor::Yellow)),
            Look::Fail => Some(("✗", AnsiColor::Red)),
        }
    }
}

/// A part of a sentence, or a row of `status`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Word {
    WayLoopback,
    WayDevice,
    WaySession,
    WayPaste,
    WayAnonymous,
    SourceExplicit,
    SourceEnvironment,
    SourceStored,
    ServerExplicit,
    ServerEnvironment,
    ServerStored,
    ServerProfile,
    ServerManifest,
    StatusApp,
    StatusSignedIn,
    StatusOrganization,
    StatusServer,
    StatusCredential,
    StatusProfile,
    StatusGoodUntil,
    StatusSession,
    SessionEnds,
    SessionEndsUnused,
    SessionEndsOrUnused,
    StatusNote,
    StatusClock,
    ClockAhead,
    ClockBehind,
    ClockSkew,
    DoctorOk,
    DoctorNote,
    DoctorBroken,
    DoctorUnknown,
    DoctorVersion,
    DoctorServer,
    DoctorClock,
    DoctorProxy,
    DoctorAuthorities,
    DoctorPort,
    DoctorStorage,
    DoctorFile,
    DoctorSignIn,
    DoctorEnvironment,
    DoctorWell,
    DoctorMend,
    TruthSignedOut,
    TruthValid,
    TruthExpired,
    TruthRejected,
    TruthForbidden,
    TruthNeedsPlan,
    TruthCannotCheck,
    NoCredential,
    GoodUntil,
    GoodUntilPast,
    GoodUntilRenewed,
    GoodUntilPastRenewed,
    StepUp,
    StepUpStays,
    Interrupted,
    SignInNow,
    ReplacedUntil,
    UsedNever,
    EndsNever,
    EndsRevoked,
    EndsExpired,
    NothingChanged,
    DoingCreateToken,
    DoingRotateToken,
    DoingCreateKey,
    DoingRotateKey,
    DoingCreateOrg,
    DoingInvite,
    DoingJoin,
    DoingLeave,
    DoingSetRole,
    DoingRemove,
    DoingTransfer,
    DoingChangeOrg,
    DoingAddServiceAccount,
    DoingEndServiceAccount,
    NoTokens,
    NoEvents,
    NoEventsFound,
    MadeToken,
    RotatedToken,
    RevokedToken,
    RevokeTokenConfirm,
    MadeKey,
    RotatedKey,
    RevokeKeyConfirm,
    LastsForEver,
    LastsUntil,
    LastUsed,
    NeverUsed,
    OldOneEnded,
    OldOneStays,
    MadeOrg,
    JoinedOrg,
    LeftOrg,
    LeaveConfirm,
    RoleSet,
    RemovedMember,
    RemoveConfirm,
    TransferredOrg,
    TransferConfirm,
    ChangedOrg,
    AddedServiceAccount,
    EndedServiceAccount,
    EndServiceAccountConfirm,
    NoServiceAccounts,
    Invited,
    InvitedUntil,
    ActsForIt,
    RefusedAction,
    ProfileExplicit,
    ProfileEnvironment,
    ProfileFolder,
    ProfileSetting,
    ProfileNothing,
    ProfileNow,
    ProfileByDefault,
    SomeAccount,
    MissedOrg,
    UsedEverywhere,
    UsedInFolder,
    UnusedEverywhere,
    UnusedInFolder,
    ChangedProfile,
    RemovedProfile,
    RemoveProfileConfirm,
    VariableUnused,
    LogoutAllConfirm,
    LoggedOutProfile,
    NoProfileSignedIn,
    EverywhereDone,
    EverywhereFailed,
    EverywhereConfirm,
    ColumnProfile,
    ColumnUsed,
    ColumnName,
    ColumnToken,
    ColumnKey,
    ColumnKind,
    ColumnScopes,
    ColumnHolder,
    ColumnLastUsed,
    ColumnExpires,
    ColumnSlug,
    ColumnRole,
    ColumnMembers,
    ColumnPlan,
    ColumnActive,
    ColumnEmail,
    ColumnJoined,
    ColumnId,
    ColumnKeys,
    ColumnMade,
    ColumnWhen,
    ColumnAction,
    ColumnActor,
    ColumnSubject,
    ColumnAddress,
    ValidManifest,
    RevokeOwnKeyConfirm,
    PrunedKey,
    WroteManifest,
    StatusStorage,
    KindFile,
    KindKeyring,
    KindEncrypted,
    KindMemory,
    KindCommand,
    ChosenBySetting,
    ChosenByManifest,
    ChosenByNobody,
    StorageKind,
    StorageChosenBy,
    StoragePath,
    StorageContent,
    StorageHolds,
    StorageHoldsNothing,
    StorageWorks,
    StorageWorksYes,
    StorageWorksNot,
    StorageOther,
    StorageMoved,
    StorageCopied,
    StorageThereAlready,
    StorageVariableWins,
    PlainFileConfirm,
    PassphraseOpening,
    PassphraseSealing,
    PassphraseAgain,
    PassphrasesDiffer,
    HelperSetupGit,
    HelperSetupDocker,
    HelperSetupCargo,
    HelperSetupKubectl,
    HelperSetupNpm,
    HelperSetupBazel,
    ColumnHost,
    ColumnKept,
    KeptToken,
    KeptPassword,
    KeptKeyring,
    KeptProgram,
    KeptVariable,
    ImportNoApp,
    ImportWould,
    WaitingShort,
    KeysCode,
    KeysAddress,
    PastedInVain,
    PortTaken,
    QrNoTerminal,
    QrTooLong,
    QrTooNarrow,
    Begun,
    StillPending,
    AddedApp,
}

impl Catalogue {
    /// The one that is compiled in.
    #[expect(clippy::expect_used, reason = "the file is compiled in, and a test reads it")]
    pub fn get() -> &'static Catalogue {
        static CATALOGUE: OnceLock<Catalogue> = OnceLock::new();
        CATALOGUE
            .get_or_init(|| toml::from_str(include_str!("messages.toml")).expect("messages.toml is right"))
    }

    /// What is said about an event; nothing about those that belong to commands which aren't there yet.
    pub fn entry(&self, event: Event) -> Option<&Entry> {
        self.event.get(&event)
    }

    /// A part of a sentence.
    pub fn word(&self, word: Word) -> Option<&Text> {
        self.word.get(&word)
    }
}

#[cfg(test)]
mod tests {
    use doorkey_manifest::{Values, names};

    use super::*;

    /// Events that no command of today has.
    const LATER: &[Event] = &[Event::AlreadySignedIn];

    #[test]
    fn every_event_of_todays_commands_has_a_text() {
        let catalogue = Catalogue::get();
        for event in Event::ALL {
            let there = catalogue.entry(*event).is_some();
            // What another event stands in for may have a text, and needs none.
            let expected = !LATER.contains(event) && (event.otherwise().is_none() || there);
            assert_eq!(there, expected, "{}", event.name());
        }
    }

    #[test]
    fn every_word_is_there() {
        let catalogue = Catalogue::get();
        let mut word = Some(Word::WayLoopback);
        let mut count = 0;
        while let Some(present) = word {
            assert!(catalogue.word(present).is_some(), "{present:?}");
            count += 1;
            word = after(present);
        }
        assert_eq!(count, catalogue.word.len());
    }

    /// The word after this one, so that the compiler can't let one be forgotten: the last has none.
    fn after(word: Word) -> Option<Word> {
        let all: Vec<Word> = Catalogue::get().word.keys().copied().collect();
        let next = all.iter().position(|known| *known == word)? + 1;
        assert!(next < all.len() || word == Word::AddedApp, "a word after {word:?} is missing");
        all.get(next).copied()
    }

    #[test]
    fn every_text_uses_names_of_the_catalogue_and_can_be_filled() {
        let values: Values = names::all().iter().map(|name| (name.name, "x")).collect();
        let catalogue = Catalogue::get();
        let texts = catalogue.event.values().map(|entry| &entry.text).chain(catalogue.word.values());
        for text in texts {
            for name in text.names() {
                assert!(names::lookup(name).is_some(), "{name} in {}", text.source());
                assert!(!names::lookup(name).is_some_and(|name| name.secret), "{name} in {}", text.source());
            }
            assert!(text.fill_lines(&values).is_ok(), "{}", text.source());
        }
    }

    #[test]
    fn the_tone_is_calm() {
        for line in include_str!("messages.toml").lines().filter(|line| !line.starts_with('#')) {
            assert!(!line.contains('!'), "{line}");
        }
    }
}
