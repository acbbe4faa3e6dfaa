import java.io.*;
import java.math.BigInteger;
import java.net.URLEncoder;
import java.nio.charset.*;
import java.nio.file.*;
import java.security.*;
import java.security.interfaces.*;
import java.security.spec.*;
import java.text.*;
import java.time.*;
import java.time.format.*;
import java.util.*;
import java.util.stream.*;
import javax.crypto.*;
import javax.crypto.spec.*;

public class Mistakes {

  static String e(String k) {
    return System.getenv(k);
  }

  static String b64(byte[] b) {
    return Base64.getEncoder().encodeToString(b);
  }

  static String u64(byte[] b) {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(b);
  }

  static byte[] utf(String s) {
    return s.getBytes(StandardCharsets.UTF_8);
  }

  static void out(
    String id,
    String method,
    String path,
    List<String> h,
    byte[] body,
    String expect
  ) {
    System.out.println(
      String.join("\t", "java-" + id, method, path, String.join("\u001f", h), b64(body), expect)
    );
  }

  static final List<String> J = List.of("Content-Type: application/json");

  static byte[] sha(byte[] b) throws Exception {
    return MessageDigest.getInstance("SHA-256").digest(b);
  }

  static byte[] cat(byte[]... xs) {
    var o = new ByteArrayOutputStream();
    for (var x : xs) o.writeBytes(x);
    return o.toByteArray();
  }

  static String hex(byte[] b) {
    return HexFormat.of().formatHex(b);
  }

  static int k = 0;

  static String session(String auth) {
    return (
      "{\"auth\":" +
      auth +
      ",\"payment\":{\"reference\":\"JV" +
      System.nanoTime() +
      k++ +
      "\",\"description\":\"x\",\"amount\":{\"currency\":\"COP\",\"total\":10000}},\"expiration\":\"" +
      OffsetDateTime.now(ZoneOffset.UTC)
        .plusMinutes(30)
        .truncatedTo(java.time.temporal.ChronoUnit.SECONDS) +
      "\",\"returnUrl\":\"https://s.example/b\",\"ipAddress\":\"127.0.0.1\",\"userAgent\":\"shop\"}"
    );
  }

  static void pp(String id, String nonce, String seed, String tran, String expect) {
    out(
      "pp-" + id,
      "POST",
      "/placetopay/api/session",
      J,
      utf(
        session(
          "{\"login\":\"" +
            e("PP_LOGIN") +
            "\",\"tranKey\":\"" +
            tran
              .replace("\\", "\\\\")
              .replace("\"", "\\\"")
              .replace("\n", "\\n")
              .replace("\r", "\\r") +
            "\",\"nonce\":\"" +
            nonce +
            "\",\"seed\":\"" +
            seed +
            "\"}"
        )
      ),
      expect
    );
  }

  static String num(byte[] d) {
    var s = new StringBuilder();
    for (byte x : d) s.append(Integer.toHexString(x & 0xff));
    return s.toString();
  }

