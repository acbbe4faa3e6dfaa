import base64
import gzip
import hashlib
import hmac
import json
import os
import pickle
import random
import secrets
import time
import urllib.parse
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

E = os.environ


def out(i, method, path, headers, body, expect):
    if isinstance(body, str):
        body = body.encode()
    print(
        "\t".join([i, method, path, "\x1f".join(headers), base64.b64encode(body).decode(), expect])
    )


J = ["Content-Type: application/json"]
login, sk = E["PP_LOGIN"], E["PP_SECRET"]


def session(auth, **extra):
    d = {
        "auth": auth,
        "payment": {
            "reference": "R" + secrets.token_hex(4),
            "description": "x",
            "amount": {"currency": "COP", "total": 10000},
        },
        "expiration": (datetime.now(UTC) + timedelta(minutes=30)).isoformat(timespec="seconds"),
        "returnUrl": "https://shop.example/b",
        "ipAddress": "127.0.0.1",
        "userAgent": "shop",
    }
    d.update(extra)
    return json.dumps(d)


def pp(i, nonce, seed, tran, expect, **x):
    out(
        "py-pp-" + i,
        "POST",
        "/placetopay/api/session",
        J,
        session({"login": login, "tranKey": tran, "nonce": nonce, "seed": seed}, **x),
        expect,
    )


n = secrets.token_bytes(16)
nb = base64.b64encode(n).decode()
seed = datetime.now(UTC).isoformat()
h = lambda b, a="sha256": base64.b64encode(hashlib.new(a, b).digest()).decode()
s_ = (seed + sk).encode()
pp("ok", nb, seed, h(n + s_), "OK")
pp(
    "str-bytes-digest",
    nb,
    seed,
    str(base64.b64encode(hashlib.sha256(n + s_).digest())),
    "b'|str\\(|bytes",
)
pp("str-bytes-nonce", nb, seed, h((str(n) + seed + sk).encode()), "b'|str\\(|repr|bytes")
pp(
    "fstring-nonce-b64",
    nb,
    seed,
    h(f"{base64.b64encode(n)}{seed}{sk}".encode()),
    "b'|str\\(|repr|bytes",
)
pp("nonce-str-sent", str(base64.b64encode(n)), seed, h(n + s_), "b'|str\\(|bytes|quote")
pp("hexdigest", nb, seed, hashlib.sha256(n + s_).hexdigest(), "hex")
pp(
    "hexdigest-b64",
    nb,
    seed,
    base64.b64encode(hashlib.sha256(n + s_).hexdigest().encode()).decode(),
    "hex",
)
pp(
    "encodebytes",
    nb,
    seed,
    base64.encodebytes(hashlib.sha256(n + s_).digest()).decode(),
    "line|white space",
)
# One digest in four has no "-" and no "_": such a text shows no alphabet.
url_nonce, url_digest = n, h(n + s_)
while not set(url_digest) & set("+/"):
    url_nonce = secrets.token_bytes(16)
    url_digest = h(url_nonce + s_)
