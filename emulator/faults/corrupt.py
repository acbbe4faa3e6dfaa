"""`corrupt: {target: response.jws.payload, how: flip_bit}`: a part of a message is damaged.

request.…   the provider judges the damaged request, and gives its true answer to it
response.…  the sealed reply is damaged on its way
webhook.…   the sealed notice is
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from emulator.exchange import Reply
from emulator.faults.fault import Fault, Proceed, Turn
from emulator.faults.values import Strict

How = Literal[
    "flip_bit",
    "truncate",
    "zero",
    "drop",
    "not_base64",
    "uppercase",
    "duplicate_keys",
    "bad_padding",
    "wrong_key",
    "wrong_iv",
]


class Corrupt(Strict, Fault):
    """Damage a part of the request, of the answer or of a notice.

    Attributes:
        target: Which part; each provider has its own.
        how: What is done to it.
        size: Written `bytes`; how many are cut off, or zeroed.
    """

    target: Annotated[str, Field(pattern=r"^(request|response|webhook)\.[a-z.]+$")]
    how: How
    size: Annotated[Annotated[int, Field(ge=1)] | None, Field(alias="bytes")] = None

    def as_json(self, draw: float) -> dict[str, Any]:
        """Return it as plain data, with the draw that says which bit."""
        return {"target": self.target, "how": self.how, "bytes": self.size, "draw": draw}

    async def around(self, turn: Turn, proceed: Proceed) -> Reply:
        """Damage the request and go on, or go on and damage the reply."""
        raise NotImplementedError


FAULT = Corrupt
