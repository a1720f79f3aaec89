"""The devices of a simulated workshop: HTTP clients that join the real voting room and vote.

Each participant has two connections, as a browser has: one that waits for news, one that votes.
"""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import Callable
from contextlib import suppress

from tests.voting import VotingRoom


class Wire:
    """One HTTP connection that stays open."""

    def __init__(self, room: VotingRoom, **headers: str) -> None:
        self.room, self.headers = room, headers
        self.streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, method: str, path: str, body: object = None) -> tuple[int, dict]:
        """Send one request and return status and JSON; raises OSError where the line is cut."""
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
            return await self._answer(reader)
        except (OSError, asyncio.IncompleteReadError) as error:
            self.close()
            raise ConnectionError from error

    async def _answer(self, reader: asyncio.StreamReader) -> tuple[int, dict]:
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


class Person:
    """A participant: a seat, the own votes, and an ear that always waits for news."""

    def __init__(self, room: VotingRoom, name: str) -> None:
        self.room, self.name = room, name
        self.votes: dict[str, int] = {}
        self.news: dict = {}
        self.heard = asyncio.Event()
        self.failed = 0

    async def join(self) -> None:
        self.mouth = Wire(self.room)
        status, _ = await self.mouth.ask(
            "POST", "/api/join", {"code": self.room.code(), "name": self.name}
        )
        assert status == 200, status
        self.ear = Wire(self.room, **self.mouth.headers)
        self.listening = asyncio.create_task(self._listen("/api/state", self.ear, "room"))

    async def _listen(self, path: str, wire: Wire, what: str) -> None:
        seen = ""
        while True:
            with suppress(OSError):
                status, found = await wire.ask("GET", f"{path}?seen={seen}")
                if status == 200:
                    seen, self.news = found["version"], found[what]
                    self.heard.set()
                    self.heard = asyncio.Event()
                continue
            await asyncio.sleep(0.05)

    async def until(self, check: Callable[[dict], bool]) -> None:
        while not (self.news and check(self.news)):
            await self.heard.wait()

    async def vote(self, key: str, level: int) -> float:
        """Vote until it is received; return the milliseconds."""
        before = self.votes.get(key)
        seen = None if before is None else {"level": before, "comment": ""}
        began = time.perf_counter()
        while True:
            try:
                asked = {"criterion": key, "level": level, "comment": "", "seen": seen}
                status, answer = await self.mouth.ask("POST", "/api/vote", asked)
            except OSError:
                self.failed += 1
                await asyncio.sleep(0.05)
                continue
            assert status in {200, 503}, answer
            if status == 200:
                self.votes[key] = level
                return 1000 * (time.perf_counter() - began)
            await asyncio.sleep(0.2)

    async def leave(self) -> None:
        if hasattr(self, "listening"):
            self.listening.cancel()
        for wire in (self.mouth, self.ear):
            wire.close()


class Wall(Person):
    """The projector's page."""

    async def join(self) -> None:
        self.mouth = self.ear = Wire(self.room, Authorization=f"Bearer {self.room.screen_key}")
        self.listening = asyncio.create_task(self._listen("/api/screen", self.ear, "screen"))
