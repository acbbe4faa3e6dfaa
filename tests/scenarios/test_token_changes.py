"""Tokens and keys that a scenario changes: what the client sees, what the emulator says of it.

Each of the three sides issues tokens by a login and takes them at a resource. A changed token must
be refused for its own reason, the next right one must be taken, and a right one never pay for it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from playing import START, Play, played

from emulator.client import ClientError
from emulator.core.exchange import Exchange, Reply, Request
from emulator.emulator import Emulator
from emulator.provider import CREDENTIALS, Provider
from emulator.providers import discover
from emulator.schemes.encoding import from_base64url

FORGED = ("next", "previous", "rogue")


@dataclass(frozen=True)
class Side:
    """A provider, in one form of its tokens.

    Attributes:
        name: Of the test.
        provider: Its name.
        login: Name of the endpoint that issues.
        use: Name of an endpoint that takes a token.
        path: Where that is.
        member: Of the answer, the token.
        life: Seconds that a token lives.
        revoked: Diagnosis code.
        forged: Diagnosis code of a token signed with another key.
        expired: Status of the refusal.
    """

    name: str
    provider: str
    login: str
    use: str
    path: str
    member: str
    life: int
    forged: str
    expired: int

    @property
    def revoked(self) -> str:
        return f"{self.provider}.token-revoked"


_GESTOPAGO = ("gestopago", "token", "sendEcho", "/sistema/service/sendEcho.do", "token", 86_400)
JWT = Side("gestopago", *_GESTOPAGO, "bearer.signature", 403)
OPAQUE = Side("opaque", *_GESTOPAGO, "bearer.opaque-token", 403)
GOAT = Side(
    "goat", "goat", "oauth.token", "whoami", "/v1/whoami", "accessToken", 3600,
    "bearer.signature", 401,
)  # fmt: skip
SIDES = pytest.mark.parametrize("side", [JWT, OPAQUE, GOAT], ids=lambda side: side.name)
JWTS = pytest.mark.parametrize("side", [JWT, GOAT], ids=lambda side: side.name)


class Token(str):
    """A token, and the answer that it came in."""

    answer: dict[str, Any]


class Stage(Play):
    """A play of one side, by single requests."""

    def __init__(
        self,
        side: Side,
        scenario: str = "",
        namespace: str = "default",
        *,
        emulator: Emulator | None = None,
    ) -> None:
        super().__init__(scenario, namespace, emulator=emulator)
        self.side = side
        if side is OPAQUE:
            contexts = self.namespace.contexts
            old = contexts["gestopago"]
            opaque = replace(old.settings, token_format="opaque")
            contexts["gestopago"] = replace(old, settings=opaque)

    @property
    def of(self) -> Provider[Any]:
        return self.emulator.providers[self.side.provider]

    async def serve(self, request: Request) -> Exchange:
        exchange = await self.emulator.serve(self.namespace, self.of, request)
        assert not exchange.bug
        return exchange

    async def fetch(self) -> Token:
        """Log in."""
        context = self.namespace.contexts[self.side.provider]
        exchange = await self.serve(self.of.sign(self.side.login, None, context, "").request)
        assert exchange.reply is not None
        assert exchange.reply.status == 200, exchange.diagnosis
        answer = json.loads(exchange.reply.body)
        token = Token(answer[self.side.member])
        token.answer = answer
        return token

    async def exchange(self, token: str) -> Exchange:
        headers = [("authorization", f"Bearer {token}")]
        return await self.serve(Request(method="GET", path=self.side.path, headers=headers))

    async def use(self, token: str) -> str:
        """Return the diagnosis code of a use; empty where the token is taken."""
        exchange = await self.exchange(token)
        assert (exchange.diagnosis is None) == (exchange.verdict == "accepted")
        return exchange.diagnosis.code if exchange.diagnosis else ""


def once(side: Side, do: str, *, at: str = "", hit: int = 1) -> str:
    """A scenario that does one thing on one hit."""
    return f"""\
scenario: changed
version: 1
clock: {{freeze: "2026-03-01T12:00:00Z"}}
rules:
  - id: rule
    match: {{provider: {side.provider}, endpoint: {at or side.login}}}
    when: {{hits: [{hit}]}}
    do: {do}
