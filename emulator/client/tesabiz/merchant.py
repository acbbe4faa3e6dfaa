"""A merchant of Tesabiz: who it is, and how a message is signed and its answer is proved."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from emulator.client.core import checks
from emulator.client.core.answer import Answer, as_object
from emulator.client.core.declaring import client, option, setting
from emulator.client.core.errors import (
    AuthenticationError,
    ConfigurationError,
    RefusedError,
    UnreadableAnswerError,
)
from emulator.client.core.provider import ProviderClient
from emulator.client.core.steps import Call, Steps, send
from emulator.client.tesabiz.messages import code_of, encoded, said
from emulator.client.tesabiz.webhook import load_certificate, load_private_key
from emulator.core.errors import SchemeError
from emulator.schemes import jws

_OUR_IDENTITY = frozenset({"2", "3", "4", "5", "8", "95"})
"""Values of codReturn about the merchant, its key or its origin."""

_HEADERS = {"content-type": "application/json"}


@client
class Merchant(ProviderClient):
    """Who asks, and how a message is sent."""

    code: str = setting("code", checks.text, kw_only=True)
    sis_origen: str = setting("sisOrigen", checks.text, kw_only=True)
    private_key: str = option(
        default="", check=lambda _, value: value, member="private_key", kw_only=True
    )
    provider_certificate: str = option(
        default="", check=lambda _, value: value, member="provider_certificate", kw_only=True
    )
    secure: bool = option(
        default=True, check=lambda _, value: bool(value), kw_only=True, shown=True
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        self._key, self._provider_key = None, None
        if self.secure:
            for name in ("private_key", "provider_certificate"):
                if not getattr(self, name):
                    raise ConfigurationError("the JWS services need it", argument=name)
            self._key = load_private_key(self.private_key)
            self._provider_key = load_certificate(self.provider_certificate)

    def _ask(self, name: str, qr_cobro: Mapping[str, Any]) -> Steps[tuple[dict[str, Any], Answer]]:
        message = encoded({"infoTx": {"sisOrigen": self.sis_origen}, "qrCobro": qr_cobro})
        path = f"/ws-qr-service/qr/simple/{name}"
        if self._key is not None:
            path = f"/tesabiz-ws-security/sc/jws/{name}"
            message = encoded({"code": self.code, "payload": jws.sign(message, self._key)})
        answer = yield from send(Call("POST", path, _HEADERS, message))
        told = answer.members()
        if self._provider_key is not None:
            yield from self._demand_success(told, answer)
            told = yield from self._opened(told, answer)
        yield from self._demand_success(as_object(told.get("header")), answer)
        return told, answer

    def _demand_success(self, holder: Mapping[str, Any], answer: Answer) -> Steps[None]:
        code = code_of(holder)
        if code == "0" and answer.status == 200:
            return
        error = RefusedError if code else UnreadableAnswerError
        if code in _OUR_IDENTITY or answer.status == 401:
            error = AuthenticationError
        raise (yield from self._refusal(said(holder, answer), answer, code, error))

    def _opened(self, told: Mapping[str, Any], answer: Answer) -> Steps[dict[str, Any]]:
        """Return what the provider signed."""
        token = told.get("payload")
        if not isinstance(token, str) or self._provider_key is None:
            words = "the answer has no signed payload"
            raise (yield from self._refusal(words, answer, error=UnreadableAnswerError))
        try:
            return jws.read_payload(jws.verify(token, self._provider_key))
        except SchemeError as error:
            words = "the answer cannot be trusted"
            raise UnreadableAnswerError(words, answer=answer, diagnosis=error.diagnosis) from error
