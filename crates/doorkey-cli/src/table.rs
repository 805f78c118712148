//! Rows of one kind, laid out for the terminal that they are shown on.

use crate::voice::clean;

/// What stands between columns.
pub const GAP: usize = 2;

/// A column that may be shortened keeps so many characters.
const LEAST: usize = 12;

/// A line of the layout.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Line {
    /// Names of columns, or what a record is called.
    Head(String),
    /// A row.
    Row(String),
    /// One field of a record, with its label padded.
    Field(String, String),
}

/// Rows under named columns.
#[derive(Clone, Debug)]
pub struct Table {
    columns: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// A table without rows. The first column says what a row is about.
    pub fn new(columns: Vec<String>) -> Table {
        Table { columns, rows: Vec::new() }
    }

    /// Adds a row; what comes from a server is made harmless and stays on its line.
    pub fn row(&mut self, cells: Vec<String>) {
        self.rows.push(cells.iter().map(|cell| clean(cell).replace(['\n', '\t'], " ")).collect());
    }

    /// The lines for a terminal that has `room` characters in a line, or for a file.
    ///
    /// What doesn't fit side by side loses the end of long cells, but never so much that they say nothing: then each
    /// row becomes a record of its own, one field in a line.
    pub fn lines(&self, room: Option<usize>) -> Vec<Line> {
        let mut widths: Vec<usize> = (0..self.columns.len()).map(|index| self.width(index)).collect();
        if let Some(room) = room
            && !squeeze(&mut widths, room)
        {
            return self.records();
        }
        let head = Line::Head(line(&self.columns, &widths));
        let rows = self.rows.iter().map(|row| Line::Row(line(row, &widths)));
        std::iter::once(head).chain(rows).collect()
    }

    fn width(&self, index: usize) -> usize {
        let cells = self.rows.iter().filter_map(|row| row.get(index)).chain(self.columns.get(index));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    }

    fn records(&self) -> Vec<Line> {
        let labels = self.columns.get(1..).unwrap_or_default();
        let wide = labels.iter().map(|label| label.chars().count()).max().unwrap_or(0);
        let mut lines = Vec::new();
        for row in &self.rows {
            let Some((name, cells)) = row.split_first() else { continue };
            lines.push(Line::Head(name.clone()));
            for (label, cell) in labels.iter().zip(cells).filter(|(_, cell)| !cell.is_empty()) {
                lines.push(Line::Field(format!("{label:wide$}"), cell.clone()));
            }
        }
        lines
    }
}

/// Labels and values, a pair in a line: each label with what stands between it and its value, and the value, which goes on
/// below itself where the terminal ends. Words are never broken, so that an address can be copied.
pub fn labelled(rows: &[(String, String)], room: Option<usize>) -> Vec<(String, String)> {
    let wide = rows.iter().map(|(label, _)| label.chars().count()).max().unwrap_or(0) + GAP;
    let line = |(label, value): &(String, String)| {
        let padding = " ".repeat(wide.saturating_sub(label.chars().count()));
        let value = clean(value);
        let value = match room {
            Some(room) => wrapped(&value, room.saturating_sub(wide).max(LEAST), wide),
            None => value.into_owned(),
        };
        (format!("{label}{padding}"), value)
    };
    rows.iter().map(line).collect()
}

/// The text in lines of at most `room` characters where its words allow that; all but the first begin after `indent`
/// spaces.
pub fn wrapped(text: &str, room: usize, indent: usize) -> String {
    let mut all = String::new();
    let mut used = 0;
    for word in text.split(' ') {
        let length = word.chars().count();
        if used > 0 && used + 1 + length > room {
            all.push('\n');
            // What fits nowhere has the whole line, so that as little as possible of it is broken.
            all.extend(std::iter::repeat_n(' ', if length > room { 0 } else { indent }));
            used = 0;
        } else if used > 0 {
            all.push(' ');
            used += 1;
        }
        all.push_str(word);
        used += length;
    }
    all
}

/// Takes from the widest column until all fit. `false`: they can't.
fn squeeze(widths: &mut [usize], room: usize) -> bool {
    loop {
        let all = widths.iter().sum::<usize>() + GAP * widths.len().saturating_sub(1);
        if all <= room {
            return true;
        }
        match widths.iter_mut().max() {
            Some(widest) if *widest > LEAST => *widest -= (all - room).min(*widest - LEAST).min(1),
            _ => return false,
        }
    }
}

fn line(cells: &[String], widths: &[usize]) -> String {
    let mut text = String::new();
    for (cell, width) in cells.iter().zip(widths) {
        let shown = if cell.chars().count() > *width {
            format!("{}…", cell.chars().take(width.saturating_sub(1)).collect::<String>())
        } else {
            cell.clone()
        };
        text.push_str(&format_cell(&shown, *width));
    }
    text.truncate(text.trim_end().len());
    text
}

fn format_cell(cell: &str, width: usize) -> String {
    let width = width + GAP;
    format!("{cell:width$}")
}

#[cfg(test)]
mod tests {
    use super::{Line, Table, labelled};

    fn table() -> Table {
        let mut table = Table::new(vec!["Name".to_owned(), "Last used".to_owned(), "Expires".to_owned()]);
        let cells = |cells: [&str; 3]| cells.map(str::to_owned).to_vec();
        table.row(cells(["CI", "2 hours ago", "in 29 days"]));
        table.row(cells(["a name that somebody made\nvery long", "", "never"]));
        table
    }

    fn text(room: Option<usize>) -> String {
        let lines = table().lines(room).into_iter().map(|line| match line {
            Line::Head(text) | Line::Row(text) => text,
            Line::Field(label, value) => format!("  {label}  {value}"),
        });
        lines.collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn a_value_goes_on_below_itself_and_an_address_is_never_broken() {
        let rows = [
            ("Server".to_owned(), "https://an.example/that/is/long (the app's own)".to_owned()),
            ("Note".to_owned(), "one two three four five".to_owned()),
            ("File".to_owned(), "none (/home/ada/.demo/file)".to_owned()),
        ];
        let lines = |room| {
            let all = labelled(&rows, room).into_iter().map(|(label, value)| format!("{label}{value}"));
            all.collect::<Vec<_>>().join("\n")
        };
        assert_eq!(
            lines(Some(24)),
            "Server  https://an.example/that/is/long\n        (the app's own)\nNote    one two three\n        four five\nFile    none\n(/home/ada/.demo/file)"
        );
        assert_eq!(
            lines(None),
            "Server  https://an.example/that/is/long (the app's own)\nNote    one two three four five\nFile    none (/home/ada/.demo/file)"
        );
    }

    #[test]
    fn a_file_gets_everything() {
        insta::assert_snapshot!(text(None), @"
        Name                                 Last used    Expires
        CI                                   2 hours ago  in 29 days
        a name that somebody made very long               never
        ");
    }

    #[test]
    fn a_narrower_terminal_gets_shorter_cells() {
        insta::assert_snapshot!(text(Some(44)), @"
        Name                 Last used    Expires
        CI                   2 hours ago  in 29 days
        a name that somebo…               never
        ");
    }

    #[test]
    fn a_narrow_terminal_gets_records() {
        insta::assert_snapshot!(text(Some(30)), @"
        CI
          Last used  2 hours ago
          Expires    in 29 days
        a name that somebody made very long
          Expires    never
        ");
    }
}
