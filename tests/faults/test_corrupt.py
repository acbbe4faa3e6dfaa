"""Damage: what each way does to a part, and that no provider accepts what was signed otherwise."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from functools import cache
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from emulator import providers
from emulator.core.exchange import Exchange, Reply, Request
from emulator.emulator import Emulator
from emulator.faults.corrupt import Corrupt, damaged, damaged_delivery, hows, targets
from emulator.faults.fault import Handling
from emulator.provider import Context, Delivery, Part, Provider
from emulator.runtime.judging import judge
from emulator.scenario.loader import load
from emulator.schemes.encoding import from_base64, from_base64url, to_base64, to_base64url

PROVIDERS = providers.discover()
DRAWS = st.floats(0, 1, exclude_max=True)
NO_CONTEXT: Any = None


def _header(name: str, encoding: Any, **more: Any) -> Part:
    def read(message: Any) -> bytes | None:
        found = [value for key, value in message.headers if key == name]
        return found[0].encode("latin-1") if found else None

    def write(message: Any, raw: bytes | None) -> Any:
        kept = [(key, value) for key, value in message.headers if key != name]
        if raw is not None:
            kept.append((name, raw.decode("latin-1")))
        return replace(message, headers=type(message.headers)(kept))

    return Part(read, write, encoding, **more)


def _wrong_key(message: Any, credential: str, context: Any) -> Any:
    return replace(message, body=f"by {credential}'s enemy".encode())


BANK: Any = SimpleNamespace(
    name="bank",
    events=("paid",),
    parts={
        "request.signature": _header("signature", "base64", remake={"wrong_key": _wrong_key}),
        "request.url": _header("signature", "base64url"),
        "request.hex": _header("signature", "hex"),
        "request.plain": _header("signature", "plain"),
        "request.claims": _header("signature", "base64url", holds_json=True),
        "request.iv": _header("x", "plain", remake={"wrong_iv": _wrong_key}, hidden=True),
        "response.plain": _header("signature", "plain"),
    },
)


def signed(value: str) -> Request:
    return Request(method="POST", path="/", headers=[("signature", value)], body=b'{"a":1}')


def spoil(
    target: str, how: str, message: Any, *, size: int | None = None, draw: float = 0.0
) -> Any:
    what = {"target": target, "how": how, "bytes": size, "draw": draw}
    return damaged(BANK, message, what, "c", NO_CONTEXT)


def value_of(message: Any) -> str | None:
    return message and message.header("signature")


class TestForm:
    @pytest.mark.parametrize(
        "value",
        [
            {"target": "request.body"},
            {"target": "body", "how": "drop"},
            {"target": "request.", "how": "drop"},
            {"target": "request.body", "how": "burn"},
            {"target": "request.body", "how": "zero", "bytes": 0},
            {"target": "request.body", "how": "flip_bit", "bytes": 2},
        ],
        ids=["no-how", "no-side", "no-part", "no-such-how", "nothing", "bytes-of-a-bit"],
    )
    def test_refused(self, value: Any):
        with pytest.raises(ValidationError):
            Corrupt.model_validate(value)

    def test_shown(self):
        fault = Corrupt.model_validate({"target": "request.body", "how": "flip_bit"})
        assert fault.shown(lambda label: 0.25) == (
            "corrupt: {target: request.body, how: flip_bit} at 25%"
        )
        cut = {"target": "request.body", "how": "truncate", "bytes": 5}
        assert Corrupt.model_validate(cut).shown(lambda label: 0.25) == (
            "corrupt: {target: request.body, how: truncate, bytes: 5}"
        )
        assert fault.as_json(0.25) == {
            "target": "request.body",
            "how": "flip_bit",
            "bytes": None,
            "draw": 0.25,
        }


class TestHows:
    def test_bodies_need_no_mention(self):
        assert {"request.body", "response.body", "webhook.body"} <= set(targets(BANK))
        silent: Any = SimpleNamespace(name="silent", events=(), parts={})
        assert targets(silent) == ["request.body", "response.body"]

    @pytest.mark.parametrize(
        ("target", "also"),
        [
            ("request.body", {"duplicate_keys"}),
            ("request.signature", {"not_base64", "wrong_key"}),
            ("request.url", {"not_base64"}),
            ("request.hex", set()),
            ("request.claims", {"not_base64", "duplicate_keys"}),
        ],
    )
    def test_each_part_has_its_own(self, target: str, also: set[str]):
        always = {"flip_bit", "truncate", "zero", "drop", "uppercase"}
        assert hows(BANK, target) == always | also

    def test_hidden_and_unknown_parts(self):
        assert hows(BANK, "request.iv") == {"wrong_iv"}
        assert hows(BANK, "request.none") == frozenset()
        message = signed("x")
        assert spoil("request.iv", "drop", message) is None
        assert spoil("request.none", "drop", message) is None

    @pytest.mark.parametrize("provider", PROVIDERS.values(), ids=PROVIDERS)
    def test_names_can_be_written(self, provider: Provider[Any]):
        for target in targets(provider):
            for how in hows(provider, target):
                Corrupt.model_validate({"target": target, "how": how})


CODECS = {
    "request.signature": (to_base64, from_base64),
    "request.url": (to_base64url, from_base64url),
    "request.hex": (bytes.hex, bytes.fromhex),
}


class TestDamage:
    @pytest.mark.parametrize("target", CODECS)
    @given(raw=st.binary(min_size=1, max_size=40), draw=DRAWS)
    def test_one_bit_of_the_bytes(self, target: str, raw: bytes, draw: float):
        """The text stays what it was written as: only what it means has changed."""
        encode, decode = CODECS[target]
        made = decode(value_of(spoil(target, "flip_bit", signed(encode(raw)), draw=draw)))
        bits = int.from_bytes(made, "big") ^ int.from_bytes(raw, "big")
        assert len(made) == len(raw)
        assert bits.bit_count() == 1

    @given(text=st.text(st.characters(codec="ascii"), min_size=1), draw=DRAWS)
    def test_a_visible_character_stays_one(self, text: str, draw: float):
        """No header is broken in two by it."""
        made = value_of(spoil("request.plain", "flip_bit", signed(text), draw=draw))
        changed = [(a, b) for a, b in zip(text, made, strict=True) if a != b]
        assert len(changed) == 1
        if " " <= changed[0][0] <= "~":
            assert "!" <= changed[0][1] <= "~"

    @pytest.mark.parametrize(
        ("how", "size", "left"),
        [
            ("truncate", None, b"abc"),
            ("truncate", 3, b"a"),
            ("truncate", 9, b""),
            ("zero", None, b"\0\0\0\0"),
            ("zero", 1, b"abc\0"),
            ("zero", 9, b"\0\0\0\0"),
        ],
    )
    def test_cut_and_zeroed(self, how: str, size: int | None, left: bytes):
        for target, (encode, _) in CODECS.items():
            made = spoil(target, how, signed(encode(b"abcd")), size=size)
            assert value_of(made) == encode(left)

    def test_hex_keeps_its_case(self):
        assert value_of(spoil("request.hex", "truncate", signed("ABCD"))) == "AB"
        assert value_of(spoil("request.hex", "uppercase", signed("abcd"))) == "ABCD"

    @given(raw=st.binary(min_size=1), draw=DRAWS)
    def test_a_foreign_character(self, raw: bytes, draw: float):
        text = to_base64(raw)
        made = value_of(spoil("request.signature", "not_base64", signed(text), draw=draw))
        assert len(made) == len(text)
        with pytest.raises(ValueError, match=r".*"):
            from_base64(made)

    @pytest.mark.parametrize(
        ("body", "made"),
        [
            (b'{"a":1,"b":"x"}', b'{"a":1,"b":"x","a": 2}'),
            (b'{"a":"1"} \n', b'{"a":"1","a": "10"} \n'),
            (b'{"a":true}', b'{"a":true,"a": false}'),
            (b'{"a":{}}', b'{"a":{},"a": null}'),
            (b'{"a":null}', b'{"a":null,"a": 0}'),
            (b"{}", None),
            (b"[1]", None),
            (b"a=1", None),
            (b"\xff", None),
            (b"", None),
        ],
    )
    def test_a_member_twice(self, body: bytes, made: bytes | None):
        """Another value, where most readers take it."""
        found = spoil("request.body", "duplicate_keys", replace(signed("x"), body=body))
        assert (found and found.body.replace(b'": ', b'":')) == (
            made and made.replace(b'": ', b'":')
        )

    def test_taken_out_and_made_anew(self):
        assert value_of(spoil("request.signature", "drop", signed("YQ=="))) is None
        assert spoil("request.body", "drop", signed("")).body == b""
        assert spoil("request.signature", "wrong_key", signed("YQ==")).body == b"by c's enemy"

    @pytest.mark.parametrize(
        ("target", "how", "value"),
        [
            ("request.hex", "uppercase", "ABCD"),
            ("request.signature", "zero", to_base64(b"\0\0")),
            ("request.signature", "flip_bit", "no Base64!"),
            ("request.signature", "flip_bit", "é"),
            ("request.signature", "flip_bit", ""),
            ("request.signature", "truncate", ""),
            ("request.hex", "flip_bit", "xyz"),
        ],
    )
    def test_nothing_to_change(self, target: str, how: str, value: str):
        assert spoil(target, how, signed(value)) is None

    def test_no_such_part_in_the_message(self):
        assert spoil("request.hex", "drop", Request(method="GET", path="/")) is None

    def test_a_header_that_cannot_be_sent_stays(self):
        """Zeros in a reply's header would be no damaged header but a broken answer."""
        reply = Reply(200, b"", headers=[("signature", "abc")])
        assert spoil("response.plain", "zero", reply) is None
        assert spoil("response.plain", "truncate", reply).headers == [("signature", "ab")]

    def test_a_webhook(self):
        what = {"target": "webhook.body", "how": "truncate", "bytes": 2, "draw": 0.0}
        delivery = Delivery(b"abcd", ())
        assert damaged_delivery(BANK, delivery, what, "c", NO_CONTEXT) == (
            Delivery(b"ab", ()),
            None,
        )
        left, said = damaged_delivery(BANK, Delivery(b"", ()), what, "c", NO_CONTEXT)
        assert left == Delivery(b"", ())
        assert said is not None
        assert said.code == "scenario.nothing-to-corrupt"


