"""JWS: RFC 7515's own example, openssl, joserfc and PyJWT say the same as we do."""

from __future__ import annotations

import hashlib
import hmac
import json
import random
import subprocess
import warnings
from base64 import b64encode, urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

import jwt
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.hashes import MD5, SHA1, SHA256, SHA384, SHA512
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from cryptography.x509.oid import NameOID
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from joserfc import jws as joserfc_jws
from joserfc.jwk import RSAKey

from emulator.core.errors import ConfigurationError, FailureMode, SchemeError
from emulator.schemes import jws
from emulator.schemes.jws.mistakes import diagnose as mistakes
from emulator.schemes.jws.mistakes import rsa_signature

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

# RFC 7515, appendix A.2: the key, the three parts.
A2_N = (
    "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4Q"
    "lL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYU"
    "sLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmou"
    "dF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ"
)
A2 = (
    "eyJhbGciOiJSUzI1NiJ9"
    ".eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
    ".cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujG"
    "bds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K"
    "0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6"
    "LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw"
)

# What a merchant signs; the ñ and the decimal make serializations differ.
BODY = {"qrCobro": {"glosa": "Año 1", "importe": 1700}, "infoTx": {"sisOrigen": "SO_1"}}
PAYLOAD = json.dumps(BODY, ensure_ascii=False, separators=(",", ":")).encode()
HEADER = b'{"alg":"RS256","typ":"JWT"}'


@cache
def _key(name: str) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


def private_key(name: str = "merchant") -> rsa.RSAPrivateKey:
    """One key per name and session: making one takes as long as a hundred signatures."""
    return _key(name)


def public_key(name: str = "merchant") -> rsa.RSAPublicKey:
    return _key(name).public_key()


def public_pem(fmt: PublicFormat = PublicFormat.SubjectPublicKeyInfo) -> str:
    return public_key().public_bytes(Encoding.PEM, fmt).decode()


