"""The hosted page in a real browser.

One server, one small shop and one browser window for the module; each test has a namespace of its
own, so a clock that one advances is nobody else's.
"""

from __future__ import annotations

import hashlib
import json
import re
import threading
from base64 import b64encode
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from urllib.request import Request, urlopen

import pytest

from emulator.emulator import Emulator

try:
    from playwright.sync_api import expect

    expect.set_options(timeout=10_000)
except ImportError:  # the tests are skipped then
    expect = None

DESKTOP, PHONE, NARROW = (1280, 900), (390, 844), (360, 640)
APPROVED, DECLINED = "4110760000000081", "4110760000000016"
PENDING, CHALLENGED = "4110760000000073", "4110760000000008"
AMEX = "377222581193005"
PAYER = {
    "document": "1040035000",
    "documentType": "CC",
    "name": "Ana",
    "surname": "Gómez",
    "email": "ana@example.com",
}
_NAMES = count()

HOST_PAGE = """<!doctype html><html lang="en"><title>Shop</title><button id="buy">Buy</button>
<button id="other">Other</button><script src="{script}"></script><script>
window.heard = []; window.closed_ = 0;
if ({listens}) P.on("response", (webhook) => heard.push(webhook));
P.on("close", () => {{ closed_ += 1; }});
document.getElementById("buy").onclick = () => P.init("{process}", {{opacity: 0.4}});
</script></html>"""


class Shop:
    """A shop's own server, on a port of its own: it keeps the addresses that browsers came to."""

    def __init__(self):
        self.visits, self.pages = [], {}
        shop = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                if self.path != "/favicon.ico":
                    shop.visits.append(self.path)
                body = shop.pages.get(self.path, "<!doctype html><title>Shop</title>Back").encode()
                self.send_response(200)
                self.send_header("content-type", "text/html; charset=utf-8")
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *arguments):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.02,))

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *exception):
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


class World:
    """A namespace with a session in it, and the browser window."""

    def __init__(self, server, shop, page):
        self.server, self.shop, self.page = server, shop, page
        self.name = f"page-{next(_NAMES)}"
        self.base = f"{server.url}/_ns/{self.name}/placetopay"
        self.site = server.emulator.namespace("default").credentials("placetopay")[0]
        self.problems, self.strangers = [], []
        self.allowed_errors, self.headers = (), {}
        self.listeners = [
            ("console", self._console),
            ("pageerror", self._error),
            ("request", self._request),
        ]
        shop.visits.clear()

    def control(self, method, path, body=None):
        url = f"{self.server.url}/_ns/{self.name}/_emulator{path}"
        return self.send(url, body, method)

    def send(self, url, body, method="POST"):
        data = json.dumps(body).encode() if body is not None else None
        headers = {"content-type": "application/json", **self.headers}
        request = Request(url, data, headers, method=method)
        with urlopen(request, timeout=20) as answer:
            return json.load(answer)

    def advance(self, seconds):
        self.control("PATCH", "/clock", {"advance": f"{seconds}s"})

    def auth(self):
        seed, nonce = self.control("GET", "/clock")["now"], b"a nonce"
        digest = hashlib.sha256(nonce + seed.encode() + self.site["secretKey"].encode()).digest()
        return {
            "login": self.site["login"],
            "tranKey": b64encode(digest).decode(),
            "nonce": b64encode(nonce).decode(),
            "seed": seed,
        }

    def create(self, payment=None, **change):
        message = {
            "auth": self.auth(),
            "payment": {
                "reference": "ORDER-7",
                "description": "Dos cafés",
                "amount": {"currency": "COP", "total": 12000},
                **(payment or {}),
            },
            "returnUrl": f"{self.shop.url}/return?order=7&x=%20y",
            "cancelUrl": f"{self.shop.url}/cancelled?order=7",
            "ipAddress": "127.0.0.1",
            "userAgent": "shop/1",
            **change,
        }
        if "subscription" in change:
            del message["payment"]
        answer = self.send(f"{self.base}/api/session", message)
        self.number = answer["requestId"]
        return answer["processUrl"]

    def store_card(self):
        url = self.create(payer=PAYER, subscription={"reference": "S-1"})
        card = {"number": APPROVED, "expiration": "12/40", "cvv": "123"}
        self.send(f"{url}/pay", {"method": "card", "card": card})

    def session(self):
        return self.send(f"{self.base}/api/session/{self.number}", {"auth": self.auth()})

    def status(self):
        status = self.session()["status"]
        return f"{status['status']} {status['reason']}"

    def open(self, url="", size=DESKTOP, **change):
        self.page.set_viewport_size({"width": size[0], "height": size[1]})
        for event, listener in self.listeners:
            self.page.on(event, listener)
        self.page.goto(url or self.create(**change))
        return self.page

    def _console(self, message):
        if message.type in ("error", "warning"):
            self.problems.append(message.text)

    def _error(self, error):
        self.problems.append(str(error))

    def _request(self, request):
        ours = (f"{self.server.url}/", f"{self.shop.url}/", "data:", "http://placetopay.localhost")
        if not request.url.startswith(ours):
            self.strangers.append(request.url)

    def close(self):
        for event, listener in self.listeners:
            self.page.remove_listener(event, listener)
        self.page.unroute_all()
        self.page.emulate_media(color_scheme="light", reduced_motion="reduce")
        self.page.goto("about:blank")
        allowed = [p for p in self.problems if any(part in p for part in self.allowed_errors)]
        assert [p for p in self.problems if p not in allowed] == []
        assert self.strangers == []


