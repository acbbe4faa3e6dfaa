"""UsernameToken: what is accepted, what is refused, and what the refusal says."""

from __future__ import annotations

import binascii
import hashlib
import random
import re
import shutil
import string
import subprocess
from base64 import b64encode
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from itertools import product

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from emulator.core.errors import Diagnosis, FailureMode, SchemeError
from emulator.schemes import username_token
from emulator.schemes.username_token import (
    UsernameToken,
    decode_nonce,
    password_digest,
    read_time,
    verify,
)
from emulator.schemes.username_token.mistakes import diagnose as password_digest_mistakes

NOW = datetime(2026, 1, 31, 14, 56, 6, 123000, tzinfo=UTC)
WINDOW = timedelta(minutes=5)
BOGOTA = timezone(timedelta(hours=-5))
SECRET = "Demo-Secret-Key-024h"
NONCE = bytes(range(0xF0, 0x100))
CREATED = "2026-01-31T09:56:06.123-05:00"
MASK = "(the secret itself, masked)"
BASE64 = string.ascii_letters + string.digits + "+/"

# Every character, lone surrogates included: JSON can carry them.
anything = st.text(st.characters(exclude_categories=()))


def by_hand(nonce: bytes, created: str, password: str, hash_name: str = "sha256") -> str:
    """Second implementation: fed in pieces, other Base64."""
    state = hashlib.new(hash_name)
    for piece in (nonce, created.encode(), password.encode()):
        state.update(piece)
    return binascii.b2a_base64(state.digest(), newline=False).decode()


def make(
    created: str = CREATED, nonce: bytes = NONCE, password: str = SECRET, hash_name: str = "sha256"
) -> UsernameToken:
    digest = by_hand(nonce, created, password, hash_name)
    return UsernameToken("site", digest, nonce, created, b64encode(nonce).decode())


def check(
    token: UsernameToken, password: str = SECRET, zone: tzinfo | None = None, now: datetime = NOW
) -> datetime:
    return verify(token, password, now=now, window=WINDOW, default_zone=zone)


def refusal(
    token: UsernameToken, password: str = SECRET, zone: tzinfo | None = None, now: datetime = NOW
) -> Diagnosis:
    with pytest.raises(SchemeError) as refused:
        check(token, password, zone, now)
    return refused.value.diagnosis


# Vectors: raw nonce, nonce as sent, created, secret, digest.
VECTORS = {
    # dnetix/redirection AuthenticationTest (PHP) and placetopay/java-placetopay, SHA-1.
    "sdk-sha1": (
        b"ifYEPnAcJbpDVR1t",
        "aWZZRVBuQWNKYnBEVlIxdA==",
        "2016-10-26T21:37:00+00:00",
        "ABCD1234",
        "Xi5xrRwrqPU21WE2JI4hyMaCvQ8=",
    ),
    # The same inputs with SHA-256, computed.
    "sdk-sha256": (
        b"ifYEPnAcJbpDVR1t",
        "aWZZRVBuQWNKYnBEVlIxdA==",
        "2016-10-26T21:37:00+00:00",
        "ABCD1234",
        "NDlpEEAIe8sbKZ6mGWQrZwbyBB62J1LcyP/a/o7LRqY=",
    ),
    # placetopay/web-checkout-api-docs, 2021.
    "docs-sha1": (
        b"c9085e82debb82b0955579098be3d7ca",
        "YzkwODVlODJkZWJiODJiMDk1NTU3OTA5OGJlM2Q3Y2E=",
        "2019-04-25T18:17:23-04:00",
        "ABCD1234",
        "T0O+x3gNlQUf0iBxEuenPvBPlWs=",
    ),
    # A nonce that is not UTF-8, computed.
    "binary-sha256": (
        NONCE,
        "8PHy8/T19vf4+fr7/P3+/w==",
        "2026-01-02T03:04:05.678901+00:00",
        "demo_secret_key",
        "NL3Lhf6bXo8po3T/Rf3Z2QgFXixeNZZQbVMUmIxm9wQ=",
    ),
    "binary-sha1": (
        NONCE,
        "8PHy8/T19vf4+fr7/P3+/w==",
        "2026-01-02T03:04:05.678901+00:00",
        "demo_secret_key",
        "XR5ilHq2+lEUMBIe9qJlcSJ2DM8=",
    ),
}


