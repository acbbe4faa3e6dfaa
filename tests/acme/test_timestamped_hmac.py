"""The scheme against what somebody else wrote: OpenSSL, and RFC 4231 through it."""

from __future__ import annotations

import subprocess

import overlay
import pytest

with overlay.laid_over():
    from emulator.core.errors import SchemeError
    from emulator.schemes import timestamped_hmac
    from emulator.schemes.timestamped_hmac.mistakes import MISTAKES

NOW, BODY, SECRET = 1_767_225_600, b'{"amount": "10.00"}', "a-secret-of-a-merchant"


def verify(signature: str, timestamp: str = str(NOW)) -> None:
    timestamped_hmac.verify(signature, SECRET, timestamp, BODY, now=NOW, window=300)


def test_openssl_makes_the_same_signature():
    """A second implementation; a round trip proves nothing."""
    made = subprocess.run(
        ["openssl", "dgst", "-sha256", "-hmac", SECRET, "-hex"],
        input=f"{NOW}.".encode() + BODY,
        capture_output=True,
        check=True,
    )
    verify(made.stdout.decode().split()[-1])


@pytest.mark.parametrize(("hint", "recipe"), MISTAKES, ids=[hint for hint, _ in MISTAKES])
def test_each_mistake_is_recognised(hint, recipe):
    with pytest.raises(SchemeError) as refused:
        verify(recipe(SECRET, str(NOW), BODY))
    assert refused.value.diagnosis.hint == hint


@pytest.mark.parametrize(
    ("timestamp", "code"),
    [
        (str(NOW - 300), ""),
        (str(NOW + 301), "timestamped-hmac.stale"),
        (f"{NOW}000", "timestamped-hmac.timestamp"),
        ("٤٢", "timestamped-hmac.timestamp"),
        ("", "timestamped-hmac.timestamp"),
    ],
)
def test_timestamp(timestamp, code):
    signature = timestamped_hmac.signature(SECRET, timestamp, BODY)
    if not code:
        verify(signature, timestamp)
        return
    with pytest.raises(SchemeError) as refused:
        verify(signature, timestamp)
    assert refused.value.diagnosis.code == code
