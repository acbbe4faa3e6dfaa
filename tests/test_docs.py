"""What the documents say is what happens."""

from __future__ import annotations

import asyncio
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import httpx2
import pytest

from emulator import fidelity
from emulator.pipeline import Emulator
from emulator.providers import discover
from emulator.scenario.loader import load
from emulator.server import Server

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text("utf-8")
COMMAND = Path(sys.executable).with_name("emulator")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def server():
    with Server(Emulator()) as server:
        yield server


def test_fidelity_page_is_up_to_date():
    """Made from the code; make it again with `python -m emulator.fidelity > docs/fidelity.md`."""
    assert (ROOT / "docs" / "fidelity.md").read_text("utf-8") == fidelity.page()


def test_ci_runs_the_test_command_of_the_readme():
    """The very line, so that it is tried on a bare machine every time."""
    line = next(line for block in blocks("sh") for line in block.splitlines() if "pytest" in line)
    assert line in (ROOT / ".ci" / "run").read_text("utf-8").splitlines()


def test_python_example_runs(server, capsys):
    """Copied and run as it stands, but for the port."""
    (example,) = blocks("python")
    exec(compile(example.replace("http://127.0.0.1:8900", server.url), "README", "exec"), {})
    said = re.findall(r"# (.*)$", example, re.MULTILINE)
    assert capsys.readouterr().out.splitlines() == said


def test_node_example_runs(server):
    """With jsonwebtoken as the interop tests install it."""
    node, modules = shutil.which("node"), ROOT / "tests" / "interop" / "node"
    if node is None or not (modules / "node_modules" / "jsonwebtoken").is_dir():
        pytest.skip("Node with jsonwebtoken is not installed; CI installs it")
    (example,) = blocks("js")
    program = example.replace("http://127.0.0.1:8900", server.url)
    done = subprocess.run(
        [node, "--input-type=module", "-e", program], cwd=modules, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert server.emulator.namespace("default").journal.last.verdict == "accepted"


def test_scenario_example_is_in_order_and_does_what_it_says():
    """It loads; the third sale is refused and the fourth as well: the token really died."""
    (example,) = [block for block in blocks("yaml") if block.startswith("# yaml-language-server")]
    providers = discover()
    scenario = load(example, "README", providers)
    emulator = Emulator()
    namespace = emulator.namespace("default")
    namespace.load(scenario)
    provider, context = providers["gestopago"], namespace.contexts["gestopago"]

    async def statuses() -> list[int]:
        found, token = [], ""
        for number in range(5):
            payload = {
                "idProducto": 298, "idServicio": 115, "telefono": f"551213407{number}",
                "horaLocal": "20260301120000", "upc": f"upc-{number}",
            }  # fmt: skip
            signed = provider.sign("sendTx", payload, context, "http://localhost/gestopago")
            if not token:
                fetched = await emulator.serve(namespace, provider, signed.fetch_token)
                token = json.loads(fetched.reply.body)[signed.token_member]
            request = signed.request
            request.headers = [(n, v.replace("{token}", token)) for n, v in request.headers]
            exchange = await emulator.serve(namespace, provider, request)
            found.append(exchange.reply.status)
        return found

    assert asyncio.run(statuses()) == [200, 200, 403, 403, 403]


def test_sign_example_is_accepted(server):
    """`emulator sign … | sh` gets an answer of the provider."""
    signed = subprocess.run(
        [COMMAND, "sign", "pagsmile", "balance", "--url", server.url],
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    answer = subprocess.run(["sh", "-c", signed], capture_output=True, text=True, check=True)
    assert json.loads(answer.stdout)["code"] == 200


def test_refusal_example_names_the_mistake(server):
    """The curl of the README gets the answer and the reason the README shows."""
    block = next(block for block in blocks("sh") if block.startswith("curl -i"))
    answer = subprocess.run(
        ["sh", "-c", block.replace("http://127.0.0.1:8900", server.url)],
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    assert "emulator-diagnosis: sorted-digest.mismatch" in answer
    number = re.search(r"emulator-exchange: (\d+)", answer)[1]
    shown = httpx2.get(f"{server.url}/_emulator/requests/{number}").json()["diagnosis"]
    printed = "\n".join(blocks("text"))
    for part in ("hint", "expected", "received"):
        assert f"{part}: {shown[part]}" in printed


def test_readme_names_every_command():
    """Where to look next."""
    from emulator.cli import main

    for name in main.list_commands(None):
        assert re.search(rf"`{name}\b", README), name


def test_shipped_files_named_in_the_readme_exist():
    """No link leads nowhere."""
    for name in re.findall(r"`([\w./-]+/(?:[\w.-]+\.(?:md|json))?)`", README):
        if not name.startswith(("/", "http")):
            assert (ROOT / name).exists(), name


async def answered(emulator, provider, request):
    exchange = await emulator.serve(emulator.namespace("default"), provider, request)
    await emulator.close()
    return exchange


WITHOUT_A_PAST = {
    "pagsmile.order-unknown",
    "placetopay.session-unknown",
    "tesabiz.qr-unknown",
    "tesabiz.qr-unreadable",
}
"""Business refusals that a request in order meets when it comes out of the blue."""


@pytest.mark.parametrize("provider", discover())
def test_sign_works_for_every_endpoint(provider):
    """Each endpoint has a request made ready; given to the emulator in order it is accepted."""
    for endpoint in discover()[provider].endpoints:
        emulator = Emulator()
        namespace = emulator.namespace("default")
        found = emulator.providers[provider]
        signed = found.sign(
            endpoint.name, None, namespace.contexts[provider], f"http://localhost/{provider}"
        )
        request = signed.request
        if signed.fetch_token is not None:
            fetched = asyncio.run(emulator.serve(namespace, found, signed.fetch_token))
            token = json.loads(fetched.reply.body)[signed.token_member]
            request.headers = [(n, v.replace("{token}", token)) for n, v in request.headers]

        exchange = asyncio.run(answered(emulator, found, request))
        assert exchange.diagnosis is None or exchange.diagnosis.code in WITHOUT_A_PAST