pp(
    "urlsafe",
    base64.b64encode(url_nonce).decode(),
    seed,
    url_digest.replace("+", "-").replace("/", "_").replace("=", ""),
    "url|padding",
)
pp("token-hex", secrets.token_hex(16), seed, h(b"zz" + s_), "nonce|No known|Check")
t = secrets.token_hex(16)
pp("token-hex-sent", t, seed, h(t.encode() + s_), "base64|text")
pp(
    "token-hex-decoded",
    base64.b64encode(t.encode()).decode(),
    seed,
    h(bytes.fromhex(t) + s_),
    "hex",
)
pp(
    "nonce-decode-ignore",
    nb,
    seed,
    h((n.decode("utf-8", "ignore") + seed + sk).encode()),
    "UTF-8|ignore|text",
)
pp(
    "nonce-decode-replace",
    nb,
    seed,
    h((n.decode("utf-8", "replace") + seed + sk).encode()),
    "UTF-8|replace|text",
)
pp("nonce-latin1", nb, seed, h((n.decode("latin1") + seed + sk).encode()), "latin|UTF-8")
pp(
    "nonce-int",
    nb,
    seed,
    h((str(int.from_bytes(n, "big")) + seed + sk).encode()),
    "number|integer|decimal",
)
pp("nonce-list", nb, seed, h((str(list(n)) + seed + sk).encode()), "list|number")
nz = datetime.now().isoformat()
pp("now-naive", nb, nz, h(n + (nz + sk).encode()), "zone|OK")
st = str(datetime.now(UTC))
pp("str-datetime", nb, st, h(n + (st + sk).encode()), "T|space|OK")
ts = str(time.time())
pp("time-time", nb, ts, h(n + (ts + sk).encode()), "unix|seconds|epoch")
th = (datetime.now(UTC).replace(tzinfo=None) + timedelta(days=365.25 * 543)).isoformat(
    timespec="seconds"
) + "+00:00"
th = str(datetime.now().year + 543) + datetime.now(UTC).isoformat(timespec="seconds")[4:]
pp("thai", nb, th, h(n + (th + sk).encode()), "Thai|Buddhist|calendar|543")
pe = str(datetime.now().year - 621) + datetime.now(UTC).isoformat(timespec="seconds")[4:]
pp("persian", nb, pe, h(n + (pe + sk).encode()), "Persian|calendar|621|Hijri")
ar = "".join(chr(0x660 + int(c)) if c.isdigit() else c for c in seed)
pp("arabic-digits", nb, ar, h(n + (ar + sk).encode()), "digit")
dt = datetime.now(UTC).strftime("%Y-%m-%dT%H.%M.%SZ")
pp("dots", nb, dt, h(n + (dt + sk).encode()), "dot|colon|point")
pp12 = datetime.now(UTC).strftime("%Y-%m-%dT%I:%M:%S %pZ")
pp("ampm", nb, pp12, h(n + (pp12 + sk).encode()), "12|AM|PM")
ct = time.ctime()
pp("ctime", nb, ct, h(n + (ct + sk).encode()), "print|ISO|ctime|name")
east = (datetime.now(UTC) + timedelta(hours=2)).strftime("%Y-%m-%dT%H:%M:%SZ")
pp("local-east", nb, east, h(n + (east + sk).encode()), "offset|local|zone")
off = (datetime.now(UTC) - timedelta(minutes=12)).strftime("%Y-%m-%dT%H:%M:%SZ")
pp("late12", nb, off, h(n + (off + sk).encode()), "min")
pp(
    "hmac-new",
    nb,
    seed,
    base64.b64encode(hmac.new(sk.encode(), n + seed.encode(), hashlib.sha256).digest()).decode(),
    "HMAC",
)
pp("sha3", nb, seed, h(n + s_, "sha3_256"), "SHA3")
pp("blake", nb, seed, h(n + s_, "blake2s"), "BLAKE|function|No known|hash")
pp(
    "pbkdf2",
    nb,
    seed,
    base64.b64encode(hashlib.pbkdf2_hmac("sha256", sk.encode(), n, 1000)).decode(),
    "PBKDF2|No known|Check|well formed",
)
pp("secret-none", nb, seed, h(n + (seed + str(None)).encode()), "None|empty|variable|not set")
pp("secret-env-quote", nb, seed, h(n + (seed + f"'{sk}'").encode()), "quot")
pp("secret-login", nb, seed, h(n + (seed + login).encode()), "login|username")
pp("secret-nbsp", nb, seed, h(n + (seed + sk + "\u00a0").encode()), "blank|space")
pp("secret-zwsp", nb, seed, h(n + (seed + "\u200b" + sk).encode()), "zero|invisible|blank")
pp("secret-bom", nb, seed, h(n + (seed + "\ufeff" + sk).encode()), "byte order|BOM")
pp("secret-cut", nb, seed, h(n + (seed + sk[:-1]).encode()), "cut|last|short|character")
pp("secret-doubled", nb, seed, h(n + (seed + sk + sk).encode()), "twice|doubled")
pp("json-seed", nb, seed, h(n + (json.dumps(seed) + sk).encode()), "quot")
pp(
    "nonce-twice-generated",
    base64.b64encode(secrets.token_bytes(16)).decode(),
    seed,
    h(n + s_),
    "nonce",
)
ok = {"login": login, "tranKey": h(n + s_), "nonce": nb, "seed": seed}
out(
    "py-pp-repr", "POST", "/placetopay/api/session", J, str(json.loads(session(ok))), "Python|quote"
)
out(
    "py-pp-true",
    "POST",
    "/placetopay/api/session",
    J,
    session(ok, skipResult=True).replace("true", "True"),
    "Python|True",
)
out(
    "py-pp-nan",
    "POST",
    "/placetopay/api/session",
    J,
    session(ok, payment={"reference": "n", "amount": {"currency": "COP", "total": float("nan")}}),
    "NaN",
)
out(
    "py-pp-data",
    "POST",
    "/placetopay/api/session",
    ["Content-Type: application/x-www-form-urlencoded"],
    urllib.parse.urlencode(json.loads(session(ok))),
    "JSON|form",
)
out("py-pp-utf16", "POST", "/placetopay/api/session", J, session(ok).encode("utf-16"), "UTF-16")
out(
    "py-pp-trunc",
    "POST",
    "/placetopay/api/session",
    J,
    session(ok)[:-30],
    "end|cut|incomplete|missing|brace",
)
out("py-pp-comment", "POST", "/placetopay/api/session", J, "// pay\n" + session(ok), "comment")
out(
    "py-pp-two", "POST", "/placetopay/api/session", J, session(ok) + session(ok), "two|second|after"
)
out(
    "py-pp-b64body",
    "POST",
    "/placetopay/api/session",
    J,
    base64.b64encode(session(ok).encode()),
    "Base64",
)
out(
    "py-pp-gzip-nohdr",
    "POST",
    "/placetopay/api/session",
    J,
    gzip.compress(session(ok).encode()),
    "gzip|compress",
)
out(
    "py-pp-xml",
    "POST",
    "/placetopay/api/session",
    ["Content-Type: application/xml"],
    "<session><auth/></session>",
    "XML|JSON",
)
out(
    "py-pp-urlenc",
    "POST",
    "/placetopay/api/session",
    J,
    urllib.parse.quote(session(ok)),
    "URL|percent",
)
out(
    "py-pp-dup",
    "POST",
    "/placetopay/api/session",
    J,
    session(ok)[:-1] + ',"auth":{}}',
    "twice|once|more than",
)
out("py-pp-smart", "POST", "/placetopay/api/session", J, session(ok).replace('"', "\u201d"), "quot")
out(
    "py-pp-seed-q",
    "POST",
    "/placetopay/api/session?" + urllib.parse.urlencode(ok),
    J,
    json.dumps({"payment": {}}),
    "body|auth",
)
app, key = E["PM_APP"], E["PM_KEY"]
p = {
    "timestamp": int(time.time()),
    "custom_code": "p" + secrets.token_hex(4),
    "name": "Ana Maria",
    "amount": 15.5,
    "fee_bear": "merchant",
    "method": "PIX",
    "account": "pagsmile_test_paid@pagsmile.com",
    "account_type": "EMAIL",
    "document_id": "50284414727",
    "document_type": "CPF",
    "country": "BRA",
    "source_currency": "USD",
    "arrival_currency": "BRL",
    "notify_url": "https://example.com/n?x=1&y=2",
    "additional_remark": "pago uno",
    "email": None,
}


