"""No secret can be read in anything that is shown, wherever and however it was written."""

from __future__ import annotations

import asyncio
import json
import random
import re
import threading
from base64 import b64encode
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import quote

import pytest
from secret_spellings import SPELLINGS, is_readable, readings
from starlette.testclient import TestClient

from emulator.cli._console import Console
from emulator.cli._output import line
from emulator.core.exchange import Request
from emulator.emulator import Emulator
from emulator.journal.showing import full, masked, summary
from emulator.masking import luhn
from emulator.masking.mask import Mask
from emulator.provider import Webhook
from emulator.providers import discover

SECRETS = (
    "aB3$xY9!",
    "s3cr3t+key/==x",
    "clavé con espacios ñandú",
    "p4ss&w\"ord<>'\\end",
    "0f3a9c77b2e14d58a6c1e0f29b7d8e34",
    "🔑-llave-de-prueba",
)
REGISTERED = [secret for secret in SECRETS if secret.isascii()]
MASK = Mask(("password", "cvv"), SECRETS)


@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize("secret", SECRETS)
def test_no_spelling_can_be_read(secret, spelling):
    """Alone, in a sentence, in a form, and stuck to other signs."""
    spelled = SPELLINGS[spelling](secret)
    for text in (spelled, f"See {spelled} there", f"a=1&b={spelled}&c=2", f"/x/{spelled}/y"):
        shown = MASK.text(text)
        assert "***" in shown
        assert not is_readable(secret, shown), (text, shown)


@pytest.mark.parametrize("seed", range(40))
def test_no_spelling_of_spellings_can_be_read(seed):
    """Two encodings, one in the other, as a gateway or a test of a test makes them."""
    chance = random.Random(seed)
    for _ in range(10):
        secret = chance.choice(SECRETS)
        first, second = chance.choices(list(SPELLINGS), k=2)
        if second == "with blanks":  # an escape with a blank in it is none
            continue
        before, after = ("".join(chance.choices("abc :/=", k=chance.randrange(6))) for _ in "12")
        spelled = SPELLINGS[second](f"{before}{SPELLINGS[first](secret)}{after}")
        shown = MASK.text(spelled)
        assert not is_readable(secret, shown), (first, second, spelled, shown)


