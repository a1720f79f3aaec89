"""Request handlers of the voting server.

Static pages are public. Participants' handlers need the cookie of a seat, the facilitator's windows
a key in the Authorization header.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tornado.web import HTTPError, RequestHandler

from calib.ballots.seats import UNKNOWN_CODE, JoinRefused
from calib.errors import BadInput, CannotWrite
from calib.model import Seat
from calib.voting_server import participant_view, projector_view
from calib.voting_server.config import ServerConfig
from calib.voting_server.long_poll import utc_now
from calib.voting_server.rate_limit import RateLimiter, RateLimitExceeded
from calib.voting_server.schemas import BadRequest, JoinRequest, VoteRequest, parse_request
from calib.voting_server.service import MAX_POLLS_PER_DEVICE, TooManyRequests, VotingService
from calib.voting_server.static import StaticPage, qr_data_uri
from calib.voting_server.vote_writer import RequestRejected

_LOG = logging.getLogger("calib.voting_server")
MAX_BODY_BYTES = 32_000
"""A comment of the longest allowed length takes 12,000 bytes if every character is escaped."""
_COOKIE_SECONDS = 30 * 24 * 3600
_CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_HEADERS = {
    "Content-Security-Policy": _CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
    "Server": "calib",  # tornado would send its version
}
_MESSAGES = {
    400: "This request cannot be read.",
    401: "This device has no seat here. Join with a code.",
    403: "This request did not come from a page of this server.",
    404: "Page not found.",
    405: "This method is not allowed here.",
    413: "This is too long.",
    415: "Send JSON.",
    421: "The voting server has another address.",
    503: "The facilitator's computer cannot save right now. Your device tries again.",
}
_DEFECT_MESSAGE = "Something went wrong on the server. Your device tries again."
_STATUS_CODES: dict[type[BaseException], int] = {
    BadRequest: 400,
    JoinRefused: 403,
    RequestRejected: 409,
    RateLimitExceeded: 429,
    TooManyRequests: 429,
    CannotWrite: 503,
    BadInput: 503,
}
_SHOWN_TO_PARTICIPANTS = (
    BadRequest,
    JoinRefused,
    RequestRejected,
    RateLimitExceeded,
    TooManyRequests,
)
"""Errors whose own text is sent. Those of files name folders, and go to the log only."""


@dataclass(frozen=True, slots=True)
class ServerContext:
    """The objects that all handlers share."""

    service: VotingService
    rate_limiter: RateLimiter
    config: ServerConfig
    pages: dict[str, StaticPage]


class BaseHandler(RequestHandler):
    """Check host, origin and size of each request before it is handled."""

    SUPPORTED_METHODS = ("GET", "POST")

    def initialize(self, server: ServerContext) -> None:
        """Store the shared objects."""
        self.server = server
        self.service = server.service
        self.pending_poll: asyncio.Future[str | None] | None = None

    def set_default_headers(self) -> None:
        """Forbid framing, sniffing, caching, referrers and foreign content."""
        for name, value in _HEADERS.items():
            self.set_header(name, value)

    def prepare(self) -> None:
        """Reject requests for another host, from another origin, of another type or too long.

        The Host check stops DNS rebinding. Origin and Sec-Fetch-Site stop other sites' pages from
        using a participant's cookie. JSON bodies need a CORS preflight, which is never granted.
        """
        headers, is_post = self.request.headers, self.request.method == "POST"
        host = headers.get("Host", "")
        if not self.server.config.accepts_host(host):
            raise HTTPError(421)
        origin = headers.get("Origin")
        expected_origin = f"{self.server.config.scheme}://{host}"
        if (is_post or origin is not None) and origin != expected_origin:
            raise HTTPError(403)
        # A link on another site may open the pages, but nothing there may read the API.
        if headers.get("Sec-Fetch-Site", "none") not in {"none", "same-origin"} and (
            is_post or self.request.path.startswith("/api/")
        ):
            raise HTTPError(403)
        if is_post and headers.get("Content-Type", "").partition(";")[0] != "application/json":
            raise HTTPError(415)
        if len(self.request.body) > MAX_BODY_BYTES:
            raise HTTPError(413)

    def on_connection_close(self) -> None:
        """Cancel the long poll of a client that has disconnected."""
        if self.pending_poll is not None:
            self.pending_poll.cancel()

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Answer with a sentence as JSON, never with a traceback."""
        error = kwargs.get("exc_info", (None, None))[1]
        status = _STATUS_CODES.get(type(error), status_code)
        body: dict[str, Any] = {"error": _MESSAGES.get(status, _DEFECT_MESSAGE)}
        if isinstance(error, _SHOWN_TO_PARTICIPANTS):
            body["error"] = str(error)
        if isinstance(error, RequestRejected):
            current = participant_view.vote_to_json(error.current)
            body |= {"reason": error.reason, "standing": current}
        if status in {429, 503}:
            self.set_header("Retry-After", str(round(getattr(error, "seconds", 2)) or 1))
        self.set_status(status)
        self.finish(body)

    def log_exception(self, *args: Any) -> None:
        """Log file problems as one line for the facilitator, defects with their traceback."""
        error = args[1]
        if isinstance(error, (CannotWrite, BadInput)):
            _LOG.warning("%s", error)
        elif not isinstance(error, (HTTPError, *_STATUS_CODES)):
            _LOG.error("in %s", self.request.path, exc_info=error)

    async def answer_long_poll(self, render: Callable[[], str], client: str) -> None:
        """Answer as soon as the state differs from `?seen=`; 204 if nothing changes for a while."""
        seen = self.get_query_argument("seen", "")
        with self.service.limit_concurrency(client, MAX_POLLS_PER_DEVICE):
            poll = self.service.polls.wait_for_change(render, seen)
            self.pending_poll = asyncio.ensure_future(poll)
            try:
                text = await self.pending_poll
            except asyncio.CancelledError:
                return
        if text is None:
            self.set_status(204)
        else:
            self.set_header("Content-Type", "application/json; charset=utf-8")
            self.write(text)


