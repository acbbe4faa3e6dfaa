"""A merchant's endpoint for the payment webhook qrPagado: `python merchant.py <config.json>`.

It does what the page's "Confirmación de pago con JWS" says, with PyJWT. Prints its URL. The path
says how it answers: `/right`, or a mistake by name.
"""

import json
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer

import jwt
from cryptography.x509 import load_pem_x509_certificate

with open(sys.argv[1], encoding="utf-8") as file:
    CONFIG = json.load(file)
TESABIZ = load_pem_x509_certificate(CONFIG["provider_certificate"].encode()).public_key()
SUCCESS = {"codReturn": "0", "txtReturn": "SUCCESS"}


def answer(mistake, body):
    is_signed = "payload" in body
    webhook = jwt.decode(body["payload"], TESABIZ, algorithms=["RS256"]) if is_signed else body
    paid = webhook["qrPagado"]
    if int(paid["importe"]) != paid["pago"]["importe"] or paid["pago"]["estado"] != "PAGADO":
        raise ValueError("not a payment")
    plain = {"header": SUCCESS}
    signed = jwt.encode(plain, CONFIG["private_key"], algorithm="RS256")
    flat_signed = jwt.encode(SUCCESS, CONFIG["private_key"], algorithm="RS256")
    return {
        "right": {**SUCCESS, "payload": signed} if is_signed else plain,
        "flat": SUCCESS,
        "signed": {**SUCCESS, "payload": signed},
        "flat-inside": {**SUCCESS, "payload": flat_signed},
        "none": {**SUCCESS, "payload": jwt.encode(plain, "", algorithm="none")},
        "ok": {"header": {**SUCCESS, "codReturn": "OK"}},
    }[mistake]


class Endpoint(BaseHTTPRequestHandler):
    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        try:
            status, text = 200, json.dumps(answer(self.path[1:], body))
        except (ValueError, jwt.PyJWTError) as error:
            status, text = 400, str(error)
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *args):
        pass


server = HTTPServer(("127.0.0.1", 0), Endpoint)
print(f"http://127.0.0.1:{server.server_port}", flush=True)
server.serve_forever()
