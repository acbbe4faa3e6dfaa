"""What made a password digest is found out: every step alone, most pairs, and two by hand.

A client is a choice on each axis. Its digest is refused; what the hint names must be what the
client does otherwise, so that doing as the hint says makes the digest right.
"""

from __future__ import annotations

import hashlib
import hmac
import random
from base64 import b64encode
from collections.abc import Iterator
from itertools import combinations
from typing import Any

import pytest

from emulator.schemes.mistakes import bytes_as_text, secrets
from emulator.schemes.mistakes.hashes import BY_NAME, Hash
from emulator.schemes.mistakes.search import LIKELY, RARE, UNUSUAL, Budget, Reading, Way
from emulator.schemes.username_token import UsernameToken
from emulator.schemes.username_token.mistakes import (
    RefusedDigest,
    created,
    explain,
    hint,
    layouts,
    nonces,
)

NONCE = bytes(range(0xF0, 0x100))
CREATED = "2026-01-31T09:56:06.123-05:00"
SECRET = "Demo-Secret+Key/024h"
OTHERS = {"the secretKey of site B": "Another-Secret-99"}
SHA256 = BY_NAME["sha256"]

# A mistake shows on some inputs only: what has no blanks cannot be trimmed.
TOKENS = [
    (UsernameToken("site", "", NONCE, CREATED, b64encode(NONCE).decode()), SECRET),
    (
        UsernameToken("site", "", b"1785340512", "2026-01-31T14:56:06Z", "MTc4NTM0MDUxMg=="),
        " Llave señal#1$x ",
    ),
    (
        UsernameToken(
            "site",
            "",
            b"c9085e82debb82b0955579098be3d7ca",
            "2026-01-31T14:56:06+00:00",
            "YzkwODVlODJkZWJiODJiMDk1NTU3OTA5OGJlM2Q3Y2E=",
        ),
        "00ff17aa5be2f04490aa3311",
    ),
]


class Client:
    """One way on each axis, and the digest that comes out."""

    def __init__(self, token: UsernameToken, password: str) -> None:
        self.token, self.password = token, password
        budget = Budget()
        budget.spend = lambda units=1: None  # type: ignore[method-assign]
        self.axes: tuple[Any, ...] = (
            secrets.ways(password.encode(), budget, others=OTHERS),
            nonces.ways(token, budget),
            created.ways(token.created, budget),
            layouts.ways(budget),
        )
        for axis in self.axes:
            for cost in range(LIKELY):
                list(axis.at(cost))

    def ways(self, axis: int, costs: tuple[int, ...]) -> list[Way[Any]]:
        return [way for cost in costs for way in list(self.axes[axis].at(cost))]

    def digest(self, chosen: dict[int, Way[Any]], function: Hash = SHA256) -> bytes | None:
        secret, nonce, time, layout = (
            chosen[n].value if n in chosen else next(axis.at(0)).value
            for n, axis in enumerate(self.axes)
        )
        try:
            return layout(function, nonce, time, secret, self.token.username.encode())
        except ValueError:
            return None

    def readings(self, digest: bytes) -> list[Reading]:
        text = b64encode(digest).decode()
        token = UsernameToken(
            self.token.username, text, self.token.nonce, self.token.created, self.token.nonce_text
        )
        return explain(RefusedDigest(token, self.password, OTHERS))


def told(readings: list[Reading]) -> set[frozenset[str]]:
    return {frozenset(str(step) for step in reading) for reading in readings}


def names(chosen: dict[int, Way[Any]]) -> Iterator[frozenset[str]]:
    """Yield what may be said of a client: its steps, or rivals that give the same values."""
    combined: list[frozenset[str]] = [frozenset()]
    for way in chosen.values():
        combined = [
            before | {str(step) for step in reading}
            for before in combined
            for reading in way.readings()
        ]
    yield from combined


@pytest.mark.slow
@pytest.mark.parametrize("number", range(len(TOKENS)))
@pytest.mark.parametrize("axis", range(4))
def test_every_step_alone(axis: int, number: int) -> None:
    """Each deviation is named; doing as the hint says is to take the right step again."""
    client = Client(*TOKENS[number])
    right = client.digest({})
    ways = client.ways(axis, (LIKELY, UNUSUAL, RARE))
    for way in ways[:: 1 if len(ways) < 150 else 3]:
        digest = client.digest({axis: way})
        if digest is None or digest == right:
            continue
        found = told(client.readings(digest))
        assert found, str(way.steps[0])
        if not found & set(names({axis: way})):
            # Another step gives the very same digest, and costs no more.
            assert all(len(reading) == 1 for reading in found), (found, str(way.steps[0]))


@pytest.mark.slow
@pytest.mark.parametrize("number", range(len(TOKENS)))
def test_likely_pairs(number: int) -> None:
    """Two likely deviations are found together."""
    client = Client(*TOKENS[number])
    rng = random.Random(number)
    right = client.digest({})
    tried = named = 0
    for one, other in combinations(range(4), 2):
        pairs = [(a, b) for a in client.ways(one, (LIKELY,)) for b in client.ways(other, (LIKELY,))]
        for a, b in rng.sample(pairs, 10):
            chosen = {one: a, other: b}
            digest = client.digest(chosen)
            if digest is None or digest in (
                right,
                client.digest({one: a}),
                client.digest({other: b}),
            ):
                continue
            tried += 1
            found = told(client.readings(digest))
            named += bool(found)
            assert all(len(reading) <= 2 for reading in found)
    assert tried > 40
    assert named == tried


def sha(name: str, *parts: bytes) -> bytes:
    return hashlib.new(name, b"".join(parts)).digest()


