"""An integrator's client in Python: `python client.py <provider> <case> <config.json>`.

config.json is the provider's part of `GET /_emulator/credentials`; nothing else is known. Each
call prints a line of JSON. The case `good` is right, every other one is a mistake by name.
"""

import base64
import hashlib
import hmac
import json
import random
import re
import secrets
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import jwt
from cryptography.hazmat.primitives import hashes, padding, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.x509 import load_pem_x509_certificate

PROVIDER, CASE, FILE = sys.argv[1:]
with open(FILE, encoding="utf-8") as file:
    CONFIG = json.load(file)


def shown(answer):
    return str(answer).lower() if isinstance(answer, bool) else str(answer)


def send(call, path, read, *, body=None, headers=None):
    request = urllib.request.Request(CONFIG["base_url"] + path, body, headers or {})
    try:
        response = urllib.request.urlopen(request)
    except urllib.error.HTTPError as error:
        response = error
    with response:
        text = response.read().decode()
    result = {
        "call": call,
        "status": response.status,
        "exchange": int(response.headers["emulator-exchange"]),
        "diagnosis": response.headers.get("emulator-diagnosis", ""),
        "answer": shown(read(text)),
    }
    print(json.dumps(result))
    return text


def send_json(call, path, body, read, **headers):
    text = body if isinstance(body, str) else json.dumps(body)
    headers = {"Content-Type": "application/json", **headers}
    return send(call, path, read, body=text.encode(), headers=headers)


def base64url(raw):
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def gestopago():
    """The datasheet prints no code; `cryptography`, as an integrator would."""
    login = {name: CONFIG[name] for name in ("idDistribuidor", "codigoDispositivo", "password")}
    form = urllib.parse.urlencode(login).encode()
    path = "/sistema/app/jwt-gp/authenticate/"
    text = send("token", path, lambda t: json.loads(t)["success"], body=form)
    headers = {"Authorization": "Bearer " + json.loads(text)["token"]}

    def code(text):
        found = re.search(r"<CODIGO>(\d+)</CODIGO>", text)
        return found and found[1]

    if CASE == "good":
        send("getBalance", "/sistema/service/getBalance.do", code, headers=headers)
    sale = {
        "idProducto": 298,
        "idServicio": 115,
        "telefono": f"55{random.randrange(10**7, 10**8)}",
        "horaLocal": time.strftime("%Y%m%d%H%M%S"),
        "upc": str(random.randrange(10**9, 10**10)),
    }
    plaintext = (str(sale) if CASE == "repr" else json.dumps(sale)).encode()
    if CASE == "zero-padding":
        padded = plaintext + bytes(1 + -(len(plaintext) + 1) % 16)
    else:
        padder = padding.PKCS7(128).padder()
        padded = padder.update(plaintext) + padder.finalize()
    key, iv = (base64.b64decode(CONFIG[name]) for name in ("aes_key", "aes_iv"))
    encryptor = Cipher(algorithms.AES(key), modes.CBC(iv)).encryptor()
    ciphertext = encryptor.update(padded) + encryptor.finalize()
    signed = ciphertext.hex() if CASE == "hex" else base64.b64encode(ciphertext)
    form = urllib.parse.urlencode({"signed": signed}).encode()
    send("sendTx", "/sistema/service/sendTx.do", code, body=form, headers=headers)


def placetopay():
    """The page prints PHP; this is how it reads in Python."""

    def auth(algorithm):
        nonce = secrets.token_bytes(16)
        now = datetime.now(UTC)
        seed = (now.replace(tzinfo=None) if CASE == "no-zone" else now).isoformat()
        material = nonce + seed.encode() + CONFIG["secretKey"].encode()
        digest = hashlib.new(algorithm, material).digest()
        if CASE == "hmac":
            digest = hmac.digest(CONFIG["secretKey"].encode(), nonce + seed.encode(), algorithm)
        return {
            "login": CONFIG["login"],
            "tranKey": base64.b64encode(digest).decode(),
            "nonce": base64.b64encode(nonce).decode(),
            "seed": seed,
        }

    def status(text):
        return json.loads(text)["status"]["status"]

    body = {
        "auth": auth("sha1" if CASE == "sha1" else "sha256"),
        "locale": "es_CO",
        "payment": {
            "reference": f"Y{random.randrange(10**8)}",
            "description": "Dos boletas",
            "amount": {"currency": "COP", "total": 115000},
        },
        "expiration": (datetime.now(UTC) + timedelta(minutes=30)).isoformat(),
        "returnUrl": "https://shop.test/back",
        "ipAddress": "127.0.0.1",
        "userAgent": "interop",
    }
    session = json.loads(send_json("create", "/api/session", body, status))
    if "requestId" in session:
        path = f"/api/session/{session['requestId']}"
        send_json("query", path, {"auth": auth("sha256")}, status)