@pytest.fixture(scope="module")
def shop():
    with Shop() as shop:
        yield shop


@pytest.fixture(scope="module")
def server():
    with Emulator().run() as server:
        yield server


@pytest.fixture(scope="module")
def page(browser):
    context = browser.new_context(reduced_motion="reduce")
    context.set_default_timeout(10_000)
    return context.new_page()


@pytest.fixture
def world(server, shop, page):
    world = World(server, shop, page)
    yield world
    world.close()


def stage(page, screen):
    """Wait for a screen."""
    expect(page.locator(f"#stage[data-screen={screen}]")).to_be_visible()
    return page.locator("#stage")


def fill_payer(page):
    page.fill("#name", "Ana")
    page.fill("#surname", "Gómez")
    page.fill("#document", "1040035000")
    page.fill("#email", "ana@example.com")
    page.click(".submit")


def fill_card(page, number, expiration="1240", cvv="123"):
    page.locator("#number").press_sequentially(number)
    page.locator("#expiration").press_sequentially(expiration)
    page.locator("#cvv").press_sequentially(cvv)
    page.click(".submit")


def to_card(page, number=""):
    """Go to the card form of a session without a payer, and pay."""
    page.click(".submit")
    fill_payer(page)
    if number:
        fill_card(page, number)


def fits(page):
    """Nothing sticks out to the side."""
    return page.evaluate(
        "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
    )


# Paying -----------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_a_typed_card_is_approved(world, size):
    page = world.open(size=size)
    expect(page.locator("#order")).to_contain_text("12.000")
    to_card(page)
    page.locator("#number").press_sequentially(APPROVED)
    expect(page.locator("#number")).to_have_value("4110 7600 0000 0081")
    expect(page.locator(".with-badge .badge")).to_have_text("Visa")
    page.locator("#expiration").press_sequentially("1240")
    expect(page.locator("#expiration")).to_have_value("12/40")
    page.fill("#cvv", "123")
    page.select_option("#installments", "3")
    page.click(".submit")
    result = stage(page, "approved")
    expect(result.locator("h1")).to_have_text("Pago aprobado")
    expect(result.locator("h1")).to_be_focused()
    payment = world.session()["payment"][0]
    for shown in (payment["authorization"], payment["receipt"], "•••• 0081", "ORDER-7"):
        expect(result).to_contain_text(shown)
    asked = world.session()["request"]["payer"]
    assert (asked["name"], asked["document"]) == ("Ana", "1040035000")
    fields = {each["keyword"]: each["value"] for each in payment["processorFields"]}
    assert fields["installments"] == 3
    assert world.status() == "APPROVED 00"
    page.click("#return")
    page.wait_for_url(f"{world.shop.url}/**")
    assert world.shop.visits == ["/return?order=7&x=%20y"]


