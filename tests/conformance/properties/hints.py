"""Each refusal has a hint, and doing what it says does not lead into the next refusal."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import lru_cache
from urllib.parse import quote, urlencode

from subject import Subject, World, changed, code

from emulator.core.exchange import Exchange, Request

Slip = Callable[[Request], Iterator[Request]]
Cure = Callable[[Request, "re.Match[str]"], Request]


# --- slips of a hand, which any client can make ------------------------------------------------


def _path(change: Callable[[str], str]) -> Slip:
    def slip(request: Request) -> Iterator[Request]:
        yield replace(request, path=change(request.path))

    return slip


def _renamed_header(request: Request) -> Iterator[Request]:
    for name, _ in request.headers:
        for new in (f"x-{name}", name.removeprefix("x-")):
            if new != name:
                yield _headers(
                    request, lambda n, v, name=name, new=new: [(new if n == name else n, v)]
                )


def _doubled_header(request: Request) -> Iterator[Request]:
    for name, value in request.headers:
        yield changed(request, headers=[*request.headers, (name, value)])


def _missing_header(request: Request) -> Iterator[Request]:
    for name, _ in request.headers:
        yield _headers(request, lambda n, v, name=name: [] if n == name else [(n, v)])


def _header_values(change: Callable[[str], str]) -> Slip:
    def slip(request: Request) -> Iterator[Request]:
        for at, (name, value) in enumerate(request.headers):
            if name != "content-type":
                headers = list(request.headers)
                headers[at] = (name, change(value))
                yield changed(request, headers=headers)

    return slip


def _header_in_body(request: Request) -> Iterator[Request]:
    for name, value in request.headers:
        if name == "content-type":
            continue
        without = _headers(request, lambda n, v, name=name: [] if n == name else [(n, v)])
        try:
            body = json.dumps({**json.loads(request.body), name: value}).encode()
        except ValueError:
            body = request.body + f"&{name}={quote(value)}".encode()
        yield replace(without, body=body)


def _body_in_query(request: Request) -> Iterator[Request]:
    if request.body:
        yield replace(request, body=b"", query=_as_form(request.body))


def _body_as_form(request: Request) -> Iterator[Request]:
    if request.body:
        form = replace(request, body=_as_form(request.body).encode())
        yield from _media_type("application/x-www-form-urlencoded")(form)


def _as_form(body: bytes) -> str:
    try:
        return urlencode({name: str(value) for name, value in json.loads(body).items()})
    except ValueError:
        return quote(body)


def _media_type(value: str) -> Slip:
    def slip(request: Request) -> Iterator[Request]:
        if request.body:
            yield _headers(request, lambda n, v: [(n, value if n == "content-type" else v)])

    return slip


def _method(request: Request) -> Iterator[Request]:
    yield replace(request, method="PUT")


def _body(change: Callable[[bytes], bytes]) -> Slip:
    def slip(request: Request) -> Iterator[Request]:
        if request.body:
            yield replace(request, body=change(request.body))

    return slip


def _headers(request: Request, change: Callable[[str, str], list[tuple[str, str]]]) -> Request:
    return changed(request, headers=[new for n, v in request.headers for new in change(n, v)])


SLIPS: dict[str, Slip] = {
    "capitals in the path": _path(str.upper),
    "two slashes": _path(lambda path: f"/{path}"),
    "a slash at the end": _path(lambda path: path.rstrip("/") + "/" * (not path.endswith("/"))),
    "another method": _method,
    "a renamed header": _renamed_header,
    "a header twice": _doubled_header,
    "no header": _missing_header,
    "an empty header": _header_values(lambda _: ""),
    "Basic": _header_values(lambda value: f"Basic {value.split()[-1]}"),
    "Bearer": _header_values(lambda value: f"Bearer {value}"),
    "Bearer undefined": _header_values(lambda _: "Bearer undefined"),
    "a header twice in one": _header_values(lambda value: f"{value} {value}"),
    "a bare header": _header_values(lambda value: value.split()[-1]),
    "a header in quotes": _header_values(lambda value: f'"{value}"'),
    "a header that is cut": _header_values(lambda value: value[:-7]),
    "a header in small letters": _header_values(str.lower),
    "a header in the body": _header_in_body,
    "the body in the query": _body_in_query,
    "the body as a form": _body_as_form,
    "text/plain": _media_type("text/plain"),
    "no body": _body(lambda _: b""),
    "null": _body(lambda _: b"null"),
    "an empty object": _body(lambda _: b"{}"),
    "a list": _body(lambda body: b"[" + body + b"]"),
    "JSON in JSON": _body(lambda body: json.dumps(body.decode("latin-1")).encode()),
    "half": _body(lambda body: body[: len(body) // 2]),
    "a byte order mark": _body(lambda body: b"\xef\xbb\xbf" + body),
    "UTF-16": _body(lambda body: body.decode("latin-1").encode("utf-16")),
}


# --- what can be done without thinking ---------------------------------------------------------


def _cured_path(request: Request, found: re.Match[str]) -> Request:
    return replace(request, path=found[1].rstrip(".,;"))


def _cured_method(request: Request, found: re.Match[str]) -> Request:
    return replace(request, method=found[1])


def _cured_name(request: Request, found: re.Match[str]) -> Request:
    old, new = found[1].lower(), found[2].lower()
    return _headers(request, lambda n, v: [(new if n == old else n, v)])


def _cured_once(request: Request, found: re.Match[str]) -> Request:
    name = found[1].lower()
    values = [value for n, value in request.headers if n == name]
    others = [each for each in request.headers if each[0] != name]
    return changed(request, headers=[*others, *((name, value) for value in values[:1])])


def _cured_type(request: Request, found: re.Match[str]) -> Request:
    others = [each for each in request.headers if each[0] != "content-type"]
    return changed(request, headers=[*others, ("content-type", found[1])])


CURES: tuple[tuple[re.Pattern[str], Cure], ...] = (
    (re.compile(r"[Tt]he path is (/\S+)"), _cured_path),
    (re.compile(r"[Uu]se the method ([A-Z]+)\b"), _cured_method),
    (re.compile(r"[Rr]ename the header '?([\w-]+)'? to '?([\w-]+)"), _cured_name),
    (re.compile(r"[Ss]end the header ([\w-]+) once"), _cured_once),
    (re.compile(r"(?:Set|Send) the header Content-Type: ([a-z]+/[\w+-]+)"), _cured_type),
)


def check_every_refusal_has_one(subject: Subject) -> None:
    """Of what is spoiled on purpose and what is spoiled by a slip; none proposes what came."""
    for what, _, exchange in refusals(subject):
        assert not exchange.bug, exchange.bug
        diagnosis = exchange.diagnosis
        assert diagnosis is not None
        assert diagnosis.summary, what
        assert diagnosis.where, what
        assert diagnosis.source, what
        assert diagnosis.hint.strip(), f"{what}: {diagnosis.code} has no hint"
        for old, new in re.findall(r"[Rr]ename '?([\w.-]+)'? to '?([\w.-]+\w)'?", diagnosis.hint):
            assert old != new, diagnosis.hint
        for word in re.findall(r"[Dd]id you mean '([^']+)'", diagnosis.hint):
            assert word != diagnosis.received, diagnosis.hint


def refusals(subject: Subject) -> Iterator[tuple[str, World, Exchange]]:
    """Go through what is refused of the examples, and of right requests with one slip."""
    for name, example in subject.examples.items():
        if example.code:
            world = subject.world()
            yield name, world, world.play(example)
    for what, world, _, exchange in _slips(subject):
        yield what, world, exchange


def check_applied(subject: Subject) -> None:
    """One slip in a request that is right: its hint, where it says what to write, mends it."""
    for what, world, right, exchange in _slips(subject):
        assert exchange.diagnosis is not None
        request, hint = exchange.request, exchange.diagnosis.hint
        cured = request
        for form, cure in CURES:
            if found := form.search(hint):
                cured = cure(cured, found)
        if cured == request:
            continue
        assert world.provider.route(cured.path)[0], f"{what}: {hint!r} leads nowhere"
        now, then = world.verdict(cured), world.verdict(right)
        assert now in ("", then), f"{what}: {hint!r} leads to {now}"


@lru_cache(maxsize=8)
def _slips(subject: Subject) -> tuple[tuple[str, World, Request, Exchange], ...]:
    """Return the refusals of right requests with one slip; looking for hints takes its time."""
    return tuple(_slipped(subject))


def _slipped(subject: Subject) -> Iterator[tuple[str, World, Request, Exchange]]:
    for example in subject.signed_examples:
        world = subject.world()
        right = world.build(example)
        for what, slip in SLIPS.items():
            for request in slip(right):
                exchange = world.send(request)
                if code(exchange):
                    yield f"{example.name}, {what}", world, right, exchange
