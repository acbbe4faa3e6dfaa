"""Other keys, other algorithms and damaged parts: Tesabiz, Pagsmile and Placetopay.

Who has the key that a scenario puts in force is let in; who has any other is not, and is told
so. And no bundled client believes an answer that the key it knows does not prove.
"""

from __future__ import annotations

import asyncio
import base64
import hmac
import json
from collections.abc import Awaitable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from playing import START, Play, played

from emulator.client import ClientError, WebhookError
from emulator.client.tesabiz import verify_webhook
from emulator.core.clock_change import ClockChange
from emulator.core.errors import SchemeError
from emulator.core.exchange import Reply, Request
from emulator.faults.corrupt import damaged, hows
from emulator.outbox import Plan
from emulator.provider import Changes, Delivery, Webhook
from emulator.providers.pagsmile import PROVIDER as PAGSMILE
from emulator.providers.placetopay import PROVIDER as PLACETOPAY
from emulator.providers.tesabiz import PROVIDER as TESABIZ
from emulator.providers.tesabiz import sealing
from emulator.schemes import sorted_digest

PROVIDERS = {"tesabiz": TESABIZ, "pagsmile": PAGSMILE, "placetopay": PLACETOPAY}
NAMES = ("current", "next", "previous", "rogue")
REFUSED = {
    "tesabiz": ("jws.signature", "merchant B89, the {} one"),
    "pagsmile": ("sorted-digest.mismatch", "The app key called {}, which is not in force"),
    "placetopay": ("username-token.digest-mismatch", "The secretKey called {}, which is not"),
}
SECRET = {"tesabiz": "private_key", "pagsmile": "app_key", "placetopay": "secret_key"}
ENDPOINT = {"tesabiz": "jws.*", "pagsmile": "balance", "placetopay": "session.*"}


def scenario(provider: str, do: str, endpoint: str = "*", verdict: str = "any") -> str:
    return f"""\
scenario: test
version: 1
rules:
  - id: changed
    match: {{ provider: "{provider}", endpoint: "{endpoint}", verdict: {verdict} }}
    do: {do}
"""


def holder(play: Play, provider: str, name: str = "current", **other: Any) -> Any:
    """A client that has the key of this name."""
    record = play.namespace.credentials(provider)[0]
    files = play.emulator.key_files(provider)
    rekey = PROVIDERS[provider].credentials.rekeyed
    view = play.view(provider, rekey(record, name, files))
    member = {"secret_key": "secretKey"}.get(SECRET[provider], SECRET[provider])
    return play.client(provider, **{SECRET[provider]: view[member], **other})


async def asks(client: Any, provider: str) -> Any:
    match provider:
        case "tesabiz":
            return await client.generate_qr(
                "T-1", 1700, glosa="Tramite", cuenta_abono="CUENTA1_BOB"
            )
        case "pagsmile":
            return await client.balance()
        case _:
            return await client.create_session("R-1", 12000, return_url="https://shop.example/back")


async def refused(operation: Awaitable[Any]) -> ClientError:
    with pytest.raises(ClientError) as caught:
        await operation
    return caught.value


# --- verify_with -----------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("held", NAMES)
@pytest.mark.parametrize("in_force", ["", *NAMES])
@pytest.mark.parametrize("provider", PROVIDERS)
@played
async def test_only_the_key_in_force_is_let_in(provider: str, in_force: str, held: str) -> None:
    play = Play(scenario(provider, f"{{ verify_with: {in_force} }}") if in_force else "")
    client = holder(play, provider, held)
    if held == (in_force or "current"):
        await asks(client, provider)
        assert [each.verdict for each in play.exchanges] == ["accepted"]
        return
    await refused(asks(client, provider))
    (exchange,) = play.exchanges
    assert exchange.verdict == "refused"
    assert exchange.diagnosis is not None
    code, hint = REFUSED[provider]
    assert exchange.diagnosis.code == code
    assert hint.format(held) in exchange.diagnosis.hint
    assert not exchange.bug


@pytest.mark.parametrize("provider", PROVIDERS)
@played
async def test_the_journal_says_that_the_key_was_rolled(provider: str) -> None:
    play = Play(scenario(provider, "{ verify_with: next }", verdict="accepted"))
    await refused(asks(play.client(provider), provider))
    (exchange,) = play.exchanges
    assert [each.code for each in exchange.warnings] == ["scenario.changed"]
    assert (exchange.warnings[0].expected, exchange.warnings[0].received) == (
        "accepted",
        REFUSED[provider][0],
    )


