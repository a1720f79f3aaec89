"""A voting server for tests: the real server as a process, and devices that send HTTP requests."""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest

from calib.ballots.seats import create_join_codes
from calib.ballots.server_lock import derive_room_key
from calib.store.session import Store
from calib.voting_server.config import ServerConfig
from tests.jupyter import ROOT, free_port


class VotingSession:
    """A running `calib open --workshop --room-only`, and the facilitator's writes to the record.

    With `bare`, only the server runs, which starts faster; its join codes are created here.
    """

    def __init__(self, folder: Path, *more: str, state: Path | None = None, bare: int = 0):
        self.folder, self.port = folder, free_port()
        self.scratch = tempfile.TemporaryDirectory(prefix="calib-test-")
        self.state = state or Path(self.scratch.name, "state")
        self.errors = Path(self.scratch.name, "stderr")
        self.environment = {
            **os.environ,
            "XDG_STATE_HOME": str(self.state),
            "TMPDIR": self.scratch.name,
        }
        if bare:
            self._start("calib.voting_server")
            self._configure(bare)
        else:
            self._start(
                "calib", "open", str(folder), "--workshop", "--room-only", "--room-port", str(self.port), *more
            )  # fmt: skip
            self._read_output()

    def _start(self, *command: str) -> None:
        with self.errors.open("wb") as stream:
            self.process = subprocess.Popen(
                [sys.executable, "-m", *command], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                stderr=stream, env=self.environment,
            )  # fmt: skip

    def _configure(self, seats: int) -> None:
        config = ServerConfig(folder=self.folder, port=self.port)
        self.address = config.address
        self.process.stdin.write(config.model_dump_json().encode() + b"\n")
        self.process.stdin.flush()
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("XDG_STATE_HOME", str(self.state))
            self.blank = [seat.code for seat in create_join_codes(self.folder, blank=seats)]
            self.screen_key, self.cards_key = (
                derive_room_key(self.folder, k) for k in ("screen", "cards")
            )
        for _ in range(600):
            if self.process.poll() is not None:
                break
            with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
                return
            time.sleep(0.02)
        raise RuntimeError(f"the voting server did not start: {self.log()}")

    def _read_output(self) -> None:
        self.address = self._wait_for_output(r"Voting server: (\S+)")
        self.screen_key = self._wait_for_output(r"screen#key=(\w+)")
        self.cards_key = self._wait_for_output(r"cards#key=(\w+)")
        count = int(self._wait_for_output(r"(\d+) unused join codes"))
        lines = [self.process.stdout.readline().decode().split() for _ in range(count)]
        self.blank = [line[0] for line in lines if len(line) == 1]
        self._wait_for_output("Press Ctrl-C to stop")

    def log(self) -> str:
        return self.errors.read_text(errors="replace")

    def _wait_for_output(self, pattern: str) -> str:
        for _ in range(600):
            if found := re.search(pattern, self.log()):
                return found[1] if found.groups() else found[0]
            if self.process.poll() is not None:
                break
            time.sleep(0.05)
        raise RuntimeError(f"the voting server did not start: {self.log()}")

    # --- the facilitator ---

    def begin(self, naming: str = "named", **more) -> None:
        """Write the record, and wait until the server has seen it."""
        now = datetime.now(UTC).isoformat()
        lines = {"naming": naming, "facilitator": "Fay", "begun": now, **more}
        text = "".join(f"{key}: {json.dumps(value)}\n" for key, value in lines.items())
        (self.folder / "workshop.yaml").write_text(text, encoding="utf-8")
        if not self.address.startswith("https"):
            while self.screen()["phase"] != "open":
                time.sleep(0.03)

    def note(self, field: str, value) -> None:
        """Change a field of the record through the store."""
        store = Store.open(self.folder, "Fay")
        store.set("workshop.yaml", field, store.get("workshop.yaml", field), value)

    def turn_to(self, key: str) -> None:
        self.note("at", key)

    def reveal(self, key: str) -> None:
        self.note(f"criteria.{key}.revealed", datetime.now(UTC).isoformat())

    def settle(self, key: str, level: int, reason: str = "The handbook shows it.") -> None:
        at = datetime.now(UTC).isoformat()
        self.note(
            f"criteria.{key}.settled", {"level": level, "by": "Fay", "reason": reason, "at": at}
        )

    def close(self) -> None:
        self.note("closed", datetime.now(UTC).isoformat())

    # --- the server ---

    @property
    def server(self) -> int:
        """The id of the server's process."""
        threads = Path(f"/proc/{self.process.pid}/task").iterdir()
        return int(" ".join((thread / "children").read_text() for thread in threads).split()[0])

    def kill(self) -> None:
        """Kill the server process, as a crash does, and wait until a new one answers."""
        old = self.server
        os.kill(old, signal.SIGKILL)
        for _ in range(400):
            time.sleep(0.05)
            try:
                if self.server != old:
                    socket.create_connection(("127.0.0.1", self.port), 1).close()
                    return
            except (OSError, IndexError):
                continue
        raise RuntimeError(f"no server came back: {self.log()}")

    def cards(self) -> list[dict]:
        device = Device(self)
        return device.ask("GET", "/api/cards", key=self.cards_key).body["cards"]

    def code(self, name: str = "") -> str:
        """An unused join code, blank or for a person."""
        if not name:
            return self.blank.pop()
        return next(c["code"] for c in self.cards() if c["name"] == name)

    def screen(self) -> dict:
        return Device(self).ask("GET", "/api/screen", key=self.screen_key).body["screen"]

    def joined(self, name: str = "", code: str = "") -> Device:
        """A device with a seat."""
        device = Device(self)
        asked = {"code": code or self.code()}
        answer = device.ask("POST", "/api/join", {**asked, "name": name} if name else asked)
        assert answer.status == 200, answer
        assert answer.body == {"joined": True}
        return device

    def stop(self) -> None:
        self.process.stdin.close()  # the end of a bare server
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            self.process.wait(timeout=20)
        self.process.stdout.close()
        log = self.log()
        self.scratch.cleanup()
        assert "Traceback" not in log, log


