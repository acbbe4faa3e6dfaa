"""The hosted page without a browser: who gets it, what its headers allow, what is never shown."""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
from base64 import b64encode
from pathlib import Path

import httpx2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from placetopay_shop import APPROVED, CHALLENGED, DECLINED, PAYER, Shop

from emulator.client import AsyncPlacetopay
from emulator.core.exchange import Request
from emulator.journal.showing import full
from emulator.providers import placetopay
from emulator.providers.placetopay import PROVIDER

PAGE = Path(placetopay.__file__).with_name("page")
LANGUAGES = ("es", "en", "pt")
DEEDS = ("pay", "challenge", "cancel")
CARD = {"number": APPROVED, "expiration": "12/29", "cvv": "987"}


def path_of(shop, request_id, deed=""):
    url = shop.context.store.table("sessions").get(str(request_id))["process_url"]
    return f"/spa/session/{url.partition('/spa/session/')[2]}{deed and f'/{deed}'}"


def ask(shop, path, method="GET", body=None, headers=None):
    headers = headers if headers is not None else [("content-type", "application/json")]
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    exchange = asyncio.run(
        shop.emulator.serve(
            shop.namespace,
            PROVIDER,
            Request(
                method=method,
                path=path,
                headers=headers if method == "POST" else [],
                body=content if method == "POST" else b"",
                base_url="https://pay.test/placetopay",
                client="198.51.100.7",
            ),
        )
    )
    assert exchange.bug == ""
    return exchange


def do(shop, request_id, deed, body, **more):
    return ask(shop, path_of(shop, request_id, deed), "POST", body, **more)


def content(exchange, status=200):
    assert exchange.reply.status == status, exchange.reply.body[:400]
    assert exchange.reply.media_type == "application/json"
    assert exchange.reply.header("cache-control") == "no-store"
    return json.loads(exchange.reply.body)


def html(exchange, status=200):
    assert exchange.reply.status == status
    assert exchange.reply.media_type == "text/html; charset=utf-8"
    return exchange.reply.body.decode()


def boot(text):
    found = re.search(r'<script id="boot" type="application/json">(.*?)</script>', text, re.DOTALL)
    return json.loads(found[1])


def policy(exchange):
    parts = exchange.reply.header("content-security-policy").split("; ")
    return {name: values for name, _, values in (part.partition(" ") for part in parts)}


def expression(text):
    return f"'sha256-{b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


# The document -----------------------------------------------------------------------------


def test_the_page_allows_its_own_style_and_script_and_nothing_else(shop):
    """Whatever got into the page as text, it could neither run nor send anything anywhere."""
    exchange = ask(shop, path_of(shop, shop.create()))
    text = html(exchange)
    style = re.search(r"<style>(.*?)</style>", text, re.DOTALL)[1]
    script = re.search(r"<script>(.*?)</script>", text, re.DOTALL)[1]
    assert policy(exchange) == {
        "default-src": "'none'",
        "style-src": expression(style),
        "script-src": expression(script),
        "connect-src": "'self'",
        "img-src": "data:",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "*",
    }
    assert exchange.reply.header("x-content-type-options") == "nosniff"
    assert exchange.reply.header("cache-control") == "no-store"
    assert exchange.reply.header("referrer-policy") == "strict-origin"
    assert exchange.reply.header("x-frame-options") is None  # the lightbox is an iframe


def test_nothing_comes_from_elsewhere_and_no_handler_is_inline(shop):
    text = html(ask(shop, path_of(shop, shop.create())))
    bare = re.sub(r'<script id="boot".*?</script>', "", text, flags=re.DOTALL)
    assert set(re.findall(r"https?://[^'\"\s)]+", bare)) == {"http://www.w3.org/2000/svg"}
    markup = re.sub(r"<(script|style)\b.*?</\1>", "", bare, flags=re.DOTALL)
    assert not re.search(r"\son\w+\s*=", markup)
    assert not re.search(r"\sstyle\s*=", markup)
    assert "innerHTML" not in text
    assert "insertAdjacentHTML" not in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_language_follows_the_locale(shop, language):
    text = html(ask(shop, path_of(shop, shop.create(locale=f"{language}_CO"))))
    texts = json.loads((PAGE / f"{language}.json").read_text("utf-8"))
    assert f'<html lang="{language}"' in text
    assert f"<h1>{texts['noscript_title']}</h1>" in text
    assert boot(text)["texts"] == texts