@pytest.mark.parametrize("name", VECTORS)
def test_vector(name: str) -> None:
    """Published examples are reproduced and accepted."""
    raw, sent, created, secret, digest = VECTORS[name]
    nonce = decode_nonce(sent)
    assert nonce == raw
    assert password_digest(nonce, created, secret, name.rsplit("-")[-1]) == digest
    at = datetime.fromisoformat(created)
    assert check(UsernameToken("site", digest, nonce, created, sent), secret, now=at) == at


# What is accepted -------------------------------------------------------------------------

SPELLINGS = [
    # Text, and the moment it names. The first five forms were seen accepted in production.
    ("2023-08-07T17:41:48-05:00", datetime(2023, 8, 7, 22, 41, 48, tzinfo=UTC)),
    ("2023-08-07T22:41:48.250Z", datetime(2023, 8, 7, 22, 41, 48, 250000, tzinfo=UTC)),
    ("2023-08-07T22:41:48.678901+00:00", datetime(2023, 8, 7, 22, 41, 48, 678901, tzinfo=UTC)),
    ("2023-10-17T17:13-0500", datetime(2023, 10, 17, 22, 13, tzinfo=UTC)),
    ("2020-07-06T14:58-0500", datetime(2020, 7, 6, 19, 58, tzinfo=UTC)),
    ("2023-08-07T22:41:48Z", datetime(2023, 8, 7, 22, 41, 48, tzinfo=UTC)),
    ("2023-08-07T17:41:48.1234567-05:00", datetime(2023, 8, 7, 22, 41, 48, 123456, tzinfo=UTC)),
    ("2023-08-07T22:41:48.123456789Z", datetime(2023, 8, 7, 22, 41, 48, 123456, tzinfo=UTC)),
    ("2023-08-07T17:41:48-05", datetime(2023, 8, 7, 22, 41, 48, tzinfo=UTC)),
    ("2024-02-29T23:59:59+05:30", datetime(2024, 2, 29, 18, 29, 59, tzinfo=UTC)),
]


@pytest.mark.parametrize(("text", "moment"), SPELLINGS)
def test_reads_iso_8601(text: str, moment: datetime) -> None:
    """Every spelling seen in requests that work is read."""
    assert read_time(text) == moment
    assert check(make(text), now=moment) == moment


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2023-08-07 17:41:48-05:00",
        "2023-08-07T17:41:48 -05:00",
        "2023-08-07T17:41:48-05:00 ",
        "2023-08-07T17:41:48-05:00\n",
        "2023-08-07T17:41:48,5-05:00",
        "2023-08-07T17:41.5-05:00",
        "2023-08-07T17:41:60-05:00",
        "2023-08-07T24:00:00Z",
        "2023-08-07T17:41:48+24:00",
        "2023-08-07T17:41:48+05:60",
        "2023-08-07T17:41:48+05:00:30",
        "2023-02-29T17:41:48Z",
        "0000-01-01T00:00:00Z",
        "2023-W32-1T17:41:48Z",
        "20230807T174148Z",
        "2023-08-07t17:41:48z",
        "２023-08-07T17:41:48Z",
        "1691448108",
    ],
)
def test_reads_nothing_else(text: str) -> None:
    """What is not ISO 8601 with a T is no time."""
    assert read_time(text) is None


def test_a_time_without_zone_is_naive() -> None:
    """The caller can tell that the zone is missing."""
    naive = datetime(2023, 8, 7, 17, 41, 48, tzinfo=UTC).replace(tzinfo=None)
    assert read_time("2023-08-07T17:41:48") == naive


@pytest.mark.slow
@given(moment=st.datetimes(timezones=st.timezones()), text=anything)
def test_read_time_is_total(moment: datetime, text: str) -> None:
    """It returns a time or None, whatever it is given."""
    assert read_time(text) is None
    offset = moment.utcoffset()
    assert offset is not None
    if not offset % timedelta(minutes=1):
        assert read_time(moment.isoformat()) == moment.replace(tzinfo=timezone(offset))


