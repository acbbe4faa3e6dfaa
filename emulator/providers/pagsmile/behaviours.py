"""Where the provider's rules come from, and what was inferred or chosen where they are silent."""

from __future__ import annotations

from emulator.core.errors import Behaviour, Source, Standing
from emulator.schemes.sorted_digest import failures as sorted_digest

SECURITY = Source("Pagsmile Payout documentation", "Security")
SAMPLES = SECURITY.but(Standing.INFERRED, "Security, the four signing samples, run and compared")
CODES = Source("Pagsmile Payout documentation", "API codes")
CREATE = Source("Pagsmile Payout documentation", "Submit a payout")
METHODS = Source("Pagsmile Payout documentation", "Payment methods, and the country pages")
SANDBOX = Source("Pagsmile Payout documentation", "Data for test")
STATUS = Source("Pagsmile Payout documentation", "Payout status")
LIST = Source("Pagsmile Payout documentation", "Payout list")
DETAIL = Source("Pagsmile Payout documentation", "Payout detail")
DRY_RUN = Source("Pagsmile Payout documentation", "Payout dry run")
PROOF = Source("Pagsmile Payout documentation", "Payout proof")
BALANCE = Source("Pagsmile Payout documentation", "Account balance")
CHECKOUT = Source("Pagsmile Payout documentation", "Checkout page")
NOTIFICATION = Source("Pagsmile Payout documentation", "Notification")
OWN = Source("emulator", "pagsmile", Standing.CHOSEN)