# --- in the pipeline -------------------------------------------------------------------------


def serve(emulator: Emulator, rule: str, example: str, provider: str = "pagsmile") -> Exchange:
    """Send an example with a scenario of one rule."""
    namespace, found = emulator.namespace("default"), emulator.providers[provider]
    text = f"scenario: s\nversion: 1\nseed: 1\nrules:\n  - {{ id: r, {rule} }}\n"
    namespace.load(load(text, "test.yaml", emulator.providers))
    request = next(each for each in found.examples if each.name == example).build(
        namespace.contexts[provider]
    )

    async def story() -> Exchange:
        exchange = await emulator.serve(namespace, found, request)
        await emulator.close()
        return exchange

    exchange = asyncio.run(story())
    assert not exchange.bug
    return exchange


def first_good(provider: str) -> str:
    examples = PROVIDERS[provider].examples
    return next(each.name for each in examples if not each.code and not each.after)


class TestPipeline:
    def do(self, target: str, how: str, provider: str = "pagsmile") -> str:
        match = f"match: {{ provider: {provider} }}"
        return f"{match}, do: {{ corrupt: {{ target: {target}, how: {how} }} }}"

    def test_a_damaged_request_gets_the_true_answer(self, emulator: Emulator):
        exchange = serve(emulator, self.do("request.body", "flip_bit"), first_good("pagsmile"))
        assert exchange.verdict == "refused"
        assert exchange.arrived is not None
        assert exchange.arrived.body != exchange.request.body
        assert [each.code for each in exchange.warnings] == ["scenario.changed"]

    def test_a_damaged_answer(self, emulator: Emulator):
        good = first_good("pagsmile")
        plain = serve(Emulator(), "match: {provider: pagsmile}, do: {pass: true}", good).reply
        exchange = serve(emulator, self.do("response.body", "truncate"), good)
        assert exchange.verdict == "accepted"
        assert plain is not None
        assert exchange.reply is not None
        assert len(exchange.reply.body) == len(plain.body) - 1
        assert exchange.arrived is None

    def test_nothing_to_corrupt_is_told(self, emulator: Emulator):
        """The answer is the true one, and the exchange says what was not done."""
        rule = self.do("response.jwt.signature", "drop", "gestopago")
        good = next(
            each.name
            for each in PROVIDERS["gestopago"].examples
            if not each.code and not each.after and each.endpoint != "token"
        )
        exchange = serve(emulator, rule, good, "gestopago")
        assert exchange.verdict == "accepted"
        (said,) = exchange.warnings
        assert said.code == "scenario.nothing-to-corrupt"
        assert (said.where, said.expected, said.hint) == (
            "response.jwt.signature",
            "drop",
            "s/r#1",
        )


