"""Access tokens: the only thing that lives here, and it lives in the client's hands.

::

    {"iss": "https://api.goat.ar", "sub": clientId, "aud": "https://api.goat.ar/v1",
     "iat": …, "exp": iat + 3600, "jti": "1a2b3c4d.1", "scope": "read write", "key_id": keyId}

`jti` begins with a random id of the namespace, made with its first token and lost at a reset.
A token proves itself by its MAC; what the registration says *now* is asked each time, so one
whose client was deactivated is refused although it has not expired.
"""

from __future__ import annotations

from functools import lru_cache
from secrets import token_hex
from typing import TYPE_CHECKING, Any

from emulator.errors import ConfigurationError
from emulator.schemes import bearer

if TYPE_CHECKING:
    from emulator.provider import Context, KeyFiles
    from emulator.providers.goat.settings import Settings
    from emulator.store import Record

ISSUER = "https://api.goat.ar"
RESOURCE = "https://api.goat.ar/v1"
SECRET_FILE = "token.secret"  # noqa: S105 - its name


def token_secret(keys: KeyFiles) -> bytes:
    """Return the key of access tokens.

    Raises:
        ConfigurationError: The file does not hold at least 32 bytes in hexadecimal.
    """
    return _from_hex(keys.text(SECRET_FILE))


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


def run_of(context: Context[Settings]) -> str:
    """Return the id that this namespace's tokens bear; empty before the first."""
    record = context.store.table("issuer").get("run")
    return record["id"] if record else ""


def _make_run(context: Context[Settings]) -> str:
    if not (run := run_of(context)):
        context.store.table("issuer").insert("run", {"id": token_hex(4)})
        run = run_of(context)
    return run


def claims_for(record: Record, context: Context[Settings], number: int = 0) -> dict[str, Any]:
    """Return the claims of a token for a registration, issued now.

    Args:
        record: The registration of a key.
        context: Clock and settings.
        number: Which token of this namespace it is.
    """
    issued = int(context.clock.timestamp("issue"))
    return {
        "iss": ISSUER,
        "sub": record["clientId"],
        "aud": RESOURCE,
        "iat": issued,
        "exp": issued + context.settings.access_token_seconds,
        "jti": f"{_make_run(context)}.{number}",
        "scope": " ".join(record["scopes"]),
        "key_id": record["keyId"],
    }


def issue(record: Record, context: Context[Settings]) -> str:
    """Return a new access token for a registration."""
    number = context.store.table("tokens").increment("issued")
    return bearer.issue(claims_for(record, context, number), token_secret(context.keys))


def verify(token: str, context: Context[Settings]) -> dict[str, Any]:
    """Return the claims of a token that `issue` made and that has not expired.

    Raises:
        SchemeError: `bearer.not-a-jwt`, `bearer.alg`, `bearer.signature`, `bearer.claims`,
            `bearer.not-yet-valid`, `bearer.expired`, `bearer.issuer`, `bearer.audience`.
    """
    return bearer.verify(
        token,
        token_secret(context.keys),
        now=context.clock.now("verify"),
        issuer=ISSUER,
        audience=RESOURCE,
    )
