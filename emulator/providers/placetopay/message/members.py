"""Reading the members of a message, one at a time; what is wrong with one, and what to do next.

null, "", [] and {} are the same as absent. What production reads although it has another JSON type
than documented, such as `1` for true, is read here too, and the journal notes it.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any, NoReturn, cast

from emulator.core.errors import Diagnosis, FailureMode, Standing, shorten
from emulator.core.messages import Message
from emulator.providers.placetopay.failures import (
    CONTROL_CHARACTER,
    CREATE,
    FIELD_REQUIRED,
    FIELD_TOO_LONG,
    FIELD_TYPE,
    FIELD_VALUE,
    INVALID,
    LOOSE_TYPE,
    REQUIRED,
    refuse,
)
from emulator.providers.placetopay.message import advice
from emulator.providers.placetopay.message.card_text import hide_cards
from emulator.providers.placetopay.message.money import Number, number

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence


AMBIGUOUS = FailureMode(
    "placetopay.amount-ambiguous",
    "An amount in text has a point before its last three digits, and is read as a fraction",
    CREATE.but(Standing.INFERRED),
)

_FLAGS: Mapping[str, bool] = {"true": True, "1": True, "false": False, "0": False}
_WHOLE = re.compile(r"-?\d{1,9}", re.ASCII)
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_INVISIBLE = re.compile("[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2064\ufeff]")
_TOTAL_BELOW = 10**12  # so that a double holds three decimals exactly
_LONGEST_NUMBER = 18
_SHOWN = 120
_LOOKED_AT = 1000
"""Characters of each end of a text in which cards are looked for, to show a part of it."""


@dataclass(frozen=True, slots=True)
class _Whole:
    """What the readers of one message share: all of it, and where warnings go."""

    message: dict[str, Any]
    warnings: list[Diagnosis] = field(default_factory=list[Diagnosis])


class Members:
    """The members of one JSON object of the message, read one at a time.

    Every reader returns None for a member that is absent or empty, and refuses one that is
    wrong, saying where it stands.

    Args:
        members: The object.
        warnings: Where it is noted that something is accepted, but unwise.
        where: Where it stands, such as `body.payment`.
        error: Entry of the catalogue that refuses it.

    Attributes:
        get: Returns a member as it is, or None where it is empty.
        where: Where the object stands.
    """

    __slots__ = ("_error", "_members", "_whole", "get", "where")

    def __init__(
        self,
        members: dict[str, Any],
        warnings: list[Diagnosis] | None = None,
        where: str = "body",
        error: str = "request-not-valid",
    ) -> None:
        self._members = members
        self._whole = _Whole(members, [] if warnings is None else warnings)
        self.get: Callable[[str], Any] = those_there(members).get
        self.where = where
        self._error = error

    def _inner(self, members: dict[str, Any], where: str, error: str) -> Members:
        inner = Members(members, where=where, error=error)
        inner._whole = self._whole
        return inner

    def __contains__(self, name: str) -> bool:
        return self.get(name) is not None

    def refuse(
        self,
        name: str,
        mode: FailureMode,
        expected: str,
        *,
        hint: str = "",
        error: str = "",
        received: str = "",
    ) -> NoReturn:
        """Refuse the message because of this member.

        Args:
            name: The member.
            mode: Why.
            expected: What was wanted.
            hint: What to do next, where that is more than to send what was wanted.
            error: Entry of the catalogue, where it is not that of the object.
            received: What came, in our words; left out, the member is shown.
        """
        place = f"{self.where}.{name}"
        spoken = place.removeprefix("body.")
        es, en = REQUIRED if mode is FIELD_REQUIRED else INVALID
        refuse(
            error or self._error,
            mode,
            place,
            expected=expected,
            received=received or shown(self.get(name)),
            hint=hint or self._advice(name, mode, expected),
            words=(es.format(spoken), en.format(spoken))
            if (error or self._error) == "request-not-valid"
            else None,
        )

    def note(
        self, name: str, mode: FailureMode, expected: str, hint: str, received: str = ""
    ) -> None:
        """Note that the member is accepted, but unwise."""
        value = received or shown(self.get(name))
        diagnosis = mode.diagnose(
            f"{self.where}.{name}", expected=expected, received=value, hint=hint
        )
        self._whole.warnings.append(diagnosis)

    def require(self, name: str, expected: str) -> None:
        """Refuse the message unless the member is there."""
        if self.get(name) is None:
            self.refuse(name, FIELD_REQUIRED, expected)

    def text(
        self,
        name: str,
        longest: int,
        form: re.Pattern[str] | None = None,
        wanted: str = "",
        *,
        cut: bool = False,
        hint: Callable[[str], str] | None = None,
    ) -> str | None:
        """Return a text of at most `longest` characters, cut to that if `cut`.

        Args:
            name: The member.
            longest: Characters.
            form: What the whole text must match.
            wanted: That form, in words.
            cut: Whether a longer text is cut; else it is refused.
            hint: Says of a text that does not match what to send in its place.
        """
        value = self.get(name)
        if value is None:
            return None
        if not isinstance(value, str):
            self.refuse(name, FIELD_TYPE, "a text")
        self._check_characters(name, value)
        if len(value) > longest:
            if not cut:
                self.refuse(name, FIELD_TOO_LONG, f"at most {longest} characters")
            value = value[:longest]
        if form is not None and not form.fullmatch(value):
            self.refuse(name, FIELD_VALUE, wanted, hint=hint(value) if hint else "")
        return value

    def text_or_number(
        self, name: str, longest: int, *, cut: bool = False, plain: bool = False
    ) -> str | int | None:
        """Return a text, or a whole number that was sent in its place, as it was sent.

        Args:
            name: The member.
            longest: Characters.
            cut: Whether a longer text is cut; else it is refused.
            plain: Whether line breaks and invisible characters are refused too.
        """
        value = self.get(name)
        if isinstance(value, int) and not isinstance(value, bool):
            if abs(value) >= 10 ** min(longest, _LONGEST_NUMBER):
                self.refuse(name, FIELD_TOO_LONG, f"at most {longest} characters")
            self.note(
                name,
                LOOSE_TYPE,
                "a text",
                f"Put it in quotes: {hide_cards(json.dumps(str(value)))}",
            )
            return value
        if plain and isinstance(value, str) and (found := _INVISIBLE.search(value)):
            self._refuse_character(name, found)
        return self.text(name, longest, cut=cut)

    def _check_characters(self, name: str, value: str) -> None:
        if found := _CONTROL.search(value):
            self._refuse_character(name, found)

    def _refuse_character(self, name: str, found: re.Match[str]) -> NoReturn:
        sign = f"U+{ord(found[0]):04X}"
        self.refuse(
            name,
            CONTROL_CHARACTER,
            "a text without control characters",
            received=f"{sign} at {found.start()}",
            hint=Message(
                "Take the character {sign} out, at position {position}, counted from 0"
            ).with_(sign=sign, position=found.start()),
        )

    def choice(self, name: str, allowed: Sequence[str], *, hint: str = "") -> str | None:
        """Return one of the texts allowed; `hint` says what to send in place of any other."""
        value = self.get(name)
        if value is not None and not (isinstance(value, str) and value in allowed):
            said = advice.nearest_allowed(value, allowed) if isinstance(value, str) else ""
            self.refuse(name, FIELD_VALUE, f"one of {', '.join(allowed)}", hint=said or hint)
        return value

    def flag(self, name: str) -> bool:
        """Return true or false; clients also send them as texts or numbers. Absent is false."""
        value = self.get(name)
        if value is None or isinstance(value, bool):
            return bool(value)
        spelled = str(value) if isinstance(value, str) or value in (0, 1) else ""
        if isinstance(value, float) or spelled not in _FLAGS:
            self.refuse(
                name,
                FIELD_TYPE,
                "true or false",
                hint=Message("Send true or false, without quotes"),
            )
        read = _FLAGS[spelled]
        said = json.dumps(read)
        self.note(name, LOOSE_TYPE, "true or false", f"Send {said}, without quotes")
        return read

    def whole(self, name: str, least: int, most: int = 10**9) -> int | None:
        """Return a whole number; the documentation's samples write some as text."""
        value = self.get(name)
        if value is None:
            return None
        if isinstance(value, str) and _WHOLE.fullmatch(value):
            value = int(value)
        if not isinstance(value, int) or isinstance(value, bool):
            self.refuse(name, FIELD_TYPE, "a whole number")
        if not least <= value <= most:
            self.refuse(name, FIELD_VALUE, f"a whole number from {least} to {most}")
        return value

    def money(self, name: str, decimals: int | None) -> Number | None:
        """Return an amount, not negative; rounded unless `decimals` is None."""
        value = self.get(name)
        if isinstance(value, str) and advice.NUMBER.fullmatch(value):
            self._note_thousands(name, value, decimals)
            amount = Decimal(value)
        elif isinstance(value, int | float) and not isinstance(value, bool):
            if not 0 <= value < _TOTAL_BELOW:
                self.refuse(
                    name,
                    FIELD_VALUE,
                    f"a number from 0 to below {_TOTAL_BELOW:.0e}",
                    hint=Message(
                        "Send it without the sign: what an amount is subtracted for, its kind says"
                    )
                    if value < 0
                    else Message("Send a smaller amount"),
                )
            if isinstance(value, int):
                return value
            amount = Decimal(repr(value))
        elif value is None:
            return None
        else:
            wrong = FIELD_VALUE if isinstance(value, str) else FIELD_TYPE
            hint = advice.amount_hint(value) if isinstance(value, str) else ""
            self.refuse(name, wrong, "a number, such as 12000 or 12000.5", hint=hint)
        if decimals is not None:
            amount = amount.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
        return number(amount)

    def _note_thousands(self, name: str, value: str, decimals: int | None) -> None:
        before, point, after = value.partition(".")
        if point and len(after) == 3 and before != "0" and len(before) <= 3 and decimals != 3:
            self.note(
                name,
                AMBIGUOUS,
                "a number",
                f"It is read as {before} and {after} thousandths. If {before}{after} is meant,"
                " take the point out",
            )

    def money_as_sent(self, name: str, decimals: int | None) -> Number | str | None:
        """Return an amount as a query echoes it: as text where it was sent as text."""
        amount, sent = self.money(name, decimals), self.get(name)
        if amount is None or not isinstance(sent, str):
            return amount
        rounded = Decimal(str(amount))
        return sent if Decimal(sent) == rounded else f"{rounded:f}"

    def day(self, name: str) -> date | None:
        """Return a calendar day."""
        value = self.text(name, 255)
        if value is None:
            return None
        try:
            day = date.fromisoformat(value) if _DAY.fullmatch(value) else None
        except ValueError:
            day = None
        if day is None:
            self.refuse(
                name,
                FIELD_VALUE,
                "a day such as 2026-01-31",
                hint=Message(
                    "Send year, month and day with hyphens, and no time, such as 2026-01-31"
                ),
            )
        return day

    def plain(self, name: str, longest: int) -> Any:
        """Return any JSON of at most `longest` characters."""
        value: Any = self.get(name)
        if isinstance(value, str):
            return self.text(name, longest)
        if isinstance(value, dict | list):
            try:
                size = len(json.dumps(value, ensure_ascii=False))
            except RecursionError:
                size = longest + 1
            if size > longest:
                self.refuse(name, FIELD_TOO_LONG, f"at most {longest} characters of JSON")
        elif isinstance(value, int) and abs(value) >= 10**_LONGEST_NUMBER:
            self.refuse(name, FIELD_TOO_LONG, f"at most {_LONGEST_NUMBER} digits")
        return cast("Any", value)

    def object(self, name: str, error: str = "") -> Members | None:
        """Return an object to be read in turn."""
        value = self.get(name)
        if value is None:
            return None
        if not isinstance(value, dict):
            self.refuse(name, FIELD_TYPE, "an object")
        members = cast("dict[str, Any]", value)
        return self._inner(members, f"{self.where}.{name}", error or self._error)

    def objects(self, name: str) -> list[Members]:
        """Return the objects of a list, to be read in turn."""
        value = self.get(name)
        if value is None:
            return []
        if not isinstance(value, list):
            self.refuse(name, FIELD_TYPE, "a list of objects")
        items = cast("list[Any]", value)
        for index, item in enumerate(items):
            if not isinstance(item, dict):
                self.refuse(f"{name}.{index}", FIELD_TYPE, "an object", received=shown(item))
        return [
            self._inner(item, f"{self.where}.{name}.{index}", self._error)
            for index, item in enumerate(items)
        ]

    def _advice(self, name: str, mode: FailureMode, expected: str) -> str:
        value = self.get(name)
        if mode is FIELD_REQUIRED:
            return self.missing(name, expected)
        if mode is FIELD_TYPE:
            return advice.type_hint(value, expected)
        if mode is FIELD_TOO_LONG and isinstance(value, str):
            return f"Send {expected}; it has {len(value)}"
        return f"Send {expected}"

    def missing(self, name: str, expected: str) -> str:
        """Say what to do about a member that is missing or empty."""
        return advice.missing_hint(name, self._members, self.where, self._whole.message, expected)


