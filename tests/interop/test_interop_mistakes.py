"""Mistakes that real code makes are refused, and named.

Each is made by a client whose case `good` is accepted, with the means of its language: PHP's
`hash` without `true`, Java's `SHA256withECDSA`, `openssl dgst` without `-binary`, `curl -d`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

# A wrong key or mode gives a last byte by chance, so by chance a padding.
GARBLED = r"aes-cbc\.(padding|plaintext)"
MISMATCH = "username-token.digest-mismatch"
MALFORMED = "username-token.digest-malformed"
NO_ZONE = "username-token.created-without-zone"
DER = "client-assertion.signature"
BAD_DIGEST = "sorted-digest.mismatch"

MISTAKES = (
    # language, provider, case, pattern of the diagnosis, pattern in the hint
    ("node", "gestopago", "not-encrypted", r"aes-cbc\..+", "not encrypted"),
    (
        "php",
        "gestopago",
        "key-as-text",
        GARBLED,
        "key was used as Base64 text.*IV was used as Base64 text",
    ),
    ("php", "gestopago", "ecb", GARBLED, "ECB"),
    ("php", "gestopago", "encoded-twice", r"aes-cbc\..+", "Base64 of the Base64 text"),
    ("python", "gestopago", "repr", "aes-cbc.plaintext", "double quotes"),
    ("python", "gestopago", "zero-padding", GARBLED, "Padded with zeros"),
    ("python", "gestopago", "hex", r"aes-cbc\..+", "hexadecimal"),
    ("go", "gestopago", "base64url", "aes-cbc.not-base64", "URL-safe"),
    ("go", "gestopago", "zero-iv", "aes-cbc.plaintext", "IV of zeros"),
    ("java", "gestopago", "ecb", GARBLED, "ECB"),
    ("shell", "gestopago", "passphrase", r"aes-cbc\..+", "passphrase"),
    ("shell", "gestopago", "plus-lost", "aes-cbc.not-base64", r"%2B"),
    ("node", "placetopay", "nonce-text", MISMATCH, "Base64 text that was sent"),
    ("node", "placetopay", "slow-clock", "username-token.created-too-old", "NTP"),
    ("php", "placetopay", "hex", MALFORMED, "Base64 text of the hexadecimal text"),
    ("php", "placetopay", "seed-again", MISMATCH, "taken twice"),
    ("python", "placetopay", "no-zone", NO_ZONE, "no zone"),
    ("python", "placetopay", "hmac", MISMATCH, "HMAC"),
    ("go", "placetopay", "hex", MALFORMED, "as hexadecimal text"),
    ("go", "placetopay", "unix-seconds", "username-token.created-malformed", "Unix seconds"),
    ("java", "placetopay", "no-zone", NO_ZONE, "no zone"),
    ("java", "placetopay", "nonce-through-text", MISMATCH, "ISO 8859-1"),
    ("shell", "placetopay", "hex", MALFORMED, "as hexadecimal text"),
    ("shell", "placetopay", "line-feed", MISMATCH, "line feed"),
    ("node", "tesabiz", "iat", "tesabiz.timestamp-claim", "noTimestamp: true"),
    ("node", "tesabiz", "hs256", "jws.alg", "HMAC with the public key"),
    ("node", "tesabiz", "alg-none", "jws.alg", "none"),
    ("php", "tesabiz", "hs256", "jws.alg", "HMAC"),
    ("php", "tesabiz", "sha1", "jws.signature", "SHA-1"),
    ("python", "tesabiz", "hs256", "jws.alg", "HMAC"),
    ("python", "tesabiz", "encoded-twice", "jws.payload", "encoded twice"),
    ("python", "tesabiz", "no-envelope", "tesabiz.envelope", "without its envelope"),
    ("go", "tesabiz", "hs256", "jws.alg", "HMAC with the public key"),
    ("go", "tesabiz", "standard-base64", "jws.not-base64url", "Base64"),
    ("go", "tesabiz", "pss", "jws.signature", "PSS"),
    ("java", "tesabiz", "sha512", "jws.signature", "SHA-512"),
    ("java", "tesabiz", "decimals", "tesabiz.amount", "minor units"),
    ("shell", "tesabiz", "another-key", "jws.signature", "registered certificate"),
    ("shell", "tesabiz", "line-feed", "jws.signature", "line break"),
    *((language, "goat", "der", DER, "DER") for language in ("php", "python", "go", "java")),
    ("shell", "goat", "der", DER, "DER"),
    ("node", "goat", "called-url", "client-assertion.audience", "audience that the credentials"),
    ("node", "goat", "milliseconds", r"client-assertion\..+", "milliseconds"),
    ("node", "goat", "assertion-as-bearer", r"bearer\..+", "assertion"),
    ("php", "goat", "form", r"goat\..+", "JSON"),
    ("python", "goat", "snake-case", r"goat\..+", "appId"),
    ("python", "goat", "fast-clock", "client-assertion.iat-in-future", "clock"),
    ("python", "goat", "whole-day", "client-assertion.lifetime", "3600"),
    ("go", "goat", "another-app", "client-assertion.issuer", "application"),
    ("java", "goat", "kid-is-client", r"client-assertion\.kid-.+", "client"),
    ("node", "pagsmile", "unsorted", BAD_DIGEST, "sort"),
    ("node", "pagsmile", "json-signed", BAD_DIGEST, "JSON body was signed"),
    ("php", "pagsmile", "empty-zero", BAD_DIGEST, "PHP"),
    ("php", "pagsmile", "http-build-query", BAD_DIGEST, "http_build_query"),
    ("python", "pagsmile", "true", BAD_DIGEST, "Python"),
    ("go", "pagsmile", "million", BAD_DIGEST, "Go"),
    ("go", "pagsmile", "nil", BAD_DIGEST, "nil"),
    ("java", "pagsmile", "upper-case", "sorted-digest.upper-case", "lower"),
    ("java", "pagsmile", "double", BAD_DIGEST, "Java|another form"),
    ("shell", "pagsmile", "hmac", BAD_DIGEST, "HMAC"),
    ("shell", "pagsmile", "line-feed", BAD_DIGEST, "line feed"),
)


@pytest.mark.parametrize(
    ("language", "provider", "case", "code", "hint"),
    [pytest.param(*mistake, id="-".join(mistake[:3])) for mistake in MISTAKES],
)
def test_mistake(
    language: str,
    provider: str,
    case: str,
    code: str,
    hint: str,
    clients: Any,
    control: Callable[..., Any],
) -> None:
    """The last call is refused; header and journal say why, the journal what was done wrong."""
    *before, refused = clients.run(language, provider, case)
    assert [call["diagnosis"] for call in before] == [""] * len(before)
    assert re.fullmatch(code, refused["diagnosis"])

    exchange = control(f"/requests/{refused['exchange']}")
    assert exchange["verdict"] == "refused"
    assert exchange["diagnosis"]["code"] == refused["diagnosis"]
    assert re.search(hint, exchange["diagnosis"]["hint"]), exchange["diagnosis"]
