"""What a scenario asks of a provider that would otherwise be right."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from emulator.core.errors import FailureMode, Source, Standing
from emulator.provider.key_files import CURRENT


@dataclass(frozen=True, slots=True)
class TokenChanges:
    """What a scenario asks of the access token that an exchange issues or presents.

    Attributes:
        expires_in: Seconds that it lives; the provider's own if None.
        advertise_expires_in: Seconds that the answer and the `exp` claim say, true or not.
        not_before: Seconds from now until it is valid: issued in the future.
        revoke: `presented` ends the token of this request before it is judged, `issued` the one
            that this exchange issues, as soon as it is out.
        expire: `presented` ends the life of this request's token before it is judged.
        alg: What its header says, and how it is signed; empty for the provider's own.
        claims: Put in, or in place of the provider's.
        drop_claims: Left out.
    """

    expires_in: float | None = None
    advertise_expires_in: float | None = None
    not_before: float | None = None
    revoke: Literal["", "presented", "issued"] = ""
    expire: Literal["", "presented"] = ""
    alg: Literal["", "none", "HS256", "RS256", "ES256"] = ""
    claims: Mapping[str, Any] = field(default_factory=dict[str, Any])
    drop_claims: tuple[str, ...] = ()


TOKEN_OPTIONS = frozenset({*TokenChanges.__dataclass_fields__, "sign_with"})
"""All that a scenario can ask of an access token."""


@dataclass(frozen=True, slots=True)
class Changes:
    """What a scenario asks of a provider that would otherwise be right.

    Attributes:
        sign_with: Which of `Provider.signing_keys` signs what it issues and answers; empty for
            the right one.
        verify_with: Which of `Credentials.key_names` it takes for the client's; empty for the
            right ones.
        token: How access tokens differ; None if they do not.
        webhook_seconds: How far the times in a webhook are off.
    """

    sign_with: str = ""
    verify_with: str = ""
    token: TokenChanges | None = None
    webhook_seconds: float = 0.0

    def idle(self, seen: Collection[str]) -> str:
        """Return, in words, what is asked for and was never looked at; empty if nothing.

        Args:
            seen: The members that were looked at.
        """
        asked = {
            "sign_with": self.sign_with,
            "verify_with": self.verify_with,
            "token": "" if self.token is None else "token",
            "webhook_seconds": f"{self.webhook_seconds:+g} s" if self.webhook_seconds else "",
        }
        return ", ".join(
            name if name == value else f"{name}: {value}"
            for name, value in asked.items()
            if value not in ("", CURRENT) and name not in seen
        )


NOTHING_TO_CHANGE = FailureMode(
    "scenario.nothing-to-change",
    "A scenario asks for something that has nothing to do with this message: it had no effect",
    Source("scenario file", "do", Standing.CHOSEN),
)

RIGHT = Changes()
"""Nothing is changed."""


class WatchedChanges(Changes):
    """A change that notes which of its members a provider has looked at.

    What is never looked at changes nothing, and a scenario that changes nothing must say so.

    Args:
        changes: What is asked for.
        seen: Where the names of the members go.
    """

    __slots__ = ("_seen",)

    def __init__(self, changes: Changes, seen: set[str]) -> None:
        object.__setattr__(self, "_seen", seen)
        super().__init__(
            changes.sign_with, changes.verify_with, changes.token, changes.webhook_seconds
        )

    def __getattribute__(self, name: str) -> Any:
        """Return a member, and note that it was asked for."""
        if name in _MEMBERS:
            object.__getattribute__(self, "_seen").add(name)
        return object.__getattribute__(self, name)


_MEMBERS = frozenset({"sign_with", "verify_with", "token", "webhook_seconds"})