def test_declined_then_another_card(world):
    page = world.open()
    to_card(page, DECLINED)
    result = stage(page, "declined")
    expect(result).to_contain_text("Negada")
    assert world.status() == "PENDING PT"
    page.click("#again")
    stage(page, "form")
    page.click(".submit")
    expect(page.locator("#name")).to_have_value("Ana")
    page.click(".submit")
    expect(page.locator("#number")).to_have_value("")
    fill_card(page, AMEX, cvv="1234")
    stage(page, "approved")
    assert [each["status"]["status"] for each in world.session()["payment"]] == [
        "APPROVED",
        "REJECTED",
    ]


def test_a_reload_tells_of_the_declined_attempt(world):
    page = world.open()
    to_card(page, DECLINED)
    stage(page, "declined")
    page.reload()
    expect(stage(page, "form")).to_contain_text("El intento anterior fue rechazado")


def test_pending_resolves_with_the_emulators_clock(world):
    page = world.open()
    to_card(page, PENDING)
    expect(stage(page, "pending").locator("h1")).to_have_text("Estamos confirmando tu pago")
    world.advance(31)
    expect(stage(page, "approved").locator("h1")).to_be_focused()


@pytest.mark.parametrize(("otp", "screen"), [("12345", "approved"), ("11111", "declined")])
def test_challenge(world, otp, screen):
    page = world.open()
    to_card(page, CHALLENGED)
    stage(page, "challenge")
    page.click(".submit")
    expect(page.locator("#otp-error")).to_be_visible()
    page.fill("#otp", otp)
    page.click(".submit")
    result = stage(page, screen)
    if screen == "declined":
        expect(result).to_contain_text("El código no era correcto")
        expect(page.locator("#again")).to_be_visible()


def test_bank(world):
    page = world.open(payer=PAYER)
    page.check("#method-bank")
    page.click(".submit")
    page.click(".submit")
    expect(page.locator("#bank-error")).to_have_text("Elige un banco.")
    expect(page.locator("#bank")).to_be_focused()
    page.select_option("#bank", "1022")
    page.click(".submit")
    stage(page, "approved")
    assert world.session()["payment"][0]["paymentMethod"] == "pse"


def test_stored_token(world):
    world.store_card()
    page = world.open(payer=PAYER)
    page.check("#method-token")
    page.click(".submit")
    expect(page.locator("#stage")).to_contain_text("terminada en 0081")
    page.fill("#cvv", "123")
    page.click(".submit")
    stage(page, "approved")


def test_without_a_stored_card_none_is_offered(world):
    page = world.open(payer=PAYER)
    expect(page.locator("#method-card")).to_be_visible()
    expect(page.locator("#method-token")).to_have_count(0)


def test_partial(world):
    page = world.open(payer=PAYER, payment={"allowPartial": True})
    page.click(".submit")
    page.check("input[name=part][value=true]")
    page.fill("#amount", "20.000")
    fill_card(page, APPROVED)
    expect(page.locator("#amount-error")).to_be_visible()
    page.fill("#amount", "5.000")
    expect(page.locator(".submit")).to_contain_text("5.000")
    page.click(".submit")
    expect(stage(page, "partial")).to_contain_text("7.000")
    assert world.status() == "APPROVED_PARTIAL P0"
    page.click("#again")
    page.click(".submit")
    fill_card(page, APPROVED)
    stage(page, "approved")
    assert [each["amount"]["to"]["total"] for each in world.session()["payment"]] == [7000, 5000]


