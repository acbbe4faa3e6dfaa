"""An answer of a provider."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from emulator.core.json_text import loads

if TYPE_CHECKING:
    from collections.abc import Mapping

_LONGEST_NUMBER = 18  # digits of an exchange's number
_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a provider answered.

    Attributes:
        status: HTTP status.
        headers: Values by lower-case names.
        body: The body, decompressed.
    """

    status: int
    headers: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    body: bytes = field(default=b"", repr=False)

    @property
    def text(self) -> str:
        """The body as text; bytes that are not UTF-8 are replaced."""
        return self.body.decode("utf-8", "replace")

    @property
    def is_success(self) -> bool:
        """Whether the status is 2xx."""
        return 200 <= self.status < 300

    @property
    def exchange(self) -> int | None:
        """Number of the exchange in the emulator's journal; None from a real provider."""
        number = self.headers.get("emulator-exchange", "")
        is_number = number.isascii() and number.isdecimal() and len(number) <= _LONGEST_NUMBER
        return int(number) if is_number else None

    def json(self) -> Any:
        """Return what the JSON of the body says.

        Raises:
            ValueError: The body is not JSON.
        """
        return loads(self.body.removeprefix(_BOM))

    def members(self) -> dict[str, Any]:
        """Return the JSON object in the body; an empty one where there is none."""
        try:
            return as_object(self.json())
        except ValueError:
            return {}


def as_object(value: object) -> dict[str, Any]:
    """Return `value` if it is a JSON object; an empty one if not."""
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}
