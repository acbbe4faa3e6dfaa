"""Which mistake made an assertion wrong; asked only after `client_assertion` has refused it.

Mistakes of form, such as padded base64url, are those of `jws.mistakes`.
"""

from __future__ import annotations

import hashlib
import re
from contextlib import suppress
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from emulator.core.errors import ConfigurationError
from emulator.schemes.client_assertion.assertion import Assertion
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
    NOT_YET_VALID,
    SIGNATURE,
)
from emulator.schemes.client_assertion.keys import ClientKey, fingerprints, spki_sha256, thumbprint
from emulator.schemes.client_assertion.mistakes import ec_signature
from emulator.schemes.encoding import to_base64url
from emulator.schemes.jws.mistakes.diagnose import is_hmac, pem_texts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from emulator.core.errors import FailureMode


if TYPE_CHECKING:
    Recipe = Callable[[Assertion], bool]


def recognise(mode: FailureMode, refused: Assertion) -> str:
    """Return the hint of the first mistake that fits; where none does, what to check."""
    fallback = CHECKS.get(mode, "")
    return next((hint for hint, recipe in RECIPES[mode] if recipe(refused)), fallback)


def recognise_signature(attempt: Assertion, key: ClientKey) -> str:
    """Return what to say of a wrong signature: whose key made it, or the mistake."""
    signature = attempt.compact.signature
    own = spki_sha256(key.public_key)
    others = {
        whose: other
        for whose, other in attempt.other_keys.items()
        if spki_sha256(other) != own  # the right key under another name is not another key
    }
    return (
        recognise(SIGNATURE, attempt)
        or ec_signature.explain(attempt.compact, key.public_key, others)
        or (HMAC_USED if _is_hmac_with_pem(attempt) else "")
        or (_over_or_by_another(signature) if ec_signature.is_signature(signature) else "")
        or ec_signature.of_length(signature)
        or NO_SIGNATURE
    )


def _over_or_by_another(signature: bytes) -> str:
    return DER_AND_MORE if ec_signature.from_der(signature) else ANOTHER_KEY


DER_AND_MORE = (
    "The signature is in DER, and by another key or over another text besides; ES256 wants R and "
    "S, 32 bytes each, joined"
)
HMAC_USED = (
    "HMAC was used although alg says ES256, with the public key as its secret; sign with ES256 and "
    "the private key"
)


def _is_hmac_with_pem(attempt: Assertion) -> bool:
    keys = [*attempt.other_keys.values(), *([attempt.key.public_key] if attempt.key else [])]
    return any(is_hmac(attempt.compact, pem_texts(key)) for key in keys)


def _plain(kid: str) -> str:
    """Return a fingerprint without what only its spelling adds."""
    bare = re.sub(r"^(sha256|sha1|md5|sha-256|sha-1)[:/ ]", "", kid.strip(), flags=re.IGNORECASE)
    if re.fullmatch(r"[0-9A-Fa-f]{2}([: ]?[0-9A-Fa-f]{2})+", bare):
        return re.sub("[: ]", "", bare).lower()
    return bare.replace("+", "-").replace("/", "_").rstrip("=")


def _fingerprint_of(attempt: Assertion) -> tuple[str, str, str]:
    """Return whose key `kid` is a fingerprint of, of which kind, and that key's thumbprint."""
    kid = _plain(attempt.kid)
    for name, key in attempt.other_keys.items():
        try:
            kinds = fingerprints(key)
        except ConfigurationError:
            continue
        for kind, value in kinds.items():
            if _plain(value) == kid:
                return name, kind, kinds["RFC 7638 thumbprint"]
    return "", "", ""


def _kid_spelt(attempt: Assertion, change: Callable[[str], str]) -> bool:
    """Tell whether `kid` is a registered thumbprint but for what `change` takes away."""
    return any(
        attempt.kid != kid and change(attempt.kid) == change(kid) for kid in _registered(attempt)
    )


def _kid_cut(attempt: Assertion) -> bool:
    kid = attempt.kid
    return len(kid) >= 8 and any(
        each != kid and each.startswith(kid) for each in _registered(attempt)
    )


def _kid_of_key_text(attempt: Assertion) -> bool:
    kid = _plain(attempt.kid)
    for key in attempt.other_keys.values():
        pem = key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        point = key.public_numbers()
        texts = [to_base64url(n.to_bytes(66, "big").lstrip(b"\0")) for n in (point.x, point.y)]
        for text in (pem, pem.strip(), pem.replace(b"\n", b"\r\n")):
            texts += [
                hashlib.new(name, text, usedforsecurity=False).hexdigest()
                for name in ("sha256", "sha1", "md5")
            ]
        if kid in map(_plain, texts):
            return True
    return False


