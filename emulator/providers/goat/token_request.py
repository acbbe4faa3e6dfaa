"""The body of a token request: three texts, and what Goat says of any other body."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from emulator.core import json_text
from emulator.core.errors import Diagnosis
from emulator.provider import Refusal
from emulator.provider.body import check_body
from emulator.providers.goat import meant
from emulator.providers.goat.failures import (
    ERRORS,
    GRANT_TYPE,
    MEDIA_TYPE,
    MEMBER_MISSING,
    MEMBER_TYPE,
    MEMBER_UNKNOWN,
    NOT_JSON,
)
from emulator.schemes import jws

if TYPE_CHECKING:
    from collections.abc import Mapping

    from emulator.core.exchange import Request
    from emulator.providers.goat.settings import Settings

_MEDIA_HINTS = {
    "": "Set the header Content-Type: application/json",
    "application/x-www-form-urlencoded": "OAuth's own form is not taken; send JSON with appId, "
    "token and grantType",
    "multipart/form-data": "Send JSON with appId, token and grantType, not a form",
    "text/plain": "The HTTP library was given a text; name its type application/json",
}


def read_body(request: Request, settings: Settings) -> dict[str, str]:
    """Return the three texts of a token request.

    Raises:
        Refusal: A code of `emulator.provider.body`, `goat.media-type`, `goat.not-json`,
            `goat.member-missing`, `goat.member-type`, `goat.grant-type` or `goat.member-unknown`.
    """
    with ERRORS.refusing("unsupported-media-type"):
        check_body(request)
    if request.media_type != "application/json":
        _refuse_media_type(request)
    try:
        body = json_text.read_object(request.body)
    except ValueError as error:
        _refuse_not_json(request.body, error)
    problems = [*_problems(body, request)]
    if settings.unknown_members == "refuse" and len(body) > len(meant.MEMBERS):
        problems += _unknown(body)
    if problems:
        details = [detail(name, message) for name, message, _ in problems[:20]]
        raise Refusal(ERRORS["token.invalid-payload"], problems[0][2], {"detail": details})
    return body


Problem = tuple[str, str, Diagnosis]
"""The member at fault, what Goat says of it, and what we say."""


def _problems(body: Mapping[str, object], request: Request) -> list[Problem]:
    problems: list[Problem] = []
    for name in meant.MEMBERS:
        value = body.get(name)
        if isinstance(value, str) and value:
            continue
        absent = value is None or value == ""
        problems.append(
            (
                name,
                f"{name} is required" if absent else f"{name} must be a string",
                (MEMBER_MISSING if absent else MEMBER_TYPE).diagnose(
                    f"body.{name}",
                    expected=meant.GRANT if name == "grantType" else "a text that is not empty",
                    received=_kind(body, name),
                    hint=meant.member(name, body, request),
                ),
            )
        )
    grant = body.get("grantType")
    if isinstance(grant, str) and grant and grant != meant.GRANT:
        problems.append(
            (
                "grantType",
                f"grantType must be {meant.GRANT}",
                GRANT_TYPE.diagnose(
                    "body.grantType",
                    expected=meant.GRANT,
                    received=jws.shown(grant),
                    hint=meant.grant(grant),
                ),
            )
        )
    return problems


def _unknown(body: Mapping[str, object]) -> list[Problem]:
    known = tuple(meant.MEMBERS)
    strange = [name[:40] for name in body if name not in known][:20]
    diagnosis = MEMBER_UNKNOWN.diagnose(
        f"body.{strange[0]}" if strange else "body",
        expected=", ".join(known),
        received=jws.shown(strange),
        hint=meant.unknown_member(strange[0]) if strange else "",
    )
    return [(name, f"{name} is not allowed", diagnosis) for name in strange]


def _kind(body: Mapping[str, object], name: str) -> str:
    if name not in body:
        return "(absent)"
    match body[name]:
        case None:
            return "null"
        case str():
            return "an empty text"
        case bool():
            return "true or false"
        case int() | float():
            return "a number"
        case list():
            return "a list"
        case _:
            return "an object"


def detail(name: str, message: str) -> dict[str, str]:
    """Return what Goat's answer says of a member."""
    return {"path": name, "message": message, "type": "invalid"}


def _refuse_media_type(request: Request) -> NoReturn:
    kind = request.media_type
    details = [detail(name, f"{name} is required") for name in meant.MEMBERS]
    raise Refusal(
        ERRORS["token.invalid-payload"],
        MEDIA_TYPE.diagnose(
            "headers.content-type",
            expected="application/json",
            received=kind or "(absent)",
            hint=_MEDIA_HINTS.get(kind, "Send JSON, and name its type application/json"),
        ),
        {"detail": details},
    )


def _refuse_not_json(body: bytes, error: ValueError) -> NoReturn:
    from emulator.core import json_faults

    fault = json_faults.explain(body, error)
    raise Refusal(
        ERRORS["bad-request"],
        NOT_JSON.diagnose(
            "body",
            expected='{"appId": …, "token": …, "grantType": …}, each member once',
            received=f"{len(body)} bytes: {fault.received}",
            hint=fault.hint,
        ),
        {"detail": [detail("body", "body must be a JSON object")]},
    ) from error