# --- the five providers ----------------------------------------------------------------------

GOOD = {
    name: [each for each in provider.examples if not each.code]
    for name, provider in PROVIDERS.items()
}


@cache
def prepared(name: str, example: str) -> tuple[Emulator, Request]:
    """Return an emulator that has seen what the example needs before it, and its request."""
    emulator = Emulator()
    provider, namespace = emulator.providers[name], emulator.namespace("default")
    by_name = {each.name: each for each in provider.examples}

    async def story() -> Request:
        for each in by_name[example].after:
            request = by_name[each].build(namespace.contexts[name])
            await emulator.serve(namespace, provider, request)
        await emulator.close()
        return by_name[example].build(namespace.contexts[name])

    return emulator, asyncio.run(story())


def verdict(emulator: Emulator, name: str, request: Request) -> Exchange:
    """Judge a request; nothing is done for it."""
    provider, namespace = emulator.providers[name], emulator.namespace("default")
    endpoint, parameters = provider.route(request.path)
    exchange = Exchange(
        number=1,
        namespace="default",
        provider=name,
        endpoint=endpoint.name if endpoint else request.path,
        request=request,
        received_at=namespace.clock.time(),
        parameters=parameters,
    )
    judge(Handling(provider, exchange, namespace.contexts[name], asyncio.sleep), endpoint)
    return exchange