def _registered(attempt: Assertion) -> Iterator[str]:
    for key in attempt.other_keys.values():
        with suppress(ConfigurationError):
            yield thumbprint(key)


def registered_as(attempt: Assertion) -> str:
    """Return what `kid` should have been, as far as it can be told."""
    name, kind, registered = _fingerprint_of(attempt)
    return f"{registered}, if {name} is meant (sent: {kind})" if name else "a registered key"


def _spelt(attempt: Assertion, name: str) -> bool:
    """Tell whether a claim is the owner's name but for blanks and case."""
    value = str(attempt.claims[name])
    return value != attempt.owner and value.strip(" \t\r\n\"'").lower() == attempt.owner.lower()


def _place(url: str) -> tuple[str, str, str]:
    """Return scheme, host and path of a URL, as far as it is one."""
    try:
        parts = urlsplit(url)
        return parts.scheme, parts.hostname or "", parts.path
    except ValueError:
        return "", "", ""


def _near(attempt: Assertion, change: Callable[[str], str]) -> bool:
    """Tell whether an audience is right but for what `change` takes away."""
    return any(
        value != attempt.audience and change(value) == change(attempt.audience)
        for value in attempt.audiences
    )


def _same_host_only(attempt: Assertion) -> bool:
    _, wanted, _ = _place(attempt.audience)
    return any(host == wanted != "" for _, host, _ in map(_place, attempt.audiences))


def _other_host(attempt: Assertion) -> bool:
    return any(host for _, host, _ in map(_place, attempt.audiences))


def _exceeds(power: int) -> Recipe:
    return lambda a: isinstance(a.time, int | float) and a.time > 10**power


def _hours_off(attempt: Assertion, later: int) -> bool:
    """Tell whether `iat` (or `nbf`) is off the clock by whole hours, as time zones are."""
    time = attempt.claims.get("iat") if attempt.time is None else attempt.time
    # The bound keeps an absurd number from overflowing the subtraction.
    if not isinstance(time, int | float) or abs(time) > 10**12:
        return False
    ahead = (time - attempt.now) * later
    hours = round(ahead / 3600) if 0 < ahead < 15 * 3600 else 0
    return hours > 0 and abs(ahead - hours * 3600) <= max(attempt.skew, 60)


def _years_off(attempt: Assertion, years: int) -> bool:
    """Tell whether a time is off the clock by that many years, as other calendars are."""
    time = attempt.claims.get("exp") if attempt.time is None else attempt.time
    if not isinstance(time, int | float) or abs(time) > 10**12:
        return False
    return abs(time - attempt.now - years * 365.2425 * 86400) < 2 * 86400


def _is_numeric_text(value: object) -> bool:
    return isinstance(value, str) and re.fullmatch(r"\s*-?[0-9]+(\.[0-9]+)?\s*", value) is not None


ANOTHER_KEY = (
    "Not made with the private key of the key that kid names, or header or claims were "
    "changed after signing; sign last, with the private key of the registered one"
)
NO_SIGNATURE = (
    "This is not an ES256 signature in any known form: send all 64 bytes, R and S joined, as "
    "base64url"
)

_UNITS: tuple[tuple[str, Recipe], ...] = (
    ("The time is in nanoseconds; use seconds", _exceeds(17)),
    ("The time is in microseconds; use seconds", _exceeds(14)),
    ("The time is in milliseconds; use seconds", _exceeds(11)),
)

_AHEAD: tuple[tuple[str, Recipe], ...] = (
    *_UNITS,
    (
        "The time is whole hours ahead: UTC was read as local time (west of Greenwich), or local "
        "time taken for UTC (east of it). Take the seconds since 1970 from the clock itself",
        lambda a: _hours_off(a, +1),
    ),
    (
        "The year is of the Buddhist calendar, 543 years ahead; use the Gregorian calendar",
        lambda a: _years_off(a, +543),
    ),
    (
        "The client's clock is ahead; set it by NTP, or take the time of the clock in UTC",
        lambda a: isinstance(a.time, int | float),
    ),
)

