"""Reading messages by hand: each member against a table of `member_tables.py`.

A table names every member a part of a message may have. What is in no table is refused: the
provider insists on `noTimestamp: true`, so a member it does not know, `iat`, hurts it. Where the
provider's own pages show two JSON types of a member, the second is taken with a warning. What
was meant by a wrong one is told by `meant.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from emulator.core.errors import FailureMode, shorten
from emulator.core.messages import Message
from emulator.provider import Refusal
from emulator.providers.tesabiz.failures import (
    ERRORS,
    LONG_MEMBER,
    MEMBER_FORM,
    MEMBER_MISSING,
    MEMBER_TYPE,
    MEMBER_UNKNOWN,
)
from emulator.providers.tesabiz.member_tables import LONGEST, TIMESTAMPS, Json, MemberRule
from emulator.schemes import jws

if TYPE_CHECKING:
    from collections.abc import Mapping

    from emulator.core.exchange import Exchange
    from emulator.provider import Context
    from emulator.providers.tesabiz.settings import Settings


def check(
    part: Json, rules: Mapping[str, MemberRule], where: str, exchange: Exchange, settings: Settings
) -> Json:
    """Check every member of a part of a message.

    Returns:
        The part, with each value in the JSON type that its rule names.

    Raises:
        Refusal: `data`: `tesabiz.member-unknown`, `tesabiz.member-missing`, then the mode of
            the first member that is wrong, in the order of the table.
    """
    _check_names(part, tuple(rules), tuple(rules), where, settings)
    checked = dict(part)
    for name, rule in rules.items():
        value = part.get(name)
        if value is None and (not rule.required or name not in part):
            if rule.required:
                raise _missing(name, rule, part, where)
            continue
        checked[name] = _read(value, rule, f"{where}.{name}", exchange)
    return checked


def _read(value: Any, rule: MemberRule, where: str, exchange: Exchange) -> Any:
    found = value
    if not rule.fits(value):
        found = rule.read(value)
        if found is None or not rule.fits(found):
            from emulator.providers.tesabiz import meant

            raise invalid(
                rule.mode,
                where,
                expected=rule.expected,
                received=jws.shown(value),
                hint=meant.value(rule.mode, rule.kind, value),
            )
        warn(
            exchange,
            MEMBER_TYPE,
            where,
            expected=jws.shown(found),
            received=jws.shown(value),
            hint=Message("Send {shown}: the documented JSON type of this member is {kind}").with_(
                shown=jws.shown(found), kind="text" if isinstance(found, str) else "a number"
            ),
        )
    if not rule.usual(found):
        warn(
            exchange,
            LONG_MEMBER,
            where,
            expected=f"at most {rule.usually}",
            received=f"{len(found)} characters" if isinstance(found, str) else found,
            hint=Message(
                "Keep within that form: no provider page names a limit, and a bank may have one"
            ),
        )
    return found


def warn(exchange: Exchange, mode: FailureMode, where: str, **told: Any) -> None:
    """Note what is accepted and unwise, once for each exchange."""
    diagnosis = mode.diagnose(where, **told)
    if diagnosis not in exchange.warnings:
        exchange.warnings.append(diagnosis)


def part_of(message: Json, name: str, where: str = "body") -> Json:
    """Return the object that is the member `name` of a message.

    Raises:
        Refusal: `data`: `tesabiz.member-missing`, `tesabiz.member-form`.
    """
    part = message.get(name)
    if isinstance(part, dict):
        return cast("Json", part)
    from emulator.providers.tesabiz import meant

    if name not in message:
        raise invalid(
            MEMBER_MISSING,
            f"{where}.{name}",
            expected="an object",
            received=", ".join(message)[:LONGEST],
            hint=meant.part(name, message),
        )
    raise invalid(
        MEMBER_FORM,
        f"{where}.{name}",
        expected="an object",
        received=jws.shown(part),
        hint=meant.value(MEMBER_FORM, "object", part),
    )


def check_parts(
    message: Json, names: tuple[str, ...], where: str, context: Context[Settings]
) -> None:
    """Check that a message has no other parts than `names`; time stamps were judged before.

    Raises:
        Refusal: `data`: `tesabiz.member-unknown`.
    """
    stamps = TIMESTAMPS if context.settings.timestamp_claims == "ignore" else ()
    _check_names(message, names, (*names, *stamps), where, context.settings)


def _check_names(
    members: Json, known: tuple[str, ...], allowed: tuple[str, ...], where: str, settings: Settings
) -> None:
    name = next((name for name in members if name not in allowed), None)
    if name is None or settings.unknown_members != "refuse":
        return
    from emulator.providers.tesabiz import meant

    raise invalid(
        MEMBER_UNKNOWN,
        f"{where}.{name}",
        expected=", ".join(known),
        received=name,
        hint=meant.name(name, known, members),
    )


def _missing(name: str, rule: MemberRule, part: Json, where: str) -> Refusal:
    from emulator.providers.tesabiz import meant

    return invalid(
        MEMBER_MISSING,
        f"{where}.{name}",
        expected=rule.expected,
        received=", ".join(part)[:LONGEST] or "(an empty object)",
        hint=meant.missing(name, rule.expected, part),
    )


def invalid(
    mode: FailureMode, where: str, *, expected: str = "", received: str = "", hint: str = ""
) -> Refusal:
    """Return the refusal of a member; its text names the member."""
    where = shorten(where, 120)
    member = where.removeprefix("body.payload.").removeprefix("body.")
    diagnosis = mode.diagnose(where, expected=expected, received=received, hint=hint)
    return Refusal(ERRORS["data"], diagnosis, {"member": member})