def test_a_merchants_text_stays_text(shop):
    evil = "</script><!--<script>alert(1)</script>&\u2028<img src=x>"
    text = html(ask(shop, path_of(shop, shop.create(payment={"description": evil}))))
    assert boot(text)["state"]["description"] == evil
    assert "<img" not in text
    assert text.count("</script>") == 2


def test_a_login_stays_text(shop):
    login = "<b>&\"'x"
    shop.site(login, locale="es_CO")
    text = html(ask(shop, path_of(shop, shop.create(login))))
    assert "<title>Pago a &lt;b&gt;&amp;&quot;&#x27;x</title>" in text


def test_the_state_is_the_payers_view_and_the_time(shop):
    request_id = shop.create()
    state = content(ask(shop, path_of(shop, request_id, "state")))
    assert state["now"] == "2026-01-31T09:56:06-05:00"
    for card in state["cards"]:
        card.pop("only", None)
    state.pop("now")
    assert state == shop.view(request_id)


def test_a_card_with_one_expiry_says_which(shop):
    state = content(ask(shop, path_of(shop, shop.create(), "state")))
    card = next(each for each in state["cards"] if each["number"] == "4012888888881881")
    assert card["only"] == {"expiration": "11/28", "cvv": "917"}


def test_the_visit_is_noted_in_the_session(shop):
    """Only the page is a visit; who merely polls the state was there before."""
    request_id = shop.create()
    ask(shop, path_of(shop, request_id, "state"))
    assert "fields" not in shop.query(request_id)["request"]
    ask(shop, path_of(shop, request_id))
    keywords = [each["keyword"] for each in shop.query(request_id)["request"]["fields"]]
    assert keywords == ["_processUrl_", "_session_"]


@pytest.mark.parametrize("deed", ["", "state"])
def test_head(shop, deed):
    assert ask(shop, path_of(shop, shop.create(), deed), "HEAD").reply.status == 200


# Who gets it ------------------------------------------------------------------------------


def spoiled(path):
    yield path[:-1] + ("0" if path[-1] != "0" else "1")
    yield path[:-1]
    yield f"{path}0"
    yield path.upper().replace("/SPA/SESSION", "/spa/session")
    yield re.sub(r"session/\d+", "session/999999", path)
    yield re.sub(r"session/\d+", r"session/0\g<0>", path).replace("session/0session/", "session/0")
    yield re.sub(r"/[0-9a-f]{32}", "/ñ", path)
    yield re.sub(r"/[0-9a-f]{32}", "/\ud800", path)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_wrong_address_is_a_page_that_says_so(shop, language):
    wanted = json.loads((PAGE / f"{language}.json").read_text("utf-8"))["lost"]
    for path in spoiled(path_of(shop, shop.create())):
        request = Request(method="GET", path=path, headers=[("accept-language", f"{language}-XX")])
        exchange = asyncio.run(shop.emulator.serve(shop.namespace, PROVIDER, request))
        text = html(exchange, 404)
        assert exchange.diagnosis.code == "placetopay.page-unknown"
        assert wanted.replace("'", "&#x27;") in text
        assert f'lang="{language}"' in text
        assert policy(exchange)["default-src"] == "'none'"
        assert "script-src" not in policy(exchange)


@pytest.mark.parametrize("deed", ["state", *DEEDS])
def test_a_wrong_address_does_nothing(shop, deed):
    request_id = shop.create()
    for path in spoiled(path_of(shop, request_id)):
        method = "GET" if deed == "state" else "POST"
        exchange = ask(shop, f"{path}/{deed}", method, {"outcome": "approve", "otp": "12345"})
        answer = content(exchange, 404)
        assert answer["code"] == "placetopay.page-unknown"
        assert answer["status"]["reason"] == "NA"
    assert shop.status(request_id) == "PENDING PC"


def test_the_address_of_another_namespace_is_unknown(shop):
    other = Shop()
    path = path_of(other, other.create())
    shop.create()
    assert html(ask(shop, path), 404)


