//! What may stand on the command line of the commands that ask the account API.

use std::net::IpAddr;
use std::time::Duration;

use clap::{Args, Subcommand};
use doorkey::Storage;
use doorkey::account::Expires;

/// `tokens`
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  doorkey tokens
  doorkey tokens create CI --scope notes:write --expires 30d
  TOKEN=$(doorkey tokens create deploy --expires 12h)
  doorkey tokens rotate CI --overlap 1h
  doorkey tokens revoke x9Qz")]
pub struct Tokens {
    #[command(subcommand)]
    pub command: Option<TokensCommand>,
}

/// `tokens …`
#[derive(Debug, Subcommand)]
pub enum TokensCommand {
    /// List your tokens, the newest first (what `tokens` alone does)
    List,
    /// Make a token; it alone is printed on standard output
    #[command(after_long_help = "\
Examples:
  doorkey tokens create CI
  doorkey tokens create CI --scope profile:read --scope notes:write --expires 90d
  doorkey tokens create deploy --org acme --expires never
  gh secret set TOKEN --body \"$(doorkey tokens create CI)\"")]
    Create(NewTokenArguments),
    /// Replace a token by a new one; the old one goes on working for a while
    #[command(after_long_help = "\
Examples:
  doorkey tokens rotate CI
  doorkey tokens rotate x9Qz --overlap 7d --expires 90d
  doorkey tokens rotate 3f2a91c0 --overlap 0")]
    Rotate(Rotation),
    /// End a token at once
    #[command(after_long_help = "\
Examples:
  doorkey tokens revoke CI
  doorkey tokens revoke x9Qz -y")]
    Revoke(Revocation),
}

/// `tokens create`
#[derive(Debug, Args)]
pub struct NewTokenArguments {
    /// What to call it
    #[arg(value_name = "NAME")]
    pub name: String,
    /// What it may do; may be given several times
    #[arg(long = "scope", value_name = "SCOPE")]
    pub scopes: Vec<String>,
    /// How long it works: `12h`, `30d` …, or `never`
    #[arg(long, value_name = "DURATION", value_parser = crate::time::expires)]
    pub expires: Option<Expires>,
    /// The organization that it acts for: its id or short name
    #[arg(long, value_name = "ORG")]
    pub org: Option<String>,
}

/// `… rotate`
#[derive(Debug, Args)]
pub struct Rotation {
    /// Which one: its id, the beginning of the id, its name or its last four characters
    #[arg(value_name = "ID")]
    pub id: String,
    /// How long the old one goes on working: `1h`, `7d` …, or `0`
    #[arg(long, value_name = "DURATION", default_value = "1h", value_parser = crate::time::overlap)]
    pub overlap: Duration,
    /// How long the new one works: `12h`, `30d` …, or `never`
    #[arg(long, value_name = "DURATION", value_parser = crate::time::expires)]
    pub expires: Option<Expires>,
}

/// `… revoke`
#[derive(Debug, Args)]
pub struct Revocation {
    /// Which one: its id, the beginning of the id, its name or its last four characters
    #[arg(value_name = "ID")]
    pub id: String,
    /// Don't ask
    #[arg(short, long)]
    pub yes: bool,
}

/// `keys`
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  doorkey keys
  doorkey keys --org acme
  doorkey keys create backend --kind live --rate-limit 600 --allow 10.0.0.0/8
  KEY=$(doorkey keys create worker --service-account 7c1e0f7a-3b0e-4a53-9d0b-2f6c8a1e5d44)
  doorkey keys revoke x9Qz --org acme")]
pub struct Keys {
    /// The organization: its id or short name; without it, the one that you act for
    #[arg(long, value_name = "ORG", global = true, display_order = 99)]
    pub org: Option<String>,
    #[command(subcommand)]
    pub command: Option<KeysCommand>,
}

