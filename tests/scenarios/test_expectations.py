"""Expectations: what each kind means, and that none is met by what is not known."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from emulator.core.errors import FailureMode, Source, Standing
from emulator.core.exchange import Exchange, Reply, Request, Transmission
from emulator.scenario.expectations import CUTS, Evidence, Expectation, verify_all

WRONG = FailureMode("test.wrong", "It is wrong", Source("test", "test", Standing.CHOSEN))


def exchange(number: int, story: str, **more: Any) -> Exchange:
    """Make an exchange of a step such as `goat.oauth.token 200`."""
    name, _, outcome = story.rpartition(" ")
    provider, _, endpoint = name.partition(".")
    reply = (
        Reply(200, transmission=Transmission(cut=outcome))
        if outcome in CUTS
        else Reply(int(outcome))
    )
    made = Exchange(
        number=number,
        namespace="default",
        provider=provider,
        endpoint=endpoint,
        request=Request(method="POST", path="/"),
        received_at=0.0,
        **more,
    )
    made.reply = reply
    return made


def journal(*stories: str) -> list[Exchange]:
    return [exchange(number, story) for number, story in enumerate(stories, 1)]


def check(item: dict[str, Any], **evidence: Any) -> dict[str, Any]:
    """Verify one expectation."""
    evidence.setdefault("exchanges", [])
    [report] = verify_all(
        [Expectation.model_validate({"that": "it holds", **item})], Evidence(**evidence)
    )
    assert set(report) == {"that", "passed", "expected", "found", "near_misses"}
    assert not (report["passed"] and report["near_misses"])
    return report


def order(steps: Sequence[str], stories: Sequence[str], **evidence: Any) -> dict[str, Any]:
    return check({"order": list(steps)}, exchanges=journal(*stories), **evidence)


SENT, CREATED = "gestopago.sendTx 200", "placetopay.session.create 200"
LOST_SALE, LOST = "gestopago.sendTx reset", "placetopay.session.create reset"
LOGIN, CONFIRMED = "gestopago.token 200", "gestopago.confirmTx 200"
QUERIED = "placetopay.session.query 200"
EXPIRED = "gestopago.sendTx 403"
HUNG, PAID, ASKED = (
    "pagsmile.payout.create hang",
    "pagsmile.payout.create 200",
    "pagsmile.payout.status 200",
)
RENEWAL = (EXPIRED, LOGIN, SENT)


class TestOrder:
    @pytest.mark.parametrize(
        ("steps", "stories"),
        [
            pytest.param(RENEWAL, [LOGIN, SENT, SENT, SENT, *RENEWAL, SENT], id="01"),
            pytest.param(
                RENEWAL, [LOGIN, SENT, EXPIRED, EXPIRED, LOGIN, SENT, SENT], id="01-two-at-once"
            ),
            pytest.param(
                (LOST_SALE, CONFIRMED),
                [SENT, SENT, SENT, LOST_SALE, CONFIRMED, SENT, SENT],
                id="02",
            ),
            pytest.param((LOST, QUERIED), [CREATED] * 9 + [LOST, QUERIED, CREATED], id="04"),
            pytest.param(
                (LOST, QUERIED),
                [LOST, "placetopay.session.query 503", QUERIED, CREATED, LOST, QUERIED],
                id="04-looked-up-at-the-second-try",
            ),
            pytest.param(
                (LOST, QUERIED), [LOST, "goat.oauth.token 200", QUERIED], id="04-others-between"
            ),
            pytest.param((HUNG, ASKED), [PAID, HUNG, ASKED, PAID, HUNG, ASKED], id="08"),
            pytest.param((LOST, LOST, QUERIED), [LOST, LOST, QUERIED], id="lost-twice-on-purpose"),
            pytest.param((QUERIED, LOST), [QUERIED, LOST, CREATED], id="ends-with-a-lost-answer"),
        ],
    )
    def test_holds_for_a_careful_client(self, steps: Sequence[str], stories: list[str]):
        report = order(steps, stories)
        assert report["passed"], report

    @pytest.mark.parametrize(
        ("steps", "stories", "found"),
        [
            pytest.param(
                (LOST, QUERIED), [CREATED, LOST, CREATED, QUERIED],
                f"the answer to #2 was lost, and #3 came before {QUERIED}",
                id="04-created-again",
            ),
            pytest.param(
                (LOST, QUERIED), [LOST, LOST, QUERIED],
                f"the answer to #1 was lost, and #2 came before {QUERIED}",
                id="04-created-again-and-lost-again",
            ),
            pytest.param(
                (LOST, QUERIED), [LOST, QUERIED, CREATED, LOST, CREATED],
                f"the answer to #4 was lost, and #5 came before {QUERIED}",
                id="04-careful-but-once",
            ),
            pytest.param(
                (LOST, QUERIED), [LOST, QUERIED, LOST],
                f"the answer to #3 was lost, and no {QUERIED} came after it",
                id="04-forgotten",
            ),
            pytest.param(
                (LOST_SALE, CONFIRMED), [LOST_SALE, SENT, CONFIRMED],
                f"the answer to #1 was lost, and #2 came before {CONFIRMED}",
                id="02-sent-again",
            ),
            pytest.param(
                (HUNG, ASKED), [HUNG, PAID],
                f"the answer to #1 was lost, and #2 came before {ASKED}",
                id="08-paid-twice",
            ),
            pytest.param(
                RENEWAL, [LOGIN, SENT, EXPIRED, EXPIRED],
                f"1 of 3 steps: no {LOGIN} after #3",
                id="01-gave-up",
            ),
            pytest.param(
                (LOST, QUERIED), [CREATED, QUERIED],
                f"0 of 2 steps: no {LOST}",
                id="nothing-was-lost",
            ),
            pytest.param((LOST, QUERIED), [], f"0 of 2 steps: no {LOST}", id="nothing-at-all"),
        ],
    )  # fmt: skip
    def test_fails_for_a_careless_one(self, steps: Sequence[str], stories: list[str], found: str):
        report = order(steps, stories)
        assert not report["passed"]
        assert report["found"] == found
        assert report["expected"] == ", then ".join(steps)

    def test_near_misses_show_the_two_that_broke_it(self):
        report = order((LOST, QUERIED), [CREATED, LOST, CREATED, QUERIED])
        assert report["near_misses"] == [
            f"#2 {LOST} accepted: the answer that was lost",
            f"#3 {CREATED} accepted: came too early",
        ]

    def test_near_misses_show_how_far_it_came(self):
        report = order(RENEWAL, [LOGIN, EXPIRED, "goat.whoami 200", SENT])
        assert report["near_misses"] == [f"#2 {EXPIRED} accepted: step 1", f"#4 {SENT} accepted"]

    @given(
        steps=st.lists(
            st.sampled_from(["a.x 200", "a.x reset", "a.y 200"]), min_size=1, max_size=3
        ),
        stories=st.lists(
            st.sampled_from(["a.x 200", "a.x reset", "a.y 200", "a.z 200"]), max_size=8
        ),
    )
    def test_means_what_it_says(self, steps: list[str], stories: list[str]):
        """A subsequence, and after each lost answer the next step before the endpoint's next."""

        def subsequence() -> bool:
            rest = iter(stories)
            return all(step in rest for step in steps)

        def bound(place: int) -> bool:
            after = {steps[i + 1] for i in range(len(steps) - 1) if steps[i] == stories[place]}
            for story in stories[place + 1 :]:
                if story in after:
                    return True
                if story.startswith("a.x "):
                    return False
            return False

        lost = "a.x reset"
        free = lost not in steps or steps[-1] == lost
        wanted = subsequence() and (
            free or all(bound(n) for n, story in enumerate(stories) if story == lost)
        )
        assert order(steps, stories)["passed"] == wanted

    @pytest.mark.parametrize(
        ("step", "says"),
        [
            ("goat.oauth.token", "is not a step"),
            ("goat 200", "is not a step"),
            ("goat.oauth.token rset", "did you mean 'reset'?"),
            ("goat.oauth.token ok", "is no outcome"),
            ("goat.oauth.token 99", "is no outcome"),
            ("goat.oauth.token 2000", "is no outcome"),
            ("goat.oauth.token ٢٠٠", "is no outcome"),
            ("goat.oauth.token " + "9" * 9000, "is no outcome"),
        ],
    )
    def test_a_step_names_endpoint_and_outcome(self, step: str, says: str):
        with pytest.raises(ValidationError) as raised:
            Expectation.model_validate({"that": "x", "order": [step]})
        message = str(raised.value.errors()[0]["msg"])
        assert says in message
        assert len(message) < 400

    @pytest.mark.parametrize("cut", CUTS)
    def test_every_cut_is_an_outcome(self, cut: str):
        assert order([f"goat.oauth.token {cut}"], [f"goat.oauth.token {cut}"])["passed"]