@pytest.mark.parametrize("deed", DEEDS)
def test_a_form_cannot_post(shop, deed):
    """So no page of another site can make a payer's browser do it."""
    request_id = shop.create()
    for media_type in (
        "application/x-www-form-urlencoded",
        "text/plain",
        "multipart/form-data; boundary=b",
    ):
        exchange = do(
            shop, request_id, deed, {"outcome": "approve"}, headers=[("content-type", media_type)]
        )
        assert exchange.diagnosis.code == "placetopay.content-type"
        assert exchange.reply.status == 400
    assert do(shop, request_id, deed, {}, headers=[]).verdict == "refused"
    assert shop.status(request_id) == "PENDING PC"


@pytest.mark.parametrize("deed", DEEDS)
@pytest.mark.parametrize("body", [b"", b"[]", b'"x"', b"{", b'{"otp":1,"otp":2}', b"\xff"])
def test_what_is_no_object_is_refused(shop, deed, body):
    request_id = shop.create()
    exchange = do(shop, request_id, deed, body)
    assert exchange.diagnosis.code in ("placetopay.body-not-json", "placetopay.repeated-member")
    content(exchange, 400)
    assert shop.status(request_id) == "PENDING PC"


@pytest.mark.parametrize(("deed", "method"), [("", "POST"), ("state", "POST"), ("pay", "GET")])
def test_other_methods_are_refused(shop, deed, method):
    exchange = ask(shop, path_of(shop, shop.create(), deed), method, {})
    assert exchange.diagnosis.code == "request.method"
    assert exchange.reply.status == 405


# Doing ------------------------------------------------------------------------------------


def test_paying_answers_with_the_state(shop):
    request_id = shop.create()
    answer = content(do(shop, request_id, "pay", {"method": "card", "card": CARD, "payer": PAYER}))
    assert (answer["status"], answer["final"]) == ("APPROVED", True)
    assert answer["attempts"][0]["lastDigits"] == "0081"
    assert shop.status(request_id) == "APPROVED 00"
    assert [webhook.content["requestId"] for webhook in shop.webhooks] == [request_id]


@pytest.mark.parametrize(("otp", "status"), [("12345", "APPROVED"), ("54321", "PENDING")])
def test_challenge(shop, otp, status):
    request_id = shop.create()
    card = {**CARD, "number": CHALLENGED}
    first = content(do(shop, request_id, "pay", {"method": "card", "card": card, "payer": PAYER}))
    assert first["challenge"]["kind"] == "otp"
    answer = content(do(shop, request_id, "challenge", {"otp": otp}))
    assert answer["status"] == status
    assert answer["challenge"] is None


def test_cancel(shop):
    request_id = shop.create(cancelUrl="https://shop.test/c?x=1")
    answer = content(do(shop, request_id, "cancel", {}))
    assert (answer["status"], answer["reason"]) == ("REJECTED", "?C")
    assert answer["cancelUrl"] == "https://shop.test/c?x=1"


@pytest.mark.parametrize(
    ("deed", "body", "code", "field"),
    [
        ("pay", {}, "placetopay.field-required", "method"),
        ("pay", {"method": "card", "card": {**CARD, "cvv": "1"}}, "placetopay.field-value",
         "card.cvv"),
        ("pay", {"method": "card", "card": {**CARD, "number": "4111111111111112"}},
         "placetopay.field-value", "card.number"),
        ("pay", {"method": "card", "card": CARD, "payer": {**PAYER, "email": "x"}},
         "placetopay.field-value", "payer.email"),
        ("challenge", {}, "placetopay.field-required", "otp"),
        ("challenge", {"otp": 12345}, "placetopay.field-type", "otp"),
        ("challenge", {"otp": "12345"}, "placetopay.no-challenge", ""),
    ],
)  # fmt: skip
def test_a_refusal_says_which_field(shop, deed, body, code, field):
    exchange = do(shop, shop.create(locale="en_US"), deed, body)
    answer = content(exchange, 400)
    assert (answer["code"], answer["field"]) == (code, field)
    assert answer["status"]["status"] == "FAILED"
    assert not re.search("[áéíóú]", answer["status"]["message"])
    assert exchange.diagnosis.code == code


def test_too_late_is_refused(shop):
    request_id = shop.create()
    shop.advance(31 * 60)
    answer = content(do(shop, request_id, "pay", {"outcome": "approve"}), 400)
    assert answer["code"] == "placetopay.session-not-payable"
    assert content(ask(shop, path_of(shop, request_id, "state")))["reason"] == "EX"


# What is never shown ----------------------------------------------------------------------


