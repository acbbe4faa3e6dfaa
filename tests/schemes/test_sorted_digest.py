"""The sorted digest: vectors, properties, mistakes, a second implementation, mutations."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import random
import re
import subprocess
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emulator.core.errors import FailureMode, SchemeError
from emulator.schemes import sorted_digest
from emulator.schemes.mistakes import search, secrets
from emulator.schemes.mistakes.hashes import SHA256
from emulator.schemes.shown import MASKED
from emulator.schemes.sorted_digest import (
    Number,
    canonical,
    parse,
    plain,
    signature,
    verify,
)
from emulator.schemes.sorted_digest.mistakes import diagnose as mistakes
from emulator.schemes.sorted_digest.mistakes import keyed
from emulator.schemes.sorted_digest.mistakes.diagnose import (
    LONGEST_RECOGNISED,
    MOST_RECOGNISED,
)

# Its "source" member tells where the figures come from; the first row is the page's own example.
VECTORS = json.loads(
    (Path(__file__).parent.parent / "vectors" / "pagsmile_signatures.json").read_text("utf-8")
)
REPEATED = "duplicate key a"
ROWS = [row for row in VECTORS["rows"] if row["case"] != REPEATED]
OTHERS = [
    pytest.param(row, other, id=f"{row['case']}-{other['by'][0]}")
    for row in ROWS
    for other in row["others"]
]
DIALECT = {
    "php": "PHP with precision=14",
    "python": "Python",
    "python/decimal": "Python with Decimal",
    "go": "Go with float64",
    "go/number": "Go with UseNumber",
    "go/decimal": "Go with decimal",
    "java/valueof": "Java with String.valueOf",
}

KEY = "zQ8-test-app-key-51"
APP_ID = "94FAC0FFEE00000000000000000068548"
OTHER_KEYS = {"the payin security key": "zQ8-payin-key", "the key of app B": "zQ8-b-key"}


def sha256(text: str | bytes) -> str:
    return hashlib.sha256(text if isinstance(text, bytes) else text.encode()).hexdigest()


def refusal(body: bytes | str, sent: str | None, key: str = KEY, app_id: str = APP_ID):
    raw = body if isinstance(body, bytes) else body.encode()
    with pytest.raises(SchemeError) as refused:
        verify(raw, sent, key, app_id=app_id, others=lambda: OTHER_KEYS)
    return refused.value.diagnosis


# --- a second implementation: it reads the bytes by a regular expression and knows no JSON parser

MEMBER = re.compile(
    rb'\s*"((?:[^"\\]|\\.)*)"\s*:\s*(?:"((?:[^"\\]|\\.)*)"|([^\s",{}\[\]]+))\s*(,|\})', re.DOTALL
)
ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|(.))", re.DOTALL)
LETTERS = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f"}


def unescape(raw: bytes) -> str:
    def one(match: re.Match[str]) -> str:
        return chr(int(match[1], 16)) if match[1] else LETTERS.get(match[2], match[2])

    text = ESCAPE.sub(one, raw.decode())
    return text.encode("utf-16", "surrogatepass").decode("utf-16")


def second_opinion(body: bytes) -> bytes:
    """Return what is hashed before the key, for a body that is good JSON and flat."""
    texts: dict[bytes, bytes] = {}
    position = body.index(b"{") + 1
    while body[position:].strip() != b"}" or texts:
        member = MEMBER.match(body, position)
        assert member, body[position:]
        name, string, bare, end = member.groups()
        value = bare if string is None else unescape(string).encode()
        texts[unescape(name).encode()] = b"" if bare == b"null" else value
        position = member.end()
        if end == b"}":
            break
    return b"&".join(name + b"=" + texts[name] for name in sorted(texts) if texts[name])


def good_body(rng: random.Random) -> bytes:
    """Write a flat JSON object by hand, with all the liberties that JSON gives."""
    alphabet = "abcXYZ012 _-.=&%+/çãé€😀\uffee\"\\\n\t'<>"

    def text(longest: int) -> str:
        return "".join(rng.choices(alphabet, k=rng.randrange(longest)))

    def string(value: str) -> str:
        if rng.random() < 0.3:
            return json.dumps(value)
        return json.dumps(value, ensure_ascii=False).replace("/", rng.choice(["/", "\\/"]))

    def value() -> str:
        kind = rng.randrange(8)
        if kind == 0:
            return rng.choice(["null", "true", "false", '""', '"0"', "0", "-0", "0.00"])
        if kind == 1:
            return str(rng.randrange(-(10**9), 10 ** rng.randrange(1, 60)))
        if kind == 2:
            return f"{rng.randrange(10**6)}.{rng.randrange(100):02d}"
        if kind == 3:
            exponent = rng.choice("eE") + rng.choice(["", "+", "-"]) + str(rng.randrange(500))
            return f"{rng.randrange(10)}.{rng.randrange(10**5)}{exponent}"
        return string(text(20))

    def blank() -> str:
        return rng.choice(["", "", "", " ", "\n\t", "\r\n"])

    names = dict.fromkeys(text(8) for _ in range(rng.randrange(12)))
    members = (f"{blank()}{string(name)}{blank()}:{blank()}{value()}{blank()}" for name in names)
    return f"{blank()}{{{','.join(members)}}}{blank()}".encode()


class TestVectors:
    def test_the_example_of_the_page(self):
        """The page's own body, key, sorted parameters and digest."""
        row = ROWS[0]
        assert row["key"] == "ABCDE"
        assert row["sig"] == "b15f900705867ecc3f66088054c14a80f9f12b1fb31c82320c4cbfe181876abb"
        params = verify(row["body"].encode(), row["sig"], row["key"])
        assert params["name"] == "Test User Name"
        assert signature(params, "ABCDE") == row["sig"]

    @pytest.mark.parametrize("row", ROWS, ids=[row["case"] for row in ROWS])
    def test_row(self, row):
        """Text and digest are those of the Java sample, and are accepted."""
        params = verify(row["body"].encode(), row["sig"], row["key"])
        assert canonical(params) == row["string"]
        assert signature(row["string"], row["key"]) == row["sig"]

    @pytest.mark.parametrize(("row", "other"), OTHERS)
    def test_other_sample(self, row, other):
        """What another sample signs is refused, and each that signs so is named."""
        diagnosis = refusal(row["body"], other["sig"], row["key"])
        assert diagnosis.code == "sorted-digest.mismatch"
        assert diagnosis.expected == row["sig"]
        assert diagnosis.received == other["sig"]
        if row["string"].endswith("&"):
            assert "Go's TrimRight and Python's rstrip" in diagnosis.hint
            return
        named = {
            diagnosis.hint.split(": ", 1)[0],
            *re.findall(r"so does ([^;]+)", diagnosis.hint),
        }
        assert named & set(DIALECT.values()) == {DIALECT[variant] for variant in other["by"]}

    @pytest.mark.parametrize("row", VECTORS["nested"], ids=lambda row: row["case"])
    def test_nested_row(self, row):
        """The four samples do not agree on nested values: refused, whatever the signature."""
        diagnosis = refusal(row["body"], "0" * 64)
        assert (diagnosis.code, diagnosis.where) == ("sorted-digest.nested", "a")

    def test_the_copy_of_the_page_keeps_a_stale_digest(self):
        """A white-label copy of the page has another URL and the old digest; ours differs."""
        body = ROWS[0]["body"].replace("www.pagsmile.com", "www.transfersmile.com")
        assert signature(parse(body.encode()), "ABCDE") == (
            "00a888b56097617a3fd4ac7fce84676317a766d77a3a1da09beb05db90e96eba"
        )

    def test_empty_object(self):
        """Without parameters the key alone is hashed."""
        assert verify(b" {} ", sha256("ABCDE"), "ABCDE") == {}

    def test_openssl_agrees(self):
        """The digest of another program."""
        rng = random.Random(5)
        for _ in range(5):
            body = good_body(rng)
            made = subprocess.run(
                ["openssl", "dgst", "-sha256", "-r"],
                input=second_opinion(body) + KEY.encode(),
                capture_output=True,
                check=True,
            ).stdout.split()[0]
            verify(body, made.decode(), KEY)


