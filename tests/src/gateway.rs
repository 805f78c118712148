//! nginx, started for a test with a configuration of our own, in front of a small API that tells what reached it.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use crate::http::Connection;
use crate::janitor::Folder;
use crate::process::{PATIENCE, Running};

/// nginx, if it is installed.
pub fn program() -> Option<PathBuf> {
    ["/usr/sbin/nginx", "/usr/local/sbin/nginx"].into_iter().map(PathBuf::from).find(|path| path.exists())
}

/// A running nginx.
pub struct Gateway {
    /// Where it listens.
    pub url: String,
    running: Running,
    _folder: Folder,
}

impl Gateway {
    /// nginx with this server configuration, in which `LISTEN` becomes a free address.
    #[track_caller]
    pub fn start(server: &str) -> Self {
        let folder = Folder::new("gateway");
        let listen = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
        let listen = listen.expect("a free port").to_string();
        let here = folder.path().display();
        let config = format!(
            "daemon off;\nmaster_process off;\npid {here}/pid;\nerror_log stderr warn;\nevents {{ worker_connections 512; }}\n\
             http {{\naccess_log off;\nclient_body_temp_path {here}/body;\nproxy_temp_path {here}/proxy;\n\
             fastcgi_temp_path {here}/fastcgi;\nuwsgi_temp_path {here}/uwsgi;\nscgi_temp_path {here}/scgi;\n{}\n}}\n",
            server.replace("LISTEN", &listen)
        );
        let file = folder.join("nginx.conf");
        fs::write(&file, config).expect("a configuration can be written");
        let mut command = Command::new(program().expect("`cargo xtask test` installs nginx"));
        command.arg("-p").arg(folder.path()).arg("-c").arg(&file).arg("-e").arg("stderr");
        let running = Running::start("nginx", command);
        let url = format!("http://{listen}");
        let until = Instant::now() + PATIENCE;
        while Connection::try_open(&url).is_err() {
            assert!(Instant::now() < until, "nginx does not come up:\n{}", running.said());
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
        Self { url, running, _folder: folder }
    }

    /// What nginx has said.
    pub fn said(&self) -> String {
        self.running.said()
    }
}

/// A small API: it answers every request with the request's own lines. Says where it is; ends with the run.
pub fn small_api() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("its address").to_string();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { continue };
            std::thread::spawn(move || {
                let mut asked = Vec::new();
                let mut part = [0; 4096];
                while !asked.windows(4).any(|end| end == b"\r\n\r\n") {
                    match stream.read(&mut part) {
                        Ok(read) if read > 0 => asked.extend_from_slice(part.get(..read).unwrap_or_default()),
                        _ => return,
                    }
                }
                let head = format!(
                    "HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
                    asked.len()
                );
                let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&asked));
            });
        }
    });
    address
}

/// A file of the documentation, with these words replaced.
#[track_caller]
pub fn documented(path: &Path, words: &[(&str, &str)]) -> String {
    let text = fs::read_to_string(path).unwrap_or_else(|problem| panic!("{}: {problem}", path.display()));
    words.iter().fold(text, |text, (word, value)| text.replace(word, value))
}
