//! `docs/lock.md`, tried: programs in several languages at one file, killed, cut off, on a full disk and with a clock that
//! jumps. Whatever happens, the person stays signed in.

use std::fs;
use std::process::Command;
use std::time::{Duration, Instant};

use doorkey_tests::faketime;
use doorkey_tests::janitor::Folder;
use doorkey_tests::middleman::{Middleman, Whim};
use doorkey_tests::process::{Finished, Running};
use doorkey_tests::service::Service;
use doorkey_tests::tool::Tool;
use doorkey_tests::workspace;
use serde_json::{Value, json};

use crate::stage::{CREDENTIAL, Engine, service_on, signed_in};

const LONG_AGO: &str = "2001-09-09T01:46:40Z";

/// A person who is signed in, and somebody between their machine and the token endpoint.
struct Scene {
    tool: Tool,
    between: Middleman,
    _service: Service,
    _folder: Folder,
}

impl Scene {
    fn new() -> Self {
        let service = service_on(Engine::Sqlite);
        let between = Middleman::before(&service.url);
        let folder = Folder::new("lock");
        let demo = fs::read_to_string(workspace().join("apps/demo.toml")).expect("the demo's manifest");
        let manifest = format!("{demo}\n[oauth.endpoints]\ntoken = \"{}/oauth2/token\"\n", between.url);
        let file = folder.join("demo.toml");
        fs::write(&file, manifest).expect("a manifest can be written");
        let (tool, _) = signed_in(&file.display().to_string(), &service);
        Self { tool, between, _service: service, _folder: folder }
    }

    /// What lies in the file; it is always whole.
    #[track_caller]
    fn kept(&self) -> Value {
        self.tool.json(CREDENTIAL).expect("the file is there")
    }

    #[track_caller]
    fn token(&self) -> String {
        self.kept()["access_token"].as_str().expect("a token").to_owned()
    }

    /// The token ends at this time, as far as the file says.
    #[track_caller]
    fn ends(&self, at: &str) {
        let mut kept = self.kept();
        kept["expires_at"] = json!(at);
        self.tool.write_json(CREDENTIAL, &kept);
    }

    /// The file as it was, and how often the token endpoint had been asked.
    fn before(&self) -> (Value, usize) {
        (self.kept(), self.between.asked())
    }

    /// `doorkey token` with more in its environment.
    fn token_with(&self, environment: &[(&str, &str)]) -> Running {
        let mut command = self.tool.command(&["token"]);
        command.envs(environment.iter().copied());
        Running::start("doorkey token", command)
    }

    /// A program in another language, written from the page.
    fn participant(&self, program: &str, script: &str) -> Running {
        let mut command = Command::new(program);
        command.env_clear().env("PATH", "/usr/bin:/bin").arg(workspace().join("tests/lock").join(script));
        command.arg(self.tool.path(CREDENTIAL)).arg(format!("{}/oauth2/token", self.between.url)).arg("demo");
        Running::start(script, command)
    }
}

#[test]
fn a_hundred_programs_in_three_languages_make_one_refresh_and_all_have_its_token() {
    let scene = Scene::new();
    scene.ends(LONG_AGO);
    let (before, asked) = scene.before();
    let running: Vec<_> = (0..100)
        .map(|nth| match nth % 10 {
            0..=4 => scene.tool.start(&["token"]),
            5..=8 => scene.participant("python3", "participant.py"),
            _ => scene.participant("node", "participant.mjs"),
        })
        .collect();
    let finished: Vec<Finished> = running.into_iter().map(|running| running.wait().exits(0)).collect();
    let token = scene.token();
    assert_ne!(before["access_token"], token.as_str(), "it is a new one");
    assert!(finished.iter().all(|one| one.stdout.trim_end() == token), "everybody has it");
    assert_eq!(scene.between.asked() - asked, 1, "asked once");
    scene.tool.run(&["whoami"]).exits(0);
}

#[test]
fn each_of_the_languages_renews_for_the_others() {
    let scene = Scene::new();
    for (program, script) in [("python3", "participant.py"), ("node", "participant.mjs")] {
        scene.ends(LONG_AGO);
        let (before, asked) = scene.before();
        let token = scene.participant(program, script).wait().exits(0).stdout;
        assert_ne!(before["access_token"], token.trim_end());
        assert_eq!(scene.tool.run(&["token"]).exits(0).stdout, token, "{script}");
        assert_eq!(scene.between.asked() - asked, 1);
        assert_eq!(scene.kept()["user"], before["user"], "fields that it doesn't know stay");
        scene.tool.run(&["whoami"]).exits(0);
    }
}