class TestProperties:
    def test_second_implementation(self):
        """1,500 bodies signed by an implementation that shares no code are accepted."""
        rng = random.Random(2024)
        for _ in range(1500):
            body = good_body(rng)
            text = second_opinion(body)
            assert canonical(parse(body)).encode() == text
            verify(body, sha256(text + KEY.encode()), KEY)

    @pytest.mark.usefixtures("no_search")
    def test_mutated_signatures(self):
        """No signature with another character, length or letter case passes."""
        rng = random.Random(7)
        body = ROWS[0]["body"].encode()
        right = signature(parse(body), KEY)
        alphabet = "0123456789abcdefABCDEF gz=+/\n\u0661é"
        for _ in range(1200):
            place = rng.randrange(65)
            wrong = rng.choice(
                [
                    right[:place] + rng.choice(alphabet) + right[place + 1 :],
                    right[:place] + rng.choice(alphabet) + right[place:],
                    right[:place] + right[place + 1 :],
                    right[:place] + right[place:].upper(),
                ]
            )
            if wrong != right:
                assert refusal(body, wrong).code in {
                    "sorted-digest.malformed",
                    "sorted-digest.mismatch",
                    "sorted-digest.upper-case",
                }

    @pytest.mark.usefixtures("no_search")
    def test_mutated_bodies(self):
        """A body with other bytes passes only where it says the same to the second opinion."""
        rng = random.Random(11)
        body = b'{"amount": "10.00", "n": 1.50, "t": 1628512575, "x": "\xc3\xa7 & =", "ok": true}'
        right = signature(parse(body), KEY)
        refused = 0
        while refused < 1000:
            mutated = bytearray(body)
            for _ in range(rng.randrange(1, 4)):
                place = rng.randrange(len(mutated))
                mutated[place : place + rng.randrange(2)] = rng.choice(
                    [b"", bytes([rng.randrange(256)]), b" ", b"0", b'"', b","]
                )
            try:
                verify(bytes(mutated), right, KEY)
            except SchemeError:
                refused += 1
            else:
                assert second_opinion(bytes(mutated)) == second_opinion(body)

    @pytest.mark.usefixtures("no_search")
    @settings(deadline=None)
    @given(st.binary(), st.text(max_size=80), st.text(max_size=20))
    def test_arbitrary_input(self, body, sent, key):
        """Whatever comes, the answer is a SchemeError."""
        with pytest.raises(SchemeError):
            verify(body, sent, key, app_id=sent, others=lambda: {"x": sent, "y": ""})

    json_values = st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    )

    @pytest.mark.slow
    @pytest.mark.usefixtures("no_search")
    @settings(max_examples=300, deadline=None)
    @given(
        json_values | st.dictionaries(st.text(), json_values),
        st.text(min_size=1, max_size=9),
        st.booleans(),
    )
    def test_arbitrary_json(self, value, key, ascii_only):
        """Any JSON is refused with a SchemeError, or accepted for one signature only."""
        body = json.dumps(value, ensure_ascii=ascii_only).encode("utf-8", "surrogatepass")
        with pytest.raises(SchemeError):
            verify(body, "0" * 64, key, app_id=key, others=lambda: {"x": key[::-1]})
        try:
            params = parse(body)
        except SchemeError:
            return
        assert verify(body, signature(params, key), key) == params

    @given(st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), st.just("x")))
    def test_order(self, params):
        """Names are in the order of their UTF-8 bytes, and so of their code points."""
        names = [part[:-2] for part in canonical(params).split("&")] if params else []
        if not any("&" in name for name in params):
            assert names == sorted(params, key=str.encode)

    def test_order_beyond_the_basic_plane(self):
        """U+FFEE comes before U+1F600; Java's UTF-16 order would turn them round."""
        body = '{"😀":"2","\uffee":"1"}'
        assert canonical(parse(body.encode())) == "\uffee=1&😀=2"
        assert "not sorted" in refusal(body, sha256("😀=2&\uffee=1" + KEY)).hint

    def test_known_ambiguity(self):
        """The scheme does not escape: two bodies have one signature. Production has this too."""
        one, two = parse(b'{"a": "1&b=2"}'), parse(b'{"a": "1", "b": "2"}')
        assert signature(one, KEY) == signature(two, KEY)

    def test_nothing_passes_with_an_empty_key(self):
        """Without a key anybody could sign."""
        diagnosis = refusal('{"a":"1"}', sha256("a=1"), key="")
        assert diagnosis.code == "sorted-digest.mismatch"
        assert "no key" in diagnosis.hint


