<?php
// An integrator's client in PHP, no extension but openssl:
//     php client.php <provider> <case> <config.json>
//
// config.json is the provider's part of GET /_emulator/credentials; nothing else is known. Each
// call prints a line of JSON. The case `good` is right, every other one is a mistake by name.

declare(strict_types=1);
error_reporting(E_ALL & ~E_WARNING); // a key that openssl cuts is a warning that nobody reads

[, $provider, $case, $file] = $argv;
$config = json_decode(file_get_contents($file));

function send(string $call, string $path, array $headers, ?string $body, callable $read): string
{
    global $config;
    $http = ['header' => $headers, 'ignore_errors' => true];
    if ($body !== null) {
        $http += ['method' => 'POST', 'content' => $body];
    }
    $text = file_get_contents($config->base_url . $path, false, stream_context_create(['http' => $http]));
    $said = ['emulator-exchange' => '0', 'emulator-diagnosis' => ''];
    foreach (array_slice($http_response_header, 1) as $line) {
        [$name, $value] = explode(': ', $line, 2);
        $said[strtolower($name)] = $value;
    }
    $answer = $read($text);
    echo json_encode([
        'call' => $call,
        'status' => (int) explode(' ', $http_response_header[0])[1],
        'exchange' => (int) $said['emulator-exchange'],
        'diagnosis' => $said['emulator-diagnosis'],
        'answer' => is_bool($answer) ? var_export($answer, true) : (string) $answer,
    ]), "\n";
    return $text;
}

function send_json(string $call, string $path, array $body, callable $read, array $headers = []): string
{
    return send($call, $path, ['Content-Type: application/json', ...$headers], json_encode($body), $read);
}

function base64url(string $raw): string
{
    return rtrim(strtr(base64_encode($raw), '+/', '-_'), '=');
}

// GestoPago: openssl_encrypt, as public Laravel clients have it.
function gestopago(string $case, object $config): void
{
    $form = 'Content-Type: application/x-www-form-urlencoded';
    $login = http_build_query([
        'idDistribuidor' => $config->idDistribuidor,
        'codigoDispositivo' => $config->codigoDispositivo,
        'password' => $config->password,
    ]);
    $text = send('token', '/sistema/app/jwt-gp/authenticate/', [$form], $login, fn ($t) => json_decode($t)->success);
    $bearer = 'Authorization: Bearer ' . json_decode($text)->token;
    $code = fn ($t) => codigo($t);
    if ($case === 'good') {
        send('getBalance', '/sistema/service/getBalance.do', [$bearer], null, $code);
    }
    $sale = json_encode([
        'idProducto' => 298,
        'idServicio' => 115,
        'telefono' => '55' . random_int(10000000, 99999999),
        'horaLocal' => date('YmdHis'),
        'upc' => (string) random_int(1000000000, 9999999999),
    ]);
    $as_text = $case === 'key-as-text'; // openssl cuts key and IV to the length it needs
    $key = $as_text ? $config->aes_key : base64_decode($config->aes_key);
    $iv = $as_text ? $config->aes_iv : base64_decode($config->aes_iv);
    $signed = match ($case) {
        'ecb' => openssl_encrypt($sale, 'aes-256-ecb', $key),
        'encoded-twice' => base64_encode(openssl_encrypt($sale, 'aes-256-cbc', $key, 0, $iv)),
        default => openssl_encrypt($sale, 'aes-256-cbc', $key, 0, $iv),
    };
    send('sendTx', '/sistema/service/sendTx.do', [$bearer, $form], http_build_query(['signed' => $signed]), $code);
}

function codigo(string $xml): string
{
    return preg_match('~<CODIGO>(\d+)</CODIGO>~', $xml, $found) ? $found[1] : '';
}

// Placetopay: re-expresses the page's "Ejemplo de generación de autenticación en PHP".
function placetopay_auth(string $case, object $config): array
{
    $nonce = random_bytes(16);
    $seed = date('c');
    $hash = $case === 'sha1' ? 'sha1' : 'sha256';
    $digest = hash($hash, $nonce . $seed . $config->secretKey, $case !== 'hex');
    return [
        'login' => $config->login,
        'tranKey' => base64_encode($digest),
        'nonce' => base64_encode($nonce),
        'seed' => $case === 'seed-again' ? date('c', time() + 1) : $seed,
    ];
}

function placetopay(string $case, object $config): void
{
    $status = fn ($text) => json_decode($text)->status->status;
    $text = send_json('create', '/api/session', [
        'auth' => placetopay_auth($case, $config),
        'payment' => [
            'reference' => 'P' . random_int(100000000, 999999999),
            'description' => 'Dos boletas',
            'amount' => ['currency' => 'COP', 'total' => 115000],
        ],
        'expiration' => date('c', time() + 1800),
        'returnUrl' => 'https://shop.test/back',
        'ipAddress' => '127.0.0.1',
        'userAgent' => 'interop',
    ], $status);
    if ($id = json_decode($text)->requestId ?? null) {
        send_json('query', "/api/session/$id", ['auth' => placetopay_auth('good', $config)], $status);
    }
}

