"""Access tokens: the only thing that lives here, and it lives in the client's hands.

::

    {"iss": "https://api.goat.ar", "sub": clientId, "aud": "https://api.goat.ar/v1",
     "iat": …, "exp": iat + 3600, "jti": "1a2b3c4d.1", "scope": "read write", "key_id": keyId}

`jti` begins with a random id of the namespace, made with its first token and lost at a reset.
A token proves itself by its MAC; what the registration says *now* is asked each time, so one
whose client was deactivated is refused although it has not expired. What a scenario ends early is
kept here by its `jti`; where it ends all, later tokens bear another id.
"""

from __future__ import annotations

from functools import lru_cache, partial
from secrets import token_hex
from typing import TYPE_CHECKING, Any

from emulator.core.errors import ConfigurationError, SchemeError
from emulator.provider import CREDENTIALS, TokenChanges, rotation
from emulator.schemes import bearer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from emulator.core.store import Record
    from emulator.provider import Context, KeyFiles
    from emulator.providers.goat.settings import Settings

ISSUER = "https://api.goat.ar"
RESOURCE = "https://api.goat.ar/v1"
SECRET_FILE = "token.secret"  # noqa: S105 - its name

_ENDS, _REVOKED, _ENDED_RUNS, _ISSUED = "ends", "revoked", "ended-runs", "issued"
_BENT_TOKENS = 100_000
"""Kept of those that ended early; a client has few tokens, so none comes back to life."""


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


def signing_key(context: Context[Settings]) -> bytes:
    """Return what the scenario has access tokens signed with: the right secret, or another.

    A name other than `current` stands for HMAC-SHA256(secret, name). Tokens are never verified
    with it: what it signed is refused.
    """
    return rotation.named(token_secret(context.keys), context.changes.sign_with)


def run_of(context: Context[Settings]) -> str:
    """Return the id that this namespace's tokens bear; empty before the first."""
    record = context.store.table("issuer").get("run")
    return record["id"] if record else ""


def make_run(context: Context[Settings]) -> str:
    """Return `run_of`, made up if there is none: a reset forgets it, and so all tokens."""
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
    life = lifetime(context)
    return {
        "iss": ISSUER,
        "sub": record["clientId"],
        "aud": RESOURCE,
        **({} if life.not_before is None else {"nbf": life.not_before}),
        "iat": life.issued,
        "exp": life.expiry,
        "jti": f"{make_run(context)}.{number}",
        "scope": " ".join(record["scopes"]),
        "key_id": record["keyId"],
    }


def issue(record: Record, context: Context[Settings]) -> str:
    """Return a new access token for a registration, as the scenario wants it."""
    changes = context.changes.token or TokenChanges()
    number = context.store.table("tokens").increment("issued")
    claims = {**claims_for(record, context, number), **changes.claims}
    claims = {name: value for name, value in claims.items() if name not in changes.drop_claims}
    ends = lifetime(context).ends
    if ends is not None and "exp" not in changes.claims:  # a scenario's own exp stays
        _end(claims, ends, context)
    note(claims, _key_of(claims, context), context)
    if changes.revoke == "issued":
        revoke(claims, context)
    if changes.claims or changes.alg:
        return bearer.forge(claims, signing_key(context), changes.alg or "HS256")
    return bearer.issue(claims, signing_key(context))


def lifetime(context: Context[Settings]) -> bearer.Lifetime:
    """Return the times of a token issued now."""
    changes = context.changes.token or TokenChanges()
    return bearer.lifetime(
        context.clock.timestamp("issue"),
        context.settings.access_token_seconds,
        lives=changes.expires_in,
        says=changes.advertise_expires_in,
        begins=changes.not_before,
    )


def is_ended(run: str, context: Context[Settings]) -> bool:
    """Tell whether the tokens that bear `run` were all revoked."""
    return context.store.table(_ENDED_RUNS, _BENT_TOKENS).get(run) is not None