class Answer:
    """An answer of the server."""

    def __init__(self, response: http.client.HTTPResponse):
        self.status = response.status
        self.headers = response.headers
        self.text = response.read().decode()
        kind = response.headers["Content-Type"] or ""
        self.body = json.loads(self.text) if self.text and "json" in kind else None

    def __repr__(self) -> str:
        return f"{self.status} {self.text[:300]}"


class Device:
    """A participant's device; keeps its cookie and everything it has received."""

    def __init__(self, room: VotingSession, source: str = "127.0.0.1"):
        self.room, self.source = room, source
        self.host = room.address.split("/")[2]
        self.cookie = ""
        self.received: list[str] = []

    def ask(self, method, path, body=None, *, key="", headers=None, raw=None, timeout=30) -> Answer:
        host, _, port = self.host.rpartition(":")
        link = http.client.HTTPConnection(host, int(port), timeout, source_address=(self.source, 0))
        sent = {}
        if method == "POST":
            sent |= {"Origin": self.room.address.rstrip("/"), "Content-Type": "application/json"}
        if self.cookie:
            sent["Cookie"] = self.cookie
        if key:
            sent["Authorization"] = f"Bearer {key}"
        sent |= headers or {}
        data = raw if raw is not None else json.dumps(body).encode() if body is not None else None
        try:
            link.request(method, path, data, {k: v for k, v in sent.items() if v is not None})
            answer = Answer(link.getresponse())
        finally:
            link.close()
        if cookie := answer.headers["Set-Cookie"]:
            self.cookie = cookie.partition(";")[0]
        self.received.append(f"{answer.headers}{answer.text}")
        return answer

    def state(self, seen="", look="", **more) -> Answer:
        return self.ask("GET", f"/api/state?seen={seen}&look={look}", **more)

    def vote(self, key, level, comment="", seen=None, **more) -> Answer:
        asked = {"criterion": key, "level": level, "comment": comment, "seen": seen, **more}
        return self.ask("POST", "/api/vote", asked)

    def until(self, check, look="", seconds=10.0) -> dict:
        """Poll as the page does until the check succeeds."""
        seen, end = "", time.monotonic() + seconds
        while True:
            answer = self.state(seen, look, timeout=25)
            if answer.status == 200:
                if check(answer.body):
                    return answer.body
                seen = answer.body["version"]
            assert time.monotonic() < end, "waited in vain"


@contextmanager
def voting(folder: Path, *more: str, **named):
    """A voting server that is stopped at the end."""
    room = VotingSession(folder, *more, **named)
    try:
        yield room
    finally:
        room.stop()
