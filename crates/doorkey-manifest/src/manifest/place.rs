//! Where in the source something stands.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeArray, DeTable, DeValue};

use crate::template::Path;

/// Line and column of a byte offset, counted from 1, the column in characters.
pub(super) fn line_and_column(source: &str, offset: usize) -> (usize, usize) {
    let before = source.get(..offset).unwrap_or(source);
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
}

/// Where a path of keys and indices stands: its value if that is a plain one, else its key. When the path leads
/// further than the source, it is the last place on the way.
pub(super) fn locate(root: &Spanned<DeTable<'_>>, path: &[String]) -> Range<usize> {
    let mut place = 0..0;
    let mut here = Here::Table(root.get_ref());
    for step in path {
        let (key, value) = match here {
            Here::Table(table) => match table.get_key_value(step.as_str()) {
                Some((key, value)) => (key.span(), value),
                None => break,
            },
            Here::Array(array) => match step.parse().ok().and_then(|index: usize| array.get(index)) {
                Some(value) => (value.span(), value),
                None => break,
            },
            Here::Plain => break,
        };
        here = match value.get_ref() {
            DeValue::Table(table) => Here::Table(table),
            DeValue::Array(array) => Here::Array(array),
            _ => Here::Plain,
        };
        place = if matches!(here, Here::Plain) { value.span() } else { key };
    }
    place
}

enum Here<'t, 'i> {
    Table(&'t DeTable<'i>),
    Array(&'t DeArray<'i>),
    Plain,
}

/// The path of the smallest thing in the source that contains a place.
pub(super) fn find(root: &DeTable<'_>, wanted: &Range<usize>) -> Option<Path> {
    let mut search = Search { wanted, path: Vec::new(), found: None };
    search.table(root);
    search.found.map(|(_, path)| path)
}

struct Search<'a> {
    wanted: &'a Range<usize>,
    path: Path,
    found: Option<(usize, Path)>,
}

impl Search<'_> {
    fn table(&mut self, table: &DeTable<'_>) {
        for (key, value) in table {
            self.path.push(key.get_ref().clone().into_owned());
            self.consider(&key.span());
            self.value(value);
            self.path.pop();
        }
    }

    fn value(&mut self, value: &Spanned<DeValue<'_>>) {
        self.consider(&value.span());
        match value.get_ref() {
            DeValue::Table(table) => self.table(table),
            DeValue::Array(array) => {
                for (index, item) in array.iter().enumerate() {
                    self.path.push(index.to_string());
                    self.value(item);
                    self.path.pop();
                }
            }
            _ => {}
        }
    }

    fn consider(&mut self, span: &Range<usize>) {
        let contains = span.start <= self.wanted.start && self.wanted.end <= span.end;
        let smaller = self.found.as_ref().is_none_or(|(size, _)| span.len() < *size);
        if contains && smaller {
            self.found = Some((span.len(), self.path.clone()));
        }
    }
}

/// Takes what stands at a path out of a table.
pub(super) fn remove(table: &mut DeTable<'_>, path: &[String]) {
    match path {
        [] => {}
        [key] => drop(table.remove(key.as_str())),
        [key, rest @ ..] => {
            if let Some(value) = table.get_mut(key.as_str()) {
                remove_value(value.get_mut(), rest);
            }
        }
    }
}

fn remove_value(value: &mut DeValue<'_>, path: &[String]) {
    match value {
        DeValue::Table(table) => remove(table, path),
        DeValue::Array(array) => {
            let Some((index, rest)) = path.split_first() else { return };
            let Ok(index) = index.parse::<usize>() else { return };
            if rest.is_empty() {
                let kept = array.iter().enumerate().filter(|(place, _)| *place != index);
                *array = kept.map(|(_, item)| item.clone()).collect();
            } else if let Some(item) = array.get_mut(index) {
                remove_value(item.get_mut(), rest);
            }
        }
        _ => {}
    }
}
