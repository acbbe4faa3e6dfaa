"""How nonce, time and secret are put together: not always one after the other.

A `Layout` makes a digest of the parts. The right one hashes nonce + time + secret; the others
order, leave out, separate, key or hash them in another way.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from itertools import permutations
from typing import TypeAlias

from emulator.core.messages import Message
from emulator.schemes.encoding import to_base64, utf8
from emulator.schemes.mistakes.hashes import Hash
from emulator.schemes.mistakes.search import (
    LIKELY,
    RARE,
    UNUSUAL,
    Budget,
    Step,
    Ways,
    axis,
)

Layout: TypeAlias = Callable[[Hash, bytes, bytes, bytes, bytes], bytes]
"""(hash, nonce, time, secret, username) -> raw digest"""

RULE = "the digest is Base64(hash(nonce + time + secret)), the nonce as raw bytes"


def ways(budget: Budget) -> Ways[Layout]:
    """Return the layouts, the right one first."""
    right: Layout = plain
    return axis(right, LAYOUTS, budget)


def plain(function: Hash, nonce: bytes, time: bytes, secret: bytes, _: bytes) -> bytes:
    """Hash the parts one after the other, as the rule says."""
    return function.digest(nonce + time + secret)


_ORDER = ("nonce", "time", "secret")


_PARTS = (*_ORDER, "username")


def _joined(*names: str, by: bytes = b"") -> Callable[..., bytes]:
    places = [_PARTS.index(name) for name in names]

    def join(*parts: bytes) -> bytes:
        return by.join([parts[place] for place in places])

    return join


def _hash_of(*names: str, by: bytes = b"") -> Layout:
    join = _joined(*names, by=by)

    def layout(function: Hash, *parts: bytes) -> bytes:
        return function.digest(join(*parts))

    return layout


def _hmac_of(key: tuple[str, ...], message: tuple[str, ...], by: bytes = b"") -> Layout:
    first, second = _joined(*key, by=by), _joined(*message, by=by)

    def layout(function: Hash, *parts: bytes) -> bytes:
        return function.hmac(first(*parts), second(*parts))

    return layout


def _then(write: Callable[[bytes], bytes]) -> Layout:
    """Hash the digest, written in some way, once more."""

    def layout(function: Hash, *parts: bytes) -> bytes:
        return function.digest(write(function.digest(b"".join(parts[:3]))))

    return layout


def _whole(change: Callable[[bytes], bytes]) -> Layout:
    """Hash all parts together, changed in some way."""

    def layout(function: Hash, *parts: bytes) -> bytes:
        return function.digest(change(b"".join(parts[:3])))

    return layout


def _wide(codec: str, function: Hash, *parts: bytes) -> bytes:
    nonce, time, secret, _ = parts
    return function.digest(nonce + (time + secret).decode().encode(codec))


def _all_wide(codec: str, function: Hash, *parts: bytes) -> bytes:
    return function.digest(b"".join(parts[:3]).decode("latin-1").encode(codec))


def _named(function: Hash, *parts: bytes, form: str) -> bytes:
    nonce, time, secret, username = (part.decode() for part in parts)
    text = form.format(n=nonce, c=time, s=secret, u=username)
    return function.digest(utf8(text))


def _listed(write: Callable[[tuple[bytes, ...]], bytes], function: Hash, *parts: bytes) -> bytes:
    return function.digest(write(parts[:3]))


def _serialized(parts: tuple[bytes, ...]) -> bytes:
    items = [b'i:%d;s:%d:"%b";' % (at, len(part), part) for at, part in enumerate(parts)]
    return b"a:%d:{%b}" % (len(parts), b"".join(items))


def _print_r(parts: tuple[bytes, ...]) -> bytes:
    lines = [b"    [%d] => %b\n" % (at, part) for at, part in enumerate(parts)]
    return b"Array\n(\n%b)\n" % b"".join(lines)


def _bracketed(form: bytes, joiner: bytes, parts: tuple[bytes, ...]) -> bytes:
    return form % joiner.join(parts)


def _python_tuple(parts: tuple[bytes, ...]) -> bytes:
    nonce, time, secret = parts
    return utf8(repr((nonce, time.decode(), secret.decode())))


def _hex(raw: bytes) -> bytes:
    return raw.hex().encode()


def _base64(raw: bytes) -> bytes:
    return utf8(to_base64(raw))


def _layouts() -> Iterator[Step[Layout, Layout]]:
    def row(hint: str, layout: Layout, cost: int = LIKELY) -> Step[Layout, Layout]:
        return Step(hint, lambda _: layout, cost)

    for order in permutations(_ORDER):
        if order != _ORDER:
            yield row(
                Message("Hashed {parts}; the order is {order}").with_(
                    parts=" + ".join(order), order=" + ".join(_ORDER)
                ),
                _hash_of(*order),
            )
    for names in permutations(_ORDER, 2):
        left = next(name for name in _ORDER if name not in names)
        ordered = names == tuple(name for name in _ORDER if name != left)
        yield row(
            Message("Left {said} out of the hash; {rule}").with_(said=_SAID[left], rule=RULE)
            if ordered
            else f"Hashed {' + '.join(names)} alone; {RULE}",
            _hash_of(*names),
            LIKELY if ordered else UNUSUAL,
        )
    for name in _ORDER:
        yield row(f"Hashed {_SAID[name]} alone; {RULE}", _hash_of(name), LIKELY)
    for signs, cost in ((_LIKELY_SIGNS, LIKELY), (_UNUSUAL_SIGNS, UNUSUAL)):
        for sign in signs:
            yield row(
                Message("Put {decode} between the parts; nothing stands there").with_(
                    decode=f"{sign.decode()!r}"
                ),
                _hash_of(*_ORDER, by=sign),
                cost,
            )
            for order in permutations(_ORDER):
                if order != _ORDER:
                    yield row(
                        Message(
                            "Hashed {parts} with {separator} between; the order is {order}, and "
                            "nothing stands between"
                        ).with_(
                            parts=" + ".join(order),
                            separator=f"{sign.decode()!r}",
                            order=" + ".join(_ORDER),
                        ),
                        _hash_of(*order, by=sign),
                        RARE,
                    )
    for at in range(4):
        names = [*_ORDER[:at], "username", *_ORDER[at:]]
        for sign in (b"", b":"):
            yield row(
                Message("Hashed the username too; {rule}").with_(rule=RULE),
                _hash_of(*names, by=sign),
                UNUSUAL if sign else LIKELY,
            )
    for order in permutations(("username", "secret", "nonce", "time")):
        yield row(f"Hashed {' + '.join(order)}; {RULE}", _hash_of(*order), RARE)
    yield row(
        Message("Hashed the username and the secret; {rule}").with_(rule=RULE),
        _hash_of("username", "secret"),
        UNUSUAL,
    )
    keyed = Message("Computed an HMAC, not a plain hash; ") + RULE
    for key, message, cost in (
        (("secret",), ("nonce", "time"), LIKELY),
        (("secret",), _ORDER, LIKELY),
        (("secret",), ("time", "nonce"), UNUSUAL),
        (("nonce",), ("time", "secret"), LIKELY),
        (("nonce",), ("secret", "time"), UNUSUAL),
        (("nonce", "time"), ("secret",), UNUSUAL),
        (("time",), ("nonce", "secret"), UNUSUAL),
        (("nonce",), _ORDER, UNUSUAL),
        (("secret",), ("nonce",), UNUSUAL),
        (("secret",), ("time",), UNUSUAL),
        (("nonce",), ("secret",), UNUSUAL),
        (("secret",), ("username", "nonce", "time"), UNUSUAL),
    ):
        yield row(keyed, _hmac_of(key, message), cost)
    for sign in (b":", b"|", b"\n", b"."):
        yield row(keyed, _hmac_of(("secret",), ("nonce", "time"), sign), RARE)
    for what, write in (("raw", bytes), ("hexadecimal", _hex), ("Base64", _base64)):
        yield row(
            Message("Hashed the {what} digest once more; hash once").with_(what=what),
            _then(write),
            LIKELY,
        )
    for what, change, cost in (
        ("the hexadecimal text of all parts", _hex, UNUSUAL),
        ("the Base64 text of all parts", _base64, UNUSUAL),
        ("all parts in lower case", bytes.lower, RARE),
        ("all parts in upper case", bytes.upper, RARE),
        ("all parts in quotes", b'"%b"'.__mod__, RARE),
    ):
        yield row(f"Hashed {what}; {RULE}", _whole(change), cost)
    for codec, name in (("utf-16-le", "little-endian"), ("utf-16-be", "big-endian")):
        wide = Message("Hashed text in UTF-16 ({name}); encode it as UTF-8").with_(name=name)
        yield row(wide, partial(_wide, codec), UNUSUAL)
        yield row(wide, partial(_all_wide, codec), UNUSUAL)
    for form in (
        "nonce={n}&seed={c}&secretKey={s}",
        "nonce={n}&created={c}&password={s}",
        '{{"nonce":"{n}","seed":"{c}","secretKey":"{s}"}}',
        '["{n}","{c}","{s}"]',
        "login={u}&nonce={n}&seed={c}&secretKey={s}",
    ):
        yield row(
            Message("Hashed a text with names or brackets in it; {rule}").with_(rule=RULE),
            partial(_named, form=form),
            RARE,
        )
    lists: tuple[tuple[str, Callable[[tuple[bytes, ...]], bytes]], ...] = (
        ("what PHP's serialize gives", _serialized),
        ("what PHP's print_r prints", _print_r),
        ("what Python prints for a tuple", _python_tuple),
        ("a list in brackets", partial(_bracketed, b"[%b]", b", ")),
        ("a list in brackets", partial(_bracketed, b"[%b]", b",")),
        ("a list in brackets", partial(_bracketed, b'["%b"]', b'","')),
    )
    for what, listed in lists:
        yield row(f"Hashed {what}; {RULE}", partial(_listed, listed), UNUSUAL)


_SAID = {"nonce": "the nonce", "time": "the time", "secret": "the secret"}
_LIKELY_SIGNS = (b":", b"|", b"+", b".", b",", b"-", b" ", b"\n", b"&")
_UNUSUAL_SIGNS = (b"_", b";", b"/", b"#", b"\0", b"::", b"\r\n", b"\t", b"||", b" + ", b"~", b"\\n")

LAYOUTS: tuple[Step[Layout, Layout], ...] = tuple(_layouts())
"""What can be done with the three parts, otherwise than hashing them one after the other."""