RECIPES: Mapping[FailureMode, tuple[tuple[str, Recipe], ...]] = {
    ALG: (
        (
            "alg is none: the assertion is not signed; sign with ES256",
            lambda a: a.alg.lower() == "none",
        ),
        (
            "HMAC with the public key as its secret, which everybody has; "
            "sign with ES256 and the private key",
            _is_hmac_with_pem,
        ),
        (
            "HMAC uses a shared secret; sign with ES256 and the private key",
            lambda a: a.alg.startswith("HS"),
        ),
        ("RSA was used; use a key on P-256 and ES256", lambda a: a.alg.startswith(("RS", "PS"))),
        (
            "Another curve or hash was used; use a key on P-256 and ES256",
            lambda a: a.alg in ("ES384", "ES512", "ES256K", "EdDSA", "Ed25519", "Ed448"),
        ),
        (
            "The header names no algorithm; set alg to ES256",
            lambda a: "alg" not in a.compact.protected,
        ),
        (
            "The algorithm is to be written ES256",
            lambda a: (
                re.sub("[^A-Z0-9]", "", a.alg.upper())
                in ("ES256", "ECDSA", "SHA256WITHECDSA", "ECDSASHA256", "ECDSAWITHSHA256")
            ),
        ),
    ),
    KID_MISSING: (
        (
            "kid is among the claims; it belongs in the header",
            lambda a: any(name in a.claims for name in ("kid", "keyId", "keyid")),
        ),
        (
            "The header member is called kid",
            lambda a: any(n in a.compact.protected for n in ("keyId", "keyid", "key_id", "KID")),
        ),
        (
            "x5t, x5c or a key in the header is not looked at; name the registered key in kid",
            lambda a: any(
                name in a.compact.protected
                for name in ("x5t", "x5t#S256", "x5c", "x5u", "jwk", "jku")
            ),
        ),
        ("kid must be text", lambda a: bool(a.compact.protected.get("kid"))),
        ("kid is empty", lambda a: "kid" in a.compact.protected),
        (
            "Put the fingerprint of the registered key into the header as kid",
            lambda a: "kid" not in a.compact.protected,
        ),
    ),
    KID_UNKNOWN: (
        (
            "kid is a key itself; send its fingerprint",
            lambda a: "-----BEGIN" in a.kid or a.kid.startswith(("ssh-", "ecdsa-")),
        ),
        (
            "kid is a URL; send the fingerprint of the registered key",
            lambda a: a.kid.lower().startswith(("http://", "https://")),
        ),
        (
            "kid is the client's name; send the fingerprint of its key",
            lambda a: a.kid in (a.issuer, a.claims.get("iss")),
        ),
        (
            "kid has blanks or quotes around it; send it as it is registered",
            lambda a: _kid_spelt(a, lambda kid: kid.strip(" \t\r\n\"'")),
        ),
        (
            "Upper and lower case count in kid; send it as it is registered",
            lambda a: _kid_spelt(a, str.lower),
        ),
        ("kid was cut; send all of it", _kid_cut),
        (
            "kid is a part of the key or a hash of its PEM text; send the key's registered keyId",
            _kid_of_key_text,
        ),
        (
            "kid is a fingerprint of a registered key, but of another kind than registered",
            lambda a: bool(_fingerprint_of(a)[0]),
        ),
        (
            "kid is a fingerprint, but of a key that is not registered",
            lambda a: (
                re.fullmatch(r"[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64}|[\w-]{43}", _plain(a.kid))
                is not None
            ),
        ),
    ),
    SIGNATURE: (("The signature is empty", lambda a: not a.compact.signature),),
    ISSUER: (
        (
            "iss and sub are missing; both are the client's name",
            lambda a: "iss" not in a.claims and "sub" not in a.claims,
        ),
        ("sub is missing; it is the client's name, like iss", lambda a: "sub" not in a.claims),
        ("iss is missing; it is the client's name, like sub", lambda a: "iss" not in a.claims),
        (
            "iss is the key's name; it must be the client's",
            lambda a: a.kid != "" and a.claims["iss"] == a.kid,
        ),
        (
            "iss is the audience; it must be the client's name",
            lambda a: a.claims["iss"] == a.audience,
        ),
        (
            "iss or sub is not text; both are the client's name",
            lambda a: not all(isinstance(a.claims[name], str) for name in ("iss", "sub")),
        ),
        (
            "iss or sub is spelt otherwise than the client's name: upper and lower case and blanks "
            "count",
            lambda a: _spelt(a, "iss") or _spelt(a, "sub"),
        ),
        (
            "sub differs from iss; a client asserts itself, both are its name",
            lambda a: a.claims["iss"] == a.owner,
        ),
        (
            "iss differs from sub; a client asserts itself, both are its name",
            lambda a: a.claims["sub"] == a.owner,
        ),
        (
            "Signed with the key of another client than iss and sub name",
            lambda a: a.claims["iss"] == a.claims["sub"],
        ),
    ),
    AUDIENCE: (
        (
            "aud is missing; add it: the audience that the credentials show",
            lambda a: "aud" not in a.claims,
        ),
        (
            "aud is text or an array of texts",
            lambda a: a.audience in a.audiences or not a.audiences,
        ),
        (
            "aud has a slash at its end that does not belong there",
            lambda a: _near(a, lambda url: url.rstrip("/")),
        ),
        (
            "aud begins with https, not with http",
            lambda a: _near(a, lambda url: re.sub("^https?", "", url)),
        ),
        ("aud has white space around it", lambda a: _near(a, str.strip)),
        (
            "aud is compared letter by letter, upper and lower case too",
            lambda a: _near(a, str.lower),
        ),
        ("aud was percent-encoded; send it plain", lambda a: _near(a, unquote)),
        ("aud is in quotes; leave them out", lambda a: _near(a, lambda url: url.strip("\"'"))),
        (
            "aud is the host alone; it is the whole address, as registered",
            lambda a: _place(a.audience)[1] in [value.strip("/") for value in a.audiences],
        ),
        (
            "aud holds several audiences in one text; use an array",
            lambda a: any(a.audience in re.split(r"[\s,;]+", value) for value in a.audiences),
        ),
        (
            "aud is a client's name; it must be the server's",
            lambda a: bool(a.owner) and a.owner in a.audiences,
        ),
        (
            "aud is an address at the right server, perhaps the one that was called; "
            "send the audience that the credentials show",
            _same_host_only,
        ),
        (
            "aud names another host, such as the emulator's own; "
            "send the audience that the credentials show, wherever the request goes",
            _other_host,
        ),
    ),
    CLAIM_TYPE: (
        ("exp is missing; add it: iat + 3600", lambda a: "exp" not in a.claims),
        (
            "iat is missing; add it: the present time in seconds since 1970",
            lambda a: "iat" not in a.claims,
        ),
        (
            "The time is a number in quotation marks; send it without them",
            lambda a: _is_numeric_text(a.time),
        ),
        ("The time is a date as text; use seconds since 1970", lambda a: isinstance(a.time, str)),
        (
            "The time is null, a truth value, an array or an object; use seconds since 1970",
            lambda a: not isinstance(a.time, str),
        ),
    ),
    EXPIRED: (
        (
            "The year is of the Persian calendar, 621 years behind; use the Gregorian calendar",
            lambda a: _years_off(a, -621) or _years_off(a, -622),
        ),
        (
            "iat is 0, which is 1970: the clock was not asked. iat is the time now in seconds "
            "since 1970, and exp is iat + 3600",
            lambda a: a.claims["iat"] == 0,
        ),
        (
            "exp is a duration; it must be a time: iat + 3600",
            lambda a: a.claims["exp"] < 10**8,
        ),
        ("exp equals iat; add the lifetime", lambda a: a.claims["exp"] == a.claims["iat"]),
        ("exp is before iat; it must be iat + 3600", lambda a: a.claims["exp"] < a.claims["iat"]),
        (
            "iat is whole hours behind: local time was taken for UTC (west of Greenwich), or UTC "
            "read as local time (east of it); or an old assertion was sent again. Take the "
            "seconds since 1970 from the clock itself, for each assertion",
            lambda a: _hours_off(a, -1),
        ),
        (
            "An old assertion was sent again, or the client's clock is behind; make a new one",
            lambda a: a.claims["exp"] > a.claims["iat"],
        ),
    ),
    IAT_IN_FUTURE: _AHEAD,
    LIFETIME: (
        *_UNITS,
        (
            "exp is not after iat; set it to iat + 3600",
            lambda a: a.claims["exp"] <= a.claims["iat"],
        ),
        (
            "The assertion lives too long: exp is iat + 3600 at most",
            lambda a: a.claims["exp"] > a.claims["iat"],
        ),
    ),
    NOT_YET_VALID: _AHEAD,
}
"""What to try after each way to fail, the most telling first."""

CHECKS: Mapping[FailureMode, str] = {
    ALG: "Set alg to ES256 in the header, and sign with a key on P-256 and SHA-256",
    KID_MISSING: "Put the keyId of the registered key into the header as kid",
    KID_UNKNOWN: "No key of this name is registered; send the keyId that the credentials show, or "
    "register the public key of the one that signs",
    ISSUER: "iss and sub must both be the name of the client that owns the key",
    AUDIENCE: "aud must be this fixed text, as text or in an array of texts",
    CLAIM_TYPE: "The time must be a number: seconds since 1970, such as iat + 3600 for exp",
    EXPIRED: "Make a new assertion: iat is now, exp is iat + 3600",
    IAT_IN_FUTURE: "Take iat from a clock that is right, in seconds since 1970",
    LIFETIME: "Set exp to iat + 3600 at most",
    NOT_YET_VALID: "Leave nbf out, or set it to now",
}
"""What to do where no mistake is known."""

MISTAKES: tuple[tuple[str, Recipe], ...] = tuple(
    dict.fromkeys(pair for recipes in RECIPES.values() for pair in recipes)
)
"""Every known mistake but those of `jws` in form: the hint, and what tells that it was made."""
