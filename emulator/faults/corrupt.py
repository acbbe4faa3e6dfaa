"""`corrupt: {target: response.jws.payload, how: flip_bit}`: a part of a message is damaged.

::

    request.…   the provider judges the damaged request, and gives its true answer to it
    response.…  the sealed reply is damaged on its way
    webhook.…   the sealed webhook is

Every provider has the three bodies, and the parts that it declares. Damage is done to what a part
means, not to how it is written: a bit of a Base64 text is flipped in its bytes, so that the text
stays Base64 and only the check behind it can see it. What cannot be damaged so is left as it is,
and the exchange says so: a fault that silently does nothing would make a test prove nothing.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Annotated, Any, Literal, Self, cast, get_args

from pydantic import Field, model_validator

from emulator.core.errors import Diagnosis, FailureMode, Source, Standing
from emulator.core.exchange import Reply
from emulator.core.json_text import loads
from emulator.faults.fault import Fault, Handling, Proceed, WebhookFault, describe
from emulator.faults.values import Strict, wrong
from emulator.outbox.plan import Plan
from emulator.provider import Context, Delivery, Part, Provider
from emulator.schemes.encoding import from_base64, from_base64url, to_base64, to_base64url

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

NOTHING = FailureMode(
    "scenario.nothing-to-corrupt",
    "The message has no such part, or one that this damage cannot change; it went out as it was",
    Source("scenario file", "corrupt", Standing.CHOSEN),
)

_SIZED = ("truncate", "zero")
_DRAWN = ("flip_bit", "not_base64")
_FOREIGN = b"!"
"""In no alphabet of Base64, and at home in a header, a form and a JSON string."""


class Corrupt(Strict, Fault, WebhookFault):
    """Damage a part of the request, of the answer or of a webhook.

    Attributes:
        target: Which part, such as `request.body`; each provider has its own.
        how: `flip_bit` changes one bit that the seed draws, `truncate` cuts the end off, `zero`
            writes zeros over it, `drop` takes the part out, `not_base64` puts in a foreign
            character, `uppercase` writes it in capitals, `duplicate_keys` gives a JSON object
            its first member twice; `bad_padding`, `wrong_key` and `wrong_iv` encrypt again.
        size: Written `bytes`; how many are cut off, or zeroed. Left out, one is cut off, and all
            are zeroed.
    """

    target: Annotated[str, Field(pattern=r"^(request|response|webhook)(\.[a-z0-9_-]+)+$")]
    how: How
    size: Annotated[Annotated[int, Field(ge=1)] | None, Field(alias="bytes")] = None

    @model_validator(mode="after")
    def _size_counts(self) -> Self:
        if self.size is not None and self.how not in _SIZED:
            raise wrong(f"'bytes' says nothing with how: {self.how}")
        return self

    def as_json(self, draw: float) -> dict[str, Any]:
        """Return it as plain data, with the draw that says which bit."""
        return {"target": self.target, "how": self.how, "bytes": self.size, "draw": draw}

    def shown(self, draw: Callable[[str], float]) -> str:
        """Say where the damage is, if that is drawn."""
        place = f" at {draw('corrupt'):.0%}" if self.how in _DRAWN else ""
        return describe(self) + place

    def planned(self, plan: Plan, draw: Callable[[str], float]) -> Plan:
        """Say what is damaged, and the draw that says where."""
        return replace(plan, corrupt=self.as_json(draw("corrupt")))

    async def around(self, handling: Handling, proceed: Proceed) -> Reply:
        """Damage the request and go on, or go on and damage the reply."""
        exchange = handling.exchange
        what = self.as_json(handling.draw("corrupt"))
        if self.target.startswith("request."):
            request = damaged(
                handling.provider, exchange.request, what, exchange.credential, handling.context
            )
            if request is None:
                exchange.warnings.append(_nothing(what, handling.rule))
            else:
                handling.damage(request)
            return await proceed()
        reply = await proceed()
        made: Reply | None = None
        if self.target.startswith("response."):
            made = damaged(handling.provider, reply, what, exchange.credential, handling.context)
        if made is None:
            exchange.warnings.append(_nothing(what, handling.rule))
        return made or reply


def _body(message: Any) -> bytes | None:
    return message.body or None


def _with_body(message: Any, body: bytes | None) -> Any:
    return replace(message, body=body or b"")


_BODY = Part(_body, _with_body, holds_json=True)


def _parts(provider: Provider[Any]) -> Mapping[str, Part]:
    bodies = ("request.body", "response.body", *(("webhook.body",) if provider.events else ()))
    return {**dict.fromkeys(bodies, _BODY), **provider.parts}


def targets(provider: Provider[Any]) -> list[str]:
    """Return what of the provider's messages can be damaged."""
    return sorted(_parts(provider))


def hows(provider: Provider[Any], target: str) -> frozenset[str]:
    """Return the ways in which a part can be damaged; none if the provider has no such part."""
    part = _parts(provider).get(target)
    if part is None:
        return frozenset()
    remade = part.remake.keys() & set(get_args(How))
    if part.hidden:
        return frozenset(remade)
    found = {"flip_bit", "truncate", "zero", "drop", "uppercase"}
    if part.encoding in ("base64", "base64url"):
        found.add("not_base64")
    if part.holds_json:
        found.add("duplicate_keys")
    return frozenset(found | remade)