def cj(d):
    return "&".join(f"{k}={d[k]}" for k in sorted(d) if d[k] not in ("", None))


def pm(i, sig, expect, body=None, **hs):
    out(
        "py-pm-" + i,
        "POST",
        "/pagsmile/api/payout",
        J + [f"AppId: {app}", f"Authorization: {sig}"],
        json.dumps(p) if body is None else body,
        expect,
    )


sha = lambda s, a="sha256": hashlib.new(a, s if isinstance(s, bytes) else s.encode()).hexdigest()
pm("ok", sha(cj(p) + key), "OK")
pm("str-dict", sha(str(p) + key), "Python|repr|dict|str\\(")
pm("json-dumps", sha(json.dumps(p) + key), "JSON")
pm("json-sorted-compact", sha(json.dumps(p, sort_keys=True, separators=(",", ":")) + key), "JSON")
pm(
    "urlencode",
    sha(urllib.parse.urlencode(sorted((k, v) for k, v in p.items() if v)) + key),
    "URL|percent",
)
pm("urlencode-unsorted", sha(urllib.parse.urlencode(p) + key), "URL|percent")
pm("hmac", hmac.new(key.encode(), cj(p).encode(), hashlib.sha256).hexdigest(), "HMAC")
pm(
    "hmac-unsorted-json",
    hmac.new(key.encode(), json.dumps(p).encode(), hashlib.sha256).hexdigest(),
    "HMAC|JSON",
)
pm(
    "hmac-urlencode",
    hmac.new(
        key.encode(),
        urllib.parse.urlencode(sorted((k, v) for k, v in p.items() if v)).encode(),
        hashlib.sha256,
    ).hexdigest(),
    "HMAC",
)
pm("none-text", sha("&".join(f"{k}={p[k]}" for k in sorted(p)) + key), "None|without a value|empty")
pm("amount-2dec", sha(cj({**p, "amount": f"{p['amount']:.2f}"}) + key), "amount")
pm(
    "amount-decimal",
    sha(cj({**p, "amount": Decimal(p["amount"]).quantize(Decimal("0.0001"))}) + key),
    "amount",
)
pm("unhex-key", sha(cj(p).encode() + base64.b64decode(key)), "Base64|decoded")
pm("digest-str", str(hashlib.sha256((cj(p) + key).encode()).digest()), "b'|bytes|hexdigest|hex")
pm(
    "obj-repr",
    repr(hashlib.sha256((cj(p) + key).encode())).replace("\t", " "),
    "hexdigest|object|hash",
)
pm(
    "bound",
    "<built-in method hexdigest of _hashlib.HASH object at 0x7f>",
    "hexdigest|object|call|hash",
)
pm("double-enc", sha(sha(cj(p) + key)), "twice|once")
pm(
    "reverse-kv",
    sha("&".join(f"{p[k]}={k}" for k in sorted(p) if p[k]) + key),
    "joined|name|value|swap",
)
pm(
    "sep-semicolon",
    sha(";".join(f"{k}={p[k]}" for k in sorted(p) if p[k]) + key),
    "join|;|separator|between",
)
pm(
    "sep-newline",
    sha("\n".join(f"{k}={p[k]}" for k in sorted(p) if p[k]) + key),
    "join|line|separator|between",
)
pm(
    "colon",
    sha("&".join(f"{k}:{p[k]}" for k in sorted(p) if p[k]) + key),
    "join|:|separator|between",
)
pm("key-stripped", sha(cj(p) + key[:-1]), "cut|last|short|key")
pm("key-payin", sha(cj(p) + "\n" + key), "line|between")
pm("wrong-key", sha(cj(p) + "0123456789abcdef0123456789abcdef"), "key|credentials|Check")
pm("py-body", sha(cj(p) + key), "quote|Python", str(p))
pm(
    "datetime-ts",
    sha(cj({**p, "timestamp": datetime.now()}) + key),
    "unix|seconds|epoch",
    json.dumps({**p, "timestamp": str(datetime.now())}),
)
b = {**p, "timestamp": p["timestamp"] - 5 * 3600}
stale = {"timestamp": b["timestamp"]}
out(
    "py-pm-utcfromtimestamp",
    "POST",
    "/pagsmile/api/balance",
    [*J, f"AppId: {app}", f"Authorization: {sha(cj(stale) + key)}"],
    json.dumps(stale),
    "hour|zone|offset|local",
)
b = {**p, "amount": "R$ 10,00"}
pm("amount-brl", sha(cj(b) + key), "sign|point|digit|comma", json.dumps(b))
b = {**p, "document_id": "50284414728"}
pm("cpf-check", sha(cj(b) + key), "check digit|CPF", json.dumps(b))
b = {**p, "country": "Brazil"}
pm("country-name", sha(cj(b) + key), "BRA", json.dumps(b))
b = {**p, "method": "BANK_TRANSFER"}
pm("method-underscore", sha(cj(b) + key), "BANKTRANSFER|BANK", json.dumps(b))
b = {**p, "email": "not-an-email"}
pm("email", sha(cj(b) + key), "@|e-?mail", json.dumps(b))
b = {**p, "account": "12345"}
pm("account-email", sha(cj(b) + key), "@|e-?mail|account", json.dumps(b))
b = {k: v for k, v in p.items() if k != "custom_code"}
pm("missing-cc", sha(cj(b) + key), "custom_code", json.dumps(b))
b = {**p, "fee_bear": "MERCHANT"}
pm("feebear-case", sha(cj(b) + key), "merchant", json.dumps(b))
out(
    "py-pm-headers-env",
    "POST",
    "/pagsmile/api/payout",
    J + ["App-Id: " + app, "Authorization: " + sha(cj(p) + key)],
    json.dumps(p),
    "AppId",
)
out(
    "py-pm-noauth",
    "POST",
    "/pagsmile/api/payout",
    J + ["AppId: " + app],
    json.dumps(p),
    "Authorization|hash",
)
out(
    "py-pm-text-plain",
    "POST",
    "/pagsmile/api/payout",
    ["Content-Type: text/plain", "AppId: " + app, "Authorization: " + sha(cj(p) + key)],
    json.dumps(p),
    "application/json|JSON",
)
from cryptography.fernet import Fernet
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

