"""The server: what is listened on, how much is let in, and how it ends."""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections import Counter
from contextlib import suppress
from typing import Any

from tornado.httpserver import HTTPServer
from tornado.iostream import IOStream
from tornado.netutil import bind_sockets
from tornado.web import Application

from calib.ballots.server_lock import hold_room
from calib.catalog.load import load_catalog
from calib.errors import BadInput, Problem
from calib.voting_server.config import Setting
from calib.voting_server.handlers import (
    MOST_BYTES,
    Building,
    Cards,
    CastVote,
    Criteria,
    Join,
    PageHandler,
    Place,
    Screen,
    State,
)
from calib.voting_server.rate_limit import Door
from calib.voting_server.service import Hall
from calib.voting_server.static import load_pages

_ROUTES = (
    ("/api/join", Join),
    ("/api/state", State),
    ("/api/vote", CastVote),
    ("/api/criteria", Criteria),
    ("/api/screen", Screen),
    ("/api/place", Place),
    ("/api/cards", Cards),
)
_IDLE = 65.0
MOST_CONNECTIONS = 256
"""From one address: a whole room behind one of them, but no more."""
_LIMITS = {
    "idle_connection_timeout": _IDLE,
    "body_timeout": 10.0,
    "max_header_size": 16_384,
    "max_body_size": 2 * MOST_BYTES,
    "max_buffer_size": 1_048_576,
}


class Server(HTTPServer):
    """Serve, and let no address take all the connections there are."""

    def initialize(self, *args: Any, **kwargs: Any) -> None:
        """Begin with nobody connected."""
        self.open: Counter[str] = Counter()
        super().initialize(*args, **kwargs)

    def handle_stream(self, stream: IOStream, address: tuple[Any, ...]) -> None:
        """Take a connection, unless its address has many already."""
        name = str(address[0])
        if self.open[name] >= MOST_CONNECTIONS:
            stream.close()
            return
        self.open[name] += 1
        super().handle_stream(stream, address)

    def on_close(self, server_conn: Any) -> None:
        """Forget a connection that has ended."""
        super().on_close(server_conn)
        name = str(server_conn.context.address[0])
        self.open[name] -= 1
        if not self.open[name]:
            del self.open[name]


async def serve(setting: Setting, stop: asyncio.Event) -> None:
    """Serve a workshop until it is told to stop; raises BadInput, CannotWrite."""
    logging.getLogger("tornado.general").setLevel(logging.ERROR)  # what strangers send is no news
    with hold_room(setting.folder):
        hall = Hall(setting.folder, load_catalog())
        application = _application(Building(hall, Door(), setting, load_pages()))
        server = Server(application, ssl_options=_tls(setting), **_LIMITS)
        listening = _listening(setting)
        await hall.open()
        server.add_sockets(listening)
        watching = asyncio.create_task(hall.watch())
        await stop.wait()
        server.stop()
        watching.cancel()
        with suppress(asyncio.CancelledError):
            await watching
        await hall.close()
        await server.close_all_connections()


def _application(building: Building) -> Application:
    extra = {"building": building}
    rows = [(path, handler, extra) for path, handler in _ROUTES]
    return Application(
        rows,
        default_handler_class=PageHandler,
        default_handler_args=extra,
        log_function=lambda _: None,
        compress_response=False,
    )


def _listening(setting: Setting) -> list[Any]:
    try:
        return bind_sockets(setting.port, setting.listen)
    except OSError as error:
        said = f"cannot listen on {setting.listen}, port {setting.port}: {error.strerror}"
        remedy = "name an address of this machine and a free port"
        raise BadInput([Problem("--room", said, remedy=remedy)]) from error


def _tls(setting: Setting) -> ssl.SSLContext | None:
    if setting.certificate is None:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    try:
        context.load_cert_chain(setting.certificate, setting.certificate_key)
    except (OSError, ssl.SSLError) as error:
        said = f"cannot be used: {error}"
        remedy = "give a certificate and its key as PEM files"
        raise BadInput([Problem(str(setting.certificate), said, remedy=remedy)]) from error
    return context
