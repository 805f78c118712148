//! What the product's commands say instead of the usual texts.

use std::fmt;

use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{IntoDeserializer as _, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use crate::{FillError, Text, Values};

macro_rules! events {
    ($($(#[doc = $doc:literal])+ $variant:ident $field:ident),+ $(,)?) => {
        /// Something that happens while a command runs and that it has a text for.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize, Serialize)]
        #[serde(rename_all = "snake_case")]
        pub enum Event {
            $($(#[doc = $doc])+ $variant),+
        }

        impl Event {
            /// All of them.
            pub const ALL: &'static [Event] = &[$(Event::$variant),+];

            /// The word for it in a manifest.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Event::$variant => stringify!($field)),+
                }
            }
        }

        /// What the product's commands say instead of the usual texts, by event.
        #[derive(Clone, Debug, Default, Deserialize)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
        #[serde(deny_unknown_fields, default)]
        pub struct Messages {
            /// Where the product's texts go that don't say it themselves. Without it: where the usual texts go.
            pub stream: Option<Stream>,
            $($(#[doc = $doc])+ pub $field: Option<Message>),+
        }

        impl Messages {
            /// The product's own text for an event.
            pub fn get(&self, event: Event) -> Option<&Message> {
                match event {
                    $(Event::$variant => self.$field.as_ref()),+
                }
            }
        }
    };
}

events! {
    /// `login` begins.
    LoginBegin login_begin,
    /// Which way of signing in was chosen, and why.
    LoginWay login_way,
    /// A browser was opened.
    BrowserOpened browser_opened,
    /// No browser could be opened. Words of the product's own lead to the link, in place of `open_by_hand`.
    BrowserFailed browser_failed,
    /// No browser is opened: the person opens the link.
    OpenByHand open_by_hand,
    /// The link to open.
    Link link,
    /// The link, where a browser was opened with it already. Without it: what `link` says.
    LinkOpened link_opened,
    /// The address and the code for typing it by hand.
    UserCode user_code,
    /// The code alone, where the link is the address to type it at. Without it: what `user_code` says.
    TypeCode type_code,
    /// The code to compare with the page.
    CompareCode compare_code,
    /// Waiting for the decision.
    Waiting waiting,
    /// Waiting for the decision, where a browser was opened. Without it: what `waiting` says.
    WaitingOpened waiting_opened,
    /// Signing in with a browser isn't configured on the server, so it is done without an account.
    NotConfigured not_configured,
    /// A sign-in without an account begins.
    AnonymousBegin anonymous_begin,
    /// Asks whether what was done without an account may be left behind.
    AnonymousConfirm anonymous_confirm,
    /// What was done without an account now belongs to the account.
    Claimed claimed,
    /// Where a token to paste is made.
    PasteBegin paste_begin,
    /// The question for the token.
    PastePrompt paste_prompt,
    /// Signed in.
    SignedIn signed_in,
    /// Signed in without a person.
    SignedInAnonymously signed_in_anonymously,
    /// A token was stored after the server accepted it.
    TokenSaved token_saved,
    /// A token was stored, but the server couldn't be asked.
    TokenSavedUnchecked token_saved_unchecked,
    /// A token can't be one of this product.
    TokenMalformed token_malformed,
    /// Somebody is signed in already.
    AlreadySignedIn already_signed_in,
    /// An environment variable is used instead of what is stored.
    EnvironmentWins environment_wins,
    /// A credentials file was readable by others and was mended.
    FileMended file_mended,
    /// A credentials file that couldn't be understood was kept under another name.
    FileKeptAside file_kept_aside,
    /// The server couldn't be asked just now and is asked again.
    TryingAgain trying_again,
    /// The sign-in was denied.
    LoginDenied login_denied,
    /// The sign-in expired before anybody decided.
    LoginExpired login_expired,
    /// Nobody decided in the time that the command waits.
    LoginTimedOut login_timed_out,
    /// The person stopped waiting.
    LoginCancelled login_cancelled,
    /// Somebody brought another state to the listener.
    StateMismatch state_mismatch,
    /// The sign-in couldn't be started.
    StartFailed start_failed,
    /// No port for the browser to come back to could be opened. Without it: what `start_failed` says.
    NoPort no_port,
    /// The answer to the sign-in couldn't be used.
    LoginFailed login_failed,
    /// The server can't be reached.
    Unreachable unreachable,
    /// The server can't be reached to sign in. Without it: what `unreachable` says.
    LoginUnreachable login_unreachable,
    /// The server answers, but doesn't do what a command other than `login` asks for.
    RequestFailed request_failed,
    /// Nobody is signed in.
    NotSignedIn not_signed_in,
    /// Nobody is signed in at the server that is named, but at another one (`{detail}`), whose credential isn't sent
    /// there. Without it: what is said when nobody is signed in at all.
    SignedInElsewhere signed_in_elsewhere,
    /// Nobody is signed in, and a command asks the server something. Without it: what `not_signed_in` says.
    CredentialNeeded credential_needed,
    /// Nobody is signed in, and a program needs the token. Without it: what `credential_needed` says.
    TokenNeeded token_needed,
    /// Asks before the credential is removed.
    LogoutConfirm logout_confirm,
    /// The person didn't want the credential to be removed.
    LogoutAborted logout_aborted,
    /// The credential was removed.
    LoggedOut logged_out,
    /// There was nothing to remove.
    NothingToRemove nothing_to_remove,
    /// The credential was ended on the server, too.
    Revoked revoked,
    /// The credential was removed here, but the server couldn't end it.
    RevokeFailed revoke_failed,
    /// Who is signed in.
    Whoami whoami,
    /// Who is signed in, when only the token is known.
    WhoamiTokenOnly whoami_token_only,
    /// Who was signed in last, when the server can't be reached.
    WhoamiOffline whoami_offline,
    /// Who was signed in last, when the server can be reached and doesn't say whether it still holds.
    WhoamiUnchecked whoami_unchecked,
    /// The credential has expired.
    Expired expired,
    /// The server doesn't accept the credential.
    Rejected rejected,
    /// The credential is good, but this isn't allowed.
    Forbidden forbidden,
    /// The credential is good, but the plan doesn't include this.
    NeedsPlan needs_plan,
    /// Whether the credential is good can't be told now: the server doesn't say.
    CannotCheck cannot_check,
    /// Whether the credential is good can't be told now: the server can't be reached. Without it: what `cannot_check`
    /// says.
    Offline offline,
    /// The server doesn't serve this version any more.
    UpgradeRequired upgrade_required,
    /// The server will stop serving this version.
    Deprecated deprecated,
    /// The organizations that can be reached.
    Orgs orgs,
    /// There is no organization.
    NoOrgs no_orgs,
    /// Another organization is active now.
    SwitchedOrg switched_org,
    /// A key was revoked.
    KeyRevoked key_revoked,
    /// There are no keys.
    NoKeys no_keys,
    /// There is no such organization.
    NoSuchOrg no_such_org,
    /// There is no such key.
    NoSuchKey no_such_key,
    /// Files about the organization before were removed.
    OrgFilesRemoved org_files_removed,
    /// There is no key to prune.
    NothingToPrune nothing_to_prune,
    /// The keys that would be pruned.
    PruneFound prune_found,
    /// How the keys are pruned.
    PruneHint prune_hint,
    /// A key couldn't be revoked; others are.
    KeyNotRevoked key_not_revoked,
    /// The product's own program isn't there.
    ProgramMissing program_missing,
}

impl Event {
    /// The event whose words are used where there are none for this one: it says less, and nothing wrong.
    pub const fn otherwise(self) -> Option<Event> {
        match self {
            Event::LinkOpened => Some(Event::Link),
            Event::TypeCode => Some(Event::UserCode),
            Event::WaitingOpened => Some(Event::Waiting),
            Event::NoPort => Some(Event::StartFailed),
            Event::LoginUnreachable => Some(Event::Unreachable),
            Event::CredentialNeeded | Event::SignedInElsewhere => Some(Event::NotSignedIn),
            Event::TokenNeeded => Some(Event::CredentialNeeded),
            Event::WhoamiUnchecked => Some(Event::WhoamiOffline),
            Event::Offline => Some(Event::CannotCheck),
            _ => None,
        }
    }
}

/// A text with placeholders, and where it goes. In a manifest it is the text alone, a list of texts, or a table.
#[derive(Clone, Debug, Deserialize)]
#[serde(from = "Written")]
pub struct Message {
    /// The text; of several, the first whose values are all there.
    pub text: Vec<Text>,
    /// Where it is written. Without it: where the usual text goes.
    pub stream: Option<Stream>,
    /// The exit code of the command after it, 0 to 125. Without it: the usual one.
    pub exit: Option<u8>,
    /// For `waiting`: what ends its line when the wait ends well. With it, the text is one line that is written once.
    pub done: Option<String>,
    /// For `waiting`: what ends its line when the wait ends otherwise.
    pub failed: Option<String>,
}

impl Message {
    /// The first of the texts whose values are all there, with them; lines that hold an optional placeholder without a
    /// value are left out.
    pub fn render(&self, values: &Values) -> Result<String, FillError> {
        let mut problem = FillError::NoAlternative;
        for text in &self.text {
            match text.fill_lines(values) {
                Ok(filled) => return Ok(filled),
                Err(error) => problem = error,
            }
        }
        Err(problem)
    }

    /// Every name that stands in one of the texts.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.text.iter().flat_map(Text::names)
    }
}

/// Where a text is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Stream {
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
}

/// A text alone, or a text with where it goes.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(untagged))]
enum Written {
    Text(Text),
    Texts(Vec<Text>),
    Table(Table),
}

/// A text with where it goes.
#[derive(Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
struct Table {
    /// The text; of a list, the first whose values are all there.
    #[serde(deserialize_with = "super::one_or_many::one_or_many")]
    #[cfg_attr(feature = "schema", schemars(schema_with = "super::one_or_many::one_or_many_schema::<Text>"))]
    text: Vec<Text>,
    /// Where it is written.
    #[serde(default)]
    stream: Option<Stream>,
    /// The exit code of the command after it.
    #[serde(default)]
    exit: Option<u8>,
    /// For `waiting`: what ends its line when the wait ends well.
    #[serde(default)]
    done: Option<String>,
    /// For `waiting`: what ends its line when the wait ends otherwise.
    #[serde(default)]
    failed: Option<String>,
}

/// By hand, so that a mistake in the table is reported as that mistake.
impl<'de> Deserialize<'de> for Written {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TextOrTable;

        impl<'de> Visitor<'de> for TextOrTable {
            type Value = Written;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text, a list of texts, or a table with `text`, `stream` and `exit`")
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Written, E> {
                Text::deserialize(text.into_deserializer()).map(Written::Text)
            }

            fn visit_seq<A: SeqAccess<'de>>(self, texts: A) -> Result<Written, A::Error> {
                Vec::deserialize(SeqAccessDeserializer::new(texts)).map(Written::Texts)
            }

            fn visit_map<A: MapAccess<'de>>(self, table: A) -> Result<Written, A::Error> {
                Table::deserialize(MapAccessDeserializer::new(table)).map(Written::Table)
            }
        }

        deserializer.deserialize_any(TextOrTable)
    }
}

impl From<Written> for Message {
    fn from(written: Written) -> Self {
        match written {
            Written::Text(text) => Self::from(Written::Texts(vec![text])),
            Written::Texts(text) => Self { text, stream: None, exit: None, done: None, failed: None },
            Written::Table(Table { text, stream, exit, done, failed }) => {
                Self { text, stream, exit, done, failed }
            }
        }
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for Message {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Message".into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        Written::json_schema(generator)
    }
}
