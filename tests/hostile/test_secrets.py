"""No secret can be read in anything that is shown, wherever and however it was written."""

from __future__ import annotations

import asyncio
import json
import random
import re

import pytest
from secret_spellings import SPELLINGS, is_readable

from emulator.cli._output import line
from emulator.cli.serve import Console
from emulator.exchange import Request
from emulator.journal import full, summary
from emulator.masking import Mask
from emulator.pipeline import Emulator

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
    "gestopago": "/sistema/service/sendTx.do",
    "placetopay": "/api/session",
    "tesabiz": "/tesabiz-ws-security/sc/jws/encript",
    "goat": "/oauth/app/token",
    "pagsmile": "/api/payout",
}


@pytest.fixture(scope="module")
def emulator():
    made = Emulator()
    namespace = made.namespace("default")
    for number, secret in enumerate(REGISTERED):
        namespace.register("placetopay", {"login": f"site-{number}", "secretKey": secret})
    return made


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
