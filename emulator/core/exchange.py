"""An exchange: one request, the verdict on it, and the reply."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import parse_qsl

from emulator.core.errors import Diagnosis
from emulator.core.hosts import host_name
from emulator.core.http_problems import HttpProblem

Verdict = Literal["accepted", "refused", "injected"]
"""`injected`: the request was in order, and a scenario wrote the reply."""

Headers = list[tuple[str, str]]

BODILESS = frozenset({204, 205, 304})
"""Statuses whose replies have no body (RFC 9110, section 6.4.1)."""

Cut = Literal["reset", "empty", "close", "garbage", "malformed-chunk", "truncate", "hang"]
"""How a connection can end too early. `close`, `malformed-chunk` and `truncate` send a part of the
reply, the others nothing."""

HEADLESS = frozenset[str | None]({"reset", "empty", "garbage", "hang"})
"""The cuts that send nothing of the reply."""

_COMPACT = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


@dataclass(frozen=True, slots=True)
class Transmission:
    """How a reply is sent, if it is not sent normally.

    Attributes:
        cut: How the connection ends too early; empty if it does not.
        after_bytes: Bytes of the body that are sent before it is truncated; None for half of it.
        hold_seconds: How long it hangs before it is closed; None to wait for the client.
        drip_bytes: Bytes of the body sent at a time; 0 for all at once.
        drip_seconds: Pause between them.
    """

    cut: Cut | Literal[""] = ""
    after_bytes: int | None = None
    hold_seconds: float | None = None
    drip_bytes: int = 0
    drip_seconds: float = 0.0


@dataclass(slots=True)
class Reply:
    """What goes back.

    Attributes:
        status: HTTP status.
        body: The bytes; a provider's `seal` can replace them.
        media_type: Value of Content-Type; empty to send none.
        headers: More headers, with lower-case names.
        content: The message inside, where the provider signs it into the body (JWS).
        transmission: How it is sent; None for normally.
    """

    status: int = 200
    body: bytes = b""
    media_type: str = "application/json"
    headers: Headers = field(default_factory=list[tuple[str, str]])
    content: Any = None
    transmission: Transmission | None = None

    @classmethod
    def json(cls, content: Any, status: int = 200, media_type: str = "application/json") -> Reply:
        """Return a reply whose body is `content` as compact JSON in UTF-8."""
        body = _COMPACT.encode(content).encode("utf-8", "replace")
        return cls(status, body, media_type, content=content)

    def header(self, name: str) -> str | None:
        """Return the header `name` (lower-case), or None."""
        return next((value for key, value in self.headers if key == name), None)


@dataclass(slots=True, kw_only=True)
class Request:
    """A request as it arrived.

    Attributes:
        method: Upper-case.
        path: Percent-decoded, below the provider's base URL: `/api/session`. An encoded slash
            does not count as a slash; it stays `%2F`.
        query: Raw query string, without the question mark.
        headers: With lower-case names; a repeated header is there twice.
        body: Raw bytes, at most `Limits.body_bytes`.
        client: Address of the peer, or empty in process.
        base_url: The address of the provider, without a slash at the end:
            `http://127.0.0.1:8900/<provider>`.
        problem: Why it is not served; None if it is.
        rebound: Whether a browser sent it for a page whose public name has our address.
    """

    method: str
    path: str
    query: str = ""
    headers: Headers = field(default_factory=list[tuple[str, str]])
    body: bytes = b""
    client: str = ""
    base_url: str = ""
    problem: HttpProblem | None = None
    rebound: bool = False

    def header(self, name: str) -> str | None:
        """Return the first header `name` (lower-case), or None."""
        for key, value in self.headers:
            if key == name:
                return value
        return None

    @property
    def host(self) -> str:
        """The host name of the request, as `host_name` reads it."""
        return host_name(self.header("host") or "")

    @property
    def media_type(self) -> str:
        """The media type of the body, lower-case and without parameters; empty if not said."""
        return (self.header("content-type") or "").partition(";")[0].strip().lower()

    def query_pairs(self) -> list[tuple[str, str]]:
        """Return the decoded parameters of the query, in order."""
        return parse_qsl(self.query, keep_blank_values=True, errors="replace", max_num_fields=None)


@dataclass(slots=True, kw_only=True)
class Exchange:
    """One request, the verdict on it, and the reply.

    Attributes:
        number: Counts the exchanges of the namespace from 1.
        namespace: Whose state it touched.
        provider: Name of the provider.
        endpoint: Name of the endpoint; its path where the provider has no such endpoint.
        parameters: Values from the path, such as `{"request_id": "12"}`.
        credential: Which credential signed, if known.
        payload: The decrypted or verified message, as plain data.
        verdict: Whether it was accepted.
        diagnosis: Why it was refused.
        warnings: Diagnoses of things that are allowed but unwise.
        arrived: The request as it arrived, if a scenario damaged it; else None.
        rules: The scenario rules that fired, as `scenario/rule#hit`.
        received_at: The scope's time, in seconds since the epoch.
        answered_at: The time in the provider's Date header, in seconds since the epoch.
        duration_ms: From the end of the request to the finished reply.
        bug: The traceback of an exception of ours, if there was one.
        cut: In an exchange from the journal: how many bytes of which part are missing.
        state: What the provider's steps hand on to each other within this exchange; read and
            written by `emulator.provider.State` only.
    """

    number: int
    namespace: str
    provider: str
    endpoint: str
    request: Request
    received_at: float
    parameters: dict[str, str] = field(default_factory=dict[str, str])
    credential: str = ""
    payload: Any = None
    verdict: Verdict = "accepted"
    diagnosis: Diagnosis | None = None
    warnings: list[Diagnosis] = field(default_factory=list[Diagnosis])
    arrived: Request | None = None
    rules: list[str] = field(default_factory=list[str])
    reply: Reply | None = None
    answered_at: float = 0.0
    duration_ms: float = 0.0
    bug: str = ""
    cut: dict[str, int] = field(default_factory=dict[str, int])
    state: dict[str, object] = field(default_factory=dict[str, object], repr=False, compare=False)

    @property
    def outcome(self) -> str:
        """What the client saw: the status, or how the connection ended."""
        reply = self.reply
        if reply is None:
            return "0"
        return (
            reply.transmission.cut
            if reply.transmission and reply.transmission.cut
            else str(reply.status)
        )
