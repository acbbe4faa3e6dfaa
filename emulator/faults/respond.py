"""`respond: {status: 503, text: upstream unavailable}`: an answer of somebody in between.

For what is not the provider's own: a gateway's 503, a proxy's 407, a page of HTML.
"""

from __future__ import annotations

import json
import re
from typing import Annotated, Any, ClassVar, Self

from pydantic import AfterValidator, Field, model_validator

from emulator.core.exchange import BODILESS, Reply
from emulator.faults.fault import Ending, Handling
from emulator.faults.values import Strict, wrong

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110, section 5.6.2
_VALUE = re.compile(r"([!-~\x80-\xff]([ \t!-~\x80-\xff]*[!-~\x80-\xff])?)?")  # section 5.5
_OURS = frozenset({"connection", "content-length", "date", "transfer-encoding"})


def _header_name(name: str) -> str:
    if not _TOKEN.fullmatch(name):
        raise wrong(f"{name!r} cannot name a header")
    if name.lower() in _OURS or name.lower().startswith("emulator-"):
        raise wrong(f"{name!r} is set by the server")
    return name


def _header_value(value: str) -> str:
    if not _VALUE.fullmatch(value):
        raise wrong(f"{value!r} has characters that no header value can have")
    return value


HeaderName = Annotated[str, AfterValidator(_header_name)]
HeaderValue = Annotated[str, AfterValidator(_header_value)]


class Respond(Strict, Ending):
    """Answer with exactly this.

    Attributes:
        status: HTTP status of a final answer.
        headers: Sent as they are; Content-Type replaces the one of `json` and `text`.
        content: Written `json`; sent compact, in UTF-8.
        text: Sent in UTF-8.
    """

    nullable: ClassVar[frozenset[str]] = frozenset({"content"})

    status: Annotated[int, Field(ge=200, le=599)]
    headers: dict[HeaderName, HeaderValue] = Field(default_factory=dict)
    content: Annotated[Any, Field(alias="json")] = None
    text: str | None = None

    @model_validator(mode="after")
    def _one_body(self) -> Self:
        names = [name.lower() for name in self.headers]
        if len(set(names)) != len(names):
            raise wrong("a header is given twice")
        if "content" in self.model_fields_set and self.text is not None:
            raise wrong("give one of 'json', 'text'")
        if self.status in BODILESS and ("content" in self.model_fields_set or self.text):
            raise wrong(f"an answer with status {self.status} has no body")
        return self

    def end(self, handling: Handling, _true: Reply | None, /) -> Reply:
        """Make the reply."""
        headers = [(name.lower(), value) for name, value in self.headers.items()]
        body, media_type = b"", ""
        if "content" in self.model_fields_set:
            text = json.dumps(self.content, ensure_ascii=False, separators=(",", ":"))
            body, media_type = text.encode(), "application/json"
        elif self.text is not None:
            body, media_type = self.text.encode(), "text/plain; charset=utf-8" if self.text else ""
        own = [value for name, value in headers if name == "content-type"]
        reply = Reply(
            self.status,
            body,
            own[0] if own else media_type,
            [header for header in headers if header[0] != "content-type"],
        )
        return handling.inject(reply, f"respond {self.status}")


FAULT = Respond
