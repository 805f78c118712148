//! Just enough of HTML to fill in our own forms without a browser: forms, fields, buttons, links.

/// One tag with its attributes.
#[derive(Debug)]
struct Tag<'a> {
    name: &'a str,
    attributes: Vec<(&'a str, String)>,
    /// What follows the tag.
    rest: &'a str,
}

impl Tag<'_> {
    fn get(&self, name: &str) -> Option<&str> {
        self.attributes
            .iter()
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }
}

/// A form with what it sends by itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Form {
    /// Where it is sent; empty: to the page's own address.
    pub action: String,
    /// Names and values of all fields, hidden ones and empty ones, too.
    pub fields: Vec<(String, String)>,
    /// The buttons: what they say, and the name and value that they add.
    pub buttons: Vec<Button>,
}

/// A button of a form.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Button {
    /// What it says.
    pub text: String,
    /// The field that it adds, if it has a name.
    pub field: Option<(String, String)>,
    /// Where it sends the form instead.
    pub action: Option<String>,
}

/// All forms of a page, in order.
pub fn forms(html: &str) -> Vec<Form> {
    let mut forms: Vec<Form> = Vec::new();
    let mut inside = false;
    for tag in tags(html) {
        match tag.name.to_ascii_lowercase().as_str() {
            "form" => {
                inside = true;
                forms.push(Form {
                    action: tag.get("action").unwrap_or_default().to_owned(),
                    ..Form::default()
                });
            }
            "/form" => inside = false,
            name @ ("input" | "button") if inside => {
                let Some(form) = forms.last_mut() else { continue };
                let value = tag.get("value").unwrap_or_default().to_owned();
                let field = tag.get("name").map(|name| (name.to_owned(), value.clone()));
                let submits = matches!(tag.get("type"), Some("submit"));
                let unticked =
                    matches!(tag.get("type"), Some("checkbox" | "radio")) && tag.get("checked").is_none();
                if name == "button" || submits {
                    let text = if name == "button" { text_until(tag.rest, "</button") } else { value };
                    form.buttons.push(Button {
                        text,
                        field,
                        action: tag.get("formaction").map(str::to_owned),
                    });
                } else if !unticked {
                    form.fields.extend(field);
                }
            }
            _ => {}
        }
    }
    forms
}

/// Where the link that says this leads.
pub fn link(html: &str, says: &str) -> Option<String> {
    let mut links = tags(html).filter(|tag| tag.name.eq_ignore_ascii_case("a"));
    links.find(|tag| text_until(tag.rest, "</a").contains(says))?.get("href").map(str::to_owned)
}

/// The text of a page or a part of it: no tags, no style sheets, white space as one blank.
pub fn text(html: &str) -> String {
    let mut text = String::new();
    let mut rest = html;
    while let Some((before, after)) = rest.split_once('<') {
        text.push_str(before);
        text.push(' ');
        let skipped = ["script", "style", "svg", "title"].into_iter().find(|name| after.starts_with(name));
        let end = skipped.and_then(|name| after.find(&format!("</{name}"))).unwrap_or(0);
        let after = after.get(end..).unwrap_or_default();
        rest = after.split_once('>').map_or("", |(_, rest)| rest);
    }
    text.push_str(rest);
    decode(&text).split_whitespace().collect::<Vec<_>>().join(" ")
}

fn text_until(html: &str, end: &str) -> String {
    text(html.split_once(end).map_or(html, |(inside, _)| inside))
}

fn tags(html: &str) -> impl Iterator<Item = Tag<'_>> {
    let mut rest = html;
    std::iter::from_fn(move || {
        loop {
            let (_, after) = rest.split_once('<')?;
            rest = after;
            if after.starts_with("!--") {
                rest = after.split_once("-->").map_or("", |(_, rest)| rest);
                continue;
            }
            let (tag, after) = tag(after)?;
            rest = after;
            return Some(tag);
        }
    })
}

fn tag(text: &str) -> Option<(Tag<'_>, &str)> {
    let end = text.find(|c: char| c.is_whitespace() || c == '>')?;
    let (name, mut rest) = text.split_at(end);
    let mut attributes = Vec::new();
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_whitespace() || c == '/');
        if let Some(rest) = rest.strip_prefix('>') {
            return Some((Tag { name, attributes, rest }, rest));
        }
        let end = rest.find(|c: char| c.is_whitespace() || matches!(c, '=' | '>'))?;
        let (key, after) = rest.split_at(end);
        rest = after;
        let mut value = "";
        if let Some(after) = rest.strip_prefix('=') {
            (value, rest) = match after.chars().next()? {
                quote @ ('"' | '\'') => after.get(1..)?.split_once(quote)?,
                _ => after.split_at(after.find(|c: char| c.is_whitespace() || c == '>')?),
            };
        }
        attributes.push((key, decode(value)));
    }
}

fn decode(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        out.push_str(before);
        let decoded = after.split_once(';').and_then(|(name, after)| Some((entity(name)?, after)));
        rest = if let Some((character, after)) = decoded {
            out.push(character);
            after
        } else {
            out.push('&');
            after
        };
    }
    out.push_str(rest);
    out
}

fn entity(name: &str) -> Option<char> {
    let number = |digits: &str, radix| u32::from_str_radix(digits, radix).ok().and_then(char::from_u32);
    match name {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "nbsp" => Some(' '),
        _ => match name.strip_prefix("#x") {
            Some(digits) => number(digits, 16),
            None => number(name.strip_prefix('#')?, 10),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_read_with_its_fields_and_buttons() {
        let html = r#"<!-- <form> --><form method="post" action="/approve/1?a=1&amp;b=2">
            <input type="hidden" name="form_token" value="x&#x27;y"><input name=email required>
            <input type=checkbox name=remember value=1>
            <button name="decision" value="approve" class=b><svg><title>no</title></svg> Approve  it</button>
            <button formaction="/other">Deny</button></form><a href="/sign-up">Create an account</a>"#;
        let forms = forms(html);
        let [form] = forms.as_slice() else { panic!("one form: {forms:?}") };
        assert_eq!(form.action, "/approve/1?a=1&b=2");
        let fields =
            [("form_token", "x'y"), ("email", "")].map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(form.fields, fields);
        let approve = Button {
            text: "Approve it".to_owned(),
            field: Some(("decision".to_owned(), "approve".to_owned())),
            action: None,
        };
        let deny = Button { text: "Deny".to_owned(), field: None, action: Some("/other".to_owned()) };
        assert_eq!(form.buttons, [approve, deny]);
        assert_eq!(link(html, "Create").as_deref(), Some("/sign-up"));
    }

    #[test]
    fn text_is_what_a_person_reads() {
        let html = "<style>a{}</style><h1>Sign&nbsp;in &amp; go</h1>\n<p>to <b>Demo</b>";
        assert_eq!(text(html), "Sign in & go to Demo");
    }
}
