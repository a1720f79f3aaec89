"""The voting server of `calib open --workshop`: options, join codes and server process."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from calib.cli.join_codes import DEFAULT_CODES, create_missing_codes
from calib.cli.options import Command, add_options, must_not_be_example
from calib.cli.root import ExitCode, exit_with, print_message
from calib.errors import BadInput, Problem

if TYPE_CHECKING:
    from calib.model import Seat
    from calib.voting_server.config import ServerConfig

_LOOPBACK = "127.0.0.1"
_STARTUP_TRIES = 600
_STARTUP_PAUSE = 0.05
_QUICK_EXIT = 10.0
"""A server that ends sooner than this after its start, in seconds, counts as a quick exit."""
_RESTART_PAUSES = (0.0, 1.0, 2.0, 5.0)
"""Seconds before a restart, by the number of quick exits in a row."""
_STOP_TIMEOUT = 10


@dataclass(frozen=True, slots=True)
class RoomOptions:
    """Values of the command-line options of the voting server."""

    workshop: bool
    room_only: bool
    room: str | None
    room_port: int
    certificate: Path | None
    certificate_key: Path | None
    seats: int | None
    names: Path | None

    def validate(self, assessment: str) -> None:
        """Raise BadInput for room options without --workshop, and for a workshop on an example."""
        given = (self.room, self.certificate, self.certificate_key, self.seats, self.names)
        if not self.workshop and (self.room_only or any(value is not None for value in given)):
            message = "the options of the voting server require --workshop"
            raise BadInput([Problem("calib open", message, remedy="add --workshop")])
        if self.workshop:
            must_not_be_example(assessment)


def room_options(command: Command) -> Command:
    """Add the options of the voting server."""
    file = click.Path(path_type=Path)
    options = (
        click.option("--workshop", is_flag=True, help="Start a voting server too."),
        click.option(
            "--room",
            metavar="ADDRESS",
            help="Address of this machine for the server; auto finds its network address.  "
            "[default: this machine only]",
        ),
        click.option(
            "--room-port",
            type=click.IntRange(1, 65535),
            default=8900,
            show_default=True,
            metavar="N",
            help="Port of the voting server.",
        ),
        click.option(
            "--certificate", type=file, metavar="FILE", help="TLS certificate of the voting server."
        ),
        click.option(
            "--certificate-key", type=file, metavar="FILE", help="Private key for --certificate."
        ),
        click.option(
            "--seats",
            type=click.IntRange(0, 200),
            metavar="N",
            help=f"Create N join codes.  [default: {DEFAULT_CODES} if there are none yet]",
        ),
        click.option(
            "--names",
            type=file,
            metavar="FILE",
            help="Create a join code for each name in FILE (one per line).",
        ),
        click.option(
            "--room-only", is_flag=True, help="Start only the voting server, without the workbook."
        ),
    )
    return add_options(command, options)


@contextmanager
def start_voting_server(folder: Path, options: RoomOptions) -> Iterator[VotingServerProcess]:
    """Run a voting server as long as the context is open; raises BadInput, CannotWrite."""
    from calib.ballots.server_lock import derive_room_key
    from calib.notebook import VOTING_URLS_VARIABLE

    config = _build_config(folder, options)
    seats = create_missing_codes(folder, options.seats, options.names)
    address = config.address
    screen = f"{address}screen#key={derive_room_key(folder, 'screen')}"
    cards = f"{address}cards#key={derive_room_key(folder, 'cards')}"
    # The workshop notebook reads the addresses from its environment.
    os.environ[VOTING_URLS_VARIABLE] = json.dumps(
        {"address": address, "screen": screen, "cards": cards}
    )
    server = VotingServerProcess(config)
    try:
        server.start()
        _print_instructions(config, seats, screen, cards)
        yield server
    finally:
        server.stop()


def _print_instructions(
    config: ServerConfig, seats: Sequence[Seat], screen: str, cards: str
) -> None:
    from calib.voting_server.config import ALL_INTERFACES
    from calib.voting_server.projector_view import format_join_code

    print_message(f"Voting server: {config.address}")
    if config.host in {_LOOPBACK, "localhost", "::1"}:
        print_message("Only this machine can reach it; use --room auto for the local network.")
    elif config.certificate is None:
        print_message(
            "Not encrypted: others on this network can read votes. See docs/workshop-security.md."
        )
    if config.listen in ALL_INTERFACES:
        print_message(f"calib: {config.listen} opens it to every network of this machine")
    for seat in seats:
        click.echo(f"{format_join_code(seat.code)}  {seat.name}".rstrip())
    print_message(f"{len(seats)} unused join codes, each for one device. Cards to print: {cards}")
    print_message(f"Projector: {screen}")


class VotingServerProcess:
    """Run the voting server in a process of its own, and restart it if it crashes."""

    def __init__(self, config: ServerConfig) -> None:
        self._config = config
        self._process: subprocess.Popen[bytes] | None = None
        self._stopping = threading.Event()
        self._watching = threading.Thread(target=self._restart_on_crash, daemon=True)

    def start(self) -> None:
        """Start the server; exits with its error code if it does not come up."""
        self._spawn()
        if not self._is_up():
            code = self._process.wait() if self._process else ExitCode.DEFECT
            exit_with(
                "the voting server did not start",
                ExitCode(code) if code in (2, 3) else ExitCode.DEFECT,
            )
        self._watching.start()

    def wait(self) -> None:
        """Wait for `stop` or KeyboardInterrupt."""
        while not self._stopping.wait(3600):
            pass

    def stop(self) -> None:
        """Stop the server after it has saved the votes it accepted; kill it after a timeout."""
        self._stopping.set()
        process = self._process
        if process is None or process.poll() is not None:
            return
        with suppress(OSError):
            if process.stdin is not None:
                process.stdin.close()  # the server shuts down at the end of its input
        try:
            process.wait(timeout=_STOP_TIMEOUT)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def _spawn(self) -> None:
        # A new session, so that Ctrl-C does not reach the server: it still accepts votes while the
        # notebook kernels save.
        self._process = subprocess.Popen(
            [sys.executable, "-m", "calib.voting_server"],
            stdin=subprocess.PIPE,
            start_new_session=True,
        )
        # OSError: the server has ended already, which `_is_up` or `_restart_on_crash` handles.
        with suppress(OSError):
            assert self._process.stdin is not None  # noqa: S101  for mypy; stdin is a pipe
            self._process.stdin.write(self._config.model_dump_json().encode() + b"\n")
            self._process.stdin.flush()

    def _is_up(self) -> bool:
        listen = {"0.0.0.0": _LOOPBACK, "::": "::1"}.get(self._config.listen, self._config.listen)  # noqa: S104
        for _ in range(_STARTUP_TRIES):
            if self._process is None or self._process.poll() is not None:
                return False
            with suppress(OSError), socket.create_connection((listen, self._config.port), 1):
                return True
            time.sleep(_STARTUP_PAUSE)
        return False

    def _restart_on_crash(self) -> None:
        """Restart the server whenever it ends; seats and votes are on disk, so none are lost."""
        quick_exits = 0
        while self._process is not None:
            started = time.monotonic()
            code = self._process.wait()
            if self._stopping.is_set():
                return
            quick_exits = quick_exits + 1 if time.monotonic() - started < _QUICK_EXIT else 0
            print_message(
                f"calib: the voting server exited with code {code}; restarting, no votes are lost"
            )
            pause = _RESTART_PAUSES[min(quick_exits, len(_RESTART_PAUSES) - 1)]
            if self._stopping.wait(pause):
                return
            self._spawn()


def _build_config(folder: Path, options: RoomOptions) -> ServerConfig:
    """Build the configuration of the server; raises BadInput."""
    from calib.voting_server.config import ALL_INTERFACES, ServerConfig

    if (options.certificate is None) != (options.certificate_key is None):
        message = "--certificate and --certificate-key require each other"
        raise BadInput([Problem("--certificate", message)])
    for file in (options.certificate, options.certificate_key):
        if file is not None and not file.is_file():
            raise BadInput([Problem(str(file), "no such file")])
    host = _network_address() if options.room == "auto" else options.room or _LOOPBACK
    listen = _find_listen_address(host, options.room_port)
    return ServerConfig(
        folder=folder,
        listen=listen,
        host=_network_address() if host in ALL_INTERFACES else host,
        port=options.room_port,
        certificate=options.certificate and options.certificate.resolve(),
        certificate_key=options.certificate_key and options.certificate_key.resolve(),
    )


def _network_address() -> str:
    """Return this machine's address in the network of its default route; raises BadInput."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            # Connecting a UDP socket sends nothing, it only selects a route. The address is one of
            # those reserved for documentation (RFC 5737).
            probe.connect(("192.0.2.1", 9))
        except OSError:
            message = "this machine is not connected to a network"
            remedy = "connect to the network of the workshop, or give an address"
            raise BadInput([Problem("--room", message, remedy=remedy)]) from None
        return str(probe.getsockname()[0])


def _find_listen_address(host: str, port: int) -> str:
    """Return the address to listen on for a host name or address; raises BadInput."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        remedy = "give an address of this machine, or auto"
        raise BadInput([Problem("--room", f"invalid address {host!r}", remedy=remedy)]) from None
    last: OSError | None = None
    for family, kind, _, _, address in found:
        with socket.socket(family, kind) as probe:
            if os.name != "nt":
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(address)
            except OSError as error:
                last = error
            else:
                return str(address[0])
    message = f"cannot listen on {host}, port {port}: {last.strerror if last else ''}"
    remedy = "--room needs an address of this machine, --room-port a free port"
    raise BadInput([Problem("--room", message, remedy=remedy)])
