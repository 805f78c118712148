//! Whether a browser on this machine could come back to a command: a port can be opened, and the tool's own is free.

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener};

use doorkey_manifest::manifest::Way;

use super::{Finding, Patient};

const NAME: &str = "port";

pub(super) fn check(patient: &Patient<'_>) -> Option<Finding> {
    let Some(client) = patient.client else { return Some(any()) };
    let sign_in = &client.manifest().sign_in;
    let callback = sign_in.ways.contains(&Way::Loopback)
        || (sign_in.ways.contains(&Way::Device) && sign_in.device.callback);
    if !callback {
        return None;
    }
    let ports = &sign_in.loopback.ports;
    Some(if ports.is_empty() { any() } else { one_of(ports) })
}

/// Any port at both addresses of this machine.
fn any() -> Finding {
    let four = open(Ipv4Addr::LOCALHOST.into(), 0);
    let six = open(Ipv6Addr::LOCALHOST.into(), 0);
    match (four, six) {
        (Ok(()), Ok(())) => Finding::ok(NAME, "can be opened on 127.0.0.1 and [::1]"),
        (Ok(()), Err(why)) => {
            Finding::ok(NAME, format!("can be opened on 127.0.0.1; not on [::1] ({why}), which isn't needed"))
        }
        (Err(why), _) => Finding::broken(NAME, format!("can't be opened on 127.0.0.1: {why}")).remedy(
            "Sign in with `login --device`, which needs none, or let this program listen on 127.0.0.1.",
        ),
    }
}

/// One of the ports that the tool has registered.
fn one_of(ports: &[u16]) -> Finding {
    let all = ports.iter().map(u16::to_string).collect::<Vec<_>>().join(", ");
    let tried = ports.iter().map(|port| (port, open(Ipv4Addr::LOCALHOST.into(), *port)));
    let mut why = String::new();
    for (port, result) in tried {
        match result {
            Ok(()) => {
                return Finding::ok(
                    NAME,
                    format!("{port} on 127.0.0.1 is free, one that the tool comes back to ({all})"),
                );
            }
            Err(problem) => why = problem,
        }
    }
    Finding::broken(NAME, format!("none that the tool comes back to is free ({all}): {why}"))
        .remedy("End the program that holds it, which may be another login, or sign in in another way.")
}

fn open(address: std::net::IpAddr, port: u16) -> Result<(), String> {
    match TcpListener::bind(SocketAddr::new(address, port)) {
        Ok(_) => Ok(()),
        Err(error) => Err(match error.kind() {
            io::ErrorKind::AddrInUse => "another program holds it".to_owned(),
            io::ErrorKind::AddrNotAvailable => "this machine has no such address".to_owned(),
            kind => kind.to_string(),
        }),
    }
}