def with_secrets(play: Play, provider: str) -> list[Any]:
    """The credentials that prove something; a payer's bank has only a name."""
    member = "secretKey" if provider == "placetopay" else SECRET[provider]
    return [each for each in play.namespace.credentials(provider) if each[member]]


@pytest.mark.parametrize("provider", PROVIDERS)
@played
async def test_every_other_credential_is_rolled_too(provider: str) -> None:
    """And who names another credential does not get in with his own key."""
    play = Play(scenario(provider, "{ verify_with: next }"))
    for record in with_secrets(play, provider)[1:]:
        view = play.view(provider, record)
        own = {
            "tesabiz": {"code": view.get("code"), "sis_origen": view.get("sisOrigen")},
            "pagsmile": {"app_id": view.get("app_id")},
            "placetopay": {"login": view.get("login")},
        }[provider]
        secret = view["secretKey" if provider == "placetopay" else SECRET[provider]]
        await refused(asks(play.client(provider, **own, **{SECRET[provider]: secret}), provider))
    assert {each.verdict for each in play.exchanges} == {"refused"}


@pytest.mark.parametrize("provider", PROVIDERS)
@played
async def test_a_name_that_only_another_provider_has_changes_nothing(provider: str) -> None:
    play = Play(scenario("any", "{ verify_with: rolled-iv }"))
    await asks(play.client(provider), provider)
    assert play.exchanges[-1].verdict == "accepted"


@pytest.mark.parametrize("provider", PROVIDERS)
def test_the_keys_all_differ_and_look_like_the_real_one(provider: str) -> None:
    play = Play()
    files = play.emulator.key_files(provider)
    rekey = PROVIDERS[provider].credentials.rekeyed
    for record in with_secrets(play, provider):
        before = dict(record)
        made = [rekey(record, name, files) for name in NAMES]
        assert record == before
        assert made[0] == record
        member = "secretKey" if provider == "placetopay" else SECRET[provider]
        secrets = [each[member] for each in made]
        assert len(set(secrets)) == len(NAMES)
        if provider != "tesabiz":
            assert {len(secret) for secret in secrets} == {len(record[member])}
        for each in made:  # each can be registered as it is
            PROVIDERS[provider].credentials.register(each, play.namespace.contexts[provider])


@pytest.mark.parametrize("provider", ["pagsmile", "placetopay"])
@given(secret=st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=256))
def test_no_derived_secret_is_short_or_the_real_one(provider: str, secret: str) -> None:
    member = "secretKey" if provider == "placetopay" else "app_key"
    rekey = PROVIDERS[provider].credentials.rekeyed
    made = {rekey({member: secret}, name, None)[member] for name in NAMES}
    assert len(made) == len(NAMES)
    assert all(16 <= len(each) <= 64 for each in made - {secret})


@pytest.mark.parametrize("in_force", ["", "next"])
@pytest.mark.parametrize("provider", ["pagsmile", "placetopay"])
@pytest.mark.parametrize("name", NAMES)
@played
async def test_a_secret_that_was_sent_is_shown_nowhere(
    provider: str, name: str, in_force: str
) -> None:
    play = Play(scenario(provider, f"{{ verify_with: {in_force} }}") if in_force else "")
    context = play.namespace.contexts[provider]
    rekey = PROVIDERS[provider].credentials.rekeyed
    record = rekey(play.namespace.credentials(provider)[0], name, context.keys)
    secret = record["secretKey" if provider == "placetopay" else "app_key"]
    for request in _with_secret(provider, record, secret):
        exchange = await play.emulator.serve(play.namespace, PROVIDERS[provider], request)
        assert exchange.verdict == "refused"
        assert exchange.diagnosis is not None
        assert secret not in str(exchange.diagnosis.as_json())


def _with_secret(provider: str, record: Any, secret: str) -> list[Request]:
    media = ("content-type", "application/json")
    if provider == "pagsmile":
        pairs = [(record["app_id"], secret), (secret, "0" * 64)]
        return [
            Request(
                method="POST",
                path="/api/balance",
                headers=[media, ("appid", app_id), ("authorization", signature)],
                body=b'{"timestamp":1772366400}',
            )
            for app_id, signature in pairs
        ]
    nonce = base64.b64encode(b"0123456789abcdef").decode()
    right = {"login": record["login"], "tranKey": "A" * 43 + "=", "nonce": nonce, "seed": "x"}
    return [
        Request(
            method="POST",
            path="/api/session",
            headers=[media],
            body=json.dumps({"auth": {**right, **changed}}).encode(),
        )
        for changed in ({"tranKey": secret}, {"login": secret})
    ]


