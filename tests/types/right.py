"""What type checkers must know of the clients: read by pyright and mypy, never run."""

# pyright: strict

from __future__ import annotations

from collections.abc import Callable, Coroutine
from decimal import Decimal
from typing import Any, assert_type

import httpx2

from emulator.client import (
    AsyncControl,
    AsyncGestopago,
    AsyncGoat,
    AsyncPagsmile,
    AsyncPlacetopay,
    AsyncTesabiz,
    ClientError,
    Control,
    Gestopago,
    Goat,
    Pagsmile,
    Placetopay,
    RefusedError,
    Tesabiz,
    TransportError,
)
from emulator.client.control import ClockState, Exchange, Report, Webhook
from emulator.client.gestopago import Product, Sale, SalePayload
from emulator.client.goat import Token, WhoAmI
from emulator.client.pagsmile import Balance, Payout, PayoutRow, PayoutStatus, PayoutWebhook
from emulator.client.placetopay import (
    CreatedSession,
    Notification,
    Session,
    StoredCard,
    Transaction,
)
from emulator.client.tesabiz import Qr, QrImage, QrPaid, QrText
from emulator.core.errors import Diagnosis

BACK = "https://shop.example/back"


def placetopay(shop: Placetopay) -> None:
    made = shop.create_session("A-1", Decimal(12000), "COP", return_url=BACK, locale="es_CO")
    assert_type(made, CreatedSession)
    assert_type(made["requestId"], int)
    assert_type(shop.query_session(made["requestId"]), Session)
    query: Callable[[int], Session] = shop.query_session
    assert_type(query(5), Session)
    assert_type(shop.wait_until_final(5, limit=60), Session)
    assert_type(shop.reverse(5), Transaction)
    assert_type(shop.look_up_token("x"), StoredCard)
    assert_type(shop.verify_webhook(b"", {}), Notification)


def of_the_class(shop: Placetopay, later: AsyncPlacetopay) -> None:
    assert_type(Placetopay.query_session(shop, 5), Session)
    coroutine: Coroutine[Any, Any, Session] = AsyncPlacetopay.query_session(later, 5)
    coroutine.close()


async def placetopay_async(shop: AsyncPlacetopay) -> None:
    made = await shop.create_session("A-1", "12000", return_url=BACK, payment={"subscribe": True})
    assert_type(made, CreatedSession)
    later: Coroutine[Any, Any, Session] = shop.query_session(5)
    assert_type(await later, Session)
    assert_type(await shop.query_session(request_id=5), Session)
    query: Callable[[int], Coroutine[Any, Any, Session]] = shop.query_session
    assert_type(await query(5), Session)
    assert_type(shop.verify_webhook(b"", {}), Notification)


def gestopago(shop: Gestopago) -> None:
    payload = shop.payload(id_servicio=1, id_producto=2, monto="165.00")
    assert_type(payload, SalePayload)
    assert_type(shop.send_tx(payload), Sale)
    assert_type(shop.confirm_tx(payload), Sale | None)
    assert_type(shop.wait_until_final(payload), Sale | None)
    assert_type(shop.get_balance(), Decimal)
    assert_type(shop.get_product_list(), list[Product])


async def gestopago_async(shop: AsyncGestopago) -> None:
    assert_type(await shop.get_balance(), Decimal)
    assert_type(await shop.send_echo(), str)


def others(goat: Goat, tesabiz: Tesabiz, pagsmile: Pagsmile) -> None:
    assert_type(goat.whoami(), WhoAmI)
    assert_type(goat.create_token(), Token)
    assert_type(tesabiz.generate_qr("1", 1700, glosa="x", cuenta_abono="y", pos="z"), QrText)
    assert_type(tesabiz.generate_qr_image("1", 1700, glosa="x", cuenta_abono="y"), QrImage)
    assert_type(tesabiz.details("1"), Qr)
    assert_type(tesabiz.block("1"), None)
    assert_type(tesabiz.verify_webhook(b""), QrPaid)
    assert_type(tesabiz.acknowledge(), bytes)
    assert_type(pagsmile.create_payout(custom_code="1", amount=Decimal("10.00")), Payout)
    assert_type(pagsmile.payout_list("", ""), list[PayoutRow])
    assert_type(pagsmile.balance(), list[Balance])
    assert_type(pagsmile.wait_until_final(payout_id="x"), PayoutStatus)
    assert_type(pagsmile.verify_webhook(b"", {}), PayoutWebhook)


async def others_async(goat: AsyncGoat, tesabiz: AsyncTesabiz, pagsmile: AsyncPagsmile) -> None:
    assert_type(await goat.whoami("read"), WhoAmI)
    assert_type(await tesabiz.details("1"), Qr)
    assert_type(await pagsmile.payout_voucher("1"), str)


def control(control: Control) -> None:
    assert_type(control.clock.freeze(), ClockState)
    assert_type(control.clock.time(), float)
    assert_type(control.clock.time, Callable[[], float])
    assert_type(control.requests.list(provider="goat", limit=5), list[Exchange])
    assert_type(control.requests.verify(), Report)
    assert_type(control.webhooks.wait(seconds=1), list[Webhook])
    assert_type(control.credentials.of("goat"), dict[str, Any])
    with control.scenario("placetopay-clock-skew") as scenario:
        assert_type(scenario.verify(), Report)


async def control_async(control: AsyncControl) -> None:
    assert_type(await control.clock.advance(5), ClockState)
    assert_type(await control.requests.get(5), Exchange)
    async with control.scenario({"scenario": "x"}) as scenario:
        assert_type(await scenario.verify(), Report)


def constructors(transport: httpx2.BaseTransport, app: httpx2.ASGITransport) -> None:
    with Control() as control:
        clock = control.clock.time
        Placetopay("https://x.test", "l", "s", retries=2, transport=transport, clock=clock)
    AsyncPlacetopay("https://x.test", login="l", secret_key="s", hash_name="sha1", transport=app)
    assert_type(Goat.from_credentials({}), Goat)
    assert_type(AsyncGoat.from_credentials({}, retries=1), AsyncGoat)
    with Pagsmile("https://x.test", app_id="a", app_key="k") as pagsmile:
        assert_type(pagsmile, Pagsmile)


def errors(error: RefusedError, lost: TransportError) -> None:
    as_base: ClientError = error
    assert_type(as_base.code, str)
    assert_type(error.status, int | None)
    assert_type(error.diagnosis, Diagnosis | None)
    assert_type(lost.sent, bool)
