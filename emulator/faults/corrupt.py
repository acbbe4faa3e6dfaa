"""`corrupt: {target: response.jws.payload, how: flip_bit}`: a part of a message is damaged.

::

    request.…   the provider judges the damaged request, and gives its true answer to it
    response.…  the sealed reply is damaged on its way
    webhook.…   the sealed webhook is

Every provider has the three bodies, and the parts that it declares. Damage is done to what a part
means, not to how it is written: a bit of a Base64 text is flipped in its bytes, so that the text
stays Base64 and only the check behind it can see it. What cannot be damaged this way stays as it
is, and the exchange says so: a fault that silently does nothing would make a test prove nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Annotated, Any, Literal, Self, get_args

from pydantic import Field, model_validator

from emulator.core.errors import Diagnosis, FailureMode, Source, Standing
from emulator.core.exchange import Reply
from emulator.faults.fault import Fault, Handling, Proceed, WebhookFault, describe
from emulator.faults.spoiling import spoiled_part
from emulator.faults.values import Strict, wrong
from emulator.outbox.plan import Plan
from emulator.provider import Context, Delivery, Part, Provider

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
        spoiled = spoiled_part(part, sent, how, what["bytes"], what["draw"])
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


FAULT = Corrupt
