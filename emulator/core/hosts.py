"""Reads host names, and tells which belong to this machine or its network."""

from __future__ import annotations

import ipaddress
import re
from functools import lru_cache
from urllib.parse import urlsplit

_REMEMBERED = 512
"""Characters of a URL up to which its host is remembered."""
_TO_THE_PATH = re.compile(r"[^/?#]*//[^/?#]*")
_PRIVATE_SUFFIXES = (
    *(".localhost", ".internal", ".local", ".test", ".svc", ".lan", ".home.arpa"),
    *(".corp", ".home", ".intranet", ".private"),
)
"""Last parts of names that are never public: reserved, or used in private networks."""
_NO_REGISTRY = re.compile(r"(?!xn--)[a-z0-9]+(?:[_-]+[a-z0-9]+)+")
"""A last label that is none of a registry, whose labels are letters alone, or begin with `xn--`.

Docker's networks (`emulator.shop_default`) and GitLab's services have such names.
"""


def host_name(host: str) -> str:
    """Return the name in a Host header: no port, lower-case, no dot at its end."""
    name, colon, port = host.rpartition(":")
    return (name if colon and (port.isdigit() or not port) else host).lower().rstrip(".")


def host_of(url: str) -> str:
    """Return the host name of a URL; empty if it has none, or is no URL."""
    if len(url) > _REMEMBERED:  # what is read is remembered, here and by `urlsplit`
        found = _TO_THE_PATH.match(url)
        url = found[0] if found and len(found[0]) <= _REMEMBERED else ""
    return _host_of(url)


@lru_cache(maxsize=256)
def _host_of(url: str) -> str:
    try:
        return (urlsplit(url).hostname or "").rstrip(".")
    except ValueError:
        return ""


def is_private_name(name: str) -> bool:
    """Tell whether no public DNS can say where `name` is: no IP address, no registered domain."""
    if ":" in name:
        return False
    last = name.rpartition(".")[2]
    return (
        last == name != "" or name.endswith(_PRIVATE_SUFFIXES) or bool(_NO_REGISTRY.fullmatch(last))
    )


def is_address(name: str) -> bool:
    """Tell whether a name is an IP address."""
    return _address(name) is not None


def is_loopback(name: str) -> bool:
    """Tell whether a name means this machine."""
    address = _address(name)
    if address is not None:
        return address.is_loopback
    return name == "localhost" or name.endswith(".localhost")


def is_near(name: str) -> bool:
    """Tell whether a name means this machine or its network, which no proxy can reach."""
    address = _address(name)
    if address is not None:
        return address.is_private or address.is_loopback or address.is_link_local
    return is_private_name(name)


def _address(name: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(name)
    except ValueError:
        return None
