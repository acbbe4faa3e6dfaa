"""HMAC over timestamp and body, against what somebody else wrote: OpenSSL, and RFC 4231."""

from __future__ import annotations

import json
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.core.errors import SchemeError
from emulator.schemes import timestamped_hmac
from emulator.schemes.timestamped_hmac.mistakes import KEYS, OUTPUTS, TEXTS

NOW, BODY = 1_767_225_600, b'{"amount": "10.00","n":1}'
SECRET = "c2VjcmV0LW9mLWEtbWVyY2hhbnQ="  # Base64, so that it can be decoded by mistake
HEX_SECRET = "00112233445566778899aabbccddeeff"
RIGHT = {"key": KEYS[0][1], "text": TEXTS[0][1], "output": OUTPUTS[0][1]}


def verify(signature: str, timestamp: str = str(NOW), secret: str = SECRET) -> None:
    timestamped_hmac.verify(signature, secret, timestamp, BODY, now=NOW, window=300)


def refused(signature: str, timestamp: str = str(NOW), secret: str = SECRET):
    with pytest.raises(SchemeError) as caught:
        verify(signature, timestamp, secret)
    return caught.value.diagnosis


def made(secret: str = SECRET, **other: object) -> str:
    ways = {**RIGHT, **other}
    return ways["output"](ways["key"](secret), ways["text"](str(NOW).encode(), BODY))


@pytest.mark.parametrize("secret", [SECRET, HEX_SECRET, "ñandú"])
def test_openssl_makes_the_same_signature(secret):
    """A second implementation; a round trip proves nothing."""
    by_openssl = subprocess.run(
        ["openssl", "dgst", "-sha256", "-mac", "HMAC", "-macopt",
         f"hexkey:{secret.encode().hex()}", "-hex"],
        input=f"{NOW}.".encode() + BODY,
        capture_output=True,
        check=True,
    )  # fmt: skip
    verify(by_openssl.stdout.decode().split()[-1], secret=secret)


def test_vector_of_rfc_4231():
    """Test case 2: the text is cut so that it is a timestamp, a dot and a body."""
    key, text = "Jefe", b"what do ya want for nothing?"
    digest = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    assert OUTPUTS[0][1](key.encode(), text) == digest


@pytest.mark.parametrize(
    ("step", "hint", "way"),
    [
        pytest.param(step, hint, way, id=f"{step}-{hint}")
        for step, ways in (("key", KEYS), ("text", TEXTS), ("output", OUTPUTS))
        for hint, way in ways[1:]
    ],
)
def test_each_mistake_is_recognised(step, hint, way):
    secret = HEX_SECRET if "hex" in hint and step == "key" else SECRET
    assert refused(made(secret, **{step: way}), secret=secret).hint == hint


def test_two_mistakes_at_once():
    wrong = made(text=TEXTS[1][1], output=OUTPUTS[2][1])
    assert refused(wrong).hint == f"{TEXTS[1][0]}. {OUTPUTS[2][0]}"


def test_a_mistake_that_is_not_known():
    assert refused("0" * 64).hint.startswith("Check the secret")
    assert SECRET not in str(refused("0" * 64))


@given(st.binary(max_size=80), st.text(max_size=80))
def test_no_other_signature_is_accepted(body: bytes, received: str):
    right = timestamped_hmac.signature(SECRET, str(NOW), body)
    if received == right:
        return
    with pytest.raises(SchemeError):
        timestamped_hmac.verify(received, SECRET, str(NOW), body, now=NOW, window=300)


@pytest.mark.parametrize("at", range(64))
def test_each_digit_counts(at):
    right = made()
    other = "0" if right[at] != "0" else "1"
    assert refused(right[:at] + other + right[at + 1 :]).code == "timestamped-hmac.signature"


@pytest.mark.parametrize(
    ("timestamp", "code"),
    [
        (str(NOW - 300), ""),
        (str(NOW + 300), ""),
        (str(NOW - 301), "timestamped-hmac.stale"),
        (str(NOW + 301), "timestamped-hmac.stale"),
        (f"{NOW}000", "timestamped-hmac.timestamp"),
        (f"+{NOW}", "timestamped-hmac.timestamp"),
        (f" {NOW}", "timestamped-hmac.timestamp"),
        (f"{NOW}.0", "timestamped-hmac.timestamp"),
        ("٤٢", "timestamped-hmac.timestamp"),
        ("", "timestamped-hmac.timestamp"),
        ("9" * 5000, "timestamped-hmac.timestamp"),
    ],
)
def test_timestamp(timestamp, code):
    signature = timestamped_hmac.signature(SECRET, timestamp, BODY)
    if code:
        assert refused(signature, timestamp).code == code
        assert refused(signature, timestamp).hint
    else:
        verify(signature, timestamp)


def test_milliseconds_are_named():
    assert "milliseconds" in refused("", f"{NOW}000").hint


def test_a_body_that_is_no_json_is_signed_as_it_is():
    body = json.dumps("text").encode() + b"\xff"
    right = timestamped_hmac.signature(SECRET, str(NOW), body)
    timestamped_hmac.verify(right, SECRET, str(NOW), body, now=NOW, window=300)


@pytest.mark.parametrize("body", [b"[" * 5000 + b"]" * 5000, b'{"a": 1e400}', b"\xff", b""])
def test_any_body_may_be_refused(body):
    """Looking for the mistake never fails: a hint is made for a body of any kind."""
    with pytest.raises(SchemeError) as caught:
        timestamped_hmac.verify("0" * 64, SECRET, str(NOW), body, now=NOW, window=300)
    assert caught.value.diagnosis.hint
