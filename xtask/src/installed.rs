//! What the tests need from the machine. Installed through apt where that is ours to do.

use std::process::Command;

use doorkey_tests::{browser, faketime, gateway, postgres, proxy};

use crate::Outcome;
use crate::run::{exists, run};

/// A browser, with letters to draw.
pub const CHROMIUM: Need = Need {
    what: "Chromium",
    packages: &["chromium", "fonts-dejavu-core"],
    is_there: || browser::chromium().is_some(),
};

/// A database server.
pub const POSTGRES: Need = Need {
    what: "PostgreSQL's server",
    packages: &["postgresql"],
    is_there: || postgres::programs().is_some(),
};

/// A gateway to stand in front of an API.
pub const NGINX: Need =
    Need { what: "nginx", packages: &["nginx-light"], is_there: || gateway::program().is_some() };

/// A proxy that asks for a password.
pub const TINYPROXY: Need =
    Need { what: "tinyproxy", packages: &["tinyproxy-bin"], is_there: || proxy::tinyproxy().is_some() };

/// A proxy that opens what goes through it.
pub const MITMPROXY: Need =
    Need { what: "mitmproxy", packages: &["mitmproxy"], is_there: || proxy::mitmdump().is_some() };

/// Namespaces: a machine without a network, names that one program alone knows.
pub const NAMESPACES: Need = Need {
    what: "unshare",
    packages: &["util-linux", "mount"],
    is_there: || ["unshare", "mount"].iter().all(|name| proxy::installed(name).is_some()),
};

/// Python with what makes folders of their own for Schemathesis and for published clients.
pub const PYTHON: Need = Need {
    what: "Python",
    packages: &["python3", "python3-venv"],
    is_there: || {
        let tried = Command::new("python3").args(["-c", "import ensurepip, venv"]).output();
        tried.is_ok_and(|output| output.status.success())
    },
};

/// Node and npm, for published packages and for npm's own sign-in.
pub const NODE: Need = Need {
    what: "Node with npm",
    packages: &["nodejs", "npm"],
    is_there: || exists("node") && exists("npm"),
};

/// The shells that completions are tried in; bash is everywhere.
pub const SHELLS: Need =
    Need { what: "zsh and fish", packages: &["zsh", "fish"], is_there: || exists("zsh") && exists("fish") };

/// What reads a manual's pages.
pub const MANUAL: Need = Need {
    what: "man and groff",
    packages: &["man-db", "groff"],
    is_there: || exists("man") && exists("groff"),
};
/// What shows a program another clock than the machine's.
pub const FAKETIME: Need = Need {
    what: "libfaketime",
    packages: &["libfaketime", "faketime"],
    is_there: || faketime::library().is_some() && exists("faketime"),
};

/// git, as a program that asks for credentials.
pub const GIT: Need = Need { what: "git", packages: &["git"], is_there: || exists("git") };

/// skopeo, which asks for credentials as docker and podman do.
pub const SKOPEO: Need = Need { what: "skopeo", packages: &["skopeo"], is_there: || exists("skopeo") };

/// kubectl, of any version with exec plugins.
pub const KUBECTL: Need =
    Need { what: "kubectl", packages: &["kubernetes-client"], is_there: || exists("kubectl") };

/// Everything that the tests need.
pub const FOR_TESTS: &[Need] = &[
    CHROMIUM, POSTGRES, NGINX, PYTHON, NODE, SHELLS, MANUAL, FAKETIME, GIT, SKOPEO, KUBECTL, TINYPROXY,
    MITMPROXY, NAMESPACES,
];

/// Something that has to be installed.
pub struct Need {
    what: &'static str,
    packages: &'static [&'static str],
    is_there: fn() -> bool,
}

/// Makes sure that all of it is there, or says in one line what is missing.
pub fn ensure(needs: &[Need]) -> Outcome {
    let missing: Vec<&Need> = needs.iter().filter(|need| !(need.is_there)()).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let what = missing.iter().map(|need| need.what).collect::<Vec<_>>().join(" and ");
    let packages: Vec<&str> = missing.iter().flat_map(|need| need.packages).copied().collect();
    let by_hand =
        format!("{what} missing: run `apt-get install {}` as root, then this again", packages.join(" "));
    let Some(apt) = apt() else { return Err(by_hand) };

    let mut update = apt();
    update.args(["update", "--quiet"]);
    run(update).map_err(|problem| format!("{problem}. {by_hand}"))?;
    let mut install = apt();
    install.args(["install", "--yes", "--quiet", "--no-install-recommends"]).args(&packages);
    run(install).map_err(|problem| format!("{problem}. {by_hand}"))?;
    match missing.iter().find(|need| !(need.is_there)()) {
        None => Ok(()),
        Some(need) => {
            Err(format!("{} is still not where it is looked for, although apt-get succeeded", need.what))
        }
    }
}

/// apt-get, if we may use it: as root, or with a sudo that doesn't ask.
fn apt() -> Option<fn() -> Command> {
    let run = |program: &str, arguments: &[&str]| {
        let output = Command::new(program).args(arguments).output().ok()?;
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
    };
    if !exists("apt-get") {
        None
    } else if run("id", &["-u"]).as_deref() == Some("0") {
        Some(|| {
            let mut command = Command::new("apt-get");
            command.env("DEBIAN_FRONTEND", "noninteractive");
            command
        })
    } else if exists("sudo") && run("sudo", &["-n", "true"]).is_some() {
        Some(|| {
            let mut command = Command::new("sudo");
            command.args(["-n", "DEBIAN_FRONTEND=noninteractive", "apt-get"]);
            command
        })
    } else {
        None
    }
}
