import java.io.ByteArrayInputStream;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.KeyFactory;
import java.security.MessageDigest;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.cert.CertificateFactory;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import javax.crypto.Cipher;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;


/**
 * An integrator's client in Java, the JDK only: {@code java Client <provider> <case> <config.json>}.
 *
 * <p>config.json is the provider's part of GET /_emulator/credentials; nothing else is known. Each
 * call prints a line of JSON. The case {@code good} is right, every other one a mistake by name.
 */
public final class Client {
    static final Base64.Encoder URL = Base64.getUrlEncoder().withoutPadding();
    static String scenario;

    public static void main(String[] args) throws Exception {
        scenario = args[1];
        Api.load(Path.of(args[2]));
        switch (args[0]) {
            case "gestopago" -> gestopago();
            case "placetopay" -> placetopay();
            case "tesabiz" -> tesabiz();
            case "goat" -> goat();
            case "pagsmile" -> pagsmile();
            default -> throw new IllegalArgumentException(args[0]);
        }
    }

    /** GestoPago: the datasheet prints no code; JCA, where "PKCS5Padding" is the name of PKCS#7. */
    static void gestopago() throws Exception {
        String urlencoded = "application/x-www-form-urlencoded";
        Map<String, String> login = new LinkedHashMap<>();
        for (String name : new String[] {"idDistribuidor", "codigoDispositivo", "password"}) {
            login.put(name, Api.config(name));
        }
        String answer = Api.send("token", "/sistema/app/jwt-gp/authenticate/", Api.form(login),
                Map.of("Content-Type", urlencoded), json -> Api.find(json, "\"success\"\\s*:\\s*(\\w+)"));
        String bearer = "Bearer " + Api.text(answer, "token");
        UnaryOperator<String> code = xml -> Api.find(xml, "<CODIGO>(\\d+)</CODIGO>");
        if (scenario.equals("good")) {
            Api.send("getBalance", "/sistema/service/getBalance.do", null, Map.of("Authorization", bearer), code);
        }
        String now = Api.digits();
        String sale = """
                {"idProducto":298,"idServicio":115,"telefono":"55%s","horaLocal":"%s","upc":"%s"}"""
                .formatted(now.substring(8),
                        LocalDateTime.now().format(DateTimeFormatter.ofPattern("yyyyMMddHHmmss")), now.substring(1));
        var key = new SecretKeySpec(Base64.getDecoder().decode(Api.config("aes_key")), "AES");
        Cipher cipher;
        if (scenario.equals("ecb")) {
            cipher = Cipher.getInstance("AES"); // which is AES/ECB/PKCS5Padding
            cipher.init(Cipher.ENCRYPT_MODE, key);
        } else {
            cipher = Cipher.getInstance("AES/CBC/PKCS5Padding");
            cipher.init(Cipher.ENCRYPT_MODE, key,
                    new IvParameterSpec(Base64.getDecoder().decode(Api.config("aes_iv"))));
        }
        String signed = Base64.getEncoder().encodeToString(cipher.doFinal(Api.utf8(sale)));
        Api.send("sendTx", "/sistema/service/sendTx.do", Api.form(Map.of("signed", signed)),
                Map.of("Content-Type", urlencoded, "Authorization", bearer), code);
    }

    static String placetopayAuth(String hash) throws Exception {
        byte[] nonce = new byte[16];
        new SecureRandom().nextBytes(nonce);
        String seed = OffsetDateTime.now().truncatedTo(ChronoUnit.SECONDS)
                .format(DateTimeFormatter.ISO_OFFSET_DATE_TIME);
        if (scenario.equals("no-zone")) {
            seed = LocalDateTime.now().truncatedTo(ChronoUnit.SECONDS).toString();
        }
        MessageDigest digest = MessageDigest.getInstance(hash);
        if (scenario.equals("nonce-through-text")) {
            digest.update(Api.utf8(new String(nonce, StandardCharsets.ISO_8859_1)));
        } else {
            digest.update(nonce);
        }
        byte[] tranKey = digest.digest(Api.utf8(seed + Api.config("secretKey")));
        Base64.Encoder base64 = Base64.getEncoder();
        return """
                {"login":"%s","tranKey":"%s","nonce":"%s","seed":"%s"}"""
                .formatted(Api.config("login"), base64.encodeToString(tranKey), base64.encodeToString(nonce), seed);
    }

