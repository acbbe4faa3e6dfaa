"""Which path was meant: small repairs are tried on one that leads nowhere, after a refusal only.

A repair is a step: what was wrong, and how to put it right. The first way of few steps that
leads to an endpoint is the hint, so what the hint says works.
"""

from __future__ import annotations

import re
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from emulator.exchange import Request
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
    found = _repaired(path, provider) or _similar(path, provider)
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
Step = tuple[str, "Callable[[str, Provider[Any]], Iterator[str]]"]


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
    """Return the path that differs in the spelling of one word."""
    given = [_bare(segment) for segment in path.split("/")]
    for endpoint in provider.endpoints:
        for right in endpoint.paths:
            words = [_bare(segment) for segment in right.split("/")]
            if len(words) != len(given) or "{" in right:
                continue
            other = [pair for pair in zip(given, words, strict=True) if pair[0] != pair[1]]
            if len(other) == 1 and get_close_matches(*other[0][:1], other[0][1:], cutoff=0.75):
                return right, endpoint, "A word of the path is misspelt"
    return None


# --- the steps ---------------------------------------------------------------------------------


def _trimmed(path: str, provider: Provider[Any]) -> Iterator[str]:  # noqa: ARG001
    yield re.sub(r"[\s\u200b\ufeff\"'<>]+", "", path)


def _single_slashes(path: str, provider: Provider[Any]) -> Iterator[str]:  # noqa: ARG001
    yield re.sub(r"[/\\]{2,}|\\", "/", path)


def _decoded_slashes(path: str, provider: Provider[Any]) -> Iterator[str]:  # noqa: ARG001
    yield re.sub("%2f", "/", path, flags=re.IGNORECASE)


def _slash_at_end(path: str, provider: Provider[Any]) -> Iterator[str]:  # noqa: ARG001
    if path.endswith("/"):
        yield path.rstrip("/")


def _slash_missing(path: str, provider: Provider[Any]) -> Iterator[str]:  # noqa: ARG001
    if not path.endswith("/"):
        yield f"{path}/"


def _in_right_case(path: str, provider: Provider[Any]) -> Iterator[str]:
    folded = path.lower().split("/")
    for template in _templates(provider):
        segments = template.split("/")
        if len(segments) == len(folded) and all(
            right.startswith("{") or right.lower() == given
            for right, given in zip(segments, folded, strict=True)
        ):
            yield "/".join(
                given if right.startswith("{") else right
                for right, given in zip(segments, path.split("/"), strict=True)
            )


def _without_base(path: str, provider: Provider[Any]) -> Iterator[str]:
    head = f"/{provider.name}/"
    if path.lower().startswith(head):
        yield path[len(head) - 1 :]


def _without_host(path: str, provider: Provider[Any]) -> Iterator[str]:  # noqa: ARG001
    if found := re.match(r"/?https?:/+[^/]+(/.*)", path):
        yield found[1]


def _not_doubled(path: str, provider: Provider[Any]) -> Iterator[str]:  # noqa: ARG001
    yield re.sub(r"((?:/[^/]+)+)\1(?=/|$)", r"\1", path, count=1)


def _without_query(path: str, provider: Provider[Any]) -> Iterator[str]:  # noqa: ARG001
    yield re.split(r"[?&;#]", path, maxsplit=1)[0]


def _other_version(path: str, provider: Provider[Any]) -> Iterator[str]:  # noqa: ARG001
    without = re.sub(r"/v\d+(?:\.\d+)?(?=/)", "", path, count=1, flags=re.IGNORECASE)
    if without != path:
        yield without
        yield re.sub(r"/v\d+(?:\.\d+)?(?=/)", "/v1", path, count=1, flags=re.IGNORECASE)


def _other_ending(path: str, provider: Provider[Any]) -> Iterator[str]:  # noqa: ARG001
    bare = re.sub(r"\.\w{1,5}/?$", "", path)
    yield bare
    yield f"{bare}.do"


def _other_words(path: str, provider: Provider[Any]) -> Iterator[str]:
    """Spell each segment as a known path does: payQR, pay-qr and pay_qr are payQr."""
    folded = [_bare(segment) for segment in path.split("/")]
    for template in _templates(provider):
        segments = template.split("/")
        if len(segments) == len(folded) and all(
            right.startswith("{") or _bare(right) == given
            for right, given in zip(segments, folded, strict=True)
        ):
            yield "/".join(
                given if right.startswith("{") else right
                for right, given in zip(segments, path.split("/"), strict=True)
            )


def _with_beginning(path: str, provider: Provider[Any]) -> Iterator[str]:
    yield from dict.fromkeys(f"{head}{path}" for head in _beginnings(provider))


def _without_beginning(path: str, provider: Provider[Any]) -> Iterator[str]:  # noqa: ARG001
    segments = path.split("/")[1:]
    for count in range(1, min(len(segments), 4)):
        yield "/" + "/".join(segments[count:])


_MISSING = "The beginning of the path is missing"
_ANOTHER = "The beginning of the path is another"

_STEPS: tuple[Step, ...] = (
    ("A blank, quote or line break stands in the path", _trimmed),
    ("There is a slash too many", _single_slashes),
    ("A slash is percent-encoded as %2F: encode the parts, not the whole path", _decoded_slashes),
    ("There is a slash too many at its end", _slash_at_end),
    ("The slash at its end is missing", _slash_missing),
    ("Capital and small letters count", _in_right_case),
    ("The whole address stands in the path", _without_host),
    ("The base address already ends in the provider's name", _without_base),
    ("A part of the path is there twice", _not_doubled),
    ("The question mark before the parameters is encoded or missing", _without_query),
    ("The version in the path is another", _other_version),
    ("The path ends otherwise", _other_ending),
    ("The words of the path are spelt otherwise", _other_words),
    (_MISSING, _with_beginning),
    (_ANOTHER, _without_beginning),
)
"""What may be wrong with a path, and what it may have been; the likeliest first."""


def _bare(segment: str) -> str:
    return re.sub(r"[-_.\s]", "", segment).lower()


def _templates(provider: Provider[Any]) -> Iterator[str]:
    for endpoint in provider.endpoints:
        yield from endpoint.paths


def _beginnings(provider: Provider[Any]) -> Iterator[str]:
    for template in _templates(provider):
        segments = template.split("/")
        for count in range(2, len(segments)):
            if not any(segment.startswith("{") for segment in segments[:count]):
                yield "/".join(segments[:count])