T, K = CREATED.encode(), SECRET.encode()


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        (sha("sha256", b"?" * 16, T, K), ["ASCII", "question mark"]),
        (str(b64encode(sha("sha256", NONCE, T, K))), ["Python's str()"]),
        (sha("sha1", NONCE, T, b64encode(sha("sha1", K))), ["Base64 of the SHA-1 of"]),
        (hmac.digest(K + b"\n", NONCE + T, "sha256"), ["line feed after the secret", "HMAC"]),
        (sha("sha256", b64encode(NONCE), T, K, b"\n"), ["line feed after", "Base64 text that"]),
        (sha("sha256", T, b64encode(NONCE), K).hex(), ["order", "Base64 text that", "hexadecimal"]),
        (sha("sha256", NONCE, T, b"Another-Secret-99"), ["The secretKey of site B was used"]),
        ("".join(f"{b:x}" for b in sha("sha256", NONCE, T, K)), ["without zeros in front"]),
        ([b - 256 if b > 127 else b for b in sha("sha256", NONCE, T, K)], ["list of"]),
        (sha("sha256", NONCE, T, K).hex("-").upper(), ["with dashes"]),
        (f"sha256={sha('sha256', NONCE, T, K).hex()}", ["sha256 before it", "hexadecimal"]),
        (sha("sha256", NONCE, T, K).decode("utf-8", "replace"), ["replacement character"]),
        (sha("sha3_256", NONCE, T, K), ["SHA3-256"]),
        (sha("sha512", b64encode(NONCE), T, K), ["SHA-512", "Base64 text that was sent"]),
        (sha("sha256", NONCE, T, K)[:16], ["Only the beginning"]),
        ("$2y$10$" + "a" * 53, ["bcrypt", "storing passwords"]),
        ("[B@1b6d3586", ["Java's name of an array"]),
        ("System.Byte[]", [".NET"]),
        ("undefined", ["a word that a language prints for no value"]),
        (sha("sha256", b'a:3:{i:0;s:16:"', NONCE, b'";i:1;s:29:"', T, b'";i:2;s:20:"', K, b'";}'),
         ["serialize"]),
        ("${TRAN_KEY}", ["placeholder"]),
        ("YOUR_TRAN_KEY", ["placeholder"]),
        (b64encode(sha("sha256", NONCE, T, K)).decode().replace("j", "j\n"), ["lines"]),
        (b64encode(sha("sha256", NONCE, T, K)).decode() + "\r\n", ["line end|white space"]),
        (b64encode("".join(f"{b:x}" for b in sha("sha256", NONCE, T, K)).encode()).decode(),
         ["without zeros in front"]),
        (sha("sha256", b"no known mistake"), ["Check in this order: the secret"]),
    ],
)  # fmt: skip
def test_by_hand(sent: object, said: list[str]) -> None:
    """Made here without the steps, as programmers make them."""
    text = b64encode(sent).decode() if isinstance(sent, bytes) else str(sent)
    token = UsernameToken("site", text, NONCE, CREATED, b64encode(NONCE).decode())
    found = hint(RefusedDigest(token, SECRET, OTHERS))
    assert all(any(part in found for part in each.split("|")) for each in said), found
    assert SECRET not in found


@pytest.mark.parametrize(
    ("sent", "hashed"),
    [
        ("2026-01-31T09:56:06-05:00", "2026-01-31T09:56:06.417-05:00"),
        ("2026-01-31T09:56:06-05:00", "2026-01-31T14:56:06.003Z"),
        ("2026-01-31T14:56:06Z", "2026-01-31T14:56:06.999Z"),
        ("2026-01-31T14:56:06+00:00", "1769871366087"),
        ("2026-01-31T14:56:06+00:00", "2026-01-31T14:56:06.5"[:19] + ".500"),
    ],
)
def test_milliseconds_that_were_not_sent(sent: str, hashed: str) -> None:
    """The time is found to the millisecond, and shown as it was hashed."""
    digest = b64encode(sha("sha256", NONCE, hashed.encode(), K)).decode()
    token = UsernameToken("site", digest, NONCE, sent, b64encode(NONCE).decode())
    assert hashed in hint(RefusedDigest(token, SECRET, OTHERS))


@pytest.mark.parametrize("nonce", [b"0b87b7a4-7a4c-4b9e-8ed5-3a1c1d3f5a10"])
def test_a_uuid_in_another_form(nonce: bytes) -> None:
    """With its dashes or without, as text or as bytes."""
    for hashed in (nonce.replace(b"-", b""), bytes.fromhex(nonce.decode().replace("-", ""))):
        digest = b64encode(sha("sha256", hashed, T, K)).decode()
        token = UsernameToken("site", digest, nonce, CREATED, b64encode(nonce).decode())
        assert "UUID" in hint(RefusedDigest(token, SECRET, OTHERS))


def test_every_notation_of_the_digest() -> None:
    """However a language writes the right digest, the hint says so."""
    digest = sha("sha256", NONCE, T, K)
    for notation, wrote in bytes_as_text.written(digest):
        if notation.name == "Base64 text" or notation.name.startswith(("bytes", "words")):
            continue
        text = wrote.decode("utf-8", "replace")
        token = UsernameToken("site", text, NONCE, CREATED, b64encode(NONCE).decode())
        found = hint(RefusedDigest(token, SECRET, {}))
        assert found, notation.name
        if len(wrote) > 20:
            assert "digest was sent" in found or "white space" in found, (notation.name, found)


@pytest.mark.parametrize("seed", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
def test_a_time_at_the_end_of_the_calendar(seed: str) -> None:
    """In UTC it is beyond the years that there are; the search goes on without."""
    token = UsernameToken(
        "site", b64encode(bytes(range(32))).decode(), NONCE, seed, b64encode(NONCE).decode()
    )
    assert "No known mistake" in hint(RefusedDigest(token, SECRET, {}))
