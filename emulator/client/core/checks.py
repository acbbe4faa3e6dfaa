"""Checks of arguments: each returns the value to use, or names the argument that is wrong.

A message never shows a value, for it may be a secret.
"""

from __future__ import annotations

import math
import re
from base64 import b64decode
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any, TypeVar
from urllib.parse import urlsplit

from emulator.client.core.errors import ConfigurationError
from emulator.core import errors

K = TypeVar("K")

Amount = Decimal | int | str
"""Money: decimal text such as `"12000.50"`, a Decimal or an int; no float."""

Check = Callable[[str, Any], Any]
"""Given the name of an argument and its value; returns the value to use."""

_VISIBLE = re.compile(r"[!-~]+")
_MOST_RETRIES = 10
_MOST_PLACES = 13


def text(argument: str, value: object) -> str:
    """Return a text that is not empty."""
    if not isinstance(value, str):
        raise ConfigurationError("give a text", argument=argument)
    if not value.strip():
        raise ConfigurationError("it is empty", argument=argument)
    if not _is_unicode(value):
        raise ConfigurationError("it is not valid Unicode", argument=argument)
    return value


def visible(argument: str, value: object) -> str:
    """Return a text for a header: visible ASCII characters, and no blank around them."""
    found = text(argument, value).strip()
    if not _VISIBLE.fullmatch(found):
        raise ConfigurationError("use visible ASCII characters, without blanks", argument=argument)
    return found


def segment(argument: str, value: object) -> str:
    """Return a name or an id that becomes one segment of a path."""
    found = visible(argument, value)
    if found in (".", "..") or any(sign in found for sign in "/\\?#%"):
        raise ConfigurationError("it is not a name", argument=argument)
    return found


def optional(check: Check) -> Check:
    """Return the same check, for an argument that may be left empty."""

    def checked(argument: str, value: object) -> Any:
        return "" if value in ("", None) else check(argument, value)

    return checked


def number_or_text(argument: str, value: object) -> str:
    """Return a number or a text as text."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return text(argument, value)


def base64_of(size: int) -> Check:
    """Return the check of Base64 text for a fixed number of bytes."""

    def checked(argument: str, value: object) -> str:
        found = text(argument, value).strip()
        try:
            length = len(b64decode(found, validate=True))
        except ValueError:
            raise ConfigurationError("it is not Base64 text", argument=argument) from None
        if length != size:
            wrong = f"it is Base64 of {length} bytes; {size} are needed"
            raise ConfigurationError(wrong, argument=argument)
        return found

    return checked


def one_of(*choices: str) -> Check:
    """Return the check of a word that must be one of some."""

    def checked(argument: str, value: object) -> str:
        if value not in choices:
            raise ConfigurationError(f"use {' or '.join(choices)}", argument=argument)
        return str(value)

    return checked


def key(argument: str, pem: object, read: Callable[[str], K]) -> K:
    """Return a key that is given as PEM text.

    Args:
        argument: Name of the argument.
        pem: The text.
        read: Reads it.
    """
    try:
        return read(text(argument, pem))
    except ConfigurationError:
        raise
    except errors.ConfigurationError as error:
        raise ConfigurationError(str(error), argument=argument) from error


def address(argument: str, value: object) -> str:
    """Return an http or https URL without a slash at its end."""
    url = text(argument, value).strip()
    try:
        parts = urlsplit(url)
        is_url = parts.scheme in ("http", "https") and bool(parts.hostname)
        _ = parts.port  # raises if it is none
    except ValueError:
        raise ConfigurationError("it is not a URL", argument=argument) from None
    if not is_url or not url.isascii() or not _VISIBLE.fullmatch(url):
        example = "give a URL such as https://host/path"
        raise ConfigurationError(example, argument=argument)
    if parts.username is not None or parts.query or parts.fragment:
        wrong = "give the URL without a user, a query and a fragment"
        raise ConfigurationError(wrong, argument=argument)
    return url.rstrip("/")


def seconds(argument: str, value: object) -> float:
    """Return a number of seconds above 0."""
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 < value < math.inf:
        raise ConfigurationError("give a number of seconds above 0", argument=argument)
    return float(value)


def repeats(argument: str, value: object) -> int:
    """Return a number of repeats."""
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= _MOST_RETRIES:
        wrong = f"give a whole number from 0 to {_MOST_RETRIES}"
        raise ConfigurationError(wrong, argument=argument)
    return value


def function(argument: str, value: object) -> object:
    """Return a function."""
    if not callable(value):
        raise ConfigurationError("give a function", argument=argument)
    return value


def money(argument: str, value: object) -> Decimal:
    """Return an amount as a Decimal."""
    if isinstance(value, bool) or not isinstance(value, Decimal | int | str | float):
        raise ConfigurationError("give a Decimal, an int or decimal text", argument=argument)
    try:
        found = Decimal(value if isinstance(value, int) else str(value))
    except InvalidOperation:
        raise ConfigurationError("it is not a decimal number", argument=argument) from None
    if not found.is_finite() or (found and not -_MOST_PLACES < found.adjusted() < _MOST_PLACES):
        raise ConfigurationError("it is not an amount of money", argument=argument)
    return found


def whole(argument: str, value: object) -> int:
    """Return a whole number, given as int or as text."""
    if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) < 20:
        return int(value)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 10**19:
        raise ConfigurationError("give a whole number", argument=argument)
    return value


def _is_unicode(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True
