"""What a Content-Type says of a body, and what it means."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.core.exchange import Request
from emulator.emulator import Emulator
from emulator.provider.body import check_encoding, reads_as_utf_8
from emulator.providers import discover

PROVIDERS = discover()
CHARSETS = ("utf-8", "UTF8", "ISO-8859-1", "latin-1", "windows-1252", "us-ascii", "x", "")


def taking_json(name):
    """Return an example in order whose body is JSON; None where the provider takes none."""
    found = (
        each
        for each in PROVIDERS[name].examples
        if not each.code
        and not each.after
        and (request := each.build(Emulator().namespace("default").contexts[name])).body
        and request.media_type == "application/json"
    )
    return next(found, None)


JSON_PROVIDERS = [name for name in PROVIDERS if taking_json(name)]


@pytest.mark.parametrize("charset", CHARSETS)
@pytest.mark.parametrize("name", JSON_PROVIDERS)
def test_json_is_utf_8_whatever_charset_is_said(emulator, name, charset):
    """Windows and Java clients declare Latin-1, and write UTF-8 or plain ASCII."""
    namespace, provider = emulator.namespace("default"), emulator.providers[name]
    request = taking_json(name).build(namespace.contexts[name])
    others = [each for each in request.headers if each[0] != "content-type"]
    typed = ("content-type", f"application/json; charset={charset}")

    async def send():
        return await emulator.serve(namespace, provider, replace(request, headers=[*others, typed]))

    exchange = asyncio.run(send())
    assert (exchange.verdict, exchange.diagnosis) == ("accepted", None)


def body(content_type: str, content: bytes) -> str:
    request = Request(
        method="POST", path="/", headers=[("content-type", content_type)], body=content
    )
    found = check_encoding(request)
    if found is None:
        return ""
    assert found.hint
    return found.code


@pytest.mark.parametrize(
    ("content_type", "content", "code"),
    [
        ("application/json; charset=utf-16", '{"a": 1}'.encode("utf-16"), "request.charset"),
        ("application/json; charset=utf-16le", '{"a": 1}'.encode("utf-16le"), "request.charset"),
        ("application/json; charset=latin-1", '{"a": "é"}'.encode("latin-1"), "request.charset"),
        ("application/json; charset=latin-1", '{"a": "é"}'.encode(), ""),
        ("application/problem+json; charset=latin-1", b"{}", ""),
        ("application/x-www-form-urlencoded; charset=latin-1", b"a=b", ""),
        ("application/x-www-form-urlencoded; charset=latin-1", b"a=%E9", "request.charset"),
        ("application/x-www-form-urlencoded; charset=latin-1", b"a=%C3%A9", "request.charset"),
        ("application/x-www-form-urlencoded; charset=utf-8", b"a=%C3%A9", ""),
        ("multipart/form-data; boundary=b; charset=latin-1", b"--b", ""),
        ("multipart/form-data; boundary=b; charset=utf-16", b"--b", "request.charset"),
        ("application/x-www-form-urlencoded; charset=none", b"a=b", "request.charset"),
        ("application/x-www-form-urlencoded; charset=idna", b"a=b", "request.charset"),
        ("application/x-www-form-urlencoded; charset=unicode-escape", b"a=b", "request.charset"),
    ],
)
def test_a_charset_is_refused_only_where_it_gives_another_text(content_type, content, code):
    """In JSON only bytes that are not UTF-8; in a form what reads otherwise."""
    assert body(content_type, content) == code


@given(content=st.binary(max_size=8), charset=st.sampled_from(CHARSETS) | st.text(max_size=12))
def test_any_charset_and_any_bytes(content, charset):
    """A name that Python does not know, or knows for no charset, is no bug."""
    if reads_as_utf_8(charset, content) and charset != "utf-8":
        assert content.isascii() or "8" in charset
