"""Access tokens: the only thing that lives here, and it lives in the client's hands.

::

    {"iss": "https://api.goat.ar", "sub": clientId, "aud": "https://api.goat.ar/v1",
     "iat": …, "exp": iat + 3600, "jti": "1a2b3c4d.1", "scope": "read write", "key_id": keyId}

What the registration says *now* is asked each time, so a token whose client was deactivated is
refused although it has not expired.
"""

from __future__ import annotations

from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any

from emulator.core.errors import ConfigurationError, SchemeError
from emulator.core.messages import Message
from emulator.provider import CREDENTIALS, AccessTokens
from emulator.schemes import bearer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from emulator.core.store import Record
    from emulator.provider import Context, KeyFiles
    from emulator.providers.goat.settings import Settings

ISSUER = "https://api.goat.ar"
RESOURCE = "https://api.goat.ar/v1"
SECRET_FILE = "token.secret"  # noqa: S105 - its name


@lru_cache(maxsize=16)
def _from_hex(text: str) -> bytes:
    try:
        secret = bytes.fromhex(text)
    except ValueError:
        secret = b""
    if len(secret) < bearer.SECRET_LENGTH:
        raise ConfigurationError(
            f"{SECRET_FILE}: expected at least {bearer.SECRET_LENGTH} bytes in hexadecimal"
        )
    return secret


def _secret(keys: KeyFiles) -> bytes:
    """Return the key of access tokens.

    Raises:
        ConfigurationError: The file does not hold at least 32 bytes in hexadecimal.
    """
    return _from_hex(keys.text(SECRET_FILE))


TOKENS = AccessTokens["Settings"](_secret, lambda settings: settings.access_token_seconds)


def claims_for(
    record: Record, life: bearer.Lifetime, context: Context[Settings], suffix: object = 0
) -> dict[str, Any]:
    """Return the claims of a token for a registration.

    Args:
        record: The registration of a key.
        life: Its times.
        context: Store.
        suffix: Which token of this namespace it is.
    """
    return {
        "iss": ISSUER,
        "sub": record["clientId"],
        "aud": RESOURCE,
        **({} if life.not_before is None else {"nbf": life.not_before}),
        "iat": life.issued,
        "exp": life.expiry,
        "jti": TOKENS.jti(suffix, context),
        "scope": " ".join(record["scopes"]),
        "key_id": record["keyId"],
    }


def issue(record: Record, context: Context[Settings]) -> str:
    """Return a new access token for a registration, as the scenario wants it."""
    life = TOKENS.lifetime(context)
    claims = claims_for(record, life, context, TOKENS.next_number(context))
    return TOKENS.issue(claims, life, context, bought_with=partial(_key_of, context=context))


def _key_of(claims: Mapping[str, Any], context: Context[Settings]) -> str:
    """Return the public key that is registered now under a token's keyId; a scenario's is none."""
    record = context.store.table(CREDENTIALS).get(str(claims.get("key_id")))
    return record["public_key"] if record else ""


def is_of_former_key(claims: Mapping[str, Any], context: Context[Settings]) -> bool:
    """Tell whether a token was bought with a key that has been replaced under its keyId."""
    return not TOKENS.was_bought_with(claims, _key_of(claims, context), context)


def verify(token: str, context: Context[Settings]) -> dict[str, Any]:
    """Return the claims of a token that `issue` made and that has not expired.

    Raises:
        SchemeError: `bearer.not-a-jwt`, `bearer.alg`, `bearer.signature`, `bearer.claims`,
            `bearer.not-yet-valid`, `bearer.expired`, `bearer.issuer`, `bearer.audience`.
    """
    read = partial(
        bearer.verify, token, now=context.clock.now("verify"), issuer=ISSUER, audience=RESOURCE
    )
    claims = TOKENS.open(lambda secret, ends: read(secret, ends=ends), context)
    if TOKENS.has_expired_before(claims, context):
        raise SchemeError(
            bearer.EXPIRED.diagnose(
                "exp",
                expected="a token whose time is not over",
                received="one that had expired before the clock was set back",
                hint=Message("Fetch a new token: one that has expired stays expired"),
            )
        )
    return claims
