"""Tesabiz: who signs, what is asked, how a QR lives, and the webhook of its payment."""

from __future__ import annotations

import asyncio
import base64
import json
import random
import re
import shutil
import struct
import subprocess
import zlib
from datetime import UTC, datetime, timedelta
from importlib import import_module
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from joserfc import jws as joserfc_jws
from joserfc.jwk import RSAKey

from emulator import providers
from emulator.core.clock_change import ClockChange
from emulator.core.errors import Behaviour, ConfigurationError, FailureMode
from emulator.core.exchange import Request
from emulator.emulator import Emulator
from emulator.fidelity import declared, modules
from emulator.provider import MerchantAnswer, Webhook
from emulator.providers import tesabiz
from emulator.providers.tesabiz import (
    PROVIDER,
    auth,
    endpoints,
    meant,
    member_tables,
    state,
    webhooks,
)
from emulator.providers.tesabiz.failures import ERRORS
from emulator.schemes import jws

NOW = "2026-11-22T14:00:00Z"
TODAY = "2026-11-22"
PLAIN = "/ws-qr-service/qr/simple/"
SECURE = "/tesabiz-ws-security/sc/jws/"
PAYER = "/ws-qr/qr/simple/"
KEYS = Path(tesabiz.__file__).parents[3] / "keys" / "tesabiz"
GOOD = [each for each in PROVIDER.examples if not each.code]
BY_NAME = {each.name: each for each in PROVIDER.examples}


@pytest.fixture(autouse=True)
def _alone(monkeypatch):
    monkeypatch.setattr(providers, "discover", lambda: {"tesabiz": PROVIDER})


@pytest.fixture
def emulator():
    return frozen()


JSON_JWS = ("protected", "payload", "signature")
"""Members of the flattened JSON serialization (RFC 7515, section 7.2.2)."""


def frozen(config=None):
    emulator = Emulator(config=config)
    clock(emulator, freeze=NOW)
    return emulator


def configured(tmp_path, text):
    path = tmp_path / "emulator.toml"
    path.write_text(f"[tesabiz]\n{text}\n", "utf-8")
    return frozen(path)


def clock(emulator, **change):
    emulator.namespace("default").clock.change(ClockChange(**change))


def context(emulator):
    return emulator.namespace("default").contexts["tesabiz"]


def serve(emulator, request):
    async def send():
        exchange = await emulator.serve(emulator.namespace("default"), PROVIDER, request)
        await emulator.close()
        return exchange

    exchange = asyncio.run(send())
    assert exchange.bug == ""
    return exchange


def play(emulator, name):
    example = BY_NAME[name]
    for each in (*example.after, name):
        exchange = serve(emulator, BY_NAME[each].build(context(emulator)))
    return exchange


def code(exchange):
    return exchange.diagnosis.code if exchange.diagnosis else ""


def post(path, body, content_type="application/json"):
    body = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Request(method="POST", path=path, headers=[("content-type", content_type)], body=body)


def asked(**changes):
    """The members of the public client's form."""
    number = asked.number = getattr(asked, "number", 0) + 1
    return {
        "idTrans": f"T{number}",
        "codMoneda": "BOB",
        "importe": 1700,
        "glosa": "Tramite",
        "fechaVencimiento": "2026-12-31",
        "usoUnico": True,
        "codOperacion": "",
        "cuentaAbono": "CUENTA1_BOB",
        "pos": "POS1",
        "cajero": "CAJ1",
        "canal": "WEB",
        "tiempoDuracion": 60,
        "codProducto": "COD_1234",
        "catProducto": "CAT_1234",
        "sucursal": "Sucursal_1",
        "info": "Info",
        **changes,
    }


def in_peru(**changes):
    """The same of the merchant in Peru."""
    return asked(**{"codMoneda": "604", "cuentaAbono": "12345678900000", **changes})


def message(part, name="qrCobro", origin="SO_1"):
    return {"infoTx": {"sisOrigen": origin}, name: part}


def ask(emulator, name, part, origin="SO_1"):
    return serve(emulator, post(PLAIN + name, message(part, origin=origin)))


def answer(exchange):
    return json.loads(exchange.reply.body)


def made(emulator, **changes):
    exchange = ask(emulator, "encript", asked(**changes))
    assert code(exchange) == "", exchange.diagnosis
    return answer(exchange)


def estado(emulator, id_qr):
    return answer(ask(emulator, "details", {"idQr": id_qr}))["qrCobro"]["estado"]


def pem(name):
    return (KEYS / name).read_text("ascii")


def private(name="merchant"):
    return serialization.load_pem_private_key(pem(f"{name}.key.pem").encode(), None)


MERCHANT = private()
PROVIDER_KEY = private("provider")


def base64url(raw):
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def by_hand(body, key=MERCHANT, header=b'{"alg":"RS256","typ":"JWT"}'):
    """RFC 7515 section 3.1, written a second time."""
    body = body if isinstance(body, bytes) else json.dumps(body).encode()
    signing_input = f"{base64url(header)}.{base64url(body)}"
    signature = key.sign(signing_input.encode(), padding.PKCS1v15(), hashes.SHA256())
    return f"{signing_input}.{base64url(signature)}"


def secure(token, name="encript", merchant="B89"):
    return post(SECURE + name, {"code": merchant, "payload": token})


def opened(body):
    """What a signed answer holds; the signature is proven by `cryptography` alone."""
    said = json.loads(body)
    assert list(said) == ["codReturn", "txtReturn", "payload"]
    assert (said["codReturn"], said["txtReturn"]) == ("0", "SUCCESS")
    return opened_jws(said["payload"])


def opened_jws(token, key=PROVIDER_KEY):
    head, payload, signature = token.split(".")
    raw = base64.urlsafe_b64decode(signature + "==")
    key.public_key().verify(raw, f"{head}.{payload}".encode(), padding.PKCS1v15(), hashes.SHA256())
    assert json.loads(base64.urlsafe_b64decode(head + "==")) == {"alg": "RS256", "typ": "JWT"}
    return json.loads(base64.urlsafe_b64decode(payload + "=="))


def certificate(key, first, last):
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "x")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(first)
        .not_valid_after(last)
        .sign(key, hashes.SHA256())
    )
    return made.public_bytes(serialization.Encoding.PEM).decode()


# --- examples and catalogue ------------------------------------------------------------------


class TestExamples:
    @pytest.mark.parametrize("name", BY_NAME)
    def test_example(self, emulator, name):
        """An example in order is accepted; a spoiled one is refused for its reason."""
        assert code(play(emulator, name)) == BY_NAME[name].code

    def test_every_refusal_has_a_hint(self, emulator):
        for name in BY_NAME:
            exchange = play(emulator, name)
            if exchange.diagnosis is not None:
                assert exchange.diagnosis.hint, name

    def test_all_in_one_namespace(self, emulator):
        """They do not stand in each other's way."""
        for name, example in BY_NAME.items():
            assert code(play(emulator, name)) == example.code, name

    def test_names_are_unique(self):
        assert len(BY_NAME) == len(PROVIDER.examples)

    def test_every_endpoint_has_a_good_one(self):
        shown = {each.endpoint for each in GOOD}
        assert {endpoint.name for endpoint in PROVIDER.endpoints} <= shown

    def test_every_failure_mode_is_provoked(self):
        """Of the package, but for the merchant's answers; and of the scheme."""
        modes = {mode.code for mode in declared(FailureMode, [*modules(tesabiz), jws])}
        provoked = {code for each in PROVIDER.examples for code in (each.code, *each.warnings)}
        modes = {each for each in modes if ".webhook" not in each and "webhook." not in each}
        assert modes <= provoked

    def test_behaviours_are_declared(self):
        module = import_module("emulator.providers.tesabiz.behaviours")
        assert len(declared(Behaviour, [module])) >= 25


class TestCatalogue:
    @pytest.mark.parametrize("name", ERRORS)
    def test_plain_form(self, emulator, name):
        """A header with two texts."""
        exchange = play(emulator, "encript")
        reply = ERRORS[name].reply(exchange, context(emulator))
        assert reply.status == ERRORS[name].status
        if name == "http.403":
            assert b"<h1>403 Forbidden</h1>" in reply.body
            return
        header = json.loads(reply.body)["header"]
        assert list(header) == ["codReturn", "txtReturn"]
        assert re.fullmatch("[1-9][0-9]*", header["codReturn"])
        assert header["txtReturn"] == ERRORS[name].message

    @pytest.mark.parametrize("name", sorted(set(ERRORS) - {"http.403"}))
    def test_secure_form(self, emulator, name):
        """Flat, and no payload."""
        exchange = play(emulator, "jws-encript")
        reply = ERRORS[name].reply(exchange, context(emulator))
        assert list(json.loads(reply.body)) == ["codReturn", "txtReturn", "payload"]
        assert json.loads(reply.body)["payload"] is None

    def test_codes_are_unique(self):
        codes = [error.code for error in ERRORS.values() if error.code]
        assert len(set(codes)) == len(codes) == len(ERRORS) - 1

    def test_aliases(self):
        assert PROVIDER.errors.find("401").status == 401
        assert PROVIDER.errors.find("403").status == 403
        assert all(PROVIDER.errors.find(alias) for alias in PROVIDER.errors.aliases)

    def test_detail_is_named(self, emulator):
        """The refusal of a time stamp names it."""
        assert answer(play(emulator, "issued-at"))["txtReturn"].endswith(": iat")


# --- who signs -------------------------------------------------------------------------------