def written(moment: datetime, rng: random.Random) -> str:
    """Write a time in one of the ways clients do, without `isoformat`."""
    minutes = rng.choice([0, 0, -300, -240, -180, 60, 330, 840, -720])
    local = moment.astimezone(UTC) + timedelta(minutes=minutes)
    sign, (hours, rest) = "-" if minutes < 0 else "+", divmod(abs(minutes), 60)
    zone = rng.choice([f"{sign}{hours:02}:{rest:02}", f"{sign}{hours:02}{rest:02}"])
    if not minutes and rng.random() < 0.5:
        zone = "Z"
    clock = f"{local.year:04}-{local.month:02}-{local.day:02}T{local.hour:02}:{local.minute:02}"
    digits = f"{local.microsecond:06}000"
    form = rng.randrange(4)
    if form:
        clock += f":{local.second:02}"
    if form > 1:
        clock += "." + digits[: rng.choice([1, 3, 6, 7, 9])]
    return clock + zone


def test_accepts_what_another_implementation_made() -> None:
    """Two thousand requests made by hand are accepted, with either hash."""
    rng = random.Random(20261122)
    secrets = string.printable + "ñáç€漢🔑"
    for _ in range(2000):
        moment = NOW + timedelta(seconds=rng.uniform(-235, 299))
        nonce = rng.randbytes(rng.randint(1, 64))
        secret = "".join(rng.choices(secrets, k=rng.randint(1, 64)))
        token = make(written(moment, rng), nonce, secret, rng.choice(["sha1", "sha256"]))
        assert decode_nonce(token.nonce_text) == nonce
        assert abs(check(token, secret) - moment) <= timedelta(minutes=1)


@pytest.mark.parametrize("hash_name", ["sha1", "sha256"])
@pytest.mark.parametrize("nonce", [NONCE, b"\0", b"1785340512", bytes(190)])
def test_agrees_with_openssl(hash_name: str, nonce: bytes) -> None:
    """What openssl hashes and encodes is accepted."""
    openssl = shutil.which("openssl")
    assert openssl is not None
    material = nonce + CREATED.encode() + SECRET.encode()
    run = [openssl, "dgst", f"-{hash_name}", "-binary"]
    raw = subprocess.run(run, input=material, capture_output=True, check=True).stdout
    text = subprocess.run(
        [openssl, "base64", "-A"], input=raw, capture_output=True, check=True
    ).stdout.decode()
    assert check(UsernameToken("site", text, nonce, CREATED)) == NOW


@given(
    nonce=st.binary(min_size=1),
    password=anything,
    minutes=st.integers(-1439, 1439),
    hash_name=st.sampled_from(["sha1", "sha256"]),
)
def test_round_trip(nonce: bytes, password: str, minutes: int, hash_name: str) -> None:
    """What `password_digest` makes, `verify` accepts, in any zone."""
    created = NOW.astimezone(timezone(timedelta(minutes=minutes))).isoformat()
    digest = password_digest(nonce, created, password, hash_name)
    assert check(UsernameToken("site", digest, nonce, created), password) == NOW


def received(token: UsernameToken) -> UsernameToken:
    """Decode the nonce from its text, as a server does."""
    return replace(token, nonce=decode_nonce(token.nonce_text))


def decoded(text: str) -> bytes | None:
    try:
        return decode_nonce(text)
    except SchemeError:
        return None


# What is refused --------------------------------------------------------------------------


def exchanged(text: str, rng: random.Random, alphabet: str) -> str:
    """Change, drop, add or swap one character, so that the text differs."""
    while True:
        at = rng.randrange(len(text))
        changed = rng.choice(
            [
                text[:at] + rng.choice(alphabet) + text[at + 1 :],
                text[:at] + text[at + 1 :],
                text[:at] + rng.choice(alphabet) + text[at:],
                text[:at] + text[at : at + 2][::-1] + text[at + 2 :],
                text[:at] + text[at].swapcase() + text[at + 1 :],
            ]
        )
        if changed != text:
            return changed