    /** Placetopay: the page prints PHP; this is how it reads in Java. */
    static void placetopay() throws Exception {
        UnaryOperator<String> status = json -> Api.text(json, "status");
        String answer = Api.sendJson("create", "/api/session", """
                {"auth":%s,"locale":"es_CO","payment":{"reference":"J%s","description":"Dos boletas",\
                "amount":{"currency":"COP","total":115000}},"expiration":"%s",\
                "returnUrl":"https://shop.test/back","ipAddress":"127.0.0.1","userAgent":"interop"}"""
                .formatted(placetopayAuth(scenario.equals("sha1") ? "SHA-1" : "SHA-256"), Api.digits(),
                        OffsetDateTime.now().plusMinutes(30)), status);
        String id = Api.find(answer, "\"requestId\"\\s*:\\s*(\\d+)");
        if (!id.isEmpty()) {
            Api.sendJson("query", "/api/session/" + id, "{\"auth\":" + placetopayAuth("SHA-256") + "}", status);
        }
    }

    static PrivateKey privateKey(String algorithm) throws Exception {
        String base64 = Api.config("private_key").replaceAll("-----[^-]+-----|\\s", "");
        var specification = new PKCS8EncodedKeySpec(Base64.getDecoder().decode(base64));
        return KeyFactory.getInstance(algorithm).generatePrivate(specification);
    }

    static String jws(String header, String payload, String algorithm, PrivateKey key) throws Exception {
        String input = URL.encodeToString(Api.utf8(header)) + "." + URL.encodeToString(Api.utf8(payload));
        Signature signature = Signature.getInstance(algorithm);
        signature.initSign(key);
        signature.update(Api.utf8(input));
        return input + "." + URL.encodeToString(signature.sign());
    }

    /** Tesabiz: the page prints NodeJS only; RS256 by JCA. */
    static void tesabiz() throws Exception {
        String message = """
                {"infoTx":{"sisOrigen":"%s"},"qrCobro":{"idTrans":"%s","codMoneda":"BOB","importe":%s,\
                "glosa":"Trámite CI","fechaVencimiento":"2099-12-31","usoUnico":true,"cuentaAbono":"CUENTA1_BOB"}}"""
                .formatted(Api.config("sisOrigen"), Api.digits(), scenario.equals("decimals") ? "17.00" : "1700");
        String algorithm = scenario.equals("sha512") ? "SHA512withRSA" : "SHA256withRSA";
        String payload = jws("{\"alg\":\"RS256\"}", message, algorithm, privateKey("RSA"));
        String body = "{\"code\":\"%s\",\"payload\":\"%s\"}".formatted(Api.config("code"), payload);
        Api.sendJson("jws.encript", "/tesabiz-ws-security/sc/jws/encript", body, Client::readSigned);
    }

    static String readSigned(String answer) {
        String code = Api.text(answer, "codReturn");
        if (!code.equals("0")) {
            return code;
        }
        String[] parts = Api.text(answer, "payload").split("\\.");
        try (var certificate = new ByteArrayInputStream(Api.utf8(Api.config("provider_certificate")))) {
            Signature signature = Signature.getInstance("SHA256withRSA");
            signature.initVerify(CertificateFactory.getInstance("X.509").generateCertificate(certificate));
            signature.update(Api.utf8(parts[0] + "." + parts[1]));
            if (!signature.verify(Base64.getUrlDecoder().decode(parts[2]))) {
                return "not signed by Tesabiz";
            }
        } catch (Exception error) {
            throw new IllegalStateException(error);
        }
        String inner = new String(Base64.getUrlDecoder().decode(parts[1]), StandardCharsets.UTF_8);
        return code + "/" + Api.text(inner, "codReturn");
    }

