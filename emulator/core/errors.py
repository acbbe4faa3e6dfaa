"""The words every layer uses to say what went wrong, and how sure we are of it.

A *rule* has a `Source`, and the source a `Standing`. A check declares beside itself each
way in which it can fail, as a `FailureMode`; when it does fail, the mode makes a
`Diagnosis`: what was expected, what came, where, by which rule, and which known mistake
reproduces what came.

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
    """How sure we are that the real provider behaves so."""

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
    """The most likely mistake, looked for when it is first read.

    Looking takes up to 100 ms: the server does it in another thread before it reads.

    Args:
        text: The hint, or what looks for it: without side effects, in any thread.
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
    """Why a request was refused, in words its author can act upon.

    Attributes:
        code: Stable and greppable, `<scheme or provider>.<what-is-wrong>`.
        summary: One sentence, present tense, without a full stop.
        where: The part of the request at fault, such as `body.auth.tranKey`.
        expected: What the emulator computed or wanted. Never a secret.
        received: What the request said. Never a secret.
        likely: The most likely mistake, where the emulator could tell; `hint` is its text.
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
        """Return the same diagnosis with another hint, or one made of its own when it is read."""
        if isinstance(hint, str):
            return replace(self, likely=Hint(hint))
        likely = self.likely
        made = Hint(lambda: hint(str(likely)))
        return replace(self, likely=Hint(str(made)) if likely.known else made)

    @property
    def hint(self) -> str:
        """What the author of the request does best; looked for when it is first read."""
        return str(self.likely)

    def as_json(self) -> dict[str, Any]:
        """Return the members the control API promises, as plain data."""
        return {
            "code": self.code,
            "summary": self.summary,
            "where": self.where,
            "expected": self.expected,
            "received": self.received,
            "hint": self.hint,
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
        about_time: Whether the verdict depends on the provider's clock: what is refused now is
            accepted at another time. Not so where only a state is named after time, such as a
            site that "has expired" because it is registered so.
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
        """Say where it failed, on what, and which mistake it is, or how to look for that."""
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
    """A behaviour worth telling the user of, with its source: a row of `docs/fidelity.md`.

    Declare it as a module constant beside the code that behaves so; the page finds it.
    """

    summary: str
    source: Source


def shorten(value: object, limit: int = 600) -> str:
    """Return `value` as text, its middle left out where it is longer than `limit` characters.

    A text that the remark in its middle would not make shorter stays whole.
    """
    text = value if isinstance(value, str) else str(value)
    text = text.encode("utf-8", "backslashreplace").decode()  # JSON can smuggle in surrogates
    half = limit // 2
    left_out = len(text) - 2 * half
    remark = f" … ({left_out} characters left out) … "
    return text if left_out <= len(remark) else f"{text[:half]}{remark}{text[-half:]}"


class EmulatorError(Exception):
    """Any error this package raises on purpose."""


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