# --- sign_with, token.alg --------------------------------------------------------------------


@pytest.mark.parametrize("known", NAMES)
@pytest.mark.parametrize("used", NAMES)
@played
async def test_tesabiz_answers_are_believed_under_their_own_key_only(used: str, known: str) -> None:
    play = Play(scenario("tesabiz", f"{{ sign_with: {used} }}"))
    stem = sealing.SIGNING_KEYS[known]
    certificate = play.emulator.key_files("tesabiz").text(f"{stem}.crt.pem")
    client = play.client("tesabiz", provider_certificate=certificate)
    if used == known:
        assert (await asks(client, "tesabiz"))["idQr"]
        return
    error = await refused(asks(client, "tesabiz"))
    assert error.diagnosis is not None
    assert error.diagnosis.code == "jws.signature"
    assert [each.verdict for each in play.exchanges] == ["accepted"]


@pytest.mark.parametrize("sign_with", ["current", "next", "rogue"])
@pytest.mark.parametrize("alg", ["none", "HS256", "ES256"])
@played
async def test_tesabiz_answers_of_another_algorithm_are_refused(alg: str, sign_with: str) -> None:
    play = Play(scenario("tesabiz", f"{{ token: {{ alg: {alg} }}, sign_with: {sign_with} }}"))
    stem = sealing.SIGNING_KEYS[sign_with]
    certificate = play.emulator.key_files("tesabiz").text(f"{stem}.crt.pem")
    client = play.client("tesabiz", provider_certificate=certificate)
    error = await refused(asks(client, "tesabiz"))
    assert error.diagnosis is not None
    assert error.diagnosis.code == "jws.alg"
    header, payload, signature = answered(play).split(".")
    assert opened(header) == {"alg": alg, "typ": "JWT"}
    assert opened(payload)["header"]["codReturn"] == "0"
    assert len(signature) == {"none": 0, "HS256": 43, "ES256": 86}[alg]
    if alg == "HS256":
        secret = sealing.public_key_pem(certificate).encode()
        mac = hmac.digest(secret, f"{header}.{payload}".encode(), "sha256")
        assert signature == base64.urlsafe_b64encode(mac).decode().rstrip("=")


@played
async def test_tesabiz_answers_with_rs256_are_as_ever() -> None:
    play = Play(scenario("tesabiz", "{ token: { alg: RS256 } }"))
    assert (await asks(play.client("tesabiz"), "tesabiz"))["idQr"]
    assert opened(answered(play).split(".")[0]) == {"alg": "RS256", "typ": "JWT"}


@played
async def test_the_whole_rotation_of_tesabiz() -> None:
    """The design's own example, from the first answer to the new certificate."""
    text = """\
scenario: tesabiz-key-rotation
version: 1
states:
  initial: old-cert
  names: [old-cert, rotated, exchanged]
  transitions:
    - { from: old-cert, to: rotated, on: { fired: { rule: count-good, times: 2 } } }
    - { from: rotated, to: exchanged, on: { signal: new-cert-installed } }
rules:
  - id: count-good
    match: { provider: tesabiz, endpoint: [jws.encript, jws.encript64] }
    when: { state: old-cert }
    do: { sign_with: current }
  - id: unannounced-next
    match: { provider: tesabiz, endpoint: "jws.*" }
    when: { state: rotated }
    steps:
      - { times: 2, do: { sign_with: next } }
      - { times: 1, do: { sign_with: rogue } }
      - times: 1
        do: { sign_with: next, corrupt: { target: response.jws.payload, how: flip_bit } }
      - times: 1
        do: { token: { alg: none }, corrupt: { target: response.jws.signature, how: drop } }
    repeat: loop
  - id: after-exchange
    match: { provider: tesabiz, endpoint: "jws.*" }
    when: { state: exchanged }
    do: { sign_with: next }
"""
    play = Play(text)
    files = play.emulator.key_files("tesabiz")
    old = play.client("tesabiz")
    new = play.client("tesabiz", provider_certificate=files.text("next.crt.pem"))

    async def says(client: Any, number: int) -> str:
        asked = {"glosa": "Tramite", "cuenta_abono": "CUENTA1_BOB"}
        try:
            await client.generate_qr(f"T-{number}", 1700, **asked)
        except ClientError as error:
            return error.diagnosis.code if error.diagnosis else str(error)
        return "ok"

    assert [await says(old, number) for number in range(7)] == [
        *["ok"] * 2,
        *["jws.signature"] * 4,
        "jws.alg",
    ]
    assert [await says(new, number) for number in range(7, 12)] == [
        *["ok"] * 2,
        *["jws.signature"] * 2,
        "jws.alg",
    ]
    assert play.namespace.scenario is not None
    play.namespace.scenario.signal("new-cert-installed")
    assert [await says(new, 12), await says(old, 13)] == ["ok", "jws.signature"]
    assert {each.verdict for each in play.exchanges} == {"accepted"}