class TestRequests:
    STORIES = ("goat.oauth.token 200", "goat.oauth.token 503", "goat.whoami 200")

    @pytest.mark.parametrize(
        ("bounds", "passed", "expected"),
        [
            ({"exactly": 2}, True, "exactly 2 matching"),
            ({"exactly": 1}, False, "exactly 1 matching"),
            ({"min": 3}, False, "at least 3 matching"),
            ({"max": 1}, False, "at most 1 matching"),
            ({"min": 1, "max": 2}, True, "at least 1 and at most 2 matching"),
            ({"max": 0}, False, "at most 0 matching"),
        ],
    )
    def test_are_counted(self, bounds: dict[str, int], passed: bool, expected: str):
        item = {"requests": {"match": {"provider": "goat", "endpoint": "oauth.token"}, **bounds}}
        report = check(item, exchanges=journal(*self.STORIES))
        assert (report["passed"], report["expected"]) == (passed, expected)
        assert report["found"] == "2 of 3 exchanges"

    def test_near_misses_are_what_nearly_was_one_or_what_was_too_much(self):
        match = {"provider": "goat", "endpoint": "oauth.token"}
        few = check({"requests": {"match": match, "min": 5}}, exchanges=journal(*self.STORIES))
        assert few["near_misses"] == ["#3 goat.whoami 200 accepted: all but endpoint"]
        many = check({"requests": {"match": match, "max": 1}}, exchanges=journal(*self.STORIES))
        assert many["near_misses"] == [
            "#1 goat.oauth.token 200 accepted: matches",
            "#2 goat.oauth.token 503 accepted: matches",
        ]

    def test_of_any_verdict_unless_one_is_named(self):
        refused = exchange(1, "goat.whoami 401", verdict="refused", diagnosis=WRONG.diagnose("x"))
        for verdict, count in (({}, 1), ({"verdict": "accepted"}, 0), ({"verdict": "rejected"}, 1)):
            match = {"provider": "goat", **verdict}
            item = {"requests": {"match": match, "exactly": count}}
            assert check(item, exchanges=[refused])["passed"], verdict


