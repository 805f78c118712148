//! The OpenAPI document, made from the table. Version 3.1, because its schemas are JSON Schema as it is.

use schemars::{SchemaGenerator, generate::SchemaSettings};
use serde_json::{Map, Value, json};

use super::{
    BASE,
    error::ErrorBody,
    operation::{Content, Operation, Who},
};
use crate::asker::MANAGE_SCOPE;

const ABOUT: &str = "Tokens, keys and organizations, for a vendor's own tools. Send `Authorization: Bearer TOKEN`, with a \
    token that a sign-in gave. Such a token may look at everything of its account and revoke tokens and keys; to make or \
    change something it needs the scope `doorkey:manage`, which a sign-in gets only when it asks for it.";

/// Describes all operations.
pub(super) fn document(operations: &[Operation]) -> Value {
    let settings = SchemaSettings::draft2020_12().with(|settings| {
        settings.definitions_path = "/components/schemas".into();
        settings.meta_schema = None;
    });
    let mut read = settings.clone().for_deserialize().into_generator();
    let mut written = settings.for_serialize().into_generator();

    let mut paths: Map<String, Value> = Map::new();
    for operation in operations {
        let described = describe(operation, &mut read, &mut written);
        let path = paths.entry(operation.path).or_insert_with(|| json!({}));
        if let Some(path) = path.as_object_mut() {
            path.insert(operation.verb.as_str().to_ascii_lowercase(), described);
        }
    }
    let error = written.subschema_for::<ErrorBody>().to_value();
    let failures: Map<String, Value> =
        FAILURES.iter().map(|failure| (failure.name.to_owned(), failure.describe(&error))).collect();
    let mut schemas = written.take_definitions(true);
    schemas.extend(read.take_definitions(true));
    schemas.sort_keys();
    json!({
        "openapi": "3.1.0",
        "info": { "title": "Doorkey", "version": "1", "description": ABOUT },
        "servers": [{ "url": BASE }],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "responses": failures,
            "securitySchemes": { "token": { "type": "http", "scheme": "bearer" } },
        },
    })
}

fn describe(operation: &Operation, read: &mut SchemaGenerator, written: &mut SchemaGenerator) -> Value {
    let mut described = json!({
        "operationId": operation.id,
        "summary": operation.summary,
        "x-caller": match operation.who {
            Who::Anybody => "anybody",
            Who::AnyToken => "any token",
            Who::SignedIn => "a sign-in",
            Who::Manages => MANAGE_SCOPE,
        },
        "security": match operation.who {
            Who::Anybody => json!([]),
            Who::AnyToken | Who::SignedIn => json!([{ "token": [] }]),
            Who::Manages => json!([{ "token": [MANAGE_SCOPE] }]),
        },
    });
    let fields = described.as_object_mut();
    let Some(fields) = fields else { return Value::Null };
    if let Some(role) = operation.role {
        fields.insert("x-role".to_owned(), role.as_str().into());
    }
    let parameters: Vec<Value> = in_path(operation.path).chain(in_query(operation)).collect();
    if !parameters.is_empty() {
        fields.insert("parameters".to_owned(), parameters.into());
    }
    if let Some(body) = &operation.body {
        let schema = (body.schema)(read);
        let content = json!({ "application/json": { "schema": schema } });
        fields.insert("requestBody".to_owned(), json!({ "required": body.required, "content": content }));
    }
    let answer = &operation.answer;
    let mut responses = Map::new();
    let done = match (answer.content)(written) {
        Content::Nothing => json!({ "description": "Done" }),
        Content::Json(schema) => {
            json!({ "description": "Done", "content": { "application/json": { "schema": schema } } })
        }
        Content::File(media_types) => {
            let text = json!({ "schema": { "type": "string" } });
            let content: Map<String, Value> =
                media_types.iter().map(|media_type| ((*media_type).to_owned(), text.clone())).collect();
            let name =
                json!({ "description": "The file's name", "required": true, "schema": { "type": "string" } });
            json!({ "description": "A file", "headers": { "Content-Disposition": name }, "content": content })
        }
    };
    responses.insert(answer.status.as_str().to_owned(), done);
    let failures = operation.failures();
    for failure in FAILURES.iter().filter(|failure| failures.contains(&failure.status)) {
        let reference = format!("#/components/responses/{}", failure.name);
        responses.insert(failure.status.to_string(), json!({ "$ref": reference }));
    }
    fields.insert("responses".to_owned(), responses.into());
    described
}

fn in_path(path: &'static str) -> impl Iterator<Item = Value> {
    let names = path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    names.map(|name| {
        let (summary, schema) = match name {
            "org" => ("The organization, by its id or its slug", json!({ "type": "string", "minLength": 1 })),
            _ => ("Its id", json!({ "type": "string", "format": "uuid" })),
        };
        json!({ "name": name, "in": "path", "required": true, "description": summary, "schema": schema })
    })
}

fn in_query(operation: &Operation) -> impl Iterator<Item = Value> {
    operation.query.iter().map(|parameter| {
        json!({
            "name": parameter.name,
            "in": "query",
            "description": parameter.summary,
            "schema": (parameter.schema)(),
        })
    })
}

/// What can go wrong, by its status.
struct Failure {
    status: u16,
    name: &'static str,
    summary: &'static str,
    /// A header that comes with it.
    header: Option<(&'static str, &'static str)>,
}

impl Failure {
    const fn new(status: u16, name: &'static str, summary: &'static str) -> Self {
        Self { status, name, summary, header: None }
    }

    const fn with(mut self, header: &'static str, summary: &'static str) -> Self {
        self.header = Some((header, summary));
        self
    }

    fn describe(&self, error: &Value) -> Value {
        let mut described = json!({
            "description": self.summary,
            "content": { "application/json": { "schema": error } },
        });
        if let (Some((name, summary)), Some(described)) = (self.header, described.as_object_mut()) {
            let header = json!({ "description": summary, "required": true, "schema": { "type": "string" } });
            described.insert("headers".to_owned(), json!({ name: header }));
        }
        described
    }
}

const FAILURES: &[Failure] = &[
    Failure::new(400, "Invalid", "Something that was sent can't be"),
    Failure::new(401, "Unauthorized", "There is no token, or it isn't good")
        .with("WWW-Authenticate", "How to come by a better token (RFC 6750)"),
    Failure::new(403, "Forbidden", "The token, the role or the plan doesn't reach"),
    Failure::new(404, "NotFound", "There is no such thing, or it is another organization's"),
    Failure::new(405, "OtherMethod", "The address takes other methods")
        .with("Allow", "The methods that it takes"),
    Failure::new(408, "TooSlow", "The body did not arrive in time"),
    Failure::new(409, "Conflict", "It doesn't go together with what there is"),
    Failure::new(413, "TooLong", "The body is longer than 64 KiB"),
    Failure::new(415, "NotJson", "The body isn't JSON by its Content-Type"),
    Failure::new(429, "TooMany", "Too many requests").with("Retry-After", "How many seconds to wait"),
    Failure::new(503, "Unavailable", "The service can't answer now")
        .with("Retry-After", "How many seconds to wait"),
];
