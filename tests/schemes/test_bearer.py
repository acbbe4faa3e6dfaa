"""Bearer tokens: the header, JWT and opaque tokens, held against PyJWT and joserfc."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import random
import string
from datetime import UTC, datetime, timedelta, timezone

import jwt
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from joserfc import jws as joserfc_jws
from joserfc import jwt as joserfc_jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OctKey

from emulator.core.errors import ConfigurationError, FailureMode, SchemeError
from emulator.schemes import bearer
from emulator.schemes.bearer import (
    issue,
    issue_opaque,
    read,
    verify,
    verify_opaque,
)
from emulator.schemes.bearer.mistakes import HEADER_MISTAKES, OPAQUE_MISTAKES, TOKEN_MISTAKES
from emulator.schemes.shown import MASKED

SECRET = bytes(range(200, 232))
KEY = bytes(range(32))
NOW = datetime(2026, 1, 31, 15, 0, tzinfo=UTC)
SECONDS = int(NOW.timestamp())
CLAIMS = {"iss": "us", "sub": "site", "iat": SECONDS, "exp": SECONDS + 3600}
TOKEN = issue(CLAIMS, SECRET)
DEVICE = {"device": "GPS1234-TPV-01", "exp": SECONDS + 86400}
OPAQUE = issue_opaque(DEVICE, KEY)
TOKEN68 = string.ascii_letters + string.digits + "-._~+/"

json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=5,
)


def base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def sign(header: bytes, payload: bytes, secret: bytes = SECRET) -> str:
    """A JWS by hand, of any bytes: RFC 7515, 5.1."""
    signing_input = f"{base64url(header)}.{base64url(payload)}"
    mac = hmac.new(secret, signing_input.encode(), hashlib.sha256).digest()
    return f"{signing_input}.{base64url(mac)}"


def sign_claims(claims: object, header: object = None) -> str:
    header = header or {"alg": "HS256"}
    return sign(json.dumps(header).encode(), json.dumps(claims).encode())


def refusal(call, *arguments, **options):
    with pytest.raises(SchemeError) as refused:
        call(*arguments, **options)
    return refused.value.diagnosis


def verdict(token, **options):
    return refusal(verify, token, SECRET, now=NOW, **options)


def opaque_verdict(token, now=NOW):
    return refusal(verify_opaque, token, KEY, now=now)


class TestRead:
    @given(token=st.text(TOKEN68, min_size=7), padding=st.sampled_from(["", "=", "=="]))
    def test_reads_any_token68(self, token, padding):
        """Whatever RFC 6750 calls a token is returned as it came, but for a stray `undefined`."""
        assume(token.lower() not in bearer.PLACEHOLDERS)
        assert read(f"Bearer {token}{padding}") == token + padding

    @pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER", "bEaReR"])
    def test_case_of_the_scheme(self, scheme):
        """RFC 9110, 11.1: the scheme's case does not matter."""
        assert read(f"{scheme} mF_9.B5f-4.1JqM") == "mF_9.B5f-4.1JqM"  # RFC 6750's own token

    @pytest.mark.parametrize("header", [None, ""])
    def test_missing(self, header):
        """No header, or an empty one."""
        assert refusal(read, header).code == "bearer.missing"

    @pytest.mark.parametrize(
        "header",
        [TOKEN, f"Token {TOKEN}", "Basic dTpw", f"Bearer: {TOKEN}", f" Bearer {TOKEN}", "Bearerx",
         f"Bearer\t{TOKEN}", "undefined", f"Ｂearer {TOKEN}", f"Bearer\u00a0{TOKEN}", " "],
    )  # fmt: skip
    def test_scheme(self, header):
        """Another scheme, or none."""
        assert refusal(read, header).code == "bearer.scheme"

    @pytest.mark.parametrize(
        "header",
        ["Bearer", "Bearer ", "Bearer  x", "Bearer x ", "Bearer x y", 'Bearer "x"', "Bearer x\n",
         "Bearer =", "Bearer x=y", "Bearer é", "Bearer x,Bearer y", "Bearer \u017f",
         "Bearer \u212a", "Bearer undefined", "Bearer null", "Bearer None", "Bearer x\0",
         "Bearer {}"],
    )  # fmt: skip
    def test_malformed(self, header):
        """Anything but one space and one token68."""
        assert refusal(read, header).code == "bearer.malformed"

    @given(header=st.text(st.characters(codec=None)) | st.text("Bbearer \"'{},:%=\r\n0"))
    def test_any_text(self, header):
        """Any text is read or refused with a diagnosis; what is read is the header's end."""
        try:
            token = read(header)
        except SchemeError:
            return
        assert header[:7].lower() == "bearer "
        assert header[7:] == token

    def test_mutations(self):
        """A character that is no token68's, anywhere, is refused."""
        source = random.Random(1)
        good = f"Bearer {TOKEN}"
        for _ in range(1000):
            at = source.randrange(len(good))
            strange = source.choice(" \t\r\n\"',;:{}()[]<>%$&?!@#^|\\\0é\u017f\u212a")
            if good[at] != strange:
                refusal(read, good[:at] + strange + good[at + 1 :])

    def test_keeps_secrets(self):
        """What may be a password or a secret is not repeated."""
        diagnosis = refusal(read, "Basic dXNlcjpodW50ZXIy")
        assert diagnosis.received == "Basic and 16 characters"
        assert "dXNlcjpodW50ZXIy" not in str(diagnosis.as_json())

    def test_shows_strange_characters(self):
        """What does not belong into a token is named."""
        assert refusal(read, 'Bearer "x"').received == "Bearer and 3 characters, among them '\"'"

    @pytest.mark.parametrize("mistake", HEADER_MISTAKES, ids=lambda m: m.hint[:40])
    def test_names_the_mistake(self, mistake):
        """Every known mistake in the header is refused and recognised."""
        for token in (TOKEN, OPAQUE):
            assert mistake.hint == refusal(read, mistake.spoil(token, b"")).hint

    @pytest.mark.parametrize(
        ("header", "hint"),
        [
            ("Bearer None", "A variable of the client was empty"),
            ("null", "A variable of the client was empty"),
            ("Bearer [object Promise]", "An object was turned into text"),
            ("Bearer ${ACCESS_TOKEN}", "A variable of the template"),
            ("Bearer $TOKEN", "A variable of the template"),
            ('{"token":"x"}', "The whole JSON answer"),
            ("Bearer 'x'", "The token is in quotes"),
            ("jwt x", "Sent with the scheme JWT"),
            ("Bearer\tx", "There is more than one space"),
            ("Bearer ab/c== de", "Spaces in the token"),
            ("bearerx", "The space after Bearer is missing"),
        ],
    )
    def test_other_forms_of_mistakes(self, header, hint):
        """The same mistakes in other dress."""
        assert refusal(read, header).hint.startswith(hint)

    @pytest.mark.parametrize("piece", ["\n", "%", "%41", " ", "Bearer ", "{{", "'", "a,", ","])
    def test_long_headers(self, piece):
        """Recognising takes no time that grows with the square of the length."""
        refusal(read, "Bearer " + piece * 20_000 + " \0")