class TestFired:
    @pytest.mark.parametrize(
        ("bounds", "count", "passed"),
        [
            ({}, 0, False), ({}, 1, True), ({"exactly": 0}, 0, True), ({"exactly": 2}, 1, False),
            ({"min": 2}, 2, True), ({"max": 1}, 2, False), ({"max": 1}, 0, True),
        ],
    )  # fmt: skip
    def test_is_counted(self, bounds: dict[str, int], count: int, passed: bool):
        item = {"fired": {"rule": "r", **bounds}}
        assert check(item, fired={"r": count}.get)["passed"] is passed

    def test_a_rule_that_is_not_loaded_is_no_zero(self):
        report = check({"fired": {"rule": "r", "exactly": 0}})
        assert (report["passed"], report["found"]) == (False, "no rule 'r' is loaded")


NONCES = {"unique": {"match": {"provider": "placetopay"}, "pointer": "/auth/nonce"}}


class TestUnique:
    def nonces(self, *values: Any) -> list[Exchange]:
        return [
            exchange(number, CREATED, payload={"auth": {"nonce": value}})
            for number, value in enumerate(values, 1)
        ]

    def test_a_value_that_comes_twice_is_shown(self):
        report = check(NONCES, exchanges=self.nonces("a", "b", "a"))
        assert not report["passed"]
        assert report["found"] == "2 values in 3 requests"
        assert report["near_misses"] == [
            f"#1 {CREATED} accepted: 'a'",
            f"#3 {CREATED} accepted: 'a'",
        ]

    def test_text_and_number_differ_and_what_lacks_it_is_left_out(self):
        exchanges = [*self.nonces("1", 1), *journal(CREATED, CREATED)]
        assert check(NONCES, exchanges=exchanges)["passed"]

    def test_what_the_message_lacks_is_looked_for_in_the_body(self):
        """Also in that of a request which was refused, and has no message."""
        exchanges = journal(CREATED, "placetopay.session.create 401", CREATED)
        for each, nonce in zip(exchanges, "aab", strict=True):
            each.request.body = json.dumps({"auth": {"nonce": nonce}}).encode()
        exchanges[0].payload = exchanges[2].payload = {"payment": {}}
        report = check(NONCES, exchanges=exchanges)
        assert [line.split()[0] for line in report["near_misses"]] == ["#1", "#2"]
        assert check(NONCES, exchanges=exchanges[1:])["passed"]

    def test_the_body_is_the_one_that_arrived(self):
        exchanges = journal(CREATED, CREATED)
        for each in exchanges:
            each.arrived = Request(method="POST", path="/", body=b'{"auth": {"nonce": "a"}}')
        assert not check(NONCES, exchanges=exchanges)["passed"]

    def test_a_pointer_to_nothing_proves_nothing(self):
        report = check(NONCES, exchanges=journal(CREATED, CREATED))
        assert (report["passed"], report["found"]) == (False, "none in 2 requests")
        assert check(NONCES, exchanges=journal(SENT))["passed"]  # nothing was to be compared

    @given(body=st.binary(max_size=60) | st.just(b"[" * 5000))
    def test_any_body_can_be_looked_at(self, body: bytes):
        [made] = journal(CREATED)
        made.request.body = body
        check(NONCES, exchanges=[made])