def revoke_all(context: Context[Settings]) -> None:
    """End every token issued so far: those to come bear another id."""
    if run := run_of(context):
        context.store.table(_ENDED_RUNS, _BENT_TOKENS).insert(run, {})
        context.store.table("issuer").update("run", lambda _: {"id": token_hex(4)})


def revoke(claims: Mapping[str, Any], context: Context[Settings]) -> None:
    """End a token at once; a second time changes nothing."""
    if isinstance(jti := claims.get("jti"), str):  # without one it is refused anyway
        context.store.table(_REVOKED, _BENT_TOKENS).insert(jti, {})


def is_revoked(claims: Mapping[str, Any], context: Context[Settings]) -> bool:
    """Tell whether this token was revoked by itself."""
    return context.store.table(_REVOKED, _BENT_TOKENS).get(claims["jti"]) is not None


def _end(claims: Mapping[str, Any], at: float, context: Context[Settings]) -> None:
    if isinstance(jti := claims.get("jti"), str):
        context.store.table(_ENDS, _BENT_TOKENS).put(jti, {"at": at})


def _end_of(claims: Mapping[str, Any], context: Context[Settings]) -> float | None:
    """Return when a token ends in truth; None where its `exp` is true."""
    end = context.store.table(_ENDS, _BENT_TOKENS).get(claims.get("jti", ""))
    return end["at"] if end else None


def note(claims: Mapping[str, Any], key: str, context: Context[Settings]) -> None:
    """Remember since when a token lives, and which public key (PEM) has bought it."""
    if isinstance(jti := claims.get("jti"), str):
        issued = {"since": context.clock.set_backs(), "key": key}
        context.store.table(_ISSUED, _BENT_TOKENS).put(jti, issued)


def _key_of(claims: Mapping[str, Any], context: Context[Settings]) -> str:
    """Return the public key that is registered now under a token's keyId; a scenario's is none."""
    record = context.store.table(CREDENTIALS).get(str(claims.get("key_id")))
    return record["public_key"] if record else ""


def is_of_former_key(claims: Mapping[str, Any], context: Context[Settings]) -> bool:
    """Tell whether a token was bought with a key that has been replaced under its keyId."""
    issued = context.store.table(_ISSUED, _BENT_TOKENS).get(str(claims.get("jti")))
    return issued is not None and issued["key"] != _key_of(claims, context)


def _has_lived(claims: Mapping[str, Any], context: Context[Settings]) -> bool:
    """Tell whether a token of ours was over before the clock was set back: then it stays so."""
    issued = context.store.table(_ISSUED, _BENT_TOKENS).get(str(claims.get("jti")))
    if issued is None:
        return False
    end = _end_of(claims, context)
    return (claims["exp"] if end is None else end) <= context.clock.reached(issued["since"])


def verify(token: str, context: Context[Settings]) -> dict[str, Any]:
    """Return the claims of a token that `issue` made and that has not expired.

    Raises:
        SchemeError: `bearer.not-a-jwt`, `bearer.alg`, `bearer.signature`, `bearer.claims`,
            `bearer.not-yet-valid`, `bearer.expired`, `bearer.issuer`, `bearer.audience`.
    """
    now = context.clock.now("verify")
    read = partial(
        bearer.verify,
        token,
        token_secret(context.keys),
        now=now,
        issuer=ISSUER,
        audience=RESOURCE,
        ends=partial(_end_of, context=context),
    )
    claims = read()
    if context.changes.token is not None and context.changes.token.expire == "presented":
        _end(claims, now.timestamp(), context)
        claims = read()
    if _has_lived(claims, context):
        raise SchemeError(
            bearer.EXPIRED.diagnose(
                "exp",
                expected="a token whose time is not over",
                received="one that had expired before the clock was set back",
                hint="Fetch a new token: one that has expired stays expired",
            )
        )
    return claims