class TestParse:
    def test_values(self):
        """Numbers keep their lexeme, other values are Python's."""
        params = parse(b'{"a": 1.50, "b": 1e3, "c": "1.50", "d": true, "e": null, "f": -0}')
        assert params == {"a": "1.50", "b": "1e3", "c": "1.50", "d": True, "e": None, "f": "-0"}
        assert [type(value) for value in params.values()] == [
            Number,
            Number,
            str,
            bool,
            type(None),
            Number,
        ]

    @pytest.mark.parametrize(
        "body",
        [
            *(row["body"] for row in VECTORS["rows"] if row["case"] == REPEATED),
            '{"a": "1", "a": null, "b": 1}',
            '{"a": "1", "a": "1"}',
            '{"a": "1", "\\u0061": "2"}',
        ],
    )
    def test_a_repeated_member_is_refused(self, body):
        """Also where the signature is right by either reading: the two readings can differ."""
        for value in ("1", "2"):
            diagnosis = refusal(body, sha256(f"a={value}&z=1{KEY}"))
            assert diagnosis.code == "sorted-digest.repeated-member"
            assert diagnosis.hint

    def test_ten_thousand_digits(self):
        """A lexeme is text, however long."""
        digits = "7" * 10_000
        body = f'{{"a": {digits}}}'.encode()
        verify(body, sha256(f"a={digits}{KEY}"), KEY)
        assert refusal(body, "0" * 64).code == "sorted-digest.mismatch"
        assert plain(parse(body)) == {"a": Decimal("Infinity")}

    @pytest.mark.parametrize(
        ("lexeme", "value"),
        [
            ("1.50", "1.50"),
            ("1e3", "1E+3"),
            ("0.00", "0"),
            ("-7", "-7"),
            ("1e999999999999999999999", "Infinity"),
            ("-1e400", "-Infinity"),
            ("1e-999999999999999999999", "0"),
        ],
    )
    def test_plain(self, lexeme, value):
        """A number becomes a Decimal, infinite or zero beyond the range of a double."""
        assert str(plain(parse(f'{{"a": {lexeme}}}'.encode()))["a"]) == value

    def test_plain_leaves_the_rest(self):
        """Strings, booleans and null stay what they are."""
        assert plain({"a": "1.50", "b": True, "c": None}) == {"a": "1.50", "b": True, "c": None}

    @pytest.mark.parametrize(
        ("body", "hint"),
        [
            (b"", "empty"),
            (b" \n", "empty"),
            (b'\xef\xbb\xbf{"a":1}', "byte order mark"),
            ('{"a":1}'.encode("utf-16"), "UTF-16"),
            ('{"a":1}'.encode("utf-16-le"), "UTF-16"),
            (b"\x1f\x8b\x08\x00", "gzip"),
            ('{"a":"ção"}'.encode("latin-1"), "Latin-1"),
            (b"amount=10.00&name=Ana", "This is a form"),
            (b'{"a": "1", // required\n "b": 2}', "comment"),
            (b'{"a": 1 /* x */}', "comment"),
            (b'{\n * "a": "1"}', "*"),
            (b'* {"a": "1"}', "*"),
            (b'{"a": "1",\n}', "comma follows the last"),
            (b'{"a": "1", }', "comma follows the last"),
            (b'{"a": [1, ]}', "comma follows the last"),
            ('{\u00a0"a": "1"}'.encode(), "U+00A0"),
            ('{"a":\u00a0"1"}'.encode(), "U+00A0"),
            ('\u00a0{"a": "1"}'.encode(), "U+00A0"),
            (b"{'a': '1'}", "single ones"),
            ('{“a”: "1"}'.encode(), "curly"),
            (b'{"a": None}', "null, true and false"),
            (b'{"a": True}', "null, true and false"),
            (b'{"a": NaN}', "NaN"),
            (b'{"a": [Infinity]}', "Infinity"),
            (b'{"a": -Infinity}', "Infinity"),
            (b'{"bank_code": 001}', "begins with a zero"),
            (b'{a: "1"}', "no quotes"),
            (b'{"a": "1" "b": "2"}', "comma between"),
            (b'{"a": "1', "ends too early"),
            (b'{"a": "1"', "ends too early"),
            (b'{"a": "1\n2"}', r"\n"),
            (b'{"a": "1"}{"b": "2"}', "Two objects"),
            (b'{"a": "\\ud800"}', "surrogate"),
            (b'{"\\udc00": 1}', "surrogate"),
            (b'{"a": "\\ude00\\ud83d"}', "surrogate"),
            (b'{"a": +1}', "plus"),
            (b'{"a": "\\x"}', "escape"),
        ],
    )
    def test_not_json(self, body, hint):
        """What is not JSON is refused, and the slip is named where it is a known one."""
        diagnosis = refusal(body, "0" * 64)
        assert (diagnosis.code, diagnosis.where) == ("sorted-digest.not-json", "body")
        assert hint in f"{diagnosis.hint} {diagnosis.received}"
        assert diagnosis.hint

    @pytest.mark.parametrize(
        ("body", "kind"),
        [
            (b"[1]", "an array"),
            (b'"a"', "a string"),
            (b"1.50", "a number"),
            (b"null", "null"),
            (b"true", "true"),
            (b"[" * 200_000, "an array"),
        ],
    )
    def test_not_an_object(self, body, kind):
        """JSON that is not an object is refused."""
        diagnosis = refusal(body, "0" * 64)
        assert diagnosis.code == "sorted-digest.not-an-object"
        assert (diagnosis.where, diagnosis.received) == ("body", kind)

    @pytest.mark.parametrize(
        ("body", "name", "kind"),
        [
            (b'{"z": "1", "a b": {"x": 1}}', "a b", "an object"),
            (b'{"a": []}', "a", "an array"),
            (
                b'{"a": "{\\"", "deep": ' + b"[" * 200_000 + b"]" * 200_000 + b"}",
                "deep",
                "an array",
            ),
            (b'{"a": 1, "d": ' + b'{"x":' * 200_000, "d", "an object"),
        ],
    )
    def test_nested(self, body, name, kind):
        """An object or array as a value is refused at its name, however deep it goes."""
        diagnosis = refusal(body, "0" * 64)
        assert diagnosis.code == "sorted-digest.nested"
        assert (diagnosis.where, diagnosis.received) == (name, kind)