class TestSignature:
    @pytest.mark.slow
    def test_second_implementation(self, emulator):
        """A thousand messages signed by hand, any spelling of JSON, are accepted and answered."""
        chance = random.Random(7)
        headers = [
            b'{"alg":"RS256","typ":"JWT"}',
            b'{"typ":"JWT","alg":"RS256"}',
            b'{"alg":"RS256"}',
            b'{ "typ" : "JOSE", "alg" : "RS256" }',
            b'{"alg":"RS256","kid":"anything"}',
        ]
        for _ in range(1000):
            body = message(
                asked(
                    importe=chance.randint(1, 9_999_999),
                    glosa="x" + "".join(chance.choices('abcñé€😀 "\\/', k=chance.randint(1, 49))),
                    usoUnico=chance.random() < 0.5,
                    info=chance.choice([None, "", "ñ"]),
                )
            )
            text = json.dumps(
                body,
                ensure_ascii=chance.random() < 0.5,
                indent=chance.choice([None, 2]),
                sort_keys=chance.random() < 0.5,
            )
            token = by_hand(text.encode(), header=chance.choice(headers))
            exchange = serve(emulator, secure(token))
            assert code(exchange) == "", exchange.diagnosis
            assert exchange.payload == body
            assert exchange.credential == "B89"
        assert opened(exchange.reply.body)["idQrInterno"] == "1000"

    @pytest.mark.slow
    def test_mutations(self, emulator):
        """Of two thousand tokens with one character changed, none is accepted."""
        chance = random.Random(11)
        alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
        token = by_hand(message(asked()))
        for turn in range(2000):
            at = len(token) - 1 if turn < 64 else chance.randrange(len(token))
            character = alphabet[turn] if turn < 64 else chance.choice(alphabet + "=.+/ \n\x00é")
            if token[at] == character:
                continue
            spoiled = token[:at] + character + token[at + 1 :]
            exchange = serve(emulator, secure(spoiled))
            assert exchange.verdict == "refused", (at, character)
            assert code(exchange).startswith("jws.")
            assert exchange.reply.status == 200
        assert code(serve(emulator, secure(token))) == ""

    @pytest.mark.slow
    def test_changed_fields(self, emulator):
        """A thousand messages changed after signing are refused."""
        chance = random.Random(13)
        body = message(asked())
        head, _, signature = by_hand(body).split(".")
        for _ in range(1000):
            spoiled = json.loads(json.dumps(body))
            name = chance.choice(list(spoiled["qrCobro"]))
            spoiled["qrCobro"][name] = chance.randint(1, 10**6)
            middle = base64url(json.dumps(spoiled).encode())
            exchange = serve(emulator, secure(f"{head}.{middle}.{signature}"))
            assert code(exchange) == "jws.signature"
            assert "after signing" in exchange.diagnosis.hint

    def test_cut_and_stretched(self, emulator):
        """Nor is a token any shorter or longer."""
        token = by_hand(message(asked()))
        for spoiled in (
            *(token[:length] for length in range(0, len(token), 7)),
            *(token + more for more in ("A", "=", "==", "\n", ".", " ", "AA")),
            *(more + token for more in ("A", " ", "\n", ".", "Bearer ")),
        ):
            assert serve(emulator, secure(spoiled)).verdict == "refused"

    def test_joserfc(self, emulator):
        """Another library signs, and reads the answer."""
        key = RSAKey.import_key(pem("merchant.key.pem"))
        public = RSAKey.import_key(PROVIDER_KEY.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        ))  # fmt: skip
        for _ in range(20):
            body = json.dumps(message(asked())).encode()
            token = joserfc_jws.serialize_compact({"alg": "RS256"}, body, key)
            exchange = serve(emulator, secure(token))
            assert code(exchange) == ""
            read = joserfc_jws.deserialize_compact(answer(exchange)["payload"], public)
            assert json.loads(read.payload)["header"]["codReturn"] == "0"

    def test_openssl(self, emulator, tmp_path):
        """So does the command line."""
        (tmp_path / "key.pem").write_text(pem("merchant.key.pem"))
        for _ in range(3):
            body = json.dumps(message(asked())).encode()
            signing_input = base64url(b'{"alg":"RS256"}') + "." + base64url(body)
            signature = subprocess.run(
                [shutil.which("openssl"), "dgst", "-sha256", "-sign", tmp_path / "key.pem"],
                input=signing_input.encode(),
                capture_output=True,
                check=True,
            ).stdout
            exchange = serve(emulator, secure(f"{signing_input}.{base64url(signature)}"))
            assert code(exchange) == ""

    def test_answer_of_every_secure_service_is_signed(self, emulator):
        for name in ("jws-encript", "jws-encript64", "jws-bloqued", "jws-details"):
            inner = opened(play(emulator, name).reply.body)
            assert inner["header"] == {"codReturn": "0", "txtReturn": "SUCCESS"}

    def test_another_merchants_key(self, emulator):
        """The hint says whose key it was."""
        key = rsa.generate_private_key(65537, 2048)
        pem_text = certificate(
            key, datetime(2020, 1, 1, tzinfo=UTC), datetime(2050, 1, 1, tzinfo=UTC)
        )
        emulator.namespace("default").register(
            "tesabiz", {"code": "X1", "sisOrigen": "SO_X", "certificate": pem_text}
        )
        token = by_hand(message(asked()), key)
        exchange = serve(emulator, secure(token))
        assert code(exchange) == "jws.signature"
        assert "merchant X1" in exchange.diagnosis.hint
        token = by_hand(message(asked(), origin="SO_X"), key)
        assert code(serve(emulator, secure(token, merchant="X1"))) == ""

    @pytest.mark.parametrize("name", ["iat", "exp", "nbf"])
    def test_timestamps(self, emulator, tmp_path, name):
        """Refused by default; noted if the settings say so."""
        body = {**message(asked()), name: 1767225600}
        exchange = serve(emulator, secure(by_hand(body)))
        assert code(exchange) == "tesabiz.timestamp-claim"
        assert exchange.diagnosis.where == f"body.payload.{name}"
        assert answer(exchange)["codReturn"] == "7"
        lenient = configured(tmp_path, 'timestamp_claims = "ignore"')
        exchange = serve(lenient, secure(by_hand(body)))
        assert code(exchange) == ""
        assert [each.code for each in exchange.warnings] == ["tesabiz.timestamp-claim"]

    def test_iat_to_a_plain_service_is_a_stranger(self, emulator):
        body = {**message(asked()), "iat": 1}
        assert code(serve(emulator, post(f"{PLAIN}encript", body))) == "tesabiz.member-unknown"

    def test_certificate_out_of_date(self, emulator, tmp_path):
        """Noted by default, refused if the settings say so; by the provider's clock."""
        for made in (emulator, configured(tmp_path, "reject_expired_certificate = true")):
            made.namespace("default").register("tesabiz", {
                "code": "OLD",
                "sisOrigen": "SO_OLD",
                "certificate": certificate(
                    MERCHANT,
                    datetime(2025, 1, 1, tzinfo=UTC),
                    datetime(2026, 11, 22, 14, 0, 0, tzinfo=UTC),
                ),
            })  # fmt: skip
        token = by_hand(message(asked(), origin="SO_OLD"))
        for strict in (False, True):
            found = made if strict else emulator
            exchange = serve(found, secure(token, merchant="OLD"))
            assert (code(exchange), exchange.warnings) == ("", [])
            clock(found, advance="1s")
            token = by_hand(message(asked(), origin="SO_OLD"))
            exchange = serve(found, secure(token, merchant="OLD"))
            wanted = "tesabiz.certificate-dates"
            assert code(exchange) == (wanted if strict else "")
            told = "emulator.clock-moved" if strict else wanted  # the clock was moved above
            assert [each.code for each in exchange.warnings] == [told]
        assert answer(exchange)["codReturn"] == "5"

    def test_replay_is_stopped_by_id_trans_alone(self, emulator):
        request = secure(by_hand(message(asked())))
        assert code(serve(emulator, request)) == ""
        assert code(serve(emulator, request)) == "tesabiz.duplicate"
        body = message({"idQr": made(emulator)["idQr"]})
        request = secure(by_hand(body), "details")
        assert [code(serve(emulator, request)) for _ in range(2)] == ["", ""]

    @pytest.mark.parametrize(("hint", "recipe"), auth.ENVELOPE_MISTAKES)
    def test_names_the_envelope_mistake(self, emulator, hint, recipe):
        """What was sent in place of the envelope is recognised."""
        token = by_hand(message(asked()))
        found = {
            serve(emulator, post(f"{SECURE}encript", body)).diagnosis.hint
            for body in (
                message(asked()),
                {"code": "B89", "payload": message(asked())},
                {"code": "B89", "jws": token},
                {"code": "B89", "payload": token, "alg": "RS256"},
                {"code": "B89"},
                {"code": "B89", "payload": None},
                {"code": "B89", "payload": dict(zip(JSON_JWS, token.split("."), strict=True))},
            )
        }
        assert hint in found

    def test_json_serialization_for_the_envelope(self, emulator):
        body = dict(zip(JSON_JWS, by_hand(message(asked())).split("."), strict=True))
        assert "compact JWS" in serve(emulator, post(f"{SECURE}encript", body)).diagnosis.hint

    @pytest.mark.parametrize("payload", [None, 1, 0.5, True, [], ["x"], {}, {"a": 1}])
    def test_a_payload_that_is_no_text_is_told(self, emulator, payload):
        """Whatever JSON it is."""
        refused = serve(emulator, secure(payload))
        assert code(refused) == "tesabiz.envelope"
        assert refused.diagnosis.hint

    @pytest.mark.parametrize(
        ("body", "hint"),
        [
            (b" ", "empty"),
            (b"\xef\xbb\xbf{}", "byte order mark"),
            (b"code=B89&payload=x", "form"),
            (b'"{}"', "encoded twice"),
            (b"[{}]", "array"),
            (b"{'code': 1}", "json.dumps"),
        ],
    )
    def test_names_the_body_mistake(self, emulator, body, hint):
        assert hint in serve(emulator, post(f"{SECURE}encript", body)).diagnosis.hint

    @pytest.mark.parametrize(
        ("value", "wanted", "hint"),
        [
            (89, "tesabiz.code-missing", "quotes"),
            (None, "tesabiz.code-missing", "Add code to the envelope"),
            ("SO_1", "tesabiz.code-unknown", "sisOrigen"),
            ("b89 ", "tesabiz.code-unknown", "registered"),
            ("", "tesabiz.code-unknown", "emulator credentials tesabiz"),
            ("B90", "tesabiz.inactive", "status active"),
        ],
    )
    def test_codes(self, emulator, value, wanted, hint):
        body = {"code": value, "payload": by_hand(message(asked()))}
        exchange = serve(emulator, post(f"{SECURE}encript", body))
        assert code(exchange) == wanted
        assert hint in exchange.diagnosis.hint

    def test_private_key_is_never_shown(self, emulator):
        """A client that sends its key finds no trace of it in the diagnosis."""
        secret = pem("merchant.key.pem")
        for request in (
            secure(secret),
            post(f"{SECURE}encript", {"code": secret, "payload": 1}),
            post(f"{SECURE}encript", secret.encode()),
            post(f"{PLAIN}encript", {"infoTx": {"sisOrigen": secret}}),
        ):
            exchange = serve(emulator, request)
            shown = json.dumps(exchange.diagnosis.as_json())
            assert secret.splitlines()[5] not in shown

    def test_error_status(self, tmp_path):
        """401 for the signer's mistakes alone."""
        strict = configured(tmp_path, 'error_status = "401"')
        assert play(strict, "other-key").reply.status == 401
        assert play(strict, "code-unknown").reply.status == 401
        assert play(strict, "origin-unknown").reply.status == 401
        assert play(strict, "issued-at").reply.status == 200
        assert play(strict, "amount-decimal-jws").reply.status == 200
        assert play(strict, "block-twice").reply.status == 200

    def test_business_errors_inside(self, tmp_path):
        """A well-signed message may be refused in a signed answer."""
        inside = configured(tmp_path, 'business_errors = "inside"')
        exchange = play(inside, "amount-decimal-jws")
        assert exchange.verdict == "refused"
        inner = opened(exchange.reply.body)
        assert inner == {
            "header": {"codReturn": "20", "txtReturn": "DATO INVALIDO: qrCobro.importe"}
        }
        assert answer(play(inside, "other-key"))["payload"] is None
        assert answer(play(inside, "amount-decimal"))["header"]["codReturn"] == "20"

    def test_trailing_slash_is_another_path(self, emulator):
        token = by_hand(message(asked()))
        assert code(serve(emulator, secure(token, "encript/"))) == "request.not-found"
        exchange = serve(emulator, secure(token[:-4], "encript/"))
        assert json.loads(exchange.reply.body)["codReturn"] != "0"
        assert "slash too many" in exchange.diagnosis.hint