#[test]
fn killed_a_thousand_times_while_renewing_nobody_is_signed_out_and_no_lock_stays() {
    const ROUNDS: u32 = 250;
    let scene = Scene::new();
    // How long one takes whom nobody disturbs, to hit every moment of it.
    scene.between.does(Whim::After(Duration::from_millis(10)));
    let begun = Instant::now();
    for _ in 0..3 {
        scene.ends(LONG_AGO);
        scene.tool.run(&["token"]).exits(0);
    }
    let usual = begun.elapsed() / 3;
    let mut random = 0x9E37_79B9_7F4A_7C15_u64;
    let (mut stayed, mut renewed) = (0, 0);
    let asked = scene.between.asked();
    for round in 0..ROUNDS {
        scene.ends(LONG_AGO);
        let before = scene.token();
        let mut running: Vec<_> = (0..4).map(|_| scene.tool.start(&["token"])).collect();
        // The holder among them, and those who wait for it.
        for one in &mut running {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            std::thread::sleep(
                usual.mul_f64(f64::from(u16::try_from(random >> 48).unwrap_or(0)) / 65536.0 / 2.0),
            );
            one.kill();
        }
        *(if scene.token() == before { &mut stayed } else { &mut renewed }) += 1;
        if round % 50 == 0 {
            // Whoever comes after the dead isn't kept waiting.
            scene.tool.run(&["token"]).exits(0);
        }
    }
    assert!(stayed > 10 && renewed > 10, "killed before and after: {stayed} stayed, {renewed} were renewed");
    let asked = scene.between.asked() - asked;
    assert!(asked > renewed + 10, "killed between question and file: {asked} asked, {renewed} were renewed");
    scene.tool.run(&["token"]).exits(0);
    scene.tool.run(&["whoami"]).exits(0);
    let left = fs::read_dir(scene.tool.path(".demo")).expect("the folder").count();
    assert!(left <= 3, "no heap of rubbish: {left} files");
}

#[test]
fn an_answer_that_is_lost_is_given_again() {
    let scene = Scene::new();
    scene.ends(LONG_AGO);
    let (before, _) = scene.before();
    scene.between.does(Whim::LoseAnswer);
    scene.tool.run(&["token"]).exits(3);
    assert_eq!(scene.kept(), before, "nothing has changed here");
    scene.between.does(Whim::After(Duration::ZERO));
    let token = scene.tool.run(&["token"]).exits(0).stdout;
    let lost: Value = serde_json::from_str(&scene.between.lost()[0]).expect("an answer");
    assert_eq!(lost["access_token"], token.trim_end(), "the very same successor");
    assert_eq!(lost["refresh_token"], scene.kept()["refresh_token"]);
    scene.tool.run(&["whoami"]).exits(0);
}

#[test]
fn a_service_that_is_down_signs_nobody_out() {
    let scene = Scene::new();
    for status in [500, 502, 503, 429] {
        scene.ends(LONG_AGO);
        let (before, _) = scene.before();
        scene.between.does(Whim::Refuse(status));
        scene.tool.run(&["token"]).exits(3);
        assert_eq!(scene.kept(), before, "after {status}");
        scene.between.does(Whim::After(Duration::ZERO));
        scene.tool.run(&["token"]).exits(0);
    }
}

/// What makes a disk full for one command, and room again: a shell script that runs `"$@"`.
enum FullDisk {
    /// No file may have a length. Works everywhere.
    Limit,
    /// A file system of 32 KiB over the folder, in a mount namespace of its own.
    Tmpfs(&'static [&'static str]),
}

impl FullDisk {
    fn all() -> Vec<Self> {
        let mut all = vec![Self::Limit];
        // Who may mount: root, and elsewhere whoever may be root in a namespace of their own.
        let ways: [&[&str]; 2] = [&["--mount"], &["--user", "--map-root-user", "--mount"]];
        all.extend(ways.into_iter().find(|way| may_mount(way)).map(Self::Tmpfs));
        all
    }

