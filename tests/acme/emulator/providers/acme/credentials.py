"""Merchants: a key id and a secret."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from emulator.core import json_text
from emulator.core.errors import ConfigurationError
from emulator.core.files import create, private_folder
from emulator.core.members import check_names
from emulator.provider import CURRENT, rotation

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from emulator.core.store import Record
    from emulator.provider import Context, KeyFiles
    from emulator.providers.acme.settings import Settings

MEMBERS = ("key_id", "secret")
KEYS = (CURRENT, "next", "previous", "rogue")
FILE = "credentials.json"
_FORM = re.compile(r"[0-9A-Za-z_-]{8,64}")


def register(
    credential: Mapping[str, Any],
    context: Context[Settings],
) -> tuple[str, Record]:
    """Check a merchant and return its key id and record.

    Raises:
        ConfigurationError: Names the member at fault.
    """
    check_names(credential, MEMBERS, MEMBERS)
    for name in MEMBERS:
        if not isinstance(credential[name], str) or not _FORM.fullmatch(credential[name]):
            raise ConfigurationError(f"{name}: expected 8 to 64 letters, digits, '_' and '-'")
    return credential["key_id"], dict(credential)


def rekey(record: Record, name: str, keys: KeyFiles) -> Record:
    """Return a copy with the secret of this name, derived from the current one."""
    return {**record, "secret": rotation.named_text(record["secret"], name)}


def default_credentials(keys: KeyFiles) -> Sequence[Mapping[str, Any]]:
    """Return the merchants of the key file, the one for clients first."""
    return json_text.loads(keys.text(FILE))


def credential_view(record: Record, keys: KeyFiles, base_url: str) -> dict[str, Any]:
    """Return what a client needs."""
    return {"base_url": base_url, **record}


def make_keys(directory: Path) -> None:
    """Write two fresh merchants."""
    from secrets import token_hex

    private_folder(directory)
    merchants = [{"key_id": f"acme-{token_hex(6)}", "secret": token_hex(24)} for _ in "ab"]
    create(directory / FILE, json.dumps(merchants, indent=2) + "\n", secret=True)
