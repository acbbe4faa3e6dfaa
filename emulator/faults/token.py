"""`token: {expires_in: 5s}`: the access token that this exchange issues, or presents, is not right.

::

    expires_in: 5s                            the token lives 5 s, and says so
    expires_in: 5s, advertise_expires_in: 1h  it lives 5 s and says an hour
    not_before: 2m                            it is issued "in the future"
    revoke: presented                         the token of this request is dead, and stays so
    revoke: issued                            the token of this answer is revoked already
    revoke: all                               every token issued so far is dead
    expire: presented                         the life of this request's token is over
    sign_with, alg, claims, drop_claims       it is forged, or lacks something
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import Field, model_validator

from emulator.core.exchange import Reply
from emulator.faults.fault import Fault, Handling, Proceed
from emulator.faults.values import Duration, Identifier, Length, Strict, seconds, wrong
from emulator.provider import Refusal, TokenChanges


class Token(Strict, Fault):
    """Changes the access token.

    Attributes:
        expires_in: How long it lives.
        advertise_expires_in: How long it says it lives, truly or not.
        not_before: How long it is not yet valid.
        revoke: End the token `presented`, the one `issued`, or `all` there are.
        expire: The token `presented` has expired, and stays so: the provider gives its own answer
            for that, which may differ from the one to a revoked token.
        sign_with: Which of the provider's keys signs it.
        alg: What its header says, and how it is signed.
        claims: Put in, or in place of the provider's.
        drop_claims: Left out.
    """

    model_config: ClassVar[Any] = {"json_schema_extra": {"minProperties": 1}}

    expires_in: Length | None = None
    advertise_expires_in: Length | None = None
    not_before: Duration | None = None
    revoke: Literal["presented", "issued", "all"] | None = None
    expire: Literal["presented"] | None = None
    sign_with: Identifier | None = None
    alg: Literal["none", "HS256", "RS256", "ES256"] | None = None
    claims: Annotated[dict[str, Any], Field(min_length=1)] | None = None
    drop_claims: Annotated[list[str], Field(min_length=1)] | None = None

    @model_validator(mode="after")
    def _something(self) -> Self:
        if not self.model_fields_set:
            raise wrong("changes nothing")
        if self.expire is not None and self.revoke == "presented":
            raise wrong("the token presented is both revoked and expired: keep one of them")
        both = sorted(set(self.claims or ()) & set(self.drop_claims or ()))
        if both:
            raise wrong(f"the claim {both[0]!r} is both put in and dropped")
        return self

    async def around(self, handling: Handling, proceed: Proceed) -> Reply:
        """Changes what is issued; where tokens are revoked, have the request judged again."""
        if self.revoke == "all" and handling.provider.tokens.revoke is not None:
            handling.provider.tokens.revoke(handling.context)
        handling.judge_again |= self.revoke in ("all", "presented") or self.expire is not None
        handling.change(
            token=replace(handling.context.changes.token or TokenChanges(), **self._asked())
        )
        if self.sign_with is not None:
            handling.change(sign_with=self.sign_with)
        if self.revoke == "presented" or self.expire is not None:
            _present(handling)
        return await proceed()

    def _asked(self) -> dict[str, Any]:
        """Return what is asked for as members of `TokenChanges`."""
        asked = self.model_dump(exclude_unset=True, exclude={"sign_with"})
        for name in ("expires_in", "advertise_expires_in", "not_before"):
            if name in asked:
                asked[name] = seconds(asked[name])
        if asked.get("revoke") == "all":
            del asked["revoke"]
        if "drop_claims" in asked:
            asked["drop_claims"] = tuple(asked["drop_claims"])
        return asked


def _present(handling: Handling) -> None:
    """Have the provider see the changed token at once: an ending beside it may not ask again."""
    endpoint, _ = handling.provider.route(handling.exchange.request.path)
    authenticate = (endpoint and endpoint.authenticate) or handling.provider.authenticate
    with suppress(Refusal):  # the verdict comes later
        authenticate(replace(handling.exchange, warnings=[], state={}), handling.context)


FAULT = Token
