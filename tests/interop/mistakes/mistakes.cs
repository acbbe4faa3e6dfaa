using System;
using System.Linq;
using System.Text;
using System.Collections.Generic;
using System.Security.Cryptography;
class Mistakes
{
    static string E(string k)
    {
        return Environment.GetEnvironmentVariable(k);
    }
    static string B(byte[] b)
    {
        return Convert.ToBase64String(b);
    }
    static byte[] U(string s)
    {
        return Encoding.UTF8.GetBytes(s);
    }
    static byte[] Sha(byte[] b)
    {
        using (var h = SHA256.Create()) return h.ComputeHash(b);
    }
    static byte[] Cat(params byte[][] x)
    {
        return x.SelectMany(y => y).ToArray();
    }
    static void Out(string id, string m, string path, string hs, byte[] body, string ex)
    {
        Console.WriteLine(string.Join("\t", new[] { "cs-" + id, m, path, hs, B(body), ex }));
    }
    const string J = "Content-Type: application/json";
    static int k = 0;
    static void PP(string id, string nonce, string seed, string tran, string ex)
    {
        k++;
        Out("pp-" + id, "POST", "/placetopay/api/session", J,
            U("{\"auth\":{\"login\":\"" + E("PP_LOGIN") + "\",\"tranKey\":\"" +
              tran.Replace("\\", "\\\\").Replace("\"", "\\\"") + "\",\"nonce\":\"" + nonce +
              "\",\"seed\":\"" + seed + "\"},\"payment\":{\"reference\":\"CS" + DateTime.Now.Ticks +
              k +
              "\",\"description\":\"x\",\"amount\":{\"currency\":\"COP\",\"total\":100}},\"expiration\":\"" +
              DateTime.UtcNow.AddMinutes(30).ToString("yyyy-MM-ddTHH:mm:ssZ") +
              "\",\"returnUrl\":\"https://s.example/\",\"ipAddress\":\"127.0.0.1\",\"userAgent\":\"cs\"}"),
            ex);
    }
    static byte[] Aes(byte[] key, byte[] iv, byte[] d, CipherMode m = CipherMode.CBC,
                      PaddingMode p = PaddingMode.PKCS7)
    {
        using (var a = new RijndaelManaged {
            KeySize = key.Length * 8, BlockSize = 128, Mode = m, Padding = p, Key = key, IV = iv
        }) using (var c = a.CreateEncryptor()) return c.TransformFinalBlock(d, 0, d.Length);
    }
    static void GP(string id, string s, string ex)
    {
        Out("gp-" + id, "POST", "/gestopago/sistema/service/sendTx.do",
            "Authorization: Bearer " + E("TOKEN") +
                "\u001fContent-Type: application/x-www-form-urlencoded",
            U("signed=" + Uri.EscapeDataString(s)), ex);
    }
    static Random R = new Random();
    static string Order()
    {
        return "{\"idProducto\":298,\"idServicio\":115,\"telefono\":\"22" +
               R.Next(10000000, 99999999) + "\",\"horaLocal\":\"" +
               DateTime.UtcNow.AddHours(-6).ToString("yyyyMMddHHmmss") + "\",\"upc\":\"c" +
               R.Next(99999999) + "\"}";
    }
    static void PM(string id, string sig, string body, string ex)
    {
        Out("pm-" + id, "POST", "/pagsmile/api/payout",
            J + "\u001fAppId: " + E("PM_APP") + "\u001fAuthorization: " + sig, U(body), ex);
    }
    static void Main()
    {
        var sk = U(E("PP_SECRET"));
        var seed = DateTime.UtcNow.ToString("yyyy-MM-ddTHH:mm:ssZ");
        var sd = U(seed);
        var n = new byte[16];
        new RNGCryptoServiceProvider().GetBytes(n);
        n[0] = 0xf0;
        n[1] = 0x9f;
        var nb = B(n);
        var d = Sha(Cat(n, sd, sk));
        PP("ok", nb, seed, B(d), "OK");
        PP("ascii-getstring", nb, seed,
           B(Sha(U(Encoding.ASCII.GetString(n) + seed + E("PP_SECRET")))), "ASCII|\\?|text");
        PP("ascii-getbytes", nb, seed,
           B(Sha(Encoding.ASCII.GetBytes(Encoding.ASCII.GetString(n) + seed + E("PP_SECRET")))),
           "ASCII|\\?|text");
        PP("utf8-getstring", nb, seed,
           B(Sha(U(Encoding.UTF8.GetString(n) + seed + E("PP_SECRET")))), "UTF-8|text");
        PP("unicode-getbytes", nb, seed,
           B(Sha(Encoding.Unicode.GetBytes(nb + seed + E("PP_SECRET")))), "UTF-16|Unicode");
        PP("unicode-mixed", nb, seed,
           B(Sha(Cat(n, Encoding.Unicode.GetBytes(seed + E("PP_SECRET"))))), "UTF-16|Unicode");
        PP("bitconverter", nb, seed, BitConverter.ToString(d), "hex|dash|BitConverter");
        PP("bitconverter-b64", nb, seed, B(U(BitConverter.ToString(d).Replace("-", ""))), "hex");
        PP("bitconverter-nonce", nb, seed,
           B(Sha(U(BitConverter.ToString(n) + seed + E("PP_SECRET")))), "hex|dash|BitConverter");
        PP("tostring", nb, seed, d.ToString(), "NET|System.Byte|ToString|array|object");
        PP("nonce-tostring", nb, seed, B(Sha(U(n.ToString() + seed + E("PP_SECRET")))),
           "NET|System.Byte|ToString|array|object");
        PP("guid", Guid.NewGuid().ToString(), seed, B(d), "Base64|GUID|UUID");
        var g = Guid.NewGuid();
        PP("guid-bytes", B(g.ToByteArray()), seed, B(Sha(U(g.ToString() + seed + E("PP_SECRET")))),
           "GUID|UUID|No known|nonce|Check");
        var s = DateTime.Now.ToString();
        PP("now-tostring", nb, s, B(Sha(Cat(n, U(s), sk))), "month|day|ISO|slash|language|US");
        s = DateTime.UtcNow.ToString("o");
        PP("roundtrip", nb, s, B(Sha(Cat(n, U(s), sk))), "OK|digit");
        s = DateTime.Now.ToString("s");
        PP("sortable", nb, s, B(Sha(Cat(n, U(s), sk))), "zone|OK");
        s = DateTime.Now.ToString("u");
        PP("universal", nb, s, B(Sha(Cat(n, U(s), sk))), "T|space|OK");
        s = DateTime.Now.Ticks.ToString();
        PP("ticks", nb, s, B(Sha(Cat(n, U(s), sk))), "tick|\\.NET");
        s = DateTime.Now.ToFileTimeUtc().ToString();
        PP("filetime", nb, s, B(Sha(Cat(n, U(s), sk))), "FILETIME|Windows|tick|100");
        s = DateTime.Now.ToOADate().ToString(System.Globalization.CultureInfo.InvariantCulture);
        PP("oadate", nb, s, B(Sha(Cat(n, U(s), sk))), "Excel|OLE|serial|ISO");
        s = DateTime.UtcNow.ToString("yyyy-MM-ddThh:mm:ssZ");
        if (DateTime.UtcNow.Hour > 12)
            PP("hh", nb, s, B(Sha(Cat(n, U(s), sk))), "12");
        s = DateTime.UtcNow.ToString("yyyy-MM-dd HH:mm:ss.fff");
        PP("sql", nb, s, B(Sha(Cat(n, U(s), sk))), "T|space|zone|OK");
        s = DateTime.UtcNow.ToString("yyyy-MM-ddTHH:mm:ss \"GMT\"zzz");
        PP("gmtoff", nb, s.Replace("\"", ""), B(Sha(Cat(n, U(s.Replace("\"", "")), sk))),
           "GMT|zone|offset");
        s = DateTime.UtcNow.ToString("r");
        PP("r", nb, s, B(Sha(Cat(n, U(s), sk))), "2822|1123|HTTP|ISO|OK");
        using (var h = new HMACSHA256(sk))
            PP("hmac", nb, seed, B(h.ComputeHash(Cat(n, sd))), "HMAC");
        using (var h = new HMACSHA256(Convert.FromBase64String(E("PP_SECRET"))))
            PP("hmac-keyb64", nb, seed, B(h.ComputeHash(Cat(n, sd))), "HMAC");
        PP("int-sum", nb, seed, string.Join("", d.Select(x => x.ToString())),
           "number|decimal|Base64");
        PP("x-format", nb, seed, string.Concat(d.Select(x => x.ToString("x"))), "hex|zero");
        PP("X2-lowered-upper", nb, seed, string.Concat(d.Select(x => x.ToString("X2"))), "hex");
        var p = new SortedDictionary<string, string>(StringComparer.Ordinal) {
            { "timestamp",
              ((long)(DateTime.UtcNow - new DateTime(1970, 1, 1)).TotalSeconds).ToString() },
            { "custom_code", "cs" + DateTime.Now.Ticks },
            { "name", "Ana Maria" },
            { "amount", "10.00" },
            { "fee_bear", "merchant" },
            { "method", "PIX" },
            { "account", "pagsmile_test_paid@pagsmile.com" },
            { "account_type", "EMAIL" },
            { "document_id", "50284414727" },
            { "document_type", "CPF" },
            { "country", "BRA" },
            { "source_currency", "USD" },
            { "arrival_currency", "BRL" },
            { "notify_url", "https://e.example/n" },
            { "additional_remark", "pago" }
        };
        var body =
            "{" +
            string.Join(",",
                        p.Select(x => "\"" + x.Key + "\":" +
                                      (x.Key == "timestamp" ? x.Value : "\"" + x.Value + "\""))) +
            "}";
        var c = string.Join("&", p.Select(x => x.Key + "=" + x.Value));
        var key = E("PM_KEY");
        PM("ok", string.Concat(Sha(U(c + key)).Select(x => x.ToString("x2"))), body, "OK");
        PM("bitconverter", BitConverter.ToString(Sha(U(c + key))), body,
           "dash|hyphen|BitConverter");
        PM("bitconverter-nodash", BitConverter.ToString(Sha(U(c + key))).Replace("-", ""), body,
           "lower");
        PM("unicode",
           string.Concat(Sha(Encoding.Unicode.GetBytes(c + key)).Select(x => x.ToString("x2"))),
           body, "UTF-16|Unicode");
        PM("sysbyte", "System.Byte[]", body, "NET|System.Byte|array|object|ToString");
        PM("escape",
           string.Concat(
               Sha(U(string.Join("&", p.Select(x => x.Key + "=" + Uri.EscapeDataString(x.Value))) +
                     key))
                   .Select(x => x.ToString("x2"))),
           body, "URL|percent");
        PM("kvp-tostring",
           string.Concat(Sha(U(string.Join("&", p.Select(x => x.ToString())) + key))
                             .Select(x => x.ToString("x2"))),
           body, "join|\\[|No known|pair|Check");
        using (var h = new HMACSHA256(U(key)))
            PM("hmac-b64", Convert.ToBase64String(h.ComputeHash(U(c))), body, "HMAC");
        using (var h = new HMACSHA256(Encoding.Unicode.GetBytes(key)))
            PM("hmac-unicode",
               string.Concat(
                   h.ComputeHash(Encoding.Unicode.GetBytes(c)).Select(x => x.ToString("x2"))),
               body, "HMAC|UTF-16");
        PM("culture",
           string.Concat(Sha(U(c.Replace("10.00", "10,00") + key)).Select(x => x.ToString("x2"))),
           body, "amount|comma");
        PM("trailing", string.Concat(Sha(U(c + "&" + key)).Select(x => x.ToString("x2"))), body,
           "&|between");
        var gk = Convert.FromBase64String(E("GP_KEY"));
        var iv = Convert.FromBase64String(E("GP_IV"));
        GP("ok", B(Aes(gk, iv, U(Order()))), "OK");
        GP("zeros", B(Aes(gk, iv, U(Order()), CipherMode.CBC, PaddingMode.Zeros)), "zero|pad");
        GP("ansi", B(Aes(gk, iv, U(Order()), CipherMode.CBC, PaddingMode.ANSIX923)), "X9|pad|OK");
        GP("iso", B(Aes(gk, iv, U(Order()), CipherMode.CBC, PaddingMode.ISO10126)), "10126|pad|OK");
        GP("ecb", B(Aes(gk, iv, U(Order()), CipherMode.ECB)), "ECB");
        GP("default-iv", B(Aes(gk, new byte[16], U(Order()))), "zero|IV");
        GP("key-ascii",
           B(Aes(Encoding.ASCII.GetBytes(E("GP_KEY")).Take(32).ToArray(),
                 Encoding.ASCII.GetBytes(E("GP_IV")).Take(16).ToArray(), U(Order()))),
           "text|decode");
        GP("key-md5", B(Aes(MD5.Create().ComputeHash(U(E("GP_KEY"))), iv, U(Order()))), "MD5|128");
        GP("key-sha",
           B(Aes(Sha(U(E("GP_KEY"))), Sha(U(E("GP_IV"))).Take(16).ToArray(), U(Order()))),
           "SHA-?256|hash");
        GP("rfc2898",
           B(Aes(new Rfc2898DeriveBytes(E("GP_KEY"), new byte[] { 1, 2, 3, 4, 5, 6, 7, 8 }, 1000)
                     .GetBytes(32),
                 iv, U(Order()))),
           "PBKDF2|derive|key");
        GP("unicode", B(Aes(gk, iv, Encoding.Unicode.GetBytes(Order()))), "UTF-16");
        GP("bitconverter", BitConverter.ToString(Aes(gk, iv, U(Order()))), "hex|dash|BitConverter");
        GP("utf8-string", Encoding.UTF8.GetString(Aes(gk, iv, U(Order()))), "UTF-8|text|binary");
        GP("ascii-string-b64",
           B(Encoding.ASCII.GetBytes(Encoding.ASCII.GetString(Aes(gk, iv, U(Order()))))),
           "ASCII|\\?|text");
        GP("tostring", "System.Byte[]", "NET|System.Byte|array|object|ToString");
        GP("iv-random", B(Aes(gk, n, U(Order()))), "IV");
        GP("iv-prefixed", B(Cat(n, Aes(gk, n, U(Order())))), "IV");
        GP("key-iv-swapped", B(Aes(iv, gk.Take(16).ToArray(), U(Order()))),
           "swap|IV|changed places");
        GP("anon", "{ idProducto = 298, idServicio = 115 }", "encrypt|clear");
        GP("anon-enc",
           B(Aes(gk, iv, U("{ idProducto = 298, idServicio = 115, telefono = 5512345678 }"))),
           "JSON|C#|notation|=|quot");
        GP("date-json",
           B(Aes(gk, iv,
                 U(Order()
                       .Replace("\"horaLocal\":\"", "\"horaLocal\":\"/Date(")
                       .Replace("\",\"upc\"", ")/\",\"upc\"")))),
           "Date|yyyyMMdd");
    }
}
