#!/usr/bin/env bash
# An integrator's client of openssl and curl:  client.sh <provider> <case> <config.json>
#
# config.json is the provider's part of GET /_emulator/credentials; nothing else is known. Each
# call prints a line of JSON. The case `good` is right, every other one is a mistake by name.
set -euo pipefail
export LC_ALL=C

provider=$1 case=$2 file=$3
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

text() { sed -n 's/.*"'"$1"'": *"\([^"]*\)".*/\1/p' | head -n 1; }
number() { sed -n 's/.*"'"$1"'": *"\{0,1\}\([0-9a-z]*\).*/\1/p' | head -n 1; }
config() { printf '%b' "$(text "$1" <"$file")"; }
hex_of_base64() { base64 -d | od -An -v -tx1 | tr -d ' \n'; }
bytes_of_hex() { printf '%b' "$(sed 's/../\\x&/g')"; }
base64url() { base64 -w0 | tr '+/' '-_' | tr -d '='; }
digits() { date +%s%N; }
base_url=$(config base_url)

# call <name> <path> <how to read the answer> [curl options]: the answer is in $scratch/body
call() {
    local name=$1 path=$2 reader=$3 status
    shift 3
    status=$(curl -sS -o "$scratch/body" -D "$scratch/head" -w '%{http_code}' "$@" "$base_url$path")
    printf '{"call":"%s","status":%d,"exchange":%d,"diagnosis":"%s","answer":"%s"}\n' \
        "$name" "$status" "$(header emulator-exchange)" "$(header emulator-diagnosis)" \
        "$($reader <"$scratch/body")"
}
header() { sed -n "s/^$1: \([^\r]*\)\r*$/\1/p" "$scratch/head"; }
post_json() { call "$1" "$2" "$3" -H 'Content-Type: application/json' --data-binary "$4" "${@:5}"; }

# GestoPago: `openssl enc` takes key and IV in hex, and pads by PKCS#7.
codigo() { sed -n 's/.*<CODIGO>\([0-9]*\)<.*/\1/p'; }
gestopago() {
    call token /sistema/app/jwt-gp/authenticate/ 'number success' \
        --data-urlencode "idDistribuidor=$(number idDistribuidor <"$file")" \
        --data-urlencode "codigoDispositivo=$(config codigoDispositivo)" \
        --data-urlencode "password=$(config password)"
    local bearer key iv sale signed='' now
    bearer="Authorization: Bearer $(text token <"$scratch/body")"
    if [ "$case" = good ]; then
        call getBalance /sistema/service/getBalance.do codigo -H "$bearer"
    fi
    key=$(config aes_key | hex_of_base64) iv=$(config aes_iv | hex_of_base64)
    until [[ $signed == *+* ]]; do # one in four has none
        now=$(digits)
        sale='{"idProducto":298,"idServicio":115,"telefono":"55'${now: -8}'","horaLocal":"'$(date +%Y%m%d%H%M%S)'","upc":"'${now: -12}'"}'
        if [ "$case" = passphrase ]; then # what CryptoJS does with a key that is text
            signed=$(printf %s "$sale" | openssl enc -aes-256-cbc -md md5 -base64 -A -pass "pass:$(config aes_key)" 2>"$scratch/log")
        else
            signed=$(printf %s "$sale" | openssl enc -aes-256-cbc -K "$key" -iv "$iv" -base64 -A)
        fi
    done
    local send=--data-urlencode
    [ "$case" != plus-lost ] || send=-d
    [ "$case" != line-breaks ] || signed=$(fold -w 64 <<<"$signed")
    call sendTx /sistema/service/sendTx.do codigo -H "$bearer" "$send" "signed=$signed"
}

# Placetopay: the page's formula; `openssl dgst` prints hex unless told -binary.
auth() {
    local nonce seed hash=sha256 token
    head -c 16 /dev/urandom >"$scratch/nonce"
    nonce=$(base64 <"$scratch/nonce") seed=$(date +%Y-%m-%dT%H:%M:%S%:z)
    [ "$case" != sha1 ] || hash=sha1
    { cat "$scratch/nonce"; printf %s "$seed"; config secretKey; } >"$scratch/material"
    [ "$case" != line-feed ] || echo >>"$scratch/material"
    if [ "$case" = hex ]; then
        token=$(sha256sum <"$scratch/material" | cut -d' ' -f1)
    else
        token=$(openssl dgst "-$hash" -binary "$scratch/material" | base64)
    fi
    printf '{"login":"%s","tranKey":"%s","nonce":"%s","seed":"%s"}' "$(config login)" "$token" "$nonce" "$seed"
}
placetopay() {
    post_json create /api/session 'text status' '{"auth":'"$(auth)"',"payment":{"reference":"S'"$(digits)"'",
        "description":"Dos boletas","amount":{"currency":"COP","total":115000}},
        "expiration":"'"$(date -d '30 minutes' +%Y-%m-%dT%H:%M:%S%:z)"'","returnUrl":"https://shop.test/back",
        "ipAddress":"127.0.0.1","userAgent":"interop"}'
    local id
    id=$(number requestId <"$scratch/body")
    [ -z "$id" ] || post_json query "/api/session/$id" 'text status' '{"auth":'"$(auth)"'}'
}