/// `keys …`
#[derive(Debug, Subcommand)]
pub enum KeysCommand {
    /// List the keys (what `keys` alone does)
    List,
    /// Make a key; it alone is printed on standard output
    #[command(after_long_help = "\
Examples:
  doorkey keys create backend
  doorkey keys create backend --kind live --scope notes:write --expires 90d
  doorkey keys create office --allow 192.0.2.0/24 --allow 2001:db8::/32 --rate-limit 600")]
    Create(NewKeyArguments),
    /// Replace a key by a new one; the old one goes on working for a while
    #[command(after_long_help = "\
Examples:
  doorkey keys rotate backend
  doorkey keys rotate x9Qz --overlap 7d --expires 90d")]
    Rotate(Rotation),
    /// End a key at once
    #[command(after_long_help = "\
Examples:
  doorkey keys revoke backend
  doorkey keys revoke x9Qz --org acme -y")]
    Revoke(Revocation),
    /// Show which keys nobody uses; with `--yes`, end them at once
    #[command(hide = true)]
    Prune {
        /// End them
        #[arg(short, long)]
        yes: bool,
    },
}

/// `keys create`
#[derive(Debug, Args)]
pub struct NewKeyArguments {
    /// What to call it
    #[arg(value_name = "NAME")]
    pub name: String,
    /// What kind of key: `live`, or what else the tool has
    #[arg(long, value_name = "KIND")]
    pub kind: Option<String>,
    /// What it may do; may be given several times
    #[arg(long = "scope", value_name = "SCOPE")]
    pub scopes: Vec<String>,
    /// How long it works: `12h`, `30d` …, or `never`
    #[arg(long, value_name = "DURATION", value_parser = crate::time::expires)]
    pub expires: Option<Expires>,
    /// How many requests it may make in a minute
    #[arg(long, value_name = "N", value_parser = per_minute)]
    pub rate_limit: Option<u64>,
    /// The network that it may be used from, such as `10.0.0.0/8`; may be given several times
    #[arg(long, value_name = "CIDR", value_parser = network)]
    pub allow: Vec<String>,
    /// The id of the service account that it acts as
    #[arg(long, value_name = "ID")]
    pub service_account: Option<String>,
}

/// `orgs`
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  doorkey orgs
  doorkey orgs create \"Acme Ltd\" --slug acme
  doorkey orgs members acme
  doorkey orgs invite acme --role admin
  doorkey orgs join https://accounts.example/join/8sHk…
  doorkey orgs leave acme")]
pub struct Orgs {
    #[command(subcommand)]
    pub command: Option<OrgsCommand>,
}

/// A limit: a number, or none.
#[derive(Debug, Clone, Copy)]
pub struct Limit(pub Option<u64>);

/// `orgs …`
#[derive(Debug, Subcommand)]
pub enum OrgsCommand {
    /// List the organizations that you are in (what `orgs` alone does)
    List,
    /// Make an organization; you own it
    #[command(after_long_help = "\
Examples:
  doorkey orgs create Acme
  doorkey orgs create \"Acme Ltd\" --slug acme")]
    Create {
        /// What to call it
        #[arg(value_name = "NAME")]
        name: String,
        /// Its short name, for addresses and commands; without it, one is made of the name
        #[arg(long, value_name = "SLUG")]
        slug: Option<String>,
    },
    /// Show who is in an organization
    Members {
        /// The organization: its id or short name; without it, the one that you act for
        #[arg(value_name = "ORG")]
        org: Option<String>,
    },
    /// Make a link with which one person can join; it alone is printed on standard output
    #[command(after_long_help = "\