def those_there(members: dict[str, Any]) -> dict[str, Any]:
    """Return the members without those that are null, "", [] or {}; 0 and false are there."""
    return {name: value for name, value in members.items() if advice.is_there(value)}


def put(echo: dict[str, Any], name: str, value: Any) -> None:
    """Put a member into an echo unless it is empty."""
    if advice.is_there(value):
        echo[name] = value


def shown(value: Any) -> str:
    """Return what a diagnosis shows of a value: no card number, and nothing long."""
    if isinstance(value, str):
        return _in_short(repr(value))
    if isinstance(value, dict | list):
        return "a list" if isinstance(value, list) else "an object"
    if isinstance(value, int) and abs(value) >= 10**12:
        return "a huge number"  # to write it out may be refused by Python, or it is a card's
    return "nothing" if value is None else str(value)


def _in_short(text: str) -> str:
    """Return a text without card numbers; of a long one only its beginning and its end."""
    left_out = len(text) - 2 * _LOOKED_AT
    if left_out <= 0:
        return shorten(hide_cards(text), _SHOWN)
    half = _SHOWN // 2
    begin, end = hide_cards(text[:_LOOKED_AT])[:half], hide_cards(text[-_LOOKED_AT:])[-half:]
    return f"{begin} … ({left_out + 2 * (_LOOKED_AT - half)} characters left out) … {end}"