def private_pem(key: Any = None) -> str:
    key = key or private_key()
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def b64u(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def unb64u(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def pkcs1(message: bytes, hash_: Any = None) -> bytes:
    return private_key().sign(message, padding.PKCS1v15(), hash_ or SHA256())


def made(
    signer: Callable[[bytes], bytes] = pkcs1,
    *,
    header: bytes = HEADER,
    payload: bytes = PAYLOAD,
    over: Callable[[bytes], bytes] = lambda signing_input: signing_input,
) -> str:
    """A JWS by hand, right by default; every argument can spoil it."""
    signing_input = f"{b64u(header)}.{b64u(payload)}".encode()
    return f"{signing_input.decode()}.{b64u(signer(over(signing_input)))}"


def refusal(text: str, **options: Any) -> Any:
    """The diagnosis of a text that must be refused, by `verify` or else `read_payload`."""
    with pytest.raises(SchemeError) as refused:
        jws.read_payload(jws.verify(text, public_key(), **options))
    return refused.value.diagnosis


# --- vectors --------------------------------------------------------------------------------


def test_rfc7515_a2():
    """The RFC's own RS256 example verifies and reads."""
    key = rsa.RSAPublicNumbers(65537, int.from_bytes(unb64u(A2_N), "big")).public_key()
    compact = jws.verify(A2, key)
    assert compact.protected == {"alg": "RS256"}
    assert jws.read_payload(compact) == {
        "iss": "joe",
        "exp": 1300819380,
        "http://example.com/is_root": True,
    }


def test_header_is_that_of_jsonwebtoken():
    """`jwt.sign(object, key, {algorithm: 'RS256', noTimestamp: true})` emits this header."""
    first = jws.sign(PAYLOAD, private_key()).split(".")[0]
    assert first == "eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9"
    assert unb64u(first) == HEADER


def test_header_of_a_string_payload():
    """jsonwebtoken leaves `typ` out if the payload is a string."""
    text = jws.sign(PAYLOAD, private_key(), typ=None)
    assert unb64u(text.split(".")[0]) == b'{"alg":"RS256"}'
    assert jws.verify(text, public_key()).protected == {"alg": "RS256"}


def test_openssl_signs(tmp_path: Path):
    """What `openssl dgst -sha256 -sign` makes is accepted, and the other way round."""
    (tmp_path / "key.pem").write_text(private_pem())
    (tmp_path / "pub.pem").write_text(public_pem())
    signing_input = f"{b64u(HEADER)}.{b64u(PAYLOAD)}"
    signature = subprocess.run(
        ["openssl", "dgst", "-sha256", "-sign", tmp_path / "key.pem"],
        input=signing_input.encode(),
        capture_output=True,
        check=True,
    ).stdout
    assert jws.verify(f"{signing_input}.{b64u(signature)}", public_key()).payload == PAYLOAD

    ours, _, last = jws.sign(PAYLOAD, private_key()).rpartition(".")
    (tmp_path / "sig").write_bytes(unb64u(last))
    files = ["-verify", tmp_path / "pub.pem", "-signature", tmp_path / "sig"]
    subprocess.run(
        ["openssl", "dgst", "-sha256", *files], input=ours.encode(), check=True, capture_output=True
    )


# --- second opinions ------------------------------------------------------------------------


@pytest.mark.slow
def test_accepts_a_thousand_of_joserfc():
    """Whatever joserfc signs is accepted."""
    key, rng = RSAKey.import_key(private_pem()), random.Random(1)
    headers = ({"alg": "RS256"}, {"alg": "RS256", "typ": "JWT"}, {"typ": "JOSE", "alg": "RS256"})
    for number in range(1000):
        payload = rng.randbytes(number)
        text = joserfc_jws.serialize_compact(dict(headers[number % 3]), payload, key)
        assert jws.verify(text, public_key()).payload == payload


@pytest.mark.slow
def test_accepts_a_thousand_of_pyjwt():
    """Whatever PyJWT signs is accepted, claims and all."""
    for number in range(1000):
        claims = {"n": number, "glosa": "ñ" * (number % 50)}
        text = jwt.encode(claims, private_key(), algorithm="RS256")
        assert jws.read_payload(jws.verify(text, public_key())) == claims


@pytest.mark.slow
def test_others_accept_a_thousand_of_ours():
    """Whatever we sign is accepted by joserfc and by PyJWT."""
    key, judge, rng = RSAKey.import_key(public_pem()), jwt.PyJWS(), random.Random(2)
    for number in range(1000):
        payload = rng.randbytes(number + 1)
        text = jws.sign(payload, private_key())
        assert joserfc_jws.deserialize_compact(text, key).payload == payload
        assert judge.decode(text, public_key(), algorithms=["RS256"]) == payload


@cache
def good() -> str:
    return jws.sign(PAYLOAD, private_key())


def test_refuses_three_thousand_mutations():
    """One character changed, dropped, doubled or swapped anywhere is one too many."""
    rng, text = random.Random(3), good()
    alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_+/=. \n"é'
    for _ in range(3000):
        at, kind = rng.randrange(len(text)), rng.randrange(4)
        if kind == 0:
            bad = text[:at] + rng.choice(alphabet) + text[at + 1 :]
        elif kind == 1:
            bad = text[:at] + text[at + 1 :]
        elif kind == 2:
            bad = text[:at] + rng.choice(alphabet) + text[at:]
        else:
            to = rng.randrange(len(text))
            low, high = min(at, to), max(at, to)
            swapped = text[high : high + 1] + text[low + 1 : high] + text[low]
            bad = text[:low] + swapped + text[high + 1 :] if low != high else text
        if bad != text:
            assert refusal(bad).code.startswith("jws.")


def test_refuses_every_other_last_character():
    """The last character holds bits no byte needs; they must be zero."""
    for position in (good().index("."), good().rindex("."), len(good())):
        for character in "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_":
            bad = good()[: position - 1] + character + good()[position:]
            if bad != good():
                refusal(bad)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
headers = st.fixed_dictionaries(
    {"alg": st.sampled_from(["RS256", "RS256", "RS256", "none", "PS256", "rs256", "HS256"])},
    optional={
        "typ": st.sampled_from(["JWT", "jwt", "JOSE"]),
        "kid": st.text(),
        "x5c": json_values,
        "jwk": json_values,
        "anything": json_values,
    },
)


@pytest.mark.slow
@given(header=headers, payload=st.binary(max_size=80), flip=st.none() | st.integers(0, 2047))
@settings(max_examples=500, deadline=None)
def test_same_verdict_as_pyjwt(header: dict[str, Any], payload: bytes, flip: int | None):
    """On texts that keep the form, the verdict is PyJWT's."""
    text = made(header=json.dumps(header).encode(), payload=payload)
    if flip is not None:
        head, _, last = text.rpartition(".")
        signature = bytearray(unb64u(last))
        signature[flip // 8] ^= 1 << flip % 8
        text = f"{head}.{b64u(bytes(signature))}"
    try:
        theirs = jwt.PyJWS().decode(text, public_key(), algorithms=["RS256"])
    except jwt.PyJWTError:
        theirs = None
    try:
        ours = jws.verify(text, public_key()).payload
    except SchemeError:
        ours = None
    assert ours == theirs


@pytest.mark.slow
@given(data=st.data())
@settings(max_examples=500, deadline=None)
def test_never_accepts_what_pyjwt_refuses(data: st.DataObject):
    """Spliced texts: ours is the stricter verdict."""
    pieces = [*good().split("."), b64u(b'{"alg":"none"}'), "", b64u(b"{}"), "AA", "A="]
    text = ".".join(data.draw(st.lists(st.sampled_from(pieces), min_size=2, max_size=4)))
    try:
        jws.verify(text, public_key())
    except SchemeError:
        return
    jwt.PyJWS().decode(text, public_key(), algorithms=["RS256"])


# --- properties -----------------------------------------------------------------------------


@given(payload=st.binary(), typ=st.sampled_from(["JWT", "jwt", "JOSE", None]))
@settings(deadline=None)
def test_round_trip(payload: bytes, typ: str | None):
    """What `sign` makes, `verify` accepts."""
    assert jws.verify(jws.sign(payload, private_key(), typ=typ), public_key()).payload == payload


@given(raw=st.binary())
def test_base64url_round_trip(raw: bytes):
    assert jws.to_base64url(raw) == b64u(raw)
    assert jws.from_base64url(b64u(raw)) == raw


@given(text=st.text(alphabet="AQgw-_+/= \n\0.é", max_size=8))
def test_base64url_has_one_spelling(text: str):
    """Whatever decodes encodes to itself."""
    try:
        raw = jws.from_base64url(text)
    except ValueError:
        return
    assert b64u(raw) == text


arbitrary = (
    st.text()
    | st.text(alphabet="eyJ.{}\"=+/- \n\ud800%'", max_size=20)
    | st.binary().map(lambda raw: raw.decode("latin-1"))
    | st.tuples(st.binary(), st.binary(), st.binary()).map(lambda parts: ".".join(map(b64u, parts)))
    | st.tuples(headers, st.binary(), st.binary(max_size=300)).map(
        lambda t: f"{b64u(json.dumps(t[0]).encode())}.{b64u(t[1])}.{b64u(t[2])}"
    )
)


@pytest.mark.slow
@given(text=arbitrary)
@example(text=f"{b64u(b'[' * 100_000)}.e30.AA")
@example(text=f"{b64u(b'{' + b'9' * 5000 + b'}')}.e30.AA")
@example(text=f"{b64u(chr(0xFEFF).encode() + HEADER)}.e30.AA")
@example(text="{" * 100_000)
@example(text="." * 100_000)
@settings(max_examples=1000, deadline=None)
def test_raises_nothing_else(text: str):
    """Any text is refused in an orderly way, and the diagnosis can be sent anywhere."""
    diagnosis = refusal(text, also={"another": public_key("another")}, pems=[text])
    json.dumps(diagnosis.as_json(), ensure_ascii=False).encode()


@given(payload=st.binary() | json_values.map(lambda value: json.dumps(value).encode()))
@example(payload=b"[" * 100_000)
@example(payload=b'"' + b"[" * 100_000 + b'"')
def test_payload_raises_nothing_else(payload: bytes):
    """Anything is read as `json.loads` does, or refused in an orderly way."""
    try:
        content = jws.read_payload(jws.Compact({}, payload, b"", b""))
    except SchemeError:
        return
    assert content == json.loads(payload)


@given(flip=st.integers(0, 2047))
@settings(max_examples=50, deadline=None)
def test_altered_payload_is_told_from_another_key(flip: int):
    """A signature by the right key shows what it was made over."""
    first, _, last = good().split(".")
    at = flip % len(PAYLOAD)
    payload = PAYLOAD[:at] + bytes([PAYLOAD[at] ^ 1]) + PAYLOAD[at + 1 :]
    assume(payload != PAYLOAD)
    assert refusal(f"{first}.{b64u(payload)}.{last}").hint == rsa_signature.CHANGED


# --- mistakes -------------------------------------------------------------------------------


def digest(message: bytes) -> bytes:
    return hashlib.sha256(message).digest()


def encrypted(message: bytes) -> bytes:
    """PKCS#1 v1.5 over bare bytes, as `openssl pkeyutl -sign` without `-pkeyopt digest:`."""
    numbers = private_key().private_numbers()
    block = b"\0\1" + b"\xff" * (253 - len(message)) + b"\0" + message
    power = pow(int.from_bytes(block, "big"), numbers.d, numbers.public_numbers.n)
    return power.to_bytes(256, "big")


def pss(message: bytes) -> bytes:
    return private_key().sign(message, padding.PSS(padding.MGF1(SHA256()), 32), SHA256())


def hmac_with(secret: str, alg: str = "HS256") -> str:
    name = {"HS256": "sha256", "HS512": "sha512"}[alg]
    return made(
        lambda message: hmac.digest(secret.encode(), message, name),
        header=json.dumps({"alg": alg, "typ": "JWT"}).encode(),
    )


def std(raw: bytes) -> str:
    return b64encode(raw).decode()


def spliced(signature: str) -> str:
    return f"{b64u(HEADER)}.{b64u(PAYLOAD)}.{signature}"


def right_signature() -> bytes:
    return unb64u(good().split(".")[2])


def until(wanted: Callable[[str], bool], make: Callable[[int], str]) -> str:
    return next(text for text in map(make, range(1000)) if wanted(text))


def standard_base64() -> str:
    """Padding-free standard Base64 with a + or a / in it."""
    return until(
        lambda text: "+" in text or "/" in text,
        lambda n: ".".join(
            std(part).rstrip("=") for part in (HEADER, b"\xff" * n, right_signature())
        ),
    )


def parts() -> tuple[str, str, str]:
    first, second, third = good().split(".")
    return first, second, third


WRONG: dict[str, tuple[str, list[Callable[[], str]]]] = {
    # hint: (code, texts that show it)
    "The text is empty": ("jws.not-compact", [lambda: "", lambda: " \n"]),
    "Python's bytes were turned into text by str() (b'…'); decode them: .decode('ascii')": (
        "jws.not-base64url",
        [lambda: str(good().encode()), lambda: f'b"{good()}"'],
    ),
    "A placeholder was not filled in; put the text that the signing function returns there": (
        "jws.not-compact",
        [lambda: "${JWS}", lambda: "{{payload}}", lambda: "$PAYLOAD", lambda: "%JWS%"],
    ),
    "A private key was sent; consider it lost, and make a new pair": (
        "jws.not-compact",
        [private_pem],
    ),
    "A certificate or key was sent in place of the signed text": (
        "jws.not-compact",
        [public_pem, lambda: certificate()],
    ),
    "This is the JSON serialization; send the compact one, header.payload.signature": (
        "jws.not-compact",
        [
            lambda: json.dumps(
                dict(zip(("protected", "payload", "signature"), parts(), strict=True))
            ),
            lambda: json.dumps({"payload": "e30", "signatures": [{"signature": "AA"}]}),
        ],
    ),
    "The whole JSON envelope was sent; here belongs the compact text alone": (
        "jws.not-base64url",
        [lambda: json.dumps({"code": "B89", "payload": good()})],
    ),
    "This is plain JSON; sign it first": ("jws.not-compact", [PAYLOAD.decode]),
    "The prefix Bearer belongs to an HTTP header only": (
        "jws.not-base64url",
        [lambda: f"Bearer {good()}"],
    ),
    "The text is in quotation marks: it was encoded as JSON once too often": (
        "jws.not-base64url",
        [lambda: f'"{good()}"', lambda: f"'{good()}'"],
    ),
    "There is white space or a line break in or around the text": (
        "jws.not-base64url",
        [lambda: f"{good()}\n", lambda: f" {good()}", lambda: good()[:90] + "\n" + good()[90:]],
    ),
    "The text is percent-encoded": (
        "jws.not-compact",
        [lambda: good().replace(".", "%2E")],
    ),
    "Five parts are a JWE: sign, do not encrypt": ("jws.not-compact", [lambda: "a.b.c.d.e"]),
    "The signature is missing: two parts only": (
        "jws.not-compact",
        [lambda: good().rpartition(".")[0]],
    ),
    "Base64 is padded with =; base64url in a JWS is not": (
        "jws.not-base64url",
        [lambda: spliced(urlsafe_b64encode(right_signature()).decode())],
    ),
    "Standard Base64 was used; base64url has - for + and _ for /": (
        "jws.not-base64url",
        [standard_base64],
    ),
    "A part ends in stray bits: it was cut or its last character altered": (
        "jws.not-base64url",
        [lambda: good()[:-1], lambda: good()[:-1] + chr(ord(good()[-1]) + 1)],
    ),
    "A member of the header occurs twice": (
        "jws.header",
        [lambda: made(header=b'{"alg":"RS256","alg":"RS256"}')],
    ),
    "The header was encoded twice": (
        "jws.header",
        [
            lambda: made(header=b64u(HEADER).encode()),
            lambda: made(header=json.dumps(HEADER.decode()).encode()),
        ],
    ),
    "The header is empty; it must name the algorithm": ("jws.header", [lambda: made(header=b"")]),
    "Extensions marked critical are not understood": (
        "jws.header",
        [
            lambda: made(header=b'{"alg":"RS256","crit":["exp"]}'),
            lambda: made(header=b'{"alg":"RS256","crit":[]}'),
        ],
    ),
    "The payload must be encoded; leave b64 out": (
        "jws.header",
        [lambda: made(header=b'{"alg":"RS256","b64":false}')],
    ),
    "alg is none: the text is not signed; sign with RS256": (
        "jws.alg",
        [
            lambda: made(lambda _: b"", header=b'{"alg":"none"}'),
            lambda: made(header=b'{"alg":"None"}'),
        ],
    ),
    "HMAC with the public key or certificate as its secret, which everybody has; "
    "sign with RS256 and the private key": (
        "jws.alg",
        [
            lambda: hmac_with(public_pem()),
            lambda: hmac_with(public_pem().strip()),
            lambda: hmac_with(public_pem(PublicFormat.PKCS1)),
            lambda: hmac_with(certificate()),
            lambda: hmac_with(certificate().strip(), "HS512"),
        ],
    ),
    "HMAC uses a shared secret; sign with RS256 and the private key": (
        "jws.alg",
        [lambda: hmac_with("B89")],
    ),
    "PSS padding was used; use PKCS#1 v1.5, RS256": (
        "jws.alg",
        [lambda: made(pss, header=b'{"alg":"PS256"}')],
    ),
    "The right kind of key, another hash: use RS256": (
        "jws.alg",
        [
            lambda: made(lambda m: pkcs1(m, SHA384()), header=b'{"alg":"RS384"}'),
            lambda: made(lambda m: pkcs1(m, SHA512()), header=b'{"alg":"RS512"}'),
        ],
    ),
    "An elliptic curve was used; use an RSA key and RS256": (
        "jws.alg",
        [
            lambda: jwt.encode({}, ec.generate_private_key(ec.SECP256R1()), algorithm="ES256"),
            lambda: made(header=b'{"alg":"EdDSA"}'),
        ],
    ),
    "The header names no algorithm; set alg to RS256": (
        "jws.alg",
        [lambda: made(header=b'{"typ":"JWT"}')],
    ),
    "The algorithm is to be written RS256": (
        "jws.alg",
        [lambda: made(header=b'{"alg":"rs256"}'), lambda: made(header=b'{"alg":"SHA256withRSA"}')],
    ),
    "alg is of encryption; a JWS is signed: set alg to RS256": (
        "jws.alg",
        [lambda: made(header=b'{"alg":"RSA-OAEP","enc":"A256GCM"}')],
    ),
    "A variable was not set: the text is what a language prints for nothing; sign first": (
        "jws.not-compact",
        [lambda: "undefined", lambda: "null", lambda: "None"],
    ),
    "An object was turned into text; send the text that the signing function returns": (
        "jws.not-compact",
        [lambda: "[object Promise]", lambda: "[B@1b28cdfa"],
    ),
    "The whole compact text was encoded once more; send it as it was signed": (
        "jws.not-compact",
        [lambda: b64u(good().encode()), lambda: good().encode().hex()],
    ),
    "Form text was sent; send the compact text, header.payload.signature": (
        "jws.not-compact",
        [lambda: "code=B89&payload=x"],
    ),
    "XML was sent; send the compact text of a JWS": ("jws.not-compact", [lambda: "<jws/>"]),
    "The signature is empty": ("jws.signature", [lambda: spliced("")]),
    "The payload is missing (detached); send it between the dots": (
        "jws.signature",
        [lambda: f"{parts()[0]}..{parts()[2]}"],
    ),
    "The signature is hexadecimal text": (
        "jws.signature",
        [
            lambda: spliced(right_signature().hex()),
            lambda: spliced(right_signature().hex().upper()),
            lambda: spliced(b64u(right_signature().hex().encode())),
        ],
    ),
    "The signature was Base64 text already and was encoded once more": (
        "jws.signature",
        [
            lambda: spliced(b64u(b64encode(right_signature()))),
            lambda: spliced(b64u(b64u(right_signature()).encode())),
        ],
    ),
    "The bytes of the signature are reversed (little-endian)": (
        "jws.signature",
        [lambda: spliced(b64u(right_signature()[::-1]))],
    ),
    "PSS padding was used although alg says RS256; use PKCS#1 v1.5": (
        "jws.signature",
        [lambda: made(pss)],
    ),
    "Hashed with SHA-1; use SHA-256": ("jws.signature", [lambda: made(lambda m: pkcs1(m, SHA1()))]),
    "Hashed with SHA-384; use SHA-256": (
        "jws.signature",
        [lambda: made(lambda m: pkcs1(m, SHA384()))],
    ),
    "Hashed with SHA-512; use SHA-256": (
        "jws.signature",
        [lambda: made(lambda m: pkcs1(m, SHA512()))],
    ),
    "Hashed with MD5; use SHA-256": ("jws.signature", [lambda: made(lambda m: pkcs1(m, MD5()))]),
    "The bare digest was encrypted; use a signing function, which names the hash": (
        "jws.signature",
        [
            lambda: made(encrypted, over=digest),
            lambda: made(encrypted, over=lambda m: digest(m).hex().encode()),
        ],
    ),
    "Hashed twice: the signing function hashes by itself": (
        "jws.signature",
        [
            lambda: made(over=digest),
            lambda: made(over=lambda m: digest(m).hex().encode()),
        ],
    ),
    "Signed the payload alone; sign header.payload": (
        "jws.signature",
        [lambda: made(over=lambda m: m.split(b".")[1])],
    ),
    "Signed the decoded bytes; sign the base64url text header.payload": (
        "jws.signature",
        [
            lambda: made(over=lambda _: PAYLOAD),
            lambda: made(over=lambda _: HEADER + b"." + PAYLOAD),
            lambda: made(over=lambda _: HEADER + PAYLOAD),
        ],
    ),
    "Signed standard Base64, sent base64url; sign what is sent": (
        "jws.signature",
        [
            lambda: made(
                payload=b'{"glosa":"~~~???"}',
                over=lambda m: b".".join(
                    std(unb64u(part.decode())).encode() for part in m.split(b".")
                ),
            )
        ],
    ),
    "Signed a line break along with the text": (
        "jws.signature",
        [
            lambda: made(over=lambda m: m + b"\n"),
            lambda: made(over=lambda m: m + b"\r\n"),
            lambda: made(over=lambda _: PAYLOAD + b"\n"),
        ],
    ),
    "Signed another serialization of the same JSON; encode once, sign and send that": (
        "jws.signature",
        [
            lambda: made(over=lambda m: respelt(m, json.dumps(BODY))),
            lambda: made(over=lambda m: respelt(m, json.dumps(BODY, indent=2))),
            lambda: made(over=lambda m: respelt(m, json.dumps(BODY, sort_keys=True))),
            lambda: made(over=lambda _: json.dumps(BODY).encode()),
            lambda: made(payload=json.dumps(BODY).encode(), over=lambda _: PAYLOAD),
        ],
    ),
    "Signed another header than the one sent": (
        "jws.signature",
        [
            lambda: made(over=lambda m: reheaded(m, b'{"typ":"JWT","alg":"RS256"}')),
            lambda: made(over=lambda m: reheaded(m, b'{"alg":"RS256"}')),
        ],
    ),
    "The payload is empty": ("jws.payload", [lambda: made(payload=b"")]),
    "The payload is a JWS itself: it was signed twice": (
        "jws.payload",
        [
            lambda: made(payload=good().encode()),
            lambda: made(payload=json.dumps(good()).encode()),
        ],
    ),
    "The payload is a JSON string with JSON inside: it was encoded twice; "
    "sign the object, not its text": (
        "jws.payload",
        [lambda: made(payload=json.dumps(PAYLOAD.decode()).encode())],
    ),
    "The payload was encoded with Base64 before signing; signing does that": (
        "jws.payload",
        [lambda: made(payload=b64encode(PAYLOAD)), lambda: made(payload=b64u(PAYLOAD).encode())],
    ),
    "A member of the payload occurs twice": (
        "jws.payload",
        [lambda: made(payload=b'{"importe":1,"importe":2}')],
    ),
}


def respelt(signing_input: bytes, payload: str) -> bytes:
    return signing_input.split(b".")[0] + b"." + b64u(payload.encode()).encode()


def reheaded(signing_input: bytes, header: bytes) -> bytes:
    return b64u(header).encode() + b"." + signing_input.split(b".")[1]


def test_every_mistake_is_shown():
    """Those of the signature are a product, shown by the samples and their pairs."""
    of_form = {hint for hint, (code, _) in WRONG.items() if code != "jws.signature"}
    assert {hint for hint, _ in mistakes.MISTAKES} - of_form <= WRONG.keys()
    assert of_form <= {hint for hint, _ in mistakes.MISTAKES}


@pytest.mark.parametrize(
    ("code", "hint", "make"),
    [(code, hint, make) for hint, (code, makes) in WRONG.items() for make in makes],
    ids=[f"{hint}-{n}" for hint, (_, makes) in WRONG.items() for n in range(len(makes))],
)
def test_names_the_mistake(code: str, hint: str, make: Callable[[], str]):
    """Every known wrong recipe is refused and recognised."""
    diagnosis = refusal(make(), pems=[certificate()])
    assert diagnosis.code == code
    assert diagnosis.hint.startswith(hint)


SPOILT_TEXTS: dict[str, Callable[[bytes], bytes]] = {
    "Signed the payload alone": lambda m: m.split(b".")[1],
    "Signed the decoded bytes": lambda _: PAYLOAD,
    "Signed a line break": lambda m: m + b"\n",
    "Hashed twice": digest,
    "Signed another serialization": lambda _: json.dumps(BODY).encode(),
}
SPOILT_HASHES: dict[str, Callable[[bytes], bytes]] = {
    "Hashed with SHA-1": lambda m: pkcs1(m, SHA1()),
    "Hashed with SHA-512": lambda m: pkcs1(m, SHA512()),
}
SPOILT_FORMS: dict[str, Callable[[bytes], bytes]] = {
    "The signature is hexadecimal text": lambda raw: raw.hex().encode(),
    "The signature was Base64 text already": b64encode,
    "The bytes of the signature are reversed": lambda raw: raw[::-1],
    "The signature is Java's list of signed bytes": lambda raw: str(
        [b - 256 if b > 127 else b for b in raw]
    ).encode(),
    "The signature is hexadecimal text with colons": lambda raw: raw.hex(":").encode(),
}


@pytest.mark.parametrize("form", SPOILT_FORMS)
@pytest.mark.parametrize("text", SPOILT_TEXTS)
def test_names_two_mistakes(text: str, form: str):
    """A wrong text and a wrong form of the signature are both told."""
    spoilt = made(lambda m: SPOILT_FORMS[form](pkcs1(m)), over=SPOILT_TEXTS[text])
    told = refusal(spoilt).hint
    assert told.startswith("2 things differ")
    assert text in told
    assert form in told


@pytest.mark.parametrize("hashed", SPOILT_HASHES)
@pytest.mark.parametrize("text", [name for name in SPOILT_TEXTS if name != "Hashed twice"])
def test_names_text_and_hash(text: str, hashed: str):
    told = refusal(made(SPOILT_HASHES[hashed], over=SPOILT_TEXTS[text])).hint
    assert text in told
    assert hashed in told


@pytest.mark.parametrize("form", SPOILT_FORMS)
def test_names_the_signer_and_the_form(form: str):
    """Whose key it was is told though the signature has another form."""
    right = jws.sign(PAYLOAD, private_key("Tesabiz")).rpartition(".")
    text = f"{right[0]}.{b64u(SPOILT_FORMS[form](unb64u(right[2])))}"
    told = refusal(text, also={"Tesabiz": public_key("Tesabiz")}).hint
    assert "private key of Tesabiz" in told
    assert form in told


@pytest.mark.parametrize(
    ("payload", "says"),
    [
        (b"", "empty"),
        (b"[1]", "array"),
        (b"a=b&c=d", "form text"),
        (b"<qr/>", "XML"),
        (b'a:1:{s:1:"a";i:1;}', "serialize"),
        (b"{'importe': 1700, 'info': None}", "Python"),
        (b'{"importe":1700,}', "comma"),
        (b"\xef\xbb\xbf" + PAYLOAD, "byte order mark"),
        (PAYLOAD.decode().encode("latin-1"), "8859-1"),
        (PAYLOAD.decode().encode("utf-16"), "UTF-16"),
        (b"[object Object]", "JSON.stringify"),
        (PAYLOAD.hex().encode(), "hexadecimal"),
        (b"hola", "plain text"),
    ],
)
def test_says_what_was_signed_instead(payload: bytes, says: str):
    """A payload that is no object is told for what it is."""
    diagnosis = refusal(made(payload=payload))
    assert diagnosis.code == "jws.payload"
    assert says in diagnosis.hint


@pytest.mark.parametrize("seed", range(8))
def test_no_refusal_without_a_hint(seed: int):
    """Whatever is altered, the hint says something to do."""
    rng = random.Random(seed)
    for _ in range(60):
        at = rng.randrange(len(good()))
        bad = good()[:at] + rng.choice('A-_.= "é{%') + good()[at + rng.randrange(9) :]
        if bad != good():
            assert refusal(bad).hint
    for header in (b"{}", b"[]", b'{"alg":1}', b'{"alg":"x"}', b'{"alg":"RS256","typ":"x"}'):
        assert refusal(made(header=header)).hint


def test_names_the_signer():
    """A signature by a key we know, but do not trust here, says whose it is."""
    text = jws.sign(PAYLOAD, private_key("Tesabiz"))
    diagnosis = refusal(text, also={"Tesabiz": public_key("Tesabiz"), "me": public_key("me")})
    assert diagnosis.code == "jws.signature"
    assert diagnosis.hint == "Signed with the private key of Tesabiz; sign with your own"


def test_says_that_another_key_signed():
    diagnosis = refusal(jws.sign(PAYLOAD, private_key("another")))
    assert (diagnosis.code, diagnosis.hint) == ("jws.signature", mistakes.ANOTHER_KEY)


def test_says_that_the_signature_was_cut():
    diagnosis = refusal(spliced(b64u(right_signature()[:-1])))
    assert (diagnosis.code, diagnosis.hint) == ("jws.signature", mistakes.CUT)


def test_shows_both_digests():
    """Expected and received can be compared by eye."""
    diagnosis = refusal(made(over=lambda _: b"something"))
    assert digest(good().rpartition(".")[0].encode()).hex() in diagnosis.expected
    assert digest(b"something").hex() in diagnosis.received


def test_a_private_key_is_never_shown():
    """Neither as the text nor inside a header."""
    pem = private_pem()
    secret = pem.splitlines()[3]
    for text in (pem, json.dumps({"payload": pem}), made(header=json.dumps({"alg": pem}).encode())):
        assert secret not in json.dumps(refusal(text).as_json())
    header = json.dumps({"alg": "RS256", "typ": pem}).encode()
    assert refusal(made(header=header)).received == "(the secret itself, masked)"


# --- the key is ours, not the sender's ------------------------------------------------------


def test_a_key_in_the_header_is_not_trusted():
    """The sender's own key and certificate prove nothing."""
    other = private_key("another")
    pem = certificate(other)
    der = b64encode(x509.load_pem_x509_certificate(pem.encode()).public_bytes(Encoding.DER))
    jwk = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(other.public_key()))
    header = {"alg": "RS256", "jwk": jwk, "x5c": [der.decode()], "kid": "another"}
    text = made(
        lambda message: other.sign(message, padding.PKCS1v15(), SHA256()),
        header=json.dumps(header).encode(),
    )
    assert refusal(text).code == "jws.signature"


@pytest.mark.parametrize("extra", [{"kid": "x"}, {"kid": 7}, {"x5c": ["rubbish"]}, {"jwk": 1}])
def test_a_key_in_the_header_is_not_a_mistake(extra: dict[str, Any]):
    """It is ignored, right or wrong."""
    text = made(header=json.dumps({"alg": "RS256", **extra}).encode())
    assert jws.verify(text, public_key()).payload == PAYLOAD


@pytest.mark.parametrize("typ", ["JWT", "jwt", "Jwt", "JOSE", "jose"])
def test_typ_accepted(typ: str):
    text = made(header=json.dumps({"typ": typ, "alg": "RS256"}).encode())
    assert jws.verify(text, public_key()).payload == PAYLOAD


@pytest.mark.parametrize(
    "typ", ["", "JOSE+JSON", "at+jwt", "application/jwt", "JO\u017fE", 1, None]
)
def test_typ_refused(typ: object):
    text = made(header=json.dumps({"typ": typ, "alg": "RS256"}).encode())
    assert refusal(text).code == "jws.typ"


@pytest.mark.parametrize(
    "header",
    [b"[]", b'"RS256"', b"null", b"{", b"\xff", b'{"alg":NaN}', b'\xef\xbb\xbf{"alg":"RS256"}'],
)
def test_header_refused(header: bytes):
    assert refusal(made(header=header)).code == "jws.header"


def test_header_in_utf16_refused():
    """`json.loads` would guess the encoding."""
    assert refusal(made(header=HEADER.decode().encode("utf-16-le"))).code == "jws.header"


@pytest.mark.parametrize("payload", [b"[]", b"1", b"null", b'{"a":NaN}', b"\xff", b"{} {}"])
def test_payload_refused(payload: bytes):
    assert refusal(made(payload=payload)).code == "jws.payload"


def test_alg_before_typ_before_signature():
    """The first fault in order is the one reported."""
    assert refusal(made(pss, header=b'{"alg":"PS256","typ":"x"}')).code == "jws.alg"
    assert refusal(made(pss, header=b'{"alg":"RS256","typ":"x"}')).code == "jws.typ"
    assert refusal(made(pss)).code == "jws.signature"


def test_every_failure_mode_is_provoked():
    modes = {mode.code for mode in vars(jws).values() if isinstance(mode, FailureMode)}
    texts = [make() for _, makes in WRONG.values() for make in makes]
    texts.append(made(header=b'{"alg":"RS256","typ":"x"}'))
    assert modes == {refusal(text).code for text in texts}


# --- certificates ---------------------------------------------------------------------------


@cache
def certificate(
    key: Any = None, days: int = 365, serial: int = 7, *, pem_of: str = "certificate"
) -> str:
    key = key or private_key()
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "merchant")])
    start = datetime(2026, 1, 1, tzinfo=UTC)
    if pem_of == "request":
        request = x509.CertificateSigningRequestBuilder().subject_name(name).sign(key, SHA256())
        return request.public_bytes(Encoding.PEM).decode()
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(serial)
        .not_valid_before(start)
        .not_valid_after(start + timedelta(days=days))
        .sign(key, SHA256())
    )
    return built.public_bytes(Encoding.PEM).decode()


