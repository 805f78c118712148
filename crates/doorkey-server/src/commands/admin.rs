//! `doorkeyd admin`: what only whoever runs the service may change. It works on the database, beside a service that runs.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};

use super::{
    CommandError, dev, run,
    serve::{location, products},
};
use crate::{
    Domain,
    asker::Refusal,
    audit::Origin,
    config::Config,
    entropy::OsEntropy,
    keys::ServerKeys,
    plan::PlanHolder,
    products::Products,
    store::{Location, Store},
};

/// What can be changed.
#[derive(Debug, Subcommand)]
pub enum Admin {
    /// Gives an account or an organization a plan
    Plan(Plan),
    /// Takes an account out of use: everything that it is signed in to ends at once
    Disable(Account),
    /// Gives an account back; what ended stays ended
    Enable(Account),
}

/// Which service it is about.
#[derive(Debug, Args)]
struct Which {
    /// The configuration file of the service; without one, what `dev` keeps
    #[arg(long, value_name = "FILE", conflicts_with = "data")]
    config: Option<PathBuf>,
    /// Where `dev` keeps its data [default: a folder in your home]
    #[arg(long, value_name = "DIRECTORY")]
    data: Option<PathBuf>,
    /// A folder of manifests beyond those that are built in, as `dev` was given it
    #[arg(long, value_name = "DIRECTORY", conflicts_with = "config")]
    apps: Option<PathBuf>,
}

/// A plan for somebody.
#[derive(Debug, Args)]
pub struct Plan {
    /// An e-mail address, or the id or short name of an organization
    holder: String,
    /// The plan, as a manifest names it; `none` takes it away
    #[arg(value_name = "PLAN")]
    name: String,
    #[command(flatten)]
    which: Which,
}

/// An account.
#[derive(Debug, Args)]
pub struct Account {
    /// Its e-mail address
    email: String,
    #[command(flatten)]
    which: Which,
}

impl Admin {
    /// Does it, and says what was done.
    pub(super) async fn run(self, environment: &impl Fn(&str) -> Option<String>) -> Result<(), CommandError> {
        let which = match &self {
            Self::Plan(plan) => &plan.which,
            Self::Disable(account) | Self::Enable(account) => &account.which,
        };
        let domain = which.open(environment).await?;
        let done = self.change(&domain).await;
        domain.close().await;
        run::announce(&done?);
        Ok(())
    }

    async fn change(&self, domain: &Domain) -> Result<String, Refusal> {
        let origin = Origin::ourselves();
        match self {
            Self::Plan(plan) => plan.give(domain, &origin).await,
            Self::Disable(Account { email, .. }) => {
                domain.disable_account(email, &origin).await?;
                Ok(format!("{email} is disabled, and all that it was signed in to has ended"))
            }
            Self::Enable(Account { email, .. }) => {
                domain.enable_account(email, &origin).await?;
                Ok(format!("{email} can be signed in to again"))
            }
        }
    }
}

impl Plan {
    async fn give(&self, domain: &Domain, origin: &Origin) -> Result<String, Refusal> {
        let wanted = Some(self.name.as_str()).filter(|plan| *plan != "none");
        let holder = PlanHolder::read(&self.holder);
        // Without a delivery that could have been heard before, there always is one.
        let org =
            domain.set_plan(holder, wanted, None, origin).await?.ok_or(Refusal::NotFound("organization"))?;
        let plan = wanted.map_or_else(|| "no plan".to_owned(), |plan| format!("the plan {plan}"));
        Ok(format!("{} ({}) has {plan} now", org.name, org.slug))
    }
}

impl Which {
    /// The domain of a service that may be running.
    async fn open(&self, environment: &impl Fn(&str) -> Option<String>) -> Result<Domain, CommandError> {
        if let Some(path) = &self.config {
            return configured(path).await;
        }
        let data = dev::data_folder(self.data.clone(), environment)?;
        let products = Products::load(self.apps.as_deref(), None)?;
        let location = Location::from(data.join("doorkey.db").as_path());
        open(&location, &data.join("key"), &products).await
    }
}

async fn configured(path: &Path) -> Result<Domain, CommandError> {
    let config = Config::load(path)?;
    open(&location(&config)?, &config.key_file, &products(&config)?).await
}

async fn open(location: &Location, key: &Path, products: &Products) -> Result<Domain, CommandError> {
    let keys = ServerKeys::load_or_create(key, &OsEntropy)?;
    let store = Store::open(location).await?;
    Ok(run::domain(store, keys, products.apps()?))
}
