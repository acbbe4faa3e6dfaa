"""What type checkers must refuse: each line marked with `# wrong`, and no other. Never run."""

# pyright: strict

from __future__ import annotations

import httpx2

from emulator.client import AsyncPlacetopay, Control, Pagsmile, Placetopay, Tesabiz

BACK = "https://shop.example/back"


def arguments(shop: Placetopay, pagsmile: Pagsmile, tesabiz: Tesabiz, control: Control) -> None:
    shop.query_session("five")  # wrong
    shop.query_session(requestId=5)  # wrong
    shop.query_session()  # wrong
    shop.create_session("A-1", 12.5, return_url=BACK)  # wrong
    shop.create_session("A-1", 12)  # wrong
    shop.create_session("A-1", 12, return_url=BACK, lokale="es_CO")  # wrong
    shop.create_session("A-1", 12, return_url=BACK, locale=5)  # wrong
    shop.transaction("refund", 5)  # wrong
    pagsmile.create_payout(custom_kode="1")  # wrong
    tesabiz.generate_qr("1", 1700, glosa="x", cuenta_abono="y", postion="z")  # wrong
    control.requests.list(verdict="perhaps")  # wrong


def results(shop: Placetopay) -> None:
    shop.query_session(5)["requestID"]  # wrong
    number: str = shop.query_session(5)["requestId"]  # wrong
    print(number)
    shop.pay(5)  # wrong


async def worlds(shop: AsyncPlacetopay) -> None:
    (await shop.query_session(5))["status"]
    shop.query_session(5)["status"]  # wrong


def constructors(transport: httpx2.BaseTransport, app: httpx2.ASGITransport) -> None:
    Placetopay("https://x.test", "l")  # wrong
    Placetopay("https://x.test", "l", "s", transport=app)  # wrong
    AsyncPlacetopay("https://x.test", "l", "s", transport=transport)  # wrong
    Placetopay("https://x.test", "l", "s", hash_name="md5")  # wrong
    Placetopay("https://x.test", "l", "s", retrys=2)  # wrong