class PageHandler(BaseHandler):
    """Send pages, scripts and styles; they contain nothing of the workshop."""

    def get(self) -> None:
        """Send the file of this path."""
        page = self.server.pages.get(self.request.path)
        if page is None:
            raise HTTPError(404)
        self.set_header("Content-Type", page.content_type)
        self.write(page.content)


class ParticipantHandler(BaseHandler):
    """Base of handlers for devices that have a seat."""

    @property
    def cookie_name(self) -> str:
        """Return the cookie's name; it has the port, as all ports of a host share their cookies."""
        prefix = "__Host-" if self.server.config.certificate is not None else ""
        return f"{prefix}calib-seat-{self.server.config.port}"

    def require_seat(self) -> Seat:
        """Return the seat of this device; raises HTTPError 401."""
        seat = self.service.state.find_seat(self.get_cookie(self.cookie_name) or "")
        if seat is None:
            raise HTTPError(401)
        return seat


class JoinHandler(ParticipantHandler):
    """Exchange a join code for a seat."""

    async def post(self) -> None:
        """Claim the seat; ask for a name if the code has none and votes are named."""
        request = parse_request(JoinRequest, self.request.body)
        attempt = await self.server.rate_limiter.wait(self.request.remote_ip or "")
        correct = True
        try:
            token = await self.service.join(request)
        except JoinRefused as error:
            # Only unknown codes count as guesses; a name in use does not.
            correct = str(error) != UNKNOWN_CODE
            raise
        finally:
            attempt.finish(correct=correct)
        if token is not None:
            self.set_cookie(
                self.cookie_name,
                token,
                httponly=True,
                samesite="Strict",
                path="/",
                secure=self.server.config.certificate is not None,
                max_age=_COOKIE_SECONDS,
            )
        self.finish({"joined": token is not None})


class CriteriaHandler(ParticipantHandler):
    """Send the criteria to vote on."""

    def get(self) -> None:
        """Send questions and levels of the catalog."""
        self.require_seat()
        self.finish(participant_view.build_criteria_view(self.service.catalog))


class StateHandler(ParticipantHandler):
    """Send changes of the session to a participant."""

    async def get(self) -> None:
        """Answer the long poll; `?look=` is a revealed criterion whose votes to include."""
        look = self.get_query_argument("look", "")
        client = f"polls of {self.require_seat().id}"
        # Check the seat again for each answer: another device may have claimed it meanwhile.
        await self.answer_long_poll(
            lambda: self.service.render_participant(self.require_seat(), look), client
        )


class VoteHandler(ParticipantHandler):
    """Accept a vote."""

    async def post(self) -> None:
        """Seal the vote; answer when it is on disk."""
        seat = self.require_seat()
        vote = await self.service.vote(seat, parse_request(VoteRequest, self.request.body))
        received = utc_now().isoformat()
        self.finish({"received": received, "vote": participant_view.vote_to_json(vote)})


class FacilitatorHandler(BaseHandler):
    """Base of handlers for the facilitator's windows, which send a key instead of a cookie."""

    def require_key(self, key: str) -> None:
        """Raise HTTPError 401 unless the request has this key."""
        given = self.request.headers.get("Authorization", "").removeprefix("Bearer ")
        # Comparing in constant time reveals nothing about the key.
        if not secrets.compare_digest(given.encode(), key.encode()):
            raise HTTPError(401)


class ProjectorHandler(FacilitatorHandler):
    """Send changes of the session to the projector."""

    async def get(self) -> None:
        """Answer the long poll."""
        self.require_key(self.service.screen_key)
        await self.answer_long_poll(self.service.render_projector, "polls of the projector")


class AddressHandler(FacilitatorHandler):
    """Send the address of the participants' page."""

    def get(self) -> None:
        """Send the address, also as a QR code."""
        self.require_key(self.service.screen_key)
        address = self.server.config.address
        self.finish({"address": address, "qr": qr_data_uri(address)})


class CardsHandler(FacilitatorHandler):
    """Send the unused join codes, for printing."""

    async def get(self) -> None:
        """Send names, codes and their QR codes."""
        self.require_key(self.service.cards_key)
        address = self.server.config.address
        cards = projector_view.list_join_cards(self.service.state, address)
        # In a thread: two hundred QR codes take long enough to delay the long polls.
        drawn = await asyncio.to_thread(
            lambda: [{**card, "qr": qr_data_uri(card["address"])} for card in cards]
        )
        self.finish({"address": address, "cards": drawn})