BODY = '{"b":"x/y z","a":1.50,"timestamp":1628512575,"name":" Ana ","e":"","ç":"ção"}'
TEXT = "a=1.50&b=x/y z&name= Ana &timestamp=1628512575&ç=ção"


def h(message: str | bytes, key: str = KEY) -> str:
    raw = message if isinstance(message, bytes) else message.encode()
    return hmac.new(key.encode(), raw, "sha256").hexdigest()


# Made by hand, not by the recipes: what was sent, and a part of the hint.
WRONG = {
    "hmac of the text": (h(TEXT), "HMAC of the text, with the key"),
    "hmac of the compact JSON": (h(BODY), "The JSON body was signed|HMAC of the text"),
    "hmac of the spaced JSON": (
        h(json.dumps(json.loads(BODY)).replace("1.5,", "1.50,")),
        "The JSON body was signed|HMAC of the text",
    ),
    "JSON and key": (sha256(BODY + KEY), "The JSON body was signed"),
    "JSON alone": (sha256(BODY), "The JSON body was signed|not appended"),
    "&key=": (sha256(f"{TEXT}&key={KEY}"), "between the parameters and the key"),
    "&": (sha256(f"{TEXT}&{KEY}"), "between the parameters and the key"),
    "key first": (sha256(KEY + TEXT), "key was put first"),
    "no key": (sha256(TEXT), "not appended"),
    "key alone": (sha256(KEY), "only the key was hashed"),
    "MD5": (hashlib.md5((TEXT + KEY).encode()).hexdigest(), "Hashed with MD5; use SHA-256"),
    "legacy MD5": (
        hashlib.md5(f"{TEXT}&key={KEY}".encode()).hexdigest().upper(),
        "key=|Hashed with MD5|in capital letters",
    ),
    "SHA-1": (hashlib.sha1((TEXT + KEY).encode()).hexdigest(), "Hashed with SHA-1"),
    "SHA-512": (hashlib.sha512((TEXT + KEY).encode()).hexdigest(), "Hashed with SHA-512"),
    "SHA3": (hashlib.sha3_256((TEXT + KEY).encode()).hexdigest(), "Hashed with SHA3-256"),
    "Base64": (
        base64.b64encode(bytes.fromhex(sha256(TEXT + KEY))).decode(),
        "digest was sent as Base64 text",
    ),
    "twice": (sha256(sha256(TEXT + KEY)), "Hashed twice"),
    "urlencode": (
        sha256("a=1.50&b=x%2Fy+z&name=+Ana+&timestamp=1628512575&%C3%A7=%C3%A7%C3%A3o" + KEY),
        "URL-encoded",
    ),
    "percent": (
        sha256("a=1.50&b=x%2Fy%20z&name=%20Ana%20&timestamp=1628512575&%C3%A7=%C3%A7%C3%A3o" + KEY),
        "URL-encoded",
    ),
    "Latin-1": (sha256((TEXT + KEY).encode("latin-1")), "hashed in Latin-1"),
    "escapes": (sha256(TEXT.replace("ção", r"\u00e7\u00e3o") + KEY), "escapes"),
    "slashes": (sha256(TEXT.replace("/", r"\/") + KEY), "escapes"),
    "blank": (
        sha256("a=1.50&b=x/y z&e=&name= Ana &timestamp=1628512575&ç=ção" + KEY),
        "without a value",
    ),
    "as sent": (
        sha256("b=x/y z&a=1.50&timestamp=1628512575&name= Ana &ç=ção" + KEY),
        "not sorted",
    ),
    "app id": (sha256(f"appId={APP_ID}&".join(["a=1.50&", TEXT[7:]]) + KEY), "app id was signed"),
    "app id as key": (sha256(TEXT + APP_ID), "The app id was used in place of the key"),
    "payin key": (
        sha256(TEXT + "zQ8-payin-key"),
        "The payin security key was used in place of the key",
    ),
    "line break": (sha256(TEXT + KEY + "\n"), "A line feed after the key"),
    "timestamp": (sha256("a=1.50&b=x/y z&name= Ana &ç=ção" + KEY), "timestamp was left out"),
    "member": (
        sha256("a=1.50&name= Ana &timestamp=1628512575&ç=ção" + KEY),
        "without one member matches; sign every member that has a value: `b` left out",
    ),
    "trimmed": (
        sha256(TEXT.replace(" Ana ", "Ana") + KEY),
        "were trimmed",
    ),
    "padded": (sha256(TEXT.replace("1.50", "1.5000") + KEY), "Numbers were signed in another form"),
    "shortened": (
        sha256("a=1.5&b=x/y z&name= Ana &timestamp=1628512575&ç=ção" + KEY),
        "PHP with precision=14",
    ),
    "Go": (
        sha256(TEXT.replace("1.50", "1.5").replace("1628512575", "1.628512575e+09") + KEY),
        "Go with float64",
    ),
    "separator": (sha256(TEXT.replace("&", "") + KEY), "the pairs by ''"),
}


