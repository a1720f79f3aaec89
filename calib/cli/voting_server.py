"""The voting room of `calib open --workshop`: where it listens, its join codes, its server."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from calib.cli.join_codes import BLANK, join_codes
from calib.cli.root import Exit, leave, say
from calib.errors import BadInput, Problem

if TYPE_CHECKING:
    from calib.model import Seat
    from calib.voting_server.config import Setting

ENVIRONMENT = "CALIB_ROOM"
"""Tells the notebook where the room is: JSON with address, screen and cards."""
_LOOPBACK = "127.0.0.1"
_SOON = 10.0
_PAUSES = (0.0, 1.0, 2.0, 5.0)
"""Seconds before a server that ended soon after its start is started again."""
_PATIENCE = 10


@dataclass(frozen=True, slots=True)
class Asked:
    """Hold what was asked for on the command line."""

    workshop: bool
    room_only: bool
    room: str | None
    room_port: int
    certificate: Path | None
    certificate_key: Path | None
    seats: int | None
    names: Path | None

    def must_fit(self, assessment: str) -> None:
        """Raise BadInput where the room is spoken of but no workshop, or on an example."""
        given = (self.room, self.certificate, self.certificate_key, self.seats, self.names)
        if not self.workshop and (self.room_only or any(one is not None for one in given)):
            message = "the options of the room belong to a workshop"
            raise BadInput([Problem("calib open", message, remedy="say --workshop too")])
        if self.workshop and assessment.startswith("example:"):
            remedy = "copy it first, as `calib new demo --example halfway`"
            raise BadInput([Problem(assessment, "an example takes no votes", remedy=remedy)])


def options(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options of a voting room."""
    file = click.Path(path_type=Path)
    found = (
        click.option("--workshop", is_flag=True, help="Hold a workshop: open a voting room too."),
        click.option(
            "--room",
            metavar="ADDRESS",
            help="Address of this machine where the room "
            "votes; auto finds the one of its network. [default: this machine only]",
        ),
        click.option("--room-port", type=click.IntRange(1, 65535), default=8900, show_default=True),
        click.option("--certificate", type=file, metavar="FILE", help="Serve the room by TLS."),
        click.option("--certificate-key", type=file, metavar="FILE", help="The key of that."),
        click.option(
            "--seats",
            type=click.IntRange(0, 200),
            metavar="N",
            help=f"Make N join codes.  [default: {BLANK} where there are none]",
        ),
        click.option(
            "--names",
            type=file,
            metavar="FILE",
            help="Make a join code for each name in FILE, one a line.",
        ),
        click.option("--room-only", is_flag=True, help="Open the room without the workbook."),
    )
    for option in reversed(found):
        command = option(command)
    return command


@contextmanager
def voting_room(folder: Path, asked: Asked) -> Iterator[VotingServer]:
    """Run a voting server for a while; raises BadInput, CannotWrite."""
    from calib.ballots.server_lock import room_key

    setting = _setting(folder, asked)
    waiting = join_codes(folder, asked.seats, asked.names)
    address = setting.address
    screen = f"{address}screen#key={room_key(folder, 'screen')}"
    cards = f"{address}cards#key={room_key(folder, 'cards')}"
    os.environ[ENVIRONMENT] = json.dumps({"address": address, "screen": screen, "cards": cards})
    server = VotingServer(setting)
    try:
        server.start()
        _introduce(setting, waiting, screen, cards)
        yield server
    finally:
        server.stop()


def _introduce(setting: Setting, waiting: Sequence[Seat], screen: str, cards: str) -> None:
    from calib.voting_server.config import ANYWHERE
    from calib.voting_server.projector_view import spelt

    say(f"The room votes at {setting.address}")
    if setting.host in {_LOOPBACK, "localhost", "::1"}:
        say("Only this machine reaches it; --room auto opens it to the room's network.")
    elif setting.certificate is None:
        say("Whoever shares this network can read along: docs/workshop-security.md has more.")
    if setting.listen in ANYWHERE:
        say(f"calib: {setting.listen} opens it to every network of this machine")
    for seat in waiting:
        click.echo(f"{spelt(seat.code)}  {seat.name}".rstrip())
    say(f"{len(waiting)} join codes wait, each for one device. Cards to print: {cards}")
    say(f"For the projector: {screen}")