@pytest.mark.usefixtures("no_search")
@pytest.mark.parametrize("hash_name", ["sha1", "sha256"])
@pytest.mark.parametrize("field", ["password_digest", "nonce_text", "created", "password"])
def test_refuses_every_mutation(field: str, hash_name: str) -> None:
    """A good token with one character changed anywhere is refused; 4,800 of them."""
    rng = random.Random(f"{field} {hash_name}")
    good = make(hash_name=hash_name)
    assert check(good) == NOW
    for _ in range(600):
        if field == "password":
            with pytest.raises(SchemeError):
                check(good, exchanged(SECRET, rng, string.printable))
            continue
        text = exchanged(getattr(good, field), rng, BASE64 + "=-_ \n:.é")
        with pytest.raises(SchemeError):
            check(received(replace(good, **{field: text})))


@pytest.mark.usefixtures("no_search")
@pytest.mark.parametrize("hash_name", ["sha1", "sha256"])
def test_refuses_every_other_character_of_the_digest(hash_name: str) -> None:
    """Also the last one, whose lowest bits belong to no byte."""
    good = make(hash_name=hash_name)
    digest = good.password_digest
    for at, character in product(range(len(digest)), BASE64 + "=-_"):
        if digest[at] != character:
            text = digest[:at] + character + digest[at + 1 :]
            assert refusal(replace(good, password_digest=text)).where == "password_digest"


@pytest.mark.usefixtures("no_search")
def test_nonce_is_decoded_canonically() -> None:
    """No two texts name the same nonce, so none is accepted for another."""
    text = b64encode(NONCE).decode()
    for at, character in product(range(len(text)), BASE64 + "="):
        if text[at] != character:
            assert decoded(text[:at] + character + text[at + 1 :]) != NONCE


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("", "empty"),
        ("8PHy8_T19vf4-fr7_P3-_w==", "Base64url"),
        ("8PHy8/T19vf4+fr7/P3+/w", "padding (=) is missing"),
        ("8PHy8/T19vf4+fr7/P3+/w=", "length or padding"),
        ("8PHy8/T19vf4+fr7/P3+/x==", "bits set"),
        ("8PHy8/T19vf4+fr7/P3+/w==\n", "whitespace"),
        (" 8PHy8/T19vf4+fr7/P3+/w==", "whitespace"),
        ("8PHy8/T1 9vf4+fr7/P3+/w==", "' ' at 8"),
        ("8PHy=/T19vf4+fr7/P3+/w==", "length or padding"),
        ("====", "length or padding"),
        ("ñandú", "'\\xf1' at 0"),
        ("\ud800", "'\\ud800' at 0"),
    ],
)
def test_nonce_not_base64(text: str, hint: str) -> None:
    """The fault is named, the text is not shown: it may be a secret."""
    with pytest.raises(SchemeError) as refused:
        decode_nonce(text)
    diagnosis = refused.value.diagnosis
    assert (diagnosis.code, diagnosis.where) == ("username-token.nonce-not-base64", "nonce")
    assert hint in diagnosis.hint
    assert diagnosis.hint.endswith("; send the Base64 of the bytes that you hash")
    assert diagnosis.received == f"{len(text)} characters"


@given(text=anything | st.text(BASE64 + "="))
def test_decode_nonce_is_total_and_canonical(text: str) -> None:
    """It raises SchemeError only, and what it accepts encodes to the same text."""
    nonce = decoded(text)
    if nonce is not None:
        assert nonce
        assert binascii.b2a_base64(nonce, newline=False).decode() == text


@given(nonce=st.binary(min_size=1))
def test_decode_nonce_reads_every_nonce(nonce: bytes) -> None:
    """Any bytes do, UTF-8 or not."""
    assert decode_nonce(b64encode(nonce).decode()) == nonce


@pytest.mark.usefixtures("no_search")
@given(
    token=st.builds(
        UsernameToken, anything, anything, st.binary(), anything, anything | st.just("")
    ),
    password=anything,
    zone=st.none() | st.just(BOGOTA),
)
@example(UsernameToken("", "", b"", "", ""), "", None)
@example(UsernameToken("", "a", b"", "", ""), "", None)
@example(UsernameToken("", "%ff\ud800", b"\xff", "\ud800", "\ud800"), "%\ud800", None)
@example(UsernameToken("", "x", b"\0", "0001-01-01T00:00:00+23:59", ""), "a", None)
@example(UsernameToken("", "x", b"\0", "9999-12-31T23:59:59.999-23:59", ""), "a", None)
def test_raises_nothing_but_scheme_error(
    token: UsernameToken, password: str, zone: tzinfo | None
) -> None:
    """Whatever arrives is refused with a diagnosis; no recipe crashes on it."""
    diagnosis = refusal(token, password, zone)
    assert diagnosis.hint