class TestMistakes:
    @pytest.mark.parametrize(("sent", "hint"), WRONG.values(), ids=WRONG)
    def test_by_hand(self, sent, hint):
        """A wrong signature made by hand is refused and its mistake named."""
        assert canonical(parse(BODY.encode())) == TEXT
        diagnosis = refusal(BODY, sent)
        assert diagnosis.code in {"sorted-digest.mismatch", "sorted-digest.malformed"}
        assert all(part in diagnosis.hint for part in hint.split("|"))

    def named(self, body: str, sent: str) -> str:
        return refusal(body, sent).hint

    def test_difference_is_shown(self):
        """What was signed, what the body says, and who else would have signed it."""
        hint = self.named('{"a":1000000.0,"z":"1"}', sha256("a=1e+06&z=1" + KEY))
        assert hint.startswith("Go with float64: ")
        assert hint.endswith(": `a` signed as `1e+06`, the body says `1000000.0`")
        hint = self.named('{"a":0,"z":"1"}', sha256("z=1" + KEY))
        assert "`a` left out, the body says `0`; so does PHP with precision=17" in hint

    def test_one_number(self):
        """One number in another form is named, though the others are right."""
        body = '{"a":1.50,"b":2.50,"c":"10.00"}'
        hint = self.named(body, sha256("a=1.50&b=2.5&c=10.00" + KEY))
        assert hint.endswith(": `b` signed as `2.5`, the body says `2.50`")
        hint = self.named(
            '{"a":1.50,"c":"10.00","d":"20.00"}', sha256("a=1.50&c=1000&d=20.00" + KEY)
        )
        assert hint.endswith(": `c` signed as `1000`, the body says `10.00`")

    def test_one_letter_case(self):
        """One value in another letter case is named."""
        hint = self.named('{"a":"CPF","b":"X"}', sha256("a=cpf&b=X" + KEY))
        assert hint.endswith(": `a` signed as `cpf`, the body says `CPF`")

    def test_upper_case_of_a_wrong_digest(self):
        """Two mistakes at once are both told."""
        hint = self.named(BODY, h(TEXT).upper())
        assert "(1) HMAC of the text" in hint
        assert "(2) The digest was sent as hexadecimal text in capital letters" in hint

    def test_no_known_mistake(self):
        """What to hash is shown where nothing is recognised."""
        assert self.named(BODY, "0" * 64).endswith(f"the text to hash is: {TEXT}")

    def test_numeric_names(self):
        """PHP sorts numeric names as numbers, among other names too."""
        body = '{"10":"x","9":"y","a":"z"}'
        assert "PHP" in self.named(body, sha256("9=y&10=x&a=z" + KEY))

    @pytest.mark.slow
    @pytest.mark.parametrize(
        "body",
        [
            json.dumps({f"n{n}": n for n in range(5000)}),
            json.dumps({f"n{n}": n for n in range(MOST_RECOGNISED + 1)}),
            json.dumps({"a": "x" * LONGEST_RECOGNISED}),
        ],
        ids=["thousands of members", "one member too many", "one byte too many"],
    )
    def test_too_long_to_recognise(self, body, monkeypatch):
        """No recipe is tried on a long body; it is verified all the same."""
        monkeypatch.setattr(mistakes, "Budget", pytest.fail)
        assert "too long" in self.named(body, sha256(body + KEY))
        verify(body.encode(), sha256(second_opinion(body.encode()) + KEY.encode()), KEY)