def test_a_subscription_stores_a_card(world):
    page = world.open(payer=PAYER, subscription={"reference": "S-1", "description": "Club"})
    expect(page.locator("h1")).to_have_text("Guarda tu tarjeta")
    expect(page.locator("#installments")).to_have_count(0)
    expect(page.locator("#order")).to_contain_text("Solo se guarda la tarjeta")
    expect(page.locator(".submit")).to_have_text("Guardar tarjeta")
    fill_card(page, APPROVED)
    expect(stage(page, "approved").locator("h1")).to_have_text("Tarjeta guardada")
    assert world.session()["subscription"]["type"] == "token"


def test_a_checkin_authorizes(world):
    page = world.open(payer=PAYER, type="checkin")
    page.check("#method-card")
    page.click(".submit")
    expect(page.locator(".submit")).to_contain_text("Autorizar")
    fill_card(page, APPROVED)
    expect(stage(page, "approved").locator("h1")).to_have_text("Valor autorizado")


def test_what_is_typed_wrong_is_said_beside_it(world):
    page = world.open()
    page.click(".submit")
    page.click(".submit")
    expect(page.locator("#name")).to_be_focused()
    expect(page.locator("#name")).to_have_attribute("aria-invalid", "true")
    page.fill("#name", "Ana")
    expect(page.locator("#name-error")).to_be_hidden()
    page.fill("#surname", "Gómez")
    page.fill("#document", "x")
    page.fill("#email", "ana")
    page.click(".submit")
    expect(page.locator("#document-error")).to_contain_text("tipo de documento")
    expect(page.locator("#email-error")).to_be_visible()
    fill_payer(page)
    fill_card(page, "4111111111111112", "0120", "1")
    expect(page.locator("#number-error")).to_have_text("El número de tarjeta no es válido.")
    expect(page.locator("#expiration-error")).to_have_text("La tarjeta está vencida.")
    expect(page.locator("#cvv-error")).to_be_visible()
    expect(page.locator("#number")).to_be_focused()
    assert world.session()["payment"] is None


def test_a_number_can_be_corrected_in_the_middle(world):
    page = world.open(payer=PAYER)
    page.click(".submit")
    number = page.locator("#number")
    number.press_sequentially("41107600000081")
    number.press("Home")
    for _ in range(8):
        number.press("ArrowRight")
    number.press_sequentially("00")
    expect(number).to_have_value("4110 7600 0000 0081")


def test_a_payer_of_the_merchant_cannot_be_changed(world):
    page = world.open(payer={"name": "Ana", "surname": "Gómez"})
    page.click(".submit")
    expect(page.locator("#name")).to_have_attribute("readonly", "")
    expect(page.locator("#name")).to_have_value("Ana")
    expect(page.locator("#email")).to_be_editable()


@pytest.mark.parametrize(("fill", "value"), [(False, "Ana"), (True, "")])
def test_a_buyer_is_a_suggestion(world, fill, value):
    page = world.open(buyer=PAYER, noBuyerFill=fill)
    page.click(".submit")
    expect(page.locator("#name")).to_have_value(value)
    expect(page.locator("#name")).to_be_editable()


# Ending -----------------------------------------------------------------------------------


def test_cancel(world):
    page = world.open()
    page.click("#cancel")
    expect(page.locator("#stay")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("dialog")).to_have_count(0)
    assert world.status() == "PENDING PC"
    page.click("#cancel")
    page.click("#give-up")
    page.wait_for_url(f"{world.shop.url}/**")
    assert world.shop.visits == ["/cancelled?order=7"]
    assert world.status() == "REJECTED ?C"


def test_expiry_while_the_page_is_open(world):
    page = world.open()
    expect(page.locator("#timer time")).to_have_text(re.compile(r"29:5\d|30:00"))
    world.advance(30 * 60 - 1)
    page.evaluate("document.dispatchEvent(new Event('visibilitychange', {bubbles: true}))")
    expect(stage(page, "expired").locator("h1")).to_have_text("Se acabó el tiempo")
    assert world.status() == "REJECTED EX"


