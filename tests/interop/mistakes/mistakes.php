<?php
// mistakes as PHP programmers make them
$E = fn($k) => getenv($k);
function out($id, $method, $path, $headers, $body, $expect)
{
    echo implode("\t", [
    $id,
    $method,
    $path,
    implode("\x1f", $headers),
    base64_encode($body),
    $expect,
]),
        "\n";
}
$J = ["Content-Type: application/json"];
date_default_timezone_set("America/Bogota");
// ---------- placetopay
function session($auth, $extra = [])
{
    return json_encode(
        array_merge(
            [
                "auth" => $auth,
                "payment" => [
                    "reference" => "R" . mt_rand(),
                    "description" => "x",
                    "amount" => ["currency" => "COP", "total" => 10000],
                ],
                "expiration" => date("c", time() + 1800),
                "returnUrl" => "https://shop.example/b",
                "ipAddress" => "127.0.0.1",
                "userAgent" => "shop",
            ],
            $extra,
        ),
    );
}
$login = $E("PP_LOGIN");
$sk = $E("PP_SECRET");
$seed = date("c");
$pp = function ($id, $nonce, $seed, $tran, $expect, $extra = []) use ($login, $J) {
    out(
        "php-pp-$id",
        "POST",
        "/placetopay/api/session",
        $J,
        session(
            ["login" => $login, "tranKey" => $tran, "nonce" => $nonce, "seed" => $seed],
            $extra,
        ),
        $expect,
    );
};
$n = random_bytes(16);
$pp("sha1-hex", base64_encode($n), $seed, sha1($n . $seed . $sk), "hex");
$pp(
    "sha256-hex-b64",
    base64_encode($n),
    $seed,
    base64_encode(hash("sha256", $n . $seed . $sk)),
    "hex",
);
$pp(
    "nonce-b64-hashed",
    base64_encode($n),
    $seed,
    base64_encode(hash("sha256", base64_encode($n) . $seed . $sk, true)),
    "raw bytes",
);
$nn = bin2hex(random_bytes(8));
$pp(
    "nonce-not-encoded",
    $nn,
    $seed,
    base64_encode(hash("sha256", $nn . $seed . $sk, true)),
    "nonce.*(base64|text)|base64",
);
$pp("nonce-mt-rand-plain", (string) mt_rand(), $seed, base64_encode(hash("sha256", "", true)), "");
$u = uniqid();
$pp(
    "nonce-uniqid-double-b64",
    base64_encode(base64_encode($u)),
    $seed,
    base64_encode(hash("sha256", $u . $seed . $sk, true)),
    "twice|base64 of the base64|double|nonce",
);
$pp(
    "secret-newline",
    base64_encode($n),
    $seed,
    base64_encode(hash("sha256", $n . $seed . $sk . "\n", true)),
    "line|newline|white|blank",
);
$pp(
    "secret-trim-crlf",
    base64_encode($n),
    $seed,
    base64_encode(hash("sha256", $n . $seed . $sk . "\r\n", true)),
    "line|CR|blank",
);
$pp(
    "secret-md5",
    base64_encode($n),
    $seed,
    base64_encode(hash("sha256", $n . $seed . md5($sk), true)),
    "MD5",
);
$pp(
    "secret-sha256raw",
    base64_encode($n),
    $seed,
    base64_encode(hash("sha256", $n . $seed . hash("sha256", $sk, true), true)),
    "SHA-?256",
);
$pp(
    "hmac",
    base64_encode($n),
    $seed,
    base64_encode(hash_hmac("sha256", $n . $seed, $sk, true)),
    "HMAC",
);
$pp("hmac-hex", base64_encode($n), $seed, hash_hmac("sha256", $n . $seed, $sk), "HMAC");
$pp("md5", base64_encode($n), $seed, base64_encode(md5($n . $seed . $sk, true)), "MD5");
$pp(
    "sha512",
    base64_encode($n),
    $seed,
    base64_encode(hash("sha512", $n . $seed . $sk, true)),
    "SHA-?512",
);
$pp(
    "order-seed-nonce",
    base64_encode($n),
    $seed,
    base64_encode(hash("sha256", $seed . $n . $sk, true)),
    "order|seed|created",
);
$pp(
    "order-secret-first-hex",
    base64_encode($n),
    $seed,
    base64_encode(hash("sha256", $sk . $n . $seed)),
    "order",
);
$pp(
    "seed-twice",
    base64_encode($n),
    date("c", time() - 1),
    base64_encode(hash("sha256", $n . $seed . $sk, true)),
    "twice|once|same",
);
$pp(
    "seed-u",
    base64_encode($n),
    (string) time(),
    base64_encode(hash("sha256", $n . time() . $sk, true)),
    "unix|seconds|epoch",
);
$s2 = date("Y-m-d H:i:s");
$pp(
    "seed-sql",
    base64_encode($n),
    $s2,
    base64_encode(hash("sha256", $n . $s2 . $sk, true)),
    "T|space|zone",
);
$s3 = date("d/m/Y H:i:s");
$pp("seed-dmy", base64_encode($n), $s3, base64_encode(hash("sha256", $n . $s3 . $sk, true)), "day");
$s4 = date("Y-m-d\Th:i:sP", time());
$s4 = date("Y-m-d\Th:i:sP", strtotime("today 15:00") > time() ? strtotime("today 15:00") : time());
$s5 = gmdate("Y-m-d\TH:i:s");
$pp(
    "seed-gm-nozone",
    base64_encode($n),
    $s5,
    base64_encode(hash("sha256", $n . $s5 . $sk, true)),
    "zone|OK",
);
$s6 = date("Y-m-d\TH:i:s") . "Z";
$pp(
    "seed-local-as-z",
    base64_encode($n),
    $s6,
    base64_encode(hash("sha256", $n . $s6 . $sk, true)),
    "local|offset|hour",
);
$s7 = date("c", 0);
$pp(
    "seed-epoch",
    base64_encode($n),
    $s7,
    base64_encode(hash("sha256", $n . $s7 . $sk, true)),
    "1970|epoch",
);
$s8 = date("y-m-d\TH:i:sP");
$pp(
    "seed-2digit",
    base64_encode($n),
    $s8,
    base64_encode(hash("sha256", $n . $s8 . $sk, true)),
    "year|digit",
);
$s9 = date(DATE_RFC2822);
$pp(
    "seed-rfc2822",
    base64_encode($n),
    $s9,
    base64_encode(hash("sha256", $n . $s9 . $sk, true)),
    "2822|5322|mail|OK",
);
$s10 = date("Y-m-d\TH:i:sP", time() - 3600 * 26);
$pp(
    "seed-yesterday",
    base64_encode($n),
    $s10,
    base64_encode(hash("sha256", $n . $s10 . $sk, true)),
    "old|day|behind|hour",
);
$s11 = date("Y-m-d\TG:i:sP", strtotime("today 07:05"));
$pp(
    "seed-G-hour",
    base64_encode($n),
    $s11,
    base64_encode(hash("sha256", $n . $s11 . $sk, true)),
    "digit|hour",
);
$pp(
    "crypt",
    base64_encode($n),
    $seed,
    password_hash(base64_encode($n) . $seed . $sk, PASSWORD_BCRYPT, ["cost" => 4]),
    "bcrypt|password_hash",
);
$pp("trankey-raw", base64_encode($n), $seed, $sk, "secret(Key)? itself");
$pp(
    "htmlentities-secret",
    base64_encode($n),
    $seed,
    base64_encode(hash("sha256", $n . $seed . '"' . $sk . '"', true)),
    "quot",
);
$pp(
    "urlencode-digest",
    base64_encode($n),
    $seed,
    urlencode(base64_encode(hash("sha256", $n . $seed . $sk, true))),
    "url|percent",
);
$pp(
    "utf8-encode-nonce",
    base64_encode($n = random_bytes(16)),
    $seed,
    base64_encode(hash("sha256", mb_conv($n) . $seed . $sk, true)),
    "UTF-8|latin",
);
function mb_conv($b)
{
    return iconv("ISO-8859-1", "UTF-8", $b);
}
$pp(
    "serialize",
    base64_encode($n),
    $seed,
    base64_encode(hash("sha256", serialize([$n, $seed, $sk]), true)),
    "serialize|PHP|No known",
);
$pp(
    "implode-pipe",
    base64_encode($n),
    $seed,
    base64_encode(hash("sha256", implode("|", [$n, $seed, $sk]), true)),
    "\|",
);
$pp(
    "login-in-hash",
    base64_encode($n),
    $seed,
    base64_encode(hash("sha256", $n . $seed . $login . $sk, true)),
    "login|username",
);
$pp(
    "echo-hmac-b64nonce",
    base64_encode($n),
    $seed,
    base64_encode(hash_hmac("sha256", base64_encode($n) . $seed, $sk, true)),
    "HMAC",
);
$pp(
    "base64-key",
    base64_encode($n),
    $seed,
    base64_encode(hash("sha256", $n . $seed . base64_encode($sk), true)),
    "base64 of the secret|Base64",
);
$pp(
    "strtoupper-secret",
    base64_encode($n),
    $seed,
    base64_encode(hash("sha256", $n . $seed . strtoupper($sk), true)),
    "upper|case",
);
$good = [
    "login" => $login,
    "tranKey" => base64_encode(hash("sha256", $n . $seed . $sk, true)),
    "nonce" => base64_encode($n),
    "seed" => $seed,
];
out(
    "php-pp-form",
    "POST",
    "/placetopay/api/session",
    ["Content-Type: application/x-www-form-urlencoded"],
    http_build_query(["auth" => $good, "payment" => ["reference" => "x"]]),
    "form|JSON",
);
out(
    "php-pp-json-string",
    "POST",
    "/placetopay/api/session",
    $J,
    json_encode(session($good)),
    "twice|text|string|encoded",
);
out(
    "php-pp-printr",
    "POST",
    "/placetopay/api/session",
    $J,
    print_r(["auth" => $good], true),
    "print_r|PHP",
);
out(
    "php-pp-bom",
    "POST",
    "/placetopay/api/session",
    $J,
    "\xEF\xBB\xBF" . session($good),
    "byte order|BOM",
);
out(
    "php-pp-latin1",
    "POST",
    "/placetopay/api/session",
    $J,
    iconv(
        "UTF-8",
        "ISO-8859-1",
        json_encode(
            ["auth" => $good, "payment" => ["reference" => "Café", "description" => "Niño"]],
            JSON_UNESCAPED_UNICODE,
        ),
    ),
    "latin|8859|UTF-8",
);
out(
    "php-pp-trankey-lower",
    "POST",
    "/placetopay/api/session",
    $J,
    session([
        "login" => $login,
        "trankey" => $good["tranKey"],
        "nonce" => $good["nonce"],
        "seed" => $seed,
    ]),
    "tranKey",
);
out(
    "php-pp-login-space",
    "POST",
    "/placetopay/api/session",
    $J,
    session(array_merge($good, ["login" => $login . " "])),
    "blank|space|white",
);
out(
    "php-pp-login-upper",
    "POST",
    "/placetopay/api/session",
    $J,
    session(array_merge($good, ["login" => strtoupper($login)])),
    "case|lower|Capital",
);
out(
    "php-pp-login-other",
    "POST",
    "/placetopay/api/session",
    $J,
    session(array_merge($good, ["login" => "6dd490faf9cb87a9862245da41170ff2"])),
    "credentials",
);
out(
    "php-pp-swap",
    "POST",
    "/placetopay/api/session",
    $J,
    session(array_merge($good, ["login" => $sk])),
    "secret",
);
out(
    "php-pp-noauth",
    "POST",
    "/placetopay/api/session",
    $J,
    json_encode(array_merge($good, ["payment" => ["reference" => "x"]])),
    "auth",
);
out(
    "php-pp-auth-json",
    "POST",
    "/placetopay/api/session",
    $J,
    session(json_encode($good)),
    "text|object|string",
);
out(
    "php-pp-auth-b64",
    "POST",
    "/placetopay/api/session",
    $J,
    session(base64_encode(json_encode($good))),
    "object|base64|text",
);
out(
    "php-pp-basic",
    "POST",
    "/placetopay/api/session",
    array_merge($J, ["Authorization: Basic " . base64_encode("$login:$sk")]),
    json_encode(["payment" => ["reference" => "x"]]),
    "auth",
);
out("php-pp-double-slash", "POST", "/placetopay//api/session", $J, session($good), "slash|//");
out(
    "php-pp-doubled-prefix",
    "POST",
    "/placetopay/api/api/session",
    $J,
    session($good),
    "/api/session",
);
out("php-pp-v2", "POST", "/placetopay/api/v1/session", $J, session($good), "/api/session");
out("php-pp-sessions", "POST", "/placetopay/api/sessions", $J, session($good), "/api/session");
out("php-pp-case", "POST", "/placetopay/api/Session", $J, session($good), "case|/api/session");
out("php-pp-get", "GET", "/placetopay/api/session/1", [], "", "POST");
out("php-pp-noct", "POST", "/placetopay/api/session", [], session($good), "Content-Type|json");
// ---------- pagsmile
$app = $E("PM_APP");
$key = $E("PM_KEY");
$p = [
    "timestamp" => time(),
    "custom_code" => "c" . mt_rand(),
    "name" => "Jose Nandu",
    "amount" => "10.50",
    "fee_bear" => "merchant",
    "method" => "PIX",
    "account" => "pagsmile_test_paid@pagsmile.com",
    "account_type" => "EMAIL",
    "document_id" => "50284414727",
    "document_type" => "CPF",
    "country" => "BRA",
    "source_currency" => "USD",
    "arrival_currency" => "BRL",
    "notify_url" => "https://example.com/n?a=1",
    "additional_remark" => "pago 1",
    "email" => "",
    "phone" => null,
];
$canon = function ($a) {
    ksort($a);
    $s = [];
    foreach ($a as $k => $v) {
        if ($v !== "" && $v !== null) {
            $s[] = "$k=$v";
        }
    }
    return implode("&", $s);
};
$pm = function ($id, $sig, $expect, $params = null, $hdr = []) use ($app, $p, $J) {
    out(
        "php-pm-$id",
        "POST",
        "/pagsmile/api/payout",
        array_merge($J, ["AppId: $app", "Authorization: $sig"], $hdr),
        is_string($params) ? $params : json_encode($params ?? $p),
        $expect,
    );
};
$pm("unsorted", hash("sha256", urldecode(http_build_query(array_filter($p))) . $key), "sort|order");
$pm(
    "hbq",
    hash(
        "sha256",
        (function ($a) {
            ksort($a);
            return http_build_query(array_filter($a));
        })($p) . $key,
    ),
    "URL-encod|http_build_query|percent",
);
$pm(
    "hbq-unsorted",
    hash("sha256", http_build_query(array_filter($p)) . $key),
    "URL-encod|http_build_query|percent",
);
$pm("hbq-unsorted-hmac", hash_hmac("sha256", http_build_query($p), $key), "HMAC");
$pm("hmac", hash_hmac("sha256", $canon($p), $key), "HMAC");
$pm("hmac-withkey", hash_hmac("sha256", $canon($p) . $key, $key), "HMAC");
$pm("upper", strtoupper(hash("sha256", $canon($p) . $key)), "lower");
$pm("b64", base64_encode(hash("sha256", $canon($p) . $key, true)), "hex|base64");
$pm("md5", md5($canon($p) . $key), "MD5");
$pm("sha1", sha1($canon($p) . $key), "SHA-?1");
$pm("key-first", hash("sha256", $key . $canon($p)), "first|append|end");
$pm("and-key", hash("sha256", $canon($p) . "&key=" . $key), "key=|between");
$pm("key-md5", hash("sha256", $canon($p) . md5($key)), "MD5");
$pm("key-nl", hash("sha256", $canon($p) . $key . "\n"), "line|blank");
$pm("json", hash("sha256", json_encode($p) . $key), "JSON");
$pm("json-hmac", hash_hmac("sha256", json_encode($p), $key), "JSON|HMAC");
$pm(
    "json-sorted",
    (function ($a, $key) {
        ksort($a);
        return hash("sha256", json_encode($a) . $key);
    })($p, $key),
    "JSON",
);
$pm(
    "nulls-kept",
    hash(
        "sha256",
        (function ($a) {
            ksort($a);
            $s = [];
            foreach ($a as $k => $v) {
                $s[] = "$k=$v";
            }
            return implode("&", $s);
        })($p) . $key,
    ),
    "without a value|empty|leave",
);
$pm(
    "no-timestamp",
    hash("sha256", $canon(array_diff_key($p, ["timestamp" => 1])) . $key),
    "timestamp",
);
$pm(
    "amount-reformatted",
    hash("sha256", $canon(array_merge($p, ["amount" => 10.5])) . $key),
    "amount",
);
$pm(
    "ts-different",
    hash("sha256", $canon(array_merge($p, ["timestamp" => $p["timestamp"] - 1])) . $key),
    "timestamp",
);

