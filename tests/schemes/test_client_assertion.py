"""Client assertion: PyJWT, joserfc, openssl and bare `cryptography` say the same as we do."""

from __future__ import annotations

import hashlib
import hmac
import json
import random
import subprocess
from base64 import b64encode, urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.utils import (
    Prehashed,
    decode_dss_signature,
    encode_dss_signature,
)
from cryptography.hazmat.primitives.hashes import SHA256, SHA384, SHA512
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from hypothesis import example, given, settings
from hypothesis import strategies as st
from joserfc import jwt as joserfc_jwt
from joserfc.jwk import ECKey

from emulator.core.errors import ConfigurationError, FailureMode, SchemeError
from emulator.schemes import client_assertion as ca
from emulator.schemes.client_assertion.mistakes import diagnose as mistakes
from emulator.schemes.client_assertion.mistakes import ec_signature
from emulator.schemes.jws import mistakes as jws

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

AUDIENCE = "https://api.goat.ar/v1/oauth/token"
NOW = datetime(2026, 1, 31, 14, 56, 6, tzinfo=UTC)
T = int(NOW.timestamp())
CLIENT = "merchant-1"

KEY, OTHER, STRANGER = (
    ec.derive_private_key(int.from_bytes(hashlib.sha256(name).digest()) >> 1, ec.SECP256R1())
    for name in (b"key", b"other", b"stranger")
)
RSA = rsa.generate_private_key(65537, 2048)
KID, OTHER_KID = (ca.thumbprint(key.public_key()) for key in (KEY, OTHER))
KEYS = {
    KID: ca.ClientKey(CLIENT, KEY.public_key()),
    OTHER_KID: ca.ClientKey("merchant-2", OTHER.public_key()),
}
OTHER_KEYS = {"merchant-1": KEY.public_key(), "merchant-2": OTHER.public_key()}

HEADER = {"alg": "ES256", "typ": "JWT", "kid": KID}
CLAIMS = {"aud": AUDIENCE, "iss": CLIENT, "iat": T, "exp": T + 3600, "sub": CLIENT}