def is_not_signed(name: str, exchange: Exchange) -> bool:
    """Tell whether the body of this request is more than what is signed in it.

    Placetopay's digest is over nonce, seed and secret; the rest of the message is as it comes.
    Tesabiz's plain services ask for no signature, only for the name of the source system.
    GestoPago's `encrypt` and `decrypt` are tools for developers and read what they are sent.
    """
    match name:
        case "placetopay":
            return True
        case "tesabiz":
            part = PROVIDERS[name].parts["request.jws.signature"]
            return part.read(exchange.request) is None
        case "gestopago":
            return exchange.endpoint in ("encrypt", "decrypt")
        case _:
            return False


@pytest.mark.slow
@pytest.mark.parametrize("name", PROVIDERS)
@settings(max_examples=250, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_no_damage_is_accepted(name: str, data: st.DataObject):
    """What was accepted is refused once a signed part of it is damaged, whatever the damage."""
    provider = PROVIDERS[name]
    example = data.draw(st.sampled_from(GOOD[name]))
    target = data.draw(st.sampled_from([e for e in targets(provider) if e.startswith("request.")]))
    how = data.draw(st.sampled_from(sorted(hows(provider, target))))
    size = data.draw(st.none() | st.integers(1, 64)) if how in ("truncate", "zero") else None
    emulator, request = prepared(name, example.name)
    arrived = verdict(emulator, name, request)
    assert arrived.verdict == "accepted"
    what = {"target": target, "how": how, "bytes": size, "draw": data.draw(DRAWS)}
    context: Context[Any] = emulator.namespace("default").contexts[name]
    made = damaged(provider, request, what, arrived.credential, context)
    if made is None:
        return
    assert made != request
    changed = verdict(emulator, name, made)
    if changed.verdict == "accepted":
        # A multipart form has bytes around what is signed: the message must be the same.
        same = (changed.payload, changed.credential) == (arrived.payload, arrived.credential)
        assert target == "request.body"
        assert same or is_not_signed(name, arrived)


JUNK = st.one_of(
    st.binary(max_size=200),
    st.sampled_from([b"{}", b"[]", b'{"payload":"a.b.c","token":"a.b.c","auth":{"tranKey":"x"}}']),
    st.recursive(st.none() | st.text(), lambda each: st.dictionaries(st.text(), each)).map(
        lambda value: json.dumps(value).encode()
    ),
)
HEADERS = st.lists(
    st.tuples(
        st.sampled_from(["authorization", "content-type", "signature"]),
        st.text(st.characters(max_codepoint=255)),
    ),
    max_size=3,
)


@pytest.mark.slow
@pytest.mark.parametrize("name", PROVIDERS)
@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(body=JUNK, headers=HEADERS, draw=DRAWS, data=st.data())
def test_junk_is_no_bug(name: str, body: bytes, headers: Any, draw: float, data: st.DataObject):
    """A rule may be for refused requests: their parts may be anything."""
    provider = PROVIDERS[name]
    context = prepared(name, GOOD[name][0].name)[0].namespace("default").contexts[name]
    target = data.draw(st.sampled_from(targets(provider)))
    how = data.draw(st.sampled_from(sorted(hows(provider, target))))
    message: Any = {
        "request": Request(method="POST", path="/", headers=headers, body=body, query="signed=x"),
        "response": Reply(200, body, headers=headers),
        "webhook": Delivery(body, tuple(headers)),
    }[target.partition(".")[0]]
    what = {"target": target, "how": how, "bytes": None, "draw": draw}
    made = damaged(provider, message, what, data.draw(st.sampled_from(["", "none"])), context)
    assert made is None or made != message