near_times = st.from_regex(
    re.compile(
        r"\d{4}-\d\d-\d\d[T t](\d\d:?){1,3}([.,]\d{0,9})?( ?(Z|[+-]?\d\d:?(\d\d)?))?", re.ASCII
    ),
    fullmatch=True,
)


@given(created=anything | near_times, zone=st.none() | st.just(BOGOTA))
@example("0001-01-01T00:00:00+23:59", None)
@example("9999-12-31T23:59:59-23:59", None)
@example("0001-01-01T00:00:00", BOGOTA)
@example("9999-12-31T23:59:59", BOGOTA)
def test_any_time_under_a_right_digest(created: str, zone: tzinfo | None) -> None:
    """Time is judged, never tripped over."""
    digest = password_digest(NONCE, created, SECRET)
    token = UsernameToken("site", digest, NONCE, created)
    assert refusal(token, zone=zone).where == "created"


def test_empty_nonce_is_refused_even_if_built_by_hand() -> None:
    """A token without a nonce never passes, though its digest is right."""
    assert refusal(make(nonce=b"")).code == "username-token.nonce-not-base64"


def test_digest_mismatch_shows_both_digests() -> None:
    """Expected is what the right secret gives with the algorithm of the client."""
    for hash_name in ("sha1", "sha256"):
        wrong = make(password="another secret", hash_name=hash_name)
        diagnosis = refusal(wrong)
        assert diagnosis.code == "username-token.digest-mismatch"
        assert diagnosis.where == "password_digest"
        assert diagnosis.expected == make(hash_name=hash_name).password_digest
        assert diagnosis.received == wrong.password_digest
        assert "Check in this order: the secret" in diagnosis.hint


@pytest.mark.parametrize("size", [1, 16, 19, 21, 31, 33, 64])
def test_digest_of_another_length_is_malformed(size: int) -> None:
    """Only 20 and 32 bytes can be a digest; shown is the right one of the nearest length."""
    diagnosis = refusal(replace(make(), password_digest=b64encode(bytes(size)).decode()))
    assert diagnosis.code == "username-token.digest-malformed"
    assert f"This is {size} bytes" in diagnosis.hint
    nearest = "sha1" if size in (19, 21) else "sha256"
    assert diagnosis.expected == make(hash_name=nearest).password_digest


def test_digest_that_is_not_base64_is_malformed() -> None:
    """The fault of the text is named."""
    diagnosis = refusal(replace(make(), password_digest="not Base64"))
    assert diagnosis.code == "username-token.digest-malformed"
    assert diagnosis.hint.startswith("Character ' ' at 3 is not in the alphabet")


def test_empty_digest_is_malformed() -> None:
    """Nothing is not a digest, and no recipe that gives nothing is taken for it."""
    diagnosis = refusal(replace(make(), username="", password_digest=""))
    assert diagnosis.code == "username-token.digest-malformed"
    assert "an empty text" in diagnosis.hint


def test_digest_is_checked_before_the_time() -> None:
    """Who does not know the secret learns nothing about clocks."""
    token = make("yesterday", password="another secret")
    assert refusal(token).code == "username-token.digest-mismatch"


# Secrets ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "sent",
    [
        SECRET,
        SECRET.upper(),
        SECRET + "\n",
        f"sha256:{SECRET}",
        SECRET.encode().hex(),
        b64encode(SECRET.encode()).decode(),
        b64encode(SECRET.encode()).decode().rstrip("="),
        b64encode(f"site:{SECRET}".encode()).decode(),
        "%44" + SECRET[1:],
    ],
)
def test_a_secret_sent_is_never_shown(sent: str) -> None:
    """In whatever field and form it came."""
    diagnosis = refusal(replace(make(), password_digest=sent))
    assert diagnosis.received == MASK
    assert refusal(make(sent)).received == MASK
    for text in (*diagnosis.as_json().values(), str(diagnosis)):
        assert SECRET.lower() not in str(text).lower()


