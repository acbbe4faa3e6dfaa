"""A real round trip through the running image: accepted, and refused for its reason.

BASE_URL=http://127.0.0.1:8900 python tests/e2e/image_check.py
"""

from __future__ import annotations

import os
import sys

import httpx2

from emulator.client import ClientError, Gestopago, Goat, Pagsmile, Placetopay, Tesabiz

url = os.environ["BASE_URL"]
credentials = httpx2.get(f"{url}/_emulator/credentials").raise_for_status().json()

goat = credentials["goat"]
with Goat(
    goat["base_url"],
    client_id=goat["clientId"],
    key_id=goat["keyId"],
    private_key=goat["private_key"],
) as client:
    assert client.whoami()["clientId"] == goat["clientId"]

gestopago = credentials["gestopago"]
with Gestopago(
    gestopago["base_url"],
    id_distribuidor=gestopago["idDistribuidor"],
    codigo_dispositivo=gestopago["codigoDispositivo"],
    password=gestopago["password"],
    aes_key=gestopago["aes_key"],
    aes_iv=gestopago["aes_iv"],
) as client:
    client.get_balance()

pagsmile = credentials["pagsmile"]
with Pagsmile(
    pagsmile["base_url"], app_id=pagsmile["app_id"], app_key=pagsmile["app_key"]
) as client:
    client.balance()

tesabiz = credentials["tesabiz"]
with Tesabiz(
    tesabiz["base_url"],
    code=tesabiz["code"],
    sis_origen=tesabiz["sisOrigen"],
    private_key=tesabiz["private_key"],
    provider_certificate=tesabiz["provider_certificate"],
) as client:
    assert client.generate_qr(
        id_trans="image-1", importe=1700, glosa="image", cuenta_abono="CUENTA1_BOB"
    )

placetopay = credentials["placetopay"]
with Placetopay(
    placetopay["base_url"], login=placetopay["login"], secret_key="not the secret"
) as client:
    try:
        client.query_session(1)
    except ClientError as error:
        if error.diagnosis is None or error.diagnosis.code != "username-token.digest-mismatch":
            sys.exit(f"refused, but not for its reason: {error}")
    else:
        sys.exit("a wrong secret was accepted")
sys.stdout.write("five providers answer from the image\n")