gk, iv, tok = base64.b64decode(E["GP_KEY"]), base64.b64decode(E["GP_IV"]), E["TOKEN"]


def pad(b, n=16):
    c = n - len(b) % n
    return b + bytes([c]) * c


def enc(d, k=gk, v=iv, p=True, m=None):
    c = Cipher(algorithms.AES(k), m or modes.CBC(v)).encryptor()
    d = d if isinstance(d, bytes) else d.encode()
    return c.update(pad(d) if p else d) + c.finalize()


mx = datetime.now(timezone(timedelta(hours=-6)))


def order(**x):
    return {
        "idProducto": 298,
        "idServicio": 115,
        "telefono": "33" + str(random.randint(20000000, 99999999)),
        "horaLocal": mx.strftime("%Y%m%d%H%M%S"),
        "upc": secrets.token_hex(5),
        **x,
    }


def gp(i, signed, expect, ep="sendTx"):
    out(
        "py-gp-" + i,
        "POST",
        f"/gestopago/sistema/service/{ep}.do",
        [f"Authorization: Bearer {tok}", "Content-Type: application/x-www-form-urlencoded"],
        urllib.parse.urlencode({"signed": signed}),
        expect,
    )


b64 = lambda b: base64.b64encode(b).decode()
o = json.dumps(order())
gp("ok", b64(enc(o)), "OK")
gp("str-bytes", str(base64.b64encode(enc(o))), "b'|bytes|str\\(")
gp("key-encode", b64(enc(o, E["GP_KEY"].encode()[:32])), "text|decode")
gp(
    "key-encode-iv-encode",
    b64(enc(o, E["GP_KEY"].encode()[:32], E["GP_IV"].encode()[:16])),
    "text|decode",
)
gp(
    "key-encode-iv-zero",
    b64(enc(o, E["GP_KEY"].encode()[:32], bytes(16))),
    "IV.*text|text.*IV|zero.*text|text.*zero",
)
gp("fernet", Fernet(base64.urlsafe_b64encode(gk)).encrypt(o.encode()).decode(), "Fernet")
gp("str-dict", b64(enc(str(order()))), "Python|quote")
gp("pickle", b64(enc(pickle.dumps(order()))), "pickle|binary|not JSON")
gp("pad-space", b64(enc(o.encode() + b" " * (-len(o) % 16), p=False)), "space|pad")
gp("pad-twice", b64(enc(pad(o.encode()))), "twice|hand|OK")
gp("pad-32", b64(enc(pad(json.dumps(order()).encode(), 32), p=False)), "32|OK")
gp("cfb", b64(enc(o, m=modes.CFB(iv), p=False)), "CFB")
gp("cfb8-keytext", b64(enc(o, k=E["GP_KEY"].encode()[:32], m=modes.CFB(iv), p=False)), "CFB")
gp("iv-random-prefix", b64((r := secrets.token_bytes(16)) + enc(o, v=r)), "IV")
gp("iv-hex-text", b64(enc(o, v=iv.hex().encode()[:16])), "hex")
gp("key-hex-text", b64(enc(o, k=gk.hex().encode()[:32])), "hex")
gp(
    "key-sha256-b64text",
    b64(enc(o, k=hashlib.sha256(E["GP_KEY"].encode()).digest(), v=bytes(16))),
    "SHA-?256|hash",
)
gp(
    "key-md5-iv-md5",
    b64(
        enc(
            o,
            k=hashlib.md5(E["GP_KEY"].encode()).hexdigest().encode(),
            v=hashlib.md5(E["GP_IV"].encode()).digest(),
        )
    ),
    "MD5",
)
gp("iv-bit-off", b64(enc(o, v=bytes([iv[0] ^ 1]) + iv[1:])), "IV|byte|bit")
gp("key-bit-off", b64(enc(o, k=gk[:-1] + bytes([gk[-1] ^ 1]))), "key|byte|bit")
gp("key-reversed", b64(enc(o, k=gk[::-1])), "revers")
gp("list", b64(enc(json.dumps([order()]))), "list|array|object")
gp("bom", b64(enc(b"\xef\xbb\xbf" + o.encode())), "byte order|BOM")
gp("quote-twice", urllib.parse.quote(b64(enc(o)), safe=""), "twice|percent|OK")
gp("b32", base64.b32encode(enc(o)).decode(), "Base32")
gp("truncated", b64(enc(o))[:-10], "cut|length|missing|incomplete|short")
gp("plain-hello", b64(enc("hello")), "JSON|text")
gp("empty", "", "empty|signed|missing")
gp("dup-encrypted", b64(enc(b64(enc(o)))), "twice|ciphertext again")
gp(
    "hora-12h",
    b64(enc(json.dumps(order(horaLocal=(mx - timedelta(hours=12)).strftime("%Y%m%d%I%M%S"))))),
    "OK",
)
gp(
    "hora-dash",
    b64(enc(json.dumps(order(horaLocal=mx.strftime("%Y-%m-%d %H:%M:%S"))))),
    "yyyyMMdd|separator|digits",
)
gp(
    "hora-dmy",
    b64(enc(json.dumps(order(horaLocal=mx.strftime("%d%m%Y%H%M%S"))))),
    "day|year|yyyyMMdd",
)
gp(
    "phone-missing",
    b64(enc(json.dumps({k: v for k, v in order().items() if k != "telefono"}))),
    "telefono|10",
)
gp("phone-spaces", b64(enc(json.dumps(order(telefono="55 1234 5678")))), "blank|space|digits")
gp("phone-ones", b64(enc(json.dumps(order(telefono="1111111111")))), "placeholder|1111|top")
gp(
    "confirm-typo",
    b64(enc(json.dumps({**order(), "UPC": "x"}))),
    "UPC|upc|differ|no sale|sendTx|OK",
    "confirmTx",
)
import jwt as _j

