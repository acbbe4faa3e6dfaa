"""A ciphertext made wrongly is told for what it is: each mistake, pairs of them, and envelopes."""

from __future__ import annotations

import base64
import itertools
import json
import random
from pathlib import Path

import pytest
from schemes.aes_mistakes import MISTAKES, Client, payload, says

from emulator.core.errors import SchemeError
from emulator.schemes.aes_cbc import decrypt_text
from emulator.schemes.aes_cbc.mistakes import CHECKS

KEY = bytes.fromhex("3f0acd7e81b2945509eeb17724c6d31f8a02fb60944d1ce57b38a95fd02e6613")
IV = bytes.fromhex("a90f4bd2e17733c806915ef8240bcd6f")
VECTORS = Path(__file__).parent.parent / "vectors" / "aes_mistakes.json"


def is_object(plaintext: bytes) -> bool:
    try:
        return isinstance(json.loads(plaintext.decode()), dict)
    except (ValueError, RecursionError):
        return False


def hint(text: str, key: bytes = KEY, iv: bytes = IV, **options) -> str:
    """What is said of a refused text; fails where it is not refused."""
    with pytest.raises(SchemeError) as refused:
        decrypt_text(key, iv, text, plausible=is_object, **options)
    assert refused.value.diagnosis.hint
    return refused.value.diagnosis.hint


def passes(text: str) -> bool:
    try:
        decrypt_text(KEY, IV, text, plausible=is_object)
    except SchemeError:
        return False
    return True


@pytest.mark.slow
@pytest.mark.parametrize("mistake", MISTAKES, ids=str)
def test_one_mistake(mistake):
    """It is refused and named, whatever the length of the message."""
    for number in range(0, 16, 5):
        text = mistake.spoil(Client()).send(KEY, IV, payload(number))
        if text == Client().send(KEY, IV, payload(number)):
            continue  # not every text has a + in it, nor every length room for a padding
        told = hint(text)
        # What fills its last block has no padding, whichever was meant.
        assert says(mistake, told) or (mistake.stage == "pad" and "Not padded" in told)


def _pairs():
    every = list(itertools.combinations(MISTAKES, 2))
    drawn = random.Random(1).sample(every, 250)
    return [(a, b) for a, b in drawn if a.stage != b.stage and not _hides(a, b)]


def _hides(a, b) -> bool:
    """Some pairs leave no trace of one of the two."""
    stages = {a.stage: a.what, b.stage: b.what}
    lossy = "utf-8 decoder" in stages.get("write", "")
    ecb = "ECB" in stages.get("seal", "") and "iv" in stages
    streams = stages.keys() & {"seal"} and "ECB" not in stages["seal"]
    together = "iv:ciphertext" in stages.get("write", "")
    unreadable = any(
        kind in stages.get("content", "")
        for kind in ("gzip", "zlib", "msgpack", "java serialization", "nothing", "hello", "number")
    )
    whole = stages.keys() & {"pad"} and stages.keys() & {"content"}
    return bool(
        lossy
        or ecb
        or together
        or whole
        or unreadable
        or (streams and stages.keys() != {"seal", "write"})
    )


@pytest.mark.slow
def test_pairs_of_mistakes():
    """Of pairs drawn at random, both are named in 95 of 100, and at least one nearly always."""
    both = one = count = 0
    missed = []
    for a, b in _pairs():
        text = b.spoil(a.spoil(Client())).send(KEY, IV, payload(count % 16))
        alone = [each.spoil(Client()).send(KEY, IV, payload(count % 16)) for each in (a, b)]
        if passes(text) or text in alone:
            continue
        count += 1
        told = hint(text)
        named = says(a, told) + says(b, told)
        both += named == 2
        one += named >= 1
        if named < 2:
            missed.append((a.what, b.what, told))
    assert both >= count * 0.95, missed
    assert one >= count * 0.97, missed


def test_the_commonest_pair():
    """The key as text and no IV, as PHP and Node do without complaining."""
    text = Client(key=lambda k: base64.b64encode(k)[:32], iv=lambda k, i: bytes(16)).send(
        KEY, IV, payload(3)
    )
    told = hint(text)
    assert "2 things differ" in told
    assert "Base64 text" in told
    assert "IV of zeros, or with none" in told


@pytest.mark.slow
def test_the_hint_applied():
    """What is mended as the hint says passes, one mistake after the other."""
    for a, b in _pairs()[:60]:
        spoiled = b.spoil(a.spoil(Client())).send(KEY, IV, payload(5))
        if passes(spoiled):
            continue
        for mended, left in ((a, b), (b, a)):
            if says(mended, hint(spoiled)):
                rest = left.spoil(Client()).send(KEY, IV, payload(5))
                assert passes(rest) or says(left, hint(rest)), (a.what, b.what)
    assert passes(Client().send(KEY, IV, payload(5)))


@pytest.mark.parametrize("vector", json.loads(VECTORS.read_text()), ids=lambda v: v["how"])
def test_made_by_other_languages(vector):
    """What PHP, Node, Ruby, Java, Go and openssl make of a wrong program is named."""
    key, iv = (base64.b64decode(vector[name]) for name in ("key", "iv"))
    told = hint(vector["text"], key, iv)
    for word in vector["says"]:
        assert word.lower() in told.lower()


def test_key_of_another():
    """Whose key it is is told."""
    other = KEY[::-1], IV
    text = Client().send(*other, payload(1))
    assert "device GPS7" in hint(text, others=lambda: {"device GPS7": other})


