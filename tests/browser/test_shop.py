"""The example shop sells through the hosted page, and survives the scenarios of Placetopay."""

from __future__ import annotations

import asyncio
import hmac
import importlib.util
import queue
import re
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from itertools import count
from pathlib import Path

import httpx2
import pytest

from emulator.client import Placetopay
from emulator.core.configuration import shipped
from emulator.emulator import Emulator

with suppress(ImportError):  # conftest.py says what is missing
    from playwright.sync_api import expect
    from werkzeug.serving import make_server

    expect.set_options(timeout=15_000)

EXAMPLE = Path(__file__).parents[2] / "examples" / "flask-shop" / "app.py"
APPROVED, DECLINED = "4110760000000081", "4110760000000016"
PENDING, CHALLENGED = "4110760000000073", "4110760000000008"
PATIENCE = 15.0
_NAMES = count()


class Shop:
    """The example at work, in a namespace of its own: its server, its orders, what it answered.

    Args:
        emulator: A running server.
    """

    def __init__(self, emulator):
        self.control = httpx2.Client(
            base_url=f"{emulator.url}/_ns/shop-{next(_NAMES)}/_emulator", timeout=PATIENCE
        )
        self.site = self.control.get("/credentials").json()["placetopay"]
        self.orders, self.pauses, self.clients, self.answers = {}, [], [], queue.Queue()
        self.start(self.site["secretKey"])
        # Flask and threads: a notification comes while a request of the browser is answered.
        self.server = make_server("127.0.0.1", 0, self.serve, threaded=True)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=partial(self.server.serve_forever, 0.02))
        self.thread.start()
        self.call(  # as the example's README says it with curl
            "POST",
            "/credentials/placetopay",
            login=self.site["login"],
            secretKey=self.site["secretKey"],
            notificationUrl=f"{self.url}/notify",
            notificationAlgorithm="sha256",
        )

    def start(self, secret):
        """Start the shop, or start it anew with another secret; its orders stay."""
        environ = {
            "PLACETOPAY_BASE_URL": self.site["base_url"],
            "PLACETOPAY_LOGIN": self.site["login"],
            "PLACETOPAY_SECRET_KEY": secret,
        }
        spec = importlib.util.spec_from_file_location("flask_shop", EXAMPLE)
        example = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(example)
        example.Placetopay = self.open_client
        self.app = example.create_app(environ, self.orders, self.pauses.append)

    def open_client(self, *arguments, **options):
        """Make the shop's client; a shop keeps it to its end, and so closes it never."""
        self.clients.append(Placetopay(*arguments, **options))
        return self.clients[-1]

    def serve(self, environ, start_response):
        def answer(status, headers, *more):
            self.answers.put((environ["PATH_INFO"], int(status.split()[0])))
            return start_response(status, headers, *more)

        return self.app(environ, answer)

    def stop(self):
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()
        for client in (*self.clients, self.control):
            client.close()

    # What happened

    @property
    def order(self):
        """The newest."""
        return self.orders[list(self.orders)[-1]]

    def notified(self):
        """Wait for a notification; return what the shop answered. Forget what came before."""
        while True:
            path, status = self.answers.get(timeout=PATIENCE)
            if path == "/notify":
                return status

    def was_asked_for(self, path):
        """Tell whether a path was asked for since the last notification."""
        seen = []
        while not self.answers.empty():
            seen.append(self.answers.get()[0])
        return any(each.startswith(path) for each in seen)

    # The emulator

    def call(self, method, path, **members):
        answer = self.control.request(method, path, json=members)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def advance(self, duration):
        self.call("PATCH", "/clock", advance=duration)

    def play(self, scenario):
        """Load a shipped scenario by its name, or one given as text."""
        text = scenario
        if "\n" not in scenario:
            text = (shipped("scenarios") / f"{scenario}.yaml").read_text("utf-8")
        answer = self.control.put(
            "/scenario", content=text, headers={"content-type": "application/yaml"}
        )
        assert answer.status_code == 200, answer.text

    def webhooks(self):
        """Each notification with its attempts, oldest first."""
        return self.control.get("/webhooks").json()["webhooks"][::-1]

    def exchanges(self, endpoint):
        """Statuses of an endpoint, oldest first; 0 where the answer was lost."""
        asked = self.control.get("/requests", params={"endpoint": endpoint})
        return [each["status"] for each in asked.json()["requests"]][::-1]

    def verify(self):
        """What the scenario expects must have happened."""
        asked = partial(self.control.post, "/requests/verify")
        report = until(lambda: asked().json(), lambda said: said["passed"])
        assert report["passed"], report["expectations"]


