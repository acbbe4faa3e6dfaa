import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** HTTP by the JDK's client as it comes, and as much JSON as the answers here need. */
final class Api {
    private static final HttpClient HTTP = HttpClient.newHttpClient();
    private static String config;

    private Api() {}

    static void load(Path file) throws IOException {
        config = Files.readString(file);
    }

    static String send(String call, String path, String body, Map<String, String> headers, UnaryOperator<String> read)
            throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(config("base_url") + path));
        headers.forEach(request::header);
        if (body != null) {
            request.POST(BodyPublishers.ofString(body));
        }
        var response = HTTP.send(request.build(), BodyHandlers.ofString());
        String diagnosis = response.headers().firstValue("emulator-diagnosis").orElse("");
        System.out.printf(
                "{\"call\":\"%s\",\"status\":%d,\"exchange\":%s,\"diagnosis\":\"%s\",\"answer\":\"%s\"}%n",
                call,
                response.statusCode(),
                response.headers().firstValue("emulator-exchange").orElse("0"),
                diagnosis,
                read.apply(response.body()));
        return response.body();
    }

    static String sendJson(String call, String path, String body, UnaryOperator<String> read) throws Exception {
        return send(call, path, body, Map.of("Content-Type", "application/json"), read);
    }

    /** A setting: text, or a number's digits. */
    static String config(String name) {
        String text = text(config, name);
        return text.isEmpty() ? find(config, "\"" + name + "\"\\s*:\\s*(\\d+)") : text;
    }

    /** The first member of that name which is text; "" if there is none. */
    static String text(String json, String name) {
        return find(json, "\"" + name + "\"\\s*:\\s*\"([^\"]*)\"").replace("\\n", "\n").replace("\\/", "/");
    }

    static String find(String text, String pattern) {
        Matcher matcher = Pattern.compile(pattern).matcher(text);
        return matcher.find() ? matcher.group(1) : "";
    }

    static String digits() {
        return String.valueOf(System.currentTimeMillis()) + (100 + new SecureRandom().nextInt(900));
    }

    static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    static String form(Map<String, String> fields) {
        return fields.entrySet().stream()
                .map(field -> field.getKey() + "=" + URLEncoder.encode(field.getValue(), StandardCharsets.UTF_8))
                .collect(Collectors.joining("&"));
    }
}
