package main

import (
	"bytes"
	"crypto"
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdsa"
	"crypto/hmac"
	"crypto/md5"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"math/big"
	"net/url"
	"os"
	"sort"
	"strconv"
	"strings"
	"time"
)

func e(k string) string { return os.Getenv(k) }

var J = "Content-Type: application/json"

func out(id, method, path, headers string, body []byte, expect string) {
	fmt.Println(strings.Join([]string{"go-" + id, method, path, headers, base64.StdEncoding.EncodeToString(body), expect}, "\t"))
}
func b64(b []byte) string { return base64.StdEncoding.EncodeToString(b) }
func u64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }
func sha(b []byte) []byte { s := sha256.Sum256(b); return s[:] }

var cnt = 0

func session(auth map[string]interface{}) []byte {
	cnt++
	b, _ := json.Marshal(map[string]interface{}{"auth": auth, "payment": map[string]interface{}{"reference": fmt.Sprintf("GO%d%d", time.Now().UnixNano(), cnt), "description": "x", "amount": map[string]interface{}{"currency": "COP", "total": 1000}}, "expiration": time.Now().Add(30 * time.Minute).Format(time.RFC3339), "returnUrl": "https://s.example/", "ipAddress": "127.0.0.1", "userAgent": "go"})
	return b
}
func pp(id, nonce, seed, tran, expect string) {
	out("pp-"+id, "POST", "/placetopay/api/session", J, session(map[string]interface{}{"login": e("PP_LOGIN"), "tranKey": tran, "nonce": nonce, "seed": seed}), expect)
}
func hm(k, m []byte) []byte  { h := hmac.New(sha256.New, k); h.Write(m); return h.Sum(nil) }
func cat(x ...[]byte) []byte { return bytes.Join(x, nil) }
func pad(b []byte) []byte {
	c := 16 - len(b)%16
	return append(append([]byte{}, b...), bytes.Repeat([]byte{byte(c)}, c)...)
}
func cbc(k, iv, d []byte) []byte {
	c, err := aes.NewCipher(k)
	if err != nil {
		panic(err)
	}
	o := make([]byte, len(d))
	cipher.NewCBCEncrypter(c, iv).CryptBlocks(o, d)
	return o
}
func main() {
	sk := []byte(e("PP_SECRET"))
	seed := time.Now().Format(time.RFC3339)
	sd := []byte(seed)
	n := make([]byte, 16)
	rand.Read(n)
	nb := b64(n)
	right := sha(cat(n, sd, sk))
	pp("ok", nb, seed, b64(right), "OK")
	pp("sprintf-v", nb, seed, b64(sha([]byte(fmt.Sprintf("%v%s%s", n, seed, sk)))), "%v|list|number|Go")
	pp("sprintf-x", nb, seed, b64(sha([]byte(fmt.Sprintf("%x%s%s", n, seed, sk)))), "hex")
	pp("sprintf-q", nb, seed, b64(sha([]byte(fmt.Sprintf("%q%s%s", n, seed, sk)))), "quot|%q|Go|No known")
	pp("digest-x", nb, seed, fmt.Sprintf("%x", right), "hex")
	pp("digest-v", nb, seed, fmt.Sprintf("%v", right), "%v|list|number|Go")
	pp("string-digest", nb, seed, string(right), "UTF-8|text|binary|bytes")
	pp("rawstd", nb, seed, base64.RawStdEncoding.EncodeToString(right), "padding|without its =")
	pp("url", nb, seed, base64.URLEncoding.EncodeToString(right), "url|OK")
	h := sha256.New()
	h.Write(n)
	h.Write(sd)
	pp("sum-append", nb, seed, b64(h.Sum(sk)), "Sum|append|secret|bytes|secret itself")
	pp("sum-secret-of-nothing", nb, seed, b64(sha256.New().Sum(right)), "empty|Sum|append|bytes")
	pp("hmac", nb, seed, b64(hm(sk, cat(n, sd))), "HMAC")
	pp("hmac-rev", nb, seed, b64(hm(cat(n, sd), sk)), "HMAC")
	s1 := sha1.Sum(cat(n, sd, sk))
	pp("sha1", nb, seed, b64(s1[:]), "OK")
	md := md5.Sum(cat(n, sd, sk))
	pp("md5hex", nb, seed, hex.EncodeToString(md[:]), "MD5")
	u := strconv.FormatInt(time.Now().Unix(), 10)
	pp("unix", nb, u, b64(sha(cat(n, []byte(u), sk))), "unix|seconds|epoch")
	un := strconv.FormatInt(time.Now().UnixNano(), 10)
	pp("unixnano", nb, un, b64(sha(cat(n, []byte(un), sk))), "nano")
	str := time.Now().String()
	pp("time-string", nb, str, b64(sha(cat(n, []byte(str), sk))), "print|Go|ISO|String|language")
	lay := time.Now().Format("2006-01-02T15:04:05")
	pp("no-zone", nb, lay, b64(sha(cat(n, []byte(lay), sk))), "zone|OK")
	wl := time.Now().Format("2006-02-01T15:04:05Z07:00")
	pp("swap-day-month", nb, wl, b64(sha(cat(n, []byte(wl), sk))), "month|day|range|OK")
	hl := time.Now().Format("2006-01-02T15:04Z07:00")
	_ = hl
	yl := time.Now().Format("YYYY-MM-DDTHH:mm:ssZ")
	pp("layout-literal", nb, yl, b64(sha(cat(n, []byte(yl), sk))), "pattern|layout|format|YYYY")
	z := time.Time{}.Format(time.RFC3339)
	pp("zero-time", nb, z, b64(sha(cat(n, []byte(z), sk))), "zero|0001|not set|year")
	pp("nonce-int", "5577006791947779410", seed, b64(sha([]byte("5577006791947779410"+seed+string(sk)))), "base64|text")
	pp("nonce-url", base64.URLEncoding.EncodeToString([]byte{0xfb, 0xff, 0xfe, 1, 2, 3}), seed, b64(sha(cat([]byte{0xfb, 0xff, 0xfe, 1, 2, 3}, sd, sk))), "url")
	pp("secret-nl", nb, seed, b64(sha(cat(n, sd, sk, []byte("\n")))), "line")
	pp("json-marshal-nonce", nb, seed, b64(sha(cat([]byte(`"`+nb+`"`), sd, sk))), "quot|JSON")
	ok := map[string]interface{}{"login": e("PP_LOGIN"), "tranKey": b64(right), "nonce": nb, "seed": seed}
	out("pp-capital", "POST", "/placetopay/api/session", J, session(map[string]interface{}{"Login": ok["login"], "TranKey": ok["tranKey"], "Nonce": nb, "Seed": seed}), "login|case")
	out("pp-bytes-nonce", "POST", "/placetopay/api/session", J, session(map[string]interface{}{"login": ok["login"], "tranKey": ok["tranKey"], "nonce": []int{1, 2}, "seed": seed}), "text|list|array|Base64")
	out("pp-sprintf", "POST", "/placetopay/api/session", J, []byte(fmt.Sprintf("%v", ok)), "Go|map|JSON")
	out("pp-b64json", "POST", "/placetopay/api/session", J, []byte(`"`+b64(session(ok))+`"`), "Base64|text|string|object")
	// pagsmile
	p := map[string]interface{}{"timestamp": time.Now().Unix(), "custom_code": fmt.Sprintf("go%d", time.Now().UnixNano()), "name": "Ana Maria", "amount": 12.0, "fee_bear": "merchant", "method": "PIX", "account": "pagsmile_test_paid@pagsmile.com", "account_type": "EMAIL", "document_id": "50284414727", "document_type": "CPF", "country": "BRA", "source_currency": "USD", "arrival_currency": "BRL", "notify_url": "https://e.example/n", "additional_remark": "pago", "email": ""}
	key := e("PM_KEY")
	body, _ := json.Marshal(p)
	canon := func(p map[string]interface{}, f func(interface{}) string) string {
		ks := []string{}
		for k := range p {
			ks = append(ks, k)
		}
		sort.Strings(ks)
		o := []string{}
		for _, k := range ks {
			if v := f(p[k]); v != "" {
				o = append(o, k+"="+v)
			}
		}
		return strings.Join(o, "&")
	}
	v := func(x interface{}) string { return fmt.Sprintf("%v", x) }
	pm := func(id, sig, expect string) {
		out("pm-"+id, "POST", "/pagsmile/api/payout", J+"\x1fAppId: "+e("PM_APP")+"\x1fAuthorization: "+sig, body, expect)
	}
	c := canon(p, v)
	hx := func(s string) string { return hex.EncodeToString(sha([]byte(s))) }
	pm("ok", hx(c+key), "OK")
	pm("f", hx(canon(p, func(x interface{}) string {
		if f, ok := x.(float64); ok {
			return fmt.Sprintf("%f", f)
		}
		return v(x)
	})+key), "amount|number|Go")
	pm("2f", hx(canon(p, func(x interface{}) string {
		if f, ok := x.(float64); ok {
			return fmt.Sprintf("%.2f", f)
		}
		return v(x)
	})+key), "amount|number")
	var un2 map[string]interface{}
	json.Unmarshal(body, &un2)
	pm("unmarshal-float", hx(canon(un2, v)+key), "Go|number|timestamp|float|e\\+09")
	q := url.Values{}
	for k, x := range p {
		if v(x) != "" {
			q.Set(k, v(x))
		}
	}
	pm("values-encode", hx(q.Encode()+key), "URL|percent|OK")
	qe := url.Values{}
	for k, x := range p {
		qe.Set(k, v(x))
	}
	pm("values-encode-empty", hx(qe.Encode()+key), "URL|percent|empty|without")
	pm("map-v", hx(fmt.Sprintf("%v", p)+key), "Go|map|notation")
	pm("json", hx(string(body)+key), "JSON")
	pm("hmac", hex.EncodeToString(hm([]byte(key), []byte(c))), "HMAC")
	pm("hmac-hexkey", hex.EncodeToString(hm([]byte(hex.EncodeToString([]byte(key))), []byte(c))), "HMAC")
	pm("X", fmt.Sprintf("%X", sha([]byte(c+key))), "lower")
	pm("0x", fmt.Sprintf("%#x", sha([]byte(c+key))), "0x")
	pm("v", fmt.Sprintf("%v", sha([]byte(c+key))), "list|number|Go|%v|decimal")
	pm("sum", hex.EncodeToString(sha256.New().Sum([]byte(c+key))), "Sum|text itself|not hashed|hash")
	s5 := sha512.Sum512([]byte(c + key))
	pm("sha512", hex.EncodeToString(s5[:]), "512")
	s52 := sha512.Sum512_256([]byte(c + key))
	pm("sha512-256", hex.EncodeToString(s52[:]), "512")
	pm("first8", hx(c + key)[:32], "beginning")
	// gestopago
	gk, _ := base64.StdEncoding.DecodeString(e("GP_KEY"))
	iv, _ := base64.StdEncoding.DecodeString(e("GP_IV"))
	loc := time.FixedZone("CST", -6*3600)
	i := 0
	order := func() []byte {
		i++
		b, _ := json.Marshal(map[string]interface{}{"idProducto": 298, "idServicio": 115, "telefono": fmt.Sprintf("44%08d", (time.Now().UnixNano()/1000+int64(i))%100000000), "horaLocal": time.Now().In(loc).Format("20060102150405"), "upc": fmt.Sprintf("g%d%d", time.Now().UnixNano()%1000000000, i)})
		return b
	}
	gp := func(id, signed, expect string) {
		out("gp-"+id, "POST", "/gestopago/sistema/service/sendTx.do", "Authorization: Bearer "+e("TOKEN")+"\x1fContent-Type: application/x-www-form-urlencoded", []byte(url.Values{"signed": {signed}}.Encode()), expect)
	}
	gp("ok", b64(cbc(gk, iv, pad(order()))), "OK")
	gp("key-bytes", b64(cbc([]byte(e("GP_KEY"))[:32], iv, pad(order()))), "text|decode")
	gp("key-bytes-ivbytes", b64(cbc([]byte(e("GP_KEY"))[:32], []byte(e("GP_IV"))[:16], pad(order()))), "text|decode")
	gp("key-bytes-ivkey", b64(cbc([]byte(e("GP_KEY"))[:32], []byte(e("GP_KEY"))[:16], pad(order()))), "IV")
	gp("iv-first", b64(append(append([]byte{}, iv...), cbc(gk, iv, pad(order()))...)), "IV")
	gp("rawurl", base64.RawURLEncoding.EncodeToString(cbc(gk, iv, pad(append(order(), bytes.Repeat([]byte(" "), 64)...)))), "url|alphabet")
	gp("rawstd", base64.RawStdEncoding.EncodeToString(cbc(gk, iv, pad(order()))), "padding|OK")
	gp("hex", fmt.Sprintf("%x", cbc(gk, iv, pad(order()))), "hex")
	gp("v", fmt.Sprintf("%v", cbc(gk, iv, pad(order()))), "list|number|Go|%v|decimal")
	gp("quoted", string(func() []byte { b, _ := json.Marshal(cbc(gk, iv, pad(order()))); return b }()), "quot")
	o := order()
	gp("zero", b64(cbc(gk, iv, append(o, make([]byte, 16-len(o)%16)...))), "zero|pad")
	g, _ := aes.NewCipher(gk)
	gm, _ := cipher.NewGCM(g)
	gp("gcm-nonce-first", b64(gm.Seal(iv[:12], iv[:12], order(), nil)), "GCM")
	oc := order()
	co := make([]byte, len(oc))
	cipher.NewCTR(g, iv).XORKeyStream(co, oc)
	gp("ctr", b64(co), "CTR")
	of := order()
	fo := make([]byte, len(of))
	cipher.NewCFBEncrypter(g, iv).XORKeyStream(fo, of)
	gp("cfb", b64(fo), "CFB")
	ks := sha256.Sum256([]byte(e("GP_KEY")))
	gp("sha-key", b64(cbc(ks[:], iv, pad(order()))), "SHA-?256|hash")
	gp("map-v", b64(cbc(gk, iv, pad([]byte(fmt.Sprintf("%v", map[string]interface{}{"idProducto": 298}))))), "Go|map|JSON")
	gp("capital", b64(cbc(gk, iv, pad([]byte(`{"IdProducto":298,"IdServicio":115,"Telefono":"4412345678","HoraLocal":"20261130100000","Upc":"1"}`)))), "idProducto|idServicio|case")
	gp("null-terminated", b64(cbc(gk, iv, pad(append(order(), 0)))), "zero|NUL")
	// tesabiz / goat
	rd := func(f string) interface{} {
		t, _ := os.ReadFile(f)
		b, _ := pem.Decode(t)
		k, _ := x509.ParsePKCS8PrivateKey(b.Bytes)
		return k
	}
	rk := rd(e("TZ_PEM")).(*rsa.PrivateKey)
	ek := rd(e("GT_PEM")).(*ecdsa.PrivateKey)
	m := []byte(`{"infoTx":{"sisOrigen":"SO_1"},"qrCobro":{"idTrans":"g` + strconv.FormatInt(time.Now().UnixNano(), 10) + `","codMoneda":"BOB","importe":1700,"glosa":"T","fechaVencimiento":"` + time.Now().AddDate(0, 1, 0).Format("2006-01-02") + `","usoUnico":true,"tiempoDuracion":60,"cuentaAbono":"CUENTA1_BOB"}}`)
	tz := func(id, t, expect string) {
		b, _ := json.Marshal(map[string]string{"code": e("TZ_CODE"), "payload": t})
		out("tz-"+id, "POST", "/tesabiz/tesabiz-ws-security/sc/jws/encript", J, b, expect)
	}
	js := func(hdr string, m []byte, f func([]byte) []byte) string {
		s := u64([]byte(hdr)) + "." + u64(m)
		return s + "." + u64(f([]byte(s)))
	}
	r256 := func(b []byte) []byte { s, _ := rsa.SignPKCS1v15(rand.Reader, rk, crypto.SHA256, sha(b)); return s }
	tz("ok", js(`{"alg":"RS256"}`, m, r256), "OK")
	tz("hash0", js(`{"alg":"RS256"}`, m, func(b []byte) []byte { s, _ := rsa.SignPKCS1v15(rand.Reader, rk, 0, sha(b)); return s }), "DigestInfo|digest|hash|raw")
	tz("pss", js(`{"alg":"RS256"}`, m, func(b []byte) []byte { s, _ := rsa.SignPSS(rand.Reader, rk, crypto.SHA256, sha(b), nil); return s }), "PSS")
	tz("double-hash", js(`{"alg":"RS256"}`, m, func(b []byte) []byte { return r256(sha(b)) }), "twice|hash|digest")
	tz("sig-text", func() string {
		s := u64([]byte(`{"alg":"RS256"}`)) + "." + u64(m)
		return s + "." + string(bytes.ToValidUTF8(r256([]byte(s)), []byte("\uFFFD")))
	}(), "base64|encod|text|character")
	tz("map", js(`{"alg":"RS256"}`, []byte("map[infoTx:map[sisOrigen:SO_1]]"), r256), "Go|map|JSON")
	tz("payload-twice-b64", js(`{"alg":"RS256"}`, []byte(b64(m)), r256), "Base64")
	tz("escaped", js(`{"alg":"RS256"}`, []byte(strconv.Quote(string(m))), r256), "twice|text|string|quot")
	cl := func(iat, exp int64) []byte {
		return []byte(fmt.Sprintf(`{"aud":"%s","iss":"%s","sub":"%s","iat":%d,"exp":%d}`, e("GT_AUD"), e("GT_CLIENT"), e("GT_CLIENT"), iat, exp))
	}
	gh := `{"alg":"ES256","typ":"JWT","kid":"` + e("GT_KID") + `"}`
	now := time.Now().Unix()
	gt := func(id, t, expect string) {
		b, _ := json.Marshal(map[string]string{"appId": e("GT_CLIENT"), "token": t, "grantType": "client_credentials"})
		out("gt-"+id, "POST", "/goat/oauth/app/token", J, b, expect)
	}
	p1363 := func(h []byte) []byte {
		r, s, _ := ecdsa.Sign(rand.Reader, ek, h)
		return append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...)
	}
	gt("ok", js(gh, cl(now, now+3600), func(b []byte) []byte { return p1363(sha(b)) }), "OK")
	gt("asn1", js(gh, cl(now, now+3600), func(b []byte) []byte { s, _ := ecdsa.SignASN1(rand.Reader, ek, sha(b)); return s }), "DER|ASN")
	gt("sr", js(gh, cl(now, now+3600), func(b []byte) []byte {
		r, s, _ := ecdsa.Sign(rand.Reader, ek, sha(b))
		return append(s.FillBytes(make([]byte, 32)), r.FillBytes(make([]byte, 32))...)
	}), "S|swap|order|R")
	gt("nohash", js(gh, cl(now, now+3600), func(b []byte) []byte { return p1363(b) }), "hash|SHA")
	gt("decimal", js(gh, cl(now, now+3600), func(b []byte) []byte {
		r, s, _ := ecdsa.Sign(rand.Reader, ek, sha(b))
		return []byte(r.String() + s.String())
	}), "64|length|raw|decimal|bytes")
	gt("hex-rs", js(gh, cl(now, now+3600), func(b []byte) []byte { return []byte(hex.EncodeToString(p1363(sha(b)))) }), "hex")
	gt("duration", js(gh, cl(now, int64(time.Hour)), func(b []byte) []byte { return p1363(sha(b)) }), "exp|nano|duration|far|hour|long")
	gt("nano", js(gh, cl(time.Now().UnixNano(), time.Now().UnixNano()+3600e9), func(b []byte) []byte { return p1363(sha(b)) }), "nano")
	gt("zero", js(gh, cl(0, 3600), func(b []byte) []byte { return p1363(sha(b)) }), "1970|zero|not set")
	_ = big.NewInt
}
