"""Mistakes in the header `Authorization`."""

from __future__ import annotations

import re

from emulator.core.messages import Message
from emulator.schemes.bearer.mistakes.mistake import TokenMistake


def _header(hint: str, template: str, pattern: str) -> TokenMistake:
    """Build a mistake in the header; `template` has `{}` for the token."""
    compiled = re.compile(pattern, re.IGNORECASE | re.DOTALL)
    return TokenMistake(
        hint,
        lambda token, _: template.replace("{}", token),
        lambda header, _: compiled.fullmatch(header) is not None,
    )


HEADER_MISTAKES: tuple[TokenMistake, ...] = (
    _header(
        Message("The header's name is repeated in its value; the value begins with Bearer"),
        "Authorization: Bearer {}",
        r"authorization\s*[:=].*",
    ),
    _header(
        Message("There is a colon after Bearer; put only a space"), "Bearer: {}", r"bearer\s*:.*"
    ),
    _header(
        "Bearer stands there twice; the client library adds it by itself",
        "Bearer Bearer {}",
        r"bearer\s+bearer\b.*",
    ),
    _header(
        Message("The token is a line with its line break; strip it"),
        "Bearer {}\n",
        r"[^\r\n]*[\r\n]\s*",
    ),
    _header(
        Message("Two Authorization headers were sent, or merged; send one"),
        "Bearer {}, Bearer {}",
        r"bearer [^,{]+,\s*bearer .*",
    ),
    _header(
        Message("A variable of the client was empty when the header was made; log in first"),
        "Bearer undefined",
        r"(bearer\s+)?(undefined|null|none|nil|nan|true|false)",
    ),
    _header(
        Message("An object was turned into text; send its token, and await the promise"),
        "Bearer [object Object]",
        r"(bearer\s+)?\[object \w+\]",
    ),
    _header(
        Message(
            "What a language prints for an object or a function was sent; send the token itself"
        ),
        "Bearer <function token at 0x7f3a5c0e>",
        r"(bearer\s+)?(<[^>]*(function|method|object) .*|System\.\w+.*|\[B@[0-9a-f]+|#<.*)",
    ),
    _header(
        Message("The name of a member stands before the token; send the token alone"),
        "Bearer token={}",
        r"(bearer\s+)?(access_?token|id_?token|token|jwt)\s*[=:]\s*\S+",
    ),
    _header(
        Message("A variable of the template was not filled in; set it to the token"),
        "Bearer {{token}}",
        r"(bearer\s+)?(\{\{.*\}\}|\$\{.*\}|\$\w+|%\w+%)",
    ),
    _header(
        Message("The angle brackets of the documentation were kept; put the token alone"),
        "Bearer <{}>",
        r"(bearer\s+)?<.*>",
    ),
    _header(
        Message("The whole JSON answer of the login was sent; send only the token in it"),
        'Bearer {"token":"{}","success":true}',
        r"(bearer\s+)?(\{|%7b).*",
    ),
    _header(
        Message("Python's str() of bytes was sent (b'...'); decode it: .decode('ascii')"),
        "Bearer b'{}'",
        r"(bearer\s+)?b'.*'",
    ),
    _header(
        Message("The token is in quotes; send it without"),
        'Bearer "{}"',
        r"(bearer\s+)?([\"']).*\2",
    ),
    _header(
        Message("The token is percent-encoded; a header takes it as it is"),
        "Bearer {}%3D%3D",
        r"(bearer\s+)?[^\s%]*%[0-9a-f]{2}\S*",
    ),
    _header(
        Message("No token follows Bearer; the client's variable was empty: log in first"),
        "Bearer ",
        r"bearer\s*",
    ),
    _header(
        Message("There is more than one space after Bearer; put one"),
        "Bearer  {}",
        r"bearer\s{2,}\S+|bearer\t\S+",
    ),
    _header(
        Message(
            "Spaces in the token: a + was lost where it was read from a form, or there are two "
            "tokens"
        ),
        "Bearer {} {}",
        r"bearer \S+( \S+)+",
    ),
    _header(Message("Sent with the scheme Token; use Bearer"), "Token {}", r"token\s.*"),
    _header(Message("Sent with the scheme JWT; use Bearer"), "JWT {}", r"jwt\s.*"),
    _header(Message("Sent with the scheme OAuth; use Bearer"), "OAuth {}", r"oauth\s.*"),
    _header(
        Message("Basic authentication; log in and send the token with Bearer"),
        "Basic {}",
        r"basic\s.*",
    ),
    _header(
        Message(
            "Another word than Bearer stands before the token; write Bearer, one space and the "
            "token"
        ),
        "ApiKey {}",
        r"(?!bearer)[a-z][\w-]{1,20} [\w.\-~+/]+=*",
    ),
    _header(
        Message(
            "There are quotes of a word processor or invisible characters in the header; type it "
            "again"
        ),
        "Bearer \N{LEFT DOUBLE QUOTATION MARK}{}\N{RIGHT DOUBLE QUOTATION MARK}",
        r".*[^\x20-\x7e\t\r\n].*",
    ),
    _header(Message("The space after Bearer is missing"), "Bearer{}", r"bearer[=_]?[\w.\-+/]+=*"),
    _header(
        Message("The token was sent alone; put Bearer and a space before it"),
        "{}",
        r"[\w.\-~+/]+=*",
    ),
)