  public static void main(String[] a) throws Exception {
    String sk = e("PP_SECRET"),
      seed = OffsetDateTime.now(ZoneId.of("America/Bogota"))
        .truncatedTo(java.time.temporal.ChronoUnit.SECONDS)
        .toString();
    if (seed.length() < 20 || seed.split(":").length < 4) seed = OffsetDateTime.now(
      ZoneId.of("America/Bogota")
    ).format(DateTimeFormatter.ISO_OFFSET_DATE_TIME);
    byte[] n = new byte[16];
    new SecureRandom().nextBytes(n);
    n[0] = (byte) 0xf1;
    n[3] = (byte) 0x85;
    String nb = b64(n);
    byte[] right = sha(cat(n, utf(seed), utf(sk)));
    pp("new-string", nb, seed, b64(sha(utf(new String(n) + seed + sk))), "UTF-8|String|text");
    pp(
      "new-string-iso",
      nb,
      seed,
      b64(sha(utf(new String(n, StandardCharsets.ISO_8859_1) + seed + sk))),
      "latin|8859|UTF-8"
    );
    pp(
      "new-string-ascii",
      nb,
      seed,
      b64(sha(utf(new String(n, StandardCharsets.US_ASCII) + seed + sk))),
      "ASCII|UTF-8|text"
    );
    pp(
      "getbytes-ascii",
      nb,
      seed,
      b64(
        sha(
          (new String(n, StandardCharsets.ISO_8859_1) + seed + sk).getBytes(
            StandardCharsets.US_ASCII
          )
        )
      ),
      "ASCII|\\?"
    );
    pp(
      "utf16",
      nb,
      seed,
      b64(
        sha(
          (new String(n, StandardCharsets.ISO_8859_1) + seed + sk).getBytes(StandardCharsets.UTF_16)
        )
      ),
      "UTF-16"
    );
    pp(
      "utf16le-text",
      nb,
      seed,
      b64(sha(cat(n, (seed + sk).getBytes(StandardCharsets.UTF_16LE)))),
      "UTF-16"
    );
    pp(
      "arrays-tostring",
      nb,
      seed,
      b64(sha(utf(Arrays.toString(n) + seed + sk))),
      "Arrays|list|array|number"
    );
    pp(
      "bytes-tostring",
      nb,
      seed,
      b64(sha(utf("[B@1b6d3586" + seed + sk))),
      "No known|nonce|Check|\\[B@"
    );
    pp("digest-tostring", nb, seed, right.toString(), "\\[B@|toString|array|object");
    pp(
      "digest-newstring",
      nb,
      seed,
      b64(utf(new String(right, StandardCharsets.UTF_8))),
      "UTF-8|text"
    );
    pp("hex-nopad", nb, seed, num(right), "hex|zero");
    pp("hex-nopad-b64", nb, seed, b64(utf(num(right))), "hex");
    pp("bigint", nb, seed, new BigInteger(1, right).toString(16), "hex");
    pp(
      "mime",
      nb,
      seed,
      Base64.getMimeEncoder(20, new byte[] { '\r', '\n' }).encodeToString(right),
      "line"
    );
    pp(
      "url",
      nb,
      seed,
      Base64.getUrlEncoder().encodeToString(sha(cat(n, utf(seed), utf(sk)))),
      "url|OK"
    );
    pp("arrays-digest", nb, seed, Arrays.toString(right), "Arrays|list|number|array");
    pp("update-order", nb, seed, b64(sha(cat(utf(sk), utf(seed), n))), "order");
    var md = MessageDigest.getInstance("SHA-256");
    md.update(n);
    md.digest();
    md.update(utf(seed));
    md.update(utf(sk));
    pp("digest-reset", nb, seed, b64(md.digest()), "nonce|left out|reset");
    pp("mac", nb, seed, b64(hmac(utf(sk), cat(n, utf(seed)))), "HMAC");
    pp("mac-all", nb, seed, b64(hmac(utf(sk), cat(n, utf(seed), utf(sk)))), "HMAC");
    pp("mac-b64nonce-hex", nb, seed, hex(hmac(utf(sk), utf(nb + seed))), "HMAC");
    String local = LocalDateTime.now(ZoneOffset.UTC).toString();
    pp("localdatetime", nb, local, b64(sha(cat(n, utf(local), utf(sk)))), "zone|OK");
    String zdt = ZonedDateTime.now(ZoneId.of("America/Bogota")).toString();
    pp("zdt", nb, zdt, b64(sha(cat(n, utf(zdt), utf(sk)))), "zone|name|offset|bracket");
    String ds = new Date().toString();
    pp(
      "date-tostring",
      nb,
      ds,
      b64(sha(cat(n, utf(ds), utf(sk)))),
      "print|ISO|language|Date|toString"
    );
    String yy = ZonedDateTime.now(ZoneOffset.UTC).format(
      DateTimeFormatter.ofPattern("yyyy-MM-dd'T'hh:mm:ss'Z'")
    );
    String yw = new SimpleDateFormat("yyyy-mm-dd'T'HH:mm:ss'Z'").format(new Date());
    pp(
      "mm-minutes",
      nb,
      yw,
      b64(sha(cat(n, utf(yw), utf(sk)))),
      "month|minute|mm|range|old|day|behind|ahead|OK"
    );
    String ins = "" + Instant.now().toEpochMilli();
    pp("epochmilli", nb, ins, b64(sha(cat(n, utf(ins), utf(sk)))), "milli");
    String rfc = ZonedDateTime.now().format(DateTimeFormatter.RFC_1123_DATE_TIME);
    pp("rfc1123", nb, rfc, b64(sha(cat(n, utf(rfc), utf(sk)))), "2822|1123|HTTP|ISO|OK");
    String basic = ZonedDateTime.now(ZoneOffset.UTC).format(
      DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss'Z'")
    );
    pp("basic", nb, basic, b64(sha(cat(n, utf(basic), utf(sk)))), "hyphen|basic|without");
    String uuid = UUID.randomUUID().toString();
    pp("uuid-nonce", uuid, seed, b64(sha(utf(uuid + seed + sk))), "base64|text");
    pp(
      "uuid-nonce2",
      b64(utf(uuid)),
      seed,
      b64(sha(utf(uuid.replace("-", "") + seed + sk))),
      "dash|hyphen|nonce|No known"
    );
    String ok =
      "{\"login\":\"" +
      e("PP_LOGIN") +
      "\",\"tranKey\":\"" +
      b64(right) +
      "\",\"nonce\":\"" +
      nb +
      "\",\"seed\":\"" +
      seed +
      "\"}";
    out(
      "pp-map-tostring",
      "POST",
      "/placetopay/api/session",
      J,
      utf("{auth={login=x, tranKey=y}, payment={reference=1}}"),
      "Map|Java|toString|JSON"
    );
    out(
      "pp-utf16body",
      "POST",
      "/placetopay/api/session",
      List.of("Content-Type: application/json; charset=UTF-16"),
      session(ok).getBytes(StandardCharsets.UTF_16),
      "UTF-16|UTF-8"
    );
    out(
      "pp-charset-latin",
      "POST",
      "/placetopay/api/session",
      List.of("Content-Type: application/json; charset=ISO-8859-1"),
      utf(session(ok)),
      "OK"
    );
    out("pp-null", "POST", "/placetopay/api/session", J, utf("null"), "object|null|body");
    out(
      "pp-object-hash",
      "POST",
      "/placetopay/api/session",
      J,
      utf("com.shop.Session@1b6d3586"),
      "JSON|object|toString"
    );
    // pagsmile: Map<String,String>
    var p = new LinkedHashMap<String, String>();
    p.put("timestamp", "" + Instant.now().getEpochSecond());
    p.put("custom_code", "jv" + System.nanoTime());
    p.put("name", "Ana Maria");
    p.put("amount", "10.00");
    p.put("fee_bear", "merchant");
    p.put("method", "PIX");
    p.put("account", "pagsmile_test_paid@pagsmile.com");
    p.put("account_type", "EMAIL");
    p.put("document_id", "50284414727");
    p.put("document_type", "CPF");
    p.put("country", "BRA");
    p.put("source_currency", "USD");
    p.put("arrival_currency", "BRL");
    p.put("notify_url", "https://e.example/n");
    p.put("additional_remark", "pago");
    p.put("phone", null);
    String key = e("PM_KEY"),
      app = e("PM_APP"),
      c = canon(new TreeMap<>(p));
    pm("ok", hex(sha(utf(c + key))), p, "OK");
    pm("map-tostring", hex(sha(utf(p + key))), p, "Map|Java|toString");
    pm("treemap-tostring", hex(sha(utf(new TreeMap<>(p) + key))), p, "Map|Java|toString");
    pm("hashmap-order", hex(sha(utf(canon(new HashMap<>(p)) + key))), p, "sort|order");
    pm(
      "urlencoder",
      hex(
        sha(
          utf(
            p
              .entrySet()
              .stream()
              .filter(x -> x.getValue() != null)
              .sorted(Map.Entry.comparingByKey())
              .map(x -> x.getKey() + "=" + URLEncoder.encode(x.getValue(), StandardCharsets.UTF_8))
              .collect(Collectors.joining("&")) + key
          )
        )
      ),
      p,
      "URL|percent"
    );
    pm(
      "null-text",
      hex(
        sha(
          utf(
            new TreeMap<>(p)
              .entrySet()
              .stream()
              .map(x -> x.getKey() + "=" + x.getValue())
              .collect(Collectors.joining("&")) + key
          )
        )
      ),
      p,
      "null|without a value"
    );
    pm(
      "bigint",
      new BigInteger(1, sha(utf(c + key))).toString(16).toUpperCase(),
      p,
      "lower|case|zero"
    );
    pm("b64", b64(sha(utf(c + key))), p, "hex|Base64");
    pm("mac", hex(hmac(utf(key), utf(c))), p, "HMAC");
    pm("mac-map", hex(hmac(utf(key), utf(p.toString()))), p, "HMAC");
    pm("getbytes-utf16", hex(sha((c + key).getBytes(StandardCharsets.UTF_16))), p, "UTF-16");
    pm(
      "latin",
      hex(sha((c.replace("Ana", "Áña") + key).getBytes(StandardCharsets.ISO_8859_1))),
      with(p, "name", "Áña Maria"),
      "latin|encod"
    );
    pm(
      "double-amount",
      hex(
        sha(utf(canon(new TreeMap<>(with(p, "amount", "" + Double.parseDouble("10.00")))) + key))
      ),
      p,
      "amount"
    );
    pm(
      "bigdecimal-strip",
      hex(
        sha(
          utf(
            canon(
              new TreeMap<>(
                with(p, "amount", new java.math.BigDecimal("10.00").stripTrailingZeros().toString())
              )
            ) + key
          )
        )
      ),
      p,
      "amount"
    );
    pm(
      "ts-millis-sent",
      hex(
        sha(utf(canon(new TreeMap<>(with(p, "timestamp", "" + System.currentTimeMillis()))) + key))
      ),
      with(
        with(p, "custom_code", "x" + System.nanoTime()),
        "timestamp",
        "" + System.currentTimeMillis()
      ),
      "milli|timestamp"
    );
    pm("key-trim", hex(sha(utf(c + " " + key))), p, "blank|between|space");
    pm("bytes-tostring", "[B@6d06d69c", p, "\\[B@|toString|array|object");
    pm("signed-bytes", Arrays.toString(sha(utf(c + key))), p, "list|number|Arrays|array");
    pm("sha224", hex(MessageDigest.getInstance("SHA-224").digest(utf(c + key))), p, "SHA-?224");
    // gestopago
    byte[] gk = Base64.getDecoder().decode(e("GP_KEY")),
      iv = Base64.getDecoder().decode(e("GP_IV"));
    gp("ok", b64(aes("AES/CBC/PKCS5Padding", gk, iv, utf(order()))), "OK");
    gp("aes-default", b64(aes("AES", gk, null, utf(order()))), "ECB");
    gp(
      "aes-default-keytext",
      b64(aes("AES", Arrays.copyOf(utf(e("GP_KEY")), 32), null, utf(order()))),
      "ECB"
    );
    gp("ctr", b64(aes("AES/CTR/NoPadding", gk, iv, utf(order()))), "CTR");
    gp("gcm", b64(gcm(gk, iv, utf(order()))), "GCM");
    gp("cfb", b64(aes("AES/CFB/PKCS5Padding", gk, iv, utf(order()))), "CFB");
    gp("iso10126", b64(aes("AES/CBC/ISO10126Padding", gk, iv, utf(order()))), "10126|pad|OK");
    gp(
      "copyof-16",
      b64(aes("AES/CBC/PKCS5Padding", Arrays.copyOf(gk, 16), iv, utf(order()))),
      "128|16|32"
    );
    gp(
      "copyof-16-text",
      b64(aes("AES/CBC/PKCS5Padding", Arrays.copyOf(utf(e("GP_KEY")), 16), iv, utf(order()))),
      "128|16|32"
    );
    gp(
      "sha1-key16",
      b64(
        aes(
          "AES/CBC/PKCS5Padding",
          Arrays.copyOf(MessageDigest.getInstance("SHA-1").digest(utf(e("GP_KEY"))), 16),
          iv,
          utf(order())
        )
      ),
      "SHA-?1|hash"
    );
    gp(
      "pbkdf2",
      b64(
        aes(
          "AES/CBC/PKCS5Padding",
          SecretKeyFactory.getInstance("PBKDF2WithHmacSHA256")
            .generateSecret(new PBEKeySpec(e("GP_KEY").toCharArray(), iv, 65536, 256))
            .getEncoded(),
          iv,
          utf(order())
        )
      ),
      "PBKDF2|derived|passphrase|key"
    );
    gp(
      "iv-ramdom",
      b64(aes("AES/CBC/PKCS5Padding", gk, SecureRandom.getSeed(16), utf(order()))),
      "IV"
    );
    gp(
      "newstring",
      new String(aes("AES/CBC/PKCS5Padding", gk, iv, utf(order()))),
      "UTF-8|String|text|binary"
    );
    gp(
      "newstring-b64",
      b64(utf(new String(aes("AES/CBC/PKCS5Padding", gk, iv, utf(order()))))),
      "UTF-8|text"
    );
    gp(
      "key-newstring",
      b64(aes("AES/CBC/PKCS5Padding", Arrays.copyOf(utf(new String(gk)), 32), iv, utf(order()))),
      "UTF-8|text|key"
    );
    gp(
      "mime",
      Base64.getMimeEncoder().encodeToString(aes("AES/CBC/PKCS5Padding", gk, iv, utf(order()))),
      "line|OK"
    );
    gp(
      "map-tostring",
      b64(
        aes(
          "AES/CBC/PKCS5Padding",
          gk,
          iv,
          utf("{idProducto=298, idServicio=115, telefono=5512345678}")
        )
      ),
      "Map|Java|toString"
    );
    gp(
      "serialized",
      b64(aes("AES/CBC/PKCS5Padding", gk, iv, ser(new HashMap<>(p)))),
      "Java|serial|binary"
    );
    gp(
      "utf16",
      b64(aes("AES/CBC/PKCS5Padding", gk, iv, order().getBytes(StandardCharsets.UTF_16))),
      "UTF-16"
    );
    gp(
      "object-tostring",
      b64(aes("AES/CBC/PKCS5Padding", gk, iv, utf("com.shop.Order@5e2de80c"))),
      "JSON|object|toString|text"
    );
    gp(
      "xml",
      b64(
        aes(
          "AES/CBC/PKCS5Padding",
          gk,
          iv,
          utf("<?xml version=\"1.0\"?><order><upc>1</upc></order>")
        )
      ),
      "XML"
    );
    gp(
      "signed-array",
      Arrays.toString(aes("AES/CBC/PKCS5Padding", gk, iv, utf(order()))),
      "list|number|Arrays|array"
    );
    // tesabiz
    String pem = Files.readString(Path.of(e("TZ_PEM")))
      .replaceAll("-----.*?-----", "")
      .replaceAll("\\s", "");
    PrivateKey rsa = KeyFactory.getInstance("RSA").generatePrivate(
      new PKCS8EncodedKeySpec(Base64.getDecoder().decode(pem))
    );
    String m =
      "{\"infoTx\":{\"sisOrigen\":\"SO_1\"},\"qrCobro\":{\"idTrans\":\"j" +
      System.nanoTime() +
      "\",\"codMoneda\":\"BOB\",\"importe\":1700,\"glosa\":\"T\",\"fechaVencimiento\":\"" +
      LocalDate.now().plusDays(30) +
      "\",\"usoUnico\":true,\"tiempoDuracion\":60,\"cuentaAbono\":\"CUENTA1_BOB\"}}";
    tz("ok", jws("{\"alg\":\"RS256\"}", m, "SHA256withRSA", rsa, true), "OK");
    tz("sha1", jws("{\"alg\":\"RS256\"}", m, "SHA1withRSA", rsa, true), "SHA-?1");
    tz("sha512", jws("{\"alg\":\"RS256\"}", m, "SHA512withRSA", rsa, true), "SHA-?512");
    tz(
      "none-rsa",
      jws("{\"alg\":\"RS256\"}", m, "NONEwithRSA", rsa, true),
      "digest|hash|DigestInfo|No|raw"
    );
    tz("std-b64", jws("{\"alg\":\"RS256\"}", m, "SHA256withRSA", rsa, false), "url");
    tz(
      "sign-payload-only",
      u64(utf("{\"alg\":\"RS256\"}")) +
        "." +
        u64(utf(m)) +
        "." +
        u64(sig("SHA256withRSA", rsa, utf(m))),
      "payload|header|signing input"
    );
    tz(
      "sign-b64payload-only",
      u64(utf("{\"alg\":\"RS256\"}")) +
        "." +
        u64(utf(m)) +
        "." +
        u64(sig("SHA256withRSA", rsa, utf(u64(utf(m))))),
      "payload|header|signing input"
    );
    tz(
      "sign-hash-hex",
      u64(utf("{\"alg\":\"RS256\"}")) +
        "." +
        u64(utf(m)) +
        "." +
        u64(
          sig(
            "SHA256withRSA",
            rsa,
            utf(hex(sha(utf(u64(utf("{\"alg\":\"RS256\"}")) + "." + u64(utf(m))))))
          )
        ),
      "hash|twice|digest"
    );
    tz(
      "map-tostring",
      jws(
        "{\"alg\":\"RS256\"}",
        "{infoTx={sisOrigen=SO_1}, qrCobro={idTrans=1}}",
        "SHA256withRSA",
        rsa,
        true
      ),
      "Map|Java|toString"
    );
    tz("alg-lower", jws("{\"alg\":\"rs256\"}", m, "SHA256withRSA", rsa, true), "RS256|case|upper");
    tz("alg-java", jws("{\"alg\":\"SHA256withRSA\"}", m, "SHA256withRSA", rsa, true), "RS256");
    tz("alg-missing", jws("{\"typ\":\"JWT\"}", m, "SHA256withRSA", rsa, true), "alg|RS256");
    tz(
      "utf16-payload",
      u64(utf("{\"alg\":\"RS256\"}")) +
        "." +
        u64(m.getBytes(StandardCharsets.UTF_16)) +
        "." +
        u64(
          sig(
            "SHA256withRSA",
            rsa,
            utf(u64(utf("{\"alg\":\"RS256\"}")) + "." + u64(m.getBytes(StandardCharsets.UTF_16)))
          )
        ),
      "UTF-16"
    );
    tz(
      "sig-newstring",
      u64(utf("{\"alg\":\"RS256\"}")) +
        "." +
        u64(utf(m)) +
        "." +
        u64(utf(new String(sig("SHA256withRSA", rsa, utf("x"))))),
      "UTF-8|text|length|binary"
    );
    tz(
      "no-header",
      u64(utf(m)) + "." + u64(sig("SHA256withRSA", rsa, utf(u64(utf(m))))),
      "three|part|header"
    );
    // goat
    String gpem = Files.readString(Path.of(e("GT_PEM")))
      .replaceAll("-----.*?-----", "")
      .replaceAll("\\s", "");
    PrivateKey ec = KeyFactory.getInstance("EC").generatePrivate(
      new PKCS8EncodedKeySpec(Base64.getDecoder().decode(gpem))
    );
    String gh = "{\"alg\":\"ES256\",\"typ\":\"JWT\",\"kid\":\"" + e("GT_KID") + "\"}",
      gc =
        "{\"aud\":\"" +
        e("GT_AUD") +
        "\",\"iss\":\"" +
        e("GT_CLIENT") +
        "\",\"sub\":\"" +
        e("GT_CLIENT") +
        "\",\"iat\":" +
        Instant.now().getEpochSecond() +
        ",\"exp\":" +
        (Instant.now().getEpochSecond() + 3600) +
        "}";
    gt("ok", jws(gh, gc, "SHA256withECDSAinP1363Format", ec, true), "OK");
    gt("der", jws(gh, gc, "SHA256withECDSA", ec, true), "DER");
    gt("der-std", jws(gh, gc, "SHA256withECDSA", ec, false), "DER|url");
    gt("sha1", jws(gh, gc, "SHA1withECDSAinP1363Format", ec, true), "SHA-?1|another|hash|key");
    gt(
      "sha512",
      jws(gh, gc, "SHA512withECDSAinP1363Format", ec, true),
      "SHA-?512|another|hash|key"
    );
    gt(
      "sign-payload",
      u64(utf(gh)) +
        "." +
        u64(utf(gc)) +
        "." +
        u64(sig("SHA256withECDSAinP1363Format", ec, utf(u64(utf(gc))))),
      "payload|header|signing input"
    );
    gt("rsa", jws(gh, gc, "SHA256withRSA", rsa, true), "RSA|64|ES256|EC");
    gt(
      "millis",
      jws(
        gh,
        gc
          .replaceAll("\"iat\":\\d+", "\"iat\":" + System.currentTimeMillis())
          .replaceAll("\"exp\":\\d+", "\"exp\":" + (System.currentTimeMillis() + 3600000)),
        "SHA256withECDSAinP1363Format",
        ec,
        true
      ),
      "milli"
    );
    gt(
      "aud-array-other",
      jws(
        gh,
        gc.replace("\"aud\":\"" + e("GT_AUD") + "\"", "\"aud\":[\"goat\"]"),
        "SHA256withECDSAinP1363Format",
        ec,
        true
      ),
      "aud"
    );
    gt(
      "date-tostring",
      jws(
        gh,
        gc.replaceAll("\"iat\":\\d+", "\"iat\":\"" + new Date() + "\""),
        "SHA256withECDSAinP1363Format",
        ec,
        true
      ),
      "seconds|number"
    );
  }

