package main

import (
	"bytes"
	"crypto"
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdsa"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"net/url"
	"sort"
	"strings"
	"time"
)

// GestoPago: the datasheet prints no code; crypto/cipher, with PKCS#7 by hand.
func gestopago() {
	form := map[string]string{"Content-Type": "application/x-www-form-urlencoded"}
	login := url.Values{}
	for _, name := range []string{"idDistribuidor", "codigoDispositivo", "password"} {
		login.Set(name, config[name])
	}
	answer := send("token", "POST", "/sistema/app/jwt-gp/authenticate/", login.Encode(), form, member("success"))
	form["Authorization"] = "Bearer " + member("token")(answer)
	if scenario == "good" {
		bearer := map[string]string{"Authorization": form["Authorization"]}
		send("getBalance", "GET", "/sistema/service/getBalance.do", "", bearer, codigo)
	}
	block := must(aes.NewCipher(must(base64.StdEncoding.DecodeString(config["aes_key"]))))
	iv := must(base64.StdEncoding.DecodeString(config["aes_iv"]))
	encoding := base64.StdEncoding
	if scenario == "base64url" {
		encoding = base64.URLEncoding
	}
	if scenario == "zero-iv" {
		iv = make([]byte, aes.BlockSize)
	}
	signed := ""
	for !strings.ContainsAny(signed, "+/-_") { // so that the two alphabets differ
		now := digits()
		sale := must(json.Marshal(object{
			"idProducto": 298,
			"idServicio": 115,
			"telefono":   "55" + now[len(now)-8:],
			"horaLocal":  time.Now().Format("20060102150405"),
			"upc":        now[:15],
		}))
		missing := aes.BlockSize - len(sale)%aes.BlockSize
		sale = append(sale, bytes.Repeat([]byte{byte(missing)}, missing)...)
		cipher.NewCBCEncrypter(block, iv).CryptBlocks(sale, sale)
		signed = encoding.EncodeToString(sale)
	}
	body := url.Values{"signed": {signed}}.Encode()
	send("sendTx", "POST", "/sistema/service/sendTx.do", body, form, codigo)
}

// Placetopay: the page prints PHP; this is how it reads in Go.
func placetopayAuth(hash string) object {
	nonce := make([]byte, 16)
	must(rand.Read(nonce))
	seed := time.Now().Format(time.RFC3339)
	if scenario == "unix-seconds" {
		seed = fmt.Sprint(time.Now().Unix())
	}
	material := append(append([]byte{}, nonce...), seed+config["secretKey"]...)
	digest := sha256.Sum256(material)
	tranKey := base64.StdEncoding.EncodeToString(digest[:])
	if hash == "sha1" {
		short := sha1.Sum(material)
		tranKey = base64.StdEncoding.EncodeToString(short[:])
	} else if hash == "hex" {
		tranKey = hex.EncodeToString(digest[:])
	}
	sent := base64.StdEncoding.EncodeToString(nonce)
	return object{"login": config["login"], "tranKey": tranKey, "nonce": sent, "seed": seed}
}

func placetopay() {
	answer := sendJSON("create", "/api/session", object{
		"auth": placetopayAuth(scenario),
		"payment": object{
			"reference":   "G" + digits(),
			"description": "Dos boletas",
			"amount":      object{"currency": "COP", "total": 115000},
		},
		"expiration": time.Now().Add(30 * time.Minute).Format(time.RFC3339),
		"returnUrl":  "https://shop.test/back",
		"ipAddress":  "127.0.0.1",
		"userAgent":  "interop",
	}, nil, member("status.status"))
	if id := member("requestId")(answer); id != "" {
		query := object{"auth": placetopayAuth("sha256")}
		sendJSON("query", "/api/session/"+id, query, nil, member("status.status"))
	}
}

