"""Members of a credential: declared once, and checked, rotated, made and described by that.

    "login":     text("1 to 32 printable ASCII characters", "[!-~]{1,32}"),
    "secretKey": text("printable ASCII characters", "[!-~]+", secret=True, keys=OTHER_KEYS),
    "status":    one_of("active", "inactive"),

A member says whether it is secret; see `Credentials` for what follows from it.
"""

from __future__ import annotations

import re
import secrets
import string
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any, cast
from urllib.parse import urlsplit

from emulator.core.configuration import nearest
from emulator.core.errors import ConfigurationError, shorten
from emulator.core.pem import canonical
from emulator.provider import rotation
from emulator.provider.key_files import KeyFiles

OTHER_KEYS = ("next", "previous", "rogue")
"""The client's keys that most providers can expect in place of the current one."""

REQUIRED: Any = object()
"""Default of a member that must be given."""

ABSENT: Any = object()
"""Default of a member that a record lacks where it is not given."""

_SHOWN = 80


class Fresh:
    """Stands in `Credentials.fresh` for a value that `make_keys` makes.

    It is the same value wherever the same object stands beside the same name.
    """


Read = Callable[[Any], Any]
"""Returns the value to keep; raises ConfigurationError, without the member's name."""


@dataclass(frozen=True, slots=True)
class OtherKey:
    """What makes a member's value under another of the client's keys.

    Attributes:
        value: Its current value.
        name: Of the key.
        files: The provider's key files.
    """

    value: Any
    name: str
    files: KeyFiles


Other = Callable[[OtherKey], Any]
"""Returns the value under another key."""


def _same(key: OtherKey) -> Any:
    return key.value


def _none() -> Any:
    raise TypeError("this member has no fresh value: give one in Credentials.fresh")


@dataclass(frozen=True, kw_only=True)
class Member:
    """A member of a credential.

    Attributes:
        wanted: What it may be, in words.
        read: Checks a value; see `Read`.
        schema: Its JSON Schema, without the description.
        secret: Whether it is masked wherever it appears. None: nothing is said, which is an
            error for a name that sounds like a secret.
        default: What it is where it is not given: a value, `REQUIRED` or `ABSENT`.
        keys: Names of the client's other keys under which it has another value.
        other: Returns that value; see `Other`.
        fresh: Makes a new value.
        in_file: Whether `credentials.json` has the name of a file with it, in its place.
    """

    wanted: str
    read: Read
    schema: Mapping[str, Any] = field(default_factory=dict[str, Any])
    secret: bool | None = None
    default: Any = REQUIRED
    keys: tuple[str, ...] = ()
    other: Other = _same
    fresh: Callable[[], Any] = _none
    in_file: bool = False

    def kept(self, name: str, given: Mapping[str, Any]) -> dict[str, Any]:
        """Return the member as the record has it: one item, or none.

        Args:
            name: Its name.
            given: The credential.

        Raises:
            ConfigurationError: If it is not what it may be; the value of a secret is not shown.
        """
        value = given.get(name, self.default)
        if value is ABSENT:
            return {}
        if name not in given or (value == self.default and type(value) is type(self.default)):
            return {name: deepcopy(value)}
        try:
            return {name: self.read(value)}
        except ConfigurationError as error:
            raise ConfigurationError(f"{name}: {error}") from error

    def described(self) -> dict[str, Any]:
        """Return its JSON Schema."""
        found = {**self.schema, "description": self.wanted[:1].upper() + self.wanted[1:]}
        if self.default not in (REQUIRED, ABSENT):
            found["default"] = deepcopy(self.default)
        if self.secret:
            found["format"] = "password"
        return found


def text(
    wanted: str,
    form: str | Callable[[str], bool],
    *,
    secret: bool | None = None,
    default: Any = REQUIRED,
    keys: tuple[str, ...] = (),
    fresh: Callable[[], str] | None = None,
) -> Member:
    """Declare text.

    Args:
        wanted: What it may be, in words.
        form: A regular expression that fits all of it, or a function that tells.
        secret: See `Member`.
        default: See `Member`.
        keys: Names of other keys; the text that belongs to one is derived, see `rotation`.
        fresh: Makes a new one; 32 letters and digits if None.
    """
    fits = form if callable(form) else _fits(form)

    def read(value: Any) -> str:
        if isinstance(value, str) and fits(value):
            return value
        came = "" if secret or not isinstance(value, str) else f"{_quoted(value)} is not valid, "
        raise ConfigurationError(f"{came}expected text: {wanted}")

    return Member(
        wanted=wanted,
        read=read,
        schema={"type": "string"}
        if callable(form)
        else {"type": "string", "pattern": f"^(?:{form})$"},
        secret=secret,
        default=default,
        keys=keys,
        other=_derived_text,
        fresh=fresh or random_text,
    )


