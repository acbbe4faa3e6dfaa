"""Headers that carry a credential or a signature."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Literal

from emulator.core.errors import FailureMode, SchemeError, Source, Standing
from emulator.core.exchange import Request
from emulator.core.messages import Message
from emulator.provider.part import Part

HEADER = FailureMode(
    "request.header",
    "A header is missing, or is there more than once",
    Source("emulator", "headers", Standing.CHOSEN),
)


def one_header(request: Request, name: str) -> str:
    """Return a header that must be there once.

    Args:
        request: What arrived.
        name: In lower case.

    Raises:
        SchemeError: `request.header`.
    """
    found = [value for key, value in request.headers if key == name]
    if len(found) != 1:
        raise SchemeError(
            HEADER.diagnose(
                f"headers.{name}",
                expected="one value",
                received=f"{len(found)} values",
                hint=Message("Send the header {name} once").with_(name=name),
            )
        )
    return found[0]


def header_part(
    name: str, encoding: Literal["plain", "base64", "base64url", "hex"] = "plain"
) -> Part:
    """Return a header as a part of a request, a reply or a webhook that a scenario can damage.

    Args:
        name: In lower case.
        encoding: How its bytes are written.
    """

    def read(message: Any) -> bytes | None:
        found = dict(message.headers).get(name)
        return None if found is None else found.encode("latin-1")

    def write(message: Any, raw: bytes | None) -> Any:
        if read(message) is None:
            return message
        kept = [header for header in message.headers if header[0] != name]
        if raw is not None:
            kept.append((name, raw.decode("latin-1")))
        return replace(message, headers=type(message.headers)(kept))

    return Part(read, write, encoding)