class TestOrigin:
    def test_unknown_inactive_and_hint(self, emulator):
        assert code(ask(emulator, "encript", asked(), origin="SO_9")) == "tesabiz.origin-unknown"
        assert code(ask(emulator, "encript", asked(), origin="SO_2")) == "tesabiz.inactive"
        exchange = ask(emulator, "encript", asked(), origin="B89")
        assert "sisOrigen names the source system" in exchange.diagnosis.hint

    def test_a_registered_source_system_is_not_taken_over(self, emulator, tmp_path):
        """Each is of one merchant alone, whoever asks for it later, and in whatever way."""
        mine = {"code": "MINE", "certificate": pem("merchant.crt.pem")}
        namespace = emulator.namespace("default")
        for taken in ("SO_1", ["SO_MINE", "SO_1"], "SO_BANCO"):
            with pytest.raises(ConfigurationError, match=r"is registered for the merchant"):
                namespace.register("tesabiz", {**mine, "sisOrigen": taken})
        with pytest.raises(ConfigurationError, match="'SO_1' is registered for the merchant 'B89'"):
            namespace.register("tesabiz", {"sisOrigen": "SO_1"})
        with pytest.raises(ConfigurationError, match="'SO_1' is registered for the merchant 'B89'"):
            configured(tmp_path, '[[tesabiz.credentials]]\nsisOrigen = "SO_1"')
        assert ask(emulator, "encript", asked()).credential == "B89"
        namespace.register("tesabiz", {"code": "B89", "sisOrigen": "SO_NEW"})
        namespace.register("tesabiz", {**mine, "sisOrigen": "SO_1"})
        assert ask(emulator, "encript", asked()).credential == "MINE"

    def test_several_source_systems(self, emulator):
        """Of one merchant: each has its own idTrans, all see all QRs."""
        emulator.namespace("default").register(
            "tesabiz",
            {
                "code": "X",
                "sisOrigen": ["SO_WEB", "SO_CAJA"],
                "certificate": pem("merchant.crt.pem"),
            },
        )
        found = [
            ask(emulator, "encript", asked(idTrans="T"), origin=origin)
            for origin in ("SO_WEB", "SO_CAJA")
        ]
        assert [(code(each), each.credential) for each in found] == [("", "X"), ("", "X")]
        seen = ask(emulator, "details", {"idQr": answer(found[0])["idQr"]}, origin="SO_CAJA")
        assert code(seen) == ""
        token = by_hand(message(asked(), origin="SO_CAJA"))
        assert code(serve(emulator, secure(token, merchant="X"))) == ""
        token = by_hand(message(asked(), origin="SO_1"))
        refused = serve(emulator, secure(token, merchant="X"))
        assert code(refused) == "tesabiz.origin-foreign"
        assert "SO_1 is of the merchant B89" in refused.diagnosis.hint

    def test_a_merchant_of_the_plain_services_needs_no_certificate(self, emulator):
        """Its sisOrigen is enough; the JWS services say what is missing."""
        emulator.namespace("default").register("tesabiz", {"sisOrigen": "SO_PLANO"})
        assert code(ask(emulator, "encript", asked(), origin="SO_PLANO")) == ""
        token = by_hand(message(asked(), origin="SO_PLANO"))
        refused = serve(emulator, secure(token, merchant="SO_PLANO"))
        assert code(refused) == "tesabiz.code-unknown"
        assert "without a certificate" in refused.diagnosis.hint
        signed = serve(emulator, secure(by_hand(message(asked()), private("rogue"))))
        assert code(signed) == "jws.signature"  # it looks at all keys there are

    @pytest.mark.parametrize(
        ("origin", "hint"),
        [
            ("so_1", "Send 'SO_1', exactly as registered"),
            ("SO_99", "emulator credentials tesabiz"),
            ("B89", "This is a merchant's code"),
        ],
    )
    def test_unknown_origins(self, emulator, origin, hint):
        refused = ask(emulator, "encript", asked(), origin=origin)
        assert code(refused) == "tesabiz.origin-unknown"
        assert hint in refused.diagnosis.hint

    def test_media_type(self, emulator):
        body = message(asked())
        for media_type, wanted in (
            ("application/json; charset=utf-8", ""),
            ("APPLICATION/JSON", "tesabiz.duplicate"),
            ("text/plain", "tesabiz.media-type"),
            ("", "tesabiz.media-type"),
        ):
            exchange = serve(emulator, post(f"{PLAIN}encript", body, media_type))
            assert code(exchange) == wanted

    def test_envelope_at_a_plain_service(self, emulator):
        token = by_hand(message(asked()))
        exchange = serve(emulator, post(f"{PLAIN}encript", {"code": "B89", "payload": token}))
        assert "envelope of the JWS services" in exchange.diagnosis.hint
        exchange = serve(emulator, post(f"{PLAIN}encript", token.encode()))
        assert "plain services take the message" in exchange.diagnosis.hint


# --- what is asked ---------------------------------------------------------------------------