@pytest.mark.parametrize("number", [APPROVED, DECLINED, "4111111111111112", 4110760000000081])
def test_the_journal_knows_no_card(shop, number):
    request_id = shop.create()
    card = {**CARD, "number": number, "cvv": "987"}
    exchange = do(shop, request_id, "pay", {"method": "card", "card": card, "payer": PAYER})
    shown = json.dumps(full(exchange, shop.namespace.mask()))
    assert str(number) not in shown
    assert '987\\"' not in shown
    assert exchange.payload["card"]["number"] == exchange.payload["card"]["cvv"] == "***"
    assert '\\"cvv\\": \\"***\\"' in shown


# The lightbox -----------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/lightbox.min.js", "/redirection/lightbox.min.js"])
def test_the_lightbox_is_a_script_for_any_shop(shop, path):
    reply = ask(shop, path).reply
    assert reply.media_type == "text/javascript; charset=utf-8"
    assert reply.header("x-content-type-options") == "nosniff"
    assert reply.header("cross-origin-resource-policy") == "cross-origin"
    assert b"window.P = " in reply.body
    assert b"http" not in reply.body.replace(b"https?:", b"").replace(b"http or https", b"")


# The words --------------------------------------------------------------------------------


def texts_of(language):
    return json.loads((PAGE / f"{language}.json").read_text("utf-8"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_says_everything(language):
    spanish, texts = texts_of("es"), texts_of(language)
    assert list(texts) == list(spanish)
    for key, text in texts.items():
        assert text.strip() == text != ""
        assert sorted(re.findall(r"\{\w+\}", text)) == sorted(re.findall(r"\{\w+\}", spanish[key]))


def test_every_word_that_the_script_wants_is_there():
    script = (PAGE / "page.js").read_text("utf-8")
    wanted = set(re.findall(r'\bt\("([\w.-]+)"', script))
    assert wanted - set(texts_of("es")) == set()


# Anything ---------------------------------------------------------------------------------

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8)
    | st.sampled_from(["card", "bank", "token", "approve", "challenge", APPROVED, "12/29", "1022"]),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(
            ["method", "card", "number", "expiration", "cvv", "installments", "holder", "payer",
             "name", "email", "document", "documentType", "mobile", "address", "amount", "bank",
             "subtoken", "outcome", "otp"]
        ),
        inner,
        max_size=6,
    ),
    max_leaves=14,
)  # fmt: skip
objects = st.dictionaries(
    st.sampled_from(["method", "card", "payer", "amount", "bank", "subtoken", "cvv", "outcome",
                     "otp"]),
    json_values,
    max_size=6,
)  # fmt: skip


@pytest.mark.slow
@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(deed=st.sampled_from(DEEDS), body=objects)
def test_any_choice_is_answered(deed, body):
    """The state, or a refusal that names its reason; never a bug, and never two payments."""
    shop = Shop()
    request_id = shop.create()
    exchange = do(shop, request_id, deed, body)
    if exchange.verdict == "refused":
        answer = json.loads(exchange.reply.body)
        assert exchange.reply.status == 400
        assert answer["code"] == exchange.diagnosis.code
        assert shop.status(request_id) == "PENDING PC"
    else:
        assert content(exchange)["id"] == request_id
        assert len(shop.view(request_id)["attempts"]) == (deed == "pay")


def test_a_session_made_by_header_has_a_page_a_browser_finds(emulator):
    """A browser sends no `emulator-namespace`, so the address must name the namespace."""

    async def opened() -> tuple[str, int]:
        transport = httpx2.ASGITransport(emulator.app)
        site = emulator.namespace("t1").credentials("placetopay")[0]
        async with AsyncPlacetopay(
            "http://localhost/placetopay",
            login=site["login"],
            secret_key=site["secretKey"],
            transport=Named(transport),
        ) as client:
            session = await client.create_session("A-1", 100, return_url="https://shop.example/")
        async with httpx2.AsyncClient(transport=transport) as browser:
            shown = await browser.get(session["processUrl"])
        return session["processUrl"], shown.status_code

    url, status = asyncio.run(opened())
    assert (url.startswith("http://localhost/_ns/t1/placetopay/spa/"), status) == (True, 200)


class Named(httpx2.AsyncBaseTransport):
    def __init__(self, inner):
        self.inner = inner

    async def handle_async_request(self, request):
        request.headers["emulator-namespace"] = "t1"
        return await self.inner.handle_async_request(request)