# Two mistakes at once, made by hand; a part of each hint.
QUERY = "b=x%2Fy+z&a={}&timestamp=1628512575&name=+Ana+&{}%C3%A7=%C3%A7%C3%A3o"
"""As one call of a language writes all members of `BODY`, in their order."""

BOTH = {
    "http_build_query, HMAC": (
        h(QUERY.format("1.5", "e=&")),
        "not sorted|URL-encoded|no value (`e=`)|`a=1.5` for 1.50|HMAC",
    ),
    "urlencode, key with a name, SHA-1": (
        hashlib.sha1((QUERY.format("1.50", "") + f"&key={KEY}").encode()).hexdigest(),
        "not sorted|URL-encoded|SHA-1|The key was signed as a parameter, key=",
    ),
    "sorted query with what is empty, Base64 of HMAC": (
        base64.b64encode(
            hmac.digest(
                KEY.encode(),
                b"a=1.5&b=x%2Fy%20z&e=&name=%20Ana%20&timestamp=1628512575&%C3%A7=%C3%A7%C3%A3o",
                "sha256",
            )
        ).decode(),
        "URL-encoded|no value (`e=`)|HMAC|Base64",
    ),
    "%f": (sha256(TEXT.replace("1.50", "1.500000") + KEY), "`a` signed as `1.500000`"),
    "all numbers %f, HMAC": (
        h(TEXT.replace("1.50", "1.500000").replace("2575", "2575.000000")),
        "`a` signed as `1.500000`|HMAC",
    ),
    "doubles of Java": (
        sha256(TEXT.replace("1.50", "1.5").replace("1628512575", "1.628512575E9") + KEY),
        "1.628512575E9",
    ),
    "comma": (sha256(TEXT.replace("1.50", "1,50") + KEY), "`a` signed as `1,50`"),
    "milliseconds lost": (
        sha256(TEXT.replace("2575", "2575417") + KEY),
        "1628512575417|sent in seconds",
    ),
    "milliseconds lost, a second later, in capitals": (
        sha256(TEXT.replace("2575", "2576003") + KEY).upper(),
        "1628512576003|capital",
    ),
    "a value in quotes": (sha256(TEXT.replace("x/y z", '"x/y z"') + KEY), "value in quotes"),
    "unsorted, url-encoded": (
        sha256("b=x%2Fy+z&a=1.50&timestamp=1628512575&name=+Ana+&%C3%A7=%C3%A7%C3%A3o" + KEY),
        "not sorted|URL-encoded",
    ),
    "unsorted, HMAC": (
        h("b=x/y z&a=1.50&timestamp=1628512575&name= Ana &ç=ção"),
        "not sorted|HMAC",
    ),
    "echo, HMAC": (h(TEXT, KEY + "\n"), "A line feed after the key|HMAC"),
    "hashed key, SHA-1": (
        hashlib.sha1((TEXT + hashlib.md5(KEY.encode()).hexdigest()).encode()).hexdigest(),
        "MD5 of the key|Hashed with SHA-1",
    ),
    "UTF-16, key first": (
        sha256((KEY + TEXT).encode("utf-16-le")),
        "UTF-16|put first",
    ),
    "&key=, Base64": (
        base64.b64encode(bytes.fromhex(sha256(f"{TEXT}&key={KEY}"))).decode(),
        "key=|sent as Base64 text",
    ),
    "blanks, no key": (
        sha256("a=1.50&b=x/y z&e=&name= Ana &timestamp=1628512575&ç=ção"),
        "without a value|not appended",
    ),
    "another key, values alone": (
        sha256("1.50x/y z Ana 1628512575çãozQ8-payin-key"),
        "values alone|The payin security key",
    ),
    "second later, upper case": (
        sha256(TEXT.replace("2575", "2576") + KEY).upper(),
        "The time was taken twice|`timestamp` signed as `1628512576`|capital letters",
    ),
}