def answered(play: Play) -> str:
    return json.loads(play.recorder.responses[-1].content)["payload"]


def opened(segment: str) -> Any:
    return json.loads(base64.urlsafe_b64decode(segment + "=" * (-len(segment) % 4)))


# --- webhooks ---------------------------------------------------------------------------------

PAGO = {"fechaPago": "2026-03-01", "importe": 1700}
PAID = Webhook("qrPagado", "http://127.0.0.1:1/", {"qrPagado": {"pago": PAGO}}, "B89", "jws")


def payout_webhook(play: Play, **content: Any) -> Webhook:
    app_id = play.namespace.credentials("pagsmile")[0]["app_id"]
    content = {"payoutId": "TS1", "status": "PAID", "timestamp": 1_772_366_400, **content}
    return Webhook("payout.paid", "http://127.0.0.1:1/", content, app_id)


def sealed(play: Play, provider: str, webhook: Webhook, **changes: Any) -> Delivery:
    seal = PROVIDERS[provider].webhooks.seal
    assert seal is not None
    return seal(webhook, replace(play.namespace.contexts[provider], changes=Changes(**changes)))


@pytest.mark.parametrize("known", NAMES)
@pytest.mark.parametrize("used", ["", *NAMES])
def test_tesabiz_webhooks_are_believed_under_their_own_key_only(used: str, known: str) -> None:
    play = Play()
    body = sealed(play, "tesabiz", PAID, sign_with=used).body
    certificate = play.emulator.key_files("tesabiz").text(f"{sealing.SIGNING_KEYS[known]}.crt.pem")
    if (used or "current") == known:
        assert verify_webhook(body, provider_certificate=certificate) == PAID.content["qrPagado"]
        return
    with pytest.raises(WebhookError) as caught:
        verify_webhook(body, provider_certificate=certificate)
    assert caught.value.diagnosis.code == "jws.signature"


@pytest.mark.parametrize("verify_with", ["", "next", "rogue"])
@pytest.mark.parametrize("used", ["", *NAMES])
def test_pagsmile_webhooks_are_signed_with_the_key_that_is_named(
    used: str, verify_with: str
) -> None:
    """And by no means with the one that is named for requests."""
    play = Play()
    record = play.namespace.credentials("pagsmile")[0]
    delivery = sealed(
        play, "pagsmile", payout_webhook(play), sign_with=used, verify_with=verify_with
    )
    signature = dict(delivery.headers)["authorization"]
    params = sorted_digest.parse(delivery.body)
    right = [
        name
        for name in NAMES
        if signature
        == sorted_digest.signature(
            params, PAGSMILE.credentials.rekeyed(record, name, None)["app_key"]
        )
    ]
    assert right == [used or "current"]


@pytest.mark.parametrize(
    ("seconds", "day"),
    [
        (0.0, "2026-03-01"),
        (-600.0, "2026-03-01"),
        (-86_400.0, "2026-02-28"),
        (86_400.0, "2026-03-02"),
        (43_200.0, "2026-03-02"),
        (-43_200.0, "2026-03-01"),
        (-43_201.0, "2026-02-28"),
        (2e11, "8363-11-30"),
        (-2e11, "2026-03-01"),  # there is no such date, so it stays
    ],
)
def test_tesabiz_webhook_moves_by_days(seconds: float, day: str) -> None:
    play = Play()
    body = sealed(play, "tesabiz", replace(PAID, mode="plain"), webhook_seconds=seconds).body
    assert json.loads(body) == {"qrPagado": {"pago": {"fechaPago": day, "importe": 1700}}}
    assert PAID.content["qrPagado"]["pago"]["fechaPago"] == "2026-03-01"


