"""An assertion, and what it is held against."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey

    from emulator.schemes.client_assertion.keys import ClientKey
    from emulator.schemes.jws.make import Compact


@dataclass(frozen=True, slots=True)
class Assertion:
    """An assertion and what it is held against.

    Attributes:
        compact: Its parts.
        claims: Unproven, before the signature was verified.
        key: What `kid` names, if it is registered.
        audience: What `aud` had to be.
        now: Seconds since 1970.
        issuer: The client the request names.
        skew: Seconds.
        other_keys: Keys we know, by whose they are.
        time: The time at fault, where one is.
    """

    compact: Compact
    claims: dict[str, Any]
    key: ClientKey | None
    audience: str
    now: float
    issuer: str | None
    skew: float
    other_keys: Mapping[str, EllipticCurvePublicKey]
    time: object = None

    @property
    def alg(self) -> str:
        """The algorithm the header names; empty if it names none."""
        return self._header("alg")

    @property
    def kid(self) -> str:
        """The key the header names; empty if it names none."""
        return self._header("kid")

    @property
    def owner(self) -> str:
        """Whose the named key is; empty if it is not registered."""
        return self.key.owner if self.key else ""

    @property
    def audiences(self) -> list[str]:
        """The audiences the assertion names, those of them that are texts."""
        audience: object = self.claims.get("aud")
        values = cast("list[object]", audience) if isinstance(audience, list) else [audience]
        return [value for value in values if isinstance(value, str)]

    def _header(self, name: str) -> str:
        value = self.compact.protected.get(name)
        return value if isinstance(value, str) else ""