class TestVectors:
    # RFC 7515, A.1: HS256 over a payload with CRLF and spaces.
    A1_KEY = base64.urlsafe_b64decode(
        "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow=="
    )
    A1_TOKEN = (
        "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9"
        ".eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
        ".dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
    )

    def test_rfc_7515_a1(self):
        """The RFC's example is accepted until the second it expires."""
        expiry = datetime.fromtimestamp(1300819380, UTC)
        before = expiry - timedelta(seconds=1)
        claims = {"iss": "joe", "exp": 1300819380, "http://example.com/is_root": True}
        assert verify(self.A1_TOKEN, self.A1_KEY, now=before, issuer="joe") == claims
        assert refusal(verify, self.A1_TOKEN, self.A1_KEY, now=expiry).code == "bearer.expired"

    def test_header_as_printed(self):
        """The header is the one that providers print in their examples."""
        assert TOKEN.startswith("eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.")


class TestSecondOpinion:
    @pytest.mark.slow
    @given(extra=st.dictionaries(st.text(max_size=5), json_values, max_size=4))
    def test_ours_for_others(self, extra):
        """PyJWT and joserfc read what we issue, and so do we."""
        claims = {**extra, **CLAIMS}
        token = issue(claims, SECRET)
        key = OctKey.import_key(SECRET)
        options = {"verify_exp": False, "verify_iat": False, "verify_aud": False}
        options |= dict.fromkeys(("verify_nbf", "verify_jti"), False)
        assert jwt.decode(token, SECRET, algorithms=["HS256"], options=options) == claims
        assert joserfc_jwt.decode(token, key, algorithms=["HS256"]).claims == claims
        if not {"nbf", "aud", "jti"} & set(extra):
            assert verify(token, SECRET, now=NOW) == claims

    def test_theirs_for_us(self):
        """A thousand tokens by joserfc and by hand, with headers of any order, are read."""
        source = random.Random(2)
        for _ in range(500):
            secret = source.randbytes(source.randrange(32, 100))
            claims = {"exp": SECONDS + source.randrange(1, 10**9), "sub": source.randbytes(9).hex()}
            header = source.choice(
                ({"alg": "HS256"}, {"typ": "JWT", "alg": "HS256"}, {"alg": "HS256", "kid": "1"})
            )
            token = joserfc_jwt.encode(header, claims, OctKey.import_key(secret))
            assert verify(token, secret, now=NOW) == claims
            by_hand = sign(
                json.dumps(header, indent=1).encode(), json.dumps(claims).encode(), secret
            )
            assert verify(by_hand, secret, now=NOW) == claims

    @given(
        exp=st.integers(SECONDS - 3, SECONDS + 3),
        nbf=st.integers(SECONDS - 3, SECONDS + 3),
        iat=st.integers(SECONDS - 3, SECONDS + 3),
    )
    def test_times_like_joserfc(self, exp, nbf, iat):
        """Times are judged as joserfc does, save that `exp` itself is too late: RFC 7519, 4.1.4."""
        token = sign_claims({"exp": exp, "nbf": nbf, "iat": iat})
        registry = joserfc_jwt.JWTClaimsRegistry(now=SECONDS, exp={"essential": True})
        try:
            registry.validate({"exp": exp, "nbf": nbf, "iat": iat})
            theirs = exp > SECONDS
        except JoseError:
            theirs = False
        try:
            verify(token, SECRET, now=NOW)
            ours = True
        except SchemeError:
            ours = False
        assert ours is theirs

    @given(data=st.data())
    def test_never_more_lenient_than_pyjwt(self, data):
        """What we accept of spoiled tokens, PyJWT accepts; what it refuses, we refuse."""
        at = data.draw(st.integers(0, len(TOKEN) - 1))
        new = data.draw(st.sampled_from(TOKEN68 + "= \n"))
        token = TOKEN[:at] + new + TOKEN[at + 1 :]
        try:
            options = {"verify_exp": False, "verify_iat": False}
            jwt.decode(token, SECRET, algorithms=["HS256"], options=options)
        except jwt.InvalidTokenError:
            verdict(token)
        if token != TOKEN:
            verdict(token)

    @given(
        aud=st.lists(st.sampled_from("abc")) | st.sampled_from("abc"), ours=st.sampled_from("abc")
    )
    def test_audience_like_pyjwt(self, aud, ours):
        """An audience is found, or not, as PyJWT does."""
        token = sign_claims({**CLAIMS, "aud": aud})
        options = {"verify_exp": False, "verify_iat": False}
        try:
            jwt.decode(token, SECRET, algorithms=["HS256"], audience=ours, options=options)
        except (jwt.InvalidAudienceError, jwt.MissingRequiredClaimError):
            assert verdict(token, audience=ours).code == "bearer.audience"
        else:
            assert verify(token, SECRET, now=NOW, audience=ours)["aud"] == aud


