"""Problems of a request that no provider sees: it is not HTTP, or over a limit.

If the path or the header Host names a provider, the answer has the provider's own form; otherwise
ours. Each kind of problem is declared here, with its status and with the entry of the provider's
catalogue whose form it takes.
"""

from __future__ import annotations

from dataclasses import dataclass

from emulator.core.errors import Diagnosis, FailureMode, Source, Standing

_OURS = Source("emulator", "transport", Standing.CHOSEN)
_HTTP = Source("RFC 9112")


@dataclass(frozen=True, slots=True)
class HttpProblem:
    """Why one request is not served.

    Attributes:
        status: HTTP status of the answer.
        entry: Name of the entry of a provider's catalogue whose form the answer takes.
        diagnosis: The explanation beside the answer.
    """

    status: int
    entry: str
    diagnosis: Diagnosis

    def __str__(self) -> str:
        told = self.diagnosis
        measure = f": {told.received} ({told.expected})" if told.received else ""
        return f"{told.summary}{measure}. {told.hint}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProblemMode(FailureMode):
    """One kind of problem.

    Attributes:
        status: HTTP status of the answer.
        entry: As in `HttpProblem`.
        where: The part of the request at fault.
        hint: The most likely mistake, and the next step.
    """

    status: int
    entry: str
    where: str
    hint: str

    def found(self, expected: str = "", received: str = "") -> HttpProblem:
        """Return this problem for one request."""
        diagnosis = self.diagnose(self.where, expected=expected, received=received, hint=self.hint)
        return HttpProblem(self.status, self.entry, diagnosis)


def _limit(
    code: str, summary: str, status: int, entry: str, where: str, advice: str, setting: str
) -> ProblemMode:
    """Return the kind of problem of a request that is over a limit."""
    hint = f"{advice}; the limit is {setting}, in the section [limits] of the configuration file"
    return ProblemMode(
        f"request.{code}", summary, _OURS, status=status, entry=entry, where=where, hint=hint
    )


BODY_TOO_LARGE = _limit(
    "too-large",
    "The body is too large",
    413,
    "too-large",
    "body",
    "Send a smaller body",
    "body_bytes",
)
HEAD_TOO_LARGE = _limit(
    "head-too-large",
    "Request line and headers are too large",
    431,
    "too-large",
    "headers",
    "Look for a header that grows with each request, such as Cookie",
    "head_bytes",
)
TOO_MANY_HEADERS = _limit(
    "too-many-headers",
    "There are too many headers",
    431,
    "too-large",
    "headers",
    "Look for a header that is added once more with each attempt",
    "headers",
)
TARGET_TOO_LONG = _limit(
    "target-too-long",
    "Path and query are too long",
    414,
    "too-large",
    "path",
    "Send the data in the body, not in the URL",
    "target_bytes",
)
HEAD_TOO_SLOW = _limit(
    "head-too-slow",
    "The head of the request did not come in time",
    408,
    "bad-request",
    "headers",
    "End the headers with an empty line (CR LF CR LF)",
    "head_seconds",
)
BODY_TOO_SLOW = _limit(
    "body-too-slow",
    "The body did not come in time",
    408,
    "bad-request",
    "body",
    "Content-Length may count more bytes than the body has, or the last chunk is missing",
    "body_seconds",
)
TOO_MANY_CONNECTIONS = _limit(
    "too-many-connections",
    "Too many connections are open",
    503,
    "bad-request",
    "connection",
    "Close connections, or use one client for all requests (keep-alive)",
    "connections",
)
NOT_HTTP = ProblemMode(
    "request.not-http",
    "The request is not HTTP/1.1",
    _HTTP,
    status=400,
    entry="bad-request",
    where="request",
    hint="Common causes: a blank in the URL, a line break in a header, a wrong Content-Length,"
    " two different lengths, a chunk without its size, or https sent to a port that speaks http",
)
