"""How every layer says what went wrong, and how sure we are of the rule.

A *rule* has a `Source`, and the source a `Standing`. A check declares each way in which it can
fail as a `FailureMode`, beside the check. When the check fails, the mode makes a `Diagnosis`:
what was expected, what came, where, by which rule, and which known mistake gives what came.

The exceptions::

    EmulatorError
    ├── ConfigurationError     a bad option, file, key or credential: exit code 2
    └── DiagnosedError         carries a Diagnosis
        └── SchemeError        a security scheme's check failed

`emulator.provider.Refusal` is the other with a diagnosis: a scheme's failure, or a business
rule's, in a provider's own words.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any


class Standing(StrEnum):
    """How sure we are that the real provider does the same."""

    DOCUMENTED = "documented"
    """The provider, or the standard it names, says so."""
    OBSERVED = "observed"
    """Seen in a recorded answer or in the code of a client that works."""
    INFERRED = "inferred"
    """Follows from what is documented or observed, but no source says it."""
    CHOSEN = "chosen"
    """Unknown; this is our choice, the stricter one where there were two."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where a rule comes from.

    Attributes:
        document: Title of the document or kind of evidence, such as "RFC 7515".
        section: The part of it, such as "section 5.2".
        standing: How sure the rule is.
    """

    document: str
    section: str = ""
    standing: Standing = Standing.DOCUMENTED

    def __str__(self) -> str:
        place = f"{self.document}, {self.section}" if self.section else self.document
        return place if self.standing is Standing.DOCUMENTED else f"{place} ({self.standing})"

    def but(self, standing: Standing, section: str = "") -> Source:
        """Return the same document with another standing, and section if given."""
        return replace(self, standing=standing, section=section or self.section)


class Hint:
    """The most likely mistake. It can be found later, when the hint is first read.

    Finding it takes up to 100 ms, so the server does it in another thread before it reads.

    Args:
        text: The hint, or a function that finds it: without side effects, in any thread.
    """

    __slots__ = ("_look", "_text")

    def __init__(self, text: str | Callable[[], str] = "") -> None:
        self._text, self._look = (text, None) if isinstance(text, str) else ("", text)

    @property
    def known(self) -> bool:
        """Whether reading it takes no time."""
        return self._look is None

    def __str__(self) -> str:
        if look := self._look:
            self._text, self._look = look(), None
        return self._text

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Hint) and str(self) == str(other)

    def __hash__(self) -> int:
        return hash(str(self))


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """Why a request was refused, so that its author knows what to change.

    Attributes:
        code: Stable and greppable, `<scheme or provider>.<what-is-wrong>`.
        summary: One sentence, present tense, without a full stop.
        where: The part of the request at fault, such as `body.auth.tranKey`.
        expected: What the emulator computed or wanted. Never a secret.
        received: What the request has. Never a secret.
        likely: The most likely mistake, if the emulator can tell; `hint` is its text.
        source: The rule that was broken.
        about_time: Whether the verdict depends on the provider's clock; not shown.
    """

    code: str
    summary: str
    where: str = ""
    expected: str = ""
    received: str = ""
    likely: Hint = field(default_factory=Hint)
    source: Source | None = None
    about_time: bool = field(default=False, compare=False)

    def at(self, where: str) -> Diagnosis:
        """Return the same diagnosis, at another place."""
        return replace(self, where=where)

    def but(self, hint: str | Callable[[str], str]) -> Diagnosis:
        """Return the same diagnosis with another hint, or one made later from the old one."""
        if isinstance(hint, str):
            return replace(self, likely=Hint(hint))
        likely = self.likely
        made = Hint(lambda: hint(str(likely)))
        return replace(self, likely=Hint(str(made)) if likely.known else made)

    @property
    def hint(self) -> str:
        """What the author of the request should change; found when it is first read."""
        return str(self.likely)

    def as_json(self) -> dict[str, Any]:
        """Return the members the control API promises, as plain data."""
        return {
            "code": self.code,
            "summary": str(self.summary),  # a message is a text with more to it; here it is a text
            "where": self.where,
            "expected": str(self.expected),
            "received": str(self.received),
            "hint": str(self.hint),
            "source": str(self.source) if self.source else "",
        }

    def __str__(self) -> str:
        place = f" at {self.where}" if self.where else ""
        hint = f". {self.hint}" if self.hint else ""
        return f"{self.code}{place}: {self.summary}{hint}"


@dataclass(frozen=True, slots=True)
class FailureMode:
    """One way in which one check can fail, declared beside the check.

    Attributes:
        code: Kebab-case with dots, `<scheme or provider>.<what-is-wrong>`.
        summary: One sentence, present tense, without a full stop.
        source: The rule that is broken.
        about_time: Whether the verdict depends on the provider's clock: the same request is
            accepted at another time. False where only a state is named after time, such as a
            site that is registered as expired.
    """

    code: str
    summary: str
    source: Source
    about_time: bool = False

    def diagnose(
        self,
        where: str = "",
        *,
        expected: object = "",
        received: object = "",
        hint: str | Callable[[], str] = "",
    ) -> Diagnosis:
        """Say where it failed, on what, and which mistake it is, or how to find that."""
        return Diagnosis(
            code=self.code,
            summary=self.summary,
            where=where,
            expected=shorten(expected),
            received=shorten(received),
            likely=Hint(hint),
            source=self.source,
            about_time=self.about_time,
        )


@dataclass(frozen=True, slots=True)
class Behaviour:
    """A behaviour that users must know, with its source: a row of `docs/fidelity.md`.

    Declare it as a module constant beside its code; the page finds it.
    """

    summary: str
    source: Source


def shorten(value: object, limit: int = 600) -> str:
    """Return `value` as text, without its middle if it is longer than `limit` characters.

    A remark replaces the middle. A text that would not become shorter stays whole.
    """
    text = value if isinstance(value, str) else str(value)
    text = text.encode("utf-8", "backslashreplace").decode()  # JSON can contain surrogates
    half = limit // 2
    left_out = len(text) - 2 * half
    remark = f" … ({left_out} characters left out) … "
    return text if left_out <= len(remark) else f"{text[:half]}{remark}{text[-half:]}"


class EmulatorError(Exception):
    """Any error that this package raises on purpose."""


class ConfigurationError(EmulatorError):
    """A bad option, file, key or credential; its text is one clear line for the user."""


class DiagnosedError(EmulatorError):
    """Something was refused, and the diagnosis says why."""

    def __init__(self, diagnosis: Diagnosis) -> None:
        super().__init__()
        self.diagnosis = diagnosis

    def __str__(self) -> str:
        return str(self.diagnosis)


class SchemeError(DiagnosedError):
    """A security scheme's check failed."""
