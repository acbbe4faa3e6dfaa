"""What clients make of parameters before the key comes in: the text of a sorted digest.

    values → order → joined → as a whole → bytes

Each arrow is a step that can be done otherwise; other languages' notation of the whole is
beside them. Every step says what it does on these very parameters: which member it leaves out,
and what it signs where the body says something else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import TypeVar
from urllib.parse import urlencode

from emulator.core.messages import Message
from emulator.schemes.encoding import utf8
from emulator.schemes.mistakes.search import (
    LIKELY,
    UNUSUAL,
    Budget,
    Step,
    Steps,
    Ways,
    by_cost,
    only,
    table,
)
from emulator.schemes.sorted_digest.make import Value, text_of
from emulator.schemes.sorted_digest.mistakes import documents, members, moments, queries
from emulator.schemes.sorted_digest.mistakes.dialects import DIALECTS
from emulator.schemes.sorted_digest.mistakes.encodings import ENCODINGS, Text
from emulator.schemes.sorted_digest.mistakes.joins import JOINS, ORDERS, WHOLES, joined, ordered
from emulator.schemes.sorted_digest.mistakes.members import Pairs

_V = TypeVar("_V")


@dataclass(frozen=True)
class Parameters:
    """What a request says, as far as it can have been signed.

    Attributes:
        body: As received.
        params: Its members.
        app_id: Who signs.
        path: Where it was sent.
        key: The right key; some clients make a parameter of it.
    """

    body: bytes
    params: Mapping[str, Value]
    app_id: str = ""
    path: str = ""
    key: str = field(default="", repr=False)

    @cached_property
    def pairs(self) -> Pairs:
        """Members that have a value, as text, in body order."""
        return tuple(
            (name, text) for name, value in self.params.items() if (text := text_of(value))
        )

    @cached_property
    def valued(self) -> Mapping[str, Value]:
        """Members that have a value."""
        return {name: self.params[name] for name, _ in self.pairs}

    @cached_property
    def canonical(self) -> str:
        """The text that is to be signed."""
        return joined(ordered(self.pairs))

    @property
    def price(self) -> int:
        """What making one text costs, in units of a budget."""
        return 1 + len(self.pairs) // 12 + len(self.body) // 1500

    def ways(self, budget: Budget) -> Ways[Text]:
        """Return the texts that a client may have signed."""
        price = self.price
        blanks = by_cost(members.blanks(self.params, self.pairs))
        values = by_cost(members.steps(self.params, self.pairs, self.app_id))
        wholes = by_cost([*WHOLES, *self._with_surroundings()])
        return (
            only(self.pairs)
            .then(_same_pairs, lambda _: blanks, budget, price)
            .then(_same_pairs, lambda _: values, budget, price)
            .then(ordered, table(*ORDERS), budget, price)
            .then(joined, table(*JOINS), budget, price)
            .or_else(self._as_a_whole, budget, price)
            .then(_same_text, lambda _: wholes, budget, price)
            .then(_utf8, table(*ENCODINGS), budget, price)
            .or_else(self._finished, budget, price)
        )

    def at_other_times(self) -> Iterator[tuple[str, bytes]]:
        """Yield what is said of a text with another moment, and the text; there are thousands."""
        name = moments.time_of(self.pairs)
        if not name:
            return
        lines = self.canonical.split("&")
        at = next(place for place, line in enumerate(lines) if line.startswith(f"{name}="))
        before = utf8("&".join([*lines[:at], f"{name}="]))
        after = utf8("&".join(["", *lines[at + 1 :]]))
        for done, other in moments.moments(dict(self.pairs)[name]):
            yield done.with_(name=name, time=other), b"%b%d%b" % (before, other, after)

    def _with_surroundings(self) -> Iterator[Step[str, str]]:
        if self.app_id:
            for done, form in (
                ("before", "{app}{text}"),
                ("after", "{text}{app}"),
                ("after", "{text}&{app}"),
                ("before", "{app}&{text}"),
            ):
                yield Step(
                    Message(
                        "The app id was signed too, {done} the parameters; sign the body's "
                        "members only"
                    ).with_(done=done),
                    partial(_filled, form, {"app": self.app_id}),
                    UNUSUAL,
                )
        if self.path:
            for form in (
                "{path}{text}",
                "{path}?{text}",
                "POST{path}{text}",
                "POST&{path}&{text}",
                "{path}&{text}",
                "POST\n{path}\n{text}",
                "{text}{path}",
            ):
                yield Step(
                    Message("The path or method was signed too; sign the body's members only"),
                    partial(_filled, form, {"path": self.path}),
                    UNUSUAL,
                )

    def _as_a_whole(self) -> Steps[None, str]:
        """Return the notations of the whole, and the samples that end otherwise."""

        def steps() -> Iterator[Step[None, str]]:
            yield Step(
                Message(
                    "The parameters were empty when they were signed: only the key was hashed; "
                    "fill them in before"
                ),
                lambda _: "",
            )
            for dialect in DIALECTS:
                signed = dialect.canonical(self.params)
                if signed not in (self.canonical, self.canonical.rstrip("&")):
                    habit = partial(members.habit, dialect, self.params)
                    yield Step(habit, partial(_constant, signed))
            if len(self.params) <= members.MOST_TRIED_ALONE:  # each is written out at once
                yield from queries.steps(self.params, self.canonical)
            for params in (self.params, self.valued):
                for name, write, cost in documents.NOTATIONS:
                    yield Step(
                        Message("{name} was signed; sign the sorted members as k=v&k=v").with_(
                            name=name
                        ),
                        partial(_of_params, write, params),
                        cost,
                    )

        return by_cost(steps())

    def _finished(self) -> Steps[None, Text]:
        """Return texts that no further step changes."""

        def steps() -> Iterator[Step[None, Text]]:
            body = Message("The JSON body was signed; sign the sorted members as k=v&k=v")
            yield Step(body, lambda _: Text(self.body))
            for params in (self.params, self.valued):
                for position, document in enumerate(documents.json_forms(params)):
                    cost = LIKELY if position % 16 < 8 else UNUSUAL  # in lines
                    yield Step(body, partial(_constant, Text(document)), cost)
            if not self.key:
                return
            for name, cost in _KEY_NAMES.items():
                pairs = (*self.pairs, (name, self.key))
                for done, form in (
                    ("", joined(ordered(pairs))),
                    ("", f"{self.canonical}&{name}={self.key}"),
                    (", and nothing was sorted", joined(pairs)),
                    (", and all was URL-encoded", urlencode(ordered(pairs))),
                    (", and all was URL-encoded and not sorted", urlencode(pairs)),
                ):
                    yield Step(
                        Message(
                            "The key was signed as a parameter, {name}=…{done}; sort the members, "
                            "write them as they are, and append the key after the last value, with "
                            "nothing between"
                        ).with_(name=name, done=done),
                        partial(_constant, Text(utf8(form), complete=True)),
                        cost,
                    )

        return by_cost(steps())


_KEY_NAMES = dict.fromkeys(("key", "app_key", "appKey", "secret"), LIKELY) | dict.fromkeys(
    ("app_secret", "secretKey", "secret_key", "merchantKey", "security_key", "sign", "api_key"),
    UNUSUAL,
)


def _constant(value: _V, _: None) -> _V:
    return value


def _of_params(
    write: Callable[[Mapping[str, Value]], str], params: Mapping[str, Value], _: None
) -> str:
    return write(params)


def _filled(form: str, known: Mapping[str, str], text: str) -> str:
    return form.format(text=text, **known)


def _utf8(text: str) -> Text:
    return Text(utf8(text))


def _same_text(text: str) -> str:
    return text


def _same_pairs(pairs: Pairs) -> Pairs:
    return pairs