class VotingServer:
    """Keep the server of a voting room running, as a process of its own."""

    def __init__(self, setting: Setting) -> None:
        self._setting = setting
        self._process: subprocess.Popen[bytes] | None = None
        self._stopping = threading.Event()
        self._watching = threading.Thread(target=self._watch, daemon=True)

    def start(self) -> None:
        """Start it, and look after it; leaves with its error where it does not come up."""
        self._begin()
        if not self._is_up():
            code = self._process.wait() if self._process else Exit.DEFECT
            leave("the voting server did not start", Exit(code) if code in (2, 3) else Exit.DEFECT)
        self._watching.start()

    def wait(self) -> None:
        """Wait until somebody interrupts."""
        while not self._stopping.wait(3600):
            pass

    def stop(self) -> None:
        """Let it finish what it took, and end it."""
        self._stopping.set()
        process = self._process
        if process is None or process.poll() is not None:
            return
        with suppress(OSError):
            if process.stdin is not None:
                process.stdin.close()
        try:
            process.wait(timeout=_PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def _begin(self) -> None:
        # In a session of its own it does not hear Ctrl-C, and takes votes while kernels save.
        self._process = subprocess.Popen(
            [sys.executable, "-m", "calib.voting_server"],
            stdin=subprocess.PIPE,
            start_new_session=True,
        )
        with suppress(OSError):  # it has ended already: whoever waits for it will see
            assert self._process.stdin is not None  # noqa: S101  it is a pipe
            self._process.stdin.write(self._setting.model_dump_json().encode() + b"\n")
            self._process.stdin.flush()

    def _is_up(self) -> bool:
        listen = {"0.0.0.0": _LOOPBACK, "::": "::1"}.get(self._setting.listen, self._setting.listen)  # noqa: S104
        for _ in range(600):
            if self._process is None or self._process.poll() is not None:
                return False
            with suppress(OSError), socket.create_connection((listen, self._setting.port), 1):
                return True
            time.sleep(0.05)
        return False

    def _watch(self) -> None:
        """Start it again whenever it dies; seats and votes are on disk."""
        quick = 0
        while self._process is not None:
            began = time.monotonic()
            code = self._process.wait()
            if self._stopping.is_set():
                return
            quick = quick + 1 if time.monotonic() - began < _SOON else 0
            say(f"calib: the voting server ended with {code} and is started again; no vote is lost")
            if self._stopping.wait(_PAUSES[min(quick, len(_PAUSES) - 1)]):
                return
            self._begin()


def _setting(folder: Path, asked: Asked) -> Setting:
    from calib.voting_server.config import ANYWHERE, Setting

    if (asked.certificate is None) != (asked.certificate_key is None):
        message = "a certificate and its key go together"
        raise BadInput([Problem("--certificate", message, remedy="give --certificate-key too")])
    for file in (asked.certificate, asked.certificate_key):
        if file is not None and not file.is_file():
            raise BadInput([Problem(str(file), "there is no such file")])
    host = _own_address() if asked.room == "auto" else asked.room or _LOOPBACK
    listen = _listening(host, asked.room_port)
    return Setting(
        folder=folder,
        listen=listen,
        host=_own_address() if host in ANYWHERE else host,
        port=asked.room_port,
        certificate=asked.certificate and asked.certificate.resolve(),
        certificate_key=asked.certificate_key and asked.certificate_key.resolve(),
    )


def _own_address() -> str:
    """Return this machine's address in the network that its default route leads to."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # nothing is sent: this only chooses the route
        except OSError:
            message = "this machine is in no network"
            remedy = "join the room's network, or name the address"
            raise BadInput([Problem("--room", message, remedy=remedy)]) from None
        return str(probe.getsockname()[0])


def _listening(host: str, port: int) -> str:
    """Return the address to listen on for what people will type; raises BadInput."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        remedy = "an address of this machine, or auto"
        raise BadInput([Problem("--room", f"{host!r} is no address", remedy=remedy)]) from None
    last: OSError | None = None
    for family, kind, _, _, place in found:
        with socket.socket(family, kind) as probe:
            if os.name != "nt":
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(place)
            except OSError as error:
                last = error
            else:
                return str(place[0])
    said = f"cannot listen on {host}, port {port}: {last.strerror if last else ''}"
    remedy = "--room takes an address of this machine, --room-port a free port"
    raise BadInput([Problem("--room", said, remedy=remedy)])