AUTH_ORDER = Behaviour(
    "Checks fire in this order: AppId (4004100), Authorization (4004101), app and merchant "
    "(4001203, 4001202, 4001201), IP address (4004103), media type and body (4001000), "
    "signature (4004003)",
    CODES.but(Standing.INFERRED),
)
MERCHANT_ID = Behaviour(
    "The header MerchantId stands for AppId, as in two of the pages' requests and in the text of "
    "4004100; two different values are refused, and either of them given twice",
    CODES.but(Standing.INFERRED),
)
MEDIA_TYPE = Behaviour(
    "A body that is not declared as application/json is refused with 4001000",
    SECURITY.but(Standing.INFERRED),
)
BODY_ENCODING = Behaviour(
    "A compressed body, another charset than UTF-8 and a second Content-Type are refused with "
    "4001000",
    OWN,
)
APP_UNKNOWN = Behaviour(
    "An unknown AppId is 400 4001203; the setting unknown_app makes it 401 4004003",
    CODES.but(Standing.INFERRED),
)
TRANSPORT_ERRORS = Behaviour(
    "405, 413 and 403 come in the provider's envelope, with numbers of our own",
    OWN,
)
DETAILS = Behaviour(
    "Only 4001000 says in data.err what is wrong, in words of our own; otherwise data is {}",
    CODES.but(Standing.INFERRED),
)
SUCCESS_CODE = Behaviour(
    "Success is code 200, as in every example and the newest table; an older table has 0", CODES
)
CODE_CONFLICTS = Behaviour(
    "A used custom_code is 4001020, as on the newest page; an old timestamp is 4001011 in list "
    "and detail, by the table, and 4001000 with err in dry run, balance and proof, as shown. The "
    "setting legacy_codes gives the older pages' 4001010 and 4001009",
    CODES.but(Standing.INFERRED),
)
FRESHNESS = Behaviour(
    "A timestamp may be 300 seconds away, either way and exactly 300 included; neither the window "
    "(timestamp_window_seconds) nor its edge is documented",
    LIST.but(Standing.CHOSEN),
)
TYPES = Behaviour(
    "Members are JSON strings, amounts strings or numbers; timestamp, page_num, page_size and "
    "timeout are integers, and as text they are taken with a warning, for clients that keep all "
    "parameters as text; another type is refused with 4001000",
    CREATE.but(Standing.CHOSEN),
)
UNKNOWN_MEMBERS = Behaviour(
    "A member not known is signed and ignored; one that nearly has the name of an optional member "
    "leaves a warning",
    CREATE.but(Standing.INFERRED),
)
BLANK = Behaviour(
    "A required member of blanks, no-break or zero-width characters counts as missing; a "
    "custom_code has no control or zero-width characters, a name at least one letter and 5 "
    "characters without the blanks around it",
    CREATE.but(Standing.CHOSEN),
)
ADDRESSES = Behaviour(
    "notify_url and return_url need a host that can exist, a port up to 65535 and no user; "
    "e-mail addresses are dot-atoms at a domain with a top level of letters; a phone has 7 to 15 "
    "digits, not zeros alone",
    CREATE.but(Standing.INFERRED),
)
LETTER_CASE = Behaviour(
    "method, channel, account_type and document_type are compared without regard to case, as the "
    "pages write them in several ways",
    SANDBOX.but(Standing.INFERRED),
)
VALIDATION_ORDER = Behaviour(
    "A payout is checked in this order: members there and of their type, country and method, "
    "beneficiary, amount and currencies, remark, custom_code unused, account, fee, balance",
    CODES.but(Standing.CHOSEN),
)
REMARK = Behaviour(
    "additional_remark takes letters, digits, underline and, as every example has them, spaces; "
    "at most 40 characters, in Brazil too, where an older page has 80",
    CODES.but(Standing.INFERRED),
)
CHECK_DIGITS = Behaviour(
    "Check digits of CPF and CNPJ are verified, of RFC (except the two generic ones), CURP, debit "
    "cards, Turkish NIN, and of CLABE unless clabe_check_digit is false; the sandbox's own have "
    "right ones. RUT, CUIT, cédulas and IBAN are checked for their form only, as the sandbox's "
    "own break them",
    SANDBOX.but(Standing.INFERRED),
)
BANK_CODES = Behaviour(
    'A bank_code must be in the published table (bank_codes = "any" lets others pass); Peru\'s '
    "0010, named in its account rules only, counts",
    METHODS.but(Standing.CHOSEN),
)
ACCOUNT_LENGTHS = Behaviour(
    "Account lengths are checked per country, and per bank for Chile's 012 and Ecuador's 0017 "
    "only: the sandbox's own accounts for Peru break its table per bank",
    SANDBOX.but(Standing.INFERRED),
)
WALLET_ACCOUNTS = Behaviour(
    "A Papara account is checked by its type: a Turkish mobile number, an e-mail address, 10 "
    "digits of a wallet, or a NIN; a PIX phone by its area code and first digit",
    METHODS.but(Standing.INFERRED),
)
LIMITS = Behaviour(
    "Where two pages give different limits the one that lets the sandbox's own requests pass "
    "counts, otherwise the newer page's; bank transfers in Colombia go up to 20,000,000, as on "
    "every country page",
    METHODS.but(Standing.INFERRED),
)
GUATEMALA = Behaviour(
    "Guatemala is GTM; GTQ, which its page prints as the country, is taken with a warning",
    METHODS.but(Standing.INFERRED),
)
OPEN_LIMITS = Behaviour(
    "The pages do not give limits for Kazakhstan and Nepal: 1 to 10,000,000 KZT and 0.01 to "
    "500,000 NPR are taken",
    METHODS.but(Standing.CHOSEN),
)
WITHDRAWN_METHODS = Behaviour(
    "Bank transfers to Costa Rica, which the page withdraws from a November 7th, are taken with a "
    "warning: the page names no year",
    METHODS.but(Standing.CHOSEN),
)
PIX_NAMES = Behaviour(
    "For PIX and Brazilian QR codes a name has letters A to Z and spaces only, with CNPJ also "
    "digits, point and hyphen",
    METHODS.but(Standing.DOCUMENTED, "Brazil, PIX, newest page"),
)
UNIQUENESS = Behaviour(
    "custom_code is unique within an app; a refused payout does not use it up",
    CODES.but(Standing.INFERRED),
)
ARITHMETIC = Behaviour(
    "The merchant bears fees on top of the amount, the beneficiary out of it; this fits all of "
    "the provider's examples",
    DETAIL.but(Standing.INFERRED),
)
RATES = Behaviour(
    "Between currencies a fixed rate is applied (exchange_rates), in arrival units for each "
    "source unit; amounts, fee and tax are rounded half up to cents, in CLP and COP to whole units",
    OWN,
)
FEES = Behaviour(
    "Fee and tax are flat, in the source currency: the settings fee and tax, or the credential's "
    "own `fees`, where a currency left out is 5001003",
    OWN,
)
BALANCES = Behaviour(
    "source_amount is taken from the app's balance when a payout is created and given back when "
    "it is rejected; a currency without a balance is 5001100",
    BALANCE.but(Standing.INFERRED),
)
LIFE_CYCLE = Behaviour(
    "A payout is IN_PROCESSING for in_processing_seconds, then PROCESSING for the time the "
    "sandbox's page states, then PAID or REJECTED, by the time that has passed on the clock; a "
    "final status stays, also where the clock is set back",
    SANDBOX.but(Standing.INFERRED),
)
OTHER_ACCOUNTS = Behaviour(
    "An account that the sandbox's table does not name is PAID where the table says so for any "
    "other, and for the rest as other_accounts says",
    SANDBOX.but(Standing.CHOSEN),
)
REASONS = Behaviour(
    "description is success for PAID, the reason for REJECTED, empty before; a rejected e-mail "
    "key of PIX is an Invalid PIX Key, other accounts are refused by Bank Control",
    STATUS.but(Standing.CHOSEN),
)
BOTH_REFERENCES = Behaviour(
    "A status asked by payout_id and custom_code of different payouts is 4001021",
    STATUS.but(Standing.CHOSEN),
)
VOUCHERS = Behaviour(
    "A proof is asked for by transaction_id or payout_id; only PIX, SPEI and Transfiya have one, "
    "once paid, and the rest is 4001000. The file behind the link is not there",
    PROOF.but(Standing.INFERRED),
)
UNKNOWN_ORDER = Behaviour(
    "A payout that does not exist, or is another app's, is 400 4001021",
    CODES.but(Standing.INFERRED),
)
IDS = Behaviour(
    "An id is TS, the time of the answer in UTC, eleven characters, and letters for method and "
    "country",
    CREATE.but(Standing.INFERRED),
)
ROWS = Behaviour(
    "Rows of a list are oldest first, by creation time, both ends included",
    LIST.but(Standing.CHOSEN),
)
BANK_ID = Behaviour(
    "bank_id is an end-to-end id of PIX once paid, and empty otherwise",
    DETAIL.but(Standing.INFERRED),
)
CHECKOUT_PAGE = Behaviour(
    "A checkout answers a link with a signed token and uses up its custom_code; the page behind "
    "the link is not emulated, so no payout comes of it",
    CHECKOUT.but(Standing.CHOSEN),
)
REFUNDS = Behaviour(
    "A paid payout is refunded by the triggers payout.refunded and payout.partial_refunded only, "
    "and only where the method has refunds: PIX and bank transfers in Brazil, in parts too; bank "
    "transfers in Chile, SPEI and the Pagsmile wallet as a whole",
    STATUS,
)
REFUND_SHARES = Behaviour(
    "A partial refund is in the arrival currency and gives back its share of source_amount, fee "
    "and tax included, rounded down; the last part gives back what is left",
    STATUS.but(Standing.CHOSEN),
)
WEBHOOKS = Behaviour(
    "The webhook of PAID or REJECTED is posted once, when the payout ends, without a query; a "
    "trigger posts its own instead",
    NOTIFICATION.but(Standing.OBSERVED),
)
WEBHOOKS_BY_TRIGGER = Behaviour(
    'With notify = "never", only a trigger sends the webhook of the end of a payout',
    OWN,
)
ROTATION = Behaviour(
    "The next, previous and rogue app key of a scenario are HMAC-SHA256(app key, name) in hex, "
    "as long as the app key; one key signs requests and webhooks",
    OWN,
)
ACKNOWLEDGEMENT = Behaviour(
    "A webhook is acknowledged by HTTP 200 and the body success, blanks around it aside",
    NOTIFICATION.but(Standing.INFERRED),
)

