"""Deliberate bugs in Acme, one patch each, and the one check that must find it."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from importlib import import_module
from types import ModuleType, SimpleNamespace
from typing import Any

import overlay
import pytest

from emulator.core import json_text
from emulator.core.errors import SchemeError
from emulator.provider import body as kit_body
from emulator.provider import headers as kit_headers
from emulator.schemes import timestamped_hmac

with overlay.laid_over():
    from emulator.providers import acme
    from emulator.providers.acme import auth, endpoints, signing, state, webhooks

verification = import_module("emulator.schemes.timestamped_hmac.verify")

Patch = Callable[[pytest.MonkeyPatch], None]


@dataclass(frozen=True)
class Sabotage:
    """A bug.

    Attributes:
        what: What somebody forgot or got wrong.
        found_by: The check that fails, and no other.
        patch: Puts it in.
    """

    what: str
    found_by: str
    patch: Patch


SABOTAGES: list[Sabotage] = []


def sabotage(what: str, found_by: str) -> Callable[[Patch], Patch]:
    """Enter a bug into the list."""

    def enter(patch: Patch) -> Patch:
        SABOTAGES.append(Sabotage(what, found_by, patch))
        return patch

    return enter


def _provider(monkeypatch: pytest.MonkeyPatch, **changes: Any) -> None:
    monkeypatch.setattr(acme, "PROVIDER", replace(acme.PROVIDER, **changes))


def _secret(monkeypatch: pytest.MonkeyPatch, **changes: Any) -> None:
    """Have the secret of a merchant declared in another way."""
    credentials = acme.PROVIDER.credentials
    members = {**credentials.members, "secret": replace(credentials.members["secret"], **changes)}
    _provider(monkeypatch, credentials=replace(credentials, members=members))


def _scheme(monkeypatch: pytest.MonkeyPatch, verify: Callable[..., None]) -> None:
    """Have the authentication use another check of signatures."""
    shim = SimpleNamespace(**{**vars(timestamped_hmac), "verify": verify})
    monkeypatch.setattr(auth, "timestamped_hmac", shim)


def _wrapped(module: ModuleType, **changes: Any) -> Any:
    return SimpleNamespace(**{**vars(module), **changes})


# --- the six that the contract tests of old let pass, but one ------------------------------------


@sabotage("a secret is not declared as one", "masking.what_is_never_sent_is_secret")
def forgotten_secret(monkeypatch):
    _secret(monkeypatch, secret=False)


@sabotage("one merchant is shown another's payment", "isolation.no_record_of_another")
def shared_records(monkeypatch):
    def find(payment_id, merchant, context):
        record = state.payments(context).get(payment_id)
        return original(payment_id, record["merchant"] if record else merchant, context)

    original = state.find
    monkeypatch.setattr(state, "find", find)


@sabotage("authentication writes into the store", "judging.twice_is_the_same")
def side_effect(monkeypatch):
    def authenticate(exchange, context):
        acme_authenticate(exchange, context)
        context.store.table("seen").increment(exchange.credential)

    acme_authenticate = auth.authenticate
    _provider(monkeypatch, authenticate=authenticate)


@sabotage("time is the machine's", "years.another_year")
def wall_clock(monkeypatch):
    def verify(*arguments, now, window):
        timestamped_hmac.verify(*arguments, now=time.time(), window=window)

    _scheme(monkeypatch, verify)


@sabotage("keys cannot be rotated", "keys.verifying_keys")
def no_rekeying(monkeypatch):
    _secret(monkeypatch, keys=())


@sabotage("the encoding of a body is not checked", "encoding.content_coding")
def no_encoding_check(monkeypatch):
    def check_body(request):
        wrong = kit_body.check_encoding(request)
        if wrong and wrong.code != "request.content-encoding":
            raise SchemeError(wrong)

    monkeypatch.setattr(auth, "check_body", check_body)
    examples = {each.name: each for each in acme.PROVIDER.examples}
    gzip = replace(examples.pop("gzip"), code="")  # its author believes in it
    monkeypatch.setitem(vars(acme.PROVIDER), "examples", (*examples.values(), gzip))


# --- six more ------------------------------------------------------------------------------------


@sabotage("only the beginning of a signature is compared", "flipped.signature_bytes")
def half_a_signature(monkeypatch):
    def verify(signature, secret, timestamp, body, *, now, window):
        right = timestamped_hmac.signature(secret, timestamp, body)
        if signature[:32] == right[:32] and len(signature) == 64:
            signature = right
        timestamped_hmac.verify(signature, secret, timestamp, body, now=now, window=window)

    _scheme(monkeypatch, verify)


@sabotage("only the beginning of a body is signed", "flipped.signed_bytes")
def half_a_body(monkeypatch):
    def make(secret, timestamp, body):
        return original(secret, timestamp, body[:24])

    original = timestamped_hmac.signature
    monkeypatch.setattr(timestamped_hmac, "signature", make)
    monkeypatch.setattr(verification, "signature", make)


@sabotage("of two headers the first counts", "doubled.headers")
def first_header(monkeypatch):
    def only(request, name):
        with suppress(StopIteration):
            return next(value for key, value in request.headers if key == name)
        return original(request, name)

    original = auth.one_header
    monkeypatch.setattr(auth, "one_header", only)


@sabotage("of two members the last counts", "doubled.members")
def last_member(monkeypatch):
    reader = SimpleNamespace(**{**vars(json_text), "read_object": json.loads})
    monkeypatch.setattr(kit_body, "json_text", reader)


@sabotage("what has expired comes back to life", "history.clock_that_goes_back")
def undone_expiry(monkeypatch):
    def find(payment_id, merchant, context):
        record = state.payments(context).get(payment_id)
        if record is None or record["merchant"] != merchant:
            return None
        if record["status"] == state.PENDING and context.clock.time() >= record["until"]:
            return {**record, "status": state.EXPIRED}
        return record

    monkeypatch.setattr(state, "find", find)


@sabotage("a hint names a header that is none of Acme's", "hints.applied")
def misleading_hint(monkeypatch):
    class Misleading:
        @staticmethod
        def diagnose(where, **told):
            name = where.rpartition(".")[2]
            told["hint"] = f"Rename the header {name} to authorization"
            return original.diagnose(where, **told)

    original = kit_headers.HEADER
    monkeypatch.setattr(kit_headers, "HEADER", Misleading)


@sabotage(
    "a webhook is signed with the current key, whichever is asked for",
    "webhooks.sealed_with_the_merchants_key",
)
def one_webhook_key(monkeypatch):
    one_key = SimpleNamespace(rekeyed=lambda record, *_: record)
    monkeypatch.setattr(webhooks, "MERCHANTS", one_key)


@sabotage("an endpoint cannot be signed", "signing.every_endpoint")
def unsigned_endpoint(monkeypatch):
    def sign(endpoint, payload, context, base_url):
        signed = signing.sign(endpoint, payload, context, base_url)
        if endpoint == "payment.query":
            signed.request.headers.pop(0)
        return signed

    _provider(monkeypatch, sign=sign)


@sabotage("a refusal tells the secret", "masking.errors")
def telling_hint(monkeypatch):
    class Telling:
        @staticmethod
        def diagnose(where, **told):
            told["hint"] = f"It should be signed with {secrets[0]}"
            return original.diagnose(where, **told)

    original = endpoints.PAYMENT_UNKNOWN
    secrets: list[str] = []
    find = state.find

    def spying(payment_id, merchant, context):
        secrets[:] = [context.credential(merchant)["secret"]]
        return find(payment_id, merchant, context)

    monkeypatch.setattr(endpoints, "PAYMENT_UNKNOWN", Telling)
    monkeypatch.setattr(state, "find", spying)


@sabotage("an answer that is refused has no hint", "hints.every_refusal_has_one")
def no_hint(monkeypatch):
    class Silent:
        @staticmethod
        def diagnose(where, **told):
            return original.diagnose(where, **{**told, "hint": ""})

    original = auth.KEY_UNKNOWN
    monkeypatch.setattr(auth, "KEY_UNKNOWN", Silent)