class TestMembers:
    def refused(self, emulator, **changes):
        exchange = ask(emulator, "encript", asked(**changes))
        assert exchange.verdict == "refused", changes
        return exchange.diagnosis

    @pytest.mark.parametrize(
        ("name", "values", "wanted"),
        [
            ("importe",
             [17.0, 17.5, 0, -1, 10**15, "17.00", "01700", " 1700", "١٧", "", True, None, [],
              10**400], "amount"),
            ("codMoneda", ["068", "604", "bob", "", 68, None], "currency"),
            ("fechaVencimiento",
             ["31/12/2026", "2026-13-01", "2026-02-30", "20261231", "2026-12-31T00:00:00",
              "2026-W01-1", "٢٠٢٦-12-31", 20261231, None, ""], "expiry-form"),
            ("fechaVencimiento", ["2026-11-21", "0001-01-01"], "expiry-past"),
            ("usoUnico", ["S", "true", 1, 0, None], "single-use"),
            ("idTrans", ["", " ", "x" * 201, 1.0, True, None], "member-form"),
            ("glosa", ["", "  ", 1, "\u200b", "\u00a0\ufeff"], "member-form"),
            ("cuentaAbono", ["", 12345678900000], "member-form"),
            ("cuentaAbono", ["CUENTA2_BOB", "cuenta1_bob", "12345678900000"], "account-unknown"),
            ("tiempoDuracion", [0, -1, "0", "1.5", "-1", 1.5, 60.0, True, 10**9, "9" * 9],
             "member-form"),
            ("pos", [0, True, {}, "x" * 201], "member-form"),
        ],
    )  # fmt: skip
    def test_wrong_values(self, emulator, name, values, wanted):
        for value in values:
            diagnosis = self.refused(emulator, **{name: value})
            assert diagnosis.code == f"tesabiz.{wanted}", value
            assert diagnosis.where == f"body.qrCobro.{name}"

    @pytest.mark.parametrize(
        ("name", "values"),
        [
            ("importe", [1, 9_999_999, 999_999_999_999_999]),
            ("codMoneda", ["BOB"]),
            ("fechaVencimiento", [TODAY, "9999-12-31"]),
            ("tiempoDuracion", [1, 527_040, None]),
            ("idTrans", ["x" * 200, "A 1"]),
            ("pos", [None, "", "x" * 200]),
            ("codServicio", ["12345"]),
            ("glosa", ["ñ" * 50, "😀", " Dos  cafés "]),
        ],
    )
    def test_right_values(self, emulator, name, values):
        for value in values:
            assert code(ask(emulator, "encript", asked(**{name: value}))) == "", value

    @pytest.mark.parametrize(
        "name",
        ["idTrans", "codMoneda", "importe", "glosa", "fechaVencimiento", "usoUnico", "cuentaAbono"],
    )
    def test_must_be_there(self, emulator, name):
        part = asked()
        del part[name]
        assert code(ask(emulator, "encript", part)) == "tesabiz.member-missing"

    def test_unknown_members(self, emulator, tmp_path):
        """Refused with the nearest name; ignored if the settings say so, and not kept."""
        diagnosis = self.refused(emulator, sucursa="x")
        assert diagnosis.hint.startswith("sucursa does not exist here; it is called sucursal")
        lenient = configured(tmp_path, 'unknown_members = "ignore"')
        found = made(lenient, sucursa="x")
        kept = answer(ask(lenient, "details", {"idQr": found["idQr"]}))["qrCobro"]
        assert "sucursa" not in kept

    def test_country(self, emulator):
        """A merchant in Peru asks in soles, by their number."""
        right = ask(emulator, "encript", in_peru(), origin="SO_4")
        assert code(right) == ""
        wrong = ask(emulator, "encript", in_peru(codMoneda="BOB"), origin="SO_4")
        assert code(wrong) == "tesabiz.currency"

    WRONG = (
        ("importe", 17.5), ("importe", "17,00"), ("importe", 0), ("importe", 10**16),
        ("importe", "S/ 17"), ("importe", [17]), ("importe", None),
        ("codMoneda", "068"), ("codMoneda", "604"), ("codMoneda", "Bs"), ("codMoneda", "bob"),
        ("codMoneda", "PEN"), ("codMoneda", "EUR"), ("codMoneda", None),
        ("fechaVencimiento", "31/12/2026"), ("fechaVencimiento", "31/12/26"),
        ("fechaVencimiento", "2026-12-31 10:00"), ("fechaVencimiento", "2026-02-30"),
        ("fechaVencimiento", "20261231"), ("fechaVencimiento", 1), ("fechaVencimiento", "mañana"),
        ("fechaVencimiento", None),
        ("usoUnico", "S"), ("usoUnico", 1), ("usoUnico", []), ("usoUnico", None),
        ("glosa", 1), ("glosa", True), ("glosa", " "), ("glosa", "a\nb"),
        ("cuentaAbono", "x "), ("cuentaAbono", "x\u200b"), ("pos", "x" * 201), ("glosa", {}),
        ("glosa", None), ("tiempoDuracion", 1.5), ("tiempoDuracion", 0), ("tiempoDuracion", {}),
        ("tiempoDuracion", "1h"),
    )  # fmt: skip
    PARTS = (("qrCobro", "{}"), ("qrCobro", [{}]), ("qrCobro", 1))

    @pytest.mark.parametrize("wrong", ["1h", "60 min", "PT1H", "01:00", "60minutos", "1:00:00"])
    def test_a_duration_with_a_unit(self, emulator, wrong):
        """What is wanted is minutes, and the hint says so."""
        body = message(asked(tiempoDuracion=wrong))
        assert "minutes" in serve(emulator, post(f"{PLAIN}encript", body)).diagnosis.hint

    @pytest.mark.slow
    @pytest.mark.parametrize("hint", sorted({hint for _, kind, hint in meant.VALUES if kind}))
    def test_names_the_mistake(self, emulator, hint):
        """Every known mistake in a value is recognised."""
        bodies = [message(asked(**{name: wrong})) for name, wrong in self.WRONG]
        bodies += [{**message(asked()), name: wrong} for name, wrong in self.PARTS]
        found = {serve(emulator, post(f"{PLAIN}encript", body)).diagnosis.hint for body in bodies}
        assert hint in found

    @pytest.mark.parametrize(
        ("wrong", "right"),
        [
            ("codmoneda", "codMoneda"),
            ("CodMoneda", "codMoneda"),
            ("cod_moneda", "codMoneda"),
            ("COD-MONEDA", "codMoneda"),
            ("cod moneda", "codMoneda"),
            ("monto", "importe"),
            ("moneda", "codMoneda"),
            ("usoUnic", "usoUnico"),
            ("descripcion", "glosa"),
        ],
    )
    def test_a_misnamed_member_is_told_its_right_name(self, emulator, wrong, right):
        """In its true spelling; and with that name the request is accepted."""
        part = asked()
        part[wrong] = part.pop(right)
        refused = ask(emulator, "encript", part)
        assert (code(refused), refused.diagnosis.received) == ("tesabiz.member-unknown", wrong)
        hint = refused.diagnosis.hint
        assert hint.endswith(f"it is called {right}") or hint.startswith(f"Write it {right}:")
        part[right] = part.pop(wrong)
        assert code(ask(emulator, "encript", part)) == ""

    def test_a_misnamed_member_whose_right_name_is_there_too(self, emulator):
        refused = ask(emulator, "encript", asked(monto=1700))
        assert "importe is there already, so leave this one out" in refused.diagnosis.hint

    def test_missing_where_unknown_members_are_ignored(self, tmp_path):
        """The member that was meant is among them."""
        lenient = configured(tmp_path, 'unknown_members = "ignore"')
        part = asked()
        part["monto"] = part.pop("importe")
        refused = ask(lenient, "encript", part)
        assert refused.diagnosis.hint == "Rename monto to importe"

    @pytest.mark.parametrize(
        ("body", "hint"),
        [
            ({"qrCobro": asked(), "sisOrigen": "SO_1"}, "sisOrigen belongs inside the object"),
            ({"infotx": {"sisOrigen": "SO_1"}, "qrCobro": asked()}, "Write it infoTx"),
            ({"data": message(asked())}, "wrapped once more, in data"),
            ({"code": "B89", "payload": "x"}, "envelope of the JWS services"),
            ({}, "Add the object infoTx with sisOrigen"),
            ({"infoTx": {"sisOrigen": "SO_1"}}, "Add the object qrCobro with idTrans"),
            ({"infoTx": {"sisOrigen": "SO_1"}, "infoQR": asked()}, "it is called qrCobro"),
            ({"infoTx": {"sisOrigen": "SO_1"}, **asked()}, "idTrans belongs inside qrCobro"),
            ({"infoTx": {"sisOrigen": "SO_1"}, "qrcobro": asked()}, "Write it qrCobro"),
            ({**message(asked()), "usuario": "x"}, "Leave it out"),
            ({**message(asked()), "payload": "x"}, "envelope of the JWS services"),
            ({**message(asked()), "iat": 1}, "noTimestamp: true"),
            (message(asked(sisOrigen="SO_1")), "sisOrigen is a member of infoTx"),
            (message(asked(otro="x")), "Leave it out"),
        ],
    )
    def test_parts_and_members_out_of_place(self, emulator, body, hint):
        refused = serve(emulator, post(f"{PLAIN}encript", body))
        assert code(refused).startswith("tesabiz.member-")
        assert hint in refused.diagnosis.hint

    @pytest.mark.parametrize(
        ("name", "sent", "kept", "warned"),
        [
            ("importe", "1700", 1700, "type"),
            ("idTrans", 1795378283000, "1795378283000", "type"),
            ("tiempoDuracion", "60", 60, "type"),
            ("importe", 10_000_000, 10_000_000, "long"),
            ("glosa", "x" * 51, "x" * 51, "long"),
            ("glosa", "ñ" * 5000, "ñ" * 5000, "long"),
        ],
    )
    def test_accepted_with_a_warning(self, emulator, name, sent, kept, warned):
        """What a provider's page shows in two types, and what only a form limits."""
        part = asked(**{name: sent})
        for exchange in (
            ask(emulator, "encript", part),
            serve(emulator, secure(by_hand(message({**part, "idTrans": f"{part['idTrans']}1"})))),
        ):
            if name == "idTrans" and exchange.endpoint == "jws.encript":
                continue  # it became text
            assert code(exchange) == "", exchange.diagnosis
            assert [each.code for each in exchange.warnings] == [f"tesabiz.member-{warned}"]
            assert exchange.warnings[0].hint
        found = answer(ask(emulator, "details", {"idTrans": str(part["idTrans"])}))["qrCobro"]
        assert found[name] == kept

    @pytest.mark.parametrize(
        "info", [None, "", "x" * 50_000, "a\nb", {"deudas": [{"ref": 1}]}, [1], 7, False]
    )
    def test_info_is_free(self, emulator, info):
        """Of any length and shape, and told in the webhook as it came."""
        made(emulator, info=info)
        webhook = webhooks.trigger("qrPagado", {}, context(emulator))
        assert webhook.content["qrPagado"]["info"] == info

    @pytest.mark.parametrize("name", ["idTrans", "cuentaAbono"])
    @pytest.mark.parametrize(
        "spoil", ["{} ", " {}", "{}\n", "\t{}", "{}\x00", "{}\u200b", "\ufeff{}"]
    )
    def test_no_hidden_characters(self, emulator, name, spoil):
        """Two texts that look alike must not be two numbers, or two accounts."""
        part = asked()
        refused = ask(emulator, "encript", {**part, name: spoil.format(part[name])})
        assert code(refused) == "tesabiz.member-form"

    @pytest.mark.parametrize(
        "character", ["\n", "\r", "\t", "\x00", "\x1b", "\x7f", "\x85", "\u2028"]
    )
    def test_no_control_characters(self, emulator, character):
        for name in ("glosa", "pos", "cajero", "sucursal", "codServicio", "codOperacion"):
            refused = ask(emulator, "encript", asked(**{name: f"a{character}b"}))
            assert code(refused) == "tesabiz.member-form"
            assert "control character" in refused.diagnosis.hint
        body = message(asked())
        body["infoTx"]["canal"] = f"WEB{character}"
        assert code(serve(emulator, post(f"{PLAIN}encript", body))) == "tesabiz.member-form"

    def test_accounts(self, emulator):
        """A merchant's own, in the currency that is asked for; alike in both services."""
        own = {"CAJA_1": "BOB", "CAJA_2": "USD", "CAJA_3": "USD"}
        emulator.namespace("default").register(
            "tesabiz",
            {
                "code": "X",
                "sisOrigen": "SO_X",
                "certificate": pem("merchant.crt.pem"),
                "cuentaAbono": own,
            },
        )
        for account in (*own, "CUENTA1_BOB", "caja_1", "CAJA-1"):
            for currency in ("BOB", "USD"):
                part = asked(cuentaAbono=account, codMoneda=currency)
                token = by_hand(message({**part, "idTrans": f"{part['idTrans']}J"}, origin="SO_X"))
                plain = ask(emulator, "encript", part, origin="SO_X")
                for exchange in (plain, serve(emulator, secure(token, merchant="X"))):
                    if account not in own:
                        assert code(exchange) == "tesabiz.account-unknown"
                        assert "CAJA_1" in exchange.diagnosis.hint
                    elif own[account] != currency:
                        assert code(exchange) == "tesabiz.account-currency"
                        assert own[account] in exchange.diagnosis.hint
                    else:
                        assert code(exchange) == ""

    def test_one_account_by_its_name(self, emulator):
        """As the credentials show it: in the first currency of the country."""
        emulator.namespace("default").register(
            "tesabiz", {"sisOrigen": "SO_X", "cuentaAbono": "CAJA", "country": "PE"}
        )
        found = ask(emulator, "encript", in_peru(cuentaAbono="CAJA"), origin="SO_X")
        assert code(found) == ""

    def test_a_hint_for_every_refusal(self, emulator):
        """Of each wrong value of each member; and it never says to send what was sent."""
        values = [None, "", " ", "x" * 500, "a\nb", 0, -1, 1.5, 10**400, True, [], {}, "{}", "S"]
        for name in member_tables.QR_COBRO:
            for value in values:
                exchange = ask(emulator, "encript", asked(**{name: value}))
                if exchange.verdict == "refused":
                    assert exchange.diagnosis.hint, (name, value)
            part = asked()
            part.pop(name, None)
            exchange = ask(emulator, "encript", part)
            assert exchange.verdict == "accepted" or name in exchange.diagnosis.hint

    @pytest.mark.parametrize("change", [
        {"infoTx": None}, {"infoTx": {}}, {"infoTx": {"sisOrigen": 1}}, {"infoTx": []},
        {"infoTx": {"sisOrigen": "SO_1", "usuario": "x"}}, {"infoTx": {"sisOrigen": None}},
        {"infoTx": {"sisOrigen": "SO_1", "latitud": True}}, {"qrCobro": None}, {"qrCobro": "{}"},
        {"extra": 1},
    ])  # fmt: skip
    def test_parts(self, emulator, change):
        """The message has two parts, objects, with the members they may have."""
        exchange = serve(emulator, post(f"{PLAIN}encript", {**message(asked()), **change}))
        assert code(exchange).startswith("tesabiz.member-")

    def test_payer_members_are_known(self, emulator):
        body = message(asked())
        body["infoTx"] |= {"ip": "10.0.0.1", "latitud": -16.5, "longitud": "-68.1", "canal": None}
        assert code(serve(emulator, post(f"{PLAIN}encript", body))) == ""

    def test_idle_numbers(self, emulator):
        """A float beyond a double, a lone surrogate, a number of 5,000 digits: not JSON."""
        for value in ("1e999", "1" * 400 + ".0", "NaN", "9" * 5000, '"\\ud800"', "-Infinity"):
            body = b'{"infoTx":{"sisOrigen":"SO_1"},"qrCobro":{"importe":%s}}' % value.encode()
            assert code(serve(emulator, post(f"{PLAIN}encript", body))) == "tesabiz.not-json"
            found = code(serve(emulator, secure(by_hand(body))))
            assert found == "jws.payload", value


# --- a QR's life -----------------------------------------------------------------------------