def openssl(*arguments: object) -> None:
    subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True)


def test_the_providers_key_ceremony(tmp_path: Path):
    """The four commands of the provider's page make an X.509 v1 certificate; it will do."""
    key, pub, csr, crt = (
        tmp_path / n for n in ("private.key", "public.key", "request.csr", "certificate.pem")
    )
    openssl("genrsa", "-out", key, 2048)
    openssl("rsa", "-in", key, "-pubout", "-out", pub)
    openssl("req", "-new", "-key", key, "-subj", "/CN=merchant", "-out", csr)
    openssl("x509", "-req", "-days", 365, "-in", csr, "-signkey", key, "-out", crt)
    pem = crt.read_text()
    assert x509.load_pem_x509_certificate(pem.encode()).version is x509.Version.v1

    loaded = jws.load_certificate_key(pem)
    spki = loaded.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    assert spki == pub.read_text()
    start, end = jws.certificate_validity(pem)
    assert end - start == timedelta(days=365)
    assert start.tzinfo is not None
    assert jws.certificate_serial(pem) > 0

    for file, named in ((csr, "request.csr"), (pub, "public.key"), (key, "private key")):
        with pytest.raises(ConfigurationError, match=named) as refused:
            jws.load_certificate_key(file.read_text())
        assert "certificate.pem" in str(refused.value)
        assert "\n" not in str(refused.value)