# Time -------------------------------------------------------------------------------------


@pytest.mark.parametrize("sign", [-1, 1])
def test_the_window_is_inclusive(sign: int) -> None:
    """Exactly at its edge a time passes, a microsecond further it does not."""
    edge = NOW + sign * WINDOW
    assert check(make(edge.isoformat())) == edge
    code = "created-in-future" if sign > 0 else "created-too-old"
    diagnosis = refusal(make((edge + sign * timedelta(microseconds=1)).isoformat()))
    assert diagnosis.code == f"username-token.{code}"
    assert diagnosis.expected == "2026-01-31T14:56:06.123000+00:00 ± 300 s"


@pytest.mark.parametrize(
    ("behind", "code", "hint"),
    [
        (timedelta(minutes=6), "too-old", "6 minutes old: used again?"),
        (timedelta(minutes=30), "too-old", "30 minutes old: used again?"),
        (timedelta(minutes=56), "too-old", "56 minutes old: used again?"),
        (timedelta(minutes=60), "too-old", "1 h behind: local time was sent without its offset"),
        (timedelta(minutes=75), "too-old", "75 minutes behind: set the clock"),
        (timedelta(hours=5, minutes=2), "too-old", "5 h behind: local time was sent without"),
        (timedelta(hours=5.5), "too-old", "5.5 h behind: local time"),
        (timedelta(hours=12), "too-old", "Half a day off: a 12-hour clock"),
        (timedelta(days=365), "too-old", "The year is 2025, not 2026"),
        (timedelta(minutes=-7), "in-future", "7 minutes ahead: set the clock by NTP"),
        (timedelta(hours=-5), "in-future", "5 h ahead: UTC was sent with the offset"),
        (timedelta(hours=-4.5, minutes=2), "in-future", "4.5 h ahead: UTC was sent"),
        (timedelta(hours=-12, minutes=1), "in-future", "Half a day off"),
        (timedelta(days=-2), "in-future", "The time is 2 days in the future"),
    ],
)
def test_skew_is_explained(behind: timedelta, code: str, hint: str) -> None:
    """How far off the time is tells what is wrong."""
    diagnosis = refusal(make((NOW - behind).isoformat()))
    assert diagnosis.code == f"username-token.created-{code}"
    assert diagnosis.where == "created"
    assert diagnosis.hint.startswith(hint)


def test_no_zone_is_refused() -> None:
    """Unless the caller says how such a time is read."""
    diagnosis = refusal(make("2026-01-31T14:56:06"))
    assert diagnosis.code == "username-token.created-without-zone"
    assert "add Z or the offset" in diagnosis.hint


def test_no_zone_is_read_in_the_default_zone() -> None:
    """The same digits pass where they are right, and are hours off where not."""
    local, utc = make("2026-01-31T09:56:06.123"), make("2026-01-31T14:56:06.123")
    assert check(local, zone=BOGOTA) == NOW
    assert check(local, zone=BOGOTA).tzinfo is BOGOTA
    diagnosis = refusal(utc, zone=BOGOTA)
    assert diagnosis.code == "username-token.created-in-future"
    assert diagnosis.hint == (
        "The time has no zone and was read as UTC-05:00. 5 h ahead: UTC was sent with the offset "
        "of your zone (-5), or local time without its offset (zone UTC+5). Send UTC with Z, or "
        "local time with its own offset"
    )
    assert refusal(local, zone=UTC).code == "username-token.created-too-old"


def test_a_zone_that_was_sent_beats_the_default() -> None:
    """The default is only for a time without a zone."""
    assert check(make(), zone=timezone(timedelta(hours=9))) == NOW


# Mistakes ---------------------------------------------------------------------------------


def sha(name: str, material: bytes) -> bytes:
    return hashlib.new(name, material).digest()