@pytest.mark.slow
def test_random_bytes_are_explained_by_nothing():
    """No key, no mode and no padding explains chance: forty tries."""
    source = random.Random(4)
    for number in range(40):
        data = source.randbytes(16 * (1 + number % 9))
        assert hint(base64.b64encode(data).decode()) == CHECKS


@pytest.mark.parametrize("length", [17, 33, 100, 167])
def test_broken_blocks(length):
    """A length that is no multiple of 16 is told, and what it may come from."""
    told = hint(base64.b64encode(random.Random(5).randbytes(length)).decode())
    assert "multiples of 16" in told


def _signed(json_text: bytes) -> str:
    return base64.b64encode(json_text).decode()


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (_signed(b'{"iv":"aXY=","value":"dmFsdWU=","mac":"00","tag":""}'), "Laravel"),
        ('{"ct":"YQ==","iv":"00","s":"00"}', "CryptoJS"),
        (_signed(b"Salted__12345678" + bytes(range(64))), "Salted__"),
        ("gAAAAABm" + "A" * 92, "Fernet"),
        ("eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIn0..aXZpdml2.Y3Q.dGFn", "JWE"),
        ("YWJjZGVmZ2hpamtsbW5v--aXZpdml2aXZpdml2--dGFndGFndGFndGFnMTIzNA==", "Rails"),
        ("eyJhIjoxfQ.c2ln.c2ln", "JWT"),
        ("-----BEGIN PGP MESSAGE-----\n\nhQEM", "OpenPGP"),
        ("-----BEGIN AGE ENCRYPTED FILE-----\nYWdl", "age"),
        ("vault:v1:8SDd3WHDOjf7mq69CyCqYjBXAiQQAVZRkFM13ok481zoCmHnSeDX9vyf7w==", "Vault"),
        ("def50200" + "ab" * 60, "defuse"),
        ("CfDJ8" + "Ab9-" * 20, "ASP.NET"),
        ('{"p":"YQ==","h":{"iv":"aXY=","at":"dGFn"}}', "Rails"),
        (_signed(b"0123456789abcdef" * 4 + bytes(range(128, 192))), "CakePHP"),
        ("eyJpZCI6MX0:1tXyZ0:0123456789abcdefghijklmnopqrstuvwxyzABCDE", "Django"),
    ],
)
def test_envelopes_of_frameworks(text, name):
    """The framework is named, and what to do instead."""
    told = hint(text)
    assert name in told
    assert "is not encrypted" not in told or name == "JWT"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('{"idProducto":298}', "in the clear"),
        (_signed(b'{"idProducto":298}'), "not encrypted"),
        (b'{"idProducto":298}'.hex(), "not encrypted"),
        ("idProducto=298&idServicio=115", "form text"),
        ("<venta/>", "XML"),
        ("[object Object]", "JavaScript"),
        ("undefined", "never set"),
        ("", "empty"),
        (" ", "empty"),
        ("$SIGNED", "placeholder"),
        ("{{signed}}", "placeholder"),
        ("YOUR_CIPHERTEXT", "placeholder"),
        ("<tu-texto-cifrado>", "placeholder"),
        ("System.Byte[]", ".NET"),
        ("hola", "plain text"),
        ("{'idProducto': 298}", "Python"),
    ],
)
def test_not_encrypted(text, says):
    """What was sent in place of a ciphertext is named."""
    assert says in hint(text)


def ciphertext() -> bytes:
    return base64.b64decode(Client().send(KEY, IV, payload(7)))


def text_of(data: bytes) -> str:
    return base64.b64encode(data).decode()


@pytest.mark.parametrize("lost", [1, 5, 15, 16, 17, 32])
def test_the_end_is_missing(lost):
    """Neither IV nor padding is at fault where final() was not called, or the text was cut."""
    told = hint(text_of(ciphertext()[:-lost]))
    assert "end of the ciphertext is missing" in told
    assert "IV" not in told


@pytest.mark.parametrize(
    ("lossy", "named"),
    [
        (lambda data: data.decode("ascii", "replace").replace("\ufffd", "?").encode(), "ASCII"),
        (lambda data: data.decode("utf-8", "replace").encode(), "U+FFFD"),
    ],
)
def test_bytes_that_went_through_a_decoder(lossy, named):
    """They are lost, and yet it can be seen what has lost them."""
    damaged = lossy(ciphertext())
    for fill in range(16):
        assert named in hint(text_of(damaged + b"?" * fill))


def test_a_derived_key():
    """No search finds a passphrase's key; the list of what to check has it."""
    assert "not derived" in CHECKS


def test_padded_by_hand():
    """For three lengths it passes with a remark; for the others it is refused and named."""
    seen = set()
    for number in range(16):
        data = payload(number)
        count = 16 - len(data) % 16
        text = Client(content=lambda d, n=count: d + bytes([n]) * n).send(KEY, IV, data)
        remarks = []
        if count not in (9, 10, 13):
            assert "padded by hand" in hint(text)
            continue
        decrypt_text(KEY, IV, text, plausible=is_object, remark=remarks.append)
        assert [each.code for each in remarks] == ["aes-cbc.padded-twice"]
        assert remarks[0].hint
        seen.add(count)
    assert seen == {9, 10, 13}


def test_right_texts_have_no_remark():
    """Blanks that belong to the JSON, and ordinary texts, are not remarked on."""
    for text in (b'{"a": 1}', b'{"a": 1}\n', b'{"a":1234567890}', b'{"a":123456789}\n'):
        remarks = []
        sent = Client().send(KEY, IV, text)
        decrypt_text(KEY, IV, sent, plausible=is_object, remark=remarks.append)
        assert remarks == []
