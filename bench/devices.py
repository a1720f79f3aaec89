"""The devices of a simulated workshop: HTTP clients that join the real voting server and vote.

Each participant has two connections, as a browser has: one for long polls, one for votes.
"""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import Callable
from contextlib import suppress

from tests.voting import VotingSession


class Connection:
    """A persistent HTTP connection."""

    def __init__(self, room: VotingSession, **headers: str) -> None:
        self.room, self.headers = room, headers
        self.streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, method: str, path: str, body: object = None) -> tuple[int, dict]:
        """Send a request; return status and JSON. Raises OSError if the connection is lost."""
        if self.streams is None:
            self.streams = await asyncio.open_connection("127.0.0.1", self.room.port)
        reader, writer = self.streams
        data = b"" if body is None else json.dumps(body).encode()
        head = {
            "Host": f"127.0.0.1:{self.room.port}",
            "Content-Length": str(len(data)),
            **self.headers,
        }
        if method == "POST":
            head |= {"Origin": self.room.address[:-1], "Content-Type": "application/json"}
        lines = "".join(f"{name}: {value}\r\n" for name, value in head.items())
        try:
            writer.write(f"{method} {path} HTTP/1.1\r\n{lines}\r\n".encode() + data)
            await writer.drain()
            return await self._read_answer(reader)
        except (OSError, asyncio.IncompleteReadError) as error:
            self.close()
            raise ConnectionError from error

    async def _read_answer(self, reader: asyncio.StreamReader) -> tuple[int, dict]:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        length = re.search(r"(?i)content-length: (\d+)", head)
        body = await reader.readexactly(int(length[1])) if length else b""
        cookie = re.search(r"(?i)set-cookie: ([^;]+)", head)
        if cookie:
            self.headers["Cookie"] = cookie[1]
        return int(head.split()[1]), json.loads(body) if body.startswith(b"{") else {}

    def close(self) -> None:
        if self.streams is not None:
            self.streams[1].close()
            self.streams = None


class Participant:
    """A participant: a seat, their votes, and a connection that always polls for changes."""

    def __init__(self, room: VotingSession, name: str) -> None:
        self.room, self.name = room, name
        self.votes: dict[str, int] = {}
        self.state: dict = {}
        self.changed = asyncio.Event()
        self.failures = 0

    async def join(self) -> None:
        self.requests = Connection(self.room)
        status, _ = await self.requests.ask(
            "POST", "/api/join", {"code": self.room.code(), "name": self.name}
        )
        assert status == 200, status
        self.polls = Connection(self.room, **self.requests.headers)
        self.polling = asyncio.create_task(self._poll("/api/state", self.polls, "room"))

    async def _poll(self, path: str, connection: Connection, field: str) -> None:
        seen = ""
        while True:
            with suppress(OSError):
                status, found = await connection.ask("GET", f"{path}?seen={seen}")
                if status == 200:
                    seen, self.state = found["version"], found[field]
                    self.changed.set()
                    self.changed = asyncio.Event()
                continue
            await asyncio.sleep(0.05)

    async def until(self, check: Callable[[dict], bool]) -> None:
        while not (self.state and check(self.state)):
            await self.changed.wait()

    async def vote(self, key: str, level: int) -> float:
        """Vote until the server has it; return the milliseconds."""
        before = self.votes.get(key)
        seen = None if before is None else {"level": before, "comment": ""}
        began = time.perf_counter()
        while True:
            try:
                body = {"criterion": key, "level": level, "comment": "", "seen": seen}
                status, answer = await self.requests.ask("POST", "/api/vote", body)
            except OSError:
                self.failures += 1
                await asyncio.sleep(0.05)
                continue
            assert status in {200, 503}, answer
            if status == 200:
                self.votes[key] = level
                return 1000 * (time.perf_counter() - began)
            await asyncio.sleep(0.2)

    async def leave(self) -> None:
        if hasattr(self, "polling"):
            self.polling.cancel()
        for connection in (self.requests, self.polls):
            connection.close()


class Projector(Participant):
    """The projector's page."""

    async def join(self) -> None:
        self.requests = self.polls = Connection(
            self.room, Authorization=f"Bearer {self.room.screen_key}"
        )
        self.polling = asyncio.create_task(self._poll("/api/screen", self.polls, "screen"))