def test_paying_too_late(world):
    page = world.open()
    to_card(page)
    world.advance(31 * 60)
    world.allowed_errors = ("400 (Bad Request)",)
    fill_card(page, APPROVED)
    stage(page, "expired")


def test_final_already(world):
    url = world.create()
    world.send(f"{url}/pay", {"outcome": "approve"})
    page = world.open(url)
    expect(stage(page, "approved")).to_contain_text("ya había terminado")
    expect(page.locator("#return")).to_be_visible()


def test_cancelled_by_the_merchant(world):
    url = world.create()
    world.send(f"{world.base}/api/session/{world.number}/cancel", {"auth": world.auth()})
    stage(world.open(url), "unavailable")


def test_no_attempts_left(world):
    url = world.create()
    for _ in range(9):
        world.send(f"{url}/pay", {"outcome": "decline"})
    page = world.open(url)
    page.click(".drawer summary")
    page.click("[data-outcome=decline]")
    stage(page, "exhausted")
    expect(page.locator("#again")).to_have_count(0)


def test_skip_result(world):
    page = world.open(skipResult=True, payer=PAYER)
    page.click(".submit")
    fill_card(page, DECLINED)
    stage(page, "declined")
    page.click("#again")
    page.click(".submit")
    fill_card(page, APPROVED)
    page.wait_for_url(f"{world.shop.url}/**")
    assert world.shop.visits == ["/return?order=7&x=%20y"]


@pytest.mark.parametrize(
    "url",
    ["redirection://receipt?return", "https://shop.test/a%20b?q=%C3%91&c=+#x", "HTTP://Shop.Test"],
)
def test_the_return_address_is_exactly_as_given(world, url):
    first = world.create(returnUrl=url)
    world.send(f"{first}/pay", {"outcome": "approve"})
    page = world.open(first)
    expect(page.locator("#return")).to_have_attribute("href", url)


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "data:text/html,x", "java\tscript:alert(1)"]
)
def test_a_return_address_that_would_run_is_not_offered(world, url):
    """Whatever session.create thinks of it: here such an address comes from elsewhere."""
    first = world.create()
    world.send(f"{first}/pay", {"outcome": "approve"})
    table = world.server.emulator.namespace(world.name).contexts["placetopay"].store
    record = table.table("sessions").get(str(world.number))
    record["request"]["returnUrl"] = url
    table.table("sessions").put(str(world.number), record)
    page = world.open(first)
    expect(stage(page, "approved")).to_contain_text("no se puede abrir")
    expect(page.locator("a#return")).to_have_count(0)


def test_the_server_is_away(world):
    page = world.open(payer=PAYER)
    page.click(".submit")
    page.route("**/pay", lambda route: route.abort())
    world.allowed_errors = ("ERR_FAILED",)
    fill_card(page, APPROVED)
    expect(page.locator("#trouble")).to_contain_text("No pudimos comunicarnos")
    page.unroute("**/pay")
    page.click(".submit")
    stage(page, "approved")


def test_a_scenario_refuses(world):
    """What a rule answers in place of the provider reaches the payer, and can be tried again."""
    rule = {
        "id": "away",
        "match": {"provider": "placetopay", "endpoint": "page.pay"},
        "when": {"times": 1},
        "do": {"respond": {"status": 503, "text": "away"}},
    }
    world.control("PUT", "/scenario", {"scenario": "away", "version": 1, "rules": [rule]})
    page = world.open(payer=PAYER)
    page.click(".submit")
    world.allowed_errors = ("503",)
    fill_card(page, APPROVED)
    expect(page.locator("#trouble")).to_be_visible()
    page.click(".submit")
    stage(page, "approved")