$pm("upper-keys", hash("sha256", strtoupper($canon($p)) . $key), "case");
$pm("lower-all", hash("sha256", strtolower($canon($p) . $key)), "case");
$pm("app-as-key", hash("sha256", $canon($p) . $app), "app id");
$pm("appid-in", hash("sha256", $canon(array_merge($p, ["app_id" => $app])) . $key), "app id");
$pm("bearer", "Bearer " . hash("sha256", $canon($p) . $key), "Bearer");
$pm("basic", "Basic " . base64_encode("$app:$key"), "Basic");
$pm("trailing-amp", hash("sha256", $canon($p) . "&" . $key), "&|between");
$pm(
    "values-only",
    hash(
        "sha256",
        (function ($a) {
            ksort($a);
            return implode("", array_filter($a));
        })($p) . $key,
    ),
    "joined|names|values",
);
$pm(
    "kv-nosep",
    hash(
        "sha256",
        (function ($a) {
            ksort($a);
            $s = "";
            foreach ($a as $k => $v) {
                if ($v !== "" && $v !== null) {
                    $s .= $k . $v;
                }
            }
            return $s;
        })($p) . $key,
    ),
    "joined",
);
$pm(
    "krsort",
    hash(
        "sha256",
        (function ($a) {
            krsort($a);
            $s = [];
            foreach ($a as $k => $v) {
                if ($v !== "" && $v !== null) {
                    $s[] = "$k=$v";
                }
            }
            return implode("&", $s);
        })($p) . $key,
    ),
    "sort|order|revers",
);
$pm(
    "asort",
    hash(
        "sha256",
        (function ($a) {
            asort($a);
            $s = [];
            foreach ($a as $k => $v) {
                if ($v !== "" && $v !== null) {
                    $s[] = "$k=$v";
                }
            }
            return implode("&", $s);
        })($p) . $key,
    ),
    "sort|order|value",
);
$pm("double", hash("sha256", hash("sha256", $canon($p)) . $key), "twice|once|hashed");