TIME, KEY = CREATED.encode(), SECRET.encode()
RIGHT = NONCE + TIME + KEY


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        (sha("sha256", b64encode(NONCE) + TIME + KEY), "as the Base64 text that was sent"),
        (sha("sha1", b64encode(NONCE) + TIME + KEY), "as the Base64 text that was sent"),
        (sha("sha256", RIGHT).hex(), "as hexadecimal text; send the standard Base64"),
        (sha("sha1", RIGHT).hex(), "as hexadecimal text; send the standard Base64"),
        (sha("sha256", RIGHT).hex().upper(), "hexadecimal text in capital letters"),
        (sha("sha256", RIGHT).hex().encode(), "Base64 text of the hexadecimal text"),
        (sha("sha256", b64encode(NONCE) + TIME + KEY).hex().encode(), "as the Base64 text that"),
        (sha("sha256", TIME + NONCE + KEY), "time + nonce + secret; the order"),
        (sha("sha1", NONCE + KEY + TIME), "nonce + secret + time; the order"),
        (sha("sha256", TIME + KEY), "Left the nonce out"),
        (sha("sha256", NONCE + KEY), "Left the time out"),
        (sha("sha256", b"site" + RIGHT), "username too"),
        (sha("sha256", RIGHT + b"\n"), "line feed after the secret"),
        (sha("sha256", NONCE + TIME + KEY.lower()), "lower case"),
        (sha("sha256", NONCE + b"2026-01-31T14:56:06.123Z" + KEY), "hashed in UTC with milli"),
        (
            sha("sha256", NONCE + b"2026-01-31T09:56:06-05:00" + KEY),
            "without its fraction of a sec",
        ),
        (sha("sha256", NONCE + b"2026-01-31T09:56:07.123-05:00" + KEY), "The time was taken twice"),
        (sha("md5", RIGHT), "MD5"),
        (sha("md5", RIGHT).hex(), "MD5"),
        (sha("sha512", RIGHT), "SHA-512"),
        (sha("sha384", RIGHT), "SHA-384"),
        (b64encode(sha("sha256", RIGHT)), "Base64 of the Base64"),
        (b64encode(sha("sha256", RIGHT)).decode().rstrip("="), "without its ="),
        (SECRET, "The secret itself was sent"),
        (KEY, "The secret itself was sent"),
    ],
)
def test_mistakes_made_by_hand(sent: bytes | str, said: str) -> None:
    """The recipes are the mistakes they claim to be: made here without them."""
    text = sent if isinstance(sent, str) else b64encode(sent).decode()
    assert said in refusal(replace(make(), password_digest=text)).hint


def test_one_mistake_is_told_once() -> None:
    """Base64 made twice is one mistake, from the text that was sent as from its bytes."""
    token = replace(
        make(),
        nonce=b64encode(NONCE),
        nonce_text=b64encode(b64encode(NONCE)).decode(),
        password_digest=b64encode(sha("sha256", RIGHT)).decode(),
    )
    said = refusal(token).hint
    assert "Base64 of Base64 text" in said
    assert "Or:" not in said


def test_a_fraction_cut_off_is_not_called_another_zone() -> None:
    """Go prints a time with nanoseconds into JSON, and without them by RFC 3339."""
    sent, hashed = "2026-01-31T14:56:06.123456789Z", b"2026-01-31T14:56:06Z"
    digest = b64encode(sha("sha256", NONCE + hashed + KEY)).decode()
    said = refusal(replace(make(), created=sent, password_digest=digest)).hint
    assert said.startswith("The time was hashed without its fraction of a second; hash the very")


def test_a_huge_token_costs_no_search(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hints are for honest mistakes; a megabyte of nonce is none."""
    monkeypatch.setattr(password_digest_mistakes, "Budget", pytest.fail)
    token = replace(make(), nonce=bytes(1 << 20), password_digest=b64encode(b"\xf0" * 32).decode())
    assert "No known mistake" in refusal(token).hint
    assert refusal(replace(token, password_digest=SECRET)).received == MASK


def test_every_failure_mode_is_provoked() -> None:
    """No mode is declared in vain."""
    modes = {mode.code for mode in vars(username_token).values() if isinstance(mode, FailureMode)}
    seen = {
        refusal(token).code
        for token in (
            make(nonce=b""),
            replace(make(), password_digest="?"),
            make(password="another secret"),
            make("now"),
            make("2026-01-31T14:56:06"),
            make("2026-01-31T14:50:06Z"),
            make("2026-01-31T15:02:06Z"),
        )
    }
    assert seen == modes