class TestQr:
    def test_answer(self, emulator):
        """Members, order and types as the public client reads them."""
        found = made(emulator)
        assert list(found) == ["header", "hash", "idQr", "idQrInterno"]
        assert found["header"] == {"codReturn": "0", "txtReturn": "SUCCESS"}
        assert found["idQr"] == "26112201111000000001"
        assert found["idQrInterno"] == "1"
        blob, serial = found["hash"].split("|")
        assert len(found["hash"]) == 353
        assert len(base64.b64decode(blob, validate=True)) == 256
        number = x509.load_pem_x509_certificate(pem("provider.crt.pem").encode()).serial_number
        assert serial == f"{number:08X}"

    def test_date_is_local(self, emulator):
        """Bolivia is four hours behind: at 03:59 UTC it is yesterday there."""
        clock(emulator, freeze="2026-11-23T03:59:59Z")
        assert made(emulator)["idQr"].startswith("261122")
        clock(emulator, advance="1s")
        assert made(emulator)["idQr"].startswith("261123")
        past = ask(emulator, "encript", asked(fechaVencimiento="2026-11-22"))
        assert code(past) == "tesabiz.expiry-past"

    @pytest.mark.parametrize("prefixed", [True, False])
    def test_image_holds_the_text(self, tmp_path, prefixed):
        """A PNG in one line of Base64, read back by a decoder of the test's own."""
        emulator = configured(tmp_path, f"data_uri_prefix = {str(prefixed).lower()}")
        found = answer(ask(emulator, "encript64", asked()))
        assert found["hash"].startswith("data:image/png;base64,") == prefixed
        image = base64.b64decode(found["hash"].rpartition(",")[2], validate=True)
        text = read_qr_code(image)
        asks = serve(emulator, post(f"{PAYER}readQr", message({"hashQR": text}, "infoQR")))
        assert answer(asks)["qrCobro"]["idQR"] == found["idQr"]

    def test_expires_after_its_minutes(self, emulator):
        id_qr = made(emulator, tiempoDuracion=60)["idQr"]
        clock(emulator, advance="59m59s")
        assert estado(emulator, id_qr) == "VIGENTE"
        clock(emulator, advance="1s")
        assert estado(emulator, id_qr) == "VENCIDO"
        assert code(ask(emulator, "bloqued", {"idQr": id_qr})) == "tesabiz.qr-expired"

    def test_expires_at_the_end_of_its_day(self, emulator):
        id_qr = made(emulator, fechaVencimiento=TODAY, tiempoDuracion=None)["idQr"]
        clock(emulator, freeze="2026-11-23T03:59:59Z")
        assert estado(emulator, id_qr) == "VIGENTE"
        clock(emulator, advance="1s")
        assert estado(emulator, id_qr) == "VENCIDO"

    def test_expires_by_the_providers_clock(self, emulator):
        id_qr = made(emulator)["idQr"]
        clock(emulator, offset="+61m")
        assert estado(emulator, id_qr) == "VENCIDO"
        clock(emulator, offset="0s")
        assert estado(emulator, id_qr) == "VENCIDO"  # what has happened stays happened
        assert code(ask(emulator, "bloqued", {"idQr": id_qr})) == "tesabiz.qr-expired"
        assert estado(emulator, made(emulator)["idQr"]) == "VIGENTE"

    def test_what_has_expired_unseen_stays_expired(self, emulator):
        """Nobody looked at it when its hour was over."""
        id_qr = made(emulator)["idQr"]
        clock(emulator, advance="2h")
        clock(emulator, advance="-2h")
        assert estado(emulator, id_qr) == "VENCIDO"

    def test_extremes_of_the_clock(self, emulator):
        for now in ("1970-01-01T00:00:00Z", "8999-12-31T23:59:59Z"):
            clock(emulator, freeze=now)
            assert code(ask(emulator, "encript", asked(fechaVencimiento="9999-12-31"))) == ""

    def test_block(self, emulator):
        id_qr = made(emulator)["idQr"]
        blocked = ask(emulator, "bloqued", {"idQr": id_qr})
        assert answer(blocked) == {"header": {"codReturn": "0", "txtReturn": "SUCCESS"}}
        assert estado(emulator, id_qr) == "BLOQUEADO"
        assert code(ask(emulator, "bloqued", {"idQr": id_qr})) == "tesabiz.qr-blocked"

    def test_details(self, emulator):
        """All that was asked, then what became of it."""
        part = asked()
        id_qr = answer(ask(emulator, "encript", part))["idQr"]
        found = answer(ask(emulator, "details", {"idQr": id_qr}))["qrCobro"]
        assert found == {
            **part, "idQr": id_qr, "idQrInterno": "1", "estado": "VIGENTE", "pagos": [],
        }  # fmt: skip

    def test_ways_to_name_a_qr(self, emulator):
        """The three ids, in the three places they have elsewhere."""
        found = made(emulator, idTrans="T")
        ids = {"idQr": found["idQr"], "idQrInterno": found["idQrInterno"], "idTrans": "T"}
        info = {"infoTx": {"sisOrigen": "SO_1"}}
        for name, value in ids.items():
            for body in (
                {**info, "qrCobro": {name: value}},
                {**info, "infoQR": {name: value}},
                {**info, name: value},
            ):
                assert code(serve(emulator, post(f"{PLAIN}details", body))) == ""
        assert code(ask(emulator, "details", ids)) == ""
        other = made(emulator)["idQr"]
        assert code(ask(emulator, "details", {**ids, "idQr": other})) == "tesabiz.qr-unknown"

    @pytest.mark.parametrize(
        ("part", "wanted"),
        [
            ({}, "member-missing"),
            ({"idQr": None}, "member-missing"),
            ({"idQr": 1}, "member-form"),
            ({"idQr": "1"}, "qr-unknown"),
            ({"idQr": "26112201111000000009"}, "qr-unknown"),
            ({"idQr": "25112201111000000001"}, "qr-unknown"),
            ({"idQr": "²" * 20}, "qr-unknown"),
            ({"idQrInterno": "01"}, "qr-unknown"),
            ({"idQrInterno": "sequence"}, "qr-unknown"),
            ({"idTrans": "nothing"}, "qr-unknown"),
            ({"id": "1"}, "member-unknown"),
        ],
    )
    def test_no_such_qr(self, emulator, part, wanted):
        made(emulator)
        for name in ("details", "bloqued"):
            assert code(ask(emulator, name, part)) == f"tesabiz.{wanted}"

    def test_another_merchants_qr_is_unknown(self, emulator):
        id_qr = made(emulator)["idQr"]
        for name in ("details", "bloqued"):
            found = ask(emulator, name, {"idQr": id_qr}, origin="SO_4")
            assert code(found) == "tesabiz.qr-unknown"
            assert "to this merchant" in found.diagnosis.hint
        assert estado(emulator, id_qr) == "VIGENTE"

    def test_id_trans_is_unique_for_its_origin(self, emulator):
        made(emulator, idTrans="T")
        assert code(ask(emulator, "encript", asked(idTrans="T"))) == "tesabiz.duplicate"
        other = ask(emulator, "encript", in_peru(idTrans="T"), origin="SO_4")
        assert code(other) == ""

    def test_refused_twice_does_not_work_once(self, emulator):
        """A refused request leaves nothing: its idTrans is still free."""
        assert code(ask(emulator, "encript", asked(idTrans="T", importe=1.5))) == "tesabiz.amount"
        made(emulator, idTrans="T")


class TestPayer:
    def read(self, emulator, text):
        return serve(emulator, post(f"{PAYER}readQr", message({"hashQR": text}, "infoQR")))

    def pay(self, emulator, id_qr, reading, trans="P1", path="payQr", origin="SO_1", **changes):
        source = {"codCuenta": "1"}
        if "codEif" in changes:
            source["codEif"] = changes.pop("codEif")
        part = {
            "idQR": id_qr, "codMoneda": "BOB", "importe": 1700, "glosa": "Tramite",
            "codigoLectura": reading, "codTransComercio": trans, **changes,
        }  # fmt: skip
        body = {**message(part, "infoQR", origin), "infoOrigen": source}
        return serve(emulator, post(PAYER + path, body))

    def status(self, emulator, id_qr, trans, path="statusPayQr", origin="SO_1"):
        part = {"idQR": id_qr, "codTransComercio": trans}
        return serve(emulator, post(PAYER + path, message(part, "infoQR", origin)))

    def test_read_pay_ask(self, emulator):
        """The bank reads, pays and asks; the merchant sees it in the details."""
        found = made(emulator)
        read = answer(self.read(emulator, found["hash"]))
        assert read["qrCobro"] == {
            "idQR": found["idQr"], "codMoneda": "BOB", "importe": 1700, "glosa": "Tramite",
            "codEIF": "1111",
        }  # fmt: skip
        before = answer(self.status(emulator, found["idQr"], "P1"))
        assert before["infoTx"] is None
        paid = answer(self.pay(emulator, found["idQr"], read["codigoLectura"]))
        assert paid["infoTx"] == {
            "idTransEIF": "1", "idTransQRC": "10000001", "estadoTx": "PAGADO",
        }  # fmt: skip
        for path in ("statusPayQr", "statusPayQR"):
            assert answer(self.status(emulator, found["idQr"], "P1", path)) == paid
        details = answer(ask(emulator, "details", {"idQr": found["idQr"]}))["qrCobro"]
        assert details["estado"] == "PAGADO"
        assert [pago["importe"] for pago in details["pagos"]] == [1700]
        assert list(details["pagos"][0]) == [
            "idTxPagoEif", "idTxPagoQR", "codMoneda", "importe", "fechaPago", "estado",
            "codEifOrigen", "ciNitOrigen", "titularOrigen",
        ]  # fmt: skip
        assert details["pagos"][0]["fechaPago"] == TODAY

    def test_single_use(self, emulator):
        """A second payment, block or reading is refused."""
        found = made(emulator)
        readings = [answer(self.read(emulator, found["hash"]))["codigoLectura"] for _ in range(2)]
        assert code(self.pay(emulator, found["idQr"], readings[0])) == ""
        again = self.pay(emulator, found["idQr"], readings[1], "P2")
        assert code(again) == "tesabiz.qr-paid"
        assert code(ask(emulator, "bloqued", {"idQr": found["idQr"]})) == "tesabiz.qr-paid"
        assert code(self.read(emulator, found["hash"])) == "tesabiz.qr-paid"

    def test_many_uses(self, emulator):
        """Each payment needs a reading and its own number."""
        found = made(emulator, usoUnico=False)
        for trans in ("P1", "P2"):
            reading = answer(self.read(emulator, found["hash"]))["codigoLectura"]
            assert code(self.pay(emulator, found["idQr"], reading, trans)) == ""
        again = self.pay(emulator, found["idQr"], reading, "P3")
        assert code(again) == "tesabiz.reading-code"
        reading = answer(self.read(emulator, found["hash"]))["codigoLectura"]
        again = self.pay(emulator, found["idQr"], reading, "P2")
        assert code(again) == "tesabiz.payment-duplicate"
        assert code(self.pay(emulator, found["idQr"], reading, "P3")) == ""
        details = answer(ask(emulator, "details", {"idQr": found["idQr"]}))["qrCobro"]
        assert [each["idTxPagoEif"] for each in details["pagos"]] == ["1", "2", "3"]
        assert details["estado"] == "VIGENTE"

    def test_one_number_for_one_payment(self, emulator):
        """A codTransComercio pays one QR alone; that of another bank is another number."""
        first, second = made(emulator), made(emulator)
        readings = [
            answer(self.read(emulator, each["hash"]))["codigoLectura"] for each in (first, second)
        ]
        assert code(self.pay(emulator, first["idQr"], readings[0])) == ""
        refused = self.pay(emulator, second["idQr"], readings[1])
        assert code(refused) == "tesabiz.payment-duplicate"
        assert "Another QR" in refused.diagnosis.hint
        assert answer(self.status(emulator, second["idQr"], "P1"))["infoTx"] is None
        other = self.pay(emulator, second["idQr"], readings[1], origin="SO_BANCO")
        assert code(other) == ""
        assert answer(self.status(emulator, second["idQr"], "P1"))["infoTx"] is None
        seen = answer(self.status(emulator, second["idQr"], "P1", origin="SO_BANCO"))["infoTx"]
        assert seen["estadoTx"] == "PAGADO"

    @pytest.mark.parametrize(
        ("changes", "warned"),
        [
            ({"importe": "1700"}, ["tesabiz.member-type"]),
            ({"trans": 77}, ["tesabiz.member-type"]),
            ({"codEif": "1111"}, []),
            ({"codEif": 1111}, []),
            ({"codEif": None}, []),
        ],
    )
    def test_a_bank_writes_otherwise(self, emulator, changes, warned):
        """importe is passed back as it was read; codEif stands in the public client, in comment."""
        found = made(emulator)
        reading = answer(self.read(emulator, found["hash"]))["codigoLectura"]
        exchange = self.pay(emulator, found["idQr"], reading, **changes)
        assert code(exchange) == "", exchange.diagnosis
        codes = [each.code for each in exchange.warnings]
        assert codes == [*warned, "webhook.no-url"]

    def test_mismatches(self, emulator):
        found, other = made(emulator), made(emulator)
        reading = answer(self.read(emulator, found["hash"]))["codigoLectura"]
        for changes, wanted in (
            ({"importe": 1}, "payment-mismatch"),
            ({"codMoneda": "USD"}, "payment-mismatch"),
            ({"importe": 17.0}, "amount"),
            ({"codigoLectura": "number"}, "reading-code"),
            ({"idQR": other["idQr"]}, "reading-code"),
            ({"idQR": "26112201111000000009"}, "qr-unknown"),
            ({"codTransComercio": None}, "member-form"),
            ({"codTransComercio": " P1"}, "member-form"),
            ({"importe": "17.00"}, "amount"),
            ({"otro": 1}, "member-unknown"),
        ):
            changes = {"codigoLectura": reading, **changes}
            part = {"idQR": found["idQr"], **changes}
            id_qr, reading_used = part.pop("idQR"), part.pop("codigoLectura")
            exchange = self.pay(emulator, id_qr, reading_used, **part)
            assert code(exchange) == f"tesabiz.{wanted}"
        assert code(self.pay(emulator, found["idQr"], reading)) == ""

    @pytest.mark.parametrize(("hint", "recipe"), endpoints.TEXT_MISTAKES)
    def test_names_the_wrong_text(self, emulator, hint, recipe):
        text = made(emulator)["hash"]
        wrong = ("data:image/png;base64,AA", "iVBORw0KGgo", "1" * 20, text[:344], f" {text}")
        assert hint in {self.read(emulator, each).diagnosis.hint for each in wrong}

    @pytest.mark.slow
    def test_text_is_proven(self, emulator):
        """A thousand texts with one character changed are not read; nor is one made by others."""
        chance = random.Random(3)
        found = made(emulator)
        text = found["hash"]
        alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/|= "
        for _ in range(1000):
            at = chance.randrange(len(text))
            spoiled = text[:at] + chance.choice(alphabet.replace(text[at], "")) + text[at + 1 :]
            assert code(self.read(emulator, spoiled)) == "tesabiz.qr-unreadable"
        forged = state.qr.make_text(found["idQr"], pem("provider.crt.pem"))
        assert code(self.read(emulator, forged)) == "tesabiz.qr-unreadable"
        assert code(self.read(emulator, text)) == ""

    def test_payment_without_address_is_noted(self, emulator):
        """Nothing is sent, and the journal says why."""
        assert [each.code for each in play(emulator, "pay").warnings] == ["webhook.no-url"]