def b64u(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def unb64u(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def compact_json(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def der(message: bytes, key: Any = KEY, hash_: Any = None) -> bytes:
    return key.sign(message, ec.ECDSA(hash_ or SHA256()))


def raw(message: bytes, key: Any = KEY, hash_: Any = None) -> bytes:
    r, s = decode_dss_signature(der(message, key, hash_))
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def made(
    signer: Callable[[bytes], bytes] = raw,
    *,
    header: dict[str, Any] | None = None,
    claims: dict[str, Any] | None = None,
    without: str = "",
    over: Callable[[bytes], bytes] = lambda signing_input: signing_input,
) -> str:
    """An assertion by hand, right by default; every argument can spoil it."""
    header, claims = HEADER | (header or {}), CLAIMS | (claims or {})
    for name in without.split():
        header.pop(name, None)
        claims.pop(name, None)
    signing_input = f"{b64u(compact_json(header))}.{b64u(compact_json(claims))}"
    return f"{signing_input}.{b64u(signer(over(signing_input.encode())))}"


def verify(assertion: str, **options: Any) -> dict[str, Any]:
    defaults = {"find_key": KEYS.get, "audience": AUDIENCE, "now": NOW, "issuer": CLIENT}
    return ca.verify(assertion, **(defaults | {"other_keys": OTHER_KEYS} | options))


def refusal(assertion: str, **options: Any) -> Any:
    with pytest.raises(SchemeError) as refused:
        verify(assertion, **options)
    return refused.value.diagnosis


# --- vectors --------------------------------------------------------------------------------

# RFC 7515, appendix A.3.
A3_X, A3_Y = (
    "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
    "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
)
A3_SIGNING_INPUT = (
    "eyJhbGciOiJFUzI1NiJ9"
    ".eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
)
A3_SIGNATURE = (
    "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q"
)


def a3_key() -> ec.EllipticCurvePublicKey:
    x, y = (int.from_bytes(unb64u(text), "big") for text in (A3_X, A3_Y))
    return ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key()


def test_rfc7515_a3():
    """The RFC's own ES256 example verifies, and a bit less does not."""
    signature = unb64u(A3_SIGNATURE)
    assert ca.ES256.verify(A3_SIGNING_INPUT.encode(), a3_key(), signature)
    assert not ca.ES256.verify(A3_SIGNING_INPUT[:-1].encode(), a3_key(), signature)


def test_rfc7515_a3_gets_as_far_as_its_header_allows():
    """It names no key, so it stops there."""
    assert refusal(f"{A3_SIGNING_INPUT}.{A3_SIGNATURE}").code == "client-assertion.kid-missing"


def test_looks_like_the_providers_sample():
    """Header and claims in the order of the page; 64 bytes of signature."""
    first, second, third = ca.make(CLIENT, KID, KEY, audience=AUDIENCE, now=NOW).split(".")
    assert unb64u(first) == compact_json({"alg": "ES256", "typ": "JWT", "kid": KID})
    assert unb64u(second) == compact_json(CLAIMS)
    assert len(unb64u(third)) == 64


def test_the_providers_python_sample():
    """The page's sample, with its names."""
    payload = {"aud": AUDIENCE, "iss": CLIENT, "iat": T, "exp": T + 3600, "sub": CLIENT}
    headers = {"alg": "ES256", "kid": KID}
    assert verify(jwt.encode(payload, KEY, algorithm="ES256", headers=headers)) == payload


def private_pem(key: Any = KEY) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def public_pem(key: Any = KEY) -> str:
    public = key.public_key()
    return public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def test_openssl_der_is_refused_and_named(tmp_path: Path):
    """`openssl dgst -sign` makes DER; taken apart it is right."""
    (tmp_path / "key.pem").write_text(private_pem())
    signing_input = made().rpartition(".")[0]
    signature = subprocess.run(
        ["openssl", "dgst", "-sha256", "-sign", tmp_path / "key.pem"],
        input=signing_input.encode(),
        capture_output=True,
        check=True,
    ).stdout
    diagnosis = refusal(f"{signing_input}.{b64u(signature)}")
    assert diagnosis.code == "client-assertion.signature"
    assert diagnosis.hint.startswith("The signature is in DER; ")
    assert verify(f"{signing_input}.{b64u(ec_signature.from_der(signature))}") == CLAIMS


def test_fingerprints_by_other_tools(tmp_path: Path):
    """openssl and joserfc compute the same names for the key."""
    (tmp_path / "pub.pem").write_text(public_pem())
    out = subprocess.run(
        ["openssl", "pkey", "-pubin", "-in", tmp_path / "pub.pem", "-outform", "DER"],
        capture_output=True,
        check=True,
    ).stdout
    public = KEY.public_key()
    assert ca.spki_sha256(public) == hashlib.sha256(out).hexdigest()
    assert ca.thumbprint(public) == ECKey.import_key(public_pem()).thumbprint()
    line = public.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()
    blob = urlsafe_b64decode(line.split()[1].replace("+", "-").replace("/", "_"))
    expected = b64encode(hashlib.sha256(blob).digest()).decode().rstrip("=")
    assert ca.ssh_fingerprint(public) == f"SHA256:{expected}"
    assert len(expected) == 43


def test_thumbprints_of_a_hundred_keys():
    """Coordinates with leading zeros included, which one key in 128 has."""
    for number in range(1, 101):
        key = ec.derive_private_key(number * 7919, ec.SECP256R1())
        assert ca.thumbprint(key.public_key()) == ECKey.import_key(public_pem(key)).thumbprint()


# --- second opinions ------------------------------------------------------------------------


def some_claims(rng: random.Random) -> dict[str, Any]:
    """Claims that hold at `NOW`."""
    issued = T - rng.randrange(-60, 3000)
    lifetime = rng.randrange(max(1, T - issued + 1), 3661)
    audience = rng.choice([AUDIENCE, [AUDIENCE], ["x", AUDIENCE]])
    claims = CLAIMS | {"iat": issued, "exp": issued + lifetime, "aud": audience}
    return claims | rng.choice([{}, {"nbf": issued}, {"jti": "ñ"}])


def test_accepts_a_thousand_of_pyjwt():
    rng = random.Random(1)
    for _ in range(1000):
        claims = some_claims(rng)
        assert verify(jwt.encode(claims, KEY, algorithm="ES256", headers={"kid": KID})) == claims


def test_accepts_a_thousand_of_joserfc():
    rng, key = random.Random(2), ECKey.import_key(private_pem())
    for _ in range(1000):
        claims = some_claims(rng)
        assert verify(joserfc_jwt.encode(dict(HEADER), claims, key)) == claims


def test_accepts_a_thousand_of_bare_cryptography():
    rng = random.Random(3)
    for _ in range(1000):
        claims = some_claims(rng)
        assert verify(made(claims=claims)) == claims


@pytest.mark.slow
def test_others_accept_a_thousand_of_ours():
    """PyJWT, joserfc and bare `cryptography` all take what `make` makes."""
    key = ECKey.import_key(public_pem())
    options: Any = {"verify_exp": False, "verify_iat": False}
    for second in range(1000):
        now = NOW + timedelta(seconds=second)
        text = ca.make(CLIENT, KID, KEY, audience=AUDIENCE, now=now)
        claims = jwt.decode(
            text, KEY.public_key(), algorithms=["ES256"], audience=AUDIENCE, options=options
        )
        assert claims == CLAIMS | {"iat": T + second, "exp": T + second + 3600}
        assert joserfc_jwt.decode(text, key).claims == claims
        signing_input, _, signature = text.rpartition(".")
        r, s = (int.from_bytes(half, "big") for half in halves(unb64u(signature)))
        KEY.public_key().verify(
            encode_dss_signature(r, s), signing_input.encode(), ec.ECDSA(SHA256())
        )


def halves(signature: bytes) -> tuple[bytes, bytes]:
    return signature[:32], signature[32:]


def test_refuses_three_thousand_mutations():
    """One character changed, dropped or doubled anywhere is one too many."""
    rng, text = random.Random(4), made()
    alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_+/=. \n"é'
    for number in range(3000):
        at = rng.randrange(len(text))
        middle = (rng.choice(alphabet), "", rng.choice(alphabet) + text[at])[number % 3]
        bad = text[:at] + middle + text[at + 1 :]
        if bad != text:
            assert refusal(bad).code.startswith("client-assertion.")


def test_refuses_every_other_last_character():
    """The last character of 86 holds four bits no byte needs; they must be zero."""
    text = made()
    for character in "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_":
        if character != text[-1]:
            refusal(text[:-1] + character)


@given(claims=st.dictionaries(st.sampled_from(list(CLAIMS)), st.integers(-(2**70), 2**70)))
@settings(deadline=None)
def test_never_accepts_what_pyjwt_refuses(claims: dict[str, int]):
    """PyJWT, told the time of the test by shifting, is never the stricter one."""
    text = made(claims=claims)
    try:
        verify(text)
    except SchemeError:
        return
    jwt.decode(
        text,
        KEY.public_key(),
        algorithms=["ES256"],
        audience=AUDIENCE,
        options={"verify_exp": False, "verify_iat": False},
    )


# --- properties -----------------------------------------------------------------------------


@given(
    issuer=st.text(),
    kid=st.text(min_size=1),
    days=st.integers(-10_000, 60_000),
    late=st.integers(-60, 3598),
)
@settings(deadline=None)
def test_round_trip(issuer: str, kid: str, days: int, late: int):
    """What `make` makes, `verify` accepts for an hour, and from a minute before."""
    now = NOW + timedelta(days=days, milliseconds=days)
    text = ca.make(issuer, kid, KEY, audience=AUDIENCE, now=now)
    keys = {kid: ca.ClientKey(issuer, KEY.public_key())}
    options = {"find_key": keys.get, "issuer": issuer, "now": now + timedelta(seconds=late)}
    assert verify(text, **options)["sub"] == issuer


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


@pytest.mark.slow
@given(
    header=st.dictionaries(
        st.sampled_from(["alg", "kid", "typ", "x5t", "jwk"]),
        json_values | st.sampled_from([KID, OTHER_KID, "ES256", "none", "HS256"]),
    ),
    claims=st.dictionaries(
        st.sampled_from(["aud", "iss", "sub", "iat", "exp", "nbf"]),
        json_values
        | st.sampled_from([AUDIENCE, CLIENT, T, T + 3600, 10**400, -(10**400), 10**4299]),
    ),
    signer=st.sampled_from([raw, der, lambda m: b"", lambda m: b"\x30" * 64, lambda m: m[:64]]),
)
@settings(max_examples=700, deadline=None)
def test_raises_nothing_else_on_any_content(
    header: dict[str, Any], claims: dict[str, Any], signer: Callable[[bytes], bytes]
):
    """Any header, claims and signature: accepted for good reasons or refused in order."""
    try:
        got = verify(made(signer, header=header, claims=claims))
    except SchemeError as error:
        json.dumps(error.diagnosis.as_json(), ensure_ascii=False).encode()
        return
    kid = (HEADER | header)["kid"]
    assert signer is raw
    assert kid == KID
    assert got["iss"] == got["sub"] == CLIENT
    assert AUDIENCE in got["aud"]
    assert type(got["exp"]) is type(got["iat"]) is int
    assert got["exp"] > T >= got["iat"] - 60
    assert 0 < got["exp"] - got["iat"] <= 3660


@pytest.mark.slow
@given(
    text=st.text()
    | st.text(alphabet="eyJ.{}\"=+/- \n\ud800%'", max_size=20)
    | st.tuples(st.binary(), st.binary(), st.binary()).map(lambda t: ".".join(map(b64u, t)))
)
@example(text=f"{b64u(compact_json(HEADER))}.{b64u(b'[' * 100_000)}.AA")
@example(text="." * 100_000)
@settings(max_examples=500, deadline=None)
def test_raises_nothing_else_on_any_text(text: str):
    diagnosis = refusal(text)
    json.dumps(diagnosis.as_json(), ensure_ascii=False).encode()


@given(time=st.integers(-(10**4200), 10**4200), name=st.sampled_from(["iat", "exp", "nbf"]))
@settings(deadline=None)
def test_any_integer_as_time(time: int, name: str):
    """No number is too large to be judged."""
    try:
        verify(made(claims={name: time}))
    except SchemeError:
        return
    assert abs(time - T) <= 7300 or (name == "nbf" and time <= T + 60)


# --- limits ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("claims", "code"),
    [
        ({"iat": T - 3600, "exp": T}, "expired"),
        ({"iat": T - 3600, "exp": T + 1}, ""),
        ({"iat": T + 60, "exp": T + 3660}, ""),
        ({"iat": T + 61, "exp": T + 3661}, "iat-in-future"),
        ({"exp": T + 3660}, ""),
        ({"exp": T + 3661}, "lifetime"),
        ({"iat": T + 60, "exp": T + 60}, "lifetime"),
        ({"iat": T + 60, "exp": T + 61}, ""),
        ({"iat": T + 60, "exp": T + 59}, "lifetime"),
        ({"nbf": T + 60}, ""),
        ({"nbf": T + 61}, "not-yet-valid"),
        ({"nbf": 0}, ""),
        ({"nbf": -1}, ""),
    ],
)
def test_limits(claims: dict[str, int], code: str):
    """To the second."""
    if code:
        assert refusal(made(claims=claims)).code == f"client-assertion.{code}"
    else:
        assert verify(made(claims=claims)) == CLAIMS | claims


def test_expires_within_the_second():
    """`exp` is compared with the very moment, not with the second."""
    text = made(claims={"exp": T + 1})
    assert verify(text, now=NOW + timedelta(microseconds=999_999))
    assert refusal(text, now=NOW + timedelta(seconds=1)).code == "client-assertion.expired"


def test_window_is_the_callers():
    text = made(claims={"iat": T + 100, "exp": T + 10_000})
    options = {"skew": timedelta(seconds=100), "max_lifetime": timedelta(seconds=9800)}
    assert verify(text, **options)
    refusal(text, **(options | {"skew": timedelta(seconds=99)}))
    refusal(text, **(options | {"max_lifetime": timedelta(seconds=9799)}))


def test_no_application_named():
    """Without one in the request, the key alone decides who it is."""
    assert verify(made(), issuer=None) == CLAIMS


@pytest.mark.parametrize(
    "value", [True, False, None, "1", str(T), f"{T}.0", [T], {"n": T}, "", "Infinity"]
)
@pytest.mark.parametrize("name", ["iat", "exp", "nbf"])
def test_times_are_numbers(name: str, value: object):
    """PyJWT takes numeric text; the emulator does not."""
    diagnosis = refusal(made(claims={name: value}))
    assert diagnosis.code == "client-assertion.claim-type"
    assert diagnosis.where == f"claims.{name}"
    assert diagnosis.hint


@pytest.mark.parametrize(
    "claims",
    [
        {"iat": float(T)},
        {"exp": float(T + 3600)},
        {"iat": T + 0.25, "exp": T + 3600.25},
        {"iat": T - 0.5, "exp": T + 0.5, "nbf": T - 0.5},
        {"iat": T + 60.0},
    ],
)
def test_a_time_may_have_a_fraction(claims: dict[str, Any]):
    """A NumericDate is any JSON number (RFC 7519, section 2)."""
    assert ca.fractions(verify(made(claims=claims))) == [
        name for name in ("iat", "exp", "nbf") if name in claims
    ]
    assert ca.fractions(CLAIMS) == []


@pytest.mark.parametrize(
    ("claims", "mode"),
    [
        ({"exp": float(T)}, "expired"),
        ({"exp": T - 0.1}, "expired"),
        ({"iat": T + 60.1}, "iat-in-future"),
        ({"iat": T * 1000.0}, "iat-in-future"),
        ({"exp": T + 3660.1}, "lifetime"),
        ({"exp": 1e300}, "lifetime"),
        ({"nbf": T + 60.1}, "not-yet-valid"),
    ],
)
def test_a_fraction_counts(claims: dict[str, Any], mode: str):
    diagnosis = refusal(made(claims=claims))
    assert diagnosis.code == f"client-assertion.{mode}"
    assert diagnosis.hint


@pytest.mark.parametrize(
    "audience", [[], None, 1, {}, {AUDIENCE: 1}, [AUDIENCE, 1], [[AUDIENCE]], "", AUDIENCE + "\0"]
)
def test_audience_refused(audience: object):
    assert refusal(made(claims={"aud": audience})).code == "client-assertion.audience"


@pytest.mark.parametrize("kid", [1, True, [KID], {"kid": KID}])
def test_kid_must_be_text(kid: object):
    diagnosis = refusal(made(header={"kid": kid}))
    assert (diagnosis.code, diagnosis.hint) == (
        "client-assertion.kid-missing",
        "kid must be text",
    )


@pytest.mark.parametrize("kid", [KID + " ", KID[:-1], KID.upper(), KID + "="])
def test_kid_is_matched_exactly(kid: str):
    assert refusal(made(header={"kid": kid})).code == "client-assertion.kid-unknown"


def test_several_names_for_one_key():
    """Aliases are the caller's affair; the owner is the same."""
    for alias in (KID, ca.spki_sha256(KEY.public_key()), ca.ssh_fingerprint(KEY.public_key())):
        assert verify(made(header={"kid": alias}), find_key=lambda kid: KEYS[KID]) == CLAIMS


def test_key_in_the_header_is_not_trusted():
    jwk = json.loads(jwt.algorithms.ECAlgorithm.to_jwk(OTHER.public_key()))
    text = made(lambda m: raw(m, OTHER), header={"jwk": jwk})
    assert refusal(text).code == "client-assertion.signature"


def test_zero_signatures():
    """R or S zero, or the order of the curve, prove nothing (CVE-2022-21449)."""
    n = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
    for r in (0, 1, n, n - 1):
        for s in (0, 1, n, n - 1):
            signature = r.to_bytes(32, "big") + s.to_bytes(32, "big")
            assert refusal(made(lambda _, b=signature: b)).code == "client-assertion.signature"


def test_order_of_checks():
    """With everything wrong, the first fault in order is the one reported."""
    claims: dict[str, Any] = {"iss": "x", "aud": "x", "iat": "x", "exp": "x"}
    steps = [
        ("alg", {"alg": "none", "kid": ""}, b""),
        ("kid-missing", {"kid": ""}, b""),
        ("kid-unknown", {"kid": "x"}, b""),
        ("signature", {}, b""),
    ]
    for code, header, signature in steps:
        text = made(lambda _, b=signature: b, header=header, claims=claims)
        assert refusal(text).code == f"client-assertion.{code}"
    repairs: list[tuple[str, dict[str, Any]]] = [
        ("issuer", {"iss": CLIENT}),
        ("audience", {"aud": AUDIENCE}),
        ("claim-type", {"iat": T + 9000, "exp": T - 1, "nbf": T + 9000}),
        ("expired", {"exp": T + 90_000}),
        ("iat-in-future", {"iat": T}),
        ("lifetime", {"exp": T + 3600}),
        ("not-yet-valid", {"nbf": T}),
    ]
    for code, repair in repairs:
        assert refusal(made(claims=claims)).code == f"client-assertion.{code}"
        claims |= repair
    assert verify(made(claims=claims)) == CLAIMS | claims


# --- mistakes -------------------------------------------------------------------------------


def hmac_with(key: str, alg: str = "HS256") -> str:
    name = {"HS256": "sha256", "HS384": "sha384"}[alg]
    return made(lambda m: hmac.digest(key.encode(), m, name), header={"alg": alg})


def spliced(signature: str) -> str:
    return made().rpartition(".")[0] + "." + signature


def signature() -> bytes:
    return unb64u(made(lambda m: b"").rpartition(".")[2])


def digest(message: bytes) -> bytes:
    return hashlib.sha256(message).digest()


def short(message: bytes) -> bytes:
    """A signature whose R or S begins with a zero, dropped as big integers do."""
    while True:
        r, s = halves(raw(message))
        joined = r.lstrip(b"\0") + s.lstrip(b"\0")
        if len(joined) < 64:
            return joined


def times(**claims: Any) -> Callable[[], str]:
    return lambda: made(claims=claims)


def heads(**header: Any) -> Callable[[], str]:
    return lambda: made(header=header)


def decoded(signing_input: bytes) -> list[bytes]:
    return [unb64u(part.decode()) for part in signing_input.split(b".")]


def prints(key: Any = KEY) -> dict[str, str]:
    return ca.fingerprints(key.public_key())


AHEAD = "iat-in-future"

WRONG: dict[str, tuple[str, list[Callable[[], str]]]] = {
    # hint: (code, assertions that show it)
    "alg is none: the assertion is not signed; sign with ES256": (
        "alg",
        [lambda: made(lambda _: b"", header={"alg": "none"}), heads(alg="NONE")],
    ),
    "HMAC with the public key as its secret, which everybody has; "
    "sign with ES256 and the private key": (
        "alg",
        [
            lambda: hmac_with(public_pem()),
            lambda: hmac_with(public_pem().strip(), "HS384"),
            lambda: hmac_with(public_pem(OTHER)),
        ],
    ),
    "HMAC uses a shared secret; sign with ES256 and the private key": (
        "alg",
        [lambda: hmac_with("secret")],
    ),
    "RSA was used; use a key on P-256 and ES256": (
        "alg",
        [
            lambda: jwt.encode(CLAIMS, RSA, algorithm="RS256", headers={"kid": KID}),
            lambda: jwt.encode(CLAIMS, RSA, algorithm="PS256"),
        ],
    ),
    "Another curve or hash was used; use a key on P-256 and ES256": (
        "alg",
        [
            lambda: jwt.encode(CLAIMS, ec.generate_private_key(ec.SECP384R1()), algorithm="ES384"),
            heads(alg="EdDSA"),
            heads(alg="ES256K"),
        ],
    ),
    "The header names no algorithm; set alg to ES256": ("alg", [lambda: made(without="alg")]),
    "The algorithm is to be written ES256": (
        "alg",
        [heads(alg="es256"), heads(alg="SHA256withECDSA")],
    ),
    "kid is among the claims; it belongs in the header": (
        "kid-missing",
        [lambda: made(claims={"keyId": KID}, header={"kid": ""})],
    ),
    "The header member is called kid": (
        "kid-missing",
        [lambda: made(header={"keyid": KID}, without="kid")],
    ),
    "x5t, x5c or a key in the header is not looked at; name the registered key in kid": (
        "kid-missing",
        [
            lambda: made(header={"x5t": "x"}, without="kid"),
            lambda: made(header={"jwk": {}}, without="kid"),
        ],
    ),
    "kid must be text": ("kid-missing", [heads(kid=7)]),
    "kid is empty": ("kid-missing", [heads(kid=""), heads(kid=None)]),
    "Put the fingerprint of the registered key into the header as kid": (
        "kid-missing",
        [lambda: made(without="kid")],
    ),
    "kid is a key itself; send its fingerprint": ("kid-unknown", [heads(kid=public_pem())]),
    "kid is a URL; send the fingerprint of the registered key": (
        "kid-unknown",
        [heads(kid="https://merchant.example/jwks.json")],
    ),
    "kid is the client's name; send the fingerprint of its key": (
        "kid-unknown",
        [heads(kid=CLIENT)],
    ),
    "kid is a fingerprint of a registered key, but of another kind than registered": (
        "kid-unknown",
        [
            *(heads(kid=value) for kind, value in prints().items() if value != KID),
            heads(kid=prints()["SPKI SHA-256"].upper()),
            heads(kid=bytes.fromhex(prints()["SPKI SHA-256"]).hex(":")),
            heads(kid=prints()["SSH SHA-256"].removeprefix("SHA256:")),
            heads(kid="MD5:" + prints()["SSH MD5"]),
            heads(kid=KID + "="),
        ],
    ),
    "kid is a fingerprint, but of a key that is not registered": (
        "kid-unknown",
        [heads(kid=value) for value in prints(STRANGER).values()],
    ),
    "The signature is empty": ("signature", [lambda: spliced("")]),
    "The signature is in DER; ES256 wants R and S, 32 bytes each, joined": (
        "signature",
        [lambda: made(der)],
    ),
    "The signature is hexadecimal text; encode its raw bytes with base64url": (
        "signature",
        [
            lambda: spliced(raw(made().rpartition(".")[0].encode()).hex()),
            lambda: made(lambda m: raw(m).hex().encode()),
            lambda: made(lambda m: der(m).hex().encode()),
        ],
    ),
    "The signature was Base64 text already and was encoded once more": (
        "signature",
        [
            lambda: made(lambda m: b64encode(raw(m))),
            lambda: made(lambda m: b64u(raw(m)).encode()),
        ],
    ),
    "Leading zeros of R or S were dropped; pad each to 32 bytes": (
        "signature",
        [lambda: made(short)],
    ),
    "S stands before R": ("signature", [lambda: made(lambda m: b"".join(halves(raw(m))[::-1]))]),
    "Hashed with SHA-384; use SHA-256": (
        "signature",
        [lambda: made(lambda m: raw(m, hash_=SHA384()))],
    ),
    "Hashed with SHA-512; use SHA-256": (
        "signature",
        [
            lambda: made(lambda m: raw(m, hash_=SHA512())),
            lambda: made(lambda m: der(m, hash_=SHA512())),
        ],
    ),
    "Hashed twice: the signing function hashes by itself": (
        "signature",
        [
            lambda: made(over=digest),
            lambda: made(der, over=digest),
            lambda: made(over=lambda m: digest(m).hex().encode()),
        ],
    ),
    "Signed the ": (
        "signature",
        [
            lambda: made(over=lambda m: m.split(b".")[1]),
            lambda: made(over=lambda m: decoded(m)[1]),
            lambda: made(over=lambda m: b".".join(decoded(m))),
            lambda: made(over=lambda m: b"".join(decoded(m))),
        ],
    ),
    "Signed standard Base64, sent base64url; sign what is sent": (
        "signature",
        [
            lambda: made(
                claims={"x": "~~~???~~~???"}, over=lambda m: b".".join(map(b64encode, decoded(m)))
            ),
        ],
    ),
    "Signed a line break along with the text": (
        "signature",
        [lambda: made(over=lambda m: m + b"\n")],
    ),
    "The signature is in DER, and by another key or over another text besides; "
    "ES256 wants R and S, 32 bytes each, joined": (
        "signature",
        [lambda: made(lambda m: der(m, STRANGER))],
    ),
    "iss and sub are missing; both are the client's name": (
        "issuer",
        [lambda: made(without="iss sub")],
    ),
    "sub is missing; it is the client's name, like iss": ("issuer", [lambda: made(without="sub")]),
    "iss is missing; it is the client's name, like sub": ("issuer", [lambda: made(without="iss")]),
    "iss is the key's name; it must be the client's": ("issuer", [times(iss=KID)]),
    "iss is the audience; it must be the client's name": ("issuer", [times(iss=AUDIENCE)]),
    "sub differs from iss; a client asserts itself, both are its name": (
        "issuer",
        [times(sub="user")],
    ),
    "iss differs from sub; a client asserts itself, both are its name": (
        "issuer",
        [times(iss="company")],
    ),
    "iss or sub is not text; both are the client's name": (
        "issuer",
        [times(sub=None), times(iss=7)],
    ),
    "iss or sub is spelt otherwise than the client's name: upper and lower case and blanks count": (
        "issuer",
        [times(iss="MERCHANT-1", sub="MERCHANT-1"), times(sub=" merchant-1")],
    ),
    "Signed with the key of another client than iss and sub name": (
        "issuer",
        [times(iss="merchant-2", sub="merchant-2")],
    ),
    "kid has blanks or quotes around it; send it as it is registered": (
        "kid-unknown",
        [heads(kid=f" {KID}"), heads(kid=f'"{KID}"')],
    ),
    "Upper and lower case count in kid; send it as it is registered": (
        "kid-unknown",
        [heads(kid=KID.upper()), heads(kid=KID.lower())],
    ),
    "kid was cut; send all of it": (
        "kid-unknown",
        [heads(kid=KID[:32])],
    ),
    "kid is a part of the key or a hash of its PEM text; send the key's registered keyId": (
        "kid-unknown",
        [heads(kid=hashlib.sha256(public_pem().encode()).hexdigest())],
    ),
    "aud was percent-encoded; send it plain": (
        "audience",
        [times(aud=quote(AUDIENCE, safe=""))],
    ),
    "aud is in quotes; leave them out": ("audience", [times(aud=f'"{AUDIENCE}"')]),
    "aud is the host alone; it is the whole address, as registered": (
        "audience",
        [times(aud=urlsplit(AUDIENCE).hostname)],
    ),
    "The year is of the Buddhist calendar, 543 years ahead; use the Gregorian calendar": (
        "iat-in-future",
        [times(iat=T + int(543 * 365.2425 * 86400), exp=T + int(543 * 365.2425 * 86400) + 3600)],
    ),
    "The year is of the Persian calendar, 621 years behind; use the Gregorian calendar": (
        "expired",
        [times(iat=T - int(621 * 365.2425 * 86400), exp=T - int(621 * 365.2425 * 86400) + 3600)],
    ),
    "aud is missing; add it: the audience that the credentials show": (
        "audience",
        [lambda: made(without="aud")],
    ),
    "aud is text or an array of texts": ("audience", [times(aud=[AUDIENCE, 1]), times(aud=7)]),
    "aud has a slash at its end that does not belong there": (
        "audience",
        [times(aud=AUDIENCE + "/"), times(aud=["x", AUDIENCE + "/"])],
    ),
    "aud begins with https, not with http": (
        "audience",
        [times(aud=AUDIENCE.replace("https", "http")), times(aud=[AUDIENCE.replace("s:", ":")])],
    ),
    "aud has white space around it": ("audience", [times(aud=AUDIENCE + "\n")]),
    "aud is compared letter by letter, upper and lower case too": (
        "audience",
        [times(aud=AUDIENCE.replace("goat", "Goat"))],
    ),
    "aud holds several audiences in one text; use an array": (
        "audience",
        [times(aud=f"https://example.org {AUDIENCE}"), times(aud=f"{AUDIENCE},x")],
    ),
    "aud is a client's name; it must be the server's": ("audience", [times(aud=CLIENT)]),
    "aud is an address at the right server, perhaps the one that was called; "
    "send the audience that the credentials show": (
        "audience",
        [
            times(aud="https://api.goat.ar/v1/oauth/app/token"),
            times(aud="https://api.goat.ar"),
            times(aud=["https://api.goat.ar/oauth/app/token"]),
        ],
    ),
    "aud names another host, such as the emulator's own; "
    "send the audience that the credentials show, wherever the request goes": (
        "audience",
        [
            times(aud="http://127.0.0.1:8900/goat/v1/oauth/app/token"),
            times(aud="http://[::1]:8900/"),
        ],
    ),
    "exp is missing; add it: iat + 3600": ("claim-type", [lambda: made(without="exp")]),
    "iat is missing; add it: the present time in seconds since 1970": (
        "claim-type",
        [lambda: made(without="iat")],
    ),
    "The time is a number in quotation marks; send it without them": (
        "claim-type",
        [times(iat=str(T)), times(exp=str(T + 3600)), times(nbf=f"{T}.5")],
    ),
    "The time is a date as text; use seconds since 1970": (
        "claim-type",
        [times(iat=NOW.isoformat())],
    ),
    "The time is null, a truth value, an array or an object; use seconds since 1970": (
        "claim-type",
        [times(iat=None), times(exp=True), times(nbf=[T])],
    ),
    "exp is a duration; it must be a time: iat + 3600": ("expired", [times(exp=3600)]),
    "iat is 0, which is 1970: the clock was not asked. iat is the time now in seconds since 1970, "
    "and exp is iat + 3600": ("expired", [times(iat=0, exp=3600), times(iat=0, exp=0)]),
    "exp equals iat; add the lifetime": ("expired", [times(exp=T)]),
    "exp is before iat; it must be iat + 3600": ("expired", [times(exp=T - 1), times(exp=T - 0.1)]),
    "iat is whole hours behind: local time was taken for UTC (west of Greenwich), or UTC "
    "read as local time (east of it); or an old assertion was sent again. Take the "
    "seconds since 1970 from the clock itself, for each assertion": (
        "expired",
        [times(iat=T - 3 * 3600, exp=T - 2 * 3600), times(iat=T - 4 * 3600 - 30, exp=T - 10_000)],
    ),
    "An old assertion was sent again, or the client's clock is behind; make a new one": (
        "expired",
        [times(iat=T - 5000, exp=T - 1400), times(iat=T - 3 * 10**7, exp=T - 3 * 10**7 + 3600)],
    ),
    "The time is in nanoseconds; use seconds": (
        AHEAD,
        [times(iat=T * 10**9, exp=(T + 3600) * 10**9)],
    ),
    "The time is in microseconds; use seconds": (
        AHEAD,
        [times(iat=T * 10**6, exp=(T + 3600) * 10**6)],
    ),
    "The time is in milliseconds; use seconds": (
        AHEAD,
        [times(iat=T * 1000, exp=(T + 3600) * 1000), times(iat=T * 1000)],
    ),
    "The time is whole hours ahead: UTC was read as local time (west of Greenwich), or local "
    "time taken for UTC (east of it). Take the seconds since 1970 from the clock itself": (
        AHEAD,
        [times(iat=T + 3600, exp=T + 7200), times(iat=T + 3 * 3600 + 20, exp=T + 15_000)],
    ),
    "The client's clock is ahead; set it by NTP, or take the time of the clock in UTC": (
        AHEAD,
        [times(iat=T + 300)],
    ),
    "exp is not after iat; set it to iat + 3600": ("lifetime", [times(iat=T + 50, exp=T + 40)]),
    "The assertion lives too long: exp is iat + 3600 at most": (
        "lifetime",
        [times(exp=T + 86_400)],
    ),
}


def test_every_mistake_is_shown():
    """Those of the signature are a product, shown by the samples and their pairs."""
    of_form = {hint for hint, (code, _) in WRONG.items() if code != "signature"}
    assert {hint for hint, _ in mistakes.MISTAKES} - of_form <= WRONG.keys()
    assert of_form <= {hint for hint, _ in mistakes.MISTAKES}


@pytest.mark.parametrize(
    ("code", "hint", "make"),
    [(code, hint, make) for hint, (code, makes) in WRONG.items() for make in makes],
    ids=[f"{hint}-{n}" for hint, (_, makes) in WRONG.items() for n in range(len(makes))],
)
def test_names_the_mistake(code: str, hint: str, make: Callable[[], str]):
    """Every known wrong recipe is refused and recognised."""
    diagnosis = refusal(make())
    assert diagnosis.code == f"client-assertion.{code}"
    assert hint in diagnosis.hint


@pytest.mark.parametrize(
    ("claims", "code", "hint"),
    [
        ({"exp": (T + 3600) * 1000}, "lifetime", "The time is in milliseconds; use seconds"),
        ({"nbf": T * 1000}, "not-yet-valid", "The time is in milliseconds; use seconds"),
        (
            {"nbf": T + 300},
            "not-yet-valid",
            "The client's clock is ahead; set it by NTP, or take the time of the clock in UTC",
        ),
    ],
)
def test_names_the_time_at_fault(claims: dict[str, int], code: str, hint: str):
    """The same mistake in one time only."""
    diagnosis = refusal(made(claims=claims))
    assert (diagnosis.code, diagnosis.hint) == (f"client-assertion.{code}", hint)


def form(text: str) -> tuple[str, str]:
    diagnosis = refusal(text)
    assert diagnosis.code == "client-assertion.not-a-jwt"
    return diagnosis.where, diagnosis.hint


def test_not_a_jwt():
    """Mistakes of form are named in the words of `jws`."""
    good = made()
    first, second, third = good.split(".")
    string = b64u(json.dumps(json.dumps(CLAIMS)).encode())
    hints = {hint for hint, _ in jws.MISTAKES}
    for text, where in {
        "": "",
        f"{first}.{second}": "",
        f"{good}.x.y": "",
        public_pem(): "",
        f"Bearer {good}": "protected",
        f'"{good}"': "protected",
        f"{good}\n": "signature",
        f"{good}==": "signature",
        f"{first}..{third}": "claims",
        f"{first}.{string}.{third}": "claims",
        f"{first}.{b64u(good.encode())}.{third}": "claims",
        f"{b64u(b'{}{}')}.{second}.{third}": "protected",
        made(header={"crit": ["kid"]}): "protected",
        made(header={"b64": False}): "protected",
    }.items():
        at, hint = form(text)
        assert at == where
        assert hint in hints or text.startswith(b64u(b"{}{}"))


@pytest.mark.parametrize("claims", [b"[]", b"1", b'"x"', b"null", b"{", b'{"a":NaN}', b"\xff"])
def test_claims_that_are_no_object(claims: bytes):
    signing_input = f"{b64u(compact_json(HEADER))}.{b64u(claims)}"
    assert form(f"{signing_input}.{b64u(raw(signing_input.encode()))}")[0] == "claims"


def test_a_claim_twice():
    """Two readers might take two different ones."""
    claims = compact_json(CLAIMS)[:-1] + b',"iss":"merchant-2"}'
    signing_input = f"{b64u(compact_json(HEADER))}.{b64u(claims)}"
    text = f"{signing_input}.{b64u(raw(signing_input.encode()))}"
    assert form(text) == ("claims", "A member of the payload occurs twice")


TEXTS: dict[str, Callable[[bytes], bytes]] = {
    "Signed the payload alone": lambda m: m.split(b".")[1],
    "Signed the decoded bytes": lambda m: unb64u(m.split(b".")[1].decode()),
    "Signed a line break": lambda m: m + b"\n",
    "Hashed twice": lambda m: hashlib.sha256(m).digest(),
}
FORMS: dict[str, Callable[[bytes], bytes]] = {
    "The signature is in DER": der,
    "The signature is hexadecimal text": lambda m: raw(m).hex().encode(),
    "The signature was Base64 text already": lambda m: b64encode(raw(m)),
    "S stands before R": lambda m: b"".join(halves(raw(m))[::-1]),
    "R and S are little-endian": lambda m: b"".join(half[::-1] for half in halves(raw(m))),
    "A recovery byte": lambda m: raw(m) + bytes([27]),
}


@pytest.mark.parametrize("signer", [raw, der])
@pytest.mark.parametrize(
    ("given", "told"),
    [
        (lambda m: m, "The text was signed in place of its hash"),
        (lambda m: hashlib.sha256(m).hexdigest().encode(), "The hexadecimal text of the hash"),
        (lambda m: hashlib.sha256(m).hexdigest().upper().encode(), "The hexadecimal text of the"),
    ],
)
def test_names_what_was_signed_without_a_hash(
    signer: Callable[..., bytes], given: Callable[[bytes], bytes], told: str
):
    """Go's `ecdsa.Sign` signs the first 32 bytes of what it is given, and says nothing."""
    hint = refusal(made(lambda m: signer(given(m)[:32], hash_=Prehashed(SHA256())))).hint
    assert told in hint
    assert ("DER" in hint) == (signer is der)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("text", TEXTS)
def test_names_two_mistakes(text: str, form: str):
    """A wrong text and a wrong form of the signature are both told."""
    told = refusal(made(lambda m: FORMS[form](TEXTS[text](m)))).hint
    assert text in told
    assert form in told


@pytest.mark.parametrize("form", FORMS)
def test_names_the_form(form: str):
    assert refusal(made(FORMS[form])).hint.startswith(form)


def test_no_refusal_without_a_hint():
    """Whatever is altered, the hint says something to do."""
    rng, good = random.Random(5), made()
    for _ in range(300):
        at = rng.randrange(len(good))
        bad = good[:at] + rng.choice('A-_.= "é{%') + good[at + rng.randrange(9) :]
        if bad != good:
            assert refusal(bad).hint
    for header in ({"alg": 1}, {"alg": "x"}, {"kid": "x"}, {"kid": 1}, {"typ": "x"}):
        assert refusal(made(header=header)).hint
    for name in ("iss", "sub", "aud", "iat", "exp"):
        for value in ("", " ", "x", 0, -1, None, True, [], {}, ["x"], 10**15, 1e300, "2026-01-01"):
            assert refusal(made(claims={name: value})).hint


def test_names_the_signer():
    """Signed with another registered key than kid names, in whatever form."""
    for signer in (raw, der):
        diagnosis = refusal(made(lambda m, sign=signer: sign(m, OTHER)))
        assert diagnosis.code == "client-assertion.signature"
        assert "Signed with the private key of merchant-2, which" in diagnosis.hint


def test_says_that_a_stranger_signed():
    diagnosis = refusal(made(lambda m: raw(m, STRANGER)))
    assert (diagnosis.code, diagnosis.hint) == ("client-assertion.signature", mistakes.ANOTHER_KEY)


def test_says_that_the_signature_is_none():
    assert refusal(spliced("AAAA")).hint == mistakes.NO_SIGNATURE


def test_a_fingerprint_that_looks_like_a_url():
    """One Base64 text in 4096 begins with two slashes."""
    hint = refusal(made(header={"kid": "SHA256://" + "A" * 41})).hint
    assert hint == "kid is a fingerprint, but of a key that is not registered"


def test_names_the_key_that_kid_is_a_fingerprint_of():
    diagnosis = refusal(made(header={"kid": ca.spki_sha256(OTHER.public_key())}))
    assert diagnosis.expected == f"{OTHER_KID}, if merchant-2 is meant (sent: SPKI SHA-256)"


def test_the_key_of_another_client():
    """A right signature proves its own client, nobody else."""
    text = ca.make(CLIENT, OTHER_KID, OTHER, audience=AUDIENCE, now=NOW)
    diagnosis = refusal(text)
    assert (diagnosis.code, diagnosis.where) == ("client-assertion.issuer", "claims.iss")


def test_the_request_names_another_application():
    diagnosis = refusal(made(), issuer="merchant-2")
    assert diagnosis.code == "client-assertion.issuer"
    assert (diagnosis.where, diagnosis.hint) == ("issuer", ca.ANOTHER_APPLICATION)


def test_a_private_key_is_never_shown():
    pem = private_pem()
    secret = pem.splitlines()[1]
    texts = [pem, made(header={"kid": pem}), made(header={"alg": pem})]
    texts += [made(claims={name: pem}) for name in CLAIMS]
    for text in texts:
        assert secret not in json.dumps(refusal(text).as_json())


def test_every_failure_mode_is_provoked():
    modes = {mode.code for mode in vars(ca).values() if isinstance(mode, FailureMode)}
    codes = {refusal(make()).code for _, makes in WRONG.values() for make in makes}
    codes |= {refusal(made(header={"typ": "at+jwt"})).code}
    codes |= {refusal("").code, refusal(made(claims={"nbf": T + 61})).code}
    assert modes == codes


@pytest.mark.parametrize("typ", ["at+jwt", "JOSE", "", None, 1, ["JWT"], "JWT "])
def test_another_typ_is_refused(typ):
    diagnosis = refusal(made(header={"typ": typ}))
    assert (diagnosis.code, diagnosis.where) == ("client-assertion.typ", "protected.typ")
    assert diagnosis.hint == ca.ANOTHER_TYPE


@pytest.mark.parametrize("spoil", [{"header": {"typ": "jwt"}}, {"without": "typ"}])
def test_typ_in_any_case_or_none(spoil):
    assert verify(made(**spoil))


# --- keys -----------------------------------------------------------------------------------


def test_only_p256():
    """A key on another curve cannot be registered, made with or named."""
    key = ec.generate_private_key(ec.SECP384R1())
    for use in (
        lambda: ca.ClientKey(CLIENT, key.public_key()),
        lambda: ca.make(CLIENT, "k", key, audience=AUDIENCE, now=NOW),
        lambda: ca.thumbprint(key.public_key()),
    ):
        with pytest.raises(ConfigurationError, match="secp384r1"):
            use()


def test_other_keys_may_be_on_any_curve():
    """They only serve to name mistakes."""
    others = {"p384": ec.generate_private_key(ec.SECP384R1()).public_key()}
    for text in (made(header={"kid": "x"}), made(lambda m: raw(m, STRANGER)), hmac_with("x")):
        refusal(text, other_keys=others)


def test_load_public_key():
    assert ca.load_public_key(public_pem()) == KEY.public_key()
    assert ca.load_public_key(public_pem()) is ca.load_public_key(public_pem())


@pytest.mark.parametrize(
    ("pem", "named"),
    [
        (private_pem(), "private key"),
        (public_pem(RSA), "is RSA"),
        (public_pem(ec.generate_private_key(ec.SECP384R1())), "secp384r1"),
        ("-----BEGIN CERTIFICATE-----", "its end is missing"),
        ("-----BEGIN CERTIFICATE REQUEST-----", "certificate request"),
        ("", "empty, not PEM text"),
        ("\ud800", "not PEM text"),
        (public_pem()[:90], "cannot be read"),
    ],
)
def test_not_a_usable_key(pem: str, named: str):
    with pytest.raises(ConfigurationError, match=named) as refused:
        ca.load_public_key(pem)
    assert "\n" not in str(refused.value)


@given(text=st.text() | st.text().map(lambda t: f"-----BEGIN PUBLIC KEY-----\n{t}"))
def test_any_text_as_key(text: str):
    with pytest.raises(ConfigurationError):
        ca.load_public_key(text)