# Everybody --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("locale", "language", "words"),
    [
        ("es_CO", "es", "Pago aprobado"),
        ("en_US", "en", "Payment approved"),
        ("pt_BR", "pt", "Pagamento aprovado"),
    ],
)
def test_languages(world, locale, language, words):
    page = world.open(locale=locale)
    expect(page.locator("html")).to_have_attribute("lang", language)
    page.click(".drawer summary")
    page.click("[data-outcome=approve]")
    expect(stage(page, "approved").locator("h1")).to_have_text(words)
    assert fits(page)


def test_keyboard_only(world):
    page = world.open(size=PHONE)
    press, write = page.keyboard.press, page.keyboard.type

    def focused():
        return page.evaluate("document.activeElement.id || document.activeElement.className")

    press("Tab")
    assert focused() == "skip"
    press("Tab")
    assert focused() == "method-card"
    press("ArrowDown")
    assert focused() == "method-bank"
    press("ArrowUp")
    press("Tab")
    press("Enter")
    expect(page.locator("#heading")).to_be_focused()
    for text in ("Ana", "Gómez", None, "1040035000", "ana@example.com", None):
        press("Tab")
        if text:
            write(text)
    assert focused() == "mobile"
    press("Tab")
    press("Enter")
    expect(page.locator("#heading")).to_be_focused()
    press("Tab")  # past the way back to the payer
    press("Tab")
    assert focused() == "number"
    write(CHALLENGED)
    press("Tab")
    write("1240")
    press("Tab")
    write("123")
    press("Enter")
    stage(page, "challenge")
    expect(page.locator("#heading")).to_be_focused()
    press("Tab")
    write("12345")
    press("Enter")
    stage(page, "approved")
    press("Tab")
    assert focused() == "return"
    press("Enter")
    page.wait_for_url(f"{world.shop.url}/**")


def test_every_control_has_a_name_and_errors_are_announced(world):
    page = world.open()
    nameless = """() => [...document.querySelectorAll("input, select, button, a")]
      .filter((each) => each.checkVisibility() && !each.labels?.length && !each.textContent.trim()
        && !each.getAttribute("aria-label")).map((each) => each.outerHTML)"""
    for step in range(3):
        assert page.evaluate(nameless) == []
        if step == 1:
            page.click(".submit")
            expect(page.locator("#announcer")).to_have_text("Este dato es obligatorio.")
            fill_payer(page)
        elif step == 0:
            page.click(".submit")
    page.click(".drawer summary")
    assert page.evaluate(nameless) == []


