"""What a distributor can do."""

from __future__ import annotations

import secrets
from datetime import timedelta, timezone
from decimal import Decimal, InvalidOperation

from emulator.client.core import checks
from emulator.client.core.answer import Answer
from emulator.client.core.checks import Amount
from emulator.client.core.declaring import client
from emulator.client.core.errors import (
    ClientError,
    RefusedError,
    TransportError,
    UncertainSaleError,
    UnreadableAnswerError,
)
from emulator.client.core.operation import operation
from emulator.client.core.steps import Call, Pause, Steps, send
from emulator.client.core.waiting import polled
from emulator.client.gestopago.device import Device
from emulator.client.gestopago.messages import (
    IDENTIFIED,
    UNCERTAIN,
    Merchant,
    Product,
    Reference,
    Sale,
    SalePayload,
    error_of,
    is_turned_away,
    read,
)

CONFIRM_AFTER = 62.0
"""Seconds after a sale before which GestoPago may not know what became of it."""

_MEXICO_CITY = timezone(timedelta(hours=-6))


@client
class GestopagoOperations(Device):
    """The operations of a distributor."""

    def payload(
        self,
        *,
        id_servicio: int,
        id_producto: int,
        telefono: str | None = None,
        referencia: str | None = None,
        monto: Amount | None = None,
        upc: str | None = None,
    ) -> SalePayload:
        """Make the payload of a sale; keep it, because `confirm_tx` needs the very same.

        Args:
            id_servicio: From the catalogue.
            id_producto: From the catalogue.
            telefono: Ten digits; `#1111111111` for a PIN; an enquiry (tipoFront 4) needs none.
            referencia: The bill's reference.
            monto: The bill's amount.
            upc: Your own number of the sale, up to 15 characters; a random one if None.

        Returns:
            The payload, with the time in Mexico City as `horaLocal`.
        """
        local = self._now().astimezone(_MEXICO_CITY)
        payload: SalePayload = {
            "idServicio": id_servicio,
            "idProducto": id_producto,
            "horaLocal": f"{local:%Y%m%d%H%M%S}",
            "upc": upc or f"{secrets.randbelow(10**15):015d}",
        }
        if telefono is not None:
            payload["telefono"] = telefono
        if referencia is not None:
            payload["referencia"] = referencia
        if monto is not None:
            payload["montoPago"] = f"{checks.money('monto', monto):.2f}"
        return payload

    @operation(safe=True)
    def authenticate(self) -> Steps[str]:
        """Log in and return a new token, which lives 24 hours.

        The other methods do it by themselves; GestoPago forbids a token per request.

        Raises:
            AuthenticationError: The login is wrong, which GestoPago says with HTTP 200.
        """
        return (yield from self._log_in())

    @operation(safe=True)
    def send_echo(self) -> Steps[str]:
        """Return the device that the token belongs to.

        Raises:
            RefusedError: The provider refuses.
        """
        members, answer = yield from self._ask("sendEcho", accepted=())
        if not (echo := members.get("ECHO")):
            told = "the answer has no ECHO"
            raise (yield from self._refusal(told, answer, error=UnreadableAnswerError))
        return echo

    @operation(safe=True)
    def validate_me(self) -> Steps[Merchant]:
        """Return who the merchant is: `NOMBRECOMERCIO`, `DIRECCION`, ….

        Raises:
            AuthenticationError: Not identified (11).
            RefusedError: The provider refuses.
        """
        members, answer = yield from self._ask("validateMe", accepted=IDENTIFIED)
        return (yield from self._conforming(members, Merchant, answer))

    @operation(safe=True)
    def get_balance(self) -> Steps[Decimal]:
        """Return the distributor's balance.

        Raises:
            RefusedError: The provider refuses.
        """
        members, answer = yield from self._ask("getBalance")
        try:
            balance = Decimal(members.get("SALDO_F", "").replace(",", ""))
        except InvalidOperation:
            balance = Decimal("NaN")
        if not balance.is_finite():
            told = "SALDO_F is not an amount"
            raise (yield from self._refusal(told, answer, error=UnreadableAnswerError))
        return balance

    @operation(safe=True)
    def get_product_list(self) -> Steps[list[Product]]:
        """Return the catalogue, one dictionary of attributes and `legend` per product.

        Fetch it once a day, at 00:05.

        Raises:
            RefusedError: The provider refuses.
        """
        _, answer = yield from self._ask("getProductList")
        root, _ = read(answer)
        products = [] if root is None else list(root.iter("producto"))
        found = [{**each.attrib, "legend": each.findtext("legend", "")} for each in products]
        return (yield from self._conforming(found, list[Product], answer))

    @operation(safe=True)
    def verify_reference(
        self, id_servicio: int, id_producto: int, referencia: str
    ) -> Steps[Reference]:
        """Ask a biller about a reference: `SALDO` where it tells; code 04 means just pay.

        Args:
            id_servicio: From the catalogue.
            id_producto: From the catalogue.
            referencia: The bill's reference.

        Raises:
            RefusedError: The reference is wrong (02, 03, 05, 55), or the provider refuses.
        """
        payload = {"idServicio": id_servicio, "idProducto": id_producto, "referencia": referencia}
        members, answer = yield from self._ask("verifyReference", payload, accepted=("01", "04"))
        return (yield from self._conforming(members, Reference, answer))

    @operation
    def send_tx(self, payload: SalePayload) -> Steps[Sale]:
        """Make the sale that `payload` describes: `ID_TX`, `NUM_AUTORIZACION`, `SALDO`, `PIN`, ….

        It is never repeated by the client.

        Args:
            payload: Made by `payload`; keep it for `confirm_tx`.

        Raises:
            UncertainSaleError: The sale may have been made: `wait_until_final` finds out.
            RefusedError: The sale was not made: 06 (it was made before), 02, 55, ….
            TransportError: The sale was not made: the provider was not reached.
        """
        members, answer = yield from self._ask(
            "sendTx", payload, deliver=_deliver_sale, error=_sale_error
        )
        return (yield from self._conforming(members, Sale, answer))

    @operation(safe=True)
    def confirm_tx(self, payload: SalePayload) -> Steps[Sale | None]:
        """Return what became of a sale whose answer did not come; None if it was not made.

        Not before 62 s after `send_tx`, and with the same payload.

        Args:
            payload: That of the sale.

        Raises:
            RefusedError: The provider refuses.
        """
        members, answer = yield from self._ask("confirmTx", payload, accepted=("06", "70"))
        sale = yield from self._conforming(members, Sale, answer)
        return sale if sale["CODIGO"] == "06" else None

    @operation
    def wait_until_final(
        self, payload: SalePayload, *, after: float = CONFIRM_AFTER, limit: float = 600.0
    ) -> Steps[Sale | None]:
        """Find out what became of a sale: wait, then ask with `confirm_tx` until it is known.

        Args:
            payload: That of the sale.
            after: Seconds before the first question; GestoPago wants 62 after the sale.
            limit: Seconds of all pauses after that.

        Returns:
            The sale; None if it was not made, so that it may be sent again.

        Raises:
            NotFinalError: It is not known when the limit is reached.
            RefusedError: The provider refuses.
        """
        yield from _paused(after)
        found = yield from polled(
            lambda: self._look(payload),
            lambda found: found is not None,
            what=f"the sale {payload.get('upc')}",
            limit=limit,
            first_pause=5.0,
        )
        return found[0] if found else None

    def _look(self, payload: SalePayload) -> Steps[tuple[Sale | None] | None]:
        """Return what `confirm_tx` says; None where it is not known yet."""
        try:
            return ((yield from GestopagoOperations.confirm_tx.steps(self, payload)),)
        except RefusedError as error:
            if error.code not in UNCERTAIN:
                raise
            return None


def _deliver_sale(call: Call) -> Steps[Answer]:
    """Send a sale. If its answer is lost, the outcome is not known."""
    try:
        return (yield from send(call))
    except (TransportError, UnreadableAnswerError) as error:
        if not getattr(error, "sent", True):
            raise
        raise UncertainSaleError(f"the answer to the sale was lost: {error}") from error


def _sale_error(answer: Answer, code: str) -> type[ClientError]:
    """Tell which error an answer to a sale is. It is a refusal only if the provider says so."""
    if code in UNCERTAIN or not (code or is_turned_away(answer)):
        return UncertainSaleError
    return error_of(answer, code)


def _paused(seconds: float) -> Steps[None]:
    if seconds > 0:
        yield Pause(seconds)
