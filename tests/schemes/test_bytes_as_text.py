"""How languages write bytes as text: what was run in them, and that what is read is what was."""

from __future__ import annotations

import random

import pytest

from emulator.schemes.mistakes.bytes_as_text import (
    LONGEST,
    readings,
    written,
)
from emulator.schemes.mistakes.notations import NOTATIONS
from emulator.schemes.mistakes.object_names import name_of_object

RAW = bytes.fromhex("c3 28 00 ff 0a 41 e2 82 ac 9d 80 7f 05 f4 20 0b")

# Printed by the languages themselves for RAW.
PRINTED = {
    "node: buffer.toString()": "�(\0�\nA€��\x7f\x05� \x0b".encode(),
    "node: buffer.toString('latin1')": "Ã(\0ÿ\nAâ\x82¬\x9d\x80\x7f\x05ô \x0b".encode(),
    "node: buffer.toString('ascii')": b"C(\0\x7f\nAb\x02,\x1d\0\x7f\x05t \x0b",
    "node: [...buffer].toString()": b"195,40,0,255,10,65,226,130,172,157,128,127,5,244,32,11",
    "node: JSON.stringify(buffer)": b'{"type":"Buffer","data":[195,40,0,255,10,65,226,130,172,157,'
    b"128,127,5,244,32,11]}",
    "python: str(raw)": rb"b'\xc3(\x00\xff\nA\xe2\x82\xac\x9d\x80\x7f\x05\xf4 \x0b'",
    "python: list(raw)": b"[195, 40, 0, 255, 10, 65, 226, 130, 172, 157, 128, 127, 5, 244, 32, 11]",
    "java: Arrays.toString": b"[-61, 40, 0, -1, 10, 65, -30, -126, -84, -99, -128, 127, 5, -12, "
    b"32, 11]",
    "java: new BigInteger(1, raw).toString(16)": b"c32800ff0a41e282ac9d807f05f4200b",
    "java: new BigInteger(raw).toString(16)": b"-3cd7ff00f5be1d7d53627f80fa0bdff5",
    "java: new BigInteger(raw)": b"-80875195662182534062756425735644897269",
    "java: Integer.toHexString of each": b"ffffffc3280ffffffffa41ffffffe2ffffff82ffffffacffffff9d"
    b"ffffff807f5fffffff420b",
    "java: new String(raw, UTF_8).getBytes(ISO_8859_1)": b"?(\0?\nA???\x7f\x05? \x0b",
    "java: new String(raw, US_ASCII)": "�(\0�\nA�����\x7f\x05� \x0b".encode(),
    "c#: Encoding.ASCII.GetString": b"?(\0?\nA?????\x7f\x05? \x0b",
    "c#: BitConverter.ToString": b"C3-28-00-FF-0A-41-E2-82-AC-9D-80-7F-05-F4-20-0B",
    "c#: new Guid(raw)": b"ff0028c3-410a-82e2-ac9d-807f05f4200b",
    "go: %v": b"[195 40 0 255 10 65 226 130 172 157 128 127 5 244 32 11]",
    "go: %x of each byte": b"c3280ffa41e282ac9d807f5f420b",
    "ruby: inspect": rb'"\xC3(\x00\xFF\nA\xE2\x82\xAC\x9D\x80\x7F\x05\xF4 \v"',
    "php: utf8_encode": "Ã(\0ÿ\nAâ\x82¬\x9d\x80\x7f\x05ô \x0b".encode(),
    "openssl: -hex with colons": b"c3:28:00:ff:0a:41:e2:82:ac:9d:80:7f:05:f4:20:0b",
}


@pytest.mark.parametrize("how", PRINTED)
def test_what_a_language_prints_is_known(how):
    """The text is among those that are written, or is read as the bytes."""
    assert PRINTED[how] in [text for _, text in written(RAW)] or RAW in [
        raw for _, raw in readings(PRINTED[how])
    ]


@pytest.mark.slow
@pytest.mark.parametrize("notation", [n for n in NOTATIONS if n.read], ids=lambda n: n.name)
def test_reading_undoes_writing(notation):
    """What is written is read as the same bytes, whatever they are."""
    source = random.Random(1)
    for length in (16, 20, 32, 64):
        for _ in range(50):
            raw = bytes([source.randrange(128, 256)]) + source.randbytes(length - 1)
            try:
                text = notation.write(raw)
            except ValueError:
                continue
            assert notation.read(text) == raw
            assert raw in [each for _, each in readings(text)]


def test_no_text_twice():
    """Equal texts have one name, the commonest, and none is the bytes themselves."""
    texts = [text for _, text in written(RAW)]
    assert len(texts) == len(set(texts))
    assert RAW not in texts


@pytest.mark.parametrize("junk", [b"", b"x", b"{}", b"[[", b"b'", b"\\x", b"%zz", b"9" * 5000])
def test_junk_is_read_as_nothing(junk):
    """Nothing raises, whatever comes."""
    list(readings(junk))
    list(written(junk))
    assert list(readings(junk * (LONGEST + 1))) == []


@pytest.mark.slow
def test_random_bytes_never_raise():
    """Any bytes at all."""
    source = random.Random(2)
    for _ in range(2000):
        data = source.randbytes(source.randrange(40))
        list(readings(data))
        list(written(data))


@pytest.mark.parametrize(
    "text",
    [
        "System.Byte[]",
        "[B@6d06d69c",
        "[object Object]",
        "[object Uint8Array]",
        "<Buffer 01 02>",
        "#<OpenSSL::Digest:0x00007f>",
        "<memory at 0x7f>",
        "<sha256 _hashlib.HASH object @ 0x7f0e5c1f3b50>",
        "<bound method X of Y>",
        "Resource id #3",
        "Array",
        "[object Promise]",
    ],
)
def test_names_of_objects(text):
    """What is no bytes at all is told."""
    assert name_of_object(text)
    assert not name_of_object("YWJj" + "QUJD" * 5)
