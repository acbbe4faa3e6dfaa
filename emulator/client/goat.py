"""Clients of Goat, blocking and asynchronous.

::

    with Goat(base_url, client_id=…, key_id=…, private_key=…) as goat:
        goat.whoami()

The access token is fetched when it is first needed, kept, and fetched once more when a resource
answers 401: Goat gives no reason that could be told apart from an expired token's.
"""

# ruff: noqa: SLF001 - the operations are private to the two classes at the end

from __future__ import annotations

import json as json_format
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, cast

import httpx2
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey

from emulator.client.core import (
    AsyncClient,
    BearerToken,
    BlockingClient,
    Call,
    Core,
    Operation,
    Response,
    awaitable,
    blocking,
)
from emulator.core.errors import ConfigurationError
from emulator.core.pem import read_private_key
from emulator.schemes import client_assertion

AUDIENCE = "https://api.goat.ar/v1/oauth/token"
"""A fixed text: neither the address that is called, nor that of an emulator."""


class GoatCore(Core):
    """What a client of Goat can do."""

    def _configure(self, client_id: str, key_id: str, private_key: str, audience: str) -> None:
        self._client_id = client_id
        self._key_id = key_id
        self._private_key = _load_private_key(private_key)
        self._audience = audience
        self._bearer = BearerToken(self._fetch_token, lambda response: response.status_code == 401)

    def _create_token(self) -> Operation[dict[str, Any]]:
        """Buy an access token with a new assertion.

        The methods that need one do this themselves.

        Returns:
            `type` (`Bearer`), `accessToken`, `expiresIn`.

        Raises:
            ClientError: 400 for the form of the request, 401 for the assertion.

        Source:
            Goat, Autorización, "Get API token".
        """
        assertion = client_assertion.make(
            self._client_id,
            self._key_id,
            self._private_key,
            audience=self._audience,
            now=datetime.fromtimestamp(self._clock(), UTC),
        )
        body = {"appId": self._client_id, "token": assertion, "grantType": "client_credentials"}
        response: Response = yield _json_call("POST", "/oauth/app/token", body)
        answer = yield from self._accepted(response)
        members = cast("dict[str, Any]", answer) if isinstance(answer, dict) else {}
        token = members.get("accessToken")
        if not (isinstance(token, str) and token):
            yield from self._refused("the answer has no accessToken", response)
        return members

    def _whoami(self, scope: str = "") -> Operation[dict[str, Any]]:
        """Ask the emulator whose the access token is; the real Goat is not known to have this.

        Args:
            scope: Scopes to try, with spaces between.

        Returns:
            `clientId`, `keyId`, `scopes`, and `issuedAt` and `expiresAt` in seconds since 1970.

        Raises:
            ClientError: 401 if the token is refused, 403 if it lacks a scope.
        """
        call = Call("GET", "/whoami", params={"scope": scope} if scope else {})
        return (yield from self._accepted((yield from self._bearer.send(call))))

    def _request(self, method: str, path: str, json: Any = None) -> Operation[Any]:
        """Call any resource with the access token.

        Args:
            method: Such as `POST`.
            path: Below the base URL, such as `/v1/payments`.
            json: What to send as JSON; None for no body.

        Returns:
            The JSON of the answer; None where it has no body.

        Raises:
            ClientError: The status is not 2xx, or the answer is not JSON.
            ValueError: The path is a whole URL: the token is for Goat alone.

        Source:
            Goat, Autorización, "Usar token".
        """
        if not path.startswith("/"):
            raise ValueError(f"{path!r} is not a path below the base URL")
        call = Call(method.upper(), path) if json is None else _json_call(method, path, json)
        return (yield from self._accepted((yield from self._bearer.send(call))))

    def _fetch_token(self) -> Operation[str]:
        return (yield from self._create_token())["accessToken"]

    def _accepted(self, response: Response) -> Operation[Any]:
        if not response.is_success:
            yield from self._refused(_describe(response), response, _code(response))
        if not response.content:
            return None
        try:
            return response.json()
        except ValueError:
            yield from self._refused("the answer is not JSON", response)


class Goat(GoatCore, BlockingClient):
    """A blocking client of Goat.

    Args:
        base_url: Such as `https://api.goat.ar/v1`, or `<emulator>/goat`.
        client_id: The clientId, which is also the appId.
        key_id: What `kid` is to be: the fingerprint under which Goat has the key.
        private_key: PEM text of the private key, on P-256 and without a password.
        audience: What `aud` is to be.
        clock: The time to sign with, in seconds since the epoch.
        transport: Replaces the network.
        timeout: Seconds for each request.

    Raises:
        ConfigurationError: The private key cannot sign with ES256.
    """

    def __init__(
        self,
        base_url: str,
        *,
        client_id: str,
        key_id: str,
        private_key: str,
        audience: str = AUDIENCE,
        clock: Callable[[], float] = time.time,
        transport: httpx2.BaseTransport | None = None,
        timeout: float = 65.0,
    ) -> None:
        self._configure(client_id, key_id, private_key, audience)
        super().__init__(base_url, clock=clock, transport=transport, timeout=timeout)

    create_token = blocking(GoatCore._create_token)
    whoami = blocking(GoatCore._whoami)
    request = blocking(GoatCore._request)


class AsyncGoat(GoatCore, AsyncClient):
    """An asynchronous client of Goat; its arguments are those of `Goat`."""

    def __init__(
        self,
        base_url: str,
        *,
        client_id: str,
        key_id: str,
        private_key: str,
        audience: str = AUDIENCE,
        clock: Callable[[], float] = time.time,
        transport: httpx2.AsyncBaseTransport | None = None,
        timeout: float = 65.0,
    ) -> None:
        self._configure(client_id, key_id, private_key, audience)
        super().__init__(base_url, clock=clock, transport=transport, timeout=timeout)

    create_token = awaitable(GoatCore._create_token)
    whoami = awaitable(GoatCore._whoami)
    request = awaitable(GoatCore._request)


def _json_call(method: str, path: str, content: Any) -> Call:
    body = json_format.dumps(content, separators=(",", ":")).encode()
    return Call(method.upper(), path, {"content-type": "application/json"}, body)


def _describe(response: Response) -> str:
    """Return a line on a refusal: what Goat said, as far as it can be read."""
    try:
        said = response.json()
        details = [f"{each['path']}: {each['message']}" for each in said.get("detail", [])]
        text = f"{said['message']} (code {said['code']}, errorId {said['errorId']})"
        told = "; ".join([text, *details])
    except (ValueError, LookupError, TypeError, AttributeError):
        told = "no answer of Goat's form"
    return f"HTTP {response.status_code}: {told}"


def _code(response: Response) -> str:
    """Return the `code` of Goat's answer; empty if it has none."""
    try:
        said = response.json()["code"]
    except (ValueError, LookupError, TypeError):
        return ""
    return str(said) if isinstance(said, int | str) else ""


def _load_private_key(pem: str) -> EllipticCurvePrivateKey:
    key = read_private_key(pem)
    if not isinstance(key, EllipticCurvePrivateKey) or not isinstance(key.curve, SECP256R1):
        raise ConfigurationError("the private key is not on P-256, which ES256 needs")
    return key