// Tesabiz: the page prints NodeJS only; RS256 by hand.
func tesabiz() {
	message := must(json.Marshal(object{
		"infoTx": object{"sisOrigen": config["sisOrigen"]},
		"qrCobro": object{
			"idTrans":          digits(),
			"codMoneda":        "BOB",
			"importe":          1700,
			"glosa":            "Trámite CI",
			"fechaVencimiento": "2099-12-31",
			"usoUnico":         true,
			"cuentaAbono":      "CUENTA1_BOB",
		},
	}))
	alg := "RS256"
	encode := base64url
	if scenario == "hs256" {
		alg = "HS256"
	} else if scenario == "standard-base64" {
		encode = base64.StdEncoding.EncodeToString
	}
	input := encode([]byte(`{"alg":"`+alg+`","typ":"JWT"}`)) + "." + encode(message)
	digest := sha256.Sum256([]byte(input))
	key := privateKey().(*rsa.PrivateKey)
	signature := must(rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, digest[:]))
	if scenario == "pss" {
		signature = must(rsa.SignPSS(rand.Reader, key, crypto.SHA256, digest[:], nil))
	} else if scenario == "hs256" {
		mac := hmac.New(sha256.New, []byte(config["certificate"]))
		mac.Write([]byte(input))
		signature = mac.Sum(nil)
	}
	body := object{"code": config["code"], "payload": input + "." + encode(signature)}
	sendJSON("jws.encript", "/tesabiz-ws-security/sc/jws/encript", body, nil, func(text []byte) string {
		code := member("codReturn")(text)
		if code != "0" {
			return code
		}
		parts := strings.Split(member("payload")(text), ".")
		block, _ := pem.Decode([]byte(config["provider_certificate"]))
		certificate := must(x509.ParseCertificate(block.Bytes))
		signature := must(base64.RawURLEncoding.DecodeString(parts[2]))
		if err := certificate.CheckSignature(x509.SHA256WithRSA, []byte(parts[0]+"."+parts[1]), signature); err != nil {
			return err.Error()
		}
		inner := must(base64.RawURLEncoding.DecodeString(parts[1]))
		return code + "/" + member("header.codReturn")(inner)
	})
}

// Goat: the page prints JavaScript and Python; ES256 by hand, R and S side by side.
func goat() {
	now := time.Now().Unix()
	claims := must(json.Marshal(object{
		"aud": config["audience"],
		"iss": config["clientId"],
		"iat": now,
		"exp": now + 3600,
		"sub": config["clientId"],
	}))
	header := must(json.Marshal(object{"alg": "ES256", "typ": "JWT", "kid": config["keyId"]}))
	input := base64url(header) + "." + base64url(claims)
	digest := sha256.Sum256([]byte(input))
	key := privateKey().(*ecdsa.PrivateKey)
	signature := make([]byte, 64)
	if scenario == "der" {
		signature = must(ecdsa.SignASN1(rand.Reader, key, digest[:]))
	} else {
		r, s, err := ecdsa.Sign(rand.Reader, key, digest[:])
		must(r, err).FillBytes(signature[:32])
		s.FillBytes(signature[32:])
	}
	token := input + "." + base64url(signature)
	body := object{"appId": config["clientId"], "token": token, "grantType": "client_credentials"}
	if scenario == "another-app" {
		body["appId"] = "someone-else"
	}
	answer := sendJSON("token", "/v1/oauth/app/token", body, nil, member("type"))
	if bearer := member("accessToken")(answer); bearer != "" {
		headers := map[string]string{"Authorization": "Bearer " + bearer}
		send("whoami", "GET", "/v1/whoami", "", headers, func(text []byte) string {
			return fmt.Sprint(bytes.Contains(text, []byte(`"`+config["clientId"]+`"`)))
		})
	}
}

// Pagsmile: re-expresses the page's Go sample, without the import of a decimal package.
func pagsmileSign(params object) string {
	var names []string
	for name := range params {
		names = append(names, name)
	}
	sort.Strings(names)
	var text strings.Builder
	for _, name := range names {
		value, isText := params[name].(string)
		if !isText {
			value = fmt.Sprintf("%v", params[name])
		}
		if len(value) > 0 {
			text.WriteString(name + "=" + value + "&")
		}
	}
	digest := sha256.Sum256([]byte(strings.TrimRight(text.String(), "&") + config["app_key"]))
	return fmt.Sprintf("%x", digest)
}

func pagsmile() {
	call := func(name, path string, body object) {
		headers := map[string]string{"AppId": config["app_id"], "Authorization": pagsmileSign(body)}
		sendJSON(name, path, body, headers, member("code"))
	}
	payout := object{
		"name":              "Test User Name",
		"account_type":      "Email",
		"account":           "pagsmile_test_paid@pagsmile.com",
		"document_type":     "CPF",
		"document_id":       "11032341882",
		"fee_bear":          "merchant",
		"amount":            "10.00",
		"source_currency":   "USD",
		"arrival_currency":  "BRL",
		"notify_url":        "https://shop.test/webhook",
		"custom_code":       "go_" + digits(),
		"additional_remark": "pix payout request",
		"country":           "BRA",
		"method":            "PIX",
	}
	switch scenario {
	case "numeric":
		payout["amount"] = json.Number("1.50")
	case "million":
		payout["amount"] = 1e6 // encoding/json writes 1000000, %v writes 1e+06
	case "nil":
		payout["phone"] = nil // encoding/json writes null, %v writes <nil>
	}
	call("create", "/api/payout", payout)
	if scenario == "good" {
		call("balance", "/api/balance", object{"timestamp": time.Now().Unix()})
	}
}