def tesabiz():
    """The page prints NodeJS only; PyJWT, which wants a key where Node takes a certificate."""
    message = {
        "infoTx": {"sisOrigen": CONFIG["sisOrigen"]},
        "qrCobro": {
            "idTrans": str(time.time_ns()),
            "codMoneda": "BOB",
            "importe": 1700,
            "glosa": "Trámite CI",
            "fechaVencimiento": "2099-12-31",
            "usoUnico": True,
            "cuentaAbono": "CUENTA1_BOB",
        },
    }
    private_key = CONFIG["private_key"]
    if CASE == "hs256":  # PyJWT will not take a PEM as an HMAC secret; older libraries did
        parts = ({"alg": "HS256", "typ": "JWT"}, message)
        text = ".".join(base64url(json.dumps(part).encode()) for part in parts)
        payload = f"{text}.{base64url(hmac.digest(private_key.encode(), text.encode(), 'sha256'))}"
    elif CASE == "encoded-twice":
        text = json.dumps(json.dumps(message)).encode()
        payload = jwt.PyJWS().encode(text, private_key, algorithm="RS256")
    else:
        payload = jwt.encode(message, private_key, algorithm="RS256")
    body = payload if CASE == "no-envelope" else {"code": CONFIG["code"], "payload": payload}

    def read(text):
        answer = json.loads(text)
        if answer["codReturn"] != "0":
            return answer["codReturn"]
        certificate = load_pem_x509_certificate(CONFIG["provider_certificate"].encode())
        inner = jwt.decode(answer["payload"], certificate.public_key(), algorithms=["RS256"])
        jwt.decode(answer["payload"], CONFIG["provider_public_key"], algorithms=["RS256"])
        return f"{answer['codReturn']}/{inner['header']['codReturn']}"

    send_json("jws.encript", "/tesabiz-ws-security/sc/jws/encript", body, read)


def goat():
    """Re-expresses the page's PYTHON sample: jwt.encode with `kid` among the headers."""
    now = int(time.time()) + (900 if CASE == "fast-clock" else 0)
    claims = {
        "aud": CONFIG["audience"],
        "iss": CONFIG["clientId"],
        "iat": now,
        "exp": now + (86400 if CASE == "whole-day" else 3600),
        "sub": CONFIG["clientId"],
    }
    headers = {"alg": "ES256", "kid": CONFIG["keyId"]}
    token = jwt.encode(claims, CONFIG["private_key"], algorithm="ES256", headers=headers)
    if CASE == "der":
        key = serialization.load_pem_private_key(CONFIG["private_key"].encode(), None)
        signing_input = token.rpartition(".")[0]
        signature = key.sign(signing_input.encode(), ec.ECDSA(hashes.SHA256()))
        token = f"{signing_input}.{base64url(signature)}"
    body = {"appId": CONFIG["clientId"], "token": token, "grantType": "client_credentials"}
    if CASE == "snake-case":
        body = {"app_id": CONFIG["clientId"], "token": token, "grant_type": "client_credentials"}
    path = "/oauth/app/token"
    granted = json.loads(send_json("token", path, body, lambda t: json.loads(t).get("type")))
    if "accessToken" in granted:
        headers = {"Authorization": f"Bearer {granted['accessToken']}"}

        def whose(text):
            return CONFIG["clientId"] in json.loads(text).values()

        send("whoami", "/v1/whoami", whose, headers=headers)


def pagsmile():
    """Re-expresses the page's Python sample, with the `return` that it lacks."""

    def sign(params):
        text = "".join(f"{name}={value}&" for name, value in sorted(params.items()) if value)
        return hashlib.sha256((text.rstrip("&") + CONFIG["app_key"]).encode()).hexdigest()

    def call(name, path, text):
        # What is signed is what is sent: Decimal keeps 1.50 as it is written.
        signature = sign(json.loads(text, parse_float=Decimal))
        headers = {"AppId": CONFIG["app_id"], "Authorization": signature}
        send_json(name, path, text, lambda t: json.loads(t)["code"], **headers)

    payout = {
        "name": "Test User Name",
        "account_type": "Email",
        "account": "pagsmile_test_paid@pagsmile.com",
        "document_type": "CPF",
        "document_id": "11032341882",
        "fee_bear": "merchant",
        "amount": "10.00",
        "source_currency": "USD",
        "arrival_currency": "BRL",
        "notify_url": "https://shop.test/webhook",
        "custom_code": f"py_{random.randrange(10**9)}",
        "additional_remark": "pix payout request",
        "country": "BRA",
        "method": "PIX",
    }
    if CASE == "true":
        payout["urgent"] = True
    text = json.dumps(payout, ensure_ascii=False)
    call("create", "/api/payout", text.replace('"10.00"', "1.50") if CASE == "numeric" else text)
    if CASE == "good":
        call("balance", "/api/balance", json.dumps({"timestamp": int(time.time())}))


globals()[PROVIDER]()
