//! Who the product is.

use super::super::Manifest;
use super::super::app::{PictureProblem, picture};
use super::Rules;

impl Rules<'_> {
    pub(super) fn app(&mut self, manifest: &Manifest) {
        let app = &manifest.app;
        let plain = |character: char| {
            character.is_ascii_lowercase() || character.is_ascii_digit() || character == '-'
        };
        let begins = app.name.starts_with(|character: char| character.is_ascii_lowercase());
        if !begins || !app.name.chars().all(plain) || app.name.len() > 40 {
            self.report(
                &["app", "name"],
                format!("`{}` can't be an app's name", app.name),
                "a name is lower-case letters, digits and `-`, begins with a letter and has at most 40 characters".to_owned(),
            );
        }
        if app.title.trim().is_empty() {
            self.report(
                &["app", "title"],
                "the title is empty",
                "people read it on the approval page".to_owned(),
            );
        }
        for (key, color) in [("color", &app.color), ("color_dark", &app.color_dark)] {
            let Some(color) = color else { continue };
            let digits = color.strip_prefix('#').unwrap_or_default();
            if digits.len() != 6 || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
                self.report(
                    &["app", key],
                    format!("`{color}` isn't a colour"),
                    "write it as `#rrggbb`".to_owned(),
                );
            }
        }
        if app.homepage.as_ref().is_some_and(|address| !address.starts_with("https://")) {
            self.report(&["app", "homepage"], "the address doesn't begin with `https://`", None);
        }
        let shown = app.logo.as_ref().filter(|logo| !logo.starts_with("https://"));
        if let Some(problem) = shown.and_then(|logo| picture(logo).err()) {
            let help = match problem {
                PictureProblem::Form => {
                    "write it as `data:image/svg+xml;base64,…` or `data:image/png;base64,…`, or its https address"
                }
                PictureProblem::Size(_) => "a logo is shown small: a simple SVG needs no more than a few KiB",
                PictureProblem::Type => "a PNG begins with its signature, an SVG is a text with `<svg`",
            };
            self.report(&["app", "logo"], problem.to_string(), help.to_owned());
        }
    }
}
