"""What the room answers, and to whom: pages to everybody, news and votes to a seat."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tornado.web import HTTPError, RequestHandler

from calib.ballots.seats import UNKNOWN_CODE, Refused
from calib.errors import BadInput, CannotWrite
from calib.model import Seat
from calib.voting_server import participant_view, projector_view
from calib.voting_server.config import Setting
from calib.voting_server.long_poll import now
from calib.voting_server.rate_limit import Crowded, Door
from calib.voting_server.schemas import BadRequest, JoinAsked, VoteAsked, read
from calib.voting_server.service import MOST_POLLS, Hall, TooMany
from calib.voting_server.static import Page, qr
from calib.voting_server.vote_writer import Turned

_LOG = logging.getLogger("calib.voting_server")
MOST_BYTES = 32_000
_SECONDS_KEPT = 30 * 24 * 3600
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
    "Server": "calib",
}
_SENTENCES = {
    400: "This request cannot be read.",
    401: "This device has no seat here. Join with a code.",
    403: "This request did not come from the room's own page.",
    404: "There is no such page.",
    405: "This cannot be done here.",
    413: "This is too long.",
    415: "Send JSON.",
    421: "The room has another address.",
    503: "The facilitator's machine cannot save right now. Nothing is lost: it is sent again.",
}
_DEFECT = "Something went wrong here. It is tried again."
_STATUS: dict[type[BaseException], int] = {
    BadRequest: 400,
    Refused: 403,
    Turned: 409,
    Crowded: 429,
    TooMany: 429,
    CannotWrite: 503,
    BadInput: 503,
}


@dataclass(frozen=True, slots=True)
class Building:
    """Hold what every handler works with."""

    hall: Hall
    door: Door
    setting: Setting
    pages: dict[str, Page]


class Base(RequestHandler):
    """Check who calls and from where, before anything is done."""

    SUPPORTED_METHODS = ("GET", "POST")

    def initialize(self, building: Building) -> None:
        """Take what every handler works with."""
        self.building = building
        self.hall = building.hall
        self.news: asyncio.Future[str | None] | None = None

    def set_default_headers(self) -> None:
        """Let no browser frame, guess, keep or pass on anything."""
        for name, value in _HEADERS.items():
            self.set_header(name, value)

    def prepare(self) -> None:
        """Refuse a name that is not ours, and a page that is not ours."""
        headers, posts = self.request.headers, self.request.method == "POST"
        host = headers.get("Host", "")
        if not self.building.setting.is_ours(host):
            raise HTTPError(421)
        origin = headers.get("Origin")
        if (posts or origin is not None) and origin != f"{self.building.setting.scheme}://{host}":
            raise HTTPError(403)
        if headers.get("Sec-Fetch-Site", "none") not in {"none", "same-origin"} and (
            posts or self.request.path.startswith("/api/")
        ):
            raise HTTPError(403)
        if posts and headers.get("Content-Type", "").partition(";")[0] != "application/json":
            raise HTTPError(415)
        if len(self.request.body) > MOST_BYTES:
            raise HTTPError(413)

    def on_connection_close(self) -> None:
        """Stop waiting for somebody who has gone."""
        if self.news is not None:
            self.news.cancel()

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Answer with one sentence, never with a trace."""
        error = kwargs.get("exc_info", (None, None))[1]
        status = _STATUS.get(type(error), status_code)
        body: dict[str, Any] = {"error": _SENTENCES.get(status, _DEFECT)}
        if isinstance(error, (BadRequest, Refused, Turned, Crowded, TooMany)):
            body["error"] = str(error)
        if isinstance(error, Turned):
            body |= {"reason": error.reason, "standing": participant_view.said(error.standing)}
        if status in {429, 503}:
            self.set_header("Retry-After", str(round(getattr(error, "seconds", 2)) or 1))
        self.set_status(status)
        self.finish(body)

    def log_exception(self, *args: Any) -> None:
        """Tell the facilitator what they can mend, and of defects all there is."""
        error = args[1]
        if isinstance(error, (CannotWrite, BadInput)):
            _LOG.warning("%s", error)
        elif not isinstance(error, (HTTPError, *_STATUS)):
            _LOG.error("in %s", self.request.path, exc_info=error)

    async def tell(self, write: Callable[[], str], who: str) -> None:
        """Answer with the news once there are some; 204 where there are none for a while."""
        seen = self.get_query_argument("seen", "")
        with self.hall.waiting(who, MOST_POLLS):
            self.news = asyncio.ensure_future(self.hall.board.news(write, seen))
            try:
                found = await self.news
            except asyncio.CancelledError:
                return
        if found is None:
            self.set_status(204)
        else:
            self.set_header("Content-Type", "application/json; charset=utf-8")
            self.write(found)