Examples:
  doorkey orgs invite
  doorkey orgs invite acme --role admin")]
    Invite {
        /// The organization: its id or short name; without it, the one that you act for
        #[arg(value_name = "ORG")]
        org: Option<String>,
        /// What whoever joins will be: `owner`, `admin` or `member`
        #[arg(long, value_name = "ROLE", default_value = "member")]
        role: String,
    },
    /// Join an organization with the link of an invitation
    Join {
        /// The link; `-` reads it from standard input
        #[arg(value_name = "LINK")]
        link: String,
    },
    /// Give a member another role
    SetRole {
        /// The member: e-mail address, name or id
        #[arg(value_name = "MEMBER")]
        member: String,
        /// What they will be: `owner`, `admin` or `member`
        #[arg(value_name = "ROLE")]
        role: String,
        /// The organization: its id or short name; without it, the one that you act for
        #[arg(long, value_name = "ORG")]
        org: Option<String>,
    },
    /// Take a member out; their tokens for the organization end, its keys go on
    Remove {
        /// The member: e-mail address, name or id
        #[arg(value_name = "MEMBER")]
        member: String,
        /// The organization: its id or short name; without it, the one that you act for
        #[arg(long, value_name = "ORG")]
        org: Option<String>,
        /// Don't ask
        #[arg(short, long)]
        yes: bool,
    },
    /// Make another member the owner; you are an admin afterwards
    Transfer {
        /// The member: e-mail address, name or id
        #[arg(value_name = "MEMBER")]
        member: String,
        /// The organization: its id or short name; without it, the one that you act for
        #[arg(long, value_name = "ORG")]
        org: Option<String>,
        /// Don't ask
        #[arg(short, long)]
        yes: bool,
    },
    /// Change an organization's name or limits
    #[command(after_long_help = "\
Examples:
  doorkey orgs set --longest-token 90d
  doorkey orgs set --org acme --rate-limit none")]
    Set {
        /// The organization: its id or short name; without it, the one that you act for
        #[arg(long, value_name = "ORG")]
        org: Option<String>,
        /// What to call it
        #[arg(long, value_name = "NAME")]
        name: Option<String>,
        /// How long its tokens and keys may last, such as `90d`; `none` takes the limit away
        #[arg(long, value_name = "PERIOD", value_parser = longest)]
        longest_token: Option<Limit>,
        /// How many requests a minute all of them together may make; `none` takes the limit away
        #[arg(long, value_name = "N", value_parser = rate)]
        rate_limit: Option<Limit>,
    },
    /// List the service accounts of an organization: programs that hold keys
    ServiceAccounts {
        /// The organization: its id or short name; without it, the one that you act for
        #[arg(value_name = "ORG")]
        org: Option<String>,
    },
    /// Make a service account; `keys create --service-account` gives it a key
    AddServiceAccount {
        /// What to call it
        #[arg(value_name = "NAME")]
        name: String,
        /// The organization: its id or short name; without it, the one that you act for
        #[arg(long, value_name = "ORG")]
        org: Option<String>,
    },
    /// End a service account, and its keys with it
    EndServiceAccount {
        /// The service account: its name or id
        #[arg(value_name = "ACCOUNT")]
        account: String,
        /// The organization: its id or short name; without it, the one that you act for
        #[arg(long, value_name = "ORG")]
        org: Option<String>,
        /// Don't ask
        #[arg(short, long)]
        yes: bool,
    },
    /// Leave an organization
    Leave {
        /// The organization: its id, short name or name
        #[arg(value_name = "ORG")]
        org: String,
        /// Don't ask
        #[arg(short, long)]
        yes: bool,
    },
}

/// `switch-org`
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  doorkey switch-org acme
  doorkey orgs && doorkey switch-org \"Acme Ltd\"")]
pub struct SwitchOrg {
    /// The organization: its id, short name or name
    #[arg(value_name = "ORG")]
    pub org: String,
    /// What the new key is called, where the tool makes one for the organization
    #[arg(long, value_name = "NAME", hide = true)]
    pub key_name: Option<String>,
}

/// `storage`
#[derive(Debug, Args)]
#[command(after_long_help = "\
Kinds:
  file       a plain file that only you can read
  keyring    a sealed file; its key is in the operating system's keyring
  encrypted  a sealed file; its key is made of a passphrase (DOORKEY_PASSPHRASE_FILE, DOORKEY_PASSPHRASE, or a question)
  memory     the machine's memory: gone when it restarts
  command    another program, which DOORKEY_STORAGE_COMMAND names

