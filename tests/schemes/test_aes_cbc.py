"""AES-256-CBC: vectors, a second implementation, mutations, and every known mistake."""

from __future__ import annotations

import base64
import json
import random
import subprocess

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC
from cryptography.hazmat.primitives.padding import PKCS7
from hypothesis import given
from hypothesis import strategies as st

from emulator.core.errors import ConfigurationError, SchemeError
from emulator.schemes import aes_cbc
from emulator.schemes.aes_cbc import decrypt_text, encrypt_text, mistakes, pad, unpad
from emulator.schemes.aes_cbc.mistakes import CHECKS

KEY = bytes(range(32))
IV = bytes(range(100, 116))

# Computed with crypto-js 4.2, PHP's openssl_encrypt and Python's cryptography, which agree.
VECTOR_TEXT = (
    "5jufmrLWbRnUjExDWGQ/epj3r+531V0nHMChGL2GDvqA3schf4uEZdfaCVTbA+wfcb4ShFJLDSjel/K5N8W3lRKasESi"
    "aq1xNvwX5HwkGonOhZIwo1jmQCRVPOdGWzyTUTCOzTHilZuTOvbPbglV9Q=="
)
VECTOR_JSON = (
    b'{"idProducto":298,"idServicio":115,"telefono":"5512134073",'
    b'"horaLocal":"20201222104555","upc":"2133135523"}'
)

# NIST SP 800-38A, F.2.5 CBC-AES256.Encrypt
NIST_KEY = bytes.fromhex("603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4")
NIST_IV = bytes.fromhex("000102030405060708090a0b0c0d0e0f")
NIST_PLAINTEXT = bytes.fromhex(
    "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51"
    "30c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710"
)
NIST_CIPHERTEXT = bytes.fromhex(
    "f58c4c04d6e5f1ba779eabfb5f7bfbd69cfc4e967edb808d679f777bc6702c7d"
    "39f23369a9d9bacfa530e26304231461b2eb05e2c39be9fcda6c19078c6a9d1b"
)

keys = st.binary(min_size=32, max_size=32)
ivs = st.binary(min_size=16, max_size=16)


def is_json_object(plaintext: bytes) -> bool:
    try:
        return isinstance(json.loads(plaintext.decode()), dict)
    except (ValueError, RecursionError):
        return False


def anything(_plaintext: bytes) -> bool:
    return True


def payload(random_source: random.Random) -> bytes:
    content = {
        "idProducto": random_source.randrange(1000),
        "telefono": str(random_source.randrange(10**10)),
        "referencia": "Ñandú" * random_source.randrange(5),
        "upc": "x" * random_source.randrange(16),
    }
    return json.dumps(content, ensure_ascii=random_source.random() < 0.5).encode()


def refusal(text: str, *, key: bytes = KEY, iv: bytes = IV, plausible=is_json_object):
    with pytest.raises(SchemeError) as refused:
        decrypt_text(key, iv, text, plausible=plausible)
    return refused.value.diagnosis


def openssl(*arguments: str, stdin: bytes) -> bytes:
    return subprocess.run(
        ["openssl", "enc", *arguments], input=stdin, check=True, capture_output=True
    ).stdout


class TestVectors:
    def test_sheet(self):
        """The text three other implementations agree upon is made, and read."""
        assert encrypt_text(KEY, IV, VECTOR_JSON) == VECTOR_TEXT
        assert decrypt_text(KEY, IV, VECTOR_TEXT, plausible=is_json_object) == VECTOR_JSON

    def test_nist(self):
        """SP 800-38A, F.2.5; the padding block follows its four blocks."""
        sealed = aes_cbc.encrypt(NIST_KEY, NIST_IV, NIST_PLAINTEXT)
        assert sealed[:64] == NIST_CIPHERTEXT
        assert len(sealed) == 80
        assert aes_cbc.decrypt(NIST_KEY, NIST_IV, sealed) == NIST_PLAINTEXT

    @pytest.mark.parametrize("length", [0, 1, 15, 16, 17, 31, 32, 100])
    def test_openssl(self, length):
        """The openssl CLI makes the same bytes and reads ours."""
        data = bytes(i % 251 for i in range(length))
        options = ("-aes-256-cbc", "-K", KEY.hex(), "-iv", IV.hex())
        sealed = aes_cbc.encrypt(KEY, IV, data)
        assert openssl(*options, stdin=data) == sealed
        assert openssl("-d", *options, stdin=sealed) == data

    def test_pkcs7(self):
        """RFC 5652, 6.3: the pad is its own length, and a whole block after whole blocks."""
        assert pad(b"") == b"\x10" * 16
        assert pad(b"a" * 15) == b"a" * 15 + b"\x01"
        assert pad(b"a" * 16) == b"a" * 16 + b"\x10" * 16