# --- the webhook ------------------------------------------------------------------------------


def answer_to(mode, body, status=200, emulator=None):
    """Judge a merchant's answer."""
    body = body if isinstance(body, bytes) else json.dumps(body).encode()
    webhook = Webhook("qrPagado", "http://x", {"qrPagado": {}}, "B89", mode)
    return webhooks.judge_answer(
        MerchantAnswer(webhook, status, body, context(emulator or frozen()))
    )


SUCCESS = {"codReturn": "0", "txtReturn": "SUCCESS"}
INNER = {"header": SUCCESS}


class TestWebhook:
    def test_form(self, emulator):
        """Members, order and types of the documented example."""
        webhook = webhooks.trigger("qrPagado", {}, context(emulator))
        body = json.loads(webhooks.seal_webhook(webhook, context(emulator)).body)
        paid = body["qrPagado"]
        assert list(body) == ["qrPagado"]
        assert list(paid) == [
            "idTrans", "idQrInterno", "idQr", "codMoneda", "importe", "glosa", "fechaVencimiento",
            "usoUnico", "codServicio", "codOperacion", "codEif", "cuentaAbono", "estado", "pos",
            "cajero", "canal", "sisOrigen", "pago", "info",
        ]  # fmt: skip
        assert (paid["importe"], paid["pago"]["importe"]) == ("1700", 1700)
        assert isinstance(paid["pago"]["idTxPagoQR"], int)
        assert isinstance(paid["pago"]["idTxPagoEif"], str)
        assert (paid["estado"], paid["pago"]["estado"]) == ("ACEP", "PAGADO")
        assert paid["usoUnico"] is True

    @pytest.mark.parametrize(
        ("event", "outcome"), [("qrRechazado", ("RECH", "RECHAZADO")), ("qrError", ("ERROR",) * 2)]
    )
    def test_a_payment_that_comes_to_nothing(self, emulator, event, outcome):
        """It is told, the QR stays unpaid, and a later payment of it is one more."""
        id_qr = made(emulator)["idQr"]
        told = webhooks.trigger(event, {"idQr": id_qr}, context(emulator))
        body = json.loads(webhooks.seal_webhook(told, context(emulator)).body)["qrPagado"]
        assert (told.event, body["idQr"]) == (event, id_qr)
        assert (body["estado"], body["pago"]["estado"]) == outcome
        found = answer(ask(emulator, "details", {"idQr": id_qr}))["qrCobro"]
        assert (found["estado"], found["pagos"]) == ("VIGENTE", [])
        paid = webhooks.trigger("qrPagado", {"idQr": id_qr}, context(emulator)).content["qrPagado"]
        assert (paid["estado"], paid["pago"]["estado"]) == ("ACEP", "PAGADO")
        assert paid["pago"]["idTxPagoQR"] == body["pago"]["idTxPagoQR"] + 1
        assert estado(emulator, id_qr) == "PAGADO"
        with pytest.raises(ConfigurationError, match="PAGADO"):
            webhooks.trigger(event, {"idQr": id_qr}, context(emulator))

    def test_signed(self, emulator):
        """The plain body under the provider's key, without code."""
        webhook = webhooks.trigger("qrPagado", {"mode": "jws"}, context(emulator))
        delivery = webhooks.seal_webhook(webhook, context(emulator))
        body = json.loads(delivery.body)
        assert list(body) == ["payload"]
        assert opened_jws(body["payload"]) == webhook.content
        assert dict(delivery.headers) == {"content-type": "application/json"}

    def test_plain_answers(self):
        assert answer_to("plain", INNER) is None
        assert answer_to("plain", INNER, 201) is None
        for body, status, wanted, hint in (
            (INNER, 500, "status", ""),
            (INNER, 302, "status", ""),
            (b"", 200, "form", "empty"),
            (b"OK", 200, "form", ""),
            (b"<html>", 200, "form", "HTML"),
            (SUCCESS, 200, "form", "inside header"),
            ({**SUCCESS, "payload": "x"}, 200, "form", "signed webhook"),
            ({"header": None}, 200, "form", ""),
            ({"header": {}}, 200, "code", ""),
            ({"header": {"codReturn": 0}}, 200, "code", "quotes"),
            ({"header": {"codReturn": "1"}}, 200, "code", ""),
            ({"header": {"codReturn": "00"}}, 200, "code", "padding"),
            ({"header": {"codReturn": True}}, 200, "code", "truth"),
            ({"header": {"codReturn": False}}, 200, "code", "truth"),
            ({"header": {"codReturn": "SUCCESS"}}, 200, "code", "word"),
            ({"header": {"codReturn": "200"}}, 200, "code", "HTTP status"),
        ):
            diagnosis = answer_to("plain", body, status)
            assert diagnosis.code == f"tesabiz.webhook-{wanted}", body
            assert hint in diagnosis.hint, (body, diagnosis.hint)

    def test_signed_answers(self, emulator):
        assert answer_to("jws", {**SUCCESS, "payload": by_hand(INNER)}, emulator=emulator) is None
        other = private("rogue")
        for body, wanted, hint in (
            (b"", "tesabiz.webhook-form", "empty"),
            (INNER, "tesabiz.webhook-form", "plain webhook"),
            (by_hand(INNER).encode(), "tesabiz.webhook-form", "without the object"),
            ({"payload": by_hand(INNER)}, "tesabiz.webhook-form", "beside"),
            ({**SUCCESS, "codReturn": 0, "payload": by_hand(INNER)}, "tesabiz.webhook-code", ""),
            (SUCCESS, "tesabiz.webhook-payload", "Sign the answer"),
            ({**SUCCESS, "payload": INNER}, "tesabiz.webhook-payload", "as text"),
            ({**SUCCESS, "payload": by_hand(INNER, other)}, "jws.signature", "registered"),
            ({**SUCCESS, "payload": by_hand(INNER, PROVIDER_KEY)}, "jws.signature", "Tesabiz"),
            ({**SUCCESS, "payload": by_hand(SUCCESS)}, "tesabiz.webhook-form", "header inside"),
            ({**SUCCESS, "payload": by_hand(b"[]")}, "jws.payload", ""),
            ({**SUCCESS, "payload": by_hand({**INNER, "iat": 1})}, "tesabiz.timestamp-claim", ""),
            ({**SUCCESS, "payload": by_hand({"header": {"codReturn": "9"}})},
             "tesabiz.webhook-code", ""),
            ({**SUCCESS, "payload": by_hand(INNER)[:-2]}, "jws.not-base64url", ""),
        ):  # fmt: skip
            diagnosis = answer_to("jws", body, emulator=emulator)
            assert diagnosis.code.startswith(wanted) or diagnosis.code.startswith("jws."), body
            if wanted != "jws.not-base64url":
                assert diagnosis.code == wanted
            assert hint in diagnosis.hint, (body, diagnosis.hint)
            assert diagnosis.where.startswith("answer.")

    def test_mutated_answers(self, emulator):
        """A thousand signed answers with one character changed acknowledge nothing."""
        chance = random.Random(5)
        token = by_hand(INNER)
        for _ in range(1000):
            at = chance.randrange(len(token))
            character = chance.choice("ABCxyz019-_".replace(token[at], ""))
            spoiled = token[:at] + character + token[at + 1 :]
            assert answer_to("jws", {**SUCCESS, "payload": spoiled}, emulator=emulator)

    @pytest.mark.parametrize("hint", sorted({hint for _, hint, _ in webhooks.ANSWER_MISTAKES}))
    def test_names_the_mistake(self, emulator, hint):
        bodies = (
            b"", b"<html>", SUCCESS, {**SUCCESS, "payload": "x"}, INNER, {"payload": "x"},
            by_hand(INNER).encode(),
        )  # fmt: skip
        found = {
            diagnosis.hint
            for mode in ("plain", "jws")
            for body in bodies
            if (diagnosis := answer_to(mode, body, emulator=emulator))
        }
        assert hint in found

    @pytest.mark.parametrize(("hint", "recipe"), webhooks.CODE_MISTAKES)
    def test_names_the_wrong_code(self, hint, recipe):
        wrong = (0, "200", True, "000")
        found = {answer_to("plain", {"header": {"codReturn": each}}).hint for each in wrong}
        assert hint in found

    def test_every_webhook_mode_is_provoked(self):
        modes = {mode.code for mode in declared(FailureMode, [webhooks])}
        assert {each for each in modes if ".webhook" in each} == {
            "tesabiz.webhook-status", "tesabiz.webhook-form", "tesabiz.webhook-code",
            "tesabiz.webhook-payload",
        }  # fmt: skip


class TestTrigger:
    def test_newest_or_named(self, emulator):
        """It pays the newest that can be paid, or the one that is named."""
        first, second, third = (made(emulator)["idQr"] for _ in range(3))
        ask(emulator, "bloqued", {"idQr": third})
        found = webhooks.trigger("qrPagado", {}, context(emulator))
        assert found.content["qrPagado"]["idQr"] == second
        found = webhooks.trigger("qrPagado", {"idQr": first}, context(emulator))
        assert found.content["qrPagado"]["idQr"] == first
        assert estado(emulator, first) == estado(emulator, second) == "PAGADO"
        with pytest.raises(ConfigurationError, match="BLOQUEADO"):
            webhooks.trigger("qrPagado", {"idQr": third}, context(emulator))

    def test_makes_one_if_there_is_none(self, emulator):
        found = webhooks.trigger("qrPagado", {"credential": "B92"}, context(emulator))
        assert found.credential == "B92"
        assert found.content["qrPagado"]["codMoneda"] == "604"

    def test_overrides(self, emulator):
        """A value is of the kind that was there before; the state keeps the truth."""
        found = webhooks.trigger(
            "qrPagado",
            {
                "/qrPagado/importe": 150,
                "/qrPagado/pago/importe": "150",
                "/qrPagado/usoUnico": "false",
                "url": "http://127.0.0.1:1/x",
                "mode": "jws",
            },
            context(emulator),
        )
        paid = found.content["qrPagado"]
        assert (paid["importe"], paid["pago"]["importe"]) == ("150", 150)
        assert paid["usoUnico"] is False
        assert (found.url, found.mode) == ("http://127.0.0.1:1/x", "jws")
        details = answer(ask(emulator, "details", {"idQr": paid["idQr"]}))["qrCobro"]
        assert details["pagos"][0]["importe"] == 1700

    @pytest.mark.parametrize(
        ("event", "overrides", "text"),
        [
            ("qrpagado", {}, "did you mean 'qrPagado'"),
            ("qrPagado", {"modo": "jws"}, "did you mean 'mode'"),
            ("qrPagado", {"mode": "x"}, "unknown value 'x'; there are plain, jws"),
            ("qrPagado", {"credential": "X"}, "no merchant"),
            ("qrPagado", {"idQr": "1"}, "no QR"),
            ("qrPagado", {"idQr": 1}, "expected text"),
            ("qrPagado", {"/nada/importe": "1"}, "did you mean '/qrPagado/importe'"),
            ("qrPagado", {"/qrPagado/importe/x": "1"}, "did you mean '/qrPagado/importe'"),
            ("qrPagado", {"/qrPagado/nuevo": {"a": 1}}, "unknown member of the webhook"),
            ("qrPagado", {"/qrPagado/pago/importe": "mil"}, "expected a number"),
        ],
    )
    def test_refused(self, emulator, event, overrides, text):
        """Before anything is paid."""
        id_qr = made(emulator)["idQr"]
        with pytest.raises(ConfigurationError, match=text):
            webhooks.trigger(event, overrides, context(emulator))
        assert estado(emulator, id_qr) == "VIGENTE"

    def test_address(self, emulator, tmp_path):
        """The merchant's own, or else the settings'."""
        configured_one = configured(tmp_path, 'notify_url = "http://a/b"\nnotify_mode = "jws"')
        found = webhooks.trigger("qrPagado", {}, context(configured_one))
        assert (found.url, found.mode) == ("http://a/b", "jws")
        configured_one.namespace("default").register("tesabiz", {
            "code": "X", "sisOrigen": "SO_X", "certificate": pem("merchant.crt.pem"),
            "notify_url": "https://c/d", "notify_mode": "plain",
        })  # fmt: skip
        found = webhooks.trigger("qrPagado", {"credential": "X"}, context(configured_one))
        assert (found.url, found.mode) == ("https://c/d", "plain")