def test_pagsmile_webhook_moves_by_seconds_and_is_signed_so() -> None:
    play = Play()
    delivery = sealed(play, "pagsmile", payout_webhook(play), webhook_seconds=-600.0)
    assert json.loads(delivery.body)["timestamp"] == 1_772_366_400 - 600
    key = play.namespace.credentials("pagsmile")[0]["app_key"]
    sorted_digest.verify(delivery.body, dict(delivery.headers)["authorization"], key)


@pytest.mark.parametrize(
    "content",
    [{}, {"qrPagado": 1}, {"qrPagado": {}}, {"qrPagado": {"pago": None}}]
    + [{"qrPagado": {"pago": {"fechaPago": odd}}} for odd in (None, 1, "", "today", "9999-12-31")],
    ids=str,
)
def test_a_webhook_that_a_trigger_filled_with_anything_can_be_moved(content: Any) -> None:
    play = Play()
    webhook = replace(PAID, content=content, mode="plain")
    assert json.loads(sealed(play, "tesabiz", webhook, webhook_seconds=864e3).body) == content


@pytest.mark.parametrize("timestamp", [None, True, "1", 1.5, "soon"], ids=str)
def test_a_pagsmile_timestamp_that_is_none_stays(timestamp: Any) -> None:
    play = Play()
    webhook = payout_webhook(play, timestamp=timestamp)
    body = sealed(play, "pagsmile", webhook, webhook_seconds=600.0).body
    assert json.loads(body)["timestamp"] == timestamp


@pytest.mark.parametrize(("affects", "moved"), [("webhook", True), ("verify", False)])
@played
async def test_the_clock_of_webhooks_is_their_own(affects: str, moved: bool) -> None:
    play = Play()
    play.namespace.clock.change(ClockChange(offset="48h", affects=(affects,)))
    webhook = TESABIZ.webhooks.trigger("qrPagado", {}, play.namespace.contexts["tesabiz"])
    noted, told = ("2026-03-01", "2026-03-03") if moved else ("2026-03-03", "2026-03-01")
    assert webhook.content["qrPagado"]["pago"]["fechaPago"] == told
    (record,) = (r for _, r in play.namespace.contexts["tesabiz"].store.table("codes").items())
    assert [each["fechaPago"] for each in record["pagos"]] == [noted]

    await play.client("pagsmile").create_payout(**payout())
    paid = PAGSMILE.webhooks.trigger("payout.paid", {}, play.namespace.contexts["pagsmile"])
    assert paid.content["timestamp"] == START + (172_800 if moved else 0)


def payout() -> dict[str, Any]:
    from emulator.providers.pagsmile.signing import payout as members

    return members("code_1")


@pytest.mark.parametrize("provider", ["tesabiz", "pagsmile"])
@pytest.mark.parametrize(
    "what",
    [
        {"sign_with": "rogue"},
        {"corrupt": "flip_bit"},
        {"corrupt": "wrong_key"},
        {"corrupt": "drop"},
    ],
    ids=str,
)
@played
async def test_a_merchant_refuses_a_webhook_that_is_forged_on_its_way(
    provider: str, what: dict[str, str]
) -> None:
    play = Play()
    target = "webhook.jws.signature" if provider == "tesabiz" else "webhook.signature"
    corrupt = {"target": target, "how": what.get("corrupt"), "bytes": None, "draw": 0.4}
    plan = Plan(
        rule="test/1#1",
        sign_with=what.get("sign_with", ""),
        corrupt=corrupt if "corrupt" in what else None,
    )
    came: list[Delivery] = []

    async def send(url: str, delivery: Delivery) -> tuple[int, bytes]:
        came.append(delivery)
        return 200, b"success"

    play.namespace.outbox._send = send
    webhook = PAID if provider == "tesabiz" else payout_webhook(play)
    await play.namespace.outbox.send_now(provider, webhook, plan)
    await play.emulator.close()
    assert len(came) == 1
    if provider == "tesabiz":
        with pytest.raises(WebhookError) as caught:
            verify_webhook(
                came[0].body, provider_certificate=play.keys("tesabiz")["provider_certificate"]
            )
        assert caught.value.diagnosis.code == "jws.signature"
        return
    key = play.namespace.credentials("pagsmile")[0]["app_key"]
    with pytest.raises(SchemeError):
        sorted_digest.verify(came[0].body, dict(came[0].headers).get("authorization"), key)