class PageHandler(Base):
    """Send a page, a script or a style: none of them holds anything of the workshop."""

    def get(self) -> None:
        """Send what lies under this path."""
        page = self.building.pages.get(self.request.path)
        if page is None:
            raise HTTPError(404)
        self.set_header("Content-Type", page.kind)
        self.write(page.content)


class Seated(Base):
    """Answer devices that have a seat."""

    @property
    def cookie(self) -> str:
        """Name the cookie: browsers keep them by host alone, so the port is in it."""
        tls = self.building.setting.certificate is not None
        return f"{'__Host-' if tls else ''}calib-seat-{self.building.setting.port}"

    def seat(self) -> Seat:
        """Return whose device this is; raises HTTPError 401."""
        found = self.hall.sight.seat(self.get_cookie(self.cookie) or "")
        if found is None:
            raise HTTPError(401)
        return found


class Join(Seated):
    """Exchange a join code for a seat."""

    async def post(self) -> None:
        """Take the seat; ask for a name where the code carries none and the votes are named."""
        asked = read(JoinAsked, self.request.body)
        one = await self.building.door.turn(self.request.remote_ip or "")
        right = True
        try:
            token = await self.hall.join(asked)
        except Refused as error:
            right = str(error) != UNKNOWN_CODE
            raise
        finally:
            one.ended(right=right)
        if token is not None:
            self.set_cookie(
                self.cookie,
                token,
                httponly=True,
                samesite="Strict",
                path="/",
                secure=self.building.setting.certificate is not None,
                max_age=_SECONDS_KEPT,
            )
        self.finish({"joined": token is not None})


class Criteria(Seated):
    """Say what there is to vote on."""

    def get(self) -> None:
        """Send the catalog's questions and levels."""
        self.seat()
        self.finish(participant_view.criteria(self.hall.catalog))


class State(Seated):
    """Tell a participant what is new in the room."""

    async def get(self) -> None:
        """Wait for what the device has not seen; `look` names a revealed criterion to show."""
        look = self.get_query_argument("look", "")
        who = f"news of {self.seat().id}"
        # The seat is asked for each time: it may be taken by another device meanwhile.
        await self.tell(lambda: self.hall.participant(self.seat(), look), who)


class CastVote(Seated):
    """Take a vote."""

    async def post(self) -> None:
        """Seal it, and answer when it is on disk."""
        seat = self.seat()
        vote = await self.hall.vote(seat, read(VoteAsked, self.request.body))
        self.finish({"received": now().isoformat(), "vote": participant_view.said(vote)})


class Keyed(Base):
    """Answer the facilitator's own windows."""

    def must_have(self, key: str) -> None:
        """Refuse whoever lacks a key."""
        given = self.request.headers.get("Authorization", "").removeprefix("Bearer ")
        if not secrets.compare_digest(given.encode(), key.encode()):
            raise HTTPError(401)


class Screen(Keyed):
    """Tell the projector what is new."""

    async def get(self) -> None:
        """Wait for what the screen has not seen."""
        self.must_have(self.hall.screen_key)
        await self.tell(self.hall.screen, "news of the screen")


class Place(Keyed):
    """Say where the room is."""

    def get(self) -> None:
        """Send the address, also as a QR code."""
        self.must_have(self.hall.screen_key)
        address = self.building.setting.address
        self.finish({"address": address, "qr": qr(address)})


class Cards(Keyed):
    """List the join codes that wait, to be printed."""

    async def get(self) -> None:
        """Send names, codes and their QR codes."""
        self.must_have(self.hall.cards_key)
        address = self.building.setting.address
        found = projector_view.cards(self.hall.sight, address)
        drawn = await asyncio.to_thread(lambda: [{**c, "qr": qr(c["address"])} for c in found])
        self.finish({"address": address, "cards": drawn})
