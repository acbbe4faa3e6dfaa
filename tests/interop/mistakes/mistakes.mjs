import crypto from "crypto";
import fs from "fs";
import util from "util";
import qs from "querystring";
import zlib from "zlib";
const E = process.env;
const out = (id, method, path, headers, body, expect) =>
  console.log(
    [id, method, path, headers.join("\x1f"), Buffer.from(body).toString("base64"), expect].join(
      "\t",
    ),
  );
const J = ["Content-Type: application/json"];
const sha = (s, e = "hex", h = "sha256") => crypto.createHash(h).update(s).digest(e);
// placetopay
const login = E.PP_LOGIN,
  sk = E.PP_SECRET;
const session = (auth, extra = {}) =>
  JSON.stringify({
    auth,
    payment: {
      reference: "R" + Math.random().toString(36).slice(2),
      description: "x",
      amount: { currency: "COP", total: 10000 },
    },
    expiration: new Date(Date.now() + 1800e3).toISOString(),
    returnUrl: "https://shop.example/b",
    ipAddress: "127.0.0.1",
    userAgent: "shop",
    ...extra,
  });
const pp = (id, nonce, seed, tranKey, expect, extra) =>
  out(
    "js-pp-" + id,
    "POST",
    "/placetopay/api/session",
    J,
    session({ login, tranKey, nonce, seed }, extra),
    expect,
  );
const seed = new Date().toISOString();
const n = crypto.randomBytes(16),
  nb = n.toString("base64");
