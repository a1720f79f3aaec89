"""The HTTP server: routes, listening socket, connection limits, start and shutdown."""

from __future__ import annotations

import asyncio
import logging
import socket
import ssl
from collections import Counter
from contextlib import suppress
from typing import Any

from tornado.httpserver import HTTPServer
from tornado.iostream import IOStream
from tornado.netutil import bind_sockets
from tornado.web import Application

from calib.ballots.server_lock import hold_server_lock
from calib.catalog.load import load_catalog
from calib.errors import BadInput, Problem
from calib.voting_server.config import ServerConfig
from calib.voting_server.handlers import (
    MAX_BODY_BYTES,
    AddressHandler,
    CardsHandler,
    CriteriaHandler,
    JoinHandler,
    PageHandler,
    ProjectorHandler,
    ServerContext,
    StateHandler,
    VoteHandler,
)
from calib.voting_server.rate_limit import RateLimiter
from calib.voting_server.service import VotingService
from calib.voting_server.static import load_pages

_ROUTES = (
    ("/api/join", JoinHandler),
    ("/api/state", StateHandler),
    ("/api/vote", VoteHandler),
    ("/api/criteria", CriteriaHandler),
    ("/api/screen", ProjectorHandler),
    ("/api/place", AddressHandler),
    ("/api/cards", CardsHandler),
)
MAX_CONNECTIONS_PER_ADDRESS = 256
"""Enough for all participants behind one address (NAT), but not all connections of the server."""
_LIMITS = {
    "idle_connection_timeout": 65.0,  # longer than a long poll (20 s), so connections are reused
    "body_timeout": 10.0,
    "max_header_size": 16_384,
    # Twice the handlers' own limit: they answer 413 in JSON, where tornado closes the connection.
    "max_body_size": 2 * MAX_BODY_BYTES,
    "max_buffer_size": 1_048_576,
}


class VotingHTTPServer(HTTPServer):
    """An HTTP server with a limit of connections per address."""

    def initialize(self, *args: Any, **kwargs: Any) -> None:
        """Start without connections."""
        self.connection_counts: Counter[str] = Counter()
        super().initialize(*args, **kwargs)

    def handle_stream(self, stream: IOStream, address: tuple[Any, ...]) -> None:
        """Accept a connection, unless its address has too many already."""
        host = str(address[0])
        if self.connection_counts[host] >= MAX_CONNECTIONS_PER_ADDRESS:
            stream.close()
            return
        self.connection_counts[host] += 1
        super().handle_stream(stream, address)

    def on_close(self, server_conn: Any) -> None:
        """Count a connection that has closed."""
        super().on_close(server_conn)
        host = str(server_conn.context.address[0])
        self.connection_counts[host] -= 1
        if not self.connection_counts[host]:
            del self.connection_counts[host]


async def serve(config: ServerConfig, stop: asyncio.Event) -> None:
    """Serve a workshop until `stop` is set; raises BadInput, CannotWrite."""
    # Malformed requests of strangers are logged below this level.
    logging.getLogger("tornado.general").setLevel(logging.ERROR)
    with hold_server_lock(config.folder):
        service = VotingService(config.folder, load_catalog())
        context = ServerContext(service, RateLimiter(), config, load_pages())
        server = VotingHTTPServer(
            _build_application(context), ssl_options=_build_ssl_context(config), **_LIMITS
        )
        # Bind first: a port in use must be reported before files are read and a key is created.
        # Accept connections last, when the first state has been read.
        sockets = _bind(config)
        await service.open()
        server.add_sockets(sockets)
        watcher = asyncio.create_task(service.watch())
        await stop.wait()
        # Order of shutdown: no new connections, no more refreshes, then the votes already
        # received are written and answered, and only then the connections are closed.
        server.stop()
        watcher.cancel()
        with suppress(asyncio.CancelledError):
            await watcher
        await service.close()
        await server.close_all_connections()


def _build_application(context: ServerContext) -> Application:
    extra = {"server": context}
    return Application(
        [(path, handler, extra) for path, handler in _ROUTES],
        default_handler_class=PageHandler,
        default_handler_args=extra,
        log_function=lambda _: None,
        # Compressing secrets together with text that others choose can reveal them (BREACH).
        compress_response=False,
    )


def _bind(config: ServerConfig) -> list[socket.socket]:
    try:
        return bind_sockets(config.port, config.listen)
    except OSError as error:
        message = f"cannot listen on {config.listen}, port {config.port}: {error.strerror}"
        remedy = "choose an address of this machine and a free port (--room-port)"
        raise BadInput([Problem("--room", message, remedy=remedy)]) from error


def _build_ssl_context(config: ServerConfig) -> ssl.SSLContext | None:
    if config.certificate is None:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    try:
        context.load_cert_chain(config.certificate, config.certificate_key)
    except (OSError, ssl.SSLError) as error:
        message = f"cannot load the certificate: {error}"
        remedy = "give a certificate and its key as PEM files"
        raise BadInput([Problem(str(config.certificate), message, remedy=remedy)]) from error
    return context