class TestState:
    @pytest.mark.parametrize(
        ("states", "passed", "found"),
        [
            ({"": "fixed"}, True, "state fixed"),
            ({"": "drifting"}, False, "state drifting"),
            ({"a": "fixed", "b": "fixed"}, True, "state fixed"),
            ({"a": "fixed", "b": "drifting"}, False, "state fixed and drifting"),
            ({}, False, "no scenario with states is loaded"),
            (None, False, "no scenario with states is loaded"),
        ],
    )
    def test_is_that_of_all_who_were_met(self, states: Any, passed: bool, found: str):
        report = check({"state": "fixed"}, states=states)
        assert (report["passed"], report["found"]) == (passed, found)

    def test_near_misses_name_the_owners(self):
        report = check({"state": "fixed"}, states={"a": "fixed", "b": "drifting"})
        assert report["near_misses"] == ["b: drifting"]


def webhook(number: int, *answers: str, event: str = "paid", provider: str = "pagsmile") -> Any:
    """Make the record of a webhook; an empty answer is an acknowledgement."""
    return {
        "number": number,
        "provider": provider,
        "event": event,
        "attempts": [{"diagnosis": {"code": code} if code else None} for code in answers],
        "acknowledged": "" in answers,
    }


class TestWebhooks:
    WEBHOOKS = (webhook(1, "", ""), webhook(2, "webhook.unreachable", ""), webhook(3, "x.refused"),
               webhook(4, event="failed", provider="tesabiz"))  # fmt: skip

    @pytest.mark.parametrize(
        ("item", "passed"),
        [
            ({"acked": 3}, True),
            ({"acked": 2}, False),
            ({"acked": 4}, False),
            ({"max_unacked": 2}, True),
            ({"max_unacked": 1}, False),
            ({"acked": 3, "max_unacked": 0}, False),
            ({"provider": "pagsmile", "max_unacked": 1}, True),
            ({"provider": "tesabiz", "acked": 0}, True),
            ({"event": "pa*", "max_unacked": 1}, True),
            ({"event": "other", "max_unacked": 0}, True),
        ],
    )
    def test_are_counted(self, item: dict[str, Any], passed: bool):
        assert check({"webhooks": item}, webhooks=self.WEBHOOKS)["passed"] is passed

    def test_near_misses_are_the_unacknowledged(self):
        report = check({"webhooks": {"max_unacked": 0}}, webhooks=self.WEBHOOKS)
        assert report["expected"] == "at most 0 webhooks unacknowledged"
        assert report["found"] == "3 acknowledged deliveries, 2 webhooks of 4 unacknowledged"
        assert report["near_misses"] == [
            "webhook 3 pagsmile.paid: 1 attempt, the last x.refused",
            "webhook 4 tesabiz.failed: 0 attempts",
        ]