"""


def claims(token: str) -> dict[str, Any]:
    return json.loads(from_base64url(token.split(".")[1]))


def header(token: str) -> dict[str, Any]:
    return json.loads(from_base64url(token.split(".")[0]))


# --- how long it lives -----------------------------------------------------------------------


@SIDES
@played
async def test_it_lives_as_long_as_it_says(side: Side):
    stage = Stage(side, once(side, "{token: {expires_in: 5s}}"))
    token = await stage.fetch()
    if side is not OPAQUE:
        assert claims(token)["exp"] - claims(token)["iat"] == 5
    assert token.answer.get("expiresIn", 5) == 5
    assert await stage.use(token) == ""
    stage.advance("4s")
    assert await stage.use(token) == ""
    stage.advance("1s")
    late = await stage.exchange(token)
    assert late.diagnosis is not None
    assert late.diagnosis.code == "bearer.expired"
    assert late.reply is not None
    assert late.reply.status == side.expired
    right = await stage.fetch()
    stage.advance(f"{side.life - 1}s")
    assert await stage.use(right) == ""


@SIDES
@played
async def test_it_lives_shorter_than_it_says(side: Side):
    stage = Stage(side, once(side, "{token: {expires_in: 5s, advertise_expires_in: 1h}}"))
    token = await stage.fetch()
    if side is not OPAQUE:
        assert claims(token)["exp"] - claims(token)["iat"] == 3600
    assert token.answer.get("expiresIn", 3600) == 3600
    stage.advance("4s")
    assert await stage.use(token) == ""
    stage.advance("1s")
    late = await stage.exchange(token)
    assert late.diagnosis is not None
    assert late.diagnosis.code == "bearer.expired"
    assert "a scenario had the token end" in late.diagnosis.hint
    assert late.reply is not None
    assert late.reply.status == side.expired
    assert await stage.use(await stage.fetch()) == ""
    await stage.namespace.reset()
    assert await stage.use(token) != ""


@SIDES
@pytest.mark.parametrize("says", ["5s", "48h"])
@played
async def test_it_lives_as_ever_and_says_otherwise(side: Side, says: str):
    stage = Stage(side, once(side, f"{{token: {{advertise_expires_in: {says}}}}}"))
    token = await stage.fetch()
    said = 5 if says == "5s" else 172_800
    if side is not OPAQUE:
        assert claims(token)["exp"] - claims(token)["iat"] == said
    assert token.answer.get("expiresIn", said) == said
    stage.advance(f"{side.life - 1}s")
    assert await stage.use(token) == ""
    stage.advance("1s")
    assert await stage.use(token) == "bearer.expired"


@SIDES
@played
async def test_half_a_second(side: Side):
    stage = Stage(side, once(side, "{token: {expires_in: 500ms}}"))
    token = await stage.fetch()
    assert token.answer.get("expiresIn", 1) == 1
    stage.advance("499ms")
    assert await stage.use(token) == ""
    stage.advance("2ms")
    assert await stage.use(token) == "bearer.expired"


@SIDES
@played
async def test_no_time_at_all(side: Side):
    stage = Stage(side, once(side, "{token: {expires_in: 0s}}"))
    assert await stage.use(await stage.fetch()) == "bearer.expired"
    assert await stage.use(await stage.fetch()) == ""


@SIDES
@played
async def test_it_is_not_valid_yet(side: Side):
    stage = Stage(side, once(side, "{token: {not_before: +2m, expires_in: 60s}}"))
    token = await stage.fetch()
    if side is not OPAQUE:
        times = claims(token)
        assert (times["nbf"], times["iat"], times["exp"]) == (START + 120, START + 120, START + 180)
    assert await stage.use(token) == "bearer.not-yet-valid"
    assert await stage.use(await stage.fetch()) == ""
    stage.advance("119s")
    assert await stage.use(token) == "bearer.not-yet-valid"
    stage.advance("1s")
    assert await stage.use(token) == ""
    stage.advance("60s")
    assert await stage.use(token) == "bearer.expired"


@SIDES
@played
async def test_it_was_valid_before_it_was_issued(side: Side):
    stage = Stage(side, once(side, "{token: {not_before: -2m}}"))
    token = await stage.fetch()
    assert await stage.use(token) == ""
    stage.advance(f"{side.life}s")
    assert await stage.use(token) == "bearer.expired"


@SIDES
@settings(max_examples=25, deadline=None)
@given(
    lives=st.none() | st.integers(0, 20_000),
    says=st.none() | st.integers(0, 20_000),
    begins=st.none() | st.integers(-5_000, 20_000),
    later=st.integers(0, 60_000),
)
def test_any_times(side: Side, lives: int | None, says: int | None, begins: int | None, later: int):
    """A token is taken from its beginning to its true end, to the millisecond, whatever it says."""
    asked = {"expires_in": lives, "advertise_expires_in": says, "not_before": begins}
    given_ = {name: f"{ms}ms" for name, ms in asked.items() if ms is not None} or {"alg": "HS256"}

    @played
    async def story():
        stage = Stage(side, once(side, json.dumps({"token": given_})))
        token = await stage.fetch()
        stage.advance(f"{later}ms")
        start = max(begins or 0, 0)
        life = side.life * 1000 if lives is None else lives
        whole = -(-start // 1000) * 1000  # iat and nbf are whole seconds, later rather than early
        code = await stage.use(token)
        if later < whole:
            assert code == "bearer.not-yet-valid"
        elif later >= whole + life:
            assert code == "bearer.expired"
        elif later < start + life:
            assert code == ""

    story()


@SIDES
@played
async def test_the_presented_token_has_expired_and_stays_so(side: Side):
    stage = Stage(side, once(side, "{token: {expire: presented}}", at=side.use, hit=2))
    token, other = await stage.fetch(), await stage.fetch()
    assert await stage.use(token) == ""
    refused = await stage.exchange(token)
    assert refused.diagnosis is not None
    assert refused.diagnosis.code == "bearer.expired"
    assert refused.reply is not None
    assert refused.reply.status == side.expired  # GestoPago's own is 403; for a revoked one 401
    assert [each.code for each in refused.warnings] == ["scenario.changed"]
    assert await stage.use(other) == ""
    assert await stage.use(token) == "bearer.expired"
    stage.namespace.unload()
    assert await stage.use(token) == "bearer.expired"
    assert await stage.use(await stage.fetch()) == ""


@SIDES
@played
async def test_the_presented_token_has_expired_although_another_answer_was_given(side: Side):
    answer = "{token: {expire: presented}, respond: {status: 503}}"
    stage = Stage(side, once(side, answer, at=side.use))
    token, other = await stage.fetch(), await stage.fetch()
    exchange = await stage.exchange(token)
    assert exchange.verdict == "injected"
    assert await stage.use(token) == "bearer.expired"
    assert await stage.use(other) == ""


# --- revoked ---------------------------------------------------------------------------------


@SIDES
@played
async def test_the_presented_token_is_dead_and_stays_so(side: Side):
    stage = Stage(side, once(side, "{token: {revoke: presented}}", at=side.use, hit=2))
    token, other = await stage.fetch(), await stage.fetch()
    assert await stage.use(token) == ""
    refused = await stage.exchange(token)
    assert refused.diagnosis is not None
    assert refused.diagnosis.code == side.revoked
    assert refused.reply is not None
    assert refused.reply.status == 401
    assert refused.credential
    assert [each.code for each in refused.warnings] == ["scenario.changed"]
    assert await stage.use(other) == ""
    assert await stage.use(token) == side.revoked
    stage.namespace.unload()
    assert await stage.use(token) == side.revoked
    assert await stage.use(await stage.fetch()) == ""


@SIDES
@played
async def test_the_presented_token_is_dead_although_another_answer_was_given(side: Side):
    answer = "{token: {revoke: presented}, respond: {status: 503}}"
    stage = Stage(side, once(side, answer, at=side.use))
    token, other = await stage.fetch(), await stage.fetch()
    exchange = await stage.exchange(token)
    assert exchange.verdict == "injected"
    assert exchange.credential
    assert exchange.payload is not None or side.provider == "gestopago"
    assert await stage.use(token) == side.revoked
    assert await stage.use(other) == ""


@SIDES
@played
async def test_a_login_presents_none(side: Side):
    stage = Stage(side, once(side, "{token: {revoke: presented}}"))
    assert await stage.use(await stage.fetch()) == ""


@SIDES
@played
async def test_the_issued_token_is_dead_on_arrival(side: Side):
    stage = Stage(side, once(side, "{token: {revoke: issued}}"))
    assert await stage.use(dead := await stage.fetch()) == side.revoked
    assert await stage.use(await stage.fetch()) == ""
    assert await stage.use(dead) == side.revoked


@SIDES
@played
async def test_all_tokens_are_dead_and_the_next_one_lives(side: Side):
    stage = Stage(side, once(side, "{token: {revoke: all}}", at=side.use, hit=2))
    neighbour = Stage(side, "", "neighbour", emulator=stage.emulator)
    tokens = [await stage.fetch() for _ in range(3)]
    theirs = await neighbour.fetch()
    assert await stage.use(tokens[0]) == ""
    for token in (tokens[1], *tokens):
        assert await stage.use(token) == side.revoked
    assert await stage.use(await stage.fetch()) == ""
    assert await neighbour.use(theirs) == ""
    assert await neighbour.use(tokens[0]) == f"{side.provider}.token-of-another-run"
    stage.of.tokens.revoke(stage.namespace.contexts[side.provider])
    for token in tokens:
        assert await stage.use(token) == side.revoked


@SIDES
@played
async def test_all_are_dead_at_a_login_but_the_one_it_gives(side: Side):
    stage = Stage(side, once(side, "{token: {revoke: all}}", hit=2))
    old, new = await stage.fetch(), await stage.fetch()
    assert await stage.use(old) == side.revoked
    assert await stage.use(new) == ""


@SIDES
@played
async def test_revoking_where_none_was_issued(side: Side):
    stage = Stage(side)
    stage.namespace.revoke_tokens()
    assert await stage.use(await stage.fetch()) == ""


@SIDES
@played
async def test_nothing_is_written_where_nothing_is_bent(side: Side):
    stage = Stage(side)
    await stage.use(await stage.fetch())
    store = stage.namespace.contexts[side.provider].store
    assert not [*store.table("ends").items(), *store.table("revoked").items()]


# --- forged ----------------------------------------------------------------------------------


@SIDES
@pytest.mark.parametrize("key", FORGED)
@pytest.mark.parametrize("do", ["{token: {sign_with: %s}}", "{sign_with: %s}"], ids=["token", "do"])
@played
async def test_a_token_signed_with_another_key_is_refused_everywhere(side: Side, key: str, do: str):
    stage = Stage(side, once(side, do % key))
    neighbour = Stage(side, "", "neighbour", emulator=stage.emulator)
    right_there = await neighbour.fetch()
    token = await stage.fetch()
    for _ in range(2):
        assert await stage.use(token) == side.forged
        assert await neighbour.use(token) == side.forged
    assert await stage.use(await stage.fetch()) == ""
    assert await neighbour.use(right_there) == ""


@SIDES
@pytest.mark.parametrize("key", FORGED)
@played
async def test_naming_a_key_does_not_make_its_tokens_right(side: Side, key: str):
    """Where a rule signs with another key, tokens are verified with the right one still."""
    scenario = once(side, f"{{sign_with: {key}}}", at="'*'").replace("when: {hits: [1]}", "")
    stage = Stage(side, scenario)
    right = Stage(side, "", "other", emulator=stage.emulator)
    token = await stage.fetch()
    assert await stage.use(token) == side.forged
    stage.namespace.unload()
    good = await stage.fetch()
    assert await stage.use(good) == ""
    assert await right.use(token) == side.forged


@SIDES
@played
async def test_the_current_key_is_the_right_one(side: Side):
    stage = Stage(side, once(side, "{token: {sign_with: current}}"))
    assert await stage.use(await stage.fetch()) == ""


@JWTS
@pytest.mark.parametrize("alg", ["none", "RS256", "ES256"])
@played
async def test_another_algorithm_is_refused(side: Side, alg: str):
    stage = Stage(side, once(side, f"{{token: {{alg: {alg}}}}}"))
    token = await stage.fetch()
    assert header(token) == {"alg": alg, "typ": "JWT"}
    assert len(from_base64url(token.split(".")[2])) == {"none": 0, "RS256": 256, "ES256": 64}[alg]
    for _ in range(2):
        assert await stage.use(token) == "bearer.alg"
    assert await stage.use(await stage.fetch()) == ""


@JWTS
@played
async def test_its_own_algorithm_is_taken_unless_the_key_is_another(side: Side):
    stage = Stage(side, once(side, "{token: {alg: HS256}}"))
    assert await stage.use(await stage.fetch()) == ""
    stage = Stage(side, once(side, "{token: {alg: HS256, sign_with: rogue}}"))
    assert await stage.use(await stage.fetch()) == side.forged


@pytest.mark.parametrize("alg", ["none", "HS256", "RS256", "ES256"])
@played
async def test_an_opaque_token_has_no_algorithm(alg: str):
    stage = Stage(OPAQUE, once(OPAQUE, f"{{token: {{alg: {alg}}}}}"))
    assert await stage.use(await stage.fetch()) == ""


@pytest.mark.parametrize(
    ("side", "token", "code"),
    [
        (JWT, "{drop_claims: [exp]}", "bearer.claims"),
        (OPAQUE, "{drop_claims: [exp]}", "bearer.claims"),
        (GOAT, "{drop_claims: [exp]}", "bearer.claims"),
        (JWT, "{drop_claims: [iss]}", "bearer.issuer"),
        (GOAT, "{drop_claims: [aud]}", "bearer.audience"),
        (GOAT, "{drop_claims: [iat]}", "goat.token-claims"),
        (JWT, "{drop_claims: [jti]}", "gestopago.token-of-another-run"),
        (OPAQUE, "{drop_claims: [jti], expires_in: 5s, advertise_expires_in: 1h}",
         "gestopago.token-of-another-run"),
        (GOAT, "{drop_claims: [jti], revoke: issued}", "goat.token-claims"),
        (OPAQUE, "{drop_claims: [sub]}", "gestopago.unknown-bearer"),
        (JWT, "{claims: {exp: tomorrow}}", "bearer.claims"),
        (OPAQUE, "{claims: {jti: 7}}", "bearer.claims"),
        (GOAT, "{claims: {iss: 7}}", "bearer.claims"),
        (GOAT, "{claims: {aud: somebody}}", "bearer.audience"),
        (GOAT, "{claims: {jti: 00000000.1}}", "goat.token-of-another-run"),
        (GOAT, "{claims: {exp: 1.5e300}}", "goat.token-claims"),
        (JWT, "{claims: {exp: 1}}", "bearer.expired"),
        (JWT, "{claims: {exp: 1}, advertise_expires_in: 1h}", "bearer.expired"),
        (GOAT, "{claims: {exp: 1}, advertise_expires_in: 5s}", "bearer.expired"),
        (JWT, "{claims: {iat: 9000000000}}", "bearer.not-yet-valid"),
        (JWT, "{claims: {sub: nobody}}", "gestopago.unknown-bearer"),
        (JWT, "{claims: {role: admin, nested: {a: [1, null, true]}}}", ""),
        (OPAQUE, "{claims: {role: admin, text: 'a text that is longer than all others are'}}", ""),
        (GOAT, "{claims: {scope: read}}", ""),
        (JWT, "{drop_claims: [iat]}", ""),
        (JWT, "{drop_claims: [no-such-claim]}", ""),
    ],
    ids=lambda value: value.name if isinstance(value, Side) else value,
)  # fmt: skip
@played
async def test_claims(side: Side, token: str, code: str):
    """They meet the checks that there are: refused where they break a rule, taken otherwise."""
    stage = Stage(side, once(side, f"{{token: {token}}}"))
    assert await stage.use(await stage.fetch()) == code
    assert await stage.use(await stage.fetch()) == ""


_PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**15), 10**15) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=4,
)
_NAMES = st.sampled_from(("iss", "sub", "aud", "exp", "nbf", "iat", "jti", "scope", "key_id", "x"))


@pytest.mark.slow
@SIDES
@settings(max_examples=40, deadline=None)
@given(put=st.dictionaries(_NAMES, _PLAIN, min_size=1, max_size=4))
def test_any_claims(side: Side, put: dict[str, Any]):
    """Whatever a token says of itself, nobody is in whom it does not name, and nothing breaks."""

    @played
    async def story():
        stage = Stage(side, once(side, json.dumps({"token": {"claims": put}})))
        exchange = await stage.exchange(await stage.fetch())
        if put.keys() & ({"sub", "key_id", "jti"} if side is GOAT else {"sub", "jti"}):
            assert exchange.verdict == "refused"

    story()


# --- the bundled clients ---------------------------------------------------------------------


@pytest.mark.parametrize(
    "do",
    [
        "{token: {expires_in: 0s}}",
        "{token: {expires_in: 0s, advertise_expires_in: 1h}}",
        "{token: {not_before: 2m}}",
        "{token: {revoke: issued}}",
        "{token: {sign_with: rogue}}",
        "{token: {alg: none}}",
        "{token: {drop_claims: [exp]}}",
    ],
)
@JWTS
@played
async def test_clients_renew_once(side: Side, do: str):
    """They meet one bad token, fetch another, and go on."""
    play = Play(once(side, do))
    client = play.client(side.provider)
    await (client.whoami() if side is GOAT else client.send_echo())
    await (client.whoami() if side is GOAT else client.send_echo())
    refused = "403" if side is not GOAT and "expires_in" in do else "401"
    assert play.story == [
        f"{side.login} 200",
        f"{side.use} {refused}",
        f"{side.login} 200",
        f"{side.use} 200",
        f"{side.use} 200",
    ]
    play.check()


@JWTS
@pytest.mark.parametrize("which", ["presented", "all"])
@played
async def test_clients_survive_a_revocation_in_mid_batch(side: Side, which: str):
    play = Play(once(side, f"{{token: {{revoke: {which}}}}}", at=side.use, hit=2))
    client = play.client(side.provider)
    for _ in range(3):
        await (client.whoami() if side is GOAT else client.send_echo())
    assert play.story.count(f"{side.login} 200") == 2
    assert play.story.count(f"{side.use} 401") == 1
    play.check()


# --- other keys for the client's -------------------------------------------------------------

GESTOPAGO_KEYS = ("next", "previous", "rogue", "rolled-iv", "rolled-key")


def _always(provider: str, endpoint: str, do: str) -> str:
    return f"""\