@pytest.mark.parametrize("serial", [0, -5])
def test_a_serial_that_is_not_positive(tmp_path: Path, serial: int):
    """Home-made, against RFC 5280, and no reason to refuse, nor to warn."""
    key, csr, crt = (tmp_path / name for name in ("key", "csr", "crt"))
    key.write_text(private_pem())
    openssl("req", "-new", "-key", key, "-subj", "/CN=merchant", "-out", csr)
    options = ("-days", 1, "-set_serial", serial, "-in", csr, "-signkey", key, "-out", crt)
    openssl("x509", "-req", *options)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert jws.certificate_serial(crt.read_text()) == serial
        assert jws.load_certificate_key(crt.read_text()) == public_key()


def test_an_expired_certificate_and_other_spellings():
    """Only the key counts; line ends and text before do not."""
    pem = certificate(days=1)
    spelled = (pem, pem.strip(), pem.replace("\n", "\r\n"), pem.replace("\n", "\\n"))
    for text in (*spelled, f"subject=CN = merchant\n{pem}"):
        assert jws.load_certificate_key(text) == public_key()
    assert jws.certificate_validity(pem) == (
        datetime(2026, 1, 1, tzinfo=UTC),
        datetime(2026, 1, 2, tzinfo=UTC),
    )
    assert jws.certificate_serial(pem) == 7


