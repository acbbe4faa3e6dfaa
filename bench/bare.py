"""What the emulator is measured against: the same cryptography by hand, and nothing else.

A bare Starlette application on uvicorn. Each handler parses, verifies and answers with the same
libraries, without diagnoses, state, scenario or journal.

    python -m bench.bare PORT KEYS_DIRECTORY
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import sys
import time
from datetime import datetime
from pathlib import Path

import jwt
import uvicorn
from cryptography import x509
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route


def application(keys: Path) -> Starlette:
    """Return the application, its keys read as the emulator reads them."""

    def credential(provider: str) -> dict:
        return json.loads((keys / provider / "credentials.json").read_text())[0]

    gestopago, placetopay = credential("gestopago"), credential("placetopay")
    pagsmile = credential("pagsmile")
    aes = Cipher(
        algorithms.AES256(base64.b64decode(gestopago["aes_key"])),
        modes.CBC(base64.b64decode(gestopago["aes_iv"])),
    )
    token_secret = base64.b64decode((keys / "gestopago" / "token.key").read_text())
    merchant = x509.load_pem_x509_certificate((keys / "tesabiz/merchant.crt.pem").read_bytes())
    provider_key = load_pem_private_key((keys / "tesabiz/provider.key.pem").read_bytes(), None)
    client_key = load_pem_private_key((keys / "goat/client.key.pem").read_bytes(), None)
    goat_secret = bytes.fromhex((keys / "goat" / "token.secret").read_text())

    async def send_tx(request: Request) -> Response:
        token = request.headers["authorization"].removeprefix("Bearer ")
        jwt.decode(
            token,
            token_secret,
            ["HS256"],
            options={"verify_signature": True, "verify_aud": False},
        )
        form = await request.form()
        decryptor = aes.decryptor()
        padded = decryptor.update(base64.b64decode(form["signed"])) + decryptor.finalize()
        unpadder = PKCS7(128).unpadder()
        json.loads(unpadder.update(padded) + unpadder.finalize())
        return Response(b"<RESPONSE><ID_TX>1</ID_TX></RESPONSE>", media_type="text/xml")

    async def create_session(request: Request) -> Response:
        body = await request.json()
        auth = body["auth"]
        nonce = base64.b64decode(auth["nonce"])
        material = nonce + auth["seed"].encode() + placetopay["secretKey"].encode()
        digest = base64.b64encode(hashlib.sha256(material).digest()).decode()
        assert hmac.compare_digest(digest, auth["tranKey"])
        assert abs(datetime.fromisoformat(auth["seed"]).timestamp() - time.time()) <= 86400
        return JSONResponse({"status": {"status": "OK"}, "requestId": 1, "processUrl": "x"})

    async def encript(request: Request) -> Response:
        body = await request.json()
        message = jwt.decode(body["payload"], merchant.public_key(), ["RS256"])
        answer = jwt.encode({"hash": "x", "got": message["infoTx"]}, provider_key, "RS256")
        return JSONResponse({"codReturn": "0", "txtReturn": "SUCCESS", "payload": answer})

    async def oauth_token(request: Request) -> Response:
        body = await request.json()
        claims = jwt.decode(
            body["token"],
            client_key.public_key(),
            ["ES256"],
            audience="https://api.goat.ar/v1/oauth/token",
        )
        now = int(time.time())
        token = jwt.encode(
            {"sub": claims["sub"], "iat": now, "exp": now + 3600}, goat_secret, "HS256"
        )
        return JSONResponse({"type": "Bearer", "accessToken": token, "expiresIn": 3600})

    async def create_payout(request: Request) -> Response:
        body = json.loads(await request.body(), parse_float=str, parse_int=str)
        text = "&".join(f"{k}={v}" for k, v in sorted(body.items()) if v not in (None, ""))
        digest = hashlib.sha256((text + pagsmile["app_key"]).encode()).hexdigest()
        assert hmac.compare_digest(digest, request.headers["authorization"])
        return JSONResponse({"code": 200, "msg": "success", "time": 1, "data": {"id": "TS1"}})

    async def health(request: Request) -> Response:
        return JSONResponse({"status": "ok"})

    return Starlette(
        routes=[
            Route("/_emulator/health", health),
            Route("/gestopago/sistema/service/sendTx.do", send_tx, methods=["POST"]),
            Route("/placetopay/api/session", create_session, methods=["POST"]),
            Route("/tesabiz/tesabiz-ws-security/sc/jws/encript", encript, methods=["POST"]),
            Route("/goat/oauth/app/token", oauth_token, methods=["POST"]),
            Route("/pagsmile/api/payout", create_payout, methods=["POST"]),
        ]
    )


if __name__ == "__main__":
    uvicorn.run(
        application(Path(sys.argv[2])),
        host="127.0.0.1",
        port=int(sys.argv[1]),
        log_level="warning",
        access_log=False,
    )
