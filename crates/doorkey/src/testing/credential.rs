//! A credential that says everything that a product's file has a place for.

use doorkey_manifest::Values;
use doorkey_manifest::names::{self, Kind};

/// What stands in every secret here, for whoever looks whether one has come out.
pub(crate) const SECRET: &str = "topsecret";

/// Of this server, until this moment in milliseconds.
pub(crate) fn full_credential(server: &str, until: i64) -> Values {
    let mut values = Values::new();
    for name in names::all() {
        match name.kind {
            Kind::Text | Kind::Id if name.secret => values.set(name.name, format!("{SECRET}-{}", name.name)),
            Kind::Text | Kind::Id => values.set(name.name, "something"),
            Kind::Url => values.set(name.name, server),
            Kind::Time => values.set(name.name, until),
            Kind::Number | Kind::Flag | Kind::List | Kind::Items(_) | Kind::Any => {}
        }
    }
    values
}