    /** Goat: the page prints JavaScript and Python. JCA signs in DER unless asked for P1363. */
    static void goat() throws Exception {
        long now = Instant.now().getEpochSecond();
        String claims = "{\"aud\":\"%s\",\"iss\":\"%s\",\"iat\":%d,\"exp\":%d,\"sub\":\"%s\"}".formatted(
                Api.config("audience"), Api.config("clientId"), now, now + 3600, Api.config("clientId"));
        String header = "{\"alg\":\"ES256\",\"typ\":\"JWT\",\"kid\":\"%s\"}".formatted(
                scenario.equals("kid-is-client") ? Api.config("clientId") : Api.config("keyId"));
        String algorithm = scenario.equals("der") ? "SHA256withECDSA" : "SHA256withECDSAinP1363Format";
        String body = "{\"appId\":\"%s\",\"token\":\"%s\",\"grantType\":\"client_credentials\"}".formatted(
                Api.config("clientId"), jws(header, claims, algorithm, privateKey("EC")));
        String answer = Api.sendJson("token", "/v1/oauth/app/token", body, json -> Api.text(json, "type"));
        String bearer = Api.text(answer, "accessToken");
        if (!bearer.isEmpty()) {
            Api.send("whoami", "/v1/whoami", null, Map.of("Authorization", "Bearer " + bearer),
                    json -> String.valueOf(json.contains("\"" + Api.config("clientId") + "\"")));
        }
    }

    /** Pagsmile: re-expresses the page's Java sample, in a class so that it compiles. */
    static String pagsmileSign(Map<String, String> params) throws Exception {
        String text = new TreeMap<>(params).entrySet().stream()
                .filter(param -> param.getValue() != null && !param.getValue().isEmpty())
                .map(param -> param.getKey() + "=" + param.getValue())
                .collect(Collectors.joining("&"));
        byte[] digest = MessageDigest.getInstance("SHA-256").digest(Api.utf8(text + Api.config("app_key")));
        return String.format(scenario.equals("upper-case") ? "%064X" : "%064x", new BigInteger(1, digest));
    }

    static void pagsmile() throws Exception {
        String[] members = {
            "name", "Test User Name", "account_type", "Email", "account", "pagsmile_test_paid@pagsmile.com",
            "document_type", "CPF", "document_id", "11032341882", "fee_bear", "merchant", "amount", "10.00",
            "source_currency", "USD", "arrival_currency", "BRL", "notify_url", "https://shop.test/webhook",
            "custom_code", "java_" + Api.digits(), "additional_remark", "pix payout request", "country", "BRA",
            "method", "PIX", "phone", ""
        };
        Map<String, String> payout = new LinkedHashMap<>();
        for (int i = 0; i < members.length; i += 2) {
            payout.put(members[i], members[i + 1]);
        }
        String number = "";
        if (scenario.equals("numeric")) {
            number = new BigDecimal("1.50").toString();
            payout.put("amount", number);
        } else if (scenario.equals("double")) {
            number = "10000000.50"; // signed as a double prints: 1.00000005E7
            payout.put("amount", String.valueOf(Double.parseDouble(number)));
        }
        String signature = pagsmileSign(payout);
        String json = payout.entrySet().stream()
                .map(member -> "\"%s\":\"%s\"".formatted(member.getKey(), member.getValue()))
                .collect(Collectors.joining(",", "{", "}"));
        if (!number.isEmpty()) {
            json = json.replace("\"" + payout.get("amount") + "\"", number);
        }
        pagsmileCall("create", "/api/payout", json, signature);
        if (scenario.equals("good")) {
            String now = String.valueOf(Instant.now().getEpochSecond());
            pagsmileCall("balance", "/api/balance", "{\"timestamp\":" + now + "}",
                    pagsmileSign(Map.of("timestamp", now)));
        }
    }

    static void pagsmileCall(String call, String path, String json, String signature) throws Exception {
        Map<String, String> headers = Map.of("Content-Type", "application/json; charset=UTF-8",
                "AppId", Api.config("app_id"), "Authorization", signature);
        Api.send(call, path, json, headers, answer -> Api.find(answer, "\"code\"\\s*:\\s*(\\d+)"));
    }
}
