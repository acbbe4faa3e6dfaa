"""Issues access tokens, and knows which of them still live.

The `jti` of a token begins with the id of a *run*: all tokens that a namespace has issued since its
last reset. A token proves itself by its signature or encryption, so only what a scenario ends early
is kept, by `jti`. If a scenario ends all tokens, a new run begins.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from secrets import token_hex
from typing import Any, Generic, Literal

from emulator.provider import rotation
from emulator.provider.changes import TokenChanges
from emulator.provider.context import Context, S
from emulator.provider.key_files import KeyFiles
from emulator.schemes import bearer

Claims = Mapping[str, Any]
Open = Callable[[bytes, bearer.Ends], dict[str, Any]]
"""Returns the claims of a token: takes the key, and what tells when a token really ends."""

_RUN, _ENDED_RUNS, _ENDS, _REVOKED, _ISSUED = (
    "token-run",
    "token-ended-runs",
    "token-ends",
    "token-revoked",
    "token-issued",
)
_KEPT = 100_000
"""Tokens that ended early; a client has few tokens, so none of them is valid again."""


@dataclass(frozen=True)
class AccessTokens(Generic[S]):
    """The access tokens of a provider.

    Attributes:
        secret: Reads the key of the tokens from the key files.
        seconds: Reads from the settings how long a token lives.
    """

    secret: Callable[[KeyFiles], bytes]
    seconds: Callable[[S], float]

    # Issuing

    def run(self, context: Context[S]) -> str:
        """Return the id of the present run; empty before the first token."""
        record = context.store.table(_RUN).get("run")
        return record["id"] if record else ""

    def next_number(self, context: Context[S]) -> int:
        """Return the number of the next token in this namespace, from 1."""
        return context.store.table(_RUN).increment("issued")

    def jti(self, suffix: object, context: Context[S]) -> str:
        """Return the `jti` of a token of the present run, which begins if there is none.

        Args:
            suffix: Tells the token from the others of its run.
            context: Store.
        """
        if not self.run(context):
            context.store.table(_RUN).insert("run", {"id": token_hex(4)})
        return f"{self.run(context)}.{suffix}"

    def lifetime(self, context: Context[S], at: float | None = None) -> bearer.Lifetime:
        """Return the times of a token, as the scenario wants them.

        Args:
            context: Clock, settings and changes.
            at: When it is issued, in seconds since the epoch; now if None.
        """
        changes = context.changes.token or TokenChanges()
        return bearer.lifetime(
            context.clock.timestamp("issue") if at is None else at,
            self.seconds(context.settings),
            lives=changes.expires_in,
            says=changes.advertise_expires_in,
            begins=changes.not_before,
        )

    def issue(
        self,
        claims: Claims,
        life: bearer.Lifetime,
        context: Context[S],
        *,
        opaque: bool = False,
        bought_with: Callable[[Claims], str] = lambda _: "",
    ) -> str:
        """Return a new token, as the scenario wants it.

        Args:
            claims: What the provider puts in, with `jti` and `exp`.
            life: The times in them.
            context: Keys, store, clock and changes.
            opaque: Whether it is encrypted in place of signed.
            bought_with: Returns what the client has proved itself with, given the final claims;
                `was_bought_with` compares it later.
        """
        changes = context.changes.token or TokenChanges()
        final = {**claims, **changes.claims}
        final = {name: value for name, value in final.items() if name not in changes.drop_claims}
        self.note(final, bought_with(final), context)
        if life.ends is not None and "exp" not in changes.claims:  # a scenario's own exp stays
            self._end(final, life.ends, context)
        if changes.revoke == "issued":
            self.revoke(final, context)
        key = self.signing_key(context)
        if opaque:
            return bearer.issue_opaque(final, key)
        if changes.claims or changes.alg:
            return bearer.forge(final, key, changes.alg or "HS256")
        return bearer.issue(final, key)

    def signing_key(self, context: Context[S]) -> bytes:
        """Return the key of a new token: the right one, or another that the scenario asks for.

        A name other than `current` means HMAC-SHA256(secret, name). No token is verified with it,
        so what it signs is refused.
        """
        return rotation.named(self.secret(context.keys), context.changes.sign_with)

    def note(self, claims: Claims, bought_with: str, context: Context[S]) -> None:
        """Remember since when a token lives, and what the client has proved itself with."""
        if isinstance(jti := claims.get("jti"), str):  # without one it is refused anyway
            issued = {"since": context.clock.set_backs(), "bought_with": bought_with}
            context.store.table(_ISSUED, _KEPT).put(jti, issued)

    # Reading

    def open(self, read: Open, context: Context[S]) -> dict[str, Any]:
        """Return the claims of a token that was presented.

        Args:
            read: Opens it.
            context: Keys, store, clock and changes.

        Raises:
            SchemeError: As `read` does.
        """
        again = partial(read, self.secret(context.keys), partial(self._end_of, context=context))
        claims = again()
        if context.changes.token is not None and context.changes.token.expire == "presented":
            self._end(claims, context.clock.timestamp("verify"), context)
            claims = again()
        return claims

    def whose(self, jti: str, context: Context[S]) -> Literal["ours", "ended", "foreign"]:
        """Tell whose token it is.

        Returns:
            `ours`: of the present run. `ended`: of a run whose tokens were all revoked.
            `foreign`: of another emulator, another namespace, or the time before a reset.
        """
        its, present = jti.partition(".")[0], self.run(context)
        if present and its == present:
            return "ours"
        is_ended = context.store.table(_ENDED_RUNS, _KEPT).get(its) is not None
        return "ended" if present and is_ended else "foreign"

    def is_revoked(self, claims: Claims, context: Context[S]) -> bool:
        """Tell whether a token was revoked by itself, or is now because the scenario asks it."""
        if context.changes.token is not None and context.changes.token.revoke == "presented":
            self.revoke(claims, context)
        return context.store.table(_REVOKED, _KEPT).get(str(claims.get("jti"))) is not None

    def has_expired_before(self, claims: Claims, context: Context[S]) -> bool:
        """Tell whether a token had expired before the clock was set back: it stays expired."""
        issued = context.store.table(_ISSUED, _KEPT).get(str(claims.get("jti")))
        if issued is None:
            return False
        end = self._end_of(claims, context)
        return (claims["exp"] if end is None else end) <= context.clock.reached(issued["since"])

    def was_bought_with(self, claims: Claims, proof: str, context: Context[S]) -> bool:
        """Tell whether a token was bought with `proof`; True if we do not know the token."""
        issued = context.store.table(_ISSUED, _KEPT).get(str(claims.get("jti")))
        return issued is None or issued["bought_with"] == proof

    # Ending

    def revoke(self, claims: Claims, context: Context[S]) -> None:
        """End a token at once; a second time changes nothing."""
        if isinstance(jti := claims.get("jti"), str):
            context.store.table(_REVOKED, _KEPT).insert(jti, {})

    def revoke_all(self, context: Context[S]) -> None:
        """End every token issued so far: a new run begins."""
        if run := self.run(context):
            context.store.table(_ENDED_RUNS, _KEPT).insert(run, {})
            context.store.table(_RUN).update("run", lambda _: {"id": token_hex(4)})

    def _end(self, claims: Claims, at: float, context: Context[S]) -> None:
        if isinstance(jti := claims.get("jti"), str):
            context.store.table(_ENDS, _KEPT).put(jti, {"at": at})

    def _end_of(self, claims: Claims, context: Context[S]) -> float | None:
        """Return when a token really ends; None if its `exp` is true."""
        end = context.store.table(_ENDS, _KEPT).get(str(claims.get("jti", "")))
        return end["at"] if end else None
