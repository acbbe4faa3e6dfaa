"""What the documents say is what happens."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import httpx2
import pytest

from emulator import fidelity
from emulator.client import ClientError, Gestopago, UncertainSaleError
from emulator.core.clock_change import ClockChange
from emulator.emulator import Emulator
from emulator.http.server import Server
from emulator.providers import discover
from emulator.scenario.loader import load

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


def test_scenario_example_tells_a_careful_client_from_a_careless_one(server):
    """It loads; the second sale is booked and its answer lost; asking is met, selling again not."""
    (example,) = [block for block in blocks("yaml") if block.startswith("# yaml-language-server")]
    assert outcome(server, example, "careful") == [True]
    assert outcome(server, example, "careless") == [False]


def outcome(server, example, name):
    namespace = server.emulator.namespace(f"readme-{name}")
    namespace.load(namespace.read_scenario(example, "README"))
    root = f"{server.url}/_ns/{namespace.name}"
    keys = httpx2.get(f"{root}/_emulator/credentials").json()["gestopago"]
    with Gestopago(
        keys["base_url"],
        id_distribuidor=keys["idDistribuidor"],
        codigo_dispositivo=keys["codigoDispositivo"],
        password=keys["password"],
        aes_key=keys["aes_key"],
        aes_iv=keys["aes_iv"],
        clock=namespace.clock.time,
    ) as client:
        sales = [
            client.payload(id_servicio=133, id_producto=582, telefono=f"551234567{number}")
            for number in range(2)
        ]
        client.send_tx(sales[0])
        with pytest.raises(UncertainSaleError):
            client.send_tx(sales[1])
        namespace.clock.change(ClockChange(advance="62s"))
        if name == "careful":
            assert client.confirm_tx(sales[1])["ID_TX"]
        else:
            with pytest.raises(ClientError):
                client.send_tx(sales[1])
    report = httpx2.post(f"{root}/_emulator/requests/verify").json()
    return [item["passed"] for item in report["expectations"]]


def test_scenario_page_is_in_order():
    """Each example of docs/scenarios.md loads; a part of one loads inside of one."""
    page = (ROOT / "docs" / "scenarios.md").read_text("utf-8")
    examples = re.findall(r"^```yaml\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    assert len(examples) == 3
    for example in examples:
        when = "when: { state: [healthy, down, back] }" if "states:" in example else ""
        whole = example if "scenario:" in example else f"{MINIMAL}    {when}\n{example}"
        load(whole, "scenarios.md", discover())


MINIMAL = """
scenario: minimal
version: 1
rules:
  - id: refused
    match: { provider: goat }
    do: { token: { revoke: issued } }
"""


@pytest.mark.slow
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


class Merchant(BaseHTTPRequestHandler):
    """The shop that the README speaks of: it acknowledges Tesabiz's webhooks."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        answer = b'{"header":{"codReturn":"0","txtReturn":"SUCCESS"}}'
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def merchant():
    shop = HTTPServer(("127.0.0.1", 0), Merchant)
    threading.Thread(target=shop.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{shop.server_port}"
    shop.shutdown()
    shop.server_close()


OF_ANOTHER_TIME = ("python3 -m venv", "docker", "export EMULATOR_ADMIN_TOKEN", "emulator serve")
"""How the blocks begin that CI runs elsewhere: the installation, the image, own servers."""
LOST = "curl: (56)"
"""What curl says where the README says that an answer is lost."""


def in_order() -> list[tuple[str, str]]:
    """Return the blocks that a reader runs, with their language, from top to bottom."""
    found = re.findall(r"^```(sh|python|yaml)\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
    return [
        (language, block)
        for language, block in found
        if not block.startswith(OF_ANOTHER_TIME) and not block.startswith("services:")
    ]


@pytest.mark.slow
def test_readme_runs_from_top_to_bottom(tmp_path, merchant):
    """All of it against one server: each command succeeds, and is answered as it says."""
    with Server(Emulator()) as server:
        environment = {
            **os.environ,
            "PATH": f"{COMMAND.parent}:{os.environ['PATH']}",
            "EMULATOR_URL": server.url,
        }
        for language, block in in_order():
            block = block.replace("http://127.0.0.1:8900", server.url)
            block = block.replace("http://127.0.0.1:9000", merchant)
            block = re.sub(r"\| sh(?= +# .*the answer is lost)", "| sh || true", block)
            if language == "yaml":
                (tmp_path / "my-scenario.yaml").write_text(block, "utf-8")
                continue
            program = [sys.executable, "-"] if language == "python" else ["sh", "-e"]
            done = subprocess.run(
                program, input=block, cwd=tmp_path, env=environment, capture_output=True, text=True
            )
            assert done.returncode == 0, f"{block}\n{done.stdout}\n{done.stderr}"
            assert '"error"' not in done.stdout, f"{block}\n{done.stdout}"
            wrong = [line for line in done.stderr.splitlines() if not line.startswith(LOST)]
            assert not [line for line in wrong if "curl: (" in line or "Error" in line], wrong
        journal = [*server.emulator.namespace("default").journal]
    assert [each.diagnosis.code for each in journal if each.verdict == "refused"] == [
        "sorted-digest.mismatch",  # the mistake that the README makes
        "username-token.digest-mismatch",  # and the careless client
    ]
    assert [each.outcome for each in journal].count("reset") == 1


def test_no_example_opens_the_port_to_other_machines():
    """Docker publishes on every address unless told otherwise."""
    pages = [*ROOT.glob("*.md"), ROOT / "Dockerfile"]
    for folder in ("docs", "examples", ".github"):
        pages += [file for file in (ROOT / folder).rglob("*") if file.is_file()]
    published = [
        line
        for page in pages
        for line in page.read_text("utf-8", "replace").splitlines()
        if re.search(r"\b\d{2,5}:\d{2,5}\b|--publish|\s-p \d", line) and "8900" in line
    ]
    assert len(published) >= 3
    assert [line for line in published if "127.0.0.1:8900:8900" not in line] == []


def test_readme_says_who_can_reach_a_server():
    for word in ("EMULATOR_ADMIN_TOKEN", "--control-port", "--control-host", "other machines"):
        assert word in README


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