class TestVerify:
    def test_accepts(self):
        """What `issue` makes, `verify` returns, in any time zone of the clock."""
        claims = {**CLAIMS, "aud": "them"}
        now = NOW.astimezone(timezone(timedelta(hours=-5)))
        token = issue(claims, SECRET)
        assert verify(token, SECRET, now=now, issuer="us", audience="them") == claims

    @pytest.mark.parametrize(
        "token",
        ["", ".", "..", "...", "a.b.c", TOKEN + ".", TOKEN + "=", TOKEN + "\n", " " + TOKEN,
         TOKEN.replace(".", ".."), TOKEN + ".AAAA", "é.é.é", OPAQUE, "\ud800.a.b",
         sign(b"[]", b"{}"), sign(b'{"alg":"HS256"}', b"[]"), sign(b'{"alg":"HS256"}', b"x"),
         sign(b'{"alg":"HS256"}', "{}".encode("utf-16")), sign(b"[" * 100_000, b"{}"),
         sign(b'{"alg":"HS256"}', b'{"exp":' + b"9" * 5000 + b"}"),
         sign(b'{"alg":"HS256"}', b"\xef\xbb\xbf{}")],
    )  # fmt: skip
    def test_not_a_jwt(self, token):
        """Anything but three canonical parts, two of them objects, even if it is signed."""
        assert verdict(token).code == "bearer.not-a-jwt"

    @pytest.mark.parametrize(
        "last", sorted(set(string.ascii_letters + string.digits + "-_") - {TOKEN[-1]})
    )
    def test_last_character(self, last):
        """No other last character passes, though three decode to the same bytes."""
        assert verdict(TOKEN[:-1] + last).code in ("bearer.not-a-jwt", "bearer.signature")

    def test_unused_bits_under_a_right_signature(self):
        """A payload that is not canonical is refused even with our own MAC on it."""
        protected, payload, _ = sign_claims({**CLAIMS, "x": "a"}).split(".")
        assert len(payload) % 4
        spoiled = payload[:-1] + chr(ord(payload[-1]) + 1)
        assert base64.urlsafe_b64decode(payload + "==") == base64.urlsafe_b64decode(spoiled + "==")
        signing_input = f"{protected}.{spoiled}"
        mac = hmac.digest(SECRET, signing_input.encode(), "sha256")
        assert verdict(f"{signing_input}.{base64url(mac)}").code == "bearer.not-a-jwt"

    @pytest.mark.parametrize(
        "header",
        [{"alg": "none"}, {"alg": "None"}, {"alg": "hs256"}, {"alg": "HS512"}, {"alg": "RS256"},
         {"typ": "JWT"}, {"alg": None}, {"alg": ["HS256"]}, {"alg": {}},
         {"alg": "HS256", "crit": ["b64"], "b64": True}, {"alg": "HS256", "crit": []}],
    )  # fmt: skip
    def test_alg(self, header):
        """Only HS256, even under a right MAC; and nothing critical."""
        assert verdict(sign_claims(CLAIMS, header)).code == "bearer.alg"

    def test_signature(self):
        """Another secret."""
        diagnosis = refusal(verify, TOKEN, SECRET[::-1], now=NOW)
        assert diagnosis.code == "bearer.signature"
        assert diagnosis.where == "signature"

    @pytest.mark.parametrize(
        ("claim", "value"),
        [(name, value) for name in ("exp", "nbf", "iat")
         for value in (None, True, "1", [], {}, float("nan"), float("inf"), float("-inf"))]
        + [(name, value) for name in ("iss", "sub", "jti") for value in (None, 1, ["us"])]
        + [("aud", value) for value in (None, 1, [1], ["a", None], {})],
    )  # fmt: skip
    def test_claims(self, claim, value):
        """Registered claims have the types RFC 7519 gives them."""
        diagnosis = verdict(sign_claims({**CLAIMS, claim: value}))
        assert (diagnosis.code, diagnosis.where) == ("bearer.claims", claim)

    def test_no_expiry(self):
        """A token without `exp` would never end."""
        assert verdict(sign_claims({"sub": "site"})).code == "bearer.claims"

    @pytest.mark.parametrize("claim", ["nbf", "iat"])
    @pytest.mark.parametrize("ahead", [0.001, 1, 10**300])
    def test_not_yet_valid(self, claim, ahead):
        """A time to come, by however little; the present second will do."""
        assert verdict(sign_claims({**CLAIMS, claim: SECONDS + ahead})).code == (
            "bearer.not-yet-valid"
        )
        assert verify(sign_claims({**CLAIMS, claim: SECONDS}), SECRET, now=NOW)

    @pytest.mark.parametrize("late", [0, 0.001, 1, 10**300])
    def test_expired(self, late):
        """From the second of `exp` on."""
        assert verdict(sign_claims({**CLAIMS, "exp": SECONDS - late})).code == "bearer.expired"
        assert verify(sign_claims({**CLAIMS, "exp": SECONDS + 0.001}), SECRET, now=NOW)

    def test_issuer(self):
        """Somebody else's, or nobody's."""
        assert verdict(TOKEN, issuer="them").code == "bearer.issuer"
        assert verdict(sign_claims({"exp": SECONDS + 1}), issuer="us").code == "bearer.issuer"

    @pytest.mark.parametrize("aud", ["them", ["them"], [], "usually", ["us2", "s"]])
    def test_audience(self, aud):
        """For somebody else, also where we are nobody; no audience will not do either."""
        token = sign_claims({**CLAIMS, "aud": aud})
        assert verdict(token, audience="us").code == "bearer.audience"
        assert verdict(token).code == "bearer.audience"
        assert verdict(TOKEN, audience="us").code == "bearer.audience"
        assert verify(sign_claims({**CLAIMS, "aud": ["x", "us"]}), SECRET, now=NOW, audience="us")

    def test_order(self):
        """With everything wrong at once, what is tested first is named, one after the other."""
        late = {"iat": SECONDS + 1, "exp": SECONDS, "iss": "them", "aud": "them"}
        options = {"issuer": "us", "audience": "us"}
        wrong_alg = sign_claims({**late, "exp": "x"}, {"alg": "none"})[:-4] + "AAAA"
        wrong_mac = sign_claims({**late, "exp": "x"})[:-4] + "AAAA"
        fixes = ("x", {}, {"iat": SECONDS}, {"exp": SECONDS + 1}, {"iss": "us"}, {"aud": "us"})
        codes = [verdict(token, **options).code for token in ("a.b.c", wrong_alg, wrong_mac)]
        codes.append(verdict(sign_claims({**late, "exp": "x"}), **options).code)
        for fix in fixes[1:-1]:
            late |= fix
            codes.append(verdict(sign_claims(late), **options).code)
        assert codes == [
            "bearer.not-a-jwt", "bearer.alg", "bearer.signature", "bearer.claims",
            "bearer.not-yet-valid", "bearer.expired", "bearer.issuer", "bearer.audience",
        ]  # fmt: skip
        assert verify(sign_claims(late | fixes[-1]), SECRET, now=NOW, **options)

    @given(token=st.text(st.characters(codec=None)) | st.text('eyJ.=-_A09{}" %', max_size=60))
    def test_any_text(self, token):
        """Any text is refused with a diagnosis."""
        assert verdict(token).code == "bearer.not-a-jwt"
        assert opaque_verdict(token).code == "bearer.opaque-token"

    @given(header=st.binary(max_size=40), payload=st.binary(max_size=40))
    def test_any_signed_bytes(self, header, payload):
        """Any bytes under a right signature raise nothing but a diagnosis."""
        verdict(sign(header, payload))
        verdict(sign(b'{"alg":"HS256"}', payload))

    @pytest.mark.slow
    @given(header=json_values, claims=json_values)
    def test_any_signed_json(self, header, claims):
        """Any JSON under a right signature raises nothing but a diagnosis."""
        verdict(sign_claims(claims, {"alg": header}))
        for name in ("exp", "nbf", "iat", "iss", "aud"):
            verdict(sign_claims({**CLAIMS, name: claims}), issuer="nobody", audience="us")

    def test_mutations(self):
        """Two thousand spoiled tokens are refused."""
        source = random.Random(3)
        for _ in range(2000):
            at = source.randrange(len(TOKEN) + 1)
            cut = at + source.choice((0, 1, 2))
            new = source.choice(("", source.choice(TOKEN68 + "="), source.choice(" \n\0é")))
            spoiled = TOKEN[:at] + new + TOKEN[cut:]
            if spoiled != TOKEN:
                verdict(spoiled)

    @pytest.mark.parametrize("secret", [b"", SECRET[:31]])
    def test_short_secret(self, secret):
        """RFC 7518, 3.2: HS256 needs 256 bits."""
        with pytest.raises(ConfigurationError):
            issue(CLAIMS, secret)
        with pytest.raises(ConfigurationError):
            verify(TOKEN, secret, now=NOW)

    def test_pem_secret(self):
        """The text of a key is no secret: the classic confusion of HS256 and RS256."""
        with pytest.raises(ConfigurationError):
            issue(CLAIMS, ECKey.generate_key("P-256").as_pem(private=False))

    def test_naive_now(self):
        """A time without a zone is a bug of ours, not a verdict."""
        with pytest.raises(TypeError):
            verify(TOKEN, SECRET, now=NOW.replace(tzinfo=None))