class TestSecondOpinion:
    def test_accepts_what_cryptography_makes(self):
        """A thousand payloads, padded and encrypted without our code, are read."""
        source = random.Random(1)
        for _ in range(1000):
            key, iv, data = source.randbytes(32), source.randbytes(16), payload(source)
            padder = PKCS7(128).padder()
            padded = padder.update(data) + padder.finalize()
            encryptor = Cipher(AES(key), CBC(iv)).encryptor()
            text = base64.b64encode(encryptor.update(padded) + encryptor.finalize()).decode()
            assert decrypt_text(key, iv, text, plausible=is_json_object) == data

    @given(data=st.binary(max_size=64))
    def test_unpads_like_cryptography(self, data):
        """Padding is accepted and refused as `cryptography` does."""
        padder = PKCS7(128).padder()
        assert pad(data) == padder.update(data) + padder.finalize()
        unpadder = PKCS7(128).unpadder()
        try:
            expected = unpadder.update(data) + unpadder.finalize()
        except ValueError:
            with pytest.raises(SchemeError):
                unpad(data)
        else:
            assert unpad(data) == expected

    @pytest.mark.parametrize("count", range(256))
    def test_every_padding_byte(self, count):
        """Of the 256 blocks made of one byte, 16 end in padding."""
        block = bytes([count]) * 16
        if 1 <= count <= 16:
            assert unpad(block) == block[count:]
        else:
            with pytest.raises(SchemeError):
                unpad(block)

    @pytest.mark.parametrize("count", range(2, 17))
    def test_one_wrong_padding_byte(self, count):
        """Every byte of the padding counts, not only the last."""
        good = bytes(16 - count) + bytes([count]) * count
        for at in range(16 - count, 15):
            with pytest.raises(SchemeError):
                unpad(good[:at] + bytes([count ^ 1]) + good[at + 1 :])


