"""The merchant's side of a Tesabiz webhook: check it, and answer it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from emulator.client.core import checks, webhooks
from emulator.client.core.errors import ConfigurationError, WebhookError
from emulator.client.tesabiz.messages import QrPaid, encoded
from emulator.core.errors import FailureMode, SchemeError, Source
from emulator.core.pem import read_private_key
from emulator.schemes import jws

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

NOT_A_WEBHOOK = FailureMode(
    "tesabiz-client.not-a-webhook",
    "The body is not a payment webhook of this kind",
    Source("Tesabiz, Webhook (Notificación de pago)"),
)


def verify_webhook(
    body: bytes | str,
    headers: Mapping[str, str] | None = None,
    *,
    provider_certificate: str = "",
) -> QrPaid:
    """Return the `qrPagado` of a webhook that has come to the merchant's URL.

    Args:
        body: The request's body, as it came.
        headers: Of the request; Tesabiz signs none of them.
        provider_certificate: PEM. Without it, only a plain webhook is accepted, and it proves
            nothing. With it, only a signed one is accepted.

    Raises:
        ConfigurationError: The certificate cannot be read.
        WebhookError: `tesabiz-client.not-a-webhook`, `jws.*`.

    Source:
        Tesabiz, Proceso de seguridad, "Confirmación de pago con JWS".
    """
    del headers
    key = load_certificate(provider_certificate) if provider_certificate else None
    return read_webhook(body, key)


def read_webhook(body: bytes | str, provider_key: RSAPublicKey | None) -> QrPaid:
    """Do the work of `verify_webhook` with a key that is already read."""
    content = webhooks.json_object(body)
    if provider_key is not None:
        token = content.get("payload")
        if not isinstance(token, str):
            raise _not_a_webhook('{"payload": "<JWS>"}', content)
        try:
            content = jws.read_payload(jws.verify(token, provider_key))
        except SchemeError as error:
            raise webhooks.refused(error.diagnosis) from error
    paid = content.get("qrPagado")
    if not isinstance(paid, dict):
        raise _not_a_webhook('{"qrPagado": {…}}', content)
    return cast("QrPaid", paid)


def acknowledge(private_key: str = "", *, cod_return: str = "0", txt_return: str = "") -> bytes:
    """Return the body to answer a webhook with.

    Args:
        private_key: The merchant's, PEM; empty to answer a plain webhook.
        cod_return: "0" if the payment was booked; after anything else it comes again.
        txt_return: Why; `SUCCESS` if it is left out and cod_return is "0".

    Returns:
        `{"header": {…}}`, or flat with that as signed `payload`.

    Source:
        Tesabiz, Webhook; Proceso de seguridad, "Confirmación de pago con JWS".
    """
    key = load_private_key(private_key) if private_key else None
    return acknowledgement(key, cod_return, txt_return)


def acknowledgement(key: RSAPrivateKey | None, cod_return: str, txt_return: str) -> bytes:
    """Do the work of `acknowledge` with a key that is already read."""
    words = txt_return or ("SUCCESS" if cod_return == "0" else "ERROR")
    told = {"codReturn": cod_return, "txtReturn": words}
    plain = encoded({"header": told})
    return plain if key is None else encoded({**told, "payload": jws.sign(plain, key)})


def load_private_key(pem: str, argument: str = "private_key") -> RSAPrivateKey:
    """Return the merchant's private key.

    Raises:
        ConfigurationError: It is not an unencrypted RSA key in PEM.
    """
    key = checks.key(argument, pem, read_private_key)
    if not isinstance(key, RSAPrivateKey):
        raise ConfigurationError("RS256 needs an RSA key", argument=argument)
    return key


def load_certificate(pem: str, argument: str = "provider_certificate") -> RSAPublicKey:
    """Return the key of the provider's certificate.

    Raises:
        ConfigurationError: It is not a certificate of an RSA key in PEM.
    """
    return checks.key(argument, pem, jws.load_certificate_key)


def _not_a_webhook(expected: str, content: Mapping[str, Any]) -> WebhookError:
    received = ", ".join(content).encode("utf-8", "replace").decode("utf-8")
    diagnosis = NOT_A_WEBHOOK.diagnose("body", expected=expected, received=received)
    return webhooks.refused(diagnosis)