def test_parses_a_certificate_once():
    assert jws.load_certificate_key(certificate()) is jws.load_certificate_key(certificate())


@pytest.mark.parametrize(
    ("make", "named"),
    [
        (lambda: certificate(pem_of="request"), "request.csr"),
        (public_pem, "public.key"),
        (lambda: public_pem(PublicFormat.PKCS1), "public.key"),
        (private_pem, "private key"),
        (lambda: certificate() + private_pem(), "private key"),
        (lambda: certificate() + certificate(), "2 certificates"),
        (lambda: certificate(ec.generate_private_key(ec.SECP256R1())), "is EC;"),
        (lambda: certificate(rsa.generate_private_key(65537, 1024)), "1024 bits"),
        (lambda: certificate()[:400], "cannot be read"),
        (lambda: certificate().replace("-----\n", "-----\nAAAA", 1), "cannot be read"),
        (lambda: "", "not PEM"),
        (lambda: "ssh-rsa AAAA", "SSH"),
        (lambda: certificate().replace("CERTIFICATE", "PKCS7"), "PKCS7"),
        (lambda: "-----BEGIN CERTIFICATE-----\ud800", "cannot be read"),
    ],
)
def test_not_a_usable_certificate(make: Callable[[], str], named: str):
    """One clear line says what was pasted."""
    with pytest.raises(ConfigurationError, match=named) as refused:
        jws.load_certificate_key(make())
    assert "\n" not in str(refused.value)


@given(text=st.text() | st.text().map(lambda t: f"-----BEGIN CERTIFICATE-----\n{t}"))
def test_any_text_as_certificate(text: str):
    with pytest.raises(ConfigurationError):
        jws.load_certificate_key(text)


def test_prehashed_is_the_same():
    """Signing the digest with `Prehashed` is right and accepted."""
    text = made(lambda m: private_key().sign(digest(m), padding.PKCS1v15(), Prehashed(SHA256())))
    assert jws.verify(text, public_key()).payload == PAYLOAD