scenario: keys
version: 1
clock: {{freeze: "2026-03-01T12:00:00Z"}}
rules:
  - {{id: rule, match: {{provider: {provider}, endpoint: {endpoint}, verdict: any}}, do: {do}}}
"""


def _rekeyed(play: Play, provider: str, name: str) -> dict[str, str]:
    """What a client needs that has the other keys."""
    of = play.emulator.providers[provider]
    record = play.namespace.credentials(provider)[0]
    return play.view(
        provider, of.credentials.rekeyed(record, name, play.emulator.key_files(provider))
    )


@pytest.mark.parametrize("key", GESTOPAGO_KEYS)
@played
async def test_gestopago_takes_another_key(key: str):
    play = Play(_always("gestopago", "verifyReference", f"{{verify_with: {key}}}"))
    right = play.client("gestopago")
    with pytest.raises(ClientError):
        await right.verify_reference(166, 597, "123456789012")
    refused = play.exchanges[-1]
    assert refused.diagnosis is not None
    assert refused.diagnosis.code in ("aes-cbc.padding", "aes-cbc.plaintext")
    assert [each.code for each in refused.warnings] == ["scenario.changed"]
    view = _rekeyed(play, "gestopago", key)
    other = play.client("gestopago", aes_key=view["aes_key"], aes_iv=view["aes_iv"])
    assert (await other.verify_reference(166, 597, "123456789012"))["CODIGO"] == "01"
    play.namespace.unload()
    with pytest.raises(ClientError):
        await other.verify_reference(166, 597, "123456789012")
    assert (await right.verify_reference(166, 597, "123456789012"))["CODIGO"] == "01"


@played
async def test_gestopagos_helper_encrypts_with_what_the_methods_decrypt():
    play = Play(_always("gestopago", "'*'", "{verify_with: next}"))
    of = play.emulator.providers["gestopago"]
    context = play.namespace.contexts["gestopago"]
    signed = of.sign("encrypt", {"idServicio": 166}, context, "")
    right = await play.emulator.serve(play.namespace, of, signed.request)
    play.namespace.unload()
    plain = await play.emulator.serve(play.namespace, of, signed.request)
    assert right.reply is not None
    assert plain.reply is not None
    assert right.reply.body != plain.reply.body


def test_gestopagos_keys_differ_in_what_their_names_say():
    play = Play()
    record = play.namespace.credentials("gestopago")[0]
    of = play.emulator.providers["gestopago"]
    seen = {(record["aes_key"], record["aes_iv"])}
    for name in GESTOPAGO_KEYS:
        made = of.credentials.rekeyed(record, name, play.emulator.key_files("gestopago"))
        assert (made["aes_key"] == record["aes_key"]) == (name == "rolled-iv")
        assert (made["aes_iv"] == record["aes_iv"]) == (name == "rolled-key")
        seen.add((made["aes_key"], made["aes_iv"]))
        context = play.namespace.contexts["gestopago"]
        assert of.credentials.register(made, context) == (record["codigoDispositivo"], made)
    assert len(seen) == 1 + len(GESTOPAGO_KEYS)


@pytest.mark.parametrize("key", FORGED)
@pytest.mark.parametrize("alias", [False, True], ids=["kid", "alias"])
@played
async def test_goat_takes_another_key(key: str, alias: bool):
    play = Play(_always("goat", "oauth.token", f"{{verify_with: {key}}}"))
    named = {"key_id": play.namespace.credentials("goat")[0]["aliases"][0]} if alias else {}
    right = play.client("goat", **named)
    with pytest.raises(ClientError):
        await right.create_token()
    refused = play.exchanges[-1]
    assert refused.diagnosis is not None
    assert refused.diagnosis.code == "client-assertion.signature"
    assert [each.code for each in refused.warnings if each.code != "goat.kid-alias"] == [
        "scenario.changed"
    ]
    view = _rekeyed(play, "goat", key)
    other = play.client("goat", private_key=view["private_key"], **named)
    assert (await other.whoami())["clientId"] == "client-a"
    play.namespace.unload()
    with pytest.raises(ClientError):
        await other.create_token()
    assert (await right.whoami())["clientId"] == "client-a"


@played
async def test_goat_keeps_taking_tokens_while_another_key_verifies():
    """An access token is not signed by the client."""
    play = Play(_always("goat", "whoami", "{verify_with: rogue}"))
    assert (await play.client("goat").whoami())["clientId"] == "client-a"


@JWTS
@played
async def test_the_current_keys_are_the_right_ones(side: Side):
    play = Play(_always(side.provider, "'*'", "{verify_with: current}"))
    client = play.client(side.provider)
    await (client.whoami() if side is GOAT else client.verify_reference(166, 597, "123456789012"))
    assert {each.verdict for each in play.exchanges} == {"accepted"}
    of = play.emulator.providers[side.provider]
    record = play.namespace.credentials(side.provider)[0]
    assert (
        of.credentials.rekeyed(record, "current", play.emulator.key_files(side.provider)) == record
    )


# --- damaged parts ---------------------------------------------------------------------------


def _damage(side: Side, at: str, target: str, how: str) -> str:
    return once(side, f"{{corrupt: {{target: {target}, how: {how}}}}}", at=at)


@pytest.mark.parametrize(
    ("target", "how", "codes"),
    [
        ("request.aes.padding", "bad_padding", {"aes-cbc.padding"}),
        ("request.aes.ciphertext", "bad_padding", {"aes-cbc.padding"}),
        ("request.aes.ciphertext", "wrong_key", {"aes-cbc.padding", "aes-cbc.plaintext"}),
        ("request.aes.ciphertext", "wrong_iv", {"aes-cbc.plaintext"}),
        ("request.aes.ciphertext", "flip_bit", {"aes-cbc.padding", "aes-cbc.plaintext"}),
        ("request.aes.ciphertext", "truncate", {"aes-cbc.ciphertext-length"}),
        ("request.aes.ciphertext", "drop", {"gestopago.signed-missing"}),
        ("request.aes.ciphertext", "not_base64", {"aes-cbc.not-base64"}),
        ("request.aes.iv", "wrong_iv", {"aes-cbc.plaintext"}),
        ("request.aes.iv", "flip_bit", {"aes-cbc.plaintext"}),
        ("request.jwt.signature", "flip_bit", {"bearer.signature"}),
        ("request.jwt.signature", "zero", {"bearer.signature"}),
        ("request.jwt.signature", "drop", {"bearer.signature"}),
        ("request.jwt.signature", "truncate", {"bearer.signature"}),
    ],
)
@played
async def test_gestopagos_requests_damaged(target: str, how: str, codes: set[str]):
    play = Play(_damage(JWT, "sendTx", target, how))
    client = play.client("gestopago")
    sale = client.payload(id_servicio=115, id_producto=298, telefono="5512134073")
    try:
        await client.send_tx(sale)
    except ClientError:
        assert target.startswith("request.aes")
    damaged = next(each for each in play.exchanges if each.endpoint == "sendTx")
    assert damaged.arrived is not None
    assert damaged.diagnosis is not None
    assert damaged.diagnosis.code in codes
    if target.startswith("request.aes"):  # a client renews its token by itself
        await client.send_tx(sale)
    assert play.exchanges[-1].verdict == "accepted"
    play.check()


@pytest.mark.parametrize("how", ["flip_bit", "truncate", "zero", "drop"])
@JWTS
@played
async def test_a_damaged_token_is_renewed(side: Side, how: str):
    play = Play(_damage(side, side.login, "response.jwt.signature", how))
    client = play.client(side.provider)
    await (client.whoami() if side is GOAT else client.send_echo())
    codes = [each.diagnosis.code if each.diagnosis else "" for each in play.exchanges]
    assert codes == ["", "bearer.signature", "", ""]


@pytest.mark.parametrize(
    ("at", "target", "how", "code"),
    [
        ("oauth.token", "request.jws.signature", "flip_bit", "client-assertion.signature"),
        ("oauth.token", "request.jws.signature", "drop", "client-assertion.signature"),
        ("oauth.token", "request.jws.signature", "truncate", "client-assertion.signature"),
        # Which bit depends on the drawn seed: one that breaks the JSON is met before the signature.
        (
            "oauth.token",
            "request.jws.payload",
            "flip_bit",
            "client-assertion.signature client-assertion.not-a-jwt",
        ),
        ("oauth.token", "request.jws.payload", "duplicate_keys", "client-assertion.not-a-jwt"),
        ("whoami", "request.jwt.signature", "flip_bit", "bearer.signature"),
    ],
)
@played
async def test_goats_requests_damaged(at: str, target: str, how: str, code: str):
    play = Play(_damage(GOAT, at, target, how))
    client = play.client("goat")
    if at == "oauth.token":
        with pytest.raises(ClientError):
            await client.whoami()
    assert (await client.whoami())["clientId"] == "client-a"
    damaged = next(each for each in play.exchanges if each.endpoint == at)
    assert damaged.diagnosis is not None
    assert damaged.diagnosis.code in code.split()
    play.check()


@played
async def test_what_was_encrypted_wrongly_is_encrypted_with_the_clients_own_key():
    """A rule that also takes another key leaves the damage what it is."""
    both = "{verify_with: rolled-key, corrupt: {target: request.aes.iv, how: flip_bit}}"
    play = Play(once(JWT, both, at="verifyReference"))
    with pytest.raises(ClientError):
        await play.client("gestopago").verify_reference(166, 597, "123456789012")
    assert play.exchanges[-1].verdict == "refused"


# Any message at all

_PROVIDERS = discover()
_PARTS = [
    pytest.param(name, target, id=f"{name}-{target}")
    for name in ("gestopago", "goat")
    for target in sorted(_PROVIDERS[name].parts)
]
_JUNK = st.text(max_size=30) | st.sampled_from(("a.b.c", "Bearer a.b.c", "signed=AAAA", "{}"))
_FORM_TYPES = (
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
    'multipart/form-data; boundary="\x80',
    "application/json",
    "",
)
_BODIES = st.sampled_from(
    (
        b"signed=AAAA&signed=",
        b"%73igned=A%2BA%3D&x=+",
        b"signed",
        b"signed=%zz",
        b'--x\r\nContent-Disposition: form-data; name="signed"\r\n\r\nAAAA\r\n--x--',
        b"--x\r\nContent-Disposition: form-data; name=signed\r\n\r\n--x--\r\n",
        b'{"token":"a.b.c","accessToken":"a.b."}',
        b'{"token":"a.b.c","n":' + b"[" * 2000 + b"]" * 2000 + b"}",
        b'{"token":["a.b.c"]}',
        b'{"token":"\\ud800.b.c"}',
    )
) | st.binary(max_size=60)


@pytest.mark.parametrize(("name", "target"), _PARTS)
@settings(max_examples=60, deadline=None)
@given(
    query=_JUNK,
    content_type=st.sampled_from(_FORM_TYPES) | _JUNK,
    authorization=st.none() | _JUNK,
    body=_BODIES,
    new=st.none() | st.binary(max_size=8),
)
def test_parts_of_any_message(
    name: str,
    target: str,
    query: str,
    content_type: str,
    authorization: str | None,
    body: bytes,
    new: bytes | None,
):
    """Reading, writing and remaking never raise; what is not there is not written."""
    part = _PROVIDERS[name].parts[target]
    message: Any = Reply(200, body)
    if target.startswith("request."):
        headers = [("content-type", content_type)]
        if authorization is not None:
            headers.append(("authorization", authorization))
        message = Request(method="POST", path="/", query=query, headers=headers, body=body)
    found = part.read(message)
    assert found is None or isinstance(found, bytes)
    written = part.write(message, new)
    if found is None:
        assert written == message
    elif new is not None and new.isalnum() and not part.hidden:
        assert part.read(written) == new
    elif new is None and not part.hidden:
        assert not part.read(written)
    play = _STILL
    context = play.namespace.contexts[name]
    for key in (next(context.store.table(CREDENTIALS).items())[0], "nobody"):
        for remake in part.remake.values():
            remade = remake(message, key, context)
            assert found is not None or remade == message


_STILL = Play()


@pytest.mark.parametrize("place", ["body", "multipart", "query", "both"])
def test_the_field_is_written_wherever_it_is(place: str):
    """And everything else of the request stays."""
    part = _PROVIDERS["gestopago"].parts["request.aes.ciphertext"]
    multipart = (
        b'--x\r\nContent-Disposition: form-data; name="random"\r\n\r\n1\r\n'
        b'--x\r\nContent-Type: text/plain\r\nContent-Disposition: form-data; name="signed"\r\n\r\n'
        b"%s\r\n--x--\r\n"
    )
    form = ("content-type", "application/x-www-form-urlencoded")
    made = {
        "body": lambda text: {"body": b"random=1&signed=" + text + b"&a=b", "headers": [form]},
        "multipart": lambda text: {
            "body": multipart % text.replace(b"%2B", b"+"),
            "headers": [("content-type", "multipart/form-data; boundary=x")],
        },
        "query": lambda text: {"query": f"random=1&signed={text.decode()}"},
        "both": lambda text: {
            "query": f"signed={text.decode()}", "body": b"signed=" + text, "headers": [form]
        },
    }[place]  # fmt: skip
    request = Request(method="GET", path="/", **made(b"AA%2B"))
    assert part.read(request) == b"AA+"
    assert part.write(request, b"BB+") == Request(method="GET", path="/", **made(b"BB%2B"))
    assert part.read(part.write(request, None)) is None