tp, crt = open(E["TZ_PEM"]).read(), open(E["TZ_CRT"]).read()


def msg(**x):
    return {
        "infoTx": {"sisOrigen": E["TZ_ORIGEN"]},
        "qrCobro": {
            "idTrans": secrets.token_hex(6),
            "codMoneda": "BOB",
            "importe": 1700,
            "glosa": "Tramite",
            "fechaVencimiento": (datetime.now() + timedelta(days=30)).strftime("%Y-%m-%d"),
            "usoUnico": True,
            "tiempoDuracion": 60,
            "cuentaAbono": "CUENTA1_BOB",
            **x,
        },
    }


def tz(i, body, expect, ep="encript64"):
    out(
        "py-tz-" + i,
        "POST",
        "/tesabiz/tesabiz-ws-security/sc/jws/" + ep,
        J,
        body if isinstance(body, (str, bytes)) else json.dumps(body),
        expect,
    )


W = lambda t: {"code": E["TZ_CODE"], "payload": t}
tz("ok", W(_j.encode(msg(), tp, "RS256")), "OK")
tz("jwt-hs", W(_j.encode(msg(), "secret" * 8, "HS256")), "HS256|RS256")
tz("exp", W(_j.encode({**msg(), "exp": int(time.time()) + 60}, tp, "RS256")), "exp|the claim")
tz("str-bytes", W(str(_j.encode(msg(), tp, "RS256").encode())), "b'|bytes|str\\(")
tz("py-body", str(W(_j.encode(msg(), tp, "RS256"))), "quote|Python")
tz(
    "payload-b64",
    W(base64.b64encode(_j.encode(msg(), tp, "RS256").encode()).decode()),
    "Base64|twice",
)