# Tesabiz: RS256 is what `openssl dgst -sha256 -sign` does.
signed_answer() {
    local answer code payload
    answer=$(cat)
    code=$(text codReturn <<<"$answer")
    if [ "$code" != 0 ]; then
        printf %s "$code"
        return
    fi
    payload=$(text payload <<<"$answer")
    config provider_public_key >"$scratch/provider.pem"
    from_base64url "${payload##*.}" >"$scratch/signature"
    printf %s "${payload%.*}" | openssl dgst -sha256 -verify "$scratch/provider.pem" -signature "$scratch/signature" >"$scratch/log"
    payload=${payload#*.}
    printf '%s/%s' "$code" "$(from_base64url "${payload%.*}" | text codReturn)"
}
from_base64url() {
    local padded
    padded=$(printf %s "$1" | tr -- '-_' '+/')
    while [ $((${#padded} % 4)) -ne 0 ]; do padded+='='; done
    base64 -d <<<"$padded"
}
tesabiz() {
    local message input signature key="$scratch/key.pem"
    message='{"infoTx":{"sisOrigen":"'$(config sisOrigen)'"},"qrCobro":{"idTrans":"'$(digits)'","codMoneda":"BOB","importe":1700,"glosa":"Tramite CI","fechaVencimiento":"2099-12-31","usoUnico":true,"cuentaAbono":"CUENTA1_BOB"}}'
    config private_key >"$key"
    [ "$case" != another-key ] || openssl genrsa -out "$key" 2048 2>"$scratch/log"
    input=$(printf '{"alg":"RS256"}' | base64url).$(printf %s "$message" | base64url)
    if [ "$case" = line-feed ]; then
        signature=$(echo "$input" | openssl dgst -sha256 -sign "$key" | base64url)
    else
        signature=$(printf %s "$input" | openssl dgst -sha256 -sign "$key" | base64url)
    fi
    post_json jws.encript /tesabiz-ws-security/sc/jws/encript signed_answer \
        '{"code":"'"$(config code)"'","payload":"'"$input.$signature"'"}'
}

# Goat: `openssl dgst -sign` gives DER; ES256 wants its two numbers, 32 bytes each.
goat() {
    local now input signature token
    now=$(date +%s)
    config private_key >"$scratch/key.pem"
    input=$(printf '{"alg":"ES256","typ":"JWT","kid":"%s"}' "$(config keyId)" | base64url).$(
        printf '{"aud":"%s","iss":"%s","iat":%d,"exp":%d,"sub":"%s"}' "$(config audience)" "$(config clientId)" \
            "$now" $((now + 3600)) "$(config clientId)" | base64url
    )
    printf %s "$input" | openssl dgst -sha256 -sign "$scratch/key.pem" -out "$scratch/der"
    if [ "$case" = der ]; then
        signature=$(base64url <"$scratch/der")
    else
        signature=$(openssl asn1parse -inform DER -in "$scratch/der" | sed -n 's/.*INTEGER *://p' |
            while read -r hex; do printf %64s "$hex" | tr ' ' 0; done | bytes_of_hex | base64url)
    fi
    token="$input.$signature"
    post_json token /v1/oauth/app/token 'text type' \
        '{"appId":"'"$(config clientId)"'","token":"'"$token"'","grantType":"client_credentials"}'
    token=$(text accessToken <"$scratch/body")
    [ -z "$token" ] || call whoami /v1/whoami whose -H "Authorization: Bearer $token"
}
whose() { if grep -q "\"$(config clientId)\""; then echo true; else echo false; fi; }

# Pagsmile: one `name=value` per line; sort, join, append the key, hash.
sign() {
    local sorted
    sorted=$(sort -t= -k1,1 | paste -sd'&')
    case $case in
    hmac) printf %s "$sorted" | openssl dgst -sha256 -hmac "$(config app_key)" ;;
    line-feed) echo "$sorted$(config app_key)" | openssl dgst -sha256 ;;
    *) printf %s "$sorted$(config app_key)" | openssl dgst -sha256 ;;
    esac | sed 's/.*= //'
}
signed_post() { # <name> <path> <json>, whose members stand one in a line
    local signature
    signature=$(sed -n 's/^ *"\([^"]*\)": *"\{0,1\}\([^",]*\).*/\1=\2/p' <<<"$3" | sign)
    post_json "$1" "$2" 'number code' "$3" -H "AppId: $(config app_id)" -H "Authorization: $signature"
}
pagsmile() {
    local amount='"10.00"'
    [ "$case" != numeric ] || amount=1.50
    signed_post create /api/payout '{
        "name": "Test User Name",
        "account_type": "Email",
        "account": "pagsmile_test_paid@pagsmile.com",
        "document_type": "CPF",
        "document_id": "11032341882",
        "fee_bear": "merchant",
        "amount": '"$amount"',
        "source_currency": "USD",
        "arrival_currency": "BRL",
        "notify_url": "https://shop.test/webhook",
        "custom_code": "sh_'"$(digits)"'",
        "additional_remark": "pix payout request",
        "country": "BRA",
        "method": "PIX"
    }'
    if [ "$case" = good ]; then
        signed_post balance /api/balance '{
            "timestamp": '"$(date +%s)"'
        }'
    fi
}

"$provider"