HASH_MAP = [
    "country",
    "source_currency",
    "amount",
    "fee_bear",
    "account_type",
    "method",
    "arrival_currency",
    "document_id",
    "notify_url",
    "name",
    "additional_remark",
    "custom_code",
    "account",
    "timestamp",
    "document_type",
]
"""As `java.util.HashMap` of Java 17 orders them, filled in the order of a usual request."""

REQUEST = [
    "timestamp",
    "custom_code",
    "name",
    "amount",
    "fee_bear",
    "method",
    "account",
    "account_type",
    "document_id",
    "document_type",
    "country",
    "source_currency",
    "arrival_currency",
    "notify_url",
    "additional_remark",
]


class TestPairs:
    def test_ruby_writes_null_as_a_bare_name(self):
        """URI.encode_www_form puts no = behind it."""
        body = '{"name":"Ana María","amount":10.5,"email":null,"account":"a@b.com"}'
        text = "name=Ana+Mar%C3%ADa&amount=10.5&email&account=a%40b.com"
        for sent in (sha256(text + KEY), h(text)):
            found = refusal(body, sent).hint
            assert "encode_www_form" in found
            assert "not sorted, URL-encoded" in found
            assert "(`email`)" in found

    def test_the_order_of_a_hash_map(self):
        """It is no order that anybody chose, and yet it is the same each time."""
        body = {name: f"{number} & more" for number, name in enumerate(REQUEST)}
        text = "&".join(f"{name}={body[name]}" for name in HASH_MAP)
        assert "HashMap" in refusal(json.dumps(body), sha256(text + KEY)).hint
        found = refusal(json.dumps(body), h(text)).hint
        assert "HashMap" in found
        assert "HMAC" in found

    @pytest.mark.slow
    @pytest.mark.parametrize(("sent", "hint"), BOTH.values(), ids=BOTH)
    def test_both_are_named(self, sent, hint):
        """Each step that was wrong is in the hint, and no secret."""
        found = refusal(BODY, sent).hint
        assert all(part in found for part in hint.split("|")), found
        assert KEY not in found

    @pytest.mark.slow
    def test_sampled_pairs_are_mended_by_their_hint(self):
        """What the hint names is what was done otherwise: taking it back gives the right digest.

        A client is a choice on each axis; the hint must name its steps, or such as give the
        very same signature at the same cost.
        """
        rng = random.Random(8)
        raw = BODY.encode()
        attempt = mistakes.RefusedSignature(raw, parse(raw), KEY, APP_ID, OTHER_KEYS)
        budget = search.Budget()
        budget.spend = lambda units=1: None  # type: ignore[method-assign]
        axes = (
            attempt.parameters.ways(budget),
            secrets.ways(KEY.encode(), budget, what="the key", others=OTHER_KEYS),
            keyed.ways(budget),
        )
        level = [[list(axis.at(cost)) for cost in range(4)][search.LIKELY] for axis in axes]
        right = [next(axis.at(0)) for axis in axes]
        named = tried = 0
        for _ in range(40):
            one, other = rng.sample(range(3), 2)
            chosen = list(right)
            chosen[one], chosen[other] = rng.choice(level[one]), rng.choice(level[other])
            text, key, use = (way.value for way in chosen)
            if text.complete or text.codec:
                continue
            digest = use(SHA256, text.data, key).hex()
            found = mistakes.explain(attempt, digest)
            tried += 1
            named += bool(found)
            wanted = {str(step) for way in chosen for r in way.readings() for step in r}
            for reading in found:
                costs = sum(step.cost for step in reading)
                assert costs <= 2 * search.LIKELY
                assert wanted & {str(step) for step in reading} or costs < 2 * search.LIKELY
        assert tried > 20
        assert named == tried


