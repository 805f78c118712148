//! What a program of the product left in a file, in words.

use std::fs::File as Opened;
use std::io::{self, BufRead as _, BufReader, ErrorKind, IsTerminal as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use clap::ArgMatches;
use doorkey::Client;
use doorkey_manifest::manifest::File;
use serde_json::Value;

use crate::failure::Failure;
use crate::voice::{Voice, clean};

/// Between two looks at a file that is followed.
const PAUSE: Duration = Duration::from_secs(1);

/// No file that is shown whole is larger.
const LARGEST: u64 = 16 * 1024 * 1024;

pub fn run(file: &File, matches: &ArgMatches, client: &Client, voice: &mut Voice) -> Result<u8, Failure> {
    let Some(path) = client.system().own_path(&file.path) else { return missing(file, voice) };
    match Opened::open(&path) {
        Err(error) if error.kind() == ErrorKind::NotFound => missing(file, voice),
        Err(source) => Err(Failure::FileUnreadable { path, source }),
        Ok(opened) if file.lines => lines(file, opened, path, follows(matches), client, voice),
        Ok(opened) => document(file, opened, &path, voice),
    }
}

fn missing(file: &File, voice: &mut Voice) -> Result<u8, Failure> {
    voice.say_own(&file.missing, &doorkey_manifest::Values::new())?;
    Ok(file.missing.exit.unwrap_or(0))
}

/// A terminal follows, anything else gets what there is.
fn follows(matches: &ArgMatches) -> bool {
    let given = |name: &str| matches.try_get_one::<bool>(name).ok().flatten() == Some(&true);
    given("follow") || (!given("no_follow") && io::stdout().is_terminal())
}

fn document(file: &File, opened: Opened, path: &Path, voice: &mut Voice) -> Result<u8, Failure> {
    use io::Read as _;

    let mut text = String::new();
    let read = opened.take(LARGEST).read_to_string(&mut text);
    read.map_err(|source| Failure::FileUnreadable { path: path.to_owned(), source })?;
    // What nobody can read says as little as nothing.
    let Ok(document) = serde_json::from_str::<Value>(&text) else { return missing(file, voice) };
    if voice.json() {
        voice.result(&document)?;
    } else {
        voice.data(&shown(file, &document).unwrap_or_else(|| clean(text.trim_end()).into_owned()))?;
    }
    Ok(0)
}

fn lines(
    file: &File,
    opened: Opened,
    path: PathBuf,
    follow: bool,
    client: &Client,
    voice: &mut Voice,
) -> Result<u8, Failure> {
    let unreadable = |source| Failure::FileUnreadable { path: path.clone(), source };
    let mut reader = BufReader::new(opened);
    let watch = follow.then(|| voice.watch(&Arc::default(), String::new()));
    let mut line = String::new();
    loop {
        match reader.read_line(&mut line) {
            Ok(0) if let Some(watch) = &watch => {
                // A file that was cut off begins again.
                let here = reader.stream_position().map_err(unreadable)?;
                if std::fs::metadata(&path).is_ok_and(|now| now.len() < here) {
                    reader.seek(SeekFrom::Start(0)).map_err(unreadable)?;
                }
                if client.system().clock.wait(PAUSE, &watch.cancel) {
                    return Ok(0);
                }
            }
            Ok(0) => return Ok(0),
            Ok(_) => {
                tell(file, line.trim(), voice)?;
                line.clear();
            }
            // A line that isn't text is passed over.
            Err(error) if error.kind() == ErrorKind::InvalidData => line.clear(),
            Err(error) => return Err(unreadable(error)),
        }
    }
}

fn tell(file: &File, line: &str, voice: &mut Voice) -> Result<(), Failure> {
    if line.is_empty() {
        return Ok(());
    }
    let said = if voice.json() {
        None
    } else {
        serde_json::from_str::<Value>(line).ok().and_then(|document| shown(file, &document))
    };
    voice.data(&said.unwrap_or_else(|| clean(line).into_owned()))
}

fn shown(file: &File, document: &Value) -> Option<String> {
    let values = file.json.read(document)?;
    let text = file.text.fill_lines(&values).ok()?;
    Some(clean(&text).into_owned())
}