class TestDelivery:
    @pytest.mark.parametrize("mode", ["plain", "jws"])
    def test_payment_is_announced_until_acknowledged(self, emulator, mode):
        """The bank pays, the merchant is told over a real socket, and once more after 10 s."""
        bodies = []
        right = INNER if mode == "plain" else {**SUCCESS, "payload": by_hand(INNER)}
        answers = [b"", json.dumps(right).encode()]

        async def merchant(reader, writer):
            head = await reader.readuntil(b"\r\n\r\n")
            length = int(re.search(rb"(?i)content-length: (\d+)", head)[1])
            bodies.append(await reader.readexactly(length))
            body = answers[len(bodies) - 1]
            writer.write(b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: %d\r\n\r\n%s"
                         % (len(body), body))  # fmt: skip
            await writer.drain()
            writer.close()

        async def scene():
            server = await asyncio.start_server(merchant, "127.0.0.1", 0)
            port = server.sockets[0].getsockname()[1]
            namespace = emulator.namespace("default")
            namespace.register("tesabiz", {
                "code": "B89", "sisOrigen": "SO_1", "certificate": pem("merchant.crt.pem"),
                "private_key": pem("merchant.key.pem"), "notify_mode": mode,
                "notify_url": f"http://127.0.0.1:{port}/pagos",
            })  # fmt: skip
            for name in ("encript", "read", "pay"):
                exchange = await emulator.serve(
                    namespace, PROVIDER, BY_NAME[name].build(context(emulator))
                )
                assert not exchange.bug
            assert exchange.warnings == []
            while not bodies:
                await asyncio.sleep(0)
            clock(emulator, advance="10s")
            while namespace.outbox.waiting:
                await asyncio.sleep(0)
            server.close()
            return namespace.outbox.records()

        (record,) = asyncio.run(scene())
        assert record["acknowledged"]
        codes = [each["diagnosis"] and each["diagnosis"]["code"] for each in record["attempts"]]
        assert codes == ["tesabiz.webhook-form", None]
        sent = [json.loads(body) for body in bodies]
        if mode == "jws":
            sent = [opened_jws(each["payload"]) for each in sent]
        assert sent[0] == sent[1] == record["content"]
        assert sent[0]["qrPagado"]["pago"]["idTxPagoQR"] == 10_000_001


# --- merchants and keys ----------------------------------------------------------------------


NEW = {"code": "X", "sisOrigen": "SO_X", "certificate": pem("merchant.crt.pem")}


class TestCredentials:
    @pytest.mark.parametrize(
        ("change", "text"),
        [
            ({"certificat": "x"}, "did you mean 'certificate'"),
            ({"code": ""}, "code"),
            ({"code": 1}, "code: expected text"),
            ({"code": " X"}, "code"),
            ({"code": "X\ud800"}, "code"),
            ({"sisOrigen": "x" * 51}, "sisOrigen"),
            ({"certificate": "x"}, "certificate: This is not PEM text"),
            ({"certificate": pem("merchant.key.pem")}, "private key"),
            ({"certificate": "", "private_key": pem("merchant.key.pem")}, "certificate: This is"),
            ({"sisOrigen": []}, "sisOrigen"),
            ({"sisOrigen": ["SO_X", ""]}, "sisOrigen"),
            ({"sisOrigen": None}, "sisOrigen"),
            ({"cuentaAbono": ""}, "cuentaAbono"),
            ({"cuentaAbono": {}}, "cuentaAbono"),
            ({"cuentaAbono": {"A": "604"}}, "cuentaAbono: 'A' is in '604'"),
            ({"cuentaAbono": ["A"]}, "cuentaAbono"),
            ({"private_key": pem("rogue.key.pem")}, "does not belong"),
            ({"private_key": "x"}, "private_key"),
            ({"private_key": pem("merchant.crt.pem")}, "private_key"),
            ({"status": "gone"}, "status"),
            ({"country": "AR"}, "country"),
            ({"notify_mode": "JWS"}, "notify_mode"),
            ({"notify_url": "ftp://x"}, "notify_url"),
            ({"notify_url": "http://[x"}, "notify_url"),
        ],
    )
    def test_refused(self, emulator, change, text):
        with pytest.raises(ConfigurationError, match=text):
            PROVIDER.credentials.register({**NEW, **change}, context(emulator))

    @pytest.mark.parametrize("given", [NEW, {"sisOrigen": "SO_X"}])
    def test_what_is_kept_can_be_registered_again(self, emulator, given):
        key, record = PROVIDER.credentials.register(given, context(emulator))
        assert PROVIDER.credentials.register(record, context(emulator)) == (key, record)

    @pytest.mark.parametrize("spelled", ["\\n", "\\r\\n", "\r\n", " ", ""])
    def test_line_breaks_of_keys(self, emulator, spelled):
        """However the line breaks arrive, the keys are the same, and are kept as PEM text."""
        given = {
            **NEW,
            "certificate": NEW["certificate"].replace("\n", spelled),
            "private_key": pem("merchant.key.pem").replace("\n", spelled),
        }
        _, record = PROVIDER.credentials.register(given, context(emulator))
        assert record["certificate"] == NEW["certificate"]
        assert record["private_key"] == pem("merchant.key.pem")

    def test_csr_and_public_key_are_named(self, emulator, tmp_path):
        """What the key ceremony makes besides the certificate is recognised by name."""
        (tmp_path / "private.key").write_text(pem("merchant.key.pem"))
        for arguments, text in (
            (["req", "-new", "-subj", "/CN=x", "-key", "private.key"], "request.csr"),
            (["rsa", "-pubout", "-in", "private.key"], "public.key"),
        ):
            made = subprocess.run(
                [shutil.which("openssl"), *arguments], cwd=tmp_path, capture_output=True, check=True
            ).stdout.decode()
            with pytest.raises(ConfigurationError, match=text):
                PROVIDER.credentials.register({**NEW, "certificate": made}, context(emulator))

    def test_key_ceremony_of_the_page(self, emulator, tmp_path):
        """The commands of the documentation make a v1 certificate, and it is accepted."""
        openssl = shutil.which("openssl")
        for command in (
            "genrsa -out private.key 2048",
            "rsa -in private.key -pubout -out public.key",
            "req -new -key private.key -out request.csr -subj /CN=x",
            "x509 -req -days 365 -in request.csr -signkey private.key -out certificate.pem",
        ):
            subprocess.run(
                [openssl, *command.split()], cwd=tmp_path, check=True, capture_output=True
            )
        text = (tmp_path / "certificate.pem").read_text()
        emulator.namespace("default").register("tesabiz", {**NEW, "certificate": text})
        key = serialization.load_pem_private_key((tmp_path / "private.key").read_bytes(), None)
        token = by_hand(message(asked(), origin="SO_X"), key)
        assert code(serve(emulator, secure(token, merchant="X"))) == ""

    def test_shipped_certificate_is_v1_and_self_signed(self):
        shipped = x509.load_pem_x509_certificate(pem("merchant.crt.pem").encode())
        assert shipped.version is x509.Version.v1
        assert shipped.issuer == shipped.subject
        assert shipped.public_key() == MERCHANT.public_key()
        assert shipped.not_valid_after_utc.year > 2100

    def test_view(self, emulator):
        """Exactly what a client needs."""
        record = context(emulator).credential("B89")
        view = PROVIDER.credentials.view(record, context(emulator).keys, "http://x/tesabiz")
        assert list(view) == [
            "base_url", "code", "sisOrigen", "private_key", "certificate",
            "provider_certificate", "provider_public_key", "cuentaAbono",
        ]  # fmt: skip
        assert (view["code"], view["sisOrigen"]) == ("B89", "SO_1")
        made(emulator, cuentaAbono=view["cuentaAbono"])
        public = serialization.load_pem_public_key(view["provider_public_key"].encode())
        assert public == PROVIDER_KEY.public_key()

    @pytest.mark.parametrize("name", ["next", "previous", "rogue"])
    def test_view_of_other_credentials_has_the_providers_certificate_too(self, emulator, name):
        record, keys = context(emulator).credential("B89"), context(emulator).keys
        view = PROVIDER.credentials.view(record, keys, "", name)
        assert view["certificate"] == pem(f"merchant-{name}.crt.pem")
        assert view["provider_certificate"] == pem("provider.crt.pem")
        assert view[f"provider_certificate_{name}"] == pem(f"{name}.crt.pem")
        certificate = x509.load_pem_x509_certificate(pem(f"{name}.crt.pem").encode())
        public = view[f"provider_public_key_{name}"].encode()
        assert serialization.load_pem_public_key(public) == certificate.public_key()
        assert PROVIDER.credentials.view(record, keys, "").keys() == view.keys() - {
            f"provider_certificate_{name}", f"provider_public_key_{name}",
        }  # fmt: skip

    def test_first_is_for_clients(self, emulator):
        assert emulator.namespace("default").credentials("tesabiz")[0]["code"] == "B89"

    @pytest.mark.slow
    def test_fresh_keys_serve(self, tmp_path):
        """A new set has the same files and works at once."""
        PROVIDER.credentials.make_keys(tmp_path / "tesabiz")
        names = {each.name for each in (tmp_path / "tesabiz").iterdir()}
        assert names == {each.name for each in KEYS.iterdir()}
        fresh = Emulator(keys=tmp_path)
        assert code(play(fresh, "jws-details")) == ""
        assert code(play(fresh, "other-key")) == "jws.signature"

    @pytest.mark.parametrize("endpoint", [each.name for each in PROVIDER.endpoints])
    def test_sign(self, emulator, endpoint):
        """What `sign` makes is accepted, with what it makes before, and twice at the same time."""
        for _ in range(2):
            signed = PROVIDER.sign(endpoint, None, context(emulator), "http://x/tesabiz")
            request = signed.ready(lambda each: serve(emulator, each).reply.body)
            exchange = serve(emulator, request)
            assert code(exchange) == "", exchange.diagnosis
        if endpoint.startswith("jws."):
            token = json.loads(signed.request.body)["payload"]
            assert token.startswith(f"{signed.canonical}.")
            assert opened_jws(token, MERCHANT) == exchange.payload
        else:
            assert signed.canonical.encode() == signed.request.body

    def test_sign_refuses(self, emulator):
        with pytest.raises(ConfigurationError, match=r"did you mean 'jws\.encript'"):
            PROVIDER.sign("jws.encrypt", None, context(emulator), "")


