"""A program that shares a credentials file, written from docs/lock.md alone.

    python3 participant.py CREDENTIALS TOKEN-ENDPOINT CLIENT-ID

It says a token that is good for another minute, or why there is none. `participant.mjs` beside it does the same.
"""

import fcntl
import http.client
import json
import os
import sys
import tempfile
import time
from datetime import datetime, timezone
from pathlib import Path
from urllib.parse import urlencode, urlsplit

PATIENCE = 45
MINUTE = 60


def read(path):
    return json.loads(path.read_text())


def left(document):
    """Seconds until the token ends, by this clock."""
    end = document.get("expires_at")
    if end is None:
        return float("inf")
    return datetime.fromisoformat(end.replace("Z", "+00:00")).timestamp() - time.time()


def take(path):
    """The lock. It goes with the file that is open here."""
    lock = os.open(f"{path}.lock", os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    begun, pause = time.monotonic(), 0.002
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return lock
        except BlockingIOError:
            if time.monotonic() - begun >= PATIENCE:
                sys.exit("somebody else has the lock, and keeps it")
        time.sleep(pause)
        pause = min(2 * pause, 0.05)


def temporary(path):
    """A file beside the credentials that only this user can read."""
    prefix = f".{path.name}-"
    for leftover in path.parent.glob(f"{prefix}*.tmp"):
        leftover.unlink()
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=prefix, suffix=".tmp")
    return os.fdopen(descriptor, "w"), Path(name)


def reserve(path):
    """Makes sure that a successor could be written."""
    file, name = temporary(path)
    with file:
        file.write(" " * (path.stat().st_size + 16384))
    name.unlink()


def replace(path, document):
    real = path.resolve()
    file, name = temporary(real)
    with file:
        json.dump(document, file, indent=2)
        file.write("\n")
        file.flush()
        os.fsync(file.fileno())
    os.rename(name, real)
    folder = os.open(real.parent, os.O_RDONLY)
    os.fsync(folder)
    os.close(folder)


def ask(endpoint, client, refresh_token):
    address = urlsplit(endpoint)
    connection = http.client.HTTPConnection(address.netloc, timeout=20)
    form = {"grant_type": "refresh_token", "refresh_token": refresh_token, "client_id": client}
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
    connection.request("POST", address.path, urlencode(form), headers)
    answer = connection.getresponse()
    return answer.status, json.loads(answer.read())


def renew(path, endpoint, client, seen):
    document = read(path)
    if "refresh_token" not in document:
        sys.exit("signed out")
    if left(document) > MINUTE or (document["access_token"] != seen and left(document) > 0):
        return document["access_token"]
    reserve(path)
    sent = document["refresh_token"]
    status, answer = ask(endpoint, client, sent)
    if status == 200 and answer.get("access_token"):
        document["access_token"] = answer["access_token"]
        document["refresh_token"] = answer.get("refresh_token", sent)
        document.pop("expires_at", None)
        if "expires_in" in answer:
            end = datetime.fromtimestamp(int(time.time()) + answer["expires_in"], timezone.utc)
            document["expires_at"] = end.strftime("%Y-%m-%dT%H:%M:%SZ")
        replace(path, document)
        return document["access_token"]
    if answer.get("error") == "invalid_grant":
        now = read(path)
        if now.get("refresh_token") != sent:
            return now["access_token"]
        for name in ["access_token", "refresh_token", "expires_at"]:
            now.pop(name, None)
        replace(path, now)
        sys.exit("signed out")
    sys.exit(f"it can't be told now: {status}")


def main():
    path, endpoint, client = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
    document = read(path)
    if left(document) > MINUTE:
        print(document["access_token"])
        return
    lock = take(path)
    print(renew(path, endpoint, client, document["access_token"]))
    os.close(lock)


main()
