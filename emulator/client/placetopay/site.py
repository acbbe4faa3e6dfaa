"""A site of Placetopay: who it is, and how each of its requests is signed and answered.

Every request carries its own `auth`: a fresh nonce, the time, and the digest of both with the
secret. Nothing is cached, because an `auth` is good for five minutes only.
"""

from __future__ import annotations

import json
import re
import secrets
from base64 import b64encode
from typing import TYPE_CHECKING, Any, TypeVar

from emulator.client.core import checks
from emulator.client.core.answer import as_object
from emulator.client.core.declaring import client, option, setting
from emulator.client.core.errors import (
    AuthenticationError,
    ConfigurationError,
    RefusedError,
    UnreadableAnswerError,
)
from emulator.client.core.provider import ProviderClient
from emulator.client.core.steps import Call, Steps, send
from emulator.schemes.username_token import HashName, password_digest

if TYPE_CHECKING:
    from collections.abc import Mapping

T = TypeVar("T")

_HEADERS = {"content-type": "application/json", "accept": "application/json"}
_AUTHENTICATION = re.compile("fallida ([0-9]{3})$")


@client
class Site(ProviderClient):
    """Who asks, and how a message is sent."""

    login: str = setting("login", checks.text)
    secret_key: str = setting("secretKey", checks.text, secret=True)
    hash_name: HashName = option(
        default="sha256", check=checks.one_of("sha256", "sha1"), kw_only=True, shown=True
    )

    def _post(
        self, path: str, message: Mapping[str, Any], kind: type[T], *, may_have_failed: bool = False
    ) -> Steps[T]:
        """Send a message and return its answer.

        Args:
            path: Below the base URL.
            message: The message, without `auth`.
            kind: The type of the answer.
            may_have_failed: Whether FAILED is an answer, as of a session that is shown; what else
                answers FAILED was not done.
        """
        answer = yield from send(Call("POST", path, _HEADERS, self._signed(message)))
        members = answer.members()
        status = as_object(members.get("status"))
        shown = may_have_failed and "requestId" in members
        failed = status.get("status") == "FAILED" and not shown
        if not (answer.is_success and members) and not status:
            words = f"HTTP {answer.status}, without Placetopay's status"
            raise (yield from self._refusal(words, answer, error=UnreadableAnswerError))
        if not answer.is_success or failed:
            words, code = str(status.get("message") or f"HTTP {answer.status}"), _code(status)
            is_authentication = answer.status == 401 or _AUTHENTICATION.search(words)
            error = AuthenticationError if is_authentication else RefusedError
            raise (yield from self._refusal(words, answer, code, error))
        return (yield from self._conforming(members, kind, answer))

    def _signed(self, message: Mapping[str, Any]) -> bytes:
        """Return the body of a request.

        Raises:
            ConfigurationError: The message cannot be written as JSON.
        """
        content = {"auth": self._auth(), **message}
        try:
            return json.dumps(content, ensure_ascii=False, allow_nan=False).encode()
        except (TypeError, ValueError, RecursionError) as error:
            raise ConfigurationError(f"the message cannot be sent as JSON: {error}") from error

    def _auth(self) -> dict[str, str]:
        """Return a fresh `auth`.

        Source:
            Placetopay docs, Checkout, "Autenticación".
        """
        nonce = secrets.token_bytes(16)
        seed = self._now().isoformat(timespec="seconds")
        return {
            "login": self.login,
            "tranKey": password_digest(nonce, seed, self.secret_key, self.hash_name),
            "nonce": b64encode(nonce).decode("ascii"),
            "seed": seed,
        }


def _code(status: Mapping[str, Any]) -> str:
    """Return the reason, or the number that tells failed authentications apart (101 to 104)."""
    number = _AUTHENTICATION.search(str(status.get("message") or ""))
    return number[1] if number else str(status.get("reason") or "")