CONTRAST = """() => {
  const parse = (text) => text.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b].map((v) => v / 255)
    .map((v) => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, at) => sum + v * [0.2126, 0.7152, 0.0722][at], 0);
  const ground = (element) => {
    for (let each = element; each; each = each.parentElement) {
      const color = parse(getComputedStyle(each).backgroundColor);
      if (color.length < 4 || color[3] === 1) return color;
    }
    return [255, 255, 255];
  };
  const poor = [];
  for (const element of document.querySelectorAll("body *")) {
    const own = [...element.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim());
    if (!own || !element.checkVisibility() || element.matches(":disabled, script, style")) continue;
    const [a, b] = [light(parse(getComputedStyle(element).color)), light(ground(element))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) poor.push(`${element.textContent.trim().slice(0, 40)}: ${ratio.toFixed(2)}`);
  }
  return poor;
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_contrast(world, scheme):
    """At least 4.5 to 1, WCAG 2.2 AA, for all text that is shown."""
    page = world.open()
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    page.click(".drawer summary")
    assert page.evaluate(CONTRAST) == []
    page.click(".submit")
    page.click(".submit")
    assert page.evaluate(CONTRAST) == []
    page.click(f"[data-card='{DECLINED}']")
    assert page.evaluate(CONTRAST) == []
    page.click("#stage .submit")
    stage(page, "declined")
    assert page.evaluate(CONTRAST) == []
    page.click("[data-outcome=pending]")
    stage(page, "pending")
    assert page.evaluate(CONTRAST) == []
    page.click("[data-outcome=approve]")
    stage(page, "approved")
    assert page.evaluate(CONTRAST) == []


@pytest.mark.parametrize("size", [DESKTOP, PHONE, NARROW], ids=["desktop", "phone", "narrow"])
def test_nothing_sticks_out(world, size):
    page = world.open(
        size=size,
        payment={
            "reference": "R" * 32,
            "description": "W" * 200,
            "amount": {"currency": "COP", "total": 999999999999},
            "allowPartial": True,
        },
        locale="pt_BR",
    )
    assert fits(page)
    page.click("#order summary") if size != DESKTOP else None
    assert fits(page)
    page.click(".submit")
    page.click(".submit")
    assert fits(page)
    fill_payer(page)
    page.check("input[name=part][value=true]")
    page.click(".submit")
    assert fits(page)
    page.click(".drawer summary")
    assert fits(page)
    page.click("[data-outcome=decline]")
    stage(page, "declined")
    assert fits(page)
    page.locator(".drawer").evaluate("(drawer) => { drawer.open = true; }")
    page.click("[data-outcome=approve]")
    stage(page, "approved")
    assert fits(page)


def test_without_script(world, browser):
    page = browser.new_page(java_script_enabled=False)
    page.goto(world.create())
    expect(page.get_by_role("heading", name="Activa JavaScript para continuar")).to_be_visible()
    page.close()


# The drawer -------------------------------------------------------------------------------


def test_drawer_fills_in_a_card(world):
    page = world.open()
    page.focus(".drawer summary")
    page.keyboard.press("Enter")
    expect(page.locator("#otp-hint")).to_have_text("12345")
    page.fill("#card-search", "no such card")
    expect(page.locator("[data-card]")).to_have_count(0)
    page.fill("#card-search", "visa 3ds aprueba")
    assert page.locator(f"[data-card='{CHALLENGED}']").is_visible()
    assert page.locator(f"[data-card='{AMEX}']").count() == 0
    page.click(f"[data-card='{CHALLENGED}']")
    expect(page.locator("#number")).to_have_value("4110 7600 0000 0008")
    page.click("#stage .submit")
    stage(page, "challenge")
    page.click("#otp-fill")
    page.click("#stage .submit")
    stage(page, "approved")


def test_a_card_that_wants_its_own_expiry_brings_it(world):
    page = world.open(payer=PAYER)
    page.click(".drawer summary")
    page.click("[data-card='4012888888881881']")
    expect(page.locator("#expiration")).to_have_value("11/28")
    expect(page.locator("#cvv")).to_have_value("917")


@pytest.mark.parametrize(
    ("outcome", "screen"),
    [
        ("approve", "approved"),
        ("decline", "declined"),
        ("pending-approve", "pending"),
        ("pending-decline", "pending"),
        ("pending", "pending"),
        ("challenge", "challenge"),
        ("exception", "failed"),
    ],
)
def test_drawer_outcomes(world, outcome, screen):
    page = world.open(size=PHONE)
    page.click(".drawer summary")
    page.click(f"[data-outcome={outcome}]")
    stage(page, screen)
    if screen == "pending":
        expect(page.locator("[data-outcome=challenge]")).to_be_disabled()
        page.click(".drawer summary")
        page.click("[data-outcome=decline]")
        stage(page, "declined")
    if screen == "approved":
        expect(page.locator("[data-outcome=approve]")).to_be_disabled()


# Where it stands ---------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["127.0.0.1", "placetopay.localhost"])
def test_other_addresses(world, name):
    """Below the prefix alone, and at the root of a host name of its own."""
    world.base = f"{world.server.url}/placetopay" if name[0] == "1" else world.server.url
    port = world.server.url.rpartition(":")[2]
    world.headers = {"host": f"{name}:{port}"}
    world.name = "default"
    url = world.create()
    assert url.startswith(f"http://{name}:{port}")
    page = world.open(url)
    page.click(".drawer summary")
    page.click("[data-outcome=approve]")
    stage(page, "approved")


# The lightbox ------------------------------------------------------------------------------


def host(world, listens=True, size=DESKTOP, **change):
    process = world.create(**change)
    world.shop.pages["/host"] = HOST_PAGE.format(
        script=f"{world.base}/lightbox.min.js", process=process, listens=json.dumps(listens)
    )
    page = world.open(f"{world.shop.url}/host", size)
    page.click("#buy")
    return page, page.frame_locator("iframe")


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_lightbox_tells_the_shop(world, size):
    page, frame = host(world, size=size)
    frame.locator(".drawer summary").click()
    frame.locator("[data-outcome=approve]").click()
    expect(frame.locator("#stage[data-screen=approved]")).to_be_visible()
    page.wait_for_function("heard.length === 1")
    webhook = page.evaluate("heard[0]")
    assert list(webhook) == ["status", "requestId", "reference", "signature"]
    base = f"{webhook['requestId']}{webhook['status']['status']}{webhook['status']['date']}"
    digest = hashlib.sha1((base + world.site["secretKey"]).encode()).hexdigest()
    assert webhook["signature"] == digest
    frame.locator("#return").click()
    expect(page.locator("iframe")).to_have_count(0)
    assert page.evaluate("[closed_, heard.length]") == [1, 1]
    assert page.url == f"{world.shop.url}/host"
    assert world.shop.visits == ["/host"]


def test_lightbox_takes_a_shop_that_does_not_listen_to_the_return_address(world):
    page, frame = host(world, listens=False, skipResult=True)
    frame.locator(".drawer summary").click()
    frame.locator("[data-outcome=approve]").click()
    page.wait_for_url("**/return?order=7&x=%20y")
    assert world.shop.visits == ["/host", "/return?order=7&x=%20y"]


@pytest.mark.parametrize("inside", [True, False], ids=["inside", "outside"])
def test_lightbox_closes_with_escape(world, inside):
    page, frame = host(world)
    expect(frame.locator("h1")).to_be_visible()
    if inside:
        frame.locator("#method-card").focus()
    else:
        page.locator("dialog > button").focus()
    page.keyboard.press("Escape")
    expect(page.locator("iframe")).to_have_count(0)
    assert page.evaluate("[closed_, heard.length]") == [1, 0]
    expect(page.locator("#buy")).to_be_focused()
    assert world.status() == "PENDING PC"


def test_lightbox_believes_its_page_only(world):
    page, frame = host(world)
    expect(frame.locator("h1")).to_be_visible()
    page.evaluate(
        """() => {
          for (const type of ["response", "redirect", "close"]) {
            postMessage({type: `placetopay-lightbox:${type}`, url: "/evil", response: {}}, "*");
          }
        }"""
    )
    page.evaluate("new Promise((done) => requestAnimationFrame(() => setTimeout(done)))")
    expect(page.locator("iframe")).to_have_count(1)
    assert page.evaluate("[closed_, heard.length]") == [0, 0]


def test_lightbox_cancelled(world):
    page, frame = host(world)
    frame.locator("#cancel").click()
    frame.locator("#give-up").click()
    expect(page.locator("iframe")).to_have_count(0)
    assert page.evaluate("heard.map((each) => each.status.reason)") == ["?C"]
    assert world.status() == "REJECTED ?C"


def test_no_text_of_a_merchant_turns_what_stands_beside_it(world):
    """Marks of direction are not shown; every text is isolated from its surroundings."""
    marks = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068"
    description = f"Dos {marks}cafés 00.5$ \u05d0"
    page = world.open(payment={"description": description})
    shown = page.get_by_text("cafés").first
    expect(shown).to_be_visible()
    text = page.locator("body").inner_text()
    assert not set(text) & set(marks) - {"\u2068"}
    assert not set(page.title()) & set(marks)
    assert shown.evaluate("element => getComputedStyle(element).unicodeBidi") == "isolate"
