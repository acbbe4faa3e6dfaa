"""What a merchant of Tesabiz can do: make QRs, ask about them, check webhooks."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Mapping
from typing import Unpack

from emulator.client.core.declaring import client
from emulator.client.core.errors import UnreadableAnswerError
from emulator.client.core.operation import operation
from emulator.client.core.steps import Steps
from emulator.client.core.waiting import polled
from emulator.client.tesabiz.merchant import Merchant
from emulator.client.tesabiz.messages import Qr, QrImage, QrMembers, QrPaid, QrText, order
from emulator.client.tesabiz.webhook import acknowledgement, read_webhook

OPEN = ("VIGENTE",)
"""States of a QR that can still change."""


@client
class TesabizOperations(Merchant):
    """What a merchant can do."""

    @operation
    def generate_qr(
        self,
        id_trans: str,
        importe: int,
        *,
        glosa: str,
        cuenta_abono: str,
        **members: Unpack[QrMembers],
    ) -> Steps[QrText]:
        """Make a QR and get its text.

        Args:
            id_trans: The merchant's own number, never used before.
            importe: Minor units: 1700 is 17.00.
            glosa: What the payer reads; banks may show 50 characters.
            cuenta_abono: Number or alias of the merchant's account to be credited.
            members: Further members of the QR.

        Returns:
            `{"idQr", "idQrInterno", "hash"}`; `hash` is what the QR code must hold.

        Raises:
            RefusedError: The provider refuses.
            UnreadableAnswerError: The answer cannot be trusted.

        Source:
            Tesabiz, Proceso de seguridad, "Consumo de servicios seguros".
        """
        asked = order(id_trans, importe, glosa, cuenta_abono, members, self._now())
        told, answer = yield from self._ask("encript", asked)
        made = yield from self._conforming(told, QrText, answer)
        return {"idQr": made["idQr"], "idQrInterno": made["idQrInterno"], "hash": made["hash"]}

    @operation
    def generate_qr_image(
        self,
        id_trans: str,
        importe: int,
        *,
        glosa: str,
        cuenta_abono: str,
        **members: Unpack[QrMembers],
    ) -> Steps[QrImage]:
        """Make a QR and get its image.

        Args:
            id_trans: The merchant's own number, never used before.
            importe: Minor units: 1700 is 17.00.
            glosa: What the payer reads; banks may show 50 characters.
            cuenta_abono: Number or alias of the merchant's account to be credited.
            members: Further members of the QR.

        Returns:
            `{"idQr", "idQrInterno", "png"}`.

        Raises:
            RefusedError: The provider refuses.
            UnreadableAnswerError: The answer cannot be trusted.
        """
        asked = order(id_trans, importe, glosa, cuenta_abono, members, self._now())
        told, answer = yield from self._ask("encript64", asked)
        made = yield from self._conforming(told, QrText, answer)
        # With the data URI's prefix or without: both have been seen by clients.
        try:
            png = b64decode(made["hash"].rpartition("base64,")[2], validate=True)
        except ValueError:
            told_why = "the image is not Base64"
            error = yield from self._refusal(told_why, answer, error=UnreadableAnswerError)
            raise error from None
        return {"idQr": made["idQr"], "idQrInterno": made["idQrInterno"], "png": png}

    @operation
    def block(self, id_qr: str) -> Steps[None]:
        """Block a QR that has not been paid.

        Args:
            id_qr: `idQr` of the QR.

        Raises:
            RefusedError: It is unknown or has ended.
        """
        yield from self._ask("bloqued", {"idQr": id_qr})

    @operation(safe=True)
    def details(self, id_qr: str) -> Steps[Qr]:
        """Return a QR as it stands: what it was made with, `estado`, and `pagos`.

        Args:
            id_qr: `idQr` of the QR.

        Raises:
            RefusedError: It is unknown.
        """
        told, answer = yield from self._ask("details", {"idQr": id_qr})
        if "qrCobro" not in told:
            words = "the answer has no qrCobro"
            raise (yield from self._refusal(words, answer, error=UnreadableAnswerError))
        return (yield from self._conforming(told["qrCobro"], Qr, answer))

    @operation
    def wait_until_final(
        self, id_qr: str, *, limit: float = 1800.0, first_pause: float = 2.0
    ) -> Steps[Qr]:
        """Ask about a QR until it is paid, blocked or expired.

        A webhook comes sooner, but it can be lost: production code needs both.

        Args:
            id_qr: `idQr` of the QR.
            limit: Seconds of all pauses together.
            first_pause: Seconds of the first pause; the pauses grow to a minute.

        Returns:
            The QR, as `details` returns it.

        Raises:
            NotFinalError: It is still VIGENTE when the limit is reached.
            RefusedError: It is unknown.
        """
        return (
            yield from polled(
                lambda: TesabizOperations.details.steps(self, id_qr),
                lambda found: found["estado"] not in OPEN,
                what=f"the QR {id_qr}",
                limit=limit,
                first_pause=first_pause,
            )
        )

    def verify_webhook(self, body: bytes | str, headers: Mapping[str, str] | None = None) -> QrPaid:
        """Return the `qrPagado` of a webhook that has come to the merchant's URL.

        Only a signed webhook is accepted if the client is secure, only a plain one if not.

        Args:
            body: The request's body, as it came.
            headers: Of the request; Tesabiz signs none of them.

        Raises:
            WebhookError: `tesabiz-client.not-a-webhook`, `jws.*`.
        """
        del headers
        return read_webhook(body, self._provider_key)

    def acknowledge(self, *, cod_return: str = "0", txt_return: str = "") -> bytes:
        """Return the body to answer a webhook with, signed if the client is secure.

        Args:
            cod_return: "0" if the payment was booked; after anything else it comes again.
            txt_return: Why; `SUCCESS` if it is left out and cod_return is "0".
        """
        return acknowledgement(self._key, cod_return, txt_return)