class TestOpaque:
    def test_form(self):
        """112 bytes in standard Base64, the first 16 always the same."""
        tokens = [issue_opaque({**DEVICE, "exp": SECONDS + n}, KEY) for n in range(50)]
        raw = [base64.b64decode(token, validate=True) for token in tokens]
        assert {len(each) for each in raw} == {112}
        assert len({each[:16] for each in raw}) == 1
        assert len({each[16:] for each in raw}) == 50
        assert {"+", "/", "="} <= set("".join(tokens))
        assert all(read(f"Bearer {token}") == token for token in tokens)

    @pytest.mark.parametrize("length", range(15, 120, 7))
    def test_length(self, length):
        """Claims of up to 63 bytes give 112; longer ones grow by blocks."""
        device = "x" * (length - len('{"device":"","exp":1234567890}') + 15)
        contents = {"device": device, "exp": SECONDS + 1}
        size = len(json.dumps(contents, separators=(",", ":")))
        token = issue_opaque(contents, KEY)
        assert verify_opaque(token, KEY, now=NOW) == contents
        assert len(base64.b64decode(token)) == (112 if size <= 63 else (16 + size) // 16 * 16 + 48)

    @given(
        claims=st.dictionaries(st.text(max_size=8).map("x{}".format), json_values, max_size=5),
        key=st.binary(min_size=32, max_size=32),
    )
    def test_round_trip(self, claims, key):
        """What `issue_opaque` makes, `verify_opaque` returns."""
        contents = {**claims, "exp": SECONDS + 1}
        assert verify_opaque(issue_opaque(contents, key), key, now=NOW) == contents

    @pytest.mark.parametrize("at", range(112))
    def test_every_byte(self, at):
        """No byte can be changed: the MAC covers the ciphertext, and is all there."""
        raw = bytearray(base64.b64decode(OPAQUE))
        for bit in range(8):
            raw[at] ^= 1 << bit
            assert opaque_verdict(base64.b64encode(raw).decode()).code == "bearer.opaque-token"
            raw[at] ^= 1 << bit

    def test_mutations(self):
        """A thousand spoiled tokens are refused, whatever happened to them."""
        source = random.Random(4)
        for _ in range(1000):
            at = source.randrange(len(OPAQUE) + 1)
            cut = at + source.choice((0, 1, 2))
            spoiled = OPAQUE[:at] + source.choice((*TOKEN68, "", "=", " ", "\n")) + OPAQUE[cut:]
            if spoiled != OPAQUE:
                assert opaque_verdict(spoiled).code == "bearer.opaque-token"

    def test_unused_bits(self):
        """Another spelling of the same bytes is refused."""
        assert OPAQUE.endswith("==")
        for last in string.ascii_letters + string.digits + "+/":
            if last != OPAQUE[-3]:
                opaque_verdict(OPAQUE[:-3] + last + "==")

    def test_blocks_of_two_tokens(self):
        """Blocks cannot be recombined, as they could be in bare CBC or ECB."""
        first = base64.b64decode(OPAQUE)
        second = base64.b64decode(issue_opaque({**DEVICE, "exp": SECONDS + 9}, KEY))
        for cut in range(16, 112, 16):
            for spliced in (first[:cut] + second[cut:], second[:cut] + first[cut:]):
                if spliced not in (first, second):
                    opaque_verdict(base64.b64encode(spliced).decode())

    def test_other_key(self):
        """Every bit of the key counts."""
        for bit in range(256):
            key = (int.from_bytes(KEY) ^ 1 << bit).to_bytes(32)
            assert refusal(verify_opaque, OPAQUE, key, now=NOW).code == "bearer.opaque-token"

    @pytest.mark.parametrize("raw", [b"", bytes(16), bytes(32), bytes(48), b"x" * 112])
    def test_opaque_token(self, raw):
        """Bytes we never made, also fewer than a MAC."""
        token = base64.b64encode(raw).decode()
        assert opaque_verdict(token).code == "bearer.opaque-token"

    def test_times(self):
        """Valid until the second it expires."""
        expiry = NOW + timedelta(days=1)
        assert verify_opaque(OPAQUE, KEY, now=expiry - timedelta(seconds=1)) == DEVICE
        assert opaque_verdict(OPAQUE, expiry).code == "bearer.expired"
        early = issue_opaque({**DEVICE, "iat": SECONDS + 1}, KEY)
        assert opaque_verdict(early).code == "bearer.not-yet-valid"

    @pytest.mark.parametrize("claims", [{}, {"exp": "soon"}, {"exp": True}, {"exp": None}])
    def test_claims(self, claims):
        """`exp` is needed here too."""
        assert opaque_verdict(issue_opaque(claims, KEY)).code == "bearer.claims"

    @pytest.mark.parametrize("key", [b"", KEY[:31], KEY + b"x"])
    def test_key_length(self, key):
        """32 bytes, or it is our user's mistake."""
        with pytest.raises(ConfigurationError):
            issue_opaque(DEVICE, key)
        with pytest.raises(ConfigurationError):
            verify_opaque(OPAQUE, key, now=NOW)


class TestMistakes:
    @pytest.mark.parametrize("mistake", TOKEN_MISTAKES, ids=lambda m: m.hint[:50])
    def test_names_the_mistake(self, mistake):
        """Every known mistake with a JWT is refused and recognised."""
        # A payload and a signature with - and _, so that every mistake shows.
        tokens = (issue({**CLAIMS, "x": f"?>~{n}"}, SECRET) for n in range(1000))
        token = next(t for t in tokens if {"-", "_"} <= set(t.rpartition(".")[2]))
        diagnosis = verdict(mistake.spoil(token, SECRET))
        assert mistake.hint == diagnosis.hint
        everything = str(diagnosis.as_json())
        assert base64.b64encode(SECRET).decode().rstrip("=") not in everything

    @pytest.mark.parametrize("mistake", OPAQUE_MISTAKES, ids=lambda m: m.hint[:50])
    def test_names_the_opaque_mistake(self, mistake):
        """Every known mistake with an opaque token is refused and recognised."""
        tokens = (issue_opaque({**DEVICE, "n": n}, KEY) for n in range(100))
        token = next(t for t in tokens if {"+", "/", "="} <= set(t))
        diagnosis = opaque_verdict(mistake.spoil(token, KEY))
        assert mistake.hint == diagnosis.hint
        assert base64.b64encode(KEY).decode().rstrip("=") not in str(diagnosis.as_json())

    def test_real_client_assertion(self):
        """An assertion that joserfc signed with ES256 is recognised as such."""
        key = ECKey.generate_key("P-256")
        token = joserfc_jwt.encode({"alg": "ES256", "kid": "x"}, CLAIMS, key)
        diagnosis = verdict(token)
        assert diagnosis.code == "bearer.alg"
        assert diagnosis.hint.startswith("The client assertion itself was sent")

    def test_hs512_by_joserfc(self):
        """Another MAC over the same secret."""
        key = OctKey.import_key(SECRET * 2)
        registry = joserfc_jws.JWSRegistry(algorithms=["HS512"])
        token = joserfc_jwt.encode({"alg": "HS512"}, CLAIMS, key, registry=registry)
        assert refusal(verify, token, SECRET * 2, now=NOW).code == "bearer.alg"

    @pytest.mark.parametrize("cut", range(1, len(TOKEN) - 3))
    def test_cut_anywhere(self, cut):
        """A token cut at any place is refused and said to be cut, or to lack its signature."""
        hint = verdict(TOKEN[:-cut]).hint
        assert hint.startswith(("The token is cut short", "The signature was cut off"))

    @pytest.mark.parametrize("cut", range(1, 120))
    def test_cut_opaque_anywhere(self, cut):
        """So is an opaque one; with only its = gone, that is said."""
        hint = opaque_verdict(OPAQUE[:-cut]).hint
        assert hint.startswith("The = at the end" if cut <= 2 else "The token is cut short")

    @pytest.mark.parametrize("form", [KEY.hex(), KEY.hex().upper(), base64.b64encode(KEY).decode()])
    def test_masks_the_key(self, form):
        """The key, sent as a token in whatever spelling, is not repeated."""
        for diagnosis in (opaque_verdict(form), refusal(verify, form, KEY, now=NOW)):
            assert diagnosis.received == MASKED
            assert diagnosis.hint.startswith("The issuer's secret itself")
            assert form.rstrip("=") not in str(diagnosis.as_json())

    def test_masks_the_secret_in_a_header(self):
        """Not even in a JWT's header."""
        header = {"alg": "x" + base64.b64encode(SECRET).decode()}
        assert verdict(sign_claims(CLAIMS, header)).received == MASKED

    def test_every_failure_mode_is_declared_once(self):
        """Codes are unique and carry the scheme's name."""
        modes = [m for m in vars(bearer).values() if isinstance(m, FailureMode)]
        assert len({m.code for m in modes}) == len(modes) == 12
        assert all(m.code.startswith("bearer.") for m in modes)


def test_a_forged_token_bears_the_secret_where_it_says_hs256():
    """With HS256 the MAC is that of the secret; with RS256 it is a signature of another key."""
    secret = b"s" * 32
    head, body, mac = bearer.forge({"a": 1}, secret, "HS256").split(".")
    right = hmac.new(secret, f"{head}.{body}".encode(), "sha256").digest()
    assert base64.urlsafe_b64encode(right).rstrip(b"=").decode() == mac
    assert len(bearer.forge({"a": 1}, secret, "RS256").split(".")[2]) == 342