# --- parts -----------------------------------------------------------------------------------

DAMAGE = [
    (name, target, how)
    for name, provider in PROVIDERS.items()
    for target in sorted(provider.parts)
    for how in sorted(hows(provider, target))
]


@pytest.mark.slow
@pytest.mark.parametrize(("provider", "target", "how"), [d for d in DAMAGE if "request." in d[1]])
@pytest.mark.parametrize("verify_with", ["", "rogue"])
@played
async def test_no_damaged_request_is_accepted(
    provider: str, target: str, how: str, verify_with: str
) -> None:
    """Under any key: damaged with a stranger's key is wrong even where the stranger is right."""
    changes = f"verify_with: {verify_with}, " if verify_with else ""
    do = f"{{ {changes}corrupt: {{ target: {target}, how: {how} }} }}"
    play = Play(scenario(provider, do, endpoint=ENDPOINT[provider]))
    client = holder(play, provider, verify_with or "current")
    await refused(asks(client, provider))
    (exchange,) = play.exchanges
    assert exchange.verdict == "refused"
    assert not exchange.bug
    assert exchange.arrived is not None
    assert exchange.diagnosis is not None
    # What must be noticed is the damage, and the provider's answer to it its true one.
    assert (
        exchange.diagnosis.code.split(".")[0]
        in (("jws", "tesabiz") if provider == "tesabiz" else ("sorted-digest", "username-token"))
        or exchange.diagnosis.code == "placetopay.auth-incomplete"
    )
    assert "scenario.nothing-to-corrupt" not in [each.code for each in exchange.warnings]


@pytest.mark.parametrize(("provider", "target", "how"), [d for d in DAMAGE if "response." in d[1]])
@pytest.mark.parametrize("sign_with", ["", "rogue"])
@played
async def test_no_damaged_answer_is_believed(
    provider: str, target: str, how: str, sign_with: str
) -> None:
    changes = f"sign_with: {sign_with}, " if sign_with else ""
    play = Play(scenario(provider, f"{{ {changes}corrupt: {{ target: {target}, how: {how} }} }}"))
    stem = sealing.SIGNING_KEYS[sign_with or "current"]
    certificate = play.emulator.key_files("tesabiz").text(f"{stem}.crt.pem")
    client = play.client("tesabiz", provider_certificate=certificate)
    error = await refused(asks(client, provider))
    assert error.diagnosis is not None
    assert error.diagnosis.code.startswith("jws.")
    (exchange,) = play.exchanges
    assert [each.code for each in exchange.warnings] == []


def message(target: str, body: bytes, authorization: str | None) -> Any:
    headers = [] if authorization is None else [("authorization", authorization)]
    match target.partition(".")[0]:
        case "request":
            return Request(method="POST", path="/", headers=headers, body=body)
        case "response":
            return Reply(body=body, headers=headers)
        case _:
            return Delivery(body, tuple(headers))


LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12)
SHAPES = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["payload", "auth", "tranKey", "nonce", "seed", "code", "x"]),
            inner | st.sampled_from(["a.b.c", "..", "é.b.c", "AA==", "\ud800.b.c", "a.b.c.d"]),
        )
    ),
    max_leaves=8,
)
BODIES = st.binary(max_size=60) | SHAPES.map(lambda value: json.dumps(value).encode())
PARTS = [(name, target) for name, each in PROVIDERS.items() for target in sorted(each.parts)]


@pytest.mark.slow
@pytest.mark.parametrize(("provider", "target"), PARTS)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(body=BODIES, authorization=st.none() | st.text(max_size=70), raw=st.binary(max_size=40))
def test_a_part_takes_any_message(
    provider: str, target: str, body: bytes, authorization: str | None, raw: bytes
) -> None:
    """It never raises; what is not there stays away; what is written is read again."""
    part = PROVIDERS[provider].parts[target]
    given_message = message(target, body, authorization)
    before = repr(given_message)
    found = part.read(given_message)
    written = part.write(given_message, raw)
    removed = part.write(given_message, None)
    context = CONTEXTS[provider]
    for remake in part.remake.values():
        for credential in ("", CREDENTIAL[provider]):
            assert type(remake(given_message, credential, context)) is type(given_message)
    assert repr(given_message) == before
    if found is None:
        assert written == removed == given_message
        return
    assert part.read(removed) is None
    text = raw.replace(b".", b"")
    if text and text.isascii():
        assert part.read(part.write(given_message, text)) == text
    assert part.read(part.write(given_message, found)) == found


