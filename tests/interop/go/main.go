// An integrator's client in Go, standard library only:  client <provider> <case> <config.json>
//
// config.json is the provider's part of GET /_emulator/credentials; nothing else is known. Each
// call prints a line of JSON. The case `good` is right, every other one is a mistake by name.
package main

import (
	"bytes"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"net/http"
	"os"
	"regexp"
	"strings"
	"time"
)

type object map[string]interface{}

var (
	scenario string
	config   = map[string]string{}
)

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

func send(call, method, path, body string, headers map[string]string, read func([]byte) string) []byte {
	request := must(http.NewRequest(method, config["base_url"]+path, strings.NewReader(body)))
	for name, value := range headers {
		request.Header.Set(name, value)
	}
	response := must(http.DefaultClient.Do(request))
	defer response.Body.Close()
	text := must(io.ReadAll(response.Body))
	line := must(json.Marshal(object{
		"call":      call,
		"status":    response.StatusCode,
		"exchange":  json.Number(response.Header.Get("emulator-exchange")),
		"diagnosis": response.Header.Get("emulator-diagnosis"),
		"answer":    read(text),
	}))
	fmt.Println(string(line))
	return text
}

func sendJSON(call, path string, body object, headers map[string]string, read func([]byte) string) []byte {
	all := map[string]string{"Content-Type": "application/json"}
	for name, value := range headers {
		all[name] = value
	}
	return send(call, "POST", path, string(must(json.Marshal(body))), all, read)
}

// member reads a member, a dot in the path for each level.
func member(path string) func([]byte) string {
	return func(text []byte) string {
		var value interface{}
		decoder := json.NewDecoder(bytes.NewReader(text))
		decoder.UseNumber()
		if decoder.Decode(&value) != nil {
			return ""
		}
		for _, name := range strings.Split(path, ".") {
			inner, _ := value.(map[string]interface{})
			value = inner[name]
		}
		if value == nil {
			return ""
		}
		return fmt.Sprint(value)
	}
}

// codigo reads the code of an answer in XML.
func codigo(text []byte) string {
	found := regexp.MustCompile(`<CODIGO>(\d+)</CODIGO>`).FindSubmatch(text)
	if found == nil {
		return ""
	}
	return string(found[1])
}

func privateKey() interface{} {
	block, _ := pem.Decode([]byte(config["private_key"]))
	return must(x509.ParsePKCS8PrivateKey(block.Bytes))
}

func digits() string { return fmt.Sprint(time.Now().UnixNano()) }

func base64url(raw []byte) string { return base64.RawURLEncoding.EncodeToString(raw) }

func main() {
	scenario = os.Args[2]
	values := object{}
	decoder := json.NewDecoder(bytes.NewReader(must(os.ReadFile(os.Args[3]))))
	decoder.UseNumber()
	if err := decoder.Decode(&values); err != nil {
		panic(err)
	}
	for name, value := range values {
		config[name] = fmt.Sprint(value)
	}
	map[string]func(){
		"gestopago": gestopago, "placetopay": placetopay, "tesabiz": tesabiz, "goat": goat, "pagsmile": pagsmile,
	}[os.Args[1]]()
}
