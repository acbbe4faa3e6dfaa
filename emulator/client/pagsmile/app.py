"""An app of Pagsmile: who it is, and how a request is signed and answered.

The signature covers the very text that is sent: the body is written once, read back with its
numbers as written, signed and sent as those bytes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, TypeVar

from emulator.client.core import checks
from emulator.client.core.answer import as_object
from emulator.client.core.declaring import client, setting
from emulator.client.core.errors import (
    AuthenticationError,
    ConfigurationError,
    RefusedError,
    UnreadableAnswerError,
)
from emulator.client.core.provider import ProviderClient
from emulator.client.core.steps import Call, Steps, send
from emulator.core.errors import SchemeError
from emulator.schemes import sorted_digest

T = TypeVar("T")

_SUCCESS = ("200", "0")
"""0 is what an older table has for success."""

_CREDENTIALS = "4004"
"""The start of the codes about the app, its key or the caller."""


@client
class App(ProviderClient):
    """Who asks, and how a request is sent."""

    app_id: str = setting("app_id", checks.visible, kw_only=True)
    app_key: str = setting("app_key", checks.text, secret=True, kw_only=True)

    def _send(
        self, path: str, fields: Mapping[str, Any], kind: type[T], *, stamped: bool = False
    ) -> Steps[T]:
        """Send the fields, signed, and return the data of the answer."""
        answer = yield from send(self._call(path, fields, stamped=stamped))
        members = answer.members()
        code = "" if members.get("code") is None else str(members["code"])
        if answer.status == 200 and code in _SUCCESS and "data" in members:
            return (yield from self._conforming(members["data"], kind, answer))
        if not code or code in _SUCCESS:
            words = f"HTTP {answer.status} without the provider's envelope"
            raise (yield from self._refusal(words, answer, code, UnreadableAnswerError))
        is_ours = answer.status == 401 or code.startswith(_CREDENTIALS)
        error = AuthenticationError if is_ours else RefusedError
        raise (yield from self._refusal(_words(members), answer, code, error))

    def _call(self, path: str, fields: Mapping[str, Any], *, stamped: bool) -> Call:
        """Return a signed request.

        Raises:
            ConfigurationError: A field cannot be signed.
        """
        extra: Mapping[str, Any] = fields.get("extra") or {}
        sent = {**{name: fields[name] for name in fields if name != "extra"}, **extra}
        if stamped:
            sent["timestamp"] = int(self._now().timestamp())
        try:
            body = json.dumps(
                {name: value for name, value in sent.items() if value is not None},
                ensure_ascii=False,
                default=_text,
            ).encode("utf-8", "surrogatepass")
            signature = sorted_digest.signature(sorted_digest.parse(body), self.app_key)
        except (SchemeError, ValueError, TypeError, RecursionError) as error:
            raise ConfigurationError(f"the fields cannot be signed: {error}") from error
        headers = {
            "AppId": self.app_id,
            "Authorization": signature,
            "Content-Type": "application/json; charset=UTF-8",
        }
        return Call("POST", path, headers, body)


def _text(value: object) -> str:
    """Return a Decimal as text."""
    if not isinstance(value, Decimal):
        raise TypeError(f"a {type(value).__name__} is no parameter")
    return format(checks.money("a Decimal", value), "f")


def _words(members: Mapping[str, Any]) -> str:
    """Return in a line what a refusal says."""
    data = as_object(members.get("data"))
    detail = data.get("err") or data.get("error")
    message = f"{members.get('code')} {members.get('msg')}"
    return f"{message}: {detail}" if detail else message
