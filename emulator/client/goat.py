"""Goat: an access token for a client assertion, and calls with it.

::

    with Goat(base_url, client_id=…, key_id=…, private_key=…) as goat:
        goat.whoami()

The access token is fetched when it is first needed, kept, and fetched once more when a resource
answers 401: Goat gives no reason that could be told apart from an expired token's.
"""

from __future__ import annotations

import json as json_format
from typing import Any, NotRequired, TypedDict

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey

from emulator.client.core import checks
from emulator.client.core.answer import Answer
from emulator.client.core.bearer import BearerToken, is_token
from emulator.client.core.client import AsyncClient, BlockingClient
from emulator.client.core.declaring import client, option, setting
from emulator.client.core.errors import (
    AuthenticationError,
    ConfigurationError,
    RefusedError,
    UnreadableAnswerError,
)
from emulator.client.core.operation import operation
from emulator.client.core.provider import ProviderClient
from emulator.client.core.reading import json_of
from emulator.client.core.steps import Call, Steps, send
from emulator.core.pem import read_private_key
from emulator.schemes import client_assertion

__all__ = ["AsyncGoat", "Goat", "Token", "WhoAmI"]

AUDIENCE = "https://api.goat.ar/v1/oauth/token"
"""A fixed text: neither the address that is called, nor that of an emulator."""

_OTHER_FORM = "not an answer in Goat's form"


class Token(TypedDict):
    """An access token."""

    accessToken: str
    type: NotRequired[str]
    expiresIn: NotRequired[int]


class WhoAmI(TypedDict):
    """The owner of the access token."""

    clientId: str
    keyId: NotRequired[str]
    scopes: NotRequired[list[str]]
    issuedAt: NotRequired[int]
    expiresAt: NotRequired[int]


@client
class GoatOperations(ProviderClient):
    """What a client of Goat can do."""

    client_id: str = setting("clientId", checks.text, kw_only=True)
    key_id: str = setting("keyId", checks.text, kw_only=True)
    private_key: str = setting("private_key", checks.text, secret=True, kw_only=True)
    audience: str = option(default=AUDIENCE, check=checks.text, member="audience", kw_only=True)

    def __post_init__(self) -> None:
        super().__post_init__()
        key = checks.key("private_key", self.private_key, read_private_key)
        if not isinstance(key, EllipticCurvePrivateKey) or not isinstance(key.curve, SECP256R1):
            raise ConfigurationError("ES256 needs a key on P-256", argument="private_key")
        self._key = key
        self._bearer = BearerToken(self._fetch_token, lambda answer: answer.status == 401)

    @operation(safe=True)
    def create_token(self) -> Steps[Token]:
        """Get an access token for a new assertion.

        The methods that need one do this by themselves.

        Returns:
            `type` (`Bearer`), `accessToken`, `expiresIn`.

        Raises:
            AuthenticationError: 401, for the assertion.
            RefusedError: 400, for the form of the request.

        Source:
            Goat, Autorización, "Get API token".
        """
        return (yield from self._token())

    @operation(safe=True)
    def whoami(self, scope: str = "") -> Steps[WhoAmI]:
        """Ask the emulator who owns the access token; the real Goat may not have this.

        Args:
            scope: Scopes to try, with spaces between.

        Returns:
            `clientId`, `keyId`, `scopes`, and `issuedAt` and `expiresAt` in seconds since 1970.

        Raises:
            AuthenticationError: 401, if the token is refused.
            RefusedError: 403, if it lacks a scope.
        """
        call = Call("GET", "/whoami", params={"scope": scope} if scope else {})
        answer = yield from self._bearer.send(call)
        content = yield from self._accepted(answer)
        return (yield from self._conforming(content, WhoAmI, answer))

    @operation
    def request(self, method: str, path: str, json: Any = None) -> Steps[Any]:
        """Call any resource with the access token.

        It is never repeated by the client, except once with a new token.

        Args:
            method: Such as `POST`.
            path: Below the base URL, such as `/v1/payments`.
            json: What to send as JSON; None for no body.

        Returns:
            The JSON of the answer; None where it has no body.

        Raises:
            ConfigurationError: The path is a whole URL: the token is for Goat alone.
            RefusedError: The status is not 2xx.
            UnreadableAnswerError: The answer is not JSON.

        Source:
            Goat, Autorización, "Usar token".
        """
        checks.visible("path", path)
        checks.visible("method", method)
        if not path.startswith("/"):
            raise ConfigurationError("give a path below the base URL", argument="path")
        call = Call(method.upper(), path) if json is None else _json_call(method, path, json)
        return (yield from self._accepted((yield from self._bearer.send(call))))

    def _fetch_token(self) -> Steps[str]:
        return (yield from self._token())["accessToken"]

    def _token(self) -> Steps[Token]:
        assertion = client_assertion.make(
            self.client_id, self.key_id, self._key, audience=self.audience, now=self._now()
        )
        body = {"appId": self.client_id, "token": assertion, "grantType": "client_credentials"}
        answer = yield from send(_json_call("POST", "/oauth/app/token", body))
        content = yield from self._accepted(answer)
        if not is_token(answer.members().get("accessToken")):
            words = "the answer has no accessToken"
            raise (yield from self._refusal(words, answer, error=UnreadableAnswerError))
        return (yield from self._conforming(content, Token, answer))

    def _accepted(self, answer: Answer) -> Steps[Any]:
        if not answer.is_success:
            told = _described(answer)
            refused = AuthenticationError if answer.status == 401 else RefusedError
            error = refused if told else UnreadableAnswerError
            words = f"HTTP {answer.status}: {told or _OTHER_FORM}"
            raise (yield from self._refusal(words, answer, _code(answer), error))
        if not answer.body:
            return None
        try:
            return json_of(answer)
        except UnreadableAnswerError as error:
            raise (yield from self._refusal(error.message, answer, error=type(error))) from error


@client
class Goat(GoatOperations, BlockingClient):
    """A blocking client for Goat.

    Args:
        base_url: Such as `https://api.goat.ar/v1`, or `<emulator>/goat`.
        client_id: The clientId, which is also the appId.
        key_id: What `kid` is to be: the fingerprint under which Goat has the key.
        private_key: PEM text of the private key, on P-256 and without a password.
        audience: What `aud` is to be.
        timeout: Seconds for each request.
        retries: How often a question is repeated after a failure that may pass; `request` never
            is.
        clock: The time to sign with, in seconds since 1970.
        transport: Replaces the network.
        sleep: Waits so many seconds between repeats.
    """


@client
class AsyncGoat(GoatOperations, AsyncClient):
    """An asynchronous client for Goat; its arguments are those of `Goat`."""


def _json_call(method: str, path: str, content: Any) -> Call:
    try:
        body = json_format.dumps(content, separators=(",", ":"), allow_nan=False).encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise ConfigurationError(f"it cannot be sent: {error}", argument="json") from error
    return Call(method.upper(), path, {"content-type": "application/json"}, body)


def _described(answer: Answer) -> str:
    """Describe a refusal in a line; empty if it is not in Goat's form."""
    said = answer.members()
    try:
        details = [f"{each['path']}: {each['message']}" for each in said.get("detail", [])]
        text = f"{said['message']} (code {said['code']}, errorId {said['errorId']})"
    except (LookupError, TypeError, AttributeError):
        return ""
    return "; ".join([text, *details])


def _code(answer: Answer) -> str:
    """Return the `code` of Goat's answer; empty if it has none."""
    said = answer.members().get("code")
    return str(said) if isinstance(said, int | str) else ""