def until(look, enough):
    """Look until it is enough, for some seconds; return what was seen last."""
    deadline = time.monotonic() + PATIENCE
    while not enough(seen := look()) and time.monotonic() < deadline:
        pass
    return seen


@pytest.fixture(scope="module")
def emulator():
    with Emulator().run() as server:
        yield server


@pytest.fixture
def shop(emulator):
    shop = Shop(emulator)
    yield shop
    shop.stop()


# What the payer does ------------------------------------------------------------------------


def buy(page, shop, name="Mug"):
    """Buy a thing in the shop, which sends the payer to the hosted page."""
    page.goto(shop.url)
    page.get_by_role("button", name=f"Buy {name}").click()
    expect(page).to_have_url(re.compile("/placetopay/spa/session/"))


def pay(page, number):
    """Fill in the hosted page, up to the button that pays."""
    page.get_by_role("button", name="Continuar").click()  # with a card
    page.get_by_label("Nombres").fill("Ana")
    page.get_by_label("Apellidos").fill("Gómez")
    page.get_by_label("Número de documento").fill("1040035000")
    page.get_by_label("Correo electrónico").fill("ana@example.com")
    page.get_by_role("button", name="Continuar").click()
    page.get_by_label("Número de tarjeta").fill(number)
    page.get_by_label("Vencimiento").fill("12/39")
    page.get_by_label("Código (CVV)").fill("123")
    page.get_by_role("button", name=re.compile("^Pagar")).click()


def told(page, heading):
    """Wait until the page has a heading."""
    expect(page.get_by_role("heading", level=1)).to_have_text(heading)


def come_back(page, words):
    """Return to the shop, which says what the order is."""
    page.get_by_role("link", name="Regresar al comercio").click()
    told(page, "Your order")
    expect(page.get_by_text(words)).to_be_visible()


# The checkout -------------------------------------------------------------------------------


def test_bought_notified_and_refunded(page, shop):
    buy(page, shop)
    assert shop.order.status == "pending"
    pay(page, APPROVED)
    told(page, "Pago aprobado")
    assert shop.notified() == 204
    assert shop.order.booked == ["paid"]  # before the payer is back
    assert not shop.was_asked_for("/return")

    come_back(page, "It is paid.")
    page.get_by_role("link", name="Shop").click()
    page.get_by_role("button", name="Refund").click()
    expect(page.locator(f"[id='{shop.order.id}'] b")).to_have_text("refunded")
    expect(page.get_by_role("button", name="Refund")).to_have_count(0)
    assert shop.order.booked == ["paid", "refunded"]
    assert shop.exchanges("reverse") == [200]
    (webhook,) = shop.webhooks()
    assert webhook["acknowledged"] is True


def test_a_declined_card_then_another(page, shop):
    buy(page, shop, "Kettle")
    pay(page, DECLINED)
    told(page, "Pago rechazado")
    assert shop.order.status == "pending"  # the session is still open
    page.get_by_role("button", name="Intentar de nuevo").click()
    pay(page, APPROVED)
    told(page, "Pago aprobado")
    assert shop.notified() == 204
    come_back(page, "It is paid.")
    assert shop.order.booked == ["paid"]


def test_a_bank_that_asks_for_a_code(page, shop):
    buy(page, shop)
    pay(page, CHALLENGED)
    page.get_by_label("Código de verificación").fill("12345")
    page.get_by_role("button", name="Verificar").click()
    told(page, "Pago aprobado")
    assert shop.notified() == 204
    assert shop.order.booked == ["paid"]