def raw(payload, hdr=b'{"alg":"RS256","typ":"JWT"}', sig=None):
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import padding

    k = serialization.load_pem_private_key(tp.encode(), None)
    u = lambda b: base64.urlsafe_b64encode(b).rstrip(b"=")
    s = u(hdr) + b"." + u(payload)
    g = k.sign(s, padding.PKCS1v15(), hashes.SHA256())
    return (s + b"." + (sig(g) if sig else u(g))).decode()


tz("repr-inside", W(raw(str(msg()).encode())), "quote|Python")
tz(
    "latin-inside",
    W(raw(json.dumps(msg(glosa="Trámite"), ensure_ascii=False).encode("latin1"))),
    "latin|UTF-8",
)
tz("bom-inside", W(raw(b"\xef\xbb\xbf" + json.dumps(msg()).encode())), "byte order|BOM")
tz("sig-hex", W(raw(json.dumps(msg()).encode(), sig=lambda g: g.hex().encode())), "hex")
tz(
    "sig-pad",
    W(raw(json.dumps(msg()).encode(), sig=lambda g: base64.urlsafe_b64encode(g))),
    "pad|=",
)
tz(
    "sig-std",
    W(raw(json.dumps(msg()).encode(), sig=lambda g: base64.b64encode(g))),
    "url|standard|alphabet|pad",
)
tz(
    "sig-rev",
    W(
        raw(
            json.dumps(msg()).encode(), sig=lambda g: base64.urlsafe_b64encode(g[::-1]).rstrip(b"=")
        )
    ),
    "revers|byte order|endian",
)
tz("cert-as-payload", W(crt), "certificate")
tz("glosa-long", W(_j.encode(msg(glosa="x" * 80), tp, "RS256")), "OK")
tz(
    "vencimiento-slash",
    W(_j.encode(msg(fechaVencimiento="2030/12/31"), tp, "RS256")),
    "-|hyphen|yyyy",
)
tz("importe-neg", W(_j.encode(msg(importe=-5), tp, "RS256")), "0|negative|positive|more")
tz("importe-bs", W(_j.encode(msg(importe="Bs 17"), tp, "RS256")), "cent|whole|minor|number")
tz("importe-float", W(_j.encode(msg(importe=1700.0), tp, "RS256")), "1700|point|whole")
tz("duracion-text", W(_j.encode(msg(tiempoDuracion="1h"), tp, "RS256")), "minute")
tz("uso-int", W(_j.encode(msg(usoUnico=1), tp, "RS256")), "true")
tz(
    "snake",
    W(_j.encode({"info_tx": {"sis_origen": "SO_1"}, "qr_cobro": {}}, tp, "RS256")),
    "infoTx",
)
tz("plain-moneda", {**msg(), "x": 1}, "code|payload|plain|JWS")
gpem = open(E["GT_PEM"]).read()
now = int(time.time())
cl = {
    "aud": E["GT_AUD"],
    "iss": E["GT_CLIENT"],
    "sub": E["GT_CLIENT"],
    "iat": now,
    "exp": now + 3600,
}