  static byte[] ser(Object o) throws Exception {
    var b = new ByteArrayOutputStream();
    new ObjectOutputStream(b).writeObject(o);
    return b.toByteArray();
  }

  static byte[] sig(String alg, PrivateKey k, byte[] m) throws Exception {
    var s = Signature.getInstance(alg);
    s.initSign(k);
    s.update(alg.startsWith("NONE") ? sha(m) : m);
    return s.sign();
  }

  static String jws(String h, String m, String alg, PrivateKey k, boolean url) throws Exception {
    String i = url ? u64(utf(h)) + "." + u64(utf(m)) : b64(utf(h)) + "." + b64(utf(m));
    return i + "." + (url ? u64(sig(alg, k, utf(i))) : b64(sig(alg, k, utf(i))));
  }

  static void tz(String id, String jws, String expect) {
    out(
      "tz-" + id,
      "POST",
      "/tesabiz/tesabiz-ws-security/sc/jws/encript",
      J,
      utf("{\"code\":\"" + e("TZ_CODE") + "\",\"payload\":\"" + jws + "\"}"),
      expect
    );
  }

  static void gt(String id, String jws, String expect) {
    out(
      "gt-" + id,
      "POST",
      "/goat/oauth/app/token",
      J,
      utf(
        "{\"appId\":\"" +
          e("GT_CLIENT") +
          "\",\"token\":\"" +
          jws +
          "\",\"grantType\":\"client_credentials\"}"
      ),
      expect
    );
  }