def damaged(
    provider: Provider[Any],
    message: Any,
    what: Mapping[str, Any],
    credential: str,
    context: Context[Any],
) -> Any:
    """Return a message with one part damaged.

    Args:
        provider: Whose message it is.
        message: A `Request`, `Reply` or `Delivery`, as the target says; it stays as it is.
        what: From `Corrupt.as_json`.
        credential: The key of the message's credential, as far as it is known.
        context: The provider's.

    Returns:
        The same kind of message; None where there is no such part, or nothing would change.
    """
    how, part = what["how"], _parts(provider).get(what["target"])
    sent = part.read(message) if part is not None else None
    if part is None or sent is None:
        return None
    if how in part.remake:
        made = part.remake[how](message, credential, context)
    elif part.hidden:
        return None
    elif how == "drop":
        made = part.write(message, None)
    else:
        spoiled = _spoiled(part, sent, how, what["bytes"], what["draw"])
        made = message if spoiled is None or spoiled == sent else part.write(message, spoiled)
    return made if made != message and _can_be_sent(made) else None


def damaged_delivery(
    provider: Provider[Any],
    delivery: Delivery,
    what: Mapping[str, Any],
    credential: str,
    context: Context[Any],
) -> tuple[Delivery, Diagnosis | None]:
    """Return a webhook damaged as a plan says; or as it was, and that it was left so."""
    made = damaged(provider, delivery, what, credential, context)
    return (delivery, _nothing(what, "")) if made is None else (made, None)


def _nothing(what: Mapping[str, Any], rule: str) -> Diagnosis:
    return NOTHING.diagnose(what["target"], expected=what["how"], hint=rule)


def _can_be_sent(message: Any) -> bool:
    """Tell whether no header has become one that no server could send."""
    if not isinstance(message, Reply | Delivery):
        return True
    return all(
        value.isprintable() and max(value, default="") <= "\xff" for _, value in message.headers
    )


# --- the damage ------------------------------------------------------------------------------


def _spoiled(part: Part, sent: bytes, how: str, size: int | None, draw: float) -> bytes | None:
    """Return the part as it is to stand on the wire; None where it cannot be damaged so."""
    match how:
        case "uppercase":
            return sent.upper()
        case "not_base64":
            place = int(draw * len(sent))
            return sent[:place] + _FOREIGN + sent[place + 1 :] if sent else None
        case _:
            raw = _decoded(sent, part)
            spoiled = _SPOIL[how](raw, size, draw) if raw and how in _SPOIL else None
            return None if spoiled is None else _encoded(spoiled, part, sent)


def _decoded(sent: bytes, part: Part) -> bytes | None:
    """Return the bytes that a part writes; None if they are not written so."""
    try:
        match part.encoding:
            case "plain":
                return sent
            case "base64":
                return from_base64(sent.decode("ascii"))
            case "base64url":
                return from_base64url(sent.decode("ascii"))
            case "hex":
                return bytes.fromhex(sent.decode("ascii"))
    except ValueError:
        return None


def _encoded(raw: bytes, part: Part, before: bytes) -> bytes:
    match part.encoding:
        case "plain":
            return raw
        case "base64":
            return to_base64(raw).encode()
        case "base64url":
            return to_base64url(raw).encode()
        case "hex":
            text = raw.hex().encode()
            return text.upper() if before == before.upper() else text


def _flip_bit(raw: bytes, _size: int | None, draw: float) -> bytes:
    """Flip the drawn bit; or the next that leaves a visible character one, so a text stays one."""
    count = 8 * len(raw)
    first = int(draw * count)
    for bit in (*range(first, count), *range(first)):
        old = raw[bit // 8]
        new = old ^ 1 << bit % 8
        if not 0x20 <= old < 0x7F or 0x20 < new < 0x7F:
            return raw[: bit // 8] + bytes([new]) + raw[bit // 8 + 1 :]
    raise AssertionError("every byte has such a bit")


def _truncate(raw: bytes, size: int | None, _draw: float) -> bytes:
    return raw[: -(size or 1)]


def _zero(raw: bytes, size: int | None, _draw: float) -> bytes:
    kept = raw[: -min(size or len(raw), len(raw))]
    return kept + bytes(len(raw) - len(kept))


def _duplicate_keys(raw: bytes, _size: int | None, _draw: float) -> bytes | None:
    """Write the first member once more, at the end, where most readers take it."""
    try:
        members: object = loads(raw)
    except ValueError:
        return None
    if not isinstance(members, dict) or not members:
        return None
    name, value = next(iter(cast(dict[str, Any], members).items()))
    head, _, tail = raw.rpartition(b"}")
    return head + b"," + _json(name) + b":" + _json(_another(value)) + b"}" + tail


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()


def _another(value: Any) -> Any:
    match value:
        case bool():
            return not value
        case int():
            return value + 1 if value < 10**9 else 1
        case str():
            return f"{value}0"
        case None:
            return 0
        case _:
            return None


_SPOIL: Mapping[str, Callable[[bytes, int | None, float], bytes | None]] = {
    "flip_bit": _flip_bit,
    "truncate": _truncate,
    "zero": _zero,
    "duplicate_keys": _duplicate_keys,
}

FAULT = Corrupt