SIGNED_TEXT = Behaviour(
    "A value is signed as the text that the body has for it; null and the empty string are left "
    "out. This is the Java sample; the others differ for 0, booleans, null and floats",
    SAMPLES,
)
SIGNED_ORDER = Behaviour(
    "Names are sorted by code point, which is also the order of their UTF-8 bytes; Java's UTF-16 "
    "order differs only for names with characters beyond U+FFFF",
    SAMPLES.but(Standing.CHOSEN),
)
SIGNED_DUPLICATES = Behaviour(
    "A body with two members of the same name is refused: which of them counts is up to the "
    "parser, so what was signed and what is done could differ",
    SAMPLES.but(Standing.CHOSEN),
)
SIGNED_AMBIGUITY = Behaviour(
    "Values are not escaped, so two different bodies can have the same signature: "
    '{"a": "1&b=2"} and {"a": "1", "b": "2"}',
    SAMPLES,
)

SCHEME_SOURCES = {
    sorted_digest.NOT_JSON: SECURITY,
    sorted_digest.NOT_AN_OBJECT: SECURITY,
    sorted_digest.NESTED: SAMPLES.but(Standing.CHOSEN),
    sorted_digest.REPEATED: SAMPLES.but(Standing.CHOSEN),
    sorted_digest.MISSING: SECURITY,
    sorted_digest.MALFORMED: SECURITY,
    sorted_digest.UPPER_CASE: SECURITY,
    sorted_digest.MISMATCH: SECURITY,
}
"""Our document for the rules of the sorted digest: no standard has it."""
