//! The published products, each by its document: what the command says, asks and writes when it stands in for theirs.

mod almyty;
mod arka;
mod arkor;
mod armoriq;
mod existing;
mod tank;

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

/// What a person's browser does when a page leads it somewhere: the status that it gets there.
fn visit(address: &str) -> u16 {
    let rest = address.strip_prefix("http://").unwrap();
    let (authority, path) = rest.split_once('/').unwrap();
    let mut stream = TcpStream::connect(authority).unwrap();
    write!(stream, "GET /{path} HTTP/1.1\r\nHost: {authority}\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer.split_whitespace().nth(1).unwrap().parse().unwrap()
}

/// A parameter of an address, decoded.
fn parameter(address: &str, name: &str) -> String {
    let query = address.split_once('?').unwrap().1;
    let value = query.split('&').find_map(|pair| pair.strip_prefix(&format!("{name}="))).unwrap();
    let mut decoded = String::new();
    let mut pieces = value.split('%');
    decoded.push_str(pieces.next().unwrap());
    for piece in pieces {
        decoded.push(char::from(u8::from_str_radix(&piece[..2], 16).unwrap()));
        decoded.push_str(&piece[2..]);
    }
    decoded
}

/// The parameters of an address, in their order.
fn parameters(address: &str) -> Vec<&str> {
    let query = address.split_once('?').map_or("", |(_, query)| query);
    query.split('&').map(|pair| pair.split('=').next().unwrap()).collect()
}
