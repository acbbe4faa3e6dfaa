"""Finds requests that a web page made a browser send.

A page that a developer visits can make the browser send requests to this machine. The browser
adds headers that the page cannot change: `Origin`, `Sec-Fetch-Site`, and in `Host` the name that
the page used. A page can also give its own public name the address of this machine (DNS
rebinding); then only `Host` shows it.
"""

from __future__ import annotations

import re
import socket
from collections.abc import Collection
from functools import cache, lru_cache
from ipaddress import ip_address

from emulator.core.hosts import is_private_name

_HOST = re.compile(
    r"(?P<name>\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9._-]{1,255})(?::(?P<port>\d{0,5}))?"
)
_ORIGIN = re.compile(r"(?P<scheme>https?)://(?P<host>[^/?#@\\]+)", re.IGNORECASE)
_PORTS = {"http": 80, "https": 443}
_OWN = frozenset({"same-origin", "none"})
"""`Sec-Fetch-Site` for a page of this server, and for an address that a person typed."""


def foreign_page(origin: str | None, site: str | None, scheme: str, host: str) -> str:
    """Say which page of another server made a request; empty if none.

    Args:
        origin: The header `Origin`; None without.
        site: The header `Sec-Fetch-Site`; None without. Only browsers send it.
        scheme: By which the request came: `http` or `https`.
        host: Its header `Host`.
    """
    if origin is not None and _place(origin) != _place(f"{scheme}://{host}"):
        return f"a page of {origin!r}"
    if site is not None and site.strip().lower() not in _OWN:
        return f"a page of another origin (Sec-Fetch-Site: {site})"
    return ""


def is_safe_host(host: str, own: Collection[str] = ()) -> bool:
    """Tell whether the name in a `Host` header cannot be a public name.

    That is: an IP address, this machine's own name, or a name of a private network.

    Args:
        host: The header, or the authority of a URL.
        own: More names of ours, in lower case.
    """
    name = _name(host)
    return bool(name) and (name in own or _is_safe(name))


@lru_cache(maxsize=256)
def _is_safe(name: str) -> bool:
    try:
        address = ip_address(name.strip("[]"))
    except ValueError:
        return is_private_name(name) or name == _machine()
    # Browsers take 0.0.0.0 for this machine, and send no Sec-Fetch-Site there.
    return not (getattr(address, "ipv4_mapped", None) or address).is_unspecified


@lru_cache(maxsize=256)
def _name(host: str) -> str:
    """Return the name in a `Host` header, in lower case; empty if it is not valid."""
    found = _HOST.fullmatch(host)
    return found["name"].lower().removesuffix(".") if found else ""


@cache
def _machine() -> str:
    return socket.gethostname().lower()


def _place(origin: str) -> tuple[str, str, int] | None:
    """Return scheme, name and port of an origin; None if it is not http or https."""
    parts = _ORIGIN.fullmatch(origin)
    found = _HOST.fullmatch(parts["host"]) if parts else None
    if parts is None or found is None:
        return None
    scheme = parts["scheme"].lower()
    return scheme, _name(parts["host"]), int(found["port"] or _PORTS[scheme])