  static String order() {
    return (
      "{\"idProducto\":298,\"idServicio\":115,\"telefono\":\"81" +
      (10000000 + new Random().nextInt(89999999)) +
      "\",\"horaLocal\":\"" +
      ZonedDateTime.now(ZoneId.of("America/Mexico_City")).format(
        DateTimeFormatter.ofPattern("yyyyMMddHHmmss")
      ) +
      "\",\"upc\":\"j" +
      new Random().nextInt(999999999) +
      "\"}"
    );
  }

  static void gp(String id, String signed, String expect) {
    out(
      "gp-" + id,
      "POST",
      "/gestopago/sistema/service/sendTx.do",
      List.of(
        "Authorization: Bearer " + e("TOKEN"),
        "Content-Type: application/x-www-form-urlencoded"
      ),
      utf("signed=" + URLEncoder.encode(signed, StandardCharsets.UTF_8)),
      expect
    );
  }

  static byte[] aes(String t, byte[] k, byte[] iv, byte[] d) throws Exception {
    var c = Cipher.getInstance(t);
    if (iv == null) c.init(1, new SecretKeySpec(k, "AES"));
    else c.init(1, new SecretKeySpec(k, "AES"), new IvParameterSpec(iv));
    return c.doFinal(d);
  }

  static byte[] gcm(byte[] k, byte[] iv, byte[] d) throws Exception {
    var c = Cipher.getInstance("AES/GCM/NoPadding");
    c.init(1, new SecretKeySpec(k, "AES"), new GCMParameterSpec(128, iv));
    return c.doFinal(d);
  }

