"""A scenario whose `regex` needs exponential time with backtracking."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator

from bench.hostile.figures import Figure, measure
from bench.hostile.serving import serving, watching_health

_SCENARIO = {
    "scenario": "slow",
    "version": 1,
    "rules": [
        {
            "id": "slow",
            "match": {
                "provider": "placetopay",
                "verdict": "any",
                "header": {"user-agent": {"regex": "^(a+)+$"}},
            },
            "do": {"latency": "1ms"},
        }
    ],
}


@measure("regex")
def regex(short: bool) -> Iterator[Figure]:
    with serving() as target:
        connection = http.client.HTTPConnection("127.0.0.1", target.port, timeout=120)
        as_json = {"content-type": "application/json"}
        connection.request("PUT", "/_emulator/scenario", json.dumps(_SCENARIO), as_json)
        answer = connection.getresponse()
        if answer.status >= 300:
            raise RuntimeError(answer.read())
        answer.read()
        with watching_health(target) as health:
            for _ in range(5 if short else 50):
                hostile = {"user-agent": "a" * 4000 + "!", **as_json}
                connection.request("POST", "/placetopay/api/session", "{}", hostile)
                connection.getresponse().read()
        connection.close()
    yield Figure(
        "slowest /health, regex ^(a+)+$ on 4,000 letters", health.worst_ms, "ms", at_most=100
    )
