//! Lists in the product's own layout.

use doorkey_manifest::manifest::{Column, List};
use doorkey_manifest::{Text, Values};
use serde_json::Value;

use crate::voice::clean;

/// What stands between two columns.
const GAP: &str = "  ";

/// The lines of a list: its heads, a rule where the product draws one, and a row for each item. A row begins with the mark
/// when the item is the active one.
pub fn lines(list: &List, prefix: &str, items: &[Value]) -> Vec<String> {
    let rows: Vec<(bool, Vec<String>)> = items
        .iter()
        .map(|item| {
            (item["active"] == true, list.columns.iter().map(|column| cell(column, prefix, item)).collect())
        })
        .collect();
    let widths: Vec<usize> = list
        .columns
        .iter()
        .enumerate()
        .map(|(index, column)| {
            let cells =
                rows.iter().filter_map(|(_, cells)| cells.get(index)).map(|cell| cell.chars().count());
            cells.chain([column.head.chars().count(), column.width]).max().unwrap_or(0)
        })
        .collect();
    let heads: Vec<String> = list.columns.iter().map(|column| column.head.clone()).collect();
    let head = format!("{GAP}{}", line(&heads, &widths));
    let rule =
        list.ruled.then(|| format!("{GAP}{}", "-".repeat(head.chars().count().saturating_sub(GAP.len()))));
    let rows = rows.iter().map(|(active, cells)| {
        let mark = list.mark.as_deref().filter(|_| *active);
        format!("{:2}{}", mark.unwrap_or_default(), line(cells, &widths))
    });
    std::iter::once(head.clone()).chain(rule).chain(rows).collect()
}

/// An item under the names that manifests use.
pub fn item_values(prefix: &str, item: &Value) -> Values {
    let fields = item.as_object().into_iter().flatten();
    fields.map(|(name, value)| (format!("{prefix}.{name}"), value.clone())).collect()
}

/// The items for programs: what the product says of each, its times as all times are said.
pub fn as_json(items: Vec<Value>) -> Value {
    let shown = |(name, value): (String, Value)| {
        let at = value.as_i64().filter(|_| name.ends_with("_at"));
        (name, at.and_then(crate::time::rfc3339).map_or(value, Value::from))
    };
    let item = |item| match item {
        Value::Object(fields) => Value::Object(fields.into_iter().map(shown).collect()),
        other => other,
    };
    items.into_iter().map(item).collect()
}

/// A text of the product about the list, with how many there are.
pub fn about(text: &Text, count: usize) -> String {
    text.fill_lines(&Values::new().with("count", count)).unwrap_or_default()
}

fn cell(column: &Column, prefix: &str, item: &Value) -> String {
    let text = column.value.fill(&item_values(prefix, item)).unwrap_or_default();
    clean(&text).replace(['\n', '\t'], " ")
}

/// Cells side by side; the last one isn't padded.
fn line(cells: &[String], widths: &[usize]) -> String {
    let Some((last, before)) = cells.split_last() else { return String::new() };
    let mut text = String::new();
    for (cell, width) in before.iter().zip(widths) {
        text.push_str(cell);
        text.extend(std::iter::repeat_n(' ', width.saturating_sub(cell.chars().count()) + GAP.len()));
    }
    text.push_str(last);
    text
}