def test_a_pending_payment_is_decided_later(page, shop):
    """The payer is back before the bank has answered; the notification tells the end."""
    buy(page, shop)
    pay(page, PENDING)
    told(page, "Estamos confirmando tu pago")
    come_back(page, "It is pending.")
    assert shop.order.booked == []
    shop.advance("31s")
    assert shop.notified() == 204
    page.get_by_role("link", name="Shop").click()
    expect(page.locator(f"[id='{shop.order.id}'] b")).to_have_text("paid")


def test_given_up_then_paid_after_all(page, shop):
    """Another session of the same order, under a reference of its own."""
    buy(page, shop)
    page.get_by_role("button", name="Cancelar y volver al comercio").click()
    page.get_by_role("button", name="Sí, cancelar").click()
    told(page, "Your order")
    expect(page.get_by_text("It is cancelled.")).to_be_visible()
    assert shop.notified() == 204
    page.get_by_role("button", name="Pay").click()
    pay(page, APPROVED)
    told(page, "Pago aprobado")
    assert shop.notified() == 204
    assert shop.order.booked == ["cancelled", "paid"]
    references = [webhook["content"]["reference"] for webhook in shop.webhooks()]
    assert references == [f"{shop.order.id}-1", f"{shop.order.id}-2"]


def test_what_comes_twice_is_booked_once(page, shop):
    buy(page, shop)
    pay(page, APPROVED)
    assert shop.notified() == 204
    shop.call("POST", "/trigger/placetopay/notification?copies=5")
    assert [shop.notified() for _ in range(5)] == [204] * 5
    come_back(page, "It is paid.")
    assert shop.order.booked == ["paid"]


def test_a_lie_that_is_signed_is_not_booked(page, shop):
    """The status is what a query says, also where a notification with a true signature differs."""
    buy(page, shop)
    lie = {"/status/status": "APPROVED", "/status/reason": "00"}
    shop.call("POST", "/trigger/placetopay/notification", **lie)
    assert shop.notified() == 204
    assert shop.order.status == "pending"


def test_sha1_is_refused(page, shop):
    """No downgrade: the site uses SHA-256."""
    buy(page, shop)
    answer = shop.call("POST", "/trigger/placetopay/notification", algorithm="sha1")
    assert answer["acknowledged"] is False
    assert shop.notified() == 400


def test_a_refund_whose_answer_is_lost(page, shop):
    """The payer sees that something went wrong; the books are right, and nothing is done twice."""
    buy(page, shop)
    pay(page, APPROVED)
    come_back(page, "It is paid.")
    shop.play(LOST_REFUND)
    page.get_by_role("button", name="Refund").click()
    told(page, "Not now")
    assert shop.order.booked == ["paid", "refunded"]
    assert shop.exchanges("reverse") == [0]


LOST_REFUND = """
scenario: lost-refund
version: 1
rules:
  - id: lost
    match: { provider: placetopay, endpoint: reverse }
    do: { connection: reset, after_commit: true }
"""


def test_two_clicks_make_one_session(shop):
    shop.play("any-provider-maintenance")
    assert httpx2.post(f"{shop.url}/buy/mug").status_code == 502
    shop.control.delete("/scenario")
    again = f"{shop.url}/buy/{shop.order.id}"
    with ThreadPoolExecutor(5) as clicks:
        answers = list(clicks.map(lambda _: httpx2.post(again).status_code, range(5)))
    assert answers == [303] * 5
    assert shop.exchanges("session.create") == [503, 503, 503, 200]


@pytest.mark.parametrize("path", ["/buy/boat", "/refund/1", "/return/1"])
def test_what_is_not_there(shop, path):
    method = "GET" if path.startswith("/return") else "POST"
    assert httpx2.request(method, f"{shop.url}{path}").status_code == 404


# Scenarios ----------------------------------------------------------------------------------


