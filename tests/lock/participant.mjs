// A program that shares a credentials file, written from docs/lock.md alone: the least that can take part. It never takes
// a credential out, and takes no room before it asks. Node has no `flock` of its own, so it starts itself again under `flock(1)`.
//
//     node participant.mjs CREDENTIALS TOKEN-ENDPOINT CLIENT-ID
import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { basename, dirname, join } from 'node:path';

const [path, endpoint, client, seen] = process.argv.slice(2);
const read = () => JSON.parse(fs.readFileSync(path, 'utf8'));
const left = ({ expires_at: end }) => (end ? Date.parse(end) - Date.now() : Infinity);
const fail = (why) => {
  console.error(why);
  process.exit(1);
};

function replace(document) {
  const real = fs.realpathSync(path);
  const [folder, prefix] = [dirname(real), `.${basename(real)}-`];
  for (const name of fs.readdirSync(folder)) {
    if (name.startsWith(prefix) && name.endsWith('.tmp')) fs.unlinkSync(join(folder, name));
  }
  const temporary = join(folder, `${prefix}${process.pid}.tmp`);
  const file = fs.openSync(temporary, 'wx', 0o600);
  fs.writeSync(file, `${JSON.stringify(document, null, 2)}\n`);
  fs.fsyncSync(file);
  fs.closeSync(file);
  fs.renameSync(temporary, real);
  const opened = fs.openSync(folder, 'r');
  fs.fsyncSync(opened);
  fs.closeSync(opened);
}

async function renew() {
  const document = read();
  if (!document.refresh_token) fail('signed out');
  if (left(document) > 60_000 || (document.access_token !== seen && left(document) > 0)) return document.access_token;
  const sent = document.refresh_token;
  const body = new URLSearchParams({ grant_type: 'refresh_token', refresh_token: sent, client_id: client });
  const response = await fetch(endpoint, { method: 'POST', body, signal: AbortSignal.timeout(20_000) });
  const answer = await response.json();
  if (response.status !== 200 || !answer.access_token) fail(`it can't be told now: ${response.status}`);
  const { expires_at: _, ...kept } = document;
  const renewed = { ...kept, access_token: answer.access_token, refresh_token: answer.refresh_token ?? sent };
  if (answer.expires_in) renewed.expires_at = new Date(Date.now() + answer.expires_in * 1000).toISOString();
  replace(renewed);
  return renewed.access_token;
}

if (seen) {
  console.log(await renew());
} else {
  const document = read();
  if (left(document) > 60_000) {
    console.log(document.access_token);
  } else {
    // The lock file is there since somebody signed in: `flock` makes none here.
    const again = [process.execPath, process.argv[1], path, endpoint, client, document.access_token];
    const { status } = spawnSync('flock', ['--timeout', '45', `${path}.lock`, ...again], { stdio: 'inherit' });
    process.exit(status ?? 1);
  }
}
