"""A device of a distributor: who it is, and how a method is called.

Log in once a day, encrypt the payload, read the XML.
"""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlencode

from emulator.client.core import checks
from emulator.client.core.answer import Answer
from emulator.client.core.bearer import BearerToken, is_token
from emulator.client.core.declaring import client, option, setting
from emulator.client.core.errors import (
    AuthenticationError,
    ClientError,
    ConfigurationError,
    RefusedError,
    UnreadableAnswerError,
)
from emulator.client.core.provider import ProviderClient
from emulator.client.core.steps import Call, Steps, send
from emulator.client.gestopago.messages import (
    DONE,
    SalePayload,
    error_of,
    is_expired,
    is_turned_away,
    read,
    word,
)
from emulator.schemes import aes_cbc

_FORM = "application/x-www-form-urlencoded"


@client
class Device(ProviderClient):
    """Who asks, and how a method is called."""

    id_distribuidor: int | str = setting("idDistribuidor", checks.number_or_text, kw_only=True)
    codigo_dispositivo: str = setting("codigoDispositivo", checks.text, kw_only=True)
    password: str = setting("password", checks.text, secret=True, kw_only=True)
    aes_key: str = setting("aes_key", checks.base64_of(32), secret=True, kw_only=True)
    aes_iv: str = setting("aes_iv", checks.base64_of(16), secret=True, kw_only=True)
    api_key: str = option(default="", check=checks.optional(checks.visible), kw_only=True)

    def __post_init__(self) -> None:
        super().__post_init__()
        self._key, self._iv = b64decode(self.aes_key), b64decode(self.aes_iv)
        self._headers = {"x-api-key": self.api_key} if self.api_key else {}
        self._login_path, self._methods_path = (
            ("/service/preprod/authenticate", "/service/preprod")
            if self.api_key
            else ("/sistema/app/jwt-gp/authenticate/", "/sistema/service")
        )
        self._token = BearerToken(self._log_in, is_expired)

    def _log_in(self) -> Steps[str]:
        headers = {**self._headers, "content-type": _FORM}
        login = {
            "idDistribuidor": self.id_distribuidor,
            "codigoDispositivo": self.codigo_dispositivo,
            "password": self.password,
        }
        body = urlencode(login).encode("ascii")
        answer = yield from send(Call("POST", self._login_path, headers, body))
        members = answer.members()
        token = members.get("token")
        if members.get("success") is True and is_token(token):
            return str(token)
        code = word(answer)
        refused = code or members or is_turned_away(answer)
        error = AuthenticationError if refused else UnreadableAnswerError
        raise (yield from self._refusal("GestoPago refused the login", answer, code, error))

    def _ask(
        self,
        method: str,
        payload: Mapping[str, Any] | SalePayload | None = None,
        *,
        accepted: tuple[str, ...] = DONE,
        deliver: Callable[[Call], Steps[Answer]] = send,
        error: Callable[[Answer, str], type[ClientError]] = error_of,
    ) -> Steps[tuple[dict[str, str], Answer]]:
        """Call a method.

        Args:
            method: Its name.
            payload: What to encrypt; None where there is nothing.
            accepted: The codes of success; none for an answer without.
            deliver: Makes the steps that send the call.
            error: Tells by the answer and its code which error it is.
        """
        answer = yield from self._token.send(self._call(method, payload), deliver)
        root, members = read(answer)
        code = members.get("CODIGO", "")
        if root is not None and (
            code in accepted if accepted else members.get("VALID") == "1" and answer.is_success
        ):
            return members, answer
        said = f" with {code} {members.get('TEXTO', '').strip()}" if code else ""
        code = code or word(answer)
        raised = error(answer, code)
        verb = "refused" if issubclass(raised, RefusedError) else "does not tell of"
        raise (yield from self._refusal(f"GestoPago {verb} {method}{said}", answer, code, raised))

    def _call(self, method: str, payload: Mapping[str, Any] | SalePayload | None) -> Call:
        url = f"{self._methods_path}/{method}.do"
        if payload is None:
            return Call("GET", url, self._headers)
        try:
            text = json.dumps(dict(payload), ensure_ascii=False, separators=(",", ":"))
            signed = aes_cbc.encrypt_text(self._key, self._iv, text.encode())
        except (TypeError, ValueError, RecursionError) as error:
            raise ConfigurationError("it cannot be sent as JSON", argument="payload") from error
        body = urlencode({"signed": signed}).encode("ascii")
        return Call("POST", url, {**self._headers, "content-type": _FORM}, body)