Examples:
  doorkey storage
  doorkey storage migrate --to keyring")]
pub struct StorageArguments {
    #[command(subcommand)]
    pub command: Option<StorageCommand>,
}

/// `storage …`
#[derive(Debug, Subcommand)]
pub enum StorageCommand {
    /// Move the credential to another kind of place, and keep it there from now on
    Migrate {
        /// The kind: `file`, `keyring`, `encrypted`, `memory` or `command`
        #[arg(long, value_name = "KIND", value_parser = storage_kind)]
        to: Storage,
        /// Leave the old one where it is, too; it isn't renewed any more
        #[arg(long)]
        keep: bool,
    },
}

/// The name of a kind of place.
pub fn storage_kind(text: &str) -> Result<Storage, String> {
    Storage::named(text).ok_or_else(|| {
        let names: Vec<_> = Storage::ALL.into_iter().map(Storage::name).collect();
        format!("there are: {}", names.join(", "))
    })
}

/// `logs`
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  doorkey logs
  doorkey logs --limit 100 --search token
  doorkey logs --org acme --follow
  doorkey logs --org acme --export csv > acme.csv
  doorkey logs --follow --json | jq .action")]
pub struct Logs {
    /// An organization's events instead of your own: its id or short name
    #[arg(long, value_name = "ORG")]
    pub org: Option<String>,
    /// How many events, the latest first
    #[arg(long, value_name = "N", default_value_t = 30, value_parser = limit)]
    pub limit: usize,
    /// Only events that mention this
    #[arg(long, value_name = "TEXT")]
    pub search: Option<String>,
    /// Print all events as a file: `csv` or `jsonl`
    #[arg(
        long,
        value_name = "FORMAT",
        value_parser = ["csv", "jsonl"],
        hide_possible_values = true,
        conflicts_with_all = ["limit", "search", "follow", "json"]
    )]
    pub export: Option<String>,
    /// Go on and show what happens, until Ctrl-C
    #[arg(long)]
    pub follow: bool,
}

/// A time, or `none`.
fn longest(text: &str) -> Result<Limit, String> {
    match text {
        "none" => Ok(Limit(None)),
        text => Ok(Limit(Some(crate::time::overlap(text)?.as_secs()))),
    }
}

/// A number of requests a minute, or `none`.
fn rate(text: &str) -> Result<Limit, String> {
    match text {
        "none" => Ok(Limit(None)),
        text => Ok(Limit(Some(per_minute(text)?))),
    }
}

fn per_minute(text: &str) -> Result<u64, String> {
    text.parse().ok().filter(|count| *count > 0).ok_or_else(|| "write a whole number above zero".to_owned())
}

fn limit(text: &str) -> Result<usize, String> {
    text.parse()
        .ok()
        .filter(|count| (1..=10_000).contains(count))
        .ok_or_else(|| "write a number from 1 to 10000".to_owned())
}

/// A network as it is written: an address, and how many of its bits count.
fn network(text: &str) -> Result<String, String> {
    let text = text.trim();
    let (address, bits) = text.split_once('/').map_or((text, None), |(address, bits)| (address, Some(bits)));
    let good = address.parse::<IpAddr>().is_ok_and(|address| {
        let most = if address.is_ipv4() { 32 } else { 128 };
        bits.is_none_or(|bits| bits.parse::<u8>().is_ok_and(|bits| bits <= most))
    });
    if good {
        Ok(text.to_owned())
    } else {
        Err("write a network such as `10.0.0.0/8` or `2001:db8::/32`".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::network;

    #[test]
    fn a_network_is_an_address_and_its_bits() {
        for good in ["10.0.0.0/8", "192.0.2.7", "2001:db8::/32", "::1/128"] {
            assert_eq!(network(good).as_deref(), Ok(good));
        }
        for bad in ["", "10.0.0.0/33", "10.0.0/8", "example.com", "::/129", "10.0.0.0/"] {
            assert!(network(bad).is_err(), "{bad}");
        }
    }
}