def one_of(*choices: str, default: Any = None) -> Member:
    """Declare one of a few texts; the first is the default if none is said."""

    def read(value: Any) -> str:
        if isinstance(value, str) and value in choices:
            return value
        named = [each for each in choices if each]
        close = nearest(value[:_SHOWN], named) if isinstance(value, str) else ""
        raise ConfigurationError(f"{_quoted(value)} is not one of {', '.join(named)}{close}")

    return Member(
        wanted=f"one of {', '.join(each for each in choices if each)}",
        read=read,
        schema={"enum": list(choices)},
        secret=False,
        default=choices[0] if default is None else default,
    )


def whole_number(least: int, most: int) -> Member:
    """Declare a whole number from `least` to `most`; its digits as text are read, too."""
    wanted = f"a whole number from {least} to {most}"

    def read(value: Any) -> int:
        number: Any = value
        if isinstance(value, str) and re.fullmatch("0|[1-9][0-9]{0,17}", value):
            number = int(value)
        if isinstance(number, int) and not isinstance(number, bool) and least <= number <= most:
            return number
        raise ConfigurationError(f"expected {wanted}")

    return Member(
        wanted=wanted, read=read, schema={"type": "integer", "minimum": least, "maximum": most}
    )


def base64_bytes(length: int, *, secret: bool, keys: tuple[str, ...] = ()) -> Member:
    """Declare bytes of a fixed length, written in Base64.

    Args:
        length: How many bytes.
        secret: See `Member`.
        keys: Names of other keys; the bytes that belong to one are derived, see `rotation`.
    """
    wanted = f"Base64 of {length} bytes"

    def read(value: Any) -> str:
        check_base64(value, length)
        return value

    def other(key: OtherKey) -> str:
        return to_base64(rotation.named(b64decode(key.value), key.name)[:length])

    return Member(
        wanted=wanted,
        read=read,
        schema={"type": "string", "contentEncoding": "base64"},
        secret=secret,
        keys=keys,
        other=other,
        fresh=lambda: to_base64(secrets.token_bytes(length)),
    )


def url(wanted: str = "an http or https URL, or empty") -> Member:
    """Declare an address that webhooks can go to; empty if it is not given."""

    def read(value: Any) -> str:
        if isinstance(value, str) and _is_url(value):
            return value
        raise ConfigurationError(f"{_quoted(value)} is not valid, expected {wanted}")

    return Member(wanted=wanted, read=read, schema={"type": "string"}, secret=False, default="")


def list_of(item: Member, wanted: str, default: Any = ABSENT) -> Member:
    """Declare a list; a record has each item once."""

    def read(value: Any) -> list[Any]:
        if not isinstance(value, list):
            raise ConfigurationError(f"expected {wanted}")
        return list(dict.fromkeys(item.read(each) for each in cast("list[Any]", value)))

    schema = {"type": "array", "items": dict(item.schema)}
    return Member(wanted=wanted, read=read, schema=schema, secret=item.secret, default=default)


def pem(
    wanted: str, load: Callable[[str], object], *, secret: bool, files: Mapping[str, str]
) -> Member:
    """Declare a key or certificate in PEM text; empty if it is not given.

    Args:
        wanted: What it may be, in words.
        load: Raises ConfigurationError or ValueError for text that is something else.
        secret: See `Member`.
        files: The names of the client's other keys, each with the key file that has it.
    """

    def read(value: Any) -> str:
        if not isinstance(value, str):
            raise ConfigurationError("expected text")
        written = canonical(value)
        try:
            load(written)
        except ValueError as error:
            raise ConfigurationError(str(error)) from error
        return written

    def other(key: OtherKey) -> str:
        return key.files.text(files[key.name])

    return Member(
        wanted=wanted,
        read=read,
        schema={"type": "string"},
        secret=secret,
        default="",
        keys=tuple(files),
        other=other,
        in_file=True,
    )


def check_base64(value: object, length: int) -> None:
    """Refuse what is not the Base64 text of so many bytes.

    Raises:
        ConfigurationError: It is something else.
    """
    try:
        data = b64decode(value, validate=True) if isinstance(value, str) else b""
    except ValueError:
        data = b""
    if len(data) != length or to_base64(data) != value:
        raise ConfigurationError(f"expected Base64 of {length} bytes")


def to_base64(raw: bytes) -> str:
    """Return bytes in Base64."""
    return b64encode(raw).decode("ascii")


def random_text(length: int = 32) -> str:
    """Return letters and digits, chosen by chance."""
    alphabet = string.ascii_letters + string.digits
    return "".join(secrets.choice(alphabet) for _ in range(length))


def _derived_text(key: OtherKey) -> str:
    return rotation.named_text(key.value, key.name) if key.value else key.value


def _fits(form: str) -> Callable[[str], bool]:
    pattern = re.compile(form, re.ASCII)
    return lambda value: pattern.fullmatch(value) is not None


def _is_url(value: str) -> bool:
    try:
        parts = urlsplit(value)
        return (
            parts.scheme in ("http", "https")
            and bool(parts.hostname)
            and not re.search(r"[\x00-\x20\x7f]|\s", value)
        )
    except ValueError:
        return False


def _quoted(value: object) -> str:
    return repr(shorten(value, _SHOWN) if isinstance(value, str) else value)[: 2 * _SHOWN]