class TestSignature:
    RIGHT = sha256(TEXT + KEY)

    @pytest.mark.parametrize("sent", [None, ""])
    def test_missing(self, sent):
        """No signature at all is told first, even where the body is not JSON."""
        assert refusal(b"\xff", sent).code == "sorted-digest.missing"

    def test_body_before_signature(self):
        """A malformed body is told before a malformed signature."""
        assert refusal("{", "nonsense").code == "sorted-digest.not-json"

    @pytest.mark.parametrize(
        "sent", [RIGHT.upper(), RIGHT[:32] + RIGHT[32:].upper()], ids=["upper", "mixed"]
    )
    def test_upper_case(self, sent):
        """The right digest in other letter case has its own code."""
        diagnosis = refusal(BODY, sent)
        assert diagnosis.code == "sorted-digest.upper-case"
        assert (diagnosis.expected, diagnosis.received) == (self.RIGHT, sent)

    @pytest.mark.slow
    @pytest.mark.parametrize(
        ("sent", "hint"),
        [
            (f"Bearer {RIGHT}", "the word Bearer before it; send it alone"),
            (f"SHA256 {RIGHT}", "the word SHA256 before it; send it alone"),
            (f"sha256={RIGHT}", "the word sha256 before it; send it alone"),
            (f"Bearer {h(TEXT)}", "HMAC of the text"),
            (f"Bearer {'0' * 64}", "the word Bearer before it"),
            (f" {RIGHT}", "white space around it"),
            (f"{RIGHT}\n", "white space around it"),
            (f'"{RIGHT}"', "quotes around it"),
            (f"0x{RIGHT}", "begins with 0x"),
            (RIGHT[:-1], "Only the beginning of the digest"),
            ("0" * 32, "MD5"),
            ("0" * 40, "SHA-1"),
            ("0" * 96, "SHA-384"),
            ("0" * 128, "SHA-512"),
            (base64.b64encode(b"x" * 32).decode(), "sent as Base64 text"),
            (base64.b64encode(b"0" * 64).decode(), "Base64 text of the hexadecimal text"),
            ("t=1628512575,v2=" + "0" * 64, "sister API"),
            ("eyJhbGciOiJub25lIn0.e30.x", "JSON Web Token"),
            (TEXT, "the text to hash, not its hash"),
            ("hello", ""),
        ],
    )
    def test_malformed(self, sent, hint):
        """What is not 64 hex digits is told apart by its shape."""
        diagnosis = refusal(BODY, sent)
        assert diagnosis.code == "sorted-digest.malformed"
        assert diagnosis.expected == "64 lower-case hex digits"
        assert diagnosis.received == sent
        assert diagnosis.hint.startswith(hint) or hint in diagnosis.hint

    def test_many_prefixes(self):
        """A header of prefixes does not recurse."""
        assert refusal(BODY, "Bearer " * 20_000).code == "sorted-digest.malformed"

    @pytest.mark.parametrize(
        "sent",
        [
            KEY,
            f"Bearer {KEY}",
            KEY.upper(),
            base64.b64encode(KEY.encode()).decode(),
            KEY.encode().hex(),
            OTHER_KEYS["the payin security key"],
            f" {KEY} ",
        ],
    )
    def test_secret_sent(self, sent):
        """Whoever sends the secret is told so, and nothing shows it."""
        diagnosis = refusal(BODY, sent)
        assert "secret itself" in diagnosis.hint
        assert MASKED in diagnosis.received
        assert sent.strip().lower() not in repr(diagnosis).lower()

    def test_hex_secret_sent(self):
        """A secret that has the form of a signature is masked as well."""
        key = "c0ffee" * 10 + "abcd"
        diagnosis = refusal(BODY, key, key=key)
        assert diagnosis.code == "sorted-digest.mismatch"
        assert diagnosis.received == MASKED
        assert "secret itself" in diagnosis.hint
        assert key not in repr(diagnosis)

    @pytest.mark.parametrize(
        ("body", "sent"),
        [
            (BODY, TEXT + KEY),
            (BODY, "Basic " + base64.b64encode(f"app:{KEY}".encode()).decode()),
            (f'{{"app_key":"{KEY}"}}', "0" * 64),
            (f'{{"app_key":"{KEY}"}}', sha256("app_key=&" + KEY)),
            (f'{{"a":"1","app_key":" {KEY}"}}', sha256("a=1" + KEY)),
            (
                f'{{"a":"1","app_key":" {KEY}","x": "CPF"}}',
                sha256(f"a=1&app_key={KEY}&x=CPF" + KEY),
            ),
            (f'{{"app_key":{KEY}}}', "0" * 64),
            (f"{KEY}", "0" * 64),
        ],
    )
    def test_secret_elsewhere(self, body, sent):
        """Nor does it show when it stands in the body, the text to sign or other credentials."""
        shown = repr(refusal(body, sent))
        assert KEY not in shown
        assert base64.b64encode(f"app:{KEY}".encode()).decode() not in shown


def test_every_failure_mode_is_provoked():
    """Each declared failure has an input that gives it, in a stable code."""
    body = b'{"a":"1"}'
    right = sha256("a=1" + KEY)
    provoked = {
        refusal(*each).code
        for each in (
            (b"{", right),
            (b"[]", right),
            (b'{"a":{}}', right),
            (b'{"a":1,"a":1}', right),
            (body, None),
            (body, "x"),
            (body, right.upper()),
            (body, "0" * 64),
        )
    }
    declared = {m.code for m in vars(sorted_digest).values() if isinstance(m, FailureMode)}
    assert provoked == declared
    assert all(code.startswith("sorted-digest.") for code in declared)