@pytest.fixture(scope="class")
def only_the_verdict():
    """No hint is looked for: what is tested by thousands of texts is whether they are refused."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(mistakes, "recognise", lambda *_: "")
        yield


@pytest.mark.usefixtures("only_the_verdict")
class TestProperties:
    @given(key=keys, iv=ivs, data=st.binary(max_size=200))
    def test_round_trip(self, key, iv, data):
        """What `encrypt_text` makes, `decrypt_text` reads."""
        text = encrypt_text(key, iv, data)
        assert decrypt_text(key, iv, text, plausible=anything) == data
        assert len(aes_cbc.encrypt(key, iv, data)) == len(data) // 16 * 16 + 16

    @given(data=st.binary(max_size=96))
    def test_one_text_per_plaintext(self, data):
        """Whatever text is read, encrypting the result gives that very text."""
        text = base64.b64encode(data).decode()
        try:
            plaintext = decrypt_text(KEY, IV, text, plausible=anything)
        except SchemeError:
            return
        assert encrypt_text(KEY, IV, plaintext) == text

    @given(text=st.text() | st.text("ABCDwxyz0189+/=-_ \n%", max_size=80))
    def test_any_text(self, text):
        """Any text is either read or refused with a diagnosis."""
        assert refusal(text).code.startswith("aes-cbc.")

    @given(text=st.text(st.characters(codec=None), max_size=40))
    def test_any_text_with_surrogates(self, text):
        """Not even a text that has no encoding raises anything else."""
        assert refusal(text).code.startswith("aes-cbc.")

    @given(data=st.binary(max_size=96))
    def test_any_bytes(self, data):
        """Any bytes, as Base64, are refused with a diagnosis, as is any wrong plaintext."""
        refusal(base64.b64encode(data).decode())
        refusal(encrypt_text(KEY, IV, b"!" + data))

    @given(text=st.text(max_size=60), key=keys, iv=ivs)
    def test_any_readable_plaintext(self, text, key, iv):
        """A plaintext that is no object is refused whatever a recipe makes of it."""
        assert refusal(encrypt_text(key, iv, b"'" + text.encode()), key=key, iv=iv).code == (
            "aes-cbc.plaintext"
        )


@pytest.mark.usefixtures("only_the_verdict")
class TestMutations:
    def test_every_byte_of_the_ciphertext(self):
        """A ciphertext with one other byte is refused: 112 bytes, 20 values each."""
        sealed = base64.b64decode(VECTOR_TEXT)
        source = random.Random(2)
        for at in range(len(sealed)):
            for change in source.sample(range(1, 256), 20):
                spoiled = bytearray(sealed)
                spoiled[at] ^= change
                assert refusal(base64.b64encode(spoiled).decode()).code in (
                    "aes-cbc.padding",
                    "aes-cbc.plaintext",
                )

    def test_every_character_of_the_text(self):
        """A text with one other character, one more or one less is refused."""
        source = random.Random(3)
        alphabet = "ABCXYZabcxyz0189+/=-_ \n%é"
        for _ in range(1500):
            at = source.randrange(len(VECTOR_TEXT) + 1)
            new = source.choice(alphabet)
            cut = at + source.choice((0, 1))
            spoiled = VECTOR_TEXT[:at] + source.choice((new, "")) + VECTOR_TEXT[cut:]
            if spoiled != VECTOR_TEXT:
                refusal(spoiled)

    @pytest.mark.parametrize("unused_bits", "RSTUVWXYZabcdef")
    def test_unused_bits(self, unused_bits):
        """Another spelling of the same bytes is refused: Q and R to f decode alike."""
        assert VECTOR_TEXT.endswith("Q==")
        spoiled = VECTOR_TEXT[:-3] + unused_bits + "=="
        assert base64.b64decode(spoiled) == base64.b64decode(VECTOR_TEXT)
        assert refusal(spoiled).code == "aes-cbc.not-base64"

    @pytest.mark.parametrize("at", range(16))
    def test_wrong_iv(self, at):
        """An IV that differs in one byte is refused, though CBC does not notice."""
        iv = bytes(b ^ 0x80 if i == at else b for i, b in enumerate(IV))
        assert refusal(VECTOR_TEXT, iv=iv).code == "aes-cbc.plaintext"

    def test_wrong_key(self):
        """A key that differs in one bit is refused."""
        for bit in range(256):
            key = (int.from_bytes(KEY) ^ 1 << bit).to_bytes(32)
            assert refusal(VECTOR_TEXT, key=key).code in ("aes-cbc.padding", "aes-cbc.plaintext")


class TestFailureModes:
    @pytest.mark.parametrize("text", ["{", "A", "AA", "AAA", "=", "AAAA\n", "AA==A", "A A=", "é"])
    def test_not_base64(self, text):
        """Anything but canonical standard Base64."""
        assert refusal(text).code == "aes-cbc.not-base64"

    @pytest.mark.parametrize("length", [0, 1, 15, 17, 31])
    def test_ciphertext_length(self, length):
        """Nothing at all, and a broken block."""
        diagnosis = refusal(base64.b64encode(bytes(length)).decode())
        assert diagnosis.code == "aes-cbc.ciphertext-length"
        assert diagnosis.received == f"{length} bytes"
        assert diagnosis.where == "ciphertext"

    def test_padding(self):
        """A last block that ends in no padding."""
        diagnosis = refusal(base64.b64encode(NIST_CIPHERTEXT).decode(), key=NIST_KEY, iv=NIST_IV)
        assert diagnosis.code == "aes-cbc.padding"
        assert diagnosis.received == "last byte 0x10"
        assert diagnosis.hint == CHECKS

    def test_padding_of_nothing(self):
        """No bytes are not padded."""
        with pytest.raises(SchemeError) as refused:
            unpad(b"")
        assert refused.value.diagnosis.code == "aes-cbc.padding"

    def test_plaintext(self):
        """A plaintext the caller cannot use; what can be read of it is shown."""
        diagnosis = refusal(encrypt_text(KEY, IV, b"idProducto=298"))
        assert diagnosis.code == "aes-cbc.plaintext"
        assert diagnosis.where == "plaintext"
        assert diagnosis.received == "idProducto=298"

    def test_unreadable_plaintext(self):
        """Bytes that are no text are counted, not shown."""
        assert refusal(encrypt_text(KEY, IV, b"\xff" * 40)).received == "40 unreadable bytes"

    @pytest.mark.parametrize(("key", "iv"), [(KEY[1:], IV), (KEY[:16], IV), (KEY, IV[1:])])
    def test_configuration(self, key, iv):
        """A key or IV of another length is our user's mistake, not the client's."""
        for call in (
            lambda: aes_cbc.encrypt(key, iv, b""),
            lambda: aes_cbc.decrypt(key, iv, bytes(16)),
            lambda: encrypt_text(key, iv, b""),
            lambda: decrypt_text(key, iv, "", plausible=anything),
        ):
            with pytest.raises(ConfigurationError):
                call()


def example(*, aligned: bool) -> bytes:
    """A payload whose right text has + and / and =, so that every mistake shows."""
    for number in range(10_000):
        data = f'{{"referencia":"Peña & Núñez","upc":"{number:031}"}}'.encode()
        data = data[:-1] + b" " * (-(len(data)) % 16) + b"}" if aligned else data
        text = encrypt_text(KEY, IV, data)
        if set("+/" if aligned else "+/=") <= set(text):
            return data
    raise AssertionError


class TestMistakes:
    @pytest.mark.parametrize(
        "text",
        [
            KEY.hex(),
            KEY.hex().upper(),
            base64.b64encode(KEY).decode(),
            "key=" + base64.urlsafe_b64encode(KEY).decode(),
            encrypt_text(KEY, IV, base64.b64encode(KEY)),
        ],
    )
    def test_masks_the_key(self, text):
        """The key itself, sent in whatever spelling, is not repeated."""
        everything = str(refusal(text).as_json()).lower()
        assert KEY.hex() not in everything
        assert base64.b64encode(KEY).decode().rstrip("=").lower() not in everything

    def test_masked_is_said(self):
        """Where something is masked, that is said."""
        diagnosis = refusal("key:" + base64.b64encode(KEY).decode())
        assert diagnosis.received == "(the secret itself, masked)"
        assert diagnosis.hint.startswith("The key itself was sent")

    def test_too_long_to_recognise(self):
        """A huge text is refused without trying every recipe on it."""
        diagnosis = refusal(VECTOR_TEXT * 1000)
        assert diagnosis.hint == CHECKS
        assert len(diagnosis.received) < 1000

    @pytest.mark.parametrize(
        ("options", "hint"),
        [
            (("-aes-256-ecb", "-K", KEY.hex()), "Encrypted in ECB mode"),
            (("-aes-256-ctr", "-K", KEY.hex(), "-iv", IV.hex()), "Encrypted in CTR mode"),
            (("-aes-256-ofb", "-K", KEY.hex(), "-iv", IV.hex()), "Encrypted in OFB mode"),
            (("-aes-256-cfb", "-K", KEY.hex(), "-iv", IV.hex()), "Encrypted in CFB mode"),
            (("-aes-256-cfb8", "-K", KEY.hex(), "-iv", IV.hex()), "Encrypted in CFB-8 mode"),
            (("-aes-128-cbc", "-K", KEY[:16].hex(), "-iv", IV.hex()), "Encrypted with AES-128"),
            (("-aes-256-cbc", "-K", KEY.hex(), "-iv", "0" * 32), "Encrypted with an IV of zeros"),
            (
                ("-aes-256-cbc", "-pass", "pass:secret", "-md", "md5"),
                "This is OpenSSL's format with a salt",
            ),
        ],
    )
    def test_mistakes_made_by_openssl(self, options, hint):
        """The mistakes are those that another program makes, not only our recipes'."""
        # The CLI warns on stderr that a bare -md derives the key poorly; that is the point.
        data = example(aligned=False)
        text = base64.b64encode(openssl(*options, stdin=data)).decode()
        assert refusal(text).hint.startswith(hint)

    def test_character_across_the_first_block(self):
        """With another IV, a character cut by the block border does not hide the mistake."""
        data = '{"a":"123456789é","b":1}'.encode()
        assert data[15:17] == "é".encode()
        diagnosis = refusal(encrypt_text(KEY, bytes(range(200, 216)), data))
        assert diagnosis.hint.startswith("All but the first 16 bytes")
        assert diagnosis.received.startswith("(16 unreadable bytes)")