@pytest.mark.parametrize("secret", [each for each in SECRETS if len(each) >= 14])
def test_a_part_that_a_cut_leaves_is_masked(secret):
    """The beginning or the end: three quarters of a short secret, sixteen signs of a long one."""
    length = max(16, -(-len(secret) * 3 // 4)) if len(secret) > 20 else -(-len(secret) * 3 // 4)
    for part in (secret[:length], secret[-length:]):
        assert part not in MASK.text(f"received {part} … (100 characters left out)")


def test_what_is_no_secret_stays():
    """A digest, a date, a path, a certificate, words that a secret is made of."""
    for text in (
        "expected 5200fec9e55a2b6d7570c778c3fe39185b44d7c876c9fd10e4bd17ec87894e36",
        "2026-01-31T09:56:06.123456-05:00",
        "/api/session/12?x=%2Fnothing&y=QUJDREVGR0hJSktMTU5PUA==",
        "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAu1SU1LfVLPHCozMxH2Mo4lgOEePzNm0tRgeLezV6",
        "the password: 8 signs or more; cvv: 3 or 4 digits",
        '{"espacios":"llave","prueba":"con"}',
    ):
        assert MASK.text(text) == text


def test_the_work_is_that_of_one_pass():
    """A thousand times the secrets: the index is asked as often."""
    text = "The signature does not match the body, expected one of another key. " * 20
    many = Mask((), (f"{number:08x}-secret-{number * 7919:012x}" for number in range(5000)))
    few = Mask((), ("00000001-secret-000000001eef",))
    assert _calls(lambda: many.text(text)) == _calls(lambda: few.text(text))


def test_thousands_of_secrets_that_begin_alike_are_found():
    """The whole one, not what it has in common with the others."""
    secrets = [f"secret-of-merchant-{number:04}" for number in range(5000)]
    mask = Mask((), secrets)
    for secret in (secrets[0], secrets[4999], secrets[1234]):
        assert mask.text(f"<{secret}>") == "<***>"


def _calls(work):
    import sys

    count = 0

    def trace(frame, event, argument):
        nonlocal count
        count += event == "call"

    sys.setprofile(trace)
    try:
        work()
    finally:
        sys.setprofile(None)
    return count


# --- where it may stand in a request --------------------------------------------------------


def _bodies(spelled: str) -> dict[str, tuple[str, bytes]]:
    raw = spelled.encode("utf-8", "surrogatepass")
    quoted = json.dumps(spelled)
    return {
        "json value": ("application/json", b'{"a": {"b": [' + quoted.encode() + b"]}}"),
        "json member": ("application/json", b'{"a": {' + quoted.encode() + b": 1}}"),
        "json in json": ("application/json", json.dumps({"x": f'{{"y": {quoted}}}'}).encode()),
        "form value": ("application/x-www-form-urlencoded", b"a=" + raw + b"&c=1"),
        "form name": ("application/x-www-form-urlencoded", raw + b"=1"),
        "multipart": (
            "multipart/form-data; boundary=b",
            b'--b\r\nContent-Disposition: form-data; name="x"\r\n\r\n' + raw + b"\r\n--b--",
        ),
        "xml": ("application/xml", b"<a><b>" + raw + b"</b></a>"),
        "plain": ("text/plain", raw),
    }


def _requests(spelled: str) -> dict[str, dict[str, object]]:
    visible = re.sub(r"[\r\n]", "", spelled)
    latin = visible.encode("utf-8", "surrogatepass").decode("latin-1")
    places: dict[str, dict[str, object]] = {
        "path": {"path": f"/api/session/{visible}"},
        "unknown path": {"path": f"/{visible}"},
        "query value": {"query": f"a={latin}"},
        "query name": {"query": latin},
        "header value": {"headers": [("x-what", latin)]},
        "header name": {"headers": [(latin, "1")]},
        "authorization": {"headers": [("authorization", latin)]},
        "bearer": {"headers": [("authorization", f"Bearer {latin}")]},
        "method": {"method": visible},
        "host": {"base_url": f"http://{visible}/x"},
    }
    for name, (media_type, body) in _bodies(spelled).items():
        places[name] = {"headers": [("content-type", media_type)], "body": body}
    return places


PLACES = tuple(_requests("x"))
PATHS = {
    name: next(each.paths[0] for each in provider.endpoints if "POST" in each.methods)
    for name, provider in discover().items()
}


@pytest.fixture(scope="module")
def emulator():
    made = Emulator()
    namespace = made.namespace("default")
    for number, secret in enumerate(REGISTERED):
        namespace.register("placetopay", {"login": f"site-{number}", "secretKey": secret})
    return made


@pytest.mark.slow
@pytest.mark.parametrize("provider", PATHS)
@pytest.mark.parametrize("place", PLACES)
def test_nothing_shown_of_a_request_tells_a_secret(emulator, provider, place):
    """Journal, console of both formats, in every place of a request, for each provider."""
    chance = random.Random(f"{provider} {place}")
    namespace = emulator.namespace("default")
    for secret in REGISTERED:
        spelling = chance.choice(list(SPELLINGS))
        given = _requests(SPELLINGS[spelling](secret))[place]
        request = Request(**{"method": "POST", "path": PATHS[provider], **given})
        exchange = asyncio.run(emulator.serve(namespace, emulator.providers[provider], request))
        assert not exchange.bug
        for shown in _shown(emulator, exchange):
            assert not is_readable(secret, shown), (secret, spelling, shown)


def _shown(emulator, exchange):
    namespace = emulator.namespace(exchange.namespace)
    mask = namespace.mask()
    told = summary(exchange, mask)
    yield line(told)
    yield from _texts(full(exchange, mask))
    for log_format in ("text", "json"):
        console = Console(log_format)
        console.emulator = emulator
        lines: list[str] = []
        console._print = lines.append
        console.exchange(exchange)
        yield from lines


def _texts(value):
    if isinstance(value, dict):
        for name, member in value.items():
            yield name
            yield from _texts(member)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)
    elif value is not None:
        yield str(value)


# --- by place and by looks ------------------------------------------------------------------

CARD = "4110760000000081"
PLACED = {
    "json": '{"cvv": "987"}',
    "json number": '{"cvv": 987}',
    "json list": '{"cvv": ["987"]}',
    "json, other case": '{"CVV": "987"}',
    "json in json": json.dumps({"x": '{"cvv": "987"}'}),
    "json in base64": b64encode(b'{"cvv": "987"}').decode(),
    "a claim of a token": "a." + b64encode(b'{"sub":"1","cvv":"987"}').decode() + ".c",
    "python": "{'cvv': '987'}",
    "form": "a=1&cvv=987&b=2",
    "form of php": "card[cvv]=987",
    "form of php, encoded": "card%5Bcvv%5D=987",
    "multipart": '--b\r\nContent-Disposition: form-data; name="cvv"\r\n\r\n987\r\n--b--',
    "xml": "<card><cvv>987</cvv></card>",
    "xml with a prefix": '<c:cvv type="x"><![CDATA[987]]></c:cvv>',
    "xml attribute": '<card cvv="987"/>',
    "cut": '{"cvv": "987',
}


@pytest.mark.parametrize("place", PLACED)
def test_a_member_that_holds_a_secret_is_masked(place):
    """Its value is not registered; its name tells."""
    shown = MASK.text(PLACED[place])
    assert not is_readable("987", shown)
    assert "***" in shown


@pytest.mark.parametrize("value", ["987", 987, 987.0, ["987"], [987]])
def test_a_member_of_a_message_is_masked(value):
    """Of the verified message, in its structure."""
    message = {"a": [{"cvv": value, "Password": value, "other": 1}]}
    assert "987" not in json.dumps(masked(message, MASK, theirs=True))


CARDS = {
    "alone": CARD,
    "with blanks": "4110 7600 0000 0081",
    "with other blanks": "4110\u00a07600\u2009‑0000–0081",
    "full width": CARD.translate(str.maketrans("0123456789", "０１２３４５６７８９")),
    "devanagari": CARD.translate(str.maketrans("0123456789", "०१२३४५६७८९")),
    "percent": "".join(f"%{ord(digit):02X}" for digit in CARD),
    "percent, full width": quote(
        CARD.translate(str.maketrans("0123456789", "０１２３４５６７８９"))
    ),
    "escaped, full width": json.dumps(
        CARD.translate(str.maketrans("0123456789", "０１２３４５６７８９"))
    ),
    "base64": b64encode(CARD.encode()).decode(),
    "base64 of a sentence": b64encode(f"card {CARD}!".encode()).decode(),
    "hex": CARD.encode().hex(),
    "xml entities": "".join(f"&#{ord(digit)};" for digit in CARD),
    "json in json": json.dumps(json.dumps({"x": int(CARD)})),
    "another brand": "378282246310005",
    "nineteen digits": "6304000000000000000"[:18] + "0",
}


@pytest.mark.slow
@pytest.mark.parametrize("spelling", [name for name in CARDS if name != "nineteen digits"])
@pytest.mark.parametrize("place", PLACES)
def test_no_card_number_is_shown(emulator, spelling, place):
    """In any place of a request of any provider."""
    namespace = emulator.namespace("default")
    for provider in ("goat", "pagsmile"):
        given = _requests(CARDS[spelling])[place]
        request = Request(**{"method": "POST", "path": PATHS[provider], **given})
        exchange = asyncio.run(emulator.serve(namespace, emulator.providers[provider], request))
        for shown in _shown(emulator, exchange):
            for reading in readings(shown, 2):
                digits = "".join(str(int(sign)) for sign in reading if sign.isdecimal())
                assert CARD not in digits
                assert "378282246310005" not in digits


def test_account_numbers_and_ids_stay():
    """A CLABE, a CUIT, a phone number, a time in microseconds, a UPC, two CNPJ."""
    for text in (
        "50434713000131",
        '{"document_id":"50.434.713/0001-31"}',
        "646180157000000004",
        "20-12345678-6",
        "5512345678",
        "1769871366000000",
        "7501031311309",
    ):
        assert MASK.text(text) == text


def test_a_card_of_fourteen_digits_is_hidden_whatever_its_last_digits():
    """Of a hundred Diners cards, one has the check digits of a company in Brazil, too."""
    chance = random.Random(14)
    for _ in range(3000):
        digits = f"36{chance.randrange(10**11):011}"
        card = next(digits + str(last) for last in range(10) if luhn.passes(f"{digits}{last}"))
        assert MASK.text(card) == f"…{card[-4:]}"


@pytest.mark.slow
@pytest.mark.parametrize("form", ["{}", '{{"due": ["{}", "x"]}}', "at {} and later"])
def test_no_time_of_any_day_is_a_card_number(form):
    """From 22 h on, one in ten has the digits of one: a client cannot read what is left."""
    chance = random.Random(9)
    for _ in range(2000):
        seconds = chance.randrange(2**31) + chance.choice((0, chance.random()))
        moment = datetime.fromtimestamp(seconds, UTC).isoformat(sep=chance.choice("T "))
        ruby = f"{moment[:19]}.{chance.randrange(10**6):06} -0500"
        local = datetime.fromtimestamp(seconds, UTC).strftime("30/11/%Y %H:%M:%S")
        for text in (moment, quote(moment), ruby, local):
            assert MASK.text(form.format(text)) == form.format(text)
    hour = datetime(2026, 11, 30, 22, tzinfo=UTC)
    times = [(hour + timedelta(microseconds=each * 997)).isoformat() for each in range(999)]
    assert MASK.text(",".join(times)) == ",".join(times)


def test_a_card_number_beside_a_time_is_hidden():
    moment = "2026-11-30T22:56:34.287089+00:00"
    for text in (
        f"{CARD} {moment}",
        f"{moment} {CARD}",
        f"{moment},{CARD},{moment}",
        f"{moment}+{CARD}",
    ):
        assert "76" not in MASK.text(text)
        assert MASK.text(text).count("…0081") == 1


def test_what_a_proxy_says_of_the_client_is_masked(emulator):
    """A server takes it from X-Forwarded-For, where a proxy on the same machine sends that."""
    namespace, provider = emulator.namespace("default"), emulator.providers["placetopay"]
    request = Request(method="POST", path="/api/session", client=f"10.0.0.7, {REGISTERED[0]}")
    exchange = asyncio.run(emulator.serve(namespace, provider, request))
    assert not any(REGISTERED[0] in shown for shown in _shown(emulator, exchange))
    assert full(exchange, namespace.mask())["request"]["client"].startswith("10.0.0.7")


# --- webhooks and verification --------------------------------------------------------------


class Echo(BaseHTTPRequestHandler):
    """A merchant that answers a webhook with a secret."""

    said = b""

    def do_POST(self):
        self.rfile.read(int(self.headers.get("content-length", 0)))
        self.send_response(500)
        self.send_header("content-length", str(len(self.said)))
        self.end_headers()
        self.wfile.write(self.said)

    def log_message(self, *arguments):
        pass


@pytest.fixture
def merchant():
    server = HTTPServer(("127.0.0.1", 0), Echo)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_webhooks_and_their_answers_show_no_secret(merchant):
    """Nor the URL, the content, the console line, and what `verify` tells of them."""
    lines = []
    made = Emulator(log_line=lines.append)
    namespace = made.namespace("default")
    secret = namespace.credentials("pagsmile")[0]["app_key"]
    spelled = b64encode(f"my key: {secret}".encode()).decode()
    Echo.said = f"<x>{spelled}</x> {CARD} {quote(secret)}".encode()
    webhook = Webhook(
        "qrPagado",
        f"{merchant}/{spelled}?card={CARD}",
        {"a": [secret, {"b": f"x {CARD} y", secret: 1}], "cvv": 987, "number": CARD},
        "B89",
        "plain",
    )

    async def story():
        await namespace.outbox.send_now("tesabiz", webhook)
        await made.close()

    asyncio.run(story())
    with TestClient(made.app, base_url="http://localhost") as client:
        told = client.get("/_emulator/webhooks").json()["webhooks"]
        expected = [{"that": "x", "webhooks": {"provider": "tesabiz", "max_unacked": 0}}]
        verified = client.post("/_emulator/requests/verify", json=expected)
    assert (told[0]["number"], told[0]["attempts"][0]["status"]) == (1, 500)
    assert told[0]["content"]["cvv"] == "***"
    assert verified.json()["passed"] is False
    assert lines
    for text in (json.dumps(told), *lines, verified.text):
        assert not is_readable(secret, text)
        assert CARD not in text
