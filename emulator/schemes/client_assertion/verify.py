"""Check an assertion."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, cast

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey

from emulator.core.errors import (
    Diagnosis,
    FailureMode,
    SchemeError,
)
from emulator.core.messages import Message
from emulator.schemes.client_assertion.assertion import Assertion
from emulator.schemes.jws.verify import parse, read_payload
from emulator.schemes.shown import shown

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

from emulator.schemes.client_assertion.failures import (
    ALG,
    AUDIENCE,
    CLAIM_TYPE,
    EXPIRED,
    IAT_IN_FUTURE,
    ISSUER,
    KID_MISSING,
    KID_UNKNOWN,
    LIFETIME,
    NOT_A_JWT,
    NOT_YET_VALID,
    SIGNATURE,
    TYP,
)
from emulator.schemes.client_assertion.keys import ClientKey, thumbprint
from emulator.schemes.client_assertion.make import ES256, SIGNATURE_BYTES

ANOTHER_TYPE = Message(
    "Set typ to JWT, as the sample does; a token of another kind is no assertion"
)
ANOTHER_APPLICATION = Message(
    "The request names another application than the one that owns the key"
)


def verify(
    assertion: str,
    *,
    find_key: Callable[[str], ClientKey | None],
    audience: str,
    now: datetime,
    issuer: str | None,
    skew: timedelta = timedelta(seconds=60),
    max_lifetime: timedelta = timedelta(hours=1),
    other_keys: Mapping[str, EllipticCurvePublicKey] = {},
) -> dict[str, Any]:
    """Return the claims, if a registered key proves them and they hold now.

    Args:
        assertion: Compact form.
        find_key: Looks a `kid` up, exactly as sent.
        audience: What `aud` must be or contain.
        now: Aware.
        issuer: The client the request names; `None` if it names none.
        skew: How far ahead the client's clock may be.
        max_lifetime: From `iat` to `exp`; `skew` is granted on top.
        other_keys: Keys we know, by whose they are. Only to name the mistake.

    Raises:
        SchemeError: `client-assertion.not-a-jwt`, `.alg`, `.typ`, `.kid-missing`,
            `.kid-unknown`, `.signature`, `.issuer`, `.audience`, `.claim-type`, `.expired`,
            `.iat-in-future`, `.lifetime`, `.not-yet-valid`.

    Source:
        RFC 7523, section 3.
    """
    try:
        compact = parse(assertion)
        claims = read_payload(compact)
    except SchemeError as error:
        raise SchemeError(_as_jwt(error.diagnosis)) from None

    protected = compact.protected
    kid = protected.get("kid")
    key = find_key(kid) if isinstance(kid, str) and kid else None
    presented = Assertion(
        compact, claims, key, audience, now.timestamp(), issuer, skew.total_seconds(), other_keys
    )

    if protected.get("alg") != "ES256":
        raise _refused(presented, ALG, "protected.alg", "ES256", _member(protected, "alg"))
    typ = protected.get("typ", "JWT")
    if not isinstance(typ, str) or typ.upper() != "JWT":
        raise _refused(
            presented, TYP, "protected.typ", "JWT, or none", _member(protected, "typ"), ANOTHER_TYPE
        )
    if not isinstance(kid, str) or not kid:
        raise _refused(
            presented, KID_MISSING, "protected.kid", "the name of a key", _member(protected, "kid")
        )
    if key is None:
        raise _unknown_key(presented, kid)
    if not ES256.verify(compact.signing_input, key.public_key, compact.signature):
        raise _bad_signature(presented, key)
    _check_client(presented, key.owner)
    _check_audience(presented)
    _check_times(presented, max_lifetime.total_seconds())
    return claims


def _refused(
    presented: Assertion,
    mode: FailureMode,
    where: str,
    expected: str,
    received: str,
    hint: str | Callable[[], str] = "",
    *,
    time: object = None,
) -> SchemeError:
    """Return the error to raise; without a `hint`, the mistake is looked for.

    Args:
        presented: What is refused.
        mode: What failed.
        where: The part at fault.
        expected: What it had to be.
        received: What it is.
        hint: Known already; left out, it is looked for.
        time: The time at fault, where one is.
    """
    from emulator.schemes.client_assertion import mistakes

    hint = hint or (lambda: mistakes.recognise(mode, replace(presented, time=time)))
    return SchemeError(mode.diagnose(where, expected=expected, received=received, hint=hint))


def _unknown_key(presented: Assertion, kid: str) -> SchemeError:
    from emulator.schemes.client_assertion import mistakes

    expected = mistakes.registered_as(presented)
    return _refused(presented, KID_UNKNOWN, "protected.kid", expected, shown(kid))


def _bad_signature(presented: Assertion, key: ClientKey) -> SchemeError:
    from emulator.schemes.client_assertion import mistakes

    return _refused(
        presented,
        SIGNATURE,
        "signature",
        Message("{signature_bytes} bytes R || S by the key {thumbprint}").with_(
            signature_bytes=SIGNATURE_BYTES, thumbprint=thumbprint(key.public_key)
        ),
        f"{len(presented.compact.signature)} bytes",
        lambda: (
            mistakes.recognise_signature(presented, key) or mistakes.recognise(SIGNATURE, presented)
        ),
    )


def _check_client(presented: Assertion, owner: str) -> None:
    issuer, subject = (presented.claims.get(name) for name in ("iss", "sub"))
    # Told apart for the place alone: each of them has to be the owner of the key.
    if issuer != owner:
        raise _refused(
            presented, ISSUER, "claims.iss", shown(owner), _member(presented.claims, "iss")
        )
    if subject != owner:
        raise _refused(
            presented, ISSUER, "claims.sub", shown(owner), _member(presented.claims, "sub")
        )
    if presented.issuer is not None and presented.issuer != owner:
        raise _refused(
            presented, ISSUER, "issuer", shown(owner), shown(presented.issuer), ANOTHER_APPLICATION
        )


def _check_audience(presented: Assertion) -> None:
    audience: object = presented.claims.get("aud")
    if audience == presented.audience:
        return
    values = cast("list[object]", audience) if isinstance(audience, list) else []
    if presented.audience in values and all(isinstance(value, str) for value in values):
        return
    raise _refused(
        presented, AUDIENCE, "claims.aud", presented.audience, _member(presented.claims, "aud")
    )


def _check_times(presented: Assertion, max_lifetime: float) -> None:
    claims, now, skew = presented.claims, presented.now, presented.skew
    for name in ("exp", "iat", "nbf"):
        # A bool is an int to Python, not to JSON; so the types must be exact.
        if type(claims.get(name, 0 if name == "nbf" else None)) not in (int, float):
            raise _refused(
                presented,
                CLAIM_TYPE,
                f"claims.{name}",
                "seconds since 1970 as a JSON number",
                _member(claims, name),
                time=claims.get(name),
            )
    expires, issued = claims["exp"], claims["iat"]
    if expires <= now:
        raise _refused(presented, EXPIRED, "claims.exp", f"more than {now:.0f}", shown(expires))
    if issued > now + skew:
        raise _refused(
            presented,
            IAT_IN_FUTURE,
            "claims.iat",
            f"at most {now + skew:.0f}",
            shown(issued),
            time=int(issued),
        )
    if expires <= issued or expires - issued > max_lifetime + skew:
        raise _refused(
            presented,
            LIFETIME,
            "claims.exp",
            f"at most {max_lifetime:.0f} s after iat",
            f"{shown(expires - issued)} s after iat",
            time=int(expires),
        )
    if claims.get("nbf", issued) > now + skew:
        raise _refused(
            presented,
            NOT_YET_VALID,
            "claims.nbf",
            f"at most {now + skew:.0f}",
            shown(claims["nbf"]),
            time=int(claims["nbf"]),
        )


def fractions(claims: Mapping[str, Any]) -> list[str]:
    """Return the times that are written with a decimal point, although it may be `.0`."""
    return [name for name in ("iat", "exp", "nbf") if isinstance(claims.get(name), float)]


def _member(members: dict[str, Any], name: str) -> str:
    return shown(members[name]) if name in members else "(absent)"


def _as_jwt(diagnosis: Diagnosis) -> Diagnosis:
    where = diagnosis.where.replace("payload", "claims")
    return replace(
        diagnosis,
        code=NOT_A_JWT.code,
        summary=NOT_A_JWT.summary,
        source=NOT_A_JWT.source,
        where=where,
    )