# --- strangers -------------------------------------------------------------------------------

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from([*member_tables.QR_COBRO, *member_tables.PAY_QR, *member_tables.INFO_TX,
                         "infoTx", "idQr", "qrCobro", "infoQR", "infoOrigen", "hashQR", "code",
                         "payload", "iat"])
        | st.text(max_size=3), inner, max_size=6),
    max_leaves=20,
)  # fmt: skip
NAMES = st.sampled_from([path for each in PROVIDER.endpoints for path in each.paths])
FUZZ = settings(
    max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture(scope="module")
def shared():
    patch = pytest.MonkeyPatch()
    patch.setattr(providers, "discover", lambda: {"tesabiz": PROVIDER})
    yield frozen()
    patch.undo()


class TestStrangers:
    @FUZZ
    @given(path=NAMES, body=st.binary() | JSON.map(lambda value: json.dumps(value).encode()))
    def test_any_body(self, shared, path, body):
        """Anything but a bug of ours."""
        exchange = serve(shared, post(path, body))
        assert exchange.verdict == "refused"
        json.dumps(exchange.diagnosis.as_json(), allow_nan=False).encode()
        str(exchange.diagnosis).encode()

    @pytest.mark.slow
    @FUZZ
    @given(
        path=NAMES,
        part=st.dictionaries(
            st.sampled_from([*member_tables.QR_COBRO, *member_tables.PAY_QR, "idQr"]), JSON
        ),
        place=st.sampled_from(["qrCobro", "infoQR", "infoOrigen", "idQr"]),
        valid=st.booleans(),
    )
    def test_any_members(self, shared, path, part, place, valid):
        """A known merchant may say anything, plain or well signed."""
        part = {**(asked() if valid else {}), **part}
        body = {**message(part, place), **({"infoOrigen": {}} if valid else {})}
        if path.startswith(SECURE):
            exchange = serve(shared, secure(by_hand(body), path.removeprefix(SECURE)))
        else:
            exchange = serve(shared, post(path, body))
        json.loads(exchange.reply.body)
        if exchange.diagnosis:
            json.dumps(exchange.diagnosis.as_json(), allow_nan=False).encode()
        json.dumps(exchange.payload, allow_nan=False, ensure_ascii=False).encode()

    @pytest.mark.slow
    @FUZZ
    @given(payload=st.binary() | JSON.map(lambda value: json.dumps(value).encode()))
    def test_any_signed_bytes(self, shared, payload):
        """A right signature over anything."""
        exchange = serve(shared, secure(by_hand(payload)))
        assert exchange.verdict == "refused"

    @FUZZ
    @given(token=st.text() | st.from_regex(r"[\w-]*\.[\w-]*\.[\w-]*", fullmatch=True))
    def test_any_token(self, shared, token):
        exchange = serve(shared, post(f"{SECURE}details", {"code": "B89", "payload": token}))
        assert code(exchange).startswith("jws.")

    @FUZZ
    @given(
        mode=st.sampled_from(["plain", "jws"]),
        body=st.binary() | JSON.map(lambda value: json.dumps(value).encode()),
        status=st.integers(0, 999),
    )
    def test_any_answer(self, shared, mode, body, status):
        """Of a merchant, acknowledges nothing."""
        diagnosis = answer_to(mode, body, status, shared)
        assert diagnosis is not None
        json.dumps(diagnosis.as_json(), allow_nan=False).encode()

    @FUZZ
    @given(payload=st.binary() | JSON.map(lambda value: json.dumps(value).encode()))
    def test_any_signed_answer(self, shared, payload):
        body = {**SUCCESS, "payload": by_hand(payload)}
        assert answer_to("jws", body, emulator=shared) is not None

    @pytest.mark.slow
    @FUZZ
    @given(
        overrides=st.dictionaries(
            st.sampled_from(["idQr", "url", "mode", "credential", "/", "/qrPagado/x/y", "/~"])
            | st.text(),
            JSON,
        ),
        event=st.just("qrPagado") | st.text(),
    )
    def test_any_override(self, shared, overrides, event):
        """Works, or says why it cannot."""
        try:
            webhook = webhooks.trigger(event, overrides, context(shared))
        except ConfigurationError:
            return
        assert webhook.event == "qrPagado"

    @pytest.mark.slow
    @FUZZ
    @given(credential=st.dictionaries(st.sampled_from(list(NEW)) | st.text(), JSON))
    def test_any_credential(self, shared, credential):
        for mapping in (credential, {**NEW, **credential}):
            try:
                PROVIDER.credentials.register(mapping, context(shared))
            except ConfigurationError:
                continue
            assert "sisOrigen" in mapping

    @pytest.mark.parametrize("path", [f"{PLAIN}encript", f"{SECURE}encript", f"{PAYER}payQr"])
    def test_depth(self, shared, path):
        for body in (
            b"[" * 100_000,
            b'{"infoTx":' * 100_000,
            b'{"payload":' * 900 + b"1" + b"}" * 900,
        ):
            assert serve(shared, post(path, body)).verdict == "refused"
        deep = b'{"infoTx":{"sisOrigen":"SO_1"},"qrCobro":' + b"[" * 900 + b"]" * 900 + b"}"
        assert serve(shared, post(path, deep)).verdict == "refused"
        assert serve(shared, secure(by_hand(deep))).verdict == "refused"
        surrogate = deep.replace(b"SO_1", b"\\ud800")
        assert serve(shared, post(path, surrogate)).verdict == "refused"


# --- reading a QR code -----------------------------------------------------------------------

# ISO/IEC 18004, table 9: version 12-L has these numbers of data codewords in its blocks, and 24
# for error correction in each.
BLOCKS = (92, 92, 93, 93)
ALIGNMENT = (6, 32, 58)
FORMAT_MASK = 0b101010000010010


def read_qr_code(image):
    """Decode a PNG that holds a version 12-L symbol in byte mode; a second implementation."""
    modules = read_png(image)
    size = len(modules)
    assert size == 65
    bits = [modules[8][column] for column in (0, 1, 2, 3, 4, 5, 7, 8)]
    bits += [modules[row][8] for row in (7, 5, 4, 3, 2, 1, 0)]
    form = int("".join(map(str, bits)), 2) ^ FORMAT_MASK
    assert form >> 13 == 0b01  # level L
    masked = (
        lambda r, c: (r + c) % 2, lambda r, c: r % 2, lambda r, c: c % 3,
        lambda r, c: (r + c) % 3, lambda r, c: (r // 2 + c // 3) % 2,
        lambda r, c: r * c % 2 + r * c % 3, lambda r, c: (r * c % 2 + r * c % 3) % 2,
        lambda r, c: ((r + c) % 2 + r * c % 3) % 2,
    )[form >> 10 & 7]  # fmt: skip

    def is_function(row, column):
        if (row < 9 and (column < 9 or column >= size - 8)) or (row >= size - 8 and column < 9):
            return True
        if 6 in (row, column):
            return True
        if (row < 6 and column >= size - 11) or (column < 6 and row >= size - 11):
            return True
        return any(
            abs(row - r) <= 2 and abs(column - c) <= 2
            for r in ALIGNMENT
            for c in ALIGNMENT
            if (r, c) not in ((6, 6), (6, 58), (58, 6))
        )

    stream, upward, column = [], True, size - 1
    while column > 0:
        column -= column == 6
        for step in range(size):
            row = size - 1 - step if upward else step
            stream += [
                modules[row][each] ^ (masked(row, each) == 0)
                for each in (column, column - 1)
                if not is_function(row, each)
            ]
        upward, column = not upward, column - 2
    words = [int("".join(map(str, stream[at : at + 8])), 2) for at in range(0, len(stream) - 7, 8)]
    blocks = [[] for _ in BLOCKS]
    at = 0
    for index in range(max(BLOCKS)):
        for block, length in zip(blocks, BLOCKS, strict=True):
            if index < length:
                block.append(words[at])
                at += 1
    data = "".join(f"{word:08b}" for block in blocks for word in block)
    assert data[:4] == "0100"  # byte mode, 16 bits of length from version 10 on
    length = int(data[4:20], 2)
    return bytes(int(data[at : at + 8], 2) for at in range(20, 20 + 8 * length, 8)).decode("ascii")


def read_png(image):
    """Return the modules of a QR code, 1 for black, without its quiet zone."""
    assert image[:8] == b"\x89PNG\r\n\x1a\n"
    chunks, at = {}, 8
    while at < len(image):
        (length,) = struct.unpack(">I", image[at : at + 4])
        kind, data = image[at + 4 : at + 8], image[at + 8 : at + 8 + length]
        (checksum,) = struct.unpack(">I", image[at + 8 + length : at + 12 + length])
        assert checksum == zlib.crc32(kind + data)
        chunks[kind] = chunks.get(kind, b"") + data
        at += 12 + length
    width, height, depth, colour = struct.unpack(">IIBB", chunks[b"IHDR"][:10])
    assert (depth, colour) == (1, 0)  # grey scale, one bit a pixel
    raw, stride = zlib.decompress(chunks[b"IDAT"]), (width + 7) // 8 + 1
    rows, above = [], bytes(stride - 1)
    for line in range(height):
        row = raw[line * stride + 1 : (line + 1) * stride]
        assert raw[line * stride] in (0, 2)  # filters None and Up
        if raw[line * stride] == 2:
            row = bytes((byte + up) % 256 for byte, up in zip(row, above, strict=True))
        rows.append(row)
        above = row
    pixels = [[1 - (row[x // 8] >> (7 - x % 8) & 1) for x in range(width)] for row in rows]
    scale = width // (65 + 8)
    edge = 4 * scale
    assert not any(any(row) for row in pixels[:edge])
    return [row[edge : width - edge : scale] for row in pixels[edge : height - edge : scale]]


def test_validity_dates_are_read_once():
    """A certificate that ends at a moment is valid until then, in seconds."""
    last = datetime(2026, 11, 22, tzinfo=UTC)
    text = certificate(MERCHANT, last - timedelta(days=1), last)
    assert auth._validity(text) == ((last - timedelta(days=1)).timestamp(), last.timestamp())


def test_reading_code_is_used_once(emulator):
    """A refused payment gives the code back, one that is made does not."""
    table = context(emulator).store.table("readings")
    play(emulator, "read")
    request = BY_NAME["pay"].build(context(emulator))
    with pytest.MonkeyPatch.context() as patch:
        refused = state.unknown("body.infoQR.idQR", "1", "")
        patch.setattr(state, "pay", lambda *_: (_ for _ in ()).throw(refused))
        assert serve(emulator, request).diagnosis
    assert dict(table.items())
    assert code(serve(emulator, request)) == ""
    assert not dict(table.items())


def test_reading_code_taken_meanwhile(emulator, monkeypatch):
    """Of two payments that both found the code, the one that deletes it pays."""
    play(emulator, "encript")
    play(emulator, "read")
    monkeypatch.setattr(type(context(emulator).store.table("readings")), "delete", lambda *_: False)
    by_name = {each.name: each for each in PROVIDER.examples}
    exchange = serve(emulator, by_name["pay"].build(context(emulator)))
    assert code(exchange) == "tesabiz.reading-code"


def test_peru_has_a_key_of_its_own(emulator):
    """What B89 signs is no proof for B92."""
    merchants = {
        each["code"]: each for each in emulator.namespace("default").credentials("tesabiz")
    }
    assert merchants["B92"]["certificate"] != merchants["B89"]["certificate"]
    assert merchants["B92"]["private_key"] != merchants["B89"]["private_key"]
