"""How a text and a key become a digest: the key is appended, and the whole is hashed once.

Others put it in front, separate it, use it for an HMAC, leave it out, or hash twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeAlias

from emulator.core.messages import Message
from emulator.schemes.encoding import to_base64, utf8
from emulator.schemes.mistakes.hashes import Hash
from emulator.schemes.mistakes.search import LIKELY, RARE, UNUSUAL, Budget, Step, Ways, axis

Keyed: TypeAlias = Callable[[Hash, bytes, bytes], bytes]
"""(hash, text, key) -> raw digest"""

APPENDED = "append the key directly"
NO_HMAC = "in spite of the page's wording it is a plain SHA-256 of sorted parameters + key"


def ways(budget: Budget) -> Ways[Keyed]:
    """Return the ways to use a key, the right one first."""
    right: Keyed = appended
    return axis(right, KEYED, budget)


def appended(function: Hash, text: bytes, key: bytes) -> bytes:
    """Hash the text with the key after it, as the rule says."""
    return function.digest(text + key)


def _hex(raw: bytes) -> bytes:
    return raw.hex().encode()


def _upper(raw: bytes) -> bytes:
    return raw.hex().upper().encode()


def _base64(raw: bytes) -> bytes:
    return utf8(to_base64(raw))


_WRITINGS: tuple[tuple[str, Callable[[bytes], bytes], int], ...] = (
    ("hexadecimal", _hex, LIKELY),
    ("raw", bytes, LIKELY),
    ("Base64", _base64, UNUSUAL),
    ("upper-case hexadecimal", _upper, UNUSUAL),
)


def _placed(form: str) -> Keyed:
    """Hash what a form gives, in which {t} is the text and {k} the key."""
    parts = [
        utf8(part) for part in form.replace("{t}", "\0t\0").replace("{k}", "\0k\0").split("\0")
    ]

    def use(function: Hash, text: bytes, key: bytes) -> bytes:
        known = {b"t": text, b"k": key}
        # The parts at odd places are the names, the others what stands between.
        return function.digest(
            b"".join([known[part] if at % 2 else part for at, part in enumerate(parts)])
        )

    return use


def _keyed_by(form: str) -> Keyed:
    """Compute an HMAC with the key, of the text with something around it."""
    before, _, after = form.partition("{t}")

    def use(function: Hash, text: bytes, key: bytes) -> bytes:
        filled = [utf8(part).replace(b"{k}", key) for part in (before, after)]
        return function.hmac(key, text.join(filled))

    return use


def _again(write: Callable[[bytes], bytes]) -> Keyed:
    return lambda function, text, key: function.digest(write(function.digest(text + key)))


def _hashed_first(write: Callable[[bytes], bytes]) -> Keyed:
    return lambda function, text, key: function.digest(write(function.digest(text)) + key)


def _hmac_of_hash(write: Callable[[bytes], bytes]) -> Keyed:
    return lambda function, text, key: function.hmac(key, write(function.digest(text)))


def _exchanged(function: Hash, text: bytes, key: bytes) -> bytes:
    return function.hmac(text, key)


def _without(function: Hash, text: bytes, _: bytes) -> bytes:
    return function.digest(text)


def _key_alone(function: Hash, _: bytes, key: bytes) -> bytes:
    return function.hmac(key, b"")


def _of_base64(function: Hash, text: bytes, key: bytes) -> bytes:
    return function.digest(_base64(text + key))


def _in_upper_case(function: Hash, text: bytes, key: bytes) -> bytes:
    return function.digest(utf8((text + key).decode().upper()))


def _in_lower_case(function: Hash, text: bytes, key: bytes) -> bytes:
    return function.digest(utf8((text + key).decode().lower()))


def _rows() -> Iterator[tuple[str, Keyed, int]]:
    between = Message(
        "Something stands between the parameters and the key, such as & or &key=; {appended}"
    ).with_(appended=APPENDED)
    for sign in ("&", "&key=", "&app_key="):
        yield between, _placed(f"{{t}}{sign}{{k}}"), LIKELY
    for sign in _SIGNS:
        yield between, _placed(f"{{t}}{sign}{{k}}"), UNUSUAL
    for name in _NAMES:
        yield between, _placed(f"{{t}}&{name}={{k}}"), UNUSUAL
        yield between, _placed(f"{{t}}{name}={{k}}"), RARE
    for sign, cost in (("", LIKELY), ("&", UNUSUAL), (":", UNUSUAL), ("=", RARE), ("\n", RARE)):
        yield Message("The key was put first; append it"), _placed(f"{{k}}{sign}{{t}}"), cost
        yield (
            Message("The key was put at both ends; append it once"),
            _placed(f"{{k}}{sign}{{t}}{sign}{{k}}"),
            cost,
        )
    for name in ("key", "app_key", "appKey", "secret"):
        yield (
            Message("The key was put first, as a parameter; append it"),
            _placed(f"{name}={{k}}&{{t}}"),
            UNUSUAL,
        )
    yield Message("The key was not appended; append it"), _without, LIKELY
    yield Message("An & stands behind the key; nothing does"), _placed("{t}{k}&"), UNUSUAL
    yield (
        Message("HMAC of the text, with the key; {no_hmac}").with_(no_hmac=NO_HMAC),
        _keyed_by("{t}"),
        LIKELY,
    )
    yield (
        Message("HMAC of the text with the key appended; {no_hmac}").with_(no_hmac=NO_HMAC),
        _keyed_by("{t}{k}"),
        LIKELY,
    )
    yield (
        Message("HMAC in which key and text are exchanged; {no_hmac}").with_(no_hmac=NO_HMAC),
        _exchanged,
        UNUSUAL,
    )
    for sign in ("&key=", "&", "&app_key=", "&appKey=", "&secret="):
        yield (
            Message("HMAC of the text with {sign} and the key; {no_hmac}").with_(
                sign=sign, no_hmac=NO_HMAC
            ),
            _keyed_by(f"{{t}}{sign}{{k}}"),
            UNUSUAL,
        )
    yield (
        Message("HMAC of the key and the text; {no_hmac}").with_(no_hmac=NO_HMAC),
        _keyed_by("{k}{t}"),
        RARE,
    )
    yield (
        Message("HMAC of nothing, with the key; {no_hmac}").with_(no_hmac=NO_HMAC),
        _key_alone,
        RARE,
    )
    for what, write, cost in _WRITINGS:
        yield (
            Message("Hashed twice: the {what} digest once more; once is enough").with_(what=what),
            _again(write),
            cost,
        )
        yield (
            Message(
                "Hashed twice: the {what} digest of the parameters with the key; hash "
                "the sorted parameters and the key, once"
            ).with_(what=what),
            _hashed_first(write),
            cost,
        )
        yield (
            Message("HMAC of the {what} digest of the parameters; {no_hmac}").with_(
                what=what, no_hmac=NO_HMAC
            ),
            _hmac_of_hash(write),
            UNUSUAL,
        )
    yield (
        Message("The Base64 text of the parameters and the key was hashed; hash the text itself"),
        _of_base64,
        RARE,
    )
    cased = Message("Text and key were put into {which} case; sign them as they are")
    yield cased.with_(which="upper"), _in_upper_case, UNUSUAL
    yield cased.with_(which="lower"), _in_lower_case, UNUSUAL


_SIGNS = ("=", "+", ",", ":", "|", " ", "\n", ";", ".", "-", "_", "#", "/", "?", "::", "\r\n", "\t")
_NAMES = (
    "appKey",
    "app_secret",
    "appSecret",
    "secret",
    "secretKey",
    "secret_key",
    "merchantKey",
    "merchant_key",
    "apiKey",
    "api_key",
    "sign",
    "signKey",
    "security_key",
    "AppKey",
    "KEY",
    "Key",
)


def _step(done: str, use: Keyed, cost: int) -> Step[Keyed, Keyed]:
    return Step(done, lambda _: use, cost)


KEYED: tuple[Step[Keyed, Keyed], ...] = tuple(_step(*row) for row in _rows())
"""What can be done with text and key, otherwise than hashing them one after the other."""
