"""Making an access token."""

from __future__ import annotations

from typing import Any

from emulator.provider import AccessTokens, Context, KeyFiles
from emulator.providers.gestopago.settings import Settings
from emulator.providers.gestopago.signed import raw_key

ISSUER = "gestopago"
SECRET_FILE = "token.key"  # noqa: S105 - a file's name


def _secret(keys: KeyFiles) -> bytes:
    """Return the secret that signs tokens, 32 raw bytes."""
    return raw_key(keys.text(SECRET_FILE).strip())


TOKENS = AccessTokens[Settings](_secret, lambda settings: settings.token_seconds)


def issue_token(device: str, number: int, context: Context[Settings], at: float) -> str:
    """Make a token, as the scenario wants it.

    Args:
        device: Key of the credential it is bound to.
        number: Makes two tokens of the same second differ.
        context: Tells the form, the life time, and what is changed.
        at: Seconds since the epoch.
    """
    life = TOKENS.lifetime(context, at)
    jti = TOKENS.jti(number, context)
    opaque = context.settings.token_format == "opaque"  # noqa: S105 - a form's name
    # 63 bytes at most for the 112-byte token that was observed, so no more than this.
    claims: dict[str, Any] = (
        {"sub": device, "exp": life.expiry, "jti": jti}
        if opaque
        else {"iss": ISSUER, "sub": device, "jti": jti, "iat": life.issued, "exp": life.expiry}
    )
    if life.not_before is not None:
        claims["nbf"] = life.not_before
    return TOKENS.issue(claims, life, context, opaque=opaque)
