"""Where the room is: the address people type, and what else a request may call it."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict

ANYWHERE = frozenset(("0.0.0.0", "::"))  # noqa: S104  compared with, not listened on
_LOCAL = "localhost"
_STANDARD = {"http": 80, "https": 443}


class Setting(BaseModel):
    """Hold what a voting server is started with."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    folder: Path
    listen: str = "127.0.0.1"
    """The address of this machine to listen on."""
    host: str = "127.0.0.1"
    """What people type: that address, or a name that leads to it."""
    port: int = 8900
    certificate: Path | None = None
    certificate_key: Path | None = None

    @property
    def scheme(self) -> str:
        """Return https where there is a certificate."""
        return "https" if self.certificate else "http"

    @property
    def address(self) -> str:
        """Return the address of the room's page."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if self.port == _STANDARD[self.scheme] else f":{self.port}"
        return f"{self.scheme}://{host}{port}/"

    def is_ours(self, host: str) -> bool:
        """Say whether a Host header means this room.

        A page of somebody else's may lead its own name here (DNS rebinding), never an address.
        """
        found = _Host.of(host, _STANDARD[self.scheme])
        if found is None or found.port != self.port:
            return False
        if found.name == self.host.lower():
            return True
        address = found.address
        if address is None:
            return found.name == _LOCAL and self._hears_loopback
        if self.listen in ANYWHERE:
            return True
        return address == ipaddress.ip_address(self.listen)

    @property
    def _hears_loopback(self) -> bool:
        return self.listen in ANYWHERE or ipaddress.ip_address(self.listen).is_loopback


@dataclass(frozen=True, slots=True)
class _Host:
    """Hold a Host header, taken apart."""

    name: str
    port: int

    @classmethod
    def of(cls, text: str, standard: int) -> _Host | None:
        name, colon, port = text.lower().rpartition(":")
        if not colon or "]" in port:
            name, port = text.lower(), str(standard)
        if name.startswith("[") and name.endswith("]"):
            name = name[1:-1]
        return cls(name, int(port)) if port.isascii() and port.isdigit() else None

    @property
    def address(self) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
        try:
            return ipaddress.ip_address(self.name)
        except ValueError:
            return None