  static byte[] hmac(byte[] k, byte[] m) throws Exception {
    var h = Mac.getInstance("HmacSHA256");
    h.init(new SecretKeySpec(k, "x"));
    return h.doFinal(m);
  }

  static Map<String, String> with(Map<String, String> p, String k, String v) {
    var q = new LinkedHashMap<>(p);
    q.put(k, v);
    return q;
  }

  static String canon(Map<String, String> p) {
    return p
      .entrySet()
      .stream()
      .filter(x -> x.getValue() != null && !x.getValue().isEmpty())
      .map(x -> x.getKey() + "=" + x.getValue())
      .collect(Collectors.joining("&"));
  }

  static void pm(String id, String sig, Map<String, String> p, String expect) {
    String body = p
      .entrySet()
      .stream()
      .map(
        x ->
          "\"" +
          x.getKey() +
          "\":" +
          (x.getValue() == null
            ? "null"
            : x.getKey().equals("timestamp") && id.endsWith("int-sent")
              ? x.getValue()
              : "\"" + x.getValue() + "\"")
      )
      .collect(Collectors.joining(",", "{", "}"));
    if (expect.equals("OK")) body = body
      .replaceAll("jv\\d+", "jv" + "$0".hashCode())
      .replace("jv" + "$0".hashCode(), p.get("custom_code"));
    out(
      "pm-" + id,
      "POST",
      "/pagsmile/api/payout",
      List.of(
        "Content-Type: application/json; charset=UTF-8",
        "AppId: " + e("PM_APP"),
        "Authorization: " + sig
      ),
      utf(body),
      expect
    );
  }
}
