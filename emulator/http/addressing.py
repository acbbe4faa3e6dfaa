"""Who a request is for: a provider, by path or by host name, in a namespace.

A provider is addressed by path prefix (`/placetopay/api/session`) or by host name
(`placetopay.localhost`, or one of its real names); a namespace by path (`/_ns/<name>/…`) or by
the header `emulator-namespace`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from emulator.core.errors import Behaviour, Source, Standing
from emulator.core.exchange import Headers
from emulator.core.hosts import host_name
from emulator.provider import Provider
from emulator.runtime.namespace import DEFAULT_NAMESPACE

if TYPE_CHECKING:
    from starlette.types import Scope

PATHS = Behaviour(
    "An encoded slash separates nothing; neither it nor dots, doubled slashes or parameters in a"
    " path lead to an endpoint",
    Source("RFC 3986", "section 2.2", Standing.CHOSEN),
)
ONE_HOST = Behaviour(
    "A request with two Host headers is refused; case, port and a dot at the end of one mean"
    " nothing",
    Source("RFC 9112", "section 3.2"),
)

NAMESPACE_HEADER = "emulator-namespace"
NAMESPACE_PREFIX = "/_ns/"
CONTROL = "/_emulator"
_CALL = re.compile(rf"((?:{NAMESPACE_PREFIX}[^/]*)?{CONTROL})(/.*?)?/?", re.DOTALL)
_ABSOLUTE = re.compile(r"https?://[^/]*", re.IGNORECASE)
_ENCODED_SLASH = re.compile("%2f", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Address:
    """Who a request is for.

    Attributes:
        provider: The provider; None where neither host nor path names one.
        namespace: Name of the namespace, not checked.
        path: The path below the provider.
        prefix: What stands before that path in URLs that lead here without the header.
        host: The header `Host`.
        by_host: Whether the host named the provider.
    """

    provider: Provider[Any] | None
    namespace: str
    path: str
    prefix: str
    host: str
    by_host: bool


class Addresses:
    """Finds who a request is for.

    Args:
        providers: The providers, by name.
    """

    def __init__(self, providers: Mapping[str, Provider[Any]]) -> None:
        self._by_name = providers
        self.by_host: dict[str, Provider[Any]] = {
            host: provider
            for provider in providers.values()
            for host in (f"{provider.name}.localhost", *provider.hosts)
        }

    def of(self, path: str, headers: Headers) -> Address:
        """Return who is meant."""
        host = first(headers, "host")
        name = first(headers, NAMESPACE_HEADER) or DEFAULT_NAMESPACE
        # A URL handed out, such as that of a page to pay on, is asked for without the header.
        prefix = "" if name == DEFAULT_NAMESPACE else f"{NAMESPACE_PREFIX}{name}"
        if path.startswith(NAMESPACE_PREFIX):
            name, _, path = path.removeprefix(NAMESPACE_PREFIX).partition("/")
            prefix, path = f"{NAMESPACE_PREFIX}{name}", f"/{path}"
        provider = self.by_host.get(host_name(host)) if host else None
        if provider is not None:
            return Address(provider, name, path, prefix, host, by_host=True)
        named, slash, rest = path[1:].partition("/")
        provider = self._by_name.get(named)
        below = slash + rest or "/"
        return Address(provider, name, below, f"{prefix}/{named}", host, by_host=False)


def call_in(path: str) -> tuple[str, str] | None:
    """Return where the control API is in a path, and the call below it; None if it is no call."""
    found = _CALL.fullmatch(path)  # with and without a slash at the end
    return (found[1], found[2] or "") if found else None


def path_of(scope: Scope) -> str:
    """Return the path, percent-decoded except for encoded slashes, which separate nothing."""
    raw = (scope.get("raw_path") or b"").decode("latin-1")
    if _ABSOLUTE.match(raw):  # a client that takes us for its proxy (RFC 9112, 3.2.2)
        raw = _ABSOLUTE.sub("", raw) or "/"
    elif "%2f" not in raw.lower():
        return scope["path"]
    return "%2F".join(unquote(part) for part in _ENCODED_SLASH.split(raw))


def ambiguous(headers: list[tuple[bytes, bytes]], path: str) -> tuple[str, str] | None:
    """Say what makes it unclear who is meant (RFC 9112, 3.2): a code and a message."""
    for wanted in (b"host", NAMESPACE_HEADER.encode()):
        if sum(name == wanted for name, _ in headers) > 1:
            told = f"the header {wanted.decode()} is there more than once; send it once"
            return "emulator.header-twice", told
    if path.startswith(NAMESPACE_PREFIX):
        of_path = path.removeprefix(NAMESPACE_PREFIX).partition("/")[0]
        of_header = dict(headers).get(NAMESPACE_HEADER.encode(), b"").decode("latin-1")
        if of_header not in ("", of_path):
            told = "the path names another namespace than the header; send one of them, or the same"
            return "emulator.namespace-twice", told
    return None


def first(headers: Headers, wanted: str) -> str:
    """Return the first header of a name; empty if there is none."""
    for name, value in headers:
        if name == wanted:
            return value
    return ""
