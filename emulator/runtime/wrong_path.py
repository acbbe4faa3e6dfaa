"""Which path was meant: small repairs are tried on one that leads nowhere, after a refusal only.

A repair is a step: what was wrong, and how to put it right. The first way of few steps that
leads to an endpoint is the hint, so what the hint says works.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from emulator.core.exchange import Request
    from emulator.provider import Endpoint, Provider

LONGEST = 300
"""Characters of a path up to which a meaning is looked for."""

NO_IDEA = (
    "No path of this provider is like it. Look at the paths that are expected, and at the end of "
    "the base URL"
)

_DIGIT = re.compile(r"\d")
_MOST_STEPS = 3
_MOST_TRIED = 600
_ALIKE = 0.75
_MOST_WORDS_BELOW = 2


class Meant(NamedTuple):
    """The path that was meant, its endpoint, and what was wrong."""

    path: str
    endpoint: Endpoint
    hint: str


def meant(request: Request, provider: Provider[Any]) -> Meant | None:
    """Return which path of a provider was meant by one that it does not have, or None."""
    path = request.path
    if len(path) > LONGEST:
        return None
    found = _repaired(path, provider) or _similar(path, provider) or _below(path, provider)
    if found is None:
        return None
    right, endpoint, wrong = found
    hint = f"{wrong}. The path is {right}"
    if request.method not in endpoint.methods:
        hint += f", and the method {' or '.join(endpoint.methods)}"
    return Meant(right, endpoint, hint)


def elsewhere(path: str, provider: Provider[Any], providers: Mapping[str, Provider[Any]]) -> str:
    """Return a hint where the path is one of another provider, or nothing."""
    for other in providers.values():
        if other is not provider and other.route(path)[0] is not None:
            return (
                f"This is a path of {other.title}, and the request went to {provider.title}. Send "
                f"it below /{other.name}"
            )
    return ""


def method_hint(received: str, allowed: tuple[str, ...]) -> str:
    """Say what to do where the method is another than the endpoint takes."""
    wanted = " or ".join(allowed)
    if received == "OPTIONS":
        return (
            f"A browser asks with OPTIONS before it calls another site (CORS). Call the provider "
            f"from your server, with {wanted}"
        )
    if received in ("GET", "HEAD") and "POST" in allowed:
        return (
            f"Send it with {wanted}. If the client did so, a redirect (http to https, a slash at "
            "the end) has made GET of it: use the final address"
        )
    return f"Send it with {wanted}"


Found = tuple[str, "Endpoint", str]
Repair = Callable[[str, "Provider[Any]"], Iterator[str]]
Step = tuple[str, Repair]


def _repaired(path: str, provider: Provider[Any]) -> Found | None:
    """Try one step, then two, then three."""
    seen = {path}
    ways: list[tuple[str, tuple[str, ...]]] = [(path, ())]
    for _ in range(_MOST_STEPS):
        further: list[tuple[str, tuple[str, ...]]] = []
        for before, wrong in ways:
            for what, repair in _STEPS:
                for after in repair(before, provider):
                    if after in seen or len(seen) > _MOST_TRIED:
                        continue
                    seen.add(after)
                    steps = (*wrong, what)
                    endpoint, caught = provider.route(after)
                    if endpoint is not None and _is_meant(path, after, caught, steps):
                        said = [step for step in steps if _ANOTHER not in steps or step != _MISSING]
                        return after, endpoint, "; ".join(dict.fromkeys(said))
                    further.append((after, steps))
        ways = further
    return None


def _is_meant(path: str, template: str, caught: Mapping[str, str], steps: tuple[str, ...]) -> bool:
    """Tell whether enough of what was sent is left: the last word, or half of all words.

    What stands in a template's place is a number or a code, not a word.
    """
    words = [_bare(word) for word in template.split("/") if word and not word.startswith("{")]
    sent = _bare(path.replace("%2F", "/").replace("/", " "))
    both = {_MISSING, _ANOTHER} <= set(steps)
    return (
        words[-1] in sent
        and all(map(_DIGIT.search, caught.values()))
        and not (both and sum(word in sent for word in words) * 2 < len(words))
    )


def _similar(path: str, provider: Provider[Any]) -> Found | None:
    """Return the path that differs in the spelling of one word, the most like it of all."""
    given = [_bare(segment) for segment in path.split("/")]
    found: list[tuple[float, Found]] = []
    for endpoint in provider.endpoints:
        for right in endpoint.paths:
            words = [_bare(segment) for segment in right.split("/")]
            if len(words) != len(given) or "{" in right:
                continue
            other = [pair for pair in zip(given, words, strict=True) if pair[0] != pair[1]]
            if len(other) == 1:
                likeness = SequenceMatcher(None, *other[0]).ratio()
                found.append((likeness, (right, endpoint, "A word of the path is misspelt")))
    likeness, best = max(found, key=lambda each: each[0], default=(0.0, None))
    return best if likeness >= _ALIKE else None


def _below(path: str, provider: Provider[Any]) -> Found | None:
    """Return the path that this one begins with."""
    parent = path.rstrip("/")
    for _ in range(_MOST_WORDS_BELOW):
        parent = parent.rpartition("/")[0]
        endpoint, caught = provider.route(parent) if parent else (None, {})
        if endpoint is not None and all(map(_DIGIT.search, caught.values())):
            return parent, endpoint, "Nothing is below this path: a word too many is at its end"
    return None


# --- the steps ---------------------------------------------------------------------------------


def _sub(pattern: str, *by: str, count: int = 0) -> Repair:
    """Return a step that writes each of `by` in place of what matches."""
    form = re.compile(pattern, re.DOTALL)
    return lambda path, _: (form.sub(each, path, count) for each in by)


def _spelt(fold: Callable[[str], str]) -> Repair:
    """Return a step that spells each word as the known path does that is the same once folded."""

    def repair(path: str, provider: Provider[Any]) -> Iterator[str]:
        given = path.split("/")
        for template in _templates(provider):
            words = template.split("/")
            if len(words) == len(given) and all(
                word.startswith("{") or fold(word) == fold(sent)
                for word, sent in zip(words, given, strict=True)
            ):
                yield "/".join(
                    sent if word.startswith("{") else word
                    for word, sent in zip(words, given, strict=True)
                )

    return repair


def _bare(segment: str) -> str:
    return re.sub(r"[-_.\s]", "", segment).lower()


def _without_base(path: str, provider: Provider[Any]) -> Iterator[str]:
    head = f"/{provider.name}/"
    if path.lower().startswith(head):
        yield path[len(head) - 1 :]


def _with_beginning(path: str, provider: Provider[Any]) -> Iterator[str]:
    yield from dict.fromkeys(f"{head}{path}" for head in _beginnings(provider))


def _without_beginning(path: str, _: Provider[Any]) -> Iterator[str]:
    segments = path.split("/")[1:]
    for count in range(1, min(len(segments), 4)):
        yield "/" + "/".join(segments[count:])


_MISSING = "The beginning of the path is missing"
_ANOTHER = "The beginning of the path is another"

_STEPS: tuple[Step, ...] = (
    ("A blank, quote or line break stands in the path", _sub(r"[\s\u200b\ufeff\"'<>]+", "")),
    ("There is a slash too many", _sub(r"[/\\]{2,}|\\", "/")),
    (
        "A slash is percent-encoded as %2F: encode the parts, not the whole path",
        _sub("(?i)%2f", "/"),
    ),
    ("There is a slash too many at its end", lambda path, _: iter([path.rstrip("/")])),
    ("The slash at its end is missing", _sub(r"(?<!/)\Z", "/")),
    ("Capital and small letters count", _spelt(str.lower)),
    ("The whole address stands in the path", _sub(r"\A/?https?:/+[^/]+(?=/)", "")),
    ("The base address already ends in the provider's name", _without_base),
    ("A part of the path is there twice", _sub(r"((?:/[^/]+)+)\1(?=/|\Z)", r"\1", count=1)),
    ("The question mark before the parameters is encoded or missing", _sub(r"[?&;#].*", "")),
    ("The version in the path is another", _sub(r"(?i)/v\d+(?:\.\d+)?(?=/)", "", "/v1", count=1)),
    ("The path ends otherwise", _sub(r"(?:\.\w{1,5}/?)?\Z", "", ".do", count=1)),
    ("The words of the path are spelt otherwise", _spelt(_bare)),
    (_MISSING, _with_beginning),
    (_ANOTHER, _without_beginning),
)
"""What may be wrong with a path, and what it may have been; the likeliest first."""


def _templates(provider: Provider[Any]) -> Iterator[str]:
    for endpoint in provider.endpoints:
        yield from endpoint.paths


def _beginnings(provider: Provider[Any]) -> Iterator[str]:
    for template in _templates(provider):
        segments = template.split("/")
        for count in range(2, len(segments)):
            if not any(segment.startswith("{") for segment in segments[:count]):
                yield "/".join(segments[:count])
