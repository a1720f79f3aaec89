"""Settings of a voting server: where it listens and which Host headers it accepts."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict

ALL_INTERFACES = frozenset(("0.0.0.0", "::"))  # noqa: S104  only compared with, never bound here
_DEFAULT_PORTS = {"http": 80, "https": 443}


class ServerConfig(BaseModel):
    """Settings that a voting server is started with."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    folder: Path
    listen: str = "127.0.0.1"
    """The address of this machine to listen on."""
    host: str = "127.0.0.1"
    """The host that participants type: the same address, or a name that resolves to it."""
    port: int = 8900
    certificate: Path | None = None
    certificate_key: Path | None = None

    @property
    def scheme(self) -> str:
        """Return https if there is a certificate, else http."""
        return "https" if self.certificate else "http"

    @property
    def address(self) -> str:
        """Return the URL of the participants' page."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if self.port == _DEFAULT_PORTS[self.scheme] else f":{self.port}"
        return f"{self.scheme}://{host}{port}/"

    def accepts_host(self, host: str) -> bool:
        """Return whether a Host header names this server.

        This stops DNS rebinding: a foreign page can point its own host name at this machine, but
        the browser then sends that name. Addresses cannot be rebound, so every address of this
        machine is accepted when the server listens on all interfaces.
        """
        header = _HostHeader.parse(host, _DEFAULT_PORTS[self.scheme])
        if header is None or header.port != self.port:
            return False
        if header.name == self.host.lower():
            return True
        address = header.address
        if address is None:
            return header.name == "localhost" and self._listens_on_loopback
        if self.listen in ALL_INTERFACES:
            return True
        return address == ipaddress.ip_address(self.listen)

    @property
    def _listens_on_loopback(self) -> bool:
        return self.listen in ALL_INTERFACES or ipaddress.ip_address(self.listen).is_loopback


@dataclass(frozen=True, slots=True)
class _HostHeader:
    """A Host header, split into name and port."""

    name: str
    port: int

    @classmethod
    def parse(cls, text: str, default_port: int) -> _HostHeader | None:
        name, colon, port = text.lower().rpartition(":")
        # In "[::1]" the last colon belongs to the IPv6 address, not to a port.
        if not colon or "]" in port:
            name, port = text.lower(), str(default_port)
        if name.startswith("[") and name.endswith("]"):
            name = name[1:-1]
        return cls(name, int(port)) if port.isascii() and port.isdigit() else None

    @property
    def address(self) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
        try:
            return ipaddress.ip_address(self.name)
        except ValueError:
            return None