pp(
  "ok",
  nb,
  seed,
  crypto
    .createHash("sha256")
    .update(n)
    .update(seed + sk)
    .digest("base64"),
  "OK",
);
pp("tostring-nonce", nb, seed, sha(n.toString() + seed + sk, "base64"), "UTF-8|toString|text");
pp("template-nonce", nb, seed, sha(`${n}${seed}${sk}`, "base64"), "UTF-8|toString|text");
pp(
  "nonce-binary-str",
  nb,
  seed,
  sha(n.toString("latin1") + seed + sk, "base64"),
  "latin|UTF-8|binary",
);
pp("nonce-ascii", nb, seed, sha(n.toString("ascii") + seed + sk, "base64"), "ascii|7");
pp("nonce-hex", nb, seed, sha(n.toString("hex") + seed + sk, "base64"), "hex");
pp(
  "nonce-hex-sent",
  Buffer.from(n.toString("hex")).toString("base64"),
  seed,
  sha(Buffer.concat([n, Buffer.from(seed + sk)]), "base64"),
  "hex",
);
pp(
  "nonce-array",
  nb,
  seed,
  sha([...n].toString() + seed + sk, "base64"),
  "array|list|comma|number",
);
pp("nonce-json", nb, seed, sha(JSON.stringify(n) + seed + sk, "base64"), "JSON|Buffer");
const rnd = Math.random().toString(36).substring(2);
pp("nonce-random-plain", rnd, seed, sha(rnd + seed + sk, "base64"), "base64");
pp("nonce-b64-hash", nb, seed, sha(nb + seed + sk, "base64"), "raw");
pp("hex", nb, seed, sha(Buffer.concat([n, Buffer.from(seed + sk)])), "hex");
pp(
  "sha1b64hex",
  nb,
  seed,
  Buffer.from(sha(Buffer.concat([n, Buffer.from(seed + sk)]), "hex", "sha1")).toString("base64"),
  "hex",
);
pp(
  "b64url",
  nb,
  seed,
  crypto
    .createHash("sha256")
    .update(n)
    .update(seed + sk + " ")
    .digest("base64url"),
  "space|blank",
);
// Taken once: the clock may move between two calls.
const today = new Date();
const millis = String(today.getTime());
pp(
  "date-now",
  nb,
  millis,
  sha(Buffer.concat([n, Buffer.from(millis + sk)]), "base64"),
  "milli",
);
pp(
  "date-tostring",
  nb,
  String(today),
  sha(Buffer.concat([n, Buffer.from(today + sk)]), "base64"),
  "print|toString|ISO|Date",
);
const loc = new Date().toLocaleString("es-CO");
pp(
  "date-locale",
  nb,
  loc,
  sha(Buffer.concat([n, Buffer.from(loc + sk)]), "base64"),
  "day|locale|ISO|12-hour",
);
const utcs = new Date().toUTCString();
pp(
  "date-utc",
  nb,
  utcs,
  sha(Buffer.concat([n, Buffer.from(utcs + sk)]), "base64"),
  "2822|HTTP|ISO|1123|OK",
);
const nz = new Date().toISOString().slice(0, 19);
pp("date-nozone", nb, nz, sha(Buffer.concat([n, Buffer.from(nz + sk)]), "base64"), "zone|OK");
const secs = seed.split(".")[0] + "Z";
pp(
  "date-hashed-ms",
  nb,
  secs,
  sha(Buffer.concat([n, Buffer.from(seed + sk)]), "base64"),
  "milli|fraction|otherwise|twice",
);
pp(
  "undefined-secret",
  nb,
  seed,
  sha(Buffer.concat([n, Buffer.from(seed + "undefined")]), "base64"),
  "undefined|variable|empty",
);
pp(
  "secret-missing",
  nb,
  seed,
  sha(Buffer.concat([n, Buffer.from(seed)]), "base64"),
  "secret.*(left|missing|empty)|left the secret",
);
pp(
  "hmac-b64",
  nb,
  seed,
  crypto
    .createHmac("sha256", sk)
    .update(Buffer.concat([n, Buffer.from(seed)]))
    .digest("base64"),
  "HMAC",
);
pp("promise", nb, seed, "[object Promise]", "Promise|object|await");
pp("object", nb, seed, "[object Object]", "object");
pp("buffer-json", nb, seed, { type: "Buffer", data: [1, 2] }, "Base64|text|string|Buffer|object");
pp("nonce-number", 123456789, seed, sha("123456789" + seed + sk, "base64"), "text|number|base64");
pp(
  "secret-b64dec",
  nb,
  seed,
  sha(Buffer.concat([n, Buffer.from(seed), Buffer.from(sk, "base64")]), "base64"),
  "decoded|Base64",
);
pp(
  "secret-hexdec",
  nb,
  seed,
  sha(Buffer.concat([n, Buffer.from(seed), Buffer.from(sk, "hex")]), "base64"),
  "hex",
);
pp(
  "utf16",
  nb,
  seed,
  sha(Buffer.from(n.toString("latin1") + seed + sk, "utf16le"), "base64"),
  "UTF-16",
);
pp(
  "amount-text-comma",
  nb,
  seed,
  crypto
    .createHash("sha256")
    .update(n)
    .update(seed + sk)
    .digest("base64"),
  "comma|point",
  {
    payment: {
      reference: "A" + Math.random(),
      description: "x",
      amount: { currency: "COP", total: "10,000.00" },
    },
  },
);
const ok = {
  login,
  tranKey: crypto
    .createHash("sha256")
    .update(n)
    .update(seed + sk)
    .digest("base64"),
  nonce: nb,
  seed,
};
pp("currency-lower", nb, seed, ok.tranKey, "COP|upper", {
  payment: {
    reference: "B" + Math.random(),
    description: "x",
    amount: { currency: "cop", total: 100 },
  },
});
pp("currency-sign", nb, seed, ok.tranKey, "COP|code", {
  payment: {
    reference: "B" + Math.random(),
    description: "x",
    amount: { currency: "$", total: 100 },
  },
});
pp("exp-past", nb, seed, ok.tranKey, "past|future|later", {
  expiration: new Date(Date.now() - 1000e3).toISOString(),
});
pp("exp-ms", nb, seed, ok.tranKey, "milli", { expiration: Date.now() + 3600e3 });
pp("return-noscheme", nb, seed, ok.tranKey, "https?://|scheme", { returnUrl: "shop.example/back" });
pp("ip-port", nb, seed, ok.tranKey, "port|address|OK", { ipAddress: "127.0.0.1:54321" });
pp("ip-ffff", nb, seed, ok.tranKey, "IPv|address|OK", { ipAddress: "::ffff:127.0.0.1" });
pp("ua-missing", nb, seed, ok.tranKey, "userAgent", { userAgent: undefined });
pp("locale", nb, seed, ok.tranKey, "es_CO|underscore|OK", { locale: "es-CO" });
out(
  "js-pp-wrap",
  "POST",
  "/placetopay/api/session",
  J,
  JSON.stringify({ data: JSON.parse(session(ok)) }),
  "data|outside|top|wrap",
);
out(
  "js-pp-single",
  "POST",
  "/placetopay/api/session",
  J,
  util.inspect(JSON.parse(session(ok))),
  "quote|JavaScript|inspect",
);
out("js-pp-objobj", "POST", "/placetopay/api/session", J, "[object Object]", "object|stringify");
out("js-pp-comma", "POST", "/placetopay/api/session", J, session(ok).slice(0, -1) + ",}", "comma");
out("js-pp-empty", "POST", "/placetopay/api/session", J, "", "empty|body");
out(
  "js-pp-double",
  "POST",
  "/placetopay/api/session",
  J,
  JSON.stringify(session(ok)),
  "twice|text|string",
);
out("js-pp-array", "POST", "/placetopay/api/session", J, `[${session(ok)}]`, "object|array|list");
out(
  "js-pp-gzip",
  "POST",
  "/placetopay/api/session",
  [...J, "Content-Encoding: gzip"],
  zlib.gzipSync(session(ok)),
  "encod|compress|gzip",
);
out(
  "js-pp-qs",
  "POST",
  "/placetopay/api/session",
  ["Content-Type: application/x-www-form-urlencoded"],
  qs.stringify({ auth: ok }),
  "JSON|form",
);
out(
  "js-pp-authheader",
  "POST",
  "/placetopay/api/session",
  [...J, "Authorization: " + JSON.stringify(ok)],
  JSON.stringify({ payment: {} }),
  "body|auth",
);
out(
  "js-pp-Auth",
  "POST",
  "/placetopay/api/session",
  J,
  JSON.stringify({ ...JSON.parse(session(ok)), auth: undefined, Auth: ok }),
  "auth",
);
out(
  "js-pp-authentication",
  "POST",
  "/placetopay/api/session",
  J,
  JSON.stringify({ ...JSON.parse(session(ok)), auth: undefined, authentication: ok }),
  "auth",
);
out(
  "js-pp-username",
  "POST",
  "/placetopay/api/session",
  J,
  session({ username: login, password: ok.tranKey, nonce: nb, created: seed }),
  "login",
);
out("js-pp-put", "PUT", "/placetopay/api/session", J, session(ok), "POST");
out(
  "js-pp-redirection",
  "POST",
  "/placetopay/redirection/api/session",
  J,
  session(ok),
  "/api/session|OK",
);
// pagsmile
const app = E.PM_APP,
  key = E.PM_KEY;