def gt(i, tok, expect, **x):
    out(
        "py-gt-" + i,
        "POST",
        "/goat/oauth/app/token",
        J,
        json.dumps({"appId": E["GT_CLIENT"], "token": tok, "grantType": "client_credentials", **x}),
        expect,
    )


ej = lambda c=cl, h={"kid": E["GT_KID"]}, k=gpem, a="ES256": _j.encode(c, k, a, headers=h)
gt("ok", ej(), "OK")
gt("float", ej({**cl, "iat": time.time(), "exp": time.time() + 3600}), "OK")
gt("utc-naive", ej({**cl, "iat": now + 6 * 3600, "exp": now + 7 * 3600}), "ahead|zone|hour|future")
gt(
    "utc-behind",
    ej({**cl, "iat": now - 6 * 3600, "exp": now - 5 * 3600}),
    "zone|hour|behind|expired",
)
gt("kid-fp-hex", ej(h={"kid": hashlib.sha256(b"x").hexdigest()}), "kid|key|fingerprint|credentials")
gt("kid-short", ej(h={"kid": E["GT_KID"][:-2]}), "cut|kid|key")
gt("kid-lower", ej(h={"kid": E["GT_KID"].lower()}), "case")
gt("str-bytes", str(ej().encode()), "b'|bytes|str\\(")
gt("iss-other", ej({**cl, "iss": "goat"}), "iss")
gt("none", _j.encode(cl, None, "none", headers={"kid": E["GT_KID"]}), "none")
gt(
    "hs",
    _j.encode(cl, gpem.encode() if False else "k" * 40, "HS256", headers={"kid": E["GT_KID"]}),
    "HS256|ES256",
)
gt("appid-other", ej(), "appId|client|credentials", appId="other")
gt("grant", ej(), "client_credentials", grantType="client-credentials")
gt("two-parts", ".".join(ej().split(".")[:2]), "signature|three|part")
gt(
    "payload-changed",
    (
        lambda t: ".".join(
            [
                t.split(".")[0],
                base64.urlsafe_b64encode(json.dumps({**cl, "exp": now + 3599}).encode())
                .rstrip(b"=")
                .decode(),
                t.split(".")[2],
            ]
        )
    )(ej()),
    "signed|changed|differ|another|key|match",
)
gt("pem-jwk", ej(), "grantType", grant_type="client_credentials", grantType=None)
out(
    "py-gt-array",
    "POST",
    "/goat/oauth/app/token",
    J,
    json.dumps([{"appId": E["GT_CLIENT"], "token": ej(), "grantType": "client_credentials"}]),
    "object|array|list",
)
out(
    "py-gt-single",
    "POST",
    "/goat/oauth/app/token",
    J,
    str({"appId": E["GT_CLIENT"], "token": ej(), "grantType": "client_credentials"}),
    "quote|Python",
)