_PLAY = Play()
CONTEXTS = {name: _PLAY.namespace.contexts[name] for name in PROVIDERS}
CREDENTIAL = {
    "tesabiz": "B89",
    "pagsmile": _PLAY.namespace.credentials("pagsmile")[0]["app_id"],
    "placetopay": "emulator-co",
}


@pytest.mark.parametrize(("provider", "target"), PARTS)
@pytest.mark.parametrize("depth", [900, 990, 100_000])
def test_a_part_takes_deep_messages(provider: str, target: str, depth: int) -> None:
    part = PROVIDERS[provider].parts[target]
    deep = "[" * depth + "]" * depth
    tran_key = base64.b64encode(bytes(32)).decode()
    body = f'{{"payload":"a.b.c","auth":{{"tranKey":"{tran_key}"}},"x":{deep}}}'.encode()
    odd = message(target, body, "00" * 32)
    part.read(odd)
    part.write(odd, b"x")
    part.write(odd, None)


def test_two_signatures_do_not_become_one() -> None:
    """A request refused for its doubled header is not let in by taking one of the two out."""
    part = PAGSMILE.parts["request.signature"]
    headers = [("authorization", "a"), ("appid", "x"), ("authorization", "b")]
    request = Request(method="POST", path="/", headers=headers)
    assert part.write(request, None).headers == [("appid", "x")]
    assert len(part.write(request, b"c").headers) == 3


@pytest.mark.parametrize(("provider", "target"), PARTS)
def test_what_each_part_is_written_in(provider: str, target: str) -> None:
    part = PROVIDERS[provider].parts[target]
    written = {
        "tesabiz": "base64url",
        "pagsmile": "hex",
        "placetopay": "base64" if target.startswith("request.") else "hex",
    }
    assert part.encoding == written[provider]
    assert part.holds_json is target.endswith((".header", ".payload"))
    assert ("wrong_key" in part.remake) is target.endswith("signature")


def test_a_sha1_digest_stays_one_under_a_strangers_key() -> None:
    play = Play()
    context = play.namespace.contexts["placetopay"]
    request = PLACETOPAY.sign("session.create", None, context, "").request
    body = json.loads(request.body)
    body["auth"]["tranKey"] = base64.b64encode(bytes(20)).decode()
    request.body = json.dumps(body).encode()
    what = {"target": "request.signature", "how": "wrong_key", "bytes": None, "draw": 0.0}
    made = damaged(PLACETOPAY, request, what, "emulator-co", context)
    assert len(json.loads(made.body)["auth"]["tranKey"]) == 28
    assert made != request


def test_key_files_made_before_there_were_others_still_serve(tmp_path: Any) -> None:
    """A refusal looks for whose key it was; files that are not there are nobody's."""
    import shutil

    from emulator.core.configuration import shipped
    from emulator.emulator import Emulator

    keys = tmp_path / "keys"
    shutil.copytree(shipped("keys"), keys)
    for path in (keys / "tesabiz").glob("merchant-[nr]*"):
        path.unlink()
    play = Play(emulator=Emulator(keys=keys, wall=lambda: START))
    other = Play().emulator.key_files("tesabiz").text("merchant-next.key.pem")
    asyncio.run(_is_refused(play, other))


async def _is_refused(play: Play, private_key: str) -> None:
    await refused(asks(play.client("tesabiz", private_key=private_key), "tesabiz"))
    exchange = play.exchanges[-1]
    assert exchange.diagnosis is not None
    assert exchange.diagnosis.code == "jws.signature"
    assert not exchange.bug


def test_what_the_providers_declare() -> None:
    assert TESABIZ.signing_keys == TESABIZ.credentials.key_names == NAMES
    assert PAGSMILE.signing_keys == PAGSMILE.credentials.key_names == NAMES
    assert PLACETOPAY.credentials.key_names == NAMES
    assert TESABIZ.tokens.options == {"alg"}


def test_make_keys_writes_all_the_files_that_are_shipped(tmp_path: Any) -> None:
    from emulator.core.configuration import shipped

    TESABIZ.credentials.make_keys(tmp_path)
    names = {path.name for path in (shipped("keys") / "tesabiz").iterdir()}
    assert {path.name for path in tmp_path.iterdir()} == names