GOAT = {"provider": "goat"}


class TestForgotten:
    """What has left the journal could have broken it."""

    @pytest.mark.parametrize(
        "item",
        [
            {"requests": {"match": GOAT, "exactly": 1}},
            {"requests": {"match": GOAT, "max": 5}},
            {"requests": {"match": GOAT, "min": 5}},
            {"unique": {"match": GOAT, "pointer": "/a"}},
            {"order": ["goat.whoami reset", "goat.whoami 200"]},
            {"order": ["goat.oauth.token 200"]},
        ],
    )
    def test_fails_and_says_why(self, item: dict[str, Any]):
        exchanges = journal("goat.whoami reset", "goat.whoami 200")
        report = check(item, exchanges=exchanges, forgotten=2)
        assert not report["passed"]
        assert "2 exchanges of this run are no longer in the journal" in report["found"]

    @pytest.mark.parametrize(
        "item",
        [
            {"requests": {"match": GOAT, "min": 1}},
            {"order": ["goat.whoami 200", "goat.whoami 401"]},
            {"fired": {"rule": "r", "exactly": 1}},
            {"state": "fixed"},
            {"webhooks": {"acked": 0}},
        ],
    )
    def test_what_does_not_depend_on_it_is_met(self, item: dict[str, Any]):
        report = check(
            item,
            exchanges=journal("goat.whoami 200", "goat.whoami 401"),
            forgotten=1,
            fired={"r": 1}.get,
            states={"": "fixed"},
        )
        assert report["passed"], report


@pytest.mark.parametrize(
    ("item", "says"),
    [
        ({}, "give one of 'fired', 'order', 'requests', 'state', 'unique', 'webhooks'"),
        ({"state": "a", "fired": {"rule": "r"}}, "give one of 'fired', 'state'"),
        ({"requests": {"match": {"provider": "goat"}}}, "give one of 'exactly', 'min', 'max'"),
        ({"fired": {"rule": "r", "exactly": 1, "max": 2}}, "leaves nothing to 'min' and 'max'"),
        ({"fired": {"rule": "r", "min": 3, "max": 2}}, "never holds"),
        ({"webhooks": {"provider": "goat"}}, "give one of 'acked', 'max_unacked'"),
    ],
)
def test_an_item_that_means_nothing_is_refused(item: dict[str, Any], says: str):
    with pytest.raises(ValidationError) as raised:
        Expectation.model_validate({"that": "x", **item})
    assert says in str(raised.value)
