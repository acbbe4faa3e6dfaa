"""Constructors made from declarations.

`@client` is a dataclass with checks: an argument is declared once, with its check, and the blocking
and the asynchronous class have it. Arguments that a credential of the emulator holds say under
which name, so that `from_credentials` knows them::

    @client
    class PlacetopayOperations(Client):
        login: str = setting("login", checks.text)
        secret_key: str = setting("secretKey", checks.text, secret=True)
"""

from __future__ import annotations

from dataclasses import MISSING, dataclass, field, fields
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar, dataclass_transform

from emulator.client.core.errors import ConfigurationError
from emulator.client.core.names import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from emulator.client.core.checks import Check

K = TypeVar("K", bound=type)


def setting(
    member: str,
    check: Check,
    *,
    secret: bool = False,
    kw_only: bool = False,
) -> Any:
    """Declare an argument that must be given.

    Args:
        member: Its name in a credential of the emulator; empty if it is in none.
        check: Checks it.
        secret: Whether `repr()` must not show it.
        kw_only: Whether it is given by its name only.
    """
    metadata = {"member": member, "check": check}
    return field(metadata=metadata, repr=not secret, kw_only=kw_only)


def option(
    *, default: Any, check: Check, member: str = "", kw_only: bool = True, shown: bool = False
) -> Any:
    """Declare an argument that can be left out.

    Args:
        default: Its value then.
        check: Checks it.
        member: Its name in a credential of the emulator; empty if it is in none.
        kw_only: Whether it is given by its name only.
        shown: Whether `repr()` shows it.
    """
    metadata = {"member": member, "check": check}
    return field(default=default, metadata=metadata, repr=shown, kw_only=kw_only)


@dataclass_transform(eq_default=False, field_specifiers=(setting, option))
def client(cls: K) -> K:
    """Make the constructor of a client from the declarations in its class and their bases."""
    made: Any = cls
    dataclass(eq=False)(made)
    construct = made.__init__
    names = [each.name for each in fields(made) if each.init]

    @wraps(construct)
    def __init__(self: Any, *args: Any, **kwargs: Any) -> None:  # noqa: N807 - it is that
        unknown = next((name for name in kwargs if name not in names), None)
        if unknown is not None:
            told = did_you_mean(unknown, names)
            raise TypeError(f"{type(self).__name__}() has no argument {unknown!r}{told}")
        construct(self, *args, **kwargs)

    made.__init__ = __init__
    return cls


def check_all(instance: Any) -> None:
    """Check the arguments of a client, each by its own check.

    Raises:
        ConfigurationError: Names the first argument that is wrong.
    """
    for name, check in _checks(instance):
        setattr(instance, name, check(name, getattr(instance, name)))


def read_credential(cls: type, credential: Mapping[str, Any], given: Mapping[str, Any]) -> Any:
    """Return the arguments that a credential of the emulator holds.

    Args:
        cls: The client's class.
        credential: As `GET /_emulator/credentials` shows it for one provider.
        given: Arguments that replace those of the credential.

    Raises:
        ConfigurationError: A member is missing.
    """
    found: dict[str, Any] = {}
    for each in fields(cls):
        member = each.metadata.get("member", "")
        if not member or each.name in given:
            continue
        if member in credential:
            found[each.name] = credential[member]
        elif each.default is MISSING:
            wrong = f"the credential has no member {member!r}"
            raise ConfigurationError(wrong, argument=each.name)
    return found


def _checks(instance: Any) -> Iterator[tuple[str, Check]]:
    for each in fields(instance):
        if "check" in each.metadata:
            yield each.name, each.metadata["check"]
