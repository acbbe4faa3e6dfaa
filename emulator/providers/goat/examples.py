"""Requests that show something: those in order, and one spoiled in each known way.

The spoiled ones are signed as well as the others, except where the signature is what is wrong;
so each is refused for the one reason it states.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from emulator.core.exchange import Request
from emulator.provider import Example, body
from emulator.providers.goat import failures, state
from emulator.providers.goat.credentials import load_private_key, registrations
from emulator.providers.goat.meant import GRANT
from emulator.providers.goat.signing import WHOAMI_PATH, sign, token_request
from emulator.schemes import bearer, client_assertion, jws

if TYPE_CHECKING:
    from collections.abc import Callable

    from emulator.core.errors import FailureMode
    from emulator.core.store import Record
    from emulator.provider import Context
    from emulator.providers.goat.settings import Settings

    Build = Callable[[Context[Settings]], Request]

_JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_MILLISECONDS = {"iat": 1_767_225_600_000, "exp": 1_767_229_200_000}
_CLIENT, _OTHER, _INACTIVE = "client-a", "client-b", "client-inactive"


def _of(context: Context[Settings], client: str) -> Record:
    return next(each for each in registrations(context) if each["clientId"] == client)


# --- token requests --------------------------------------------------------------------------


def assertion(
    context: Context[Settings],
    *,
    client: str = _CLIENT,
    signer: str = "",
    header: dict[str, Any] | None = None,
    claims: dict[str, Any] | None = None,
    without: tuple[str, ...] = (),
    der: bool = False,
) -> str:
    """Return an assertion that may be wrong.

    Args:
        context: Credentials and clock.
        client: Who asserts.
        signer: Whose key signs, if another's.
        header: Members to put in place of the right ones.
        claims: The same; a number below 10**6 in a time is counted from now.
        without: Members of either that are left out.
        der: Leave the signature in DER.
    """
    record = _of(context, client)
    now = int(context.clock.time())
    protected = {"alg": "ES256", "typ": "JWT", "kid": record["keyId"], **(header or {})}
    members: dict[str, Any] = {
        "aud": context.settings.audience,
        "iss": client,
        "iat": now,
        "exp": now + 3600,
        "sub": client,
        **(claims or {}),
    }
    _count_from(now, members)
    signing_input = ".".join(
        jws.to_base64url(json.dumps(_left(part, without), separators=(",", ":")).encode())
        for part in (protected, members)
    )
    key = load_private_key(_of(context, signer or client)["private_key"])
    signature = client_assertion.ES256.sign(signing_input.encode(), key)
    if der:
        from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

        r, s = (int.from_bytes(half, "big") for half in (signature[:32], signature[32:]))
        signature = encode_dss_signature(r, s)
    return f"{signing_input}.{jws.to_base64url(signature)}"


def _count_from(now: int, members: dict[str, Any]) -> None:
    for name in ("iat", "exp", "nbf"):
        value = members.get(name)
        if isinstance(value, int | float) and abs(value) < 10**6:
            members[name] = now + value


def _shifted(seconds: int) -> dict[str, Any]:
    return {"iat": seconds, "exp": seconds + 3600}


def _left(members: dict[str, Any], without: tuple[str, ...]) -> dict[str, Any]:
    return {name: value for name, value in members.items() if name not in without}


def _asking(app_id: str = _CLIENT, **spoiled: Any) -> Build:
    """Build a token request whose assertion is made with the arguments of `assertion`."""
    return lambda context: token_request(
        {"appId": app_id, "token": assertion(context, **spoiled), "grantType": GRANT}
    )


def _sending(**members: Any) -> Build:
    """Build a token request whose body has these members in place of the right ones."""

    def build(context: Context[Settings]) -> Request:
        body = {"appId": _CLIENT, "token": assertion(context), "grantType": GRANT, **members}
        return token_request({name: value for name, value in body.items() if value is not ...})

    return build


def _raw(change: Callable[[bytes], bytes], content_type: str = "application/json") -> Build:
    """Build a token request whose body is changed after it was written."""

    def build(context: Context[Settings]) -> Request:
        request = sign("oauth.token", None, context, "").request
        request.body = change(request.body)
        request.headers = [("content-type", content_type)]
        return request

    return build


def _snake_case(context: Context[Settings]) -> Request:
    return token_request(
        {
            "client_id": _CLIENT,
            "client_assertion": assertion(context),
            "grant_type": GRANT,
        }
    )


def _at(path: str, build: Build) -> Build:
    def moved(context: Context[Settings]) -> Request:
        request = build(context)
        request.path = path
        return request

    return moved


def _with_method(method: str, build: Build) -> Build:
    def changed(context: Context[Settings]) -> Request:
        request = build(context)
        request.method = method
        return request

    return changed


# --- requests with an access token -----------------------------------------------------------


def access_token(
    context: Context[Settings],
    client: str = _CLIENT,
    *,
    claims: dict[str, Any] | None = None,
    without: tuple[str, ...] = (),
    secret: bytes | None = None,
) -> str:
    """Return an access token that may be wrong.

    Args:
        context: Credentials, clock and the key of access tokens.
        client: Whose.
        claims: Claims in place of the right ones; a number below 10**6 in a time is counted
            from now.
        without: Claims that are left out.
        secret: Another key.
    """
    life = state.TOKENS.lifetime(context)
    members = {**state.claims_for(_of(context, client), life, context), **(claims or {})}
    _count_from(int(context.clock.timestamp("issue")), members)
    return bearer.issue(_left(members, without), secret or state.TOKENS.secret(context.keys))


def _with_former_key(context: Context[Settings]) -> Request:
    """Bear a token bought before another key was registered under the keyId."""
    jti = state.TOKENS.jti("former", context)
    state.TOKENS.note({"jti": jti}, "the key before", context)
    return _get(WHOAMI_PATH, f"Bearer {access_token(context, claims={'jti': jti})}")


def _get(path: str, authorization: str | None, query: str = "") -> Request:
    headers = [] if authorization is None else [("authorization", authorization)]
    return Request(method="GET", path=path, query=query, headers=headers)


def _bearing(
    client: str = _CLIENT, query: str = "", path: str = WHOAMI_PATH, **spoiled: Any
) -> Build:
    """Build a request with a token made with the arguments of `access_token`."""
    return lambda context: _get(path, f"Bearer {access_token(context, client, **spoiled)}", query)


def _revoked(context: Context[Settings]) -> Request:
    jti = state.TOKENS.jti("revoked", context)
    state.TOKENS.revoke({"jti": jti}, context)
    return _bearing(claims={"jti": jti})(context)


def _with_header(make: Callable[[str], str | None]) -> Build:
    return lambda context: _get(WHOAMI_PATH, make(access_token(context)))


def _nowhere(_context: Context[Settings]) -> Request:
    return _get("/v1/payments", None)


def _assertion_as_token(context: Context[Settings]) -> Request:
    return _get(WHOAMI_PATH, f"Bearer {assertion(context)}")


# --- the list --------------------------------------------------------------------------------


def _good(name: str, build: Build, endpoint: str = "oauth.token") -> Example:
    return Example(name, endpoint, build)


def _bad(name: str, mode: FailureMode, build: Build, endpoint: str = "oauth.token") -> Example:
    return Example(name, endpoint, build, mode.code)


def _bad_whoami(name: str, mode: FailureMode, build: Build) -> Example:
    return _bad(name, mode, build, "whoami")


def _compressed(context: Context[Settings]) -> Request:
    request = sign("oauth.token", None, context, "").request
    request.headers.append(("content-encoding", "gzip"))
    return request


def _in_array(context: Context[Settings]) -> Request:
    token = assertion(context, claims={"aud": ["https://example.org", context.settings.audience]})
    return token_request({"appId": _CLIENT, "token": token, "grantType": GRANT})


def _of_another_kind(context: Context[Settings]) -> Request:
    key = client_assertion.load_public_key(_of(context, _CLIENT)["public_key"])
    kid = client_assertion.spki_sha256(key)
    return token_request(
        {"appId": _CLIENT, "token": assertion(context, header={"kid": kid}), "grantType": GRANT}
    )


_DAY = 86_400

EXAMPLES: tuple[Example, ...] = (
    # in order
    _good("token", lambda context: sign("oauth.token", None, context, "").request),
    _good("token-below-v1", _at("/v1/oauth/app/token", _sending())),
    _good("token-of-another-client", _asking(_OTHER, client=_OTHER)),
    _good("token-with-an-array-for-aud", _in_array),
    Example(
        "token-with-another-fingerprint",
        "oauth.token",
        _of_another_kind,
        warnings=(failures.KEY_ALIAS.code,),
    ),
    _good("token-from-a-clock-slightly-ahead", _asking(claims={"iat": 50, "exp": 3650})),
    Example(
        "token-with-a-fraction-of-a-second",
        "oauth.token",
        _asking(claims={"iat": 0.0, "exp": 3600.5}),
        warnings=(failures.FRACTION.code,),
    ),
    _good("whoami", _bearing(), "whoami"),
    _good("whoami-with-scope", _bearing(query="scope=read+write"), "whoami"),
    # the body of the token request
    _bad("compressed-body", body.CONTENT_ENCODING, _compressed),
    _bad(
        "charset-utf-16",
        body.CHARSET,
        _raw(lambda body: body.decode().encode("utf-16"), "application/json; charset=utf-16"),
    ),
    _bad(
        "form",
        failures.MEDIA_TYPE,
        _raw(
            lambda body: urlencode(json.loads(body)).encode(),
            "application/x-www-form-urlencoded",
        ),
    ),
    _bad("no-body", failures.NOT_JSON, _raw(lambda body: b"")),  # noqa: ARG005
    _bad("member-twice", failures.NOT_JSON, _raw(lambda body: b'{"appId":"x",' + body[1:])),
    _bad("encoded-twice", failures.NOT_JSON, _raw(lambda body: json.dumps(body.decode()).encode())),
    _bad("snake-case", failures.MEMBER_MISSING, _snake_case),
    _bad("no-token", failures.MEMBER_MISSING, _sending(token=...)),
    _bad("token-is-an-object", failures.MEMBER_TYPE, _sending(token={"token": "…"})),
    _bad("app-id-is-a-number", failures.MEMBER_TYPE, _sending(appId=7)),
    _bad("scope-in-the-request", failures.MEMBER_UNKNOWN, _sending(scope="read")),
    _bad("grant-type-of-rfc-7523", failures.GRANT_TYPE, _sending(grantType=_JWT_BEARER)),
    _bad("grant-type-in-capitals", failures.GRANT_TYPE, _sending(grantType=GRANT.upper())),
    # the assertion
    _bad("token-is-no-jwt", client_assertion.NOT_A_JWT, _sending(token="my-secret")),  # noqa: S106
    _bad("alg-none", client_assertion.ALG, _asking(header={"alg": "none"})),
    _bad("alg-hs256", client_assertion.ALG, _asking(header={"alg": "HS256"})),
    _bad("typ-of-an-access-token", client_assertion.TYP, _asking(header={"typ": "at+jwt"})),
    _bad("no-kid", client_assertion.KID_MISSING, _asking(without=("kid",))),
    _bad("kid-unknown", client_assertion.KID_UNKNOWN, _asking(header={"kid": "my-key"})),
    _bad("signed-with-another-key", client_assertion.SIGNATURE, _asking(signer=_OTHER)),
    _bad("signature-in-der", client_assertion.SIGNATURE, _asking(der=True)),
    _bad("iss-is-another", client_assertion.ISSUER, _asking(claims={"iss": _OTHER})),
    _bad("sub-is-missing", client_assertion.ISSUER, _asking(without=("sub",))),
    _bad("app-id-of-another-client", client_assertion.ISSUER, _asking(_OTHER)),
    _bad(
        "aud-is-the-address-called",
        client_assertion.AUDIENCE,
        _asking(claims={"aud": "https://api.goat.ar/v1/oauth/app/token"}),
    ),
    _bad("iat-is-text", client_assertion.CLAIM_TYPE, _asking(claims={"iat": "1767225600"})),
    _bad("exp-is-missing", client_assertion.CLAIM_TYPE, _asking(without=("exp",))),
    _bad("assertion-of-yesterday", client_assertion.EXPIRED, _asking(claims=_shifted(-_DAY))),
    _bad("clock-ahead", client_assertion.IAT_IN_FUTURE, _asking(claims=_shifted(600))),
    _bad("milliseconds", client_assertion.IAT_IN_FUTURE, _asking(claims=_MILLISECONDS)),
    _bad("lives-a-day", client_assertion.LIFETIME, _asking(claims={"exp": _DAY})),
    _bad("not-before-later", client_assertion.NOT_YET_VALID, _asking(claims={"nbf": 600})),
    _bad("inactive-client", failures.CLIENT_INACTIVE, _asking(_INACTIVE, client=_INACTIVE)),
    # the access token
    _bad_whoami("no-authorization", bearer.MISSING, _with_header(lambda _: None)),
    _bad_whoami("basic-authorization", bearer.SCHEME, _with_header(lambda _: "Basic YTpi")),
    _bad_whoami("bearer-twice", bearer.MALFORMED, _with_header("Bearer Bearer {}".format)),
    _bad_whoami("token-cut", bearer.NOT_A_JWT, _with_header(lambda t: f"Bearer {t[:90]}")),
    _bad_whoami("assertion-as-access-token", bearer.ALG, _assertion_as_token),
    _bad_whoami("token-of-another-server", bearer.SIGNATURE, _bearing(secret=b"another" * 5)),
    _bad_whoami("token-without-exp", bearer.CLAIMS, _bearing(without=("exp",))),
    _bad_whoami("token-of-tomorrow", bearer.NOT_YET_VALID, _bearing(claims=_shifted(_DAY))),
    _bad_whoami("token-expired", bearer.EXPIRED, _bearing(claims=_shifted(-3600))),
    _bad_whoami("token-of-another-issuer", bearer.ISSUER, _bearing(claims={"iss": "me"})),
    _bad_whoami("token-for-another-audience", bearer.AUDIENCE, _bearing(claims={"aud": "me"})),
    _bad_whoami(
        "token-with-other-claims", failures.TOKEN_CLAIMS, _bearing(claims={"scope": ["read"]})
    ),
    _bad_whoami(
        "token-of-another-namespace", failures.ANOTHER_RUN, _bearing(claims={"jti": "00000000.1"})
    ),
    _bad_whoami("token-revoked", failures.TOKEN_REVOKED, _revoked),
    _bad_whoami(
        "token-of-a-key-that-is-gone", failures.CLIENT_UNKNOWN, _bearing(claims={"key_id": "gone"})
    ),
    _bad_whoami("token-of-a-replaced-key", failures.KEY_REPLACED, _with_former_key),
    _bad_whoami("token-of-an-inactive-client", failures.CLIENT_INACTIVE, _bearing(_INACTIVE)),
    _bad_whoami("scope-missing", failures.SCOPE_MISSING, _bearing(_OTHER, query="scope=write")),
    # where nothing is
    Example("method", "oauth.token", _with_method("GET", _sending()), "request.method"),
    Example(
        "the-audience-as-address",
        "/v1/oauth/token",
        _at("/v1/oauth/token", _sending()),
        "request.not-found",
    ),
    Example("unknown-path", "/v1/payments", _bearing(path="/v1/payments"), "request.not-found"),
    _bad("unknown-path-without-token", bearer.MISSING, _nowhere, "/v1/payments"),
)
