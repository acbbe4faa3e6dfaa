"""The directories of shipped files, and the configuration file (TOML).

    [name-of-a-provider]
    token_format = "opaque"

    [[name-of-a-provider.credentials]]
    login = "my-site"
    secretKey = "…"
    status = "inactive"

The section of a provider sets members of that provider's `settings` and adds credentials. An
unknown name is an error.
"""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import UnionType
from typing import Any, Literal, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from emulator.core import suggest
from emulator.core.errors import ConfigurationError
from emulator.core.reading import MOST_BYTES, read_bytes

T = TypeVar("T")
_PACKAGE = Path(__file__).parents[1]


def shipped(name: str) -> Path:
    """Return the directory `keys` or `scenarios` as shipped: in the wheel, or the checkout."""
    packaged = _PACKAGE / "_data" / name
    return packaged if packaged.is_dir() else _PACKAGE.parent / name


@dataclass(frozen=True)
class Configuration:
    """The content of the configuration file.

    Attributes:
        sections: By provider, the members of its section except `credentials`.
        credentials: By provider, more credentials.
        origin: The file, for messages.
    """

    sections: Mapping[str, Mapping[str, Any]] = field(default_factory=dict[str, Any])
    credentials: Mapping[str, list[Mapping[str, Any]]] = field(default_factory=dict[str, Any])
    origin: str = "the configuration"

    def settings(self, provider: str, defaults: T) -> T:
        """Return `defaults`, changed by the provider's section.

        Raises:
            ConfigurationError: Names the member and the nearest right one.
        """
        section = self.sections.get(provider, {})
        known: dict[str, Any] = get_type_hints(type(defaults)) if section else {}
        for name, value in section.items():
            where = f"{self.origin}: {provider}.{name}"
            if name not in known:
                raise ConfigurationError(f"{where}: unknown setting{nearest(name, known)}")
            if not _fits(value, known[name]):
                wanted = _describe(known[name])
                raise ConfigurationError(f"{where}: {value!r} is not {wanted}")
        return cast(T, replace(cast(Any, defaults), **section))


class EncodingError(ConfigurationError):
    """Text is not UTF-8.

    Attributes:
        line: Of the first byte that is not, from 1.
        column: The same.
    """

    def __init__(self, name: str, message: str, line: int = 1, column: int = 1) -> None:
        super().__init__(f"{name}:{line}:{column}: {message}")
        self.message = message
        self.line = line
        self.column = column


def utf_8(content: bytes, name: str) -> str:
    """Return text that was written in UTF-8, without a byte order mark.

    Args:
        content: The bytes.
        name: Their name in messages.

    Raises:
        EncodingError: If they are something else; says where, and what to do.
    """
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise EncodingError(name, "is written in UTF-16; save it as UTF-8")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = content[: error.start]
        raise EncodingError(
            name,
            f"is not UTF-8 (byte 0x{content[error.start]:02x}); save it as UTF-8, it may be Latin-1"
            " or Windows-1252 now",
            before.count(b"\n") + 1,
            len(before) - (before.rfind(b"\n") + 1) + 1,
        ) from error


def read_text(path: Path, most: int = MOST_BYTES) -> str:
    """Return the text of a file in UTF-8, without a byte order mark.

    Args:
        path: The file.
        most: How many bytes it may have.

    Raises:
        ConfigurationError: If it cannot be read; see `emulator.core.reading`.
        EncodingError: If it is not UTF-8.
    """
    return utf_8(read_bytes(path, most), str(path))


def load(path: Path | None, known: Collection[str]) -> Configuration:
    """Read the configuration file, or return an empty configuration.

    Raises:
        ConfigurationError: If it cannot be read, is not TOML, or names an unknown section.
    """
    if path is None:
        return Configuration()
    try:
        document = tomllib.loads(read_text(path))
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(f"{path}: not TOML: {error}") from error
    sections: dict[str, Mapping[str, Any]] = {}
    credentials: dict[str, list[Mapping[str, Any]]] = {}
    for name, value in document.items():
        if name not in known:
            raise ConfigurationError(f"{path}: unknown section [{name}]{nearest(name, known)}")
        if not isinstance(value, dict):
            raise ConfigurationError(f"{path}: {name} must be a section: write [{name}]")
        section: dict[str, Any] = dict(value)  # pyright: ignore[reportUnknownArgumentType]
        entries = section.pop("credentials", [])
        if not isinstance(entries, list) or not all(isinstance(e, dict) for e in entries):  # pyright: ignore[reportUnknownVariableType]
            raise ConfigurationError(f"{path}: write [[{name}.credentials]] for each credential")
        sections[name] = section
        credentials[name] = entries  # pyright: ignore[reportUnknownVariableType]
    return Configuration(sections, credentials, str(path))


def nearest(word: str, known: Collection[str]) -> str:
    """Return "; did you mean …?" for the nearest known word, or nothing."""
    close = suggest.nearest(word, known)
    return f"; did you mean {close!r}?" if close else ""


def one_of(word: str, known: Collection[str]) -> str:
    """Return "; did you mean …?" for the nearest known word; all of them if none is near."""
    if close := nearest(word, known):
        return close
    return f"; there are {', '.join(known)}" if known else "; there are none"


def _fits(value: object, kind: Any) -> bool:
    if get_origin(kind) is Literal:
        return value in get_args(kind)
    if get_origin(kind) in (Union, UnionType):
        return any(_fits(value, each) for each in get_args(kind))
    if kind is float:
        return isinstance(value, int | float) and not isinstance(value, bool)
    if kind is int:
        return isinstance(value, int) and not isinstance(value, bool)
    origin = get_origin(kind) or kind
    return isinstance(value, list if origin is tuple else origin)


def _describe(kind: Any) -> str:
    if get_origin(kind) is Literal:
        return "one of " + ", ".join(map(repr, get_args(kind)))
    return {bool: "true or false", int: "a whole number", float: "a number", str: "text"}.get(
        kind, str(kind)
    )