// Tesabiz: the page prints NodeJS only; RS256 by hand with openssl_sign.
function tesabiz(string $case, object $config): void
{
    $message = json_encode([
        'infoTx' => ['sisOrigen' => $config->sisOrigen],
        'qrCobro' => [
            'idTrans' => (string) hrtime(true),
            'codMoneda' => 'BOB',
            'importe' => 1700,
            'glosa' => 'Trámite CI',
            'fechaVencimiento' => '2099-12-31',
            'usoUnico' => true,
            'cuentaAbono' => 'CUENTA1_BOB',
        ],
    ]);
    $alg = $case === 'hs256' ? 'HS256' : 'RS256';
    $input = base64url(json_encode(['typ' => 'JWT', 'alg' => $alg])) . '.' . base64url($message);
    if ($case === 'hs256') {
        $signature = hash_hmac('sha256', $input, $config->private_key, true);
    } else {
        // PHP's default is SHA-1
        openssl_sign($input, $signature, $config->private_key, $case === 'sha1' ? OPENSSL_ALGO_SHA1 : OPENSSL_ALGO_SHA256);
    }
    $body = ['code' => $config->code, 'payload' => $input . '.' . base64url($signature)];
    send_json('jws.encript', '/tesabiz-ws-security/sc/jws/encript', $body, function ($text) use ($config) {
        $answer = json_decode($text);
        if ($answer->codReturn !== '0') {
            return $answer->codReturn;
        }
        [$header, $payload, $signature] = explode('.', $answer->payload);
        $raw = base64_decode(strtr($signature, '-_', '+/'));
        if (openssl_verify("$header.$payload", $raw, $config->provider_certificate, OPENSSL_ALGO_SHA256) !== 1) {
            return 'not signed by Tesabiz';
        }
        $inner = json_decode(base64_decode(strtr($payload, '-_', '+/')));
        return "$answer->codReturn/{$inner->header->codReturn}";
    });
}

// Goat: the page prints JavaScript and Python; ES256 with openssl_sign, whose DER must be opened.
function goat(string $case, object $config): void
{
    $now = time();
    $input = base64url(json_encode(['alg' => 'ES256', 'typ' => 'JWT', 'kid' => $config->keyId])) . '.'
        . base64url(json_encode([
            'aud' => $config->audience,
            'iss' => $config->clientId,
            'iat' => $now,
            'exp' => $now + 3600,
            'sub' => $config->clientId,
        ], $case === 'slashes' ? 0 : JSON_UNESCAPED_SLASHES)); // both are JSON, both are right
    openssl_sign($input, $der, $config->private_key, OPENSSL_ALGO_SHA256);
    $token = $input . '.' . base64url($case === 'der' ? $der : raw_signature($der));
    $body = ['appId' => $config->clientId, 'token' => $token, 'grantType' => 'client_credentials'];
    $type = fn ($text) => json_decode($text)->type ?? '';
    $text = $case === 'form'
        ? send('token', '/v1/oauth/app/token', ['Content-Type: application/x-www-form-urlencoded'], http_build_query($body), $type)
        : send_json('token', '/v1/oauth/app/token', $body, $type);
    if ($bearer = json_decode($text)->accessToken ?? null) {
        $whose = fn ($text) => in_array($config->clientId, (array) json_decode($text), true);
        send('whoami', '/v1/whoami', ["Authorization: Bearer $bearer"], null, $whose);
    }
}

function raw_signature(string $der): string
{
    $r_length = ord($der[3]);
    $numbers = [substr($der, 4, $r_length), substr($der, 6 + $r_length)];
    return implode(array_map(fn ($n) => str_pad(ltrim($n, "\0"), 32, "\0", STR_PAD_LEFT), $numbers));
}

// Pagsmile: re-expresses the page's PHP sample, without its misplaced `public` and `= >`. Its
// empty() leaves "0" out, which is the mistake here.
function pagsmile_sign(array $params, string $key, string $case): string
{
    ksort($params);
    $text = '';
    foreach ($params as $name => $value) {
        if (!empty($value)) {
            $text .= "$name=$value&";
        }
    }
    $text = $case === 'http-build-query' ? http_build_query($params) : substr($text, 0, -1);
    return hash('sha256', $text . $key);
}

function pagsmile(string $case, object $config): void
{
    $call = fn (string $name, string $path, array $body) => send_json(
        $name,
        $path,
        $body,
        fn ($text) => json_decode($text)->code,
        ["AppId: $config->app_id", 'Authorization: ' . pagsmile_sign($body, $config->app_key, $case)],
    );
    $call('create', '/api/payout', [
        'name' => 'Test User Name',
        'bank_code' => '001',
        'branch' => '0002',
        'account_type' => 'CHECKING',
        'account' => '22222222',
        'account_digit' => $case === 'empty-zero' ? '0' : '1',
        'document_type' => 'CPF',
        'document_id' => '50284414727',
        'fee_bear' => 'merchant',
        'amount' => $case === 'numeric' ? 1.50 : '10.00', // sent and signed as 1.5
        'source_currency' => 'USD',
        'arrival_currency' => 'BRL',
        'notify_url' => 'https://shop.test/webhook',
        'custom_code' => 'php_' . random_int(100000000, 999999999),
        'additional_remark' => 'banktransfer payout request',
        'country' => 'BRA',
        'method' => 'BANKTRANSFER',
    ]);
    if ($case === 'good') {
        $call('balance', '/api/balance', ['timestamp' => time()]);
    }
}

$provider($case, $config);
