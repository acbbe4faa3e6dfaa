"""Making requests that are in order, for `emulator sign` and for the examples.

Goat's page calls the assertion the "secret": a JWT that the client signs for each token it
fetches, not something shared.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlencode

from emulator.core.errors import ConfigurationError
from emulator.core.exchange import Request
from emulator.provider import Preparation, Signed
from emulator.providers.goat.credentials import load_private_key, registrations
from emulator.providers.goat.meant import GRANT
from emulator.schemes import client_assertion, jws

if TYPE_CHECKING:
    from emulator.core.store import Record
    from emulator.provider import Context
    from emulator.providers.goat.settings import Settings

TOKEN_PATH = "/oauth/app/token"  # noqa: S105 - a path
WHOAMI_PATH = "/v1/whoami"


def sign(endpoint: str, payload: Any, context: Context[Settings], base_url: str) -> Signed:
    """Make a request ready.

    Args:
        endpoint: `oauth.token` or `whoami`.
        payload: For `oauth.token`, members that replace those of the body; for `whoami`, an
            object with the `scope` to ask for.
        context: Credentials, clock and settings.
        base_url: Of the provider.

    Raises:
        ConfigurationError: Another endpoint, a payload that is no such object, or no
            registered private key to sign with.
    """
    if payload is not None and not isinstance(payload, dict):
        raise ConfigurationError("the payload must be a JSON object")
    members = cast("dict[str, Any]", payload or {})
    match endpoint:
        case "oauth.token":
            return _token_request(members, context, base_url)
        case "whoami":
            return _whoami(members, context, base_url)
        case _:
            raise ConfigurationError(
                f"goat has no endpoint {endpoint!r}; there are oauth.token, whoami"
            )


def default_registration(context: Context[Settings]) -> Record:
    """Return the registration to sign with: the first active one whose private key is known.

    Raises:
        ConfigurationError: There is none.
    """
    for record in registrations(context):
        if record["private_key"] and record["status"] == "active":
            return record
    raise ConfigurationError("no active client with a private key is registered")


def make_assertion(record: Record, context: Context[Settings]) -> str:
    """Return an assertion of a registered client, made at the scope's time."""
    return client_assertion.make(
        record["clientId"],
        record["keyId"],
        load_private_key(record["private_key"]),
        audience=context.settings.audience,
        now=datetime.fromtimestamp(context.clock.time(), UTC),
    )


def token_request(body: dict[str, Any], base_url: str = "") -> Request:
    """Return a token request with a body."""
    return Request(
        method="POST",
        path=TOKEN_PATH,
        headers=[("content-type", "application/json")],
        body=json.dumps(body, separators=(",", ":")).encode(),
        base_url=base_url,
    )


def _token_request(members: dict[str, Any], context: Context[Settings], base_url: str) -> Signed:
    record = default_registration(context)
    assertion = make_assertion(record, context)
    signing_input, _, signature = assertion.rpartition(".")
    header, claims = (jws.from_base64url(part).decode() for part in signing_input.split("."))
    body = {"appId": record["clientId"], "token": assertion, "grantType": GRANT, **members}
    return Signed(
        token_request(body, base_url),
        signing_input,
        (
            f"header = {header}",
            f"claims = {claims}",
            "signing input = base64url(header) . base64url(claims)",
            f"signature = base64url(R || S), ES256 with the key {record['keyId']}: {signature}",
        ),
    )


def _whoami(members: dict[str, Any], context: Context[Settings], base_url: str) -> Signed:
    if members.keys() - {"scope"} or not isinstance(members.get("scope", ""), str):
        raise ConfigurationError('whoami takes {"scope": text} or nothing')
    fetched = _token_request({}, context, base_url)
    return Signed(
        Request(
            method="GET",
            path=WHOAMI_PATH,
            query=urlencode(members),
            headers=[("authorization", "Bearer {token}")],
            base_url=base_url,
        ),
        fetched.canonical,
        (*fetched.steps, "the access token that it buys goes into Authorization"),
        (Preparation(fetched.request, {"token": "accessToken"}),),
    )
