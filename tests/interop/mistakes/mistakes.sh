out(){ printf 'sh-%s\t%s\t%s\t%s\t%s\t%s\n' "$1" "$2" "$3" "$4" "$(base64 -w0)" "$5"; }
US=$(printf '\037'); J="Content-Type: application/json"
pp(){ printf '{"auth":{"login":"%s","tranKey":"%s","nonce":"%s","seed":"%s"},"payment":{"reference":"SH%s","description":"x","amount":{"currency":"COP","total":100}},"expiration":"%s","returnUrl":"https://s.example/","ipAddress":"127.0.0.1","userAgent":"sh"}' "$PP_LOGIN" "$4" "$2" "$3" "$RANDOM$RANDOM" "$(date -u -d +30min +%FT%TZ)" | out "pp-$1" POST /placetopay/api/session "$J" "$5"; }
seed=$(date -u +%FT%TZ); nonce=$(openssl rand -base64 16)
raw(){ echo -n "$nonce" | base64 -d; }
d(){ openssl dgst -sha256 -binary | base64 -w0; }
pp ok "$nonce" "$seed" "$( { raw; printf %s "$seed$PP_SECRET"; } | d)" OK
pp echo-newline "$nonce" "$seed" "$( { raw; echo "$seed$PP_SECRET"; } | d)" 'line|newline'
pp sha256sum "$nonce" "$seed" "$( { raw; printf %s "$seed$PP_SECRET"; } | sha256sum | cut -d' ' -f1)" 'hex'
pp sha256sum-dash "$nonce" "$seed" "$( { raw; printf %s "$seed$PP_SECRET"; } | sha256sum)" 'hex|sha256sum|file'
pp sha256sum-b64 "$nonce" "$seed" "$( { raw; printf %s "$seed$PP_SECRET"; } | sha256sum | base64 -w0)" 'hex'
pp dgst-text "$nonce" "$seed" "$( { raw; printf %s "$seed$PP_SECRET"; } | openssl dgst -sha256)" 'hex|stdin|openssl|SHA2-256'
pp b64nonce "$nonce" "$seed" "$(printf %s "$nonce$seed$PP_SECRET" | d)" 'raw'
pp b64nonce-nl "$nonce" "$seed" "$(echo "$nonce$seed$PP_SECRET" | d)" 'raw|line'
pp hmac "$nonce" "$seed" "$( { raw; printf %s "$seed"; } | openssl dgst -sha256 -hmac "$PP_SECRET" -binary | base64 -w0)" HMAC
pp date "$nonce" "$(date)" x 'Base64|digest'
s=$(date); pp date2 "$nonce" "$s" "$( { raw; printf %s "$s$PP_SECRET"; } | d)" 'print|ISO|language|name|zone'
s=$(date +%s); pp date-s "$nonce" "$s" "$( { raw; printf %s "$s$PP_SECRET"; } | d)" 'unix|seconds'
s=$(date +%FT%T%z); pp date-z "$nonce" "$s" "$( { raw; printf %s "$s$PP_SECRET"; } | d)" OK
s=$(date +%FT%TZ -d '-5 hours'); pp tz "$nonce" "$s" "$( { raw; printf %s "$s$PP_SECRET"; } | d)" 'offset|local|zone'
pp xxd "$(openssl rand -hex 16)" "$seed" "$(printf x | d)" 'nonce|No known|Check|hex'
ts=$(date +%s); B="{\"timestamp\":$ts}"
pm(){ printf %s "${3-$B}" | out "pm-$1" POST /pagsmile/api/balance "$J${US}AppId: $PM_APP${US}Authorization: $2" "$4"; }
pm ok "$(printf %s "timestamp=$ts$PM_KEY" | sha256sum | cut -d' ' -f1)" "$B" OK
pm echo "$(echo "timestamp=$ts$PM_KEY" | sha256sum | cut -d' ' -f1)" "$B" 'line'
pm sum-dash "$(printf %s "timestamp=$ts$PM_KEY" | sha256sum)" "$B" 'sha256sum|file|-|blank'
pm dgst "$(printf %s "timestamp=$ts$PM_KEY" | openssl dgst -sha256)" "$B" 'stdin|openssl|SHA2|before'
pm hmac "$(printf %s "timestamp=$ts" | openssl dgst -sha256 -hmac "$PM_KEY" | sed 's/.*= //')" "$B" HMAC
pm single "$(printf %s "timestamp=$ts$PM_KEY" | sha256sum | cut -d' ' -f1)" "{'timestamp':$ts}" 'quote'
pm var 'sha256($params . $key)' "$B" 'digest|hash|64'
pm unexpanded '$SIGN' "$B" 'placeholder'
pm json "$(printf %s "$B$PM_KEY" | sha256sum | cut -d' ' -f1)" "$B" JSON
pm value-only "$(printf %s "$ts$PM_KEY" | sha256sum | cut -d' ' -f1)" "$B" 'name|value|join'
pm quoted "$(printf %s "timestamp=\"$ts\"$PM_KEY" | sha256sum | cut -d' ' -f1)" "$B" 'in quotes'
pm minute "$(printf %s "timestamp=$((ts/60))$PM_KEY" | sha256sum | cut -d' ' -f1)" "$B" 'timestamp|No known|Check'
pm old "$(printf %s "timestamp=1700000000$PM_KEY" | sha256sum | cut -d' ' -f1)" '{"timestamp":1700000000}' 'these years'
gp(){ printf 'signed=%s' "$(printf %s "$2" | sed 's/%/%25/g; s/+/%2B/g; s#/#%2F#g; s/=/%3D/g')" | out "gp-$1" POST /gestopago/sistema/service/sendTx.do "Authorization: Bearer $TOKEN${US}Content-Type: application/x-www-form-urlencoded" "$3"; }
o(){ printf '{"idProducto":298,"idServicio":115,"telefono":"77%08d","horaLocal":"%s","upc":"s%s"}' $((RANDOM*RANDOM%100000000)) "$(TZ=America/Mexico_City date +%Y%m%d%H%M%S)" $RANDOM$RANDOM; }
kh=$(printf %s "$GP_KEY" | base64 -d | od -An -tx1 -v | tr -d ' \n'); vh=$(printf %s "$GP_IV" | base64 -d | od -An -tx1 -v | tr -d ' \n')
gp ok "$(o | openssl enc -aes-256-cbc -K $kh -iv $vh -base64 -A)" OK
gp lines "$(o | openssl enc -aes-256-cbc -K $kh -iv $vh -base64)" 'OK|line'
gp echo "$(echo "$(o)" | openssl enc -aes-256-cbc -K $kh -iv $vh -base64 -A)" OK
gp k-pass "$(o | openssl enc -aes-256-cbc -k "$GP_KEY" -base64 -A 2>/dev/null)" 'Salted|passphrase|pass'
gp pbkdf2 "$(o | openssl enc -aes-256-cbc -pbkdf2 -k "$GP_KEY" -base64 -A)" 'Salted|passphrase|pass'
gp nosalt "$(o | openssl enc -aes-256-cbc -nosalt -k "$GP_KEY" -base64 -A 2>/dev/null)" 'pass|derive|key'
gp K-b64 "$(o | openssl enc -aes-256-cbc -K "$(printf %s "$GP_KEY" | od -An -tx1 -v | tr -d ' \n' | cut -c1-64)" -iv $vh -base64 -A)" 'text|decode'
gp noiv "$(o | openssl enc -aes-256-cbc -K $kh -iv 0 -base64 -A 2>/dev/null)" 'zero|IV'
gp 128 "$(o | openssl enc -aes-128-cbc -K ${kh:0:32} -iv $vh -base64 -A)" '128|32'
gp ecb "$(o | openssl enc -aes-256-ecb -K $kh -base64 -A)" ECB
gp nopad "$(printf '%-112s' "$(o)" | openssl enc -aes-256-cbc -nopad -K $kh -iv $vh -base64 -A)" 'pad|space|OK'
gp var '$SIGNED' 'variable|\$|Base64'
printf 'signed=' | out gp-empty POST /gestopago/sistema/service/sendTx.do "Authorization: Bearer $TOKEN${US}Content-Type: application/x-www-form-urlencoded" 'empty|signed'
printf '' | out gp-nobody POST /gestopago/sistema/service/sendTx.do "Authorization: Bearer $TOKEN" 'signed'
printf '' | out gp-var-token POST /gestopago/sistema/service/getBalance.do 'Authorization: Bearer $TOKEN' 'variable|\$'
b(){ base64 -w0 | tr '+/' '-_' | tr -d =; }
m='{"infoTx":{"sisOrigen":"SO_1"},"qrCobro":{"idTrans":"s'$RANDOM$RANDOM'","codMoneda":"BOB","importe":1700,"glosa":"T","fechaVencimiento":"'$(date -d +30days +%F)'","usoUnico":true,"tiempoDuracion":60,"cuentaAbono":"CUENTA1_BOB"}}'
h=$(printf '{"alg":"RS256"}' | b); p=$(printf %s "$m" | b)
tz(){ printf '{"code":"%s","payload":"%s"}' "$TZ_CODE" "$2" | out "tz-$1" POST /tesabiz/tesabiz-ws-security/sc/jws/encript "$J" "$3"; }
tz ok "$h.$p.$(printf %s "$h.$p" | openssl dgst -sha256 -sign "$TZ_PEM" | b)" OK
tz echo "$h.$p.$(echo "$h.$p" | openssl dgst -sha256 -sign "$TZ_PEM" | b)" 'line'
p2=$(echo "${m/idTrans\":\"s/idTrans\":\"t}" | b); tz nl-payload "$h.$p2.$(printf %s "$h.$p2" | openssl dgst -sha256 -sign "$TZ_PEM" | b)" 'OK|line'
tz rsautl "$h.$p.$(printf %s "$h.$p" | sha256sum | cut -c1-64 | tr -d '\n' | openssl pkeyutl -sign -inkey "$TZ_PEM" 2>/dev/null | b)" 'hash|DigestInfo|digest|raw'
tz b64lines "$h.$p.$(printf %s "$h.$p" | openssl dgst -sha256 -sign "$TZ_PEM" | base64 -w0)" 'url'
gh=$(printf '{"alg":"ES256","typ":"JWT","kid":"%s"}' "$GT_KID" | b); gc=$(printf '{"aud":"%s","iss":"%s","sub":"%s","iat":%s,"exp":%s}' "$GT_AUD" "$GT_CLIENT" "$GT_CLIENT" $ts $((ts+3600)) | b)
printf '{"appId":"%s","token":"%s","grantType":"client_credentials"}' "$GT_CLIENT" "$gh.$gc.$(printf %s "$gh.$gc" | openssl dgst -sha256 -sign "$GT_PEM" | b)" | out gt-der POST /goat/oauth/app/token "$J" DER
