//! The manifests that are compiled in: every file of `apps/`.

/// Name and source of each, sorted by name. Written by the build script.
static SOURCES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/apps.rs"));

/// The names of the apps that are compiled in, sorted.
pub fn names() -> impl ExactSizeIterator<Item = &'static str> + Clone {
    SOURCES.iter().map(|(name, _)| *name)
}

/// The manifest's text of an app that is compiled in.
pub fn source(name: &str) -> Option<&'static str> {
    let index = SOURCES.binary_search_by_key(&name, |(name, _)| name).ok()?;
    SOURCES.get(index).map(|(_, source)| *source)
}