    /// Runs the command on the full disk, and again when there is room.
    fn run(&self, scene: &Scene) -> Finished {
        let script = match self {
            Self::Limit => {
                "(trap '' XFSZ; ulimit -f 0; \"$@\"); echo \"full: $?\"; \"$@\"; echo \"free: $?\"".to_owned()
            }
            Self::Tmpfs(_) => {
                let folder = scene.tool.path(".demo");
                let folder = folder.display();
                format!(
                    "set -e; cp -p {folder}/credentials.json {folder}/../kept\n\
                     mount -t tmpfs -o size=32k,mode=700 tmpfs {folder}\n\
                     cp -p {folder}/../kept {folder}/credentials.json; : >{folder}/credentials.json.lock\n\
                     dd if=/dev/zero of={folder}/filler bs=1k 2>/dev/null || :; set +e\n\
                     \"$@\"; echo \"full: $?\"; rm {folder}/filler; \"$@\"; echo \"free: $?\"\n\
                     cp -p {folder}/credentials.json {folder}/../kept\n"
                )
            }
        };
        let token = scene.tool.command(&["token"]);
        let mut command = match self {
            Self::Limit => Command::new("/bin/sh"),
            Self::Tmpfs(way) => {
                let mut command = Command::new("unshare");
                command.args(*way).arg("/bin/sh");
                command
            }
        };
        command.env_clear().envs(token.get_envs().filter_map(|(name, value)| Some((name, value?))));
        command.args(["-c", &script, "full-disk"]).arg(token.get_program()).args(token.get_args());
        let finished = Running::start("doorkey token on a full disk", command).wait();
        if matches!(self, Self::Tmpfs(_)) {
            let kept = fs::read_to_string(scene.tool.path("kept")).expect("what lay there at the end");
            scene.tool.write_json(CREDENTIAL, &serde_json::from_str(&kept).expect("JSON"));
        }
        finished
    }
}

fn may_mount(way: &[&str]) -> bool {
    let mut command = Command::new("unshare");
    command.args(way).args(["/bin/sh", "-c", "mount -t tmpfs tmpfs /mnt 2>/dev/null"]);
    command.output().is_ok_and(|output| output.status.success())
}

#[test]
fn on_a_full_disk_nobody_is_asked_for_a_token_that_could_not_be_kept() {
    let scene = Scene::new();
    for disk in FullDisk::all() {
        scene.ends(LONG_AGO);
        let (before, asked) = scene.before();
        let finished = disk.run(&scene).exits(0).says("full: 1").says("free: 0").says("couldn't be written");
        assert_eq!(scene.between.asked() - asked, 1, "only when there was room:\n{finished}");
        assert_ne!(scene.token(), before["access_token"], "and then it was renewed");
        scene.tool.run(&["whoami"]).exits(0);
    }
}

#[test]
fn a_machine_that_sleeps_in_the_middle_of_a_renewal_is_still_signed_in_when_it_wakes() {
    let scene = Scene::new();
    let clock = scene.tool.path("clock");
    let library = faketime::library().expect("`cargo xtask test` installs libfaketime");
    let (library, file) = (library.display().to_string(), clock.display().to_string());
    // What runs while it sleeps is the wall clock alone.
    let environment = [
        ("LD_PRELOAD", library.as_str()),
        ("FAKETIME_TIMESTAMP_FILE", file.as_str()),
        ("FAKETIME_NO_CACHE", "1"),
        ("FAKETIME_DONT_FAKE_MONOTONIC", "1"),
        ("DONT_FAKE_MONOTONIC", "1"),
    ];
    let set = |to: &str| {
        fs::write(clock.with_extension("new"), to).expect("a clock can be set");
        fs::rename(clock.with_extension("new"), &clock).expect("at once");
    };
    set("+0");
    scene.ends(LONG_AGO);
    let asked = scene.between.asked();
    scene.between.does(Whim::After(Duration::from_secs(1)));
    let asleep = scene.token_with(&environment);
    let waiting = scene.token_with(&environment);
    while scene.between.asked() == asked {
        std::thread::sleep(Duration::from_millis(5));
    }
    set("+14h");
    let token = asleep.wait().exits(0).stdout;
    assert_eq!(waiting.wait().exits(0).stdout, token, "who waited for the lock has the same");
    assert_eq!(scene.between.asked() - asked, 1, "it lasts for an hour from when the answer came");

    // And the other way: somebody puts the clock right.
    scene.between.does(Whim::After(Duration::ZERO));
    for clock in ["+0", "-14h", "+0", "+30d"] {
        set(clock);
        let token = scene.token_with(&environment).wait().exits(0).stdout;
        assert_eq!(token.trim_end(), scene.token(), "at {clock}");
    }
    scene.tool.run(&["token"]).exits(0);
    scene.tool.run(&["whoami"]).exits(0);
}