$pm("htmlspecialchars", hash("sha256", htmlspecialchars($canon($p)) . $key), "HTML|&amp;");
$pm(
    "notify-missing",
    hash("sha256", $canon(array_diff_key($p, ["notify_url" => 1])) . $key),
    "notify_url",
);
$pm("printr", hash("sha256", print_r($p, true) . $key), "print_r|PHP");
$pm("serialize", hash("sha256", serialize($p) . $key), "serialize|PHP");
$pm("pretty", hash("sha256", json_encode($p, JSON_PRETTY_PRINT) . $key), "JSON");
$sig = hash("sha256", $canon($p) . $key);

$pm("form", $sig, "JSON|form", http_build_query($p), []);
out(
    "php-pm-sig-in-body",
    "POST",
    "/pagsmile/api/payout",
    array_merge($J, ["AppId: $app"]),
    json_encode($p + ["sign" => $sig]),
    "header",
);
out(
    "php-pm-sig-query",
    "POST",
    "/pagsmile/api/payout?sign=$sig",
    array_merge($J, ["AppId: $app"]),
    json_encode($p),
    "header|query",
);
out(
    "php-pm-xsig",
    "POST",
    "/pagsmile/api/payout",
    array_merge($J, ["AppId: $app", "X-Signature: $sig"]),
    json_encode($p),
    "Authorization",
);
out(
    "php-pm-appid-lower",
    "POST",
    "/pagsmile/api/payout",
    array_merge($J, ["AppId: " . strtolower($app), "Authorization: $sig"]),
    json_encode($p),
    "case|upper|capital",
);
out(
    "php-pm-appid-under",
    "POST",
    "/pagsmile/api/payout",
    array_merge($J, ["App_Id: $app", "Authorization: $sig"]),
    json_encode($p),
    "AppId",
);
out(
    "php-pm-swap",
    "POST",
    "/pagsmile/api/payout",
    array_merge($J, ["AppId: $key", "Authorization: $sig"]),
    json_encode($p),
    "secret",
);
foreach (
    [
        ["ms", (int) (microtime(true) * 1000), "milli"],
        ["ts-date", date("Y-m-d H:i:s"), "unix|seconds|epoch"],
        ["ts-zero", 0, "1970|zero|0"],
    ]
    as [$name, $value, $told]
) {
    out(
        "php-pm-$name",
        "POST",
        "/pagsmile/api/balance",
        array_merge($J, ["AppId: $app", "Authorization: " . hash("sha256", "timestamp=$value$key")]),
        json_encode(["timestamp" => $value]),
        $told,
    );
}
$b = $p;
$b["country"] = "BR";
$pm("country-br", hash("sha256", $canon($b) . $key), "BRA", $b);
$b = $p;
$b["amount"] = "10,50";
$pm("amount-comma", hash("sha256", $canon($b) . $key), "comma|point", $b);
$b = $p;
$b["document_id"] = "502.844.147-27";
$pm("cpf-dots", hash("sha256", $canon($b) . $key), "digit|dot|punct", $b);
$b = $p;
unset($b["account_type"]);
$b["accountType"] = "EMAIL";
$pm("camel", hash("sha256", $canon($b) . $key), "account_type", $b);
$b = $p;
$b["arrival_currency"] = "brl";
$pm("cur-lower", hash("sha256", $canon($b) . $key), "BRL|upper", $b);
$b = $p;
$b["custom_code"] .= "k";
$b["method"] = "pix";
$pm("method-lower", hash("sha256", $canon($b) . $key), "PIX|upper|OK", $b);
// ---------- gestopago
$gk = base64_decode($E("GP_KEY"));
$iv = base64_decode($E("GP_IV"));
$tok = $E("TOKEN");
$order = function () {
    static $i = 0;
    $i++;
    return [
        "idProducto" => 298,
        "idServicio" => 115,
        "telefono" => "55" . (12340000 + mt_rand(0, 9999)),
        "horaLocal" => (new DateTime("now", new DateTimeZone("America/Mexico_City")))->format(
            "YmdHis",
        ),
        "upc" => "u" . mt_rand(),
    ];
};
$gp = function ($id, $signed, $expect, $hdr = null) use ($tok) {
    out(
        "php-gp-$id",
        "POST",
        "/gestopago/sistema/service/sendTx.do",
        $hdr ?? ["Authorization: Bearer $tok", "Content-Type: application/x-www-form-urlencoded"],
        is_array($signed) ? http_build_query($signed) : "signed=" . urlencode($signed),
        $expect,
    );
};
$enc = fn($d, $k, $iv, $m = "aes-256-cbc", $o = OPENSSL_RAW_DATA) => openssl_encrypt(
    $d,
    $m,
    $k,
    $o,
    $iv,
);
$o = json_encode($order());
$gp("ok", base64_encode($enc($o, $gk, $iv)), "OK");
$gp("key-text", base64_encode(@$enc($o, $E("GP_KEY"), $iv)), "text|decode");
$gp(
    "key-text-noiv",
    base64_encode(@openssl_encrypt($o, "aes-256-cbc", $E("GP_KEY"), OPENSSL_RAW_DATA)),
    "IV|text",
);
$gp("noiv", base64_encode(@openssl_encrypt($o, "aes-256-cbc", $gk, OPENSSL_RAW_DATA)), "IV");
$gp("key-iv-text", base64_encode(@$enc($o, $E("GP_KEY"), $E("GP_IV"))), "text|decode");
$gp(
    "options0-double",
    base64_encode(openssl_encrypt($o, "aes-256-cbc", $gk, 0, $iv)),
    "twice|Base64 of the Base64",
);
$gp("ecb", base64_encode(openssl_encrypt($o, "aes-256-ecb", $gk, OPENSSL_RAW_DATA)), "ECB");
$gp(
    "ecb-keytext",
    base64_encode(@openssl_encrypt($o, "aes-256-ecb", $E("GP_KEY"), OPENSSL_RAW_DATA)),
    "ECB",
);
$gp(
    "aes128",
    base64_encode(@openssl_encrypt($o, "aes-128-cbc", $gk, OPENSSL_RAW_DATA, $iv)),
    "128|its 32 bytes",
);
$gp(
    "aes128-text",
    base64_encode(@openssl_encrypt($o, "aes-128-cbc", $E("GP_KEY"), OPENSSL_RAW_DATA, $iv)),
    "128|its 32 bytes",
);
$gp("hash-key", base64_encode($enc($o, hash("sha256", $E("GP_KEY"), true), $iv)), "SHA-?256|hash");
$gp(
    "hash-key-substr",
    base64_encode(
        $enc(
            $o,
            substr(hash("sha256", $E("GP_KEY")), 0, 32),
            substr(hash("sha256", $E("GP_IV")), 0, 16),
        ),
    ),
    "SHA-?256|hash",
);
$gp("md5key", base64_encode($enc($o, md5($E("GP_KEY")), $iv)), "MD5");
$gp("md5key-decoded", base64_encode($enc($o, md5($gk), $iv)), "MD5");
$gp("iv-prefix", base64_encode(($r = random_bytes(16)) . $enc($o, $gk, $r)), "IV");
$gp("iv-prefix-own", base64_encode($iv . $enc($o, $gk, $iv)), "IV");
$gp("hex", bin2hex($enc($o, $gk, $iv)), "hex");
$gp(
    "url-safe",
    strtr(base64_encode($enc($o . str_repeat(" ", 64), $gk, $iv)), "+/", "-_"),
    "url-?safe|alphabet",
);
$gp(
    "zeropad",
    base64_encode(
        openssl_encrypt(
            str_pad($o, (int) ceil((strlen($o) + 1) / 16) * 16, "\0"),
            "aes-256-cbc",
            $gk,
            OPENSSL_RAW_DATA | OPENSSL_ZERO_PADDING,
            $iv,
        ),
    ),
    "zero",
);
$pad = 16 - (strlen($o) % 16);
$gp("double-pad", base64_encode($enc($o . str_repeat(chr($pad), $pad), $gk, $iv)), "twice|hand|OK");
$gp("serialize", base64_encode($enc(serialize($order()), $gk, $iv)), "serialize|PHP");
$gp("hbq", base64_encode($enc(http_build_query($order()), $gk, $iv)), "form");
$gp("xml", base64_encode($enc("<request><idProducto>298</idProducto></request>", $gk, $iv)), "XML");
$gp("json-b64", base64_encode($enc(base64_encode($o), $gk, $iv)), "Base64");
$gp("json-twice", base64_encode($enc(json_encode($o), $gk, $iv)), "twice|text");
$gp("gz", base64_encode($enc(gzencode($o), $gk, $iv)), "gzip|compress");
$gp(
    "enc-twice",
    base64_encode($enc(base64_encode($enc($o, $gk, $iv)), $gk, $iv)),
    "twice|ciphertext again",
);
$gp(
    "laravel",
    base64_encode(
        json_encode([
            "iv" => base64_encode($r),
            "value" => ($v = base64_encode($enc($o, $gk, $r))),
            "mac" => hash_hmac("sha256", base64_encode($r) . $v, $gk),
            "tag" => "",
        ]),
    ),
    "Laravel",
);
$gp("clear", $o, "clear|encrypt");
$gp("b64-clear", base64_encode($o), "encrypt");
$gp("chunk", chunk_split(base64_encode($enc(json_encode($order()), $gk, $iv)), 64), "OK|line");
$gp("key-eq-iv", base64_encode($enc($o, $gk, substr($gk, 0, 16))), "key");
$gp("swap", base64_encode(@$enc($o, $iv, $gk)), "swap|IV");
$gp("onebyte", base64_encode($enc($o, substr($gk, 0, 31) . "\0", $iv)), "byte|last|cut|key");
$gp("ctr", base64_encode($enc($o, $gk, $iv, "aes-256-ctr")), "CTR");
$gp(
    "gcm",
    base64_encode(
        openssl_encrypt($o, "aes-256-gcm", $gk, OPENSSL_RAW_DATA, substr($iv, 0, 12), $tag) . $tag,
    ),
    "GCM",
);
$gp("field-name", ["Signed" => base64_encode($enc($o, $gk, $iv))], "signed");
$gp("field-data", ["data" => base64_encode($enc($o, $gk, $iv))], "signed");
out(
    "php-gp-plus",
    "POST",
    "/gestopago/sistema/service/sendTx.do",
    ["Authorization: Bearer $tok", "Content-Type: application/x-www-form-urlencoded"],
    "signed=" . base64_encode($enc($o . str_repeat(" ", 80), $gk, $iv)),
    "\+|percent|OK",
);
out(
    "php-gp-json-body",
    "POST",
    "/gestopago/sistema/service/sendTx.do",
    ["Authorization: Bearer $tok", "Content-Type: application/json"],
    json_encode(["signed" => base64_encode($enc($o, $gk, $iv))]),
    "form|JSON",
);
out(
    "php-gp-notoken",
    "POST",
    "/gestopago/sistema/service/sendTx.do",
    ["Content-Type: application/x-www-form-urlencoded"],
    "signed=x",
    "login|authenticate|Bearer",
);
out(
    "php-gp-token-raw",
    "POST",
    "/gestopago/sistema/service/sendTx.do",
    ["Authorization: $tok", "Content-Type: application/x-www-form-urlencoded"],
    "signed=x",
    "Bearer",
);
out(
    "php-gp-token-hdr",
    "POST",
    "/gestopago/sistema/service/sendTx.do",
    ["token: $tok", "Content-Type: application/x-www-form-urlencoded"],
    "signed=x",
    "Authorization",
);
out(
    "php-gp-token-json",
    "POST",
    "/gestopago/sistema/service/sendTx.do",
    [
        'Authorization: Bearer {"token":"' . $tok . '","success":true}',
        "Content-Type: application/x-www-form-urlencoded",
    ],
    "signed=x",
    "token",
);
out(
    "php-gp-login-json",
    "POST",
    "/gestopago/sistema/app/jwt-gp/authenticate/",
    $J,
    json_encode([
        "idDistribuidor" => 1,
        "codigoDispositivo" => $E("GP_DEV"),
        "password" => $E("GP_PASS"),
    ]),
    "form|JSON",
);
out(
    "php-gp-login-md5",
    "POST",
    "/gestopago/sistema/app/jwt-gp/authenticate/",
    ["Content-Type: application/x-www-form-urlencoded"],
    http_build_query([
        "idDistribuidor" => 1,
        "codigoDispositivo" => $E("GP_DEV"),
        "password" => md5($E("GP_PASS")),
    ]),
    "MD5|hash",
);
out(
    "php-gp-login-case",
    "POST",
    "/gestopago/sistema/app/jwt-gp/authenticate/",
    ["Content-Type: application/x-www-form-urlencoded"],
    http_build_query([
        "idDistribuidor" => 1,
        "codigoDispositivo" => strtolower($E("GP_DEV")),
        "password" => $E("GP_PASS"),
    ]),
    "case|upper",
);
out(
    "php-gp-login-names",
    "POST",
    "/gestopago/sistema/app/jwt-gp/authenticate/",
    ["Content-Type: application/x-www-form-urlencoded"],
    http_build_query([
        "iddistribuidor" => 1,
        "codigodispositivo" => $E("GP_DEV"),
        "password" => $E("GP_PASS"),
    ]),
    "idDistribuidor",
);
out(
    "php-gp-login-nopass",
    "POST",
    "/gestopago/sistema/app/jwt-gp/authenticate/",
    ["Content-Type: application/x-www-form-urlencoded"],
    http_build_query(["idDistribuidor" => 1, "codigoDispositivo" => $E("GP_DEV")]),
    "password",
);
out(
    "php-gp-login-wrong",
    "POST",
    "/gestopago/sistema/app/jwt-gp/authenticate/",
    ["Content-Type: application/x-www-form-urlencoded"],
    http_build_query([
        "idDistribuidor" => 1,
        "codigoDispositivo" => $E("GP_DEV"),
        "password" => "secret",
    ]),
    "credentials",
);
out(
    "php-gp-login-b64",
    "POST",
    "/gestopago/sistema/app/jwt-gp/authenticate/",
    ["Content-Type: application/x-www-form-urlencoded"],
    http_build_query([
        "idDistribuidor" => 1,
        "codigoDispositivo" => $E("GP_DEV"),
        "password" => base64_encode($E("GP_PASS")),
    ]),
    "Base64",
);
out(
    "php-gp-path-nodo",
    "POST",
    "/gestopago/sistema/service/sendTx",
    ["Authorization: Bearer $tok"],
    "",
    "sendTx.do",
);
out(
    "php-gp-path-case",
    "POST",
    "/gestopago/sistema/service/sendtx.do",
    ["Authorization: Bearer $tok"],
    "",
    "sendTx.do",
);
