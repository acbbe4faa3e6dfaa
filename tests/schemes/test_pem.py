"""One reader of PEM text: what the way of the text does to it is put right, the rest is named."""

from __future__ import annotations

import json
import subprocess
from base64 import b64encode
from functools import cache
from pathlib import Path
from shutil import which

import pytest
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
)
from hypothesis import given
from hypothesis import strategies as st

from emulator.core import pem
from emulator.core.errors import ConfigurationError

KEYS = Path(__file__).parents[2] / "keys"
CERTIFICATE = (KEYS / "tesabiz/merchant.crt.pem").read_text()
PRIVATE = (KEYS / "tesabiz/merchant.key.pem").read_text()
PUBLIC = (KEYS / "goat/client.pub.pem").read_text()
TEXTS = {"certificate": CERTIFICATE, "private key": PRIVATE, "public key": PUBLIC}
READ = {
    "certificate": pem.read_certificate,
    "private key": pem.read_private_key,
    "public key": pem.read_public_key,
}

SPELLINGS = {
    "as it is": lambda text: text,
    r"\n": lambda text: text.replace("\n", r"\n"),
    r"\r\n": lambda text: text.replace("\n", r"\r\n"),
    r"\\n": lambda text: text.replace("\n", r"\\n"),
    r"\\r\\n": lambda text: text.replace("\n", r"\\r\\n"),
    r"\n and a break": lambda text: text.replace("\n", "\\n\n"),
    "CR LF": lambda text: text.replace("\n", "\r\n"),
    "CR": lambda text: text.replace("\n", "\r"),
    "blank lines": lambda text: text.replace("\n", "\n\n"),
    "one line": lambda text: text.replace("\n", ""),
    "one line with blanks": lambda text: text.replace("\n", " "),
    "indented": lambda text: "".join(f"    {line}\n" for line in text.splitlines()),
    "blanks around": lambda text: f" \t\n{text}\n \t",
    "quotes around": lambda text: f'"{text}"',
    "quoted with escapes": lambda text: json.dumps(text),
    "escaped slashes (PHP)": lambda text: json.dumps(text).replace("/", "\\/"),
    "bytes of Python": lambda text: str(text.encode()),
    "byte order mark": lambda text: f"\ufeff{text}",
    "text before": lambda text: f"Bag Attributes\n    localKeyID: 01\n{text}",
    "no break at the end": lambda text: text.strip(),
}


def parts(key) -> object:
    """What tells two keys or certificates apart."""
    if hasattr(key, "private_numbers"):
        return key.private_numbers()
    if hasattr(key, "public_numbers"):
        return key.public_numbers()
    return key


def openssl(*arguments: str, given: str = "") -> str:
    done = subprocess.run(
        [which("openssl"), *arguments], input=given, capture_output=True, text=True, check=True
    )
    return done.stdout


@pytest.mark.slow
@pytest.mark.parametrize("kind", TEXTS)
@pytest.mark.parametrize("spell", SPELLINGS.values(), ids=SPELLINGS.keys())
def test_every_spelling_is_the_same_key(kind, spell):
    text = TEXTS[kind]
    assert parts(READ[kind](spell(text))) == parts(READ[kind](text))
    assert pem.canonical(spell(text)) == text


@pytest.mark.parametrize(
    "arguments",
    [
        ("ecparam", "-name", "prime256v1", "-genkey"),  # with EC PARAMETERS before it
        ("ecparam", "-name", "prime256v1", "-genkey", "-noout"),
        ("genrsa", "-traditional", "2048"),
    ],
    ids=" ".join,
)
def test_what_openssl_writes(arguments):
    made = openssl(*arguments)
    expected = load_pem_private_key(made.encode(), None)
    assert parts(pem.read_private_key(made.replace("\n", r"\n"))) == parts(expected)
    public = openssl("pkey", "-pubout", given=made)
    assert parts(pem.read_public_key(public)) == parts(expected.public_key())


def test_a_public_key_may_be_in_a_certificate_and_a_private_key_beside_one():
    key = pem.read_private_key(CERTIFICATE + PRIVATE).public_key()
    assert parts(pem.read_public_key(CERTIFICATE)) == parts(key)
    pkcs1 = key.public_bytes(Encoding.PEM, PublicFormat.PKCS1).decode()
    assert parts(pem.read_public_key(pkcs1)) == parts(key)


@cache
def request() -> str:
    arguments = ("req", "-new", "-subj", "/CN=x", "-key", str(KEYS / "tesabiz/merchant.key.pem"))
    return openssl(*arguments)


@cache
def locked(*arguments: str) -> str:
    return openssl(*arguments, "-aes128", "-passout", "pass:abcd", given=PRIVATE)


@pytest.mark.parametrize(
    ("kind", "make", "named"),
    [
        ("certificate", request, "This is a certificate request"),
        ("certificate", lambda: PUBLIC, "This is a bare public key"),
        ("certificate", lambda: PRIVATE, "holds a private key; keep it to yourself"),
        ("certificate", lambda: CERTIFICATE + PRIVATE, "holds a private key"),
        ("certificate", lambda: CERTIFICATE * 2, "holds 2 certificates; send exactly one"),
        ("public key", request, "This is a certificate request"),
        ("public key", lambda: PRIVATE, "holds a private key; keep it to yourself"),
        ("public key", lambda: PRIVATE[:300], "This is a private key"),
        ("private key", lambda: PUBLIC, "This is a bare public key"),
        ("private key", lambda: CERTIFICATE, "This is a certificate"),
        ("private key", lambda: PRIVATE * 2, "holds 2 private keys"),
        ("private key", lambda: locked("pkey"), "private key with a password"),
        ("private key", lambda: locked("rsa", "-traditional"), "private key with a password"),
        (
            "private key",
            lambda: PRIVATE.replace("PRIVATE", "OPENSSH PRIVATE"),
            "in the format of OpenSSH",
        ),
        ("private key", lambda: PRIVATE[:300], "its end is missing"),
        ("private key", lambda: PRIVATE.replace("-----", "–––"), "five hyphens"),
        ("private key", lambda: b64encode(PRIVATE.encode()).decode(), "Base64 once more"),
        (
            "private key",
            lambda: "\n".join(PRIVATE.splitlines()[1:-1]),
            "Base64 without the lines -----BEGIN",
        ),
        ("private key", lambda: "./keys/private.pem", "the name of a file"),
        ("private key", lambda: '{"kty":"EC","crv":"P-256"}', "JSON"),
        ("private key", lambda: "", "empty, not PEM text"),
        ("public key", lambda: "ecdsa-sha2-nistp256 AAAA", "an SSH public key"),
        ("public key", lambda: PUBLIC.replace("M", "N"), "cannot be read"),
        ("certificate", lambda: CERTIFICATE.replace("CERTIFICATE", "PKCS7"), "PEM of type PKCS7"),
    ],
)
def test_another_thing_is_named(kind, make, named):
    """One clear line, which ends in what to send, and never quotes the text."""
    with pytest.raises(ConfigurationError) as refused:
        READ[kind](make())
    said = str(refused.value)
    assert named in said
    assert "\n" not in said
    assert "send" in said
    assert not any(line in said for line in PRIVATE.splitlines()[1:-1])


@given(text=st.text() | st.text().map(lambda text: f"-----BEGIN PRIVATE KEY-----\n{text}"))
def test_any_text(text):
    for read in READ.values():
        with pytest.raises(ConfigurationError):
            read(text)
    assert pem.canonical(text) == text