const p = {
  timestamp: Math.floor(Date.now() / 1000),
  custom_code: "j" + crypto.randomUUID().slice(0, 8),
  name: "Jose da Silva",
  amount: "25.00",
  fee_bear: "merchant",
  method: "PIX",
  account: "pagsmile_test_paid@pagsmile.com",
  account_type: "EMAIL",
  document_id: "50284414727",
  document_type: "CPF",
  country: "BRA",
  source_currency: "USD",
  arrival_currency: "BRL",
  notify_url: "https://example.com/n",
  additional_remark: "pago 1",
  email: "",
};
const cj = (o, f = (x) => x) =>
  Object.keys(o)
    .sort()
    .filter((k) => o[k] !== "" && o[k] != null)
    .map((k) => `${k}=${f(o[k])}`)
    .join("&");
const pm = (id, sig, expect, params = p, path = "/api/payout") =>
  out(
    "js-pm-" + id,
    "POST",
    "/pagsmile" + path,
    [...J, `AppId: ${app}`, `Authorization: ${sig}`],
    typeof params === "string" ? params : JSON.stringify(params),
    expect,
  );
pm("ok", sha(cj(p) + key), "OK");
pm("encodeURI", sha(cj(p, encodeURIComponent) + key), "URL-encod|percent|encodeURI");
pm("usp", sha(new URLSearchParams(p).toString() + key), "URL-encod|percent");
pm(
  "usp-sorted",
  sha(
    (() => {
      const u = new URLSearchParams(p);
      u.sort();
      return u.toString();
    })() + key,
  ),
  "URL-encod|percent",
);
pm("hmac-b64", crypto.createHmac("sha256", key).update(cj(p)).digest("base64"), "HMAC");
pm(
  "hmac-unsorted",
  crypto
    .createHmac("sha256", key)
    .update(
      Object.entries(p)
        .map(([k, v]) => `${k}=${v}`)
        .join("&"),
    )
    .digest("hex"),
  "HMAC",
);
pm(
  "hmac-json",
  crypto.createHmac("sha256", key).update(JSON.stringify(p)).digest("hex"),
  "HMAC|JSON",
);
pm("objobj", sha(p + key), "object");
pm("inspect", sha(util.inspect(p) + key), "inspect|JavaScript|notation|console");
pm(
  "unsorted",
  sha(
    Object.entries(p)
      .filter(([, v]) => v !== "")
      .map(([k, v]) => `${k}=${v}`)
      .join("&") + key,
  ),
  "sort|order",
);
pm("amp-key", sha(cj(p) + "&" + key), "&|between");
pm("secret-quoted", sha(cj(p) + `"${key}"`), "quot");
pm("undefined-key", sha(cj(p) + undefined), "undefined|empty|variable|not set");
pm("sha512", sha(cj(p) + key, "hex", "sha512"), "512");
pm("ms-vs-s", sha(cj({ ...p, timestamp: Date.now() }) + key), "timestamp|No known|one member");
pm("amount-number", sha(cj({ ...p, amount: 25 }) + key), "amount");
pm("amount-number2", sha(cj({ ...p, amount: parseFloat("25.00").toFixed(1) }) + key), "amount");
pm("trimmed-name", sha(cj({ ...p, name: "Jose da Silva" }) + key), "trim|blank|name|white", {
  ...p,
  name: " Jose da Silva ",
});
pm("remark-missing", sha(cj({ ...p, additional_remark: undefined }) + key), "additional_remark");
pm(
  "camel-signed",
  sha(
    cj(
      Object.fromEntries(
        Object.entries(p).map(([k, v]) => [k.replace(/_(\w)/g, (_, c) => c.toUpperCase()), v]),
      ),
    ) + key,
  ),
  "name|camel|renam|snake",
);

pm("object-promise", "[object Promise]", "Promise|object|await");
pm(
  "jwt",
  [
    "eyJhbGciOiJIUzI1NiJ9",
    Buffer.from(JSON.stringify(p)).toString("base64url"),
    crypto.createHmac("sha256", key).update("x").digest("base64url"),
  ].join("."),
  "JWT|JSON Web Token",
);
pm("canon-sent", cj(p), "hash|text itself|canonical|parameters");
pm("key-sent", key, "secret");
pm("nested", sha(cj(p) + key), "flat|nested|object", { data: p });