def test_flaky_gateway(page, shop, emulator, monkeypatch):
    """Ten creations and more; each that failed is tried again, until one answer is lost."""

    async def no_delay(seconds):
        await asyncio.sleep(0)

    monkeypatch.setattr(emulator.emulator, "sleep", no_delay)
    shop.play("placetopay-flaky-gateway")
    while len(shop.exchanges("session.create")) < 11:
        buy(page, shop, "Coffee")
    assert any(shop.pauses)  # it waited before it tried again
    assert shop.order.status == "pending"
    pay(page, APPROVED)
    told(page, "Pago aprobado")
    assert shop.notified() == 204
    come_back(page, "It is paid.")
    shop.verify()


def test_clock_skew(page, shop):
    """The shop goes by Placetopay's clock once its own was refused, and sells on."""
    shop.play("placetopay-clock-skew")
    shop.advance("6m")
    buy(page, shop)
    pay(page, APPROVED)
    told(page, "Pago aprobado")
    assert shop.notified() == 204
    assert shop.order.booked == ["paid"]
    shop.advance("15m")
    buy(page, shop, "Kettle")
    assert shop.exchanges("session.create") == [401, 200, 401, 200]
    pay(page, APPROVED)
    assert shop.notified() == 204
    come_back(page, "It is paid.")
    shop.verify()


def test_lost_notification(page, shop):
    """Nobody tells the shop, and the payer does not come back either: it asks."""
    shop.play("placetopay-lost-notification")
    buy(page, shop)
    pay(page, APPROVED)
    told(page, "Pago aprobado")
    until(shop.webhooks, lambda webhooks: webhooks and webhooks[0]["attempts"])
    assert shop.order.status == "pending"
    page.goto(shop.url)
    page.get_by_role("button", name="Check pending").click()
    expect(page.locator(f"[id='{shop.order.id}'] b")).to_have_text("paid")
    buy(page, shop)
    pay(page, APPROVED)
    assert shop.notified() == 204  # the second one arrives
    shop.verify()


def test_forged_notification(page, shop):
    """A stranger says that an unpaid order is paid; then a true notification is altered."""
    shop.play("placetopay-forged-notification")
    buy(page, shop)
    shop.call("POST", "/trigger/placetopay/notification", **{"/status/status": "APPROVED"})
    assert shop.notified() == 400
    assert shop.order.status == "pending"
    pay(page, APPROVED)
    told(page, "Pago aprobado")
    assert shop.notified() == 400
    assert shop.order.status == "pending"
    come_back(page, "It is paid.")
    buy(page, shop)
    pay(page, APPROVED)
    assert shop.notified() == 204
    assert shop.order.booked == ["paid"]
    shop.verify()


def test_credentials_rotated(page, shop):
    """Who cannot pay now keeps the order; with the new secret in place, it is paid."""
    shop.play("placetopay-credentials-rotated")
    buy(page, shop)
    pay(page, APPROVED)
    told(page, "Pago aprobado")
    assert shop.notified() == 204  # the query for it was the second good request
    page.goto(shop.url)
    page.get_by_role("button", name="Buy Kettle").click()
    told(page, "Not now")
    assert shop.order.status == "new"
    assert shop.exchanges("session.create") == [200, 401]  # it did not try again
    shop.call("POST", "/scenario/signal", signal="new-secret-installed")
    secret = shop.site["secretKey"]
    shop.start(hmac.digest(secret.encode(), b"next", "sha256").hex()[: len(secret)])
    page.get_by_role("link", name="Shop").click()
    page.get_by_role("button", name="Pay").click()
    pay(page, APPROVED)
    told(page, "Pago aprobado")
    # The scenario rotates what Placetopay verifies with, not what it signs notifications with.
    assert shop.notified() == 400
    come_back(page, "It is paid.")
    shop.verify()


def test_maintenance(page, shop):
    """Every creation is refused for ten minutes: an error page, and no order is lost."""
    shop.play("any-provider-maintenance")
    page.goto(shop.url)
    page.get_by_role("button", name="Buy Mug").click()
    told(page, "Not now")
    assert shop.exchanges("session.create") == [503] * 3
    shop.advance("10m")
    page.get_by_role("link", name="Shop").click()
    page.get_by_role("button", name="Pay").click()
    pay(page, APPROVED)
    assert shop.notified() == 204
    assert shop.order.booked == ["paid"]
