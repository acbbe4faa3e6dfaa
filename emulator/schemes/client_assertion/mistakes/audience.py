"""Mistakes in `aud`."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from emulator.core.messages import Message
from emulator.schemes.client_assertion.assertion import Assertion
from emulator.schemes.client_assertion.failures import (
    AUDIENCE,
)
from emulator.schemes.client_assertion.mistakes.recogniser import Recogniser

if TYPE_CHECKING:
    from emulator.core.errors import FailureMode


def _place(url: str) -> tuple[str, str, str]:
    """Return scheme, host and path of a URL, as far as it is one."""
    try:
        parts = urlsplit(url)
        return parts.scheme, parts.hostname or "", parts.path
    except ValueError:
        return "", "", ""


def _near(assertion: Assertion, change: Callable[[str], str]) -> bool:
    """Tell whether an audience is right but for what `change` takes away."""
    return any(
        value != assertion.audience and change(value) == change(assertion.audience)
        for value in assertion.audiences
    )


def _same_host_only(assertion: Assertion) -> bool:
    _, wanted, _ = _place(assertion.audience)
    return any(host == wanted != "" for _, host, _ in map(_place, assertion.audiences))


def _other_host(assertion: Assertion) -> bool:
    return any(host for _, host, _ in map(_place, assertion.audiences))


OF_AUDIENCE: Mapping[FailureMode, tuple[tuple[str, Recogniser], ...]] = {
    AUDIENCE: (
        (
            Message("aud is missing; add it: the audience that the credentials show"),
            lambda a: "aud" not in a.claims,
        ),
        (
            Message("aud is text or an array of texts"),
            lambda a: a.audience in a.audiences or not a.audiences,
        ),
        (
            Message("aud has a slash at its end that does not belong there"),
            lambda a: _near(a, lambda url: url.rstrip("/")),
        ),
        (
            Message("aud begins with https, not with http"),
            lambda a: _near(a, lambda url: re.sub("^https?", "", url)),
        ),
        (Message("aud has white space around it"), lambda a: _near(a, str.strip)),
        (
            Message("aud is compared letter by letter, upper and lower case too"),
            lambda a: _near(a, str.lower),
        ),
        (Message("aud was percent-encoded; send it plain"), lambda a: _near(a, unquote)),
        (
            Message("aud is in quotes; leave them out"),
            lambda a: _near(a, lambda url: url.strip("\"'")),
        ),
        (
            Message("aud is the host alone; it is the whole address, as registered"),
            lambda a: _place(a.audience)[1] in [value.strip("/") for value in a.audiences],
        ),
        (
            Message("aud holds several audiences in one text; use an array"),
            lambda a: any(a.audience in re.split(r"[\s,;]+", value) for value in a.audiences),
        ),
        (
            Message("aud is a client's name; it must be the server's"),
            lambda a: bool(a.owner) and a.owner in a.audiences,
        ),
        (
            Message(
                "aud is an address at the right server, perhaps the one that was called; "
                "send the audience that the credentials show"
            ),
            _same_host_only,
        ),
        (
            Message(
                "aud names another host, such as the emulator's own; "
                "send the audience that the credentials show, wherever the request goes"
            ),
            _other_host,
        ),
    ),
}