pm("path-trailing", sha(cj(p) + key), "/api/payout", p, "/api/payouts");
pm("path-case", sha(cj(p) + key), "/api/payout", p, "/api/Payout");
pm("path-v1", sha(cj(p) + key), "/api/payout", p, "/v1/api/payout");
pm("path-create", sha(cj(p) + key), "/api/payout", p, "/api/payout/create");
out(
  "js-pm-get",
  "GET",
  "/pagsmile/api/balance?" + new URLSearchParams({ timestamp: p.timestamp }),
  [`AppId: ${app}`, `Authorization: ${sha(`timestamp=${p.timestamp}` + key)}`],
  "",
  "POST",
);
pm("single-quotes", sha(cj(p) + key), "quote", JSON.stringify(p).replace(/"/g, "'"));
for (const [name, value, told] of [
  ["ts-iso", new Date().toISOString(), "unix|seconds|epoch"],
  ["ts-ms", Date.now(), "milli"],
  ["ts-micro", Date.now() * 1000, "micro"],
  ["ts-old", p.timestamp - 7200, "old|hour|clock|past|behind"],
]) {
  pm(name, sha(`timestamp=${value}${key}`), told, { timestamp: value }, "/api/balance");
}
// gestopago
const gk = Buffer.from(E.GP_KEY, "base64"),
  iv = Buffer.from(E.GP_IV, "base64"),
  tok = E.TOKEN;
const stamp = (tz = "America/Mexico_City", d = new Date()) => {
  const f = Object.fromEntries(
    new Intl.DateTimeFormat("en-GB", {
      timeZone: tz,
      year: "numeric",
      month: "2-digit",
      day: "2-digit",
      hour: "2-digit",
      minute: "2-digit",
      second: "2-digit",
      hour12: false,
    })
      .formatToParts(d)
      .map((x) => [x.type, x.value]),
  );
  return f.year + f.month + f.day + f.hour + f.minute + f.second;
};
let i = 0;
const order = (x = {}) => ({
  idProducto: 298,
  idServicio: 115,
  telefono: "56" + (20000000 + ((Date.now() + i++) % 9999999)),
  horaLocal: stamp(),
  upc: "n" + crypto.randomUUID().slice(0, 8),
  ...x,
});
const enc = (d, k = gk, v = iv, a = "aes-256-cbc") => {
  const c = crypto.createCipheriv(a, k, v);
  return Buffer.concat([c.update(d), c.final()]);
};
const gp = (id, signed, expect, path = "sendTx") =>
  out(
    "js-gp-" + id,
    "POST",
    `/gestopago/sistema/service/${path}.do`,
    [`Authorization: Bearer ${tok}`, "Content-Type: application/x-www-form-urlencoded"],
    "signed=" + encodeURIComponent(signed),
    expect,
  );
const o = JSON.stringify(order());
gp("ok", enc(o).toString("base64"), "OK");
gp(
  "key-slice",
  enc(o, Buffer.from(E.GP_KEY).subarray(0, 32), Buffer.from(E.GP_IV).subarray(0, 16)).toString(
    "base64",
  ),
  "text|decode",
);
gp(
  "key-slice-iv-ok",
  enc(o, Buffer.from(E.GP_KEY).subarray(0, 32)).toString("base64"),
  "text|decode",
);
gp("iv-zero", enc(o, gk, Buffer.alloc(16)).toString("base64"), "zero|IV");
gp(
  "iv-zero-key-text",
  enc(o, Buffer.from(E.GP_KEY).subarray(0, 32), Buffer.alloc(16)).toString("base64"),
  "IV.*text|text.*IV",
);
gp(
  "iv-random-prefix-hex",
  ((r) => r.toString("hex") + ":" + enc(o, gk, r).toString("hex"))(crypto.randomBytes(16)),
  "IV|:",
);
gp(
  "update-only",
  crypto.createCipheriv("aes-256-cbc", gk, iv).update(o).toString("base64"),
  "final|last block|padding|cut|incomplete",
);
gp(
  "scrypt",
  enc(o, crypto.scryptSync(E.GP_KEY, "salt", 32)).toString("base64"),
  "scrypt|derived|passphrase|key",
);
gp(
  "sha256key",
  enc(o, crypto.createHash("sha256").update(E.GP_KEY).digest()).toString("base64"),
  "SHA-?256|hash",
);
gp(
  "key-base64url",
  enc(
    o,
    Buffer.from(E.GP_KEY.replace(/[+/]/g, ""), "base64").subarray(0, 32).length === 32
      ? Buffer.from(E.GP_KEY.replace(/[+/]/g, ""), "base64").subarray(0, 32)
      : Buffer.concat([
          Buffer.from(E.GP_KEY.replace(/[+/]/g, ""), "base64"),
          Buffer.alloc(32),
        ]).subarray(0, 32),
  ).toString("base64"),
  "key",
);
gp(
  "key-ascii",
  enc(o, Buffer.from(gk.toString("ascii"), "ascii")).toString("base64"),
  "key|ascii|bit",
);
gp("hex-upper", enc(o).toString("hex").toUpperCase(), "hex");
gp("utf8-binary", enc(o).toString("utf8"), "UTF-8|text|binary");
gp("latin1", enc(o).toString("latin1"), "binary|latin|text|raw");
gp("objobj", enc("[object Object]").toString("base64"), "object");
gp("array", enc(JSON.stringify([order()])).toString("base64"), "array|list|object");
gp(
  "nested",
  enc(JSON.stringify({ data: order() })).toString("base64"),
  "data|outside|nest|missing",
);
gp("single", enc(util.inspect(order())).toString("base64"), "quote|JavaScript|OK");
gp("utf16", enc(Buffer.from(o, "utf16le")).toString("base64"), "UTF-16");
gp(
  "cryptojs-json",
  JSON.stringify({ ct: enc(o).toString("base64"), iv: iv.toString("hex"), s: "0011223344556677" }),
  "CryptoJS|ct",
);
gp(
  "jwe",
  [
    "eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIn0",
    "",
    "AAAAAAAAAAAAAAAA",
    enc(o).toString("base64url"),
    "AAAAAAAAAAAAAAAAAAAAAA",
  ].join("."),
  "JWE",
);
gp("sha-hash", sha(o), "hash|digest|SHA|hexadecimal");
gp("data-uri", "data:text/plain;base64," + enc(o).toString("base64"), "data");
gp("enc-hex-b64", Buffer.from(enc(o).toString("hex")).toString("base64"), "hex");
gp(
  "snake",
  enc(
    JSON.stringify({
      id_producto: 298,
      id_servicio: 115,
      telefono: "5612345678",
      hora_local: stamp(),
      upc: "x1",
    }),
  ).toString("base64"),
  "idProducto|idServicio",
);
gp(
  "lower",
  enc(
    JSON.stringify({
      idproducto: 298,
      idservicio: 115,
      telefono: "5612345678",
      horalocal: stamp(),
      upc: "x2",
    }),
  ).toString("base64"),
  "idProducto|idServicio",
);
gp(
  "phone-52",
  enc(JSON.stringify(order({ telefono: "+525612345678" }))).toString("base64"),
  "52|10|country",
);
gp("phone-num", enc(JSON.stringify(order({ telefono: 56123 }))).toString("base64"), "10|digits");
gp(
  "hora-iso",
  enc(JSON.stringify(order({ horaLocal: new Date().toISOString() }))).toString("base64"),
  "ISO|yyyyMMdd|form",
);
gp(
  "hora-ms",
  enc(JSON.stringify(order({ horaLocal: Date.now() }))).toString("base64"),
  "milli|yyyyMMdd",
);
gp(
  "hora-utc",
  enc(
    JSON.stringify(order({ horaLocal: new Date().toISOString().replace(/\D/g, "").slice(0, 14) })),
  ).toString("base64"),
  "OK",
);
gp(
  "product-unknown",
  enc(JSON.stringify(order({ idProducto: 99999 }))).toString("base64"),
  "getProductList|catalog|product",
);
gp(
  "ids-swapped",
  enc(JSON.stringify(order({ idProducto: 115, idServicio: 298 }))).toString("base64"),
  "swap|exchange|changed places|idServicio",
);
gp(
  "upc-long",
  enc(JSON.stringify(order({ upc: crypto.randomUUID() }))).toString("base64"),
  "15|long|UUID",
);
gp(
  "bill-amount-str",
  enc(
    JSON.stringify(
      order({
        idProducto: 597,
        idServicio: 166,
        telefono: "1111111111",
        referencia: "123456789012",
        montoPago: "$150.00",
      }),
    ),
  ).toString("base64"),
  "currency",
);
gp(
  "bill-no-ref",
  enc(
    JSON.stringify(
      order({ idProducto: 597, idServicio: 166, telefono: "1111111111", montoPago: "150.00" }),
    ),
  ).toString("base64"),
  "referencia",
);
out(
  "js-gp-bearer-undefined",
  "POST",
  "/gestopago/sistema/service/getBalance.do",
  ["Authorization: Bearer undefined"],
  "",
  "undefined|variable|empty|log in",
);
out(
  "js-gp-bearer-obj",
  "POST",
  "/gestopago/sistema/service/getBalance.do",
  ["Authorization: Bearer [object Object]"],
  "",
  "object",
);
out(
  "js-gp-bearer-lower",
  "POST",
  "/gestopago/sistema/service/getBalance.do",
  ["Authorization: bearer" + tok],
  "",
  "space|Bearer",
);
out(
  "js-gp-bearer-quoted",
  "POST",
  "/gestopago/sistema/service/getBalance.do",
  [`Authorization: Bearer "${tok}"`],
  "",
  "quot",
);
out(
  "js-gp-token-cut",
  "POST",
  "/gestopago/sistema/service/getBalance.do",
  [`Authorization: Bearer ${tok.slice(0, -3)}`],
  "",
  "cut|signature|end",
);
out(
  "js-gp-token-case",
  "POST",
  "/gestopago/sistema/service/getBalance.do",
  [`Authorization: Bearer ${tok.toLowerCase()}`],
  "",
  "case|as it is",
);
out(
  "js-gp-token-jwtown",
  "POST",
  "/gestopago/sistema/service/getBalance.do",
  [
    "Authorization: Bearer " +
      [
        "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9",
        Buffer.from(JSON.stringify({ sub: E.GP_DEV, exp: 9999999999 })).toString("base64url"),
        crypto
          .createHmac("sha256", E.GP_PASS)
          .update(
            "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9." +
              Buffer.from(JSON.stringify({ sub: E.GP_DEV, exp: 9999999999 })).toString("base64url"),
          )
          .digest("base64url"),
      ].join("."),
  ],
  "",
  "authenticate|login|issued|made|password",
);
out(
  "js-gp-token-query",
  "GET",
  `/gestopago/sistema/service/getBalance.do?token=${tok}`,
  [],
  "",
  "Authorization",
);
// tesabiz
const pem = fs.readFileSync(E.TZ_PEM, "utf8");
let q = 0;
const msg = (x = {}, y = {}) => ({
  infoTx: { sisOrigen: E.TZ_ORIGEN },
  qrCobro: {
    idTrans: "n" + Date.now() + q++,
    codMoneda: "BOB",
    importe: 1700,
    glosa: "Tramite",
    fechaVencimiento: new Date(Date.now() + 86400e3 * 30).toISOString().slice(0, 10),
    usoUnico: true,
    tiempoDuracion: 60,
    cuentaAbono: "CUENTA1_BOB",
    ...x,
  },
  ...y,
});
const b64u = (x) => Buffer.from(x).toString("base64url");
const jws = (m, h = { alg: "RS256", typ: "JWT" }, sgn = (s) => crypto.sign("sha256", s, pem)) => {
  const s =
    b64u(JSON.stringify(h)) +
    "." +
    b64u(typeof m === "string" || Buffer.isBuffer(m) ? m : JSON.stringify(m));
  return s + "." + sgn(Buffer.from(s)).toString("base64url");
};
const tz = (id, payload, expect, wrap = (x) => ({ code: E.TZ_CODE, payload: x })) =>
  out(
    "js-tz-" + id,
    "POST",
    "/tesabiz/tesabiz-ws-security/sc/jws/encript64",
    J,
    JSON.stringify(wrap(payload)),
    expect,
  );
tz("ok", jws(msg()), "OK");
tz("iat", jws({ ...msg(), iat: Math.floor(Date.now() / 1000) }), "iat|noTimestamp");
tz(
  "hs256",
  jws(msg(), { alg: "HS256", typ: "JWT" }, (s) =>
    crypto.createHmac("sha256", pem).update(s).digest(),
  ),
  "HS256|RS256",
);
tz(
  "none",
  jws(msg(), { alg: "none" }, () => Buffer.alloc(0)),
  "none|RS256",
);
tz(
  "rs512",
  jws(msg(), { alg: "RS512", typ: "JWT" }, (s) => crypto.sign("sha512", s, pem)),
  "RS512|RS256",
);
tz(
  "ps256",
  jws(msg(), { alg: "PS256", typ: "JWT" }, (s) =>
    crypto.sign("sha256", s, { key: pem, padding: crypto.constants.RSA_PKCS1_PSS_PADDING }),
  ),
  "PS256|RS256|PSS",
);
tz(
  "pss-as-rs",
  jws(msg(), undefined, (s) =>
    crypto.sign("sha256", s, { key: pem, padding: crypto.constants.RSA_PKCS1_PSS_PADDING }),
  ),
  "PSS",
);
tz(
  "sha1",
  jws(msg(), undefined, (s) => crypto.sign("sha1", s, pem)),
  "SHA-?1",
);
tz(
  "private-encrypt",
  jws(msg(), undefined, (s) =>
    crypto.privateEncrypt(pem, crypto.createHash("sha256").update(s).digest()),
  ),
  "DigestInfo|digest|hash|encrypt",
);
tz("double-json", jws(JSON.stringify(JSON.stringify(msg()))), "twice|text|string");
tz(
  "std-b64",
  ((m) => {
    const s =
      Buffer.from('{"alg":"RS256"}').toString("base64") +
      "." +
      Buffer.from(JSON.stringify(m)).toString("base64");
    return s + "." + crypto.sign("sha256", Buffer.from(s), pem).toString("base64");
  })(msg()),
  "base64url|url",
);
tz(
  "other-key",
  jws(msg(), undefined, (s) =>
    crypto.sign("sha256", s, crypto.generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey),
  ),
  "another key|certificate|other key|key",
);
tz("payload-obj", msg(), "JWS|text|sign");
tz("bearer", "Bearer " + jws(msg()), "Bearer");
tz("quotes", JSON.stringify(jws(msg())), "quot");
tz("no-code", jws(msg()), "code", (x) => ({ payload: x }));
tz("code-lower", jws(msg()), "case|B89", (x) => ({ code: E.TZ_CODE.toLowerCase(), payload: x }));
tz("code-num", jws(msg()), "text|code|credentials", (x) => ({ code: 89, payload: x }));
tz("code-unknown", jws(msg()), "credentials|registered|known", (x) => ({
  code: "ZZZ",
  payload: x,
}));
tz("jwt-name", jws(msg()), "payload", (x) => ({ code: E.TZ_CODE, jwt: x }));
tz("Payload", jws(msg()), "payload", (x) => ({ Code: E.TZ_CODE, Payload: x }));
tz(
  "detached",
  ((s) => s.split(".")[0] + ".." + s.split(".")[2])(jws(msg())),
  "detached|payload|empty",
);
tz(
  "flattened",
  ((s) => ({ protected: s.split(".")[0], payload: s.split(".")[1], signature: s.split(".")[2] }))(
    jws(msg()),
  ),
  "compact|flattened|JSON serial",
);
tz("claim-wrap", jws({ data: msg() }), "data|unknown|infoTx|wrap");
tz(
  "tampered",
  ((s) => {
    const [h, b, g] = s.split(".");
    const m = JSON.parse(Buffer.from(b, "base64url"));
    m.qrCobro.importe = 1;
    return [h, b64u(JSON.stringify(m)), g].join(".");
  })(jws(msg())),
  "signed|differ|changed|payload|another",
);
tz("kid", jws(msg(), { alg: "RS256", typ: "JWT", kid: "B89" }), "OK|kid");
tz("date-dmy", jws(msg({ fechaVencimiento: "31/12/2030" })), "day|yyyy");
tz(
  "date-iso",
  jws(msg({ fechaVencimiento: new Date(Date.now() + 9e8).toISOString() })),
  "time|date|yyyy",
);
tz("date-past", jws(msg({ fechaVencimiento: "2020-01-01" })), "past|passed|future|later");
tz("importe-dec", jws(msg({ importe: 17.5 })), "cent|whole|minor");
tz("importe-text-dec", jws(msg({ importe: "17.00" })), "cent|whole|minor");
tz("importe-zero", jws(msg({ importe: 0 })), "more than 0");
tz("usounico", jws(msg({ usoUnico: "true" })), "quot|true|boolean");
tz("usounico-s", jws(msg({ usoUnico: "S" })), "true");
tz("moneda-068", jws(msg({ codMoneda: "068" })), "BOB");
tz("moneda-lower", jws(msg({ codMoneda: "bob" })), "BOB|upper");
tz(
  "codmoneda",
  jws(
    ((m) => {
      m.qrCobro.codmoneda = m.qrCobro.codMoneda;
      delete m.qrCobro.codMoneda;
      return m;
    })(msg()),
  ),
  "codMoneda",
);
tz("cuenta", jws(msg({ cuentaAbono: "123" })), "cuenta|registered|account|credentials");
tz("sisorigen", jws(msg({}, { infoTx: { sisOrigen: "so_1" } })), "SO_1|case");
tz("flat", jws({ sisOrigen: E.TZ_ORIGEN, ...msg().qrCobro }), "infoTx|qrCobro");
out(
  "js-tz-encrypt-path",
  "POST",
  "/tesabiz/tesabiz-ws-security/sc/jws/encrypt64",
  J,
  JSON.stringify({ code: E.TZ_CODE, payload: jws(msg()) }),
  "encript64",
);
out(
  "js-tz-header",
  "POST",
  "/tesabiz/tesabiz-ws-security/sc/jws/encript64",
  [...J, "Authorization: Bearer " + jws(msg())],
  JSON.stringify(msg()),
  "payload|body|code",
);
out(
  "js-tz-plain-to-jws",
  "POST",
  "/tesabiz/tesabiz-ws-security/sc/jws/encript64",
  J,
  JSON.stringify(msg()),
  "code|payload|JWS|plain",
);
out(
  "js-tz-jws-to-plain",
  "POST",
  "/tesabiz/ws-qr-service/qr/simple/encript64",
  J,
  JSON.stringify({ code: E.TZ_CODE, payload: jws(msg()) }),
  "plain|jws|JWS",
);
out(
  "js-tz-form",
  "POST",
  "/tesabiz/tesabiz-ws-security/sc/jws/encript64",
  ["Content-Type: application/x-www-form-urlencoded"],
  qs.stringify({ code: E.TZ_CODE, payload: jws(msg()) }),
  "JSON",
);
out(
  "js-tz-raw",
  "POST",
  "/tesabiz/tesabiz-ws-security/sc/jws/encript64",
  J,
  jws(msg()),
  "code|JSON|JWS",
);
// goat
const gpem = fs.readFileSync(E.GT_PEM, "utf8");
const now = () => Math.floor(Date.now() / 1000);
const claims = (x = {}) => ({
  aud: E.GT_AUD,
  iss: E.GT_CLIENT,
  sub: E.GT_CLIENT,
  iat: now(),
  exp: now() + 3600,
  ...x,
});
const es = (c, h = {}, enc2 = "ieee-p1363", key2 = gpem) => {
  const s =
    b64u(JSON.stringify({ alg: "ES256", typ: "JWT", kid: E.GT_KID, ...h })) +
    "." +
    b64u(typeof c === "string" ? c : JSON.stringify(c));
  return (
    s +
    "." +
    crypto.sign("sha256", Buffer.from(s), { key: key2, dsaEncoding: enc2 }).toString("base64url")
  );
};
const gt = (
  id,
  token,
  expect,
  body = (t) => ({ appId: E.GT_CLIENT, token: t, grantType: "client_credentials" }),
  h = J,
  path = "/goat/oauth/app/token",
) =>
  out(
    "js-gt-" + id,
    "POST",
    path,
    h,
    typeof body(token) === "string" ? body(token) : JSON.stringify(body(token)),
    expect,
  );
gt("ok", es(claims()), "OK");
gt("der", es(claims(), {}, "der"), "DER");
gt("ms", es(claims({ iat: Date.now(), exp: Date.now() + 3600e3 })), "milli");
gt("exp-day", es(claims({ exp: now() + 86400 })), "3600|hour|1 h|long");
gt("exp-missing", es(claims({ exp: undefined })), "exp");
gt("iat-missing", es(claims({ iat: undefined })), "iat");
gt("iat-text", es(claims({ iat: String(now()) })), "number|text|quot");
gt(
  "exp-iso",
  es(claims({ exp: new Date(Date.now() + 3600e3).toISOString() })),
  "seconds|number|NumericDate",
);
gt("expired", es(claims({ iat: now() - 7200, exp: now() - 3600 })), "expired|old|new|fresh");
gt("future", es(claims({ iat: now() + 3600, exp: now() + 7200 })), "future|ahead|clock|zone");
gt("exp-duration", es(claims({ exp: 3600 })), "exp|duration|1970|iat \\+");
gt("aud-url", es(claims({ aud: "https://api.goat.ar/v1/oauth/app/token" })), "aud");
gt("aud-local", es(claims({ aud: "http://127.0.0.1:8950/goat/oauth/app/token" })), "aud");
gt("aud-slash", es(claims({ aud: E.GT_AUD + "/" })), "slash");
gt("aud-missing", es(claims({ aud: undefined })), "aud");
gt("iss-missing", es(claims({ iss: undefined })), "iss");
gt("sub-other", es(claims({ sub: "user-1" })), "sub|iss");
gt("kid-missing", es(claims(), { kid: undefined }), "kid");
gt("kid-clientid", es(claims(), { kid: E.GT_CLIENT }), "kid|keyId|fingerprint|client");
gt("kid-in-payload", es(claims({ kid: E.GT_KID }), { kid: undefined }), "header|kid");
gt(
  "hs256",
  ((s) => s + "." + crypto.createHmac("sha256", gpem).update(s).digest("base64url"))(
    b64u(JSON.stringify({ alg: "HS256", typ: "JWT", kid: E.GT_KID })) +
      "." +
      b64u(JSON.stringify(claims())),
  ),
  "HS256|ES256",
);
gt(
  "otherkey",
  es(
    claims(),
    {},
    "ieee-p1363",
    crypto.generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey,
  ),
  "key",
);
gt(
  "es384",
  (() => {
    const k = crypto.generateKeyPairSync("ec", { namedCurve: "P-384" }).privateKey;
    const s =
      b64u(JSON.stringify({ alg: "ES384", kid: E.GT_KID })) + "." + b64u(JSON.stringify(claims()));
    return (
      s +
      "." +
      crypto
        .sign("sha384", Buffer.from(s), { key: k, dsaEncoding: "ieee-p1363" })
        .toString("base64url")
    );
  })(),
  "ES256|P-256",
);
gt(
  "sig-std-b64",
  ((t) =>
    t.split(".").slice(0, 2).join(".") +
    "." +
    Buffer.from(t.split(".")[2], "base64url").toString("base64"))(es(claims())),
  "base64url|url|padding|standard",
);
gt(
  "sig-hex",
  ((t) =>
    t.split(".").slice(0, 2).join(".") +
    "." +
    Buffer.from(t.split(".")[2], "base64url").toString("hex"))(es(claims())),
  "hex",
);
gt("snake", es(claims()), "appId", (t) => ({
  client_id: E.GT_CLIENT,
  client_assertion: t,
  grant_type: "client_credentials",
}));
gt(
  "form",
  es(claims()),
  "JSON",
  (t) => qs.stringify({ appId: E.GT_CLIENT, token: t, grantType: "client_credentials" }),
  ["Content-Type: application/x-www-form-urlencoded"],
);
gt("granttype-caps", es(claims()), "client_credentials", (t) => ({
  appId: E.GT_CLIENT,
  token: t,
  grantType: "CLIENT_CREDENTIALS",
}));
gt("granttype-jwt", es(claims()), "client_credentials", (t) => ({
  appId: E.GT_CLIENT,
  token: t,
  grantType: "urn:ietf:params:oauth:grant-type:jwt-bearer",
}));
gt("granttype-missing", es(claims()), "grantType|client_credentials", (t) => ({
  appId: E.GT_CLIENT,
  token: t,
}));
gt("appid-kid", es(claims()), "appId|client", (t) => ({
  appId: E.GT_KID,
  token: t,
  grantType: "client_credentials",
}));
gt("appid-case", es(claims()), "case|Capital", (t) => ({
  appId: E.GT_CLIENT.toUpperCase(),
  token: t,
  grantType: "client_credentials",
}));
gt("appid-blank", es(claims()), "blank|space", (t) => ({
  appId: E.GT_CLIENT + " ",
  token: t,
  grantType: "client_credentials",
}));
gt("token-bearer", es(claims()), "Bearer", (t) => ({
  appId: E.GT_CLIENT,
  token: "Bearer " + t,
  grantType: "client_credentials",
}));
gt(
  "token-header",
  es(claims()),
  "body|token",
  () => ({ appId: E.GT_CLIENT, grantType: "client_credentials" }),
  [...J, "Authorization: Bearer " + es(claims())],
);
gt("token-missing", es(claims()), "token", () => ({
  appId: E.GT_CLIENT,
  grantType: "client_credentials",
}));
gt("pem-token", gpem, "private key|key itself|secret", (t) => ({
  appId: E.GT_CLIENT,
  token: t,
  grantType: "client_credentials",
}));
gt("path-v2", es(claims()), "/oauth/app/token", undefined, undefined, "/goat/v2/oauth/app/token");
gt("path-token", es(claims()), "/oauth/app/token", undefined, undefined, "/goat/oauth/token");
out(
  "js-gt-assertion-as-bearer",
  "GET",
  "/goat/v1/whoami",
  ["Authorization: Bearer " + es(claims())],
  "",
  "assertion|access token|oauth",
);
out("js-gt-no-bearer", "GET", "/goat/v1/whoami", [], "", "oauth|token");
out(
  "js-gt-basic",
  "GET",
  "/goat/v1/whoami",
  ["Authorization: Basic " + Buffer.from(E.GT_CLIENT + ":x").toString("base64")],
  "",
  "Bearer",
);
