"""The credentials of a provider's merchants, declared once; everything else follows.

From the members follow: what can be registered and how it is shown and changed, the client's
other keys, fresh key files, what is masked, and the JSON Schema.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, TypeVar, cast

from emulator.core import json_text
from emulator.core.configuration import nearest
from emulator.core.errors import ConfigurationError, shorten
from emulator.core.files import create, private_folder
from emulator.core.members import check_names
from emulator.core.store import Record
from emulator.provider.context import Context
from emulator.provider.credential_members import OTHER_KEYS, REQUIRED, Fresh, Member, OtherKey
from emulator.provider.key_files import CREDENTIALS, CURRENT, KeyFiles
from emulator.provider.key_making import KeyFile

S = TypeVar("S")

FILE = "credentials.json"
"""The key file with the credentials that each namespace starts with."""

_SOUNDS_SECRET = re.compile(
    "key|secret|passw|pwd|token|private|credential|clave|contrase|firma|hmac|signature",
    re.IGNORECASE,
)


class UnknownCredential(ConfigurationError):  # noqa: N818 - named after what it is about
    """No credential has this key."""


@dataclass(frozen=True, slots=True)
class Registration(Generic[S]):
    """A credential that is about to be registered.

    Attributes:
        members: As the record will have them, each checked by itself; a check may change them.
        context: The settings, and the credentials there are.
    """

    members: Record
    context: Context[S]


@dataclass(frozen=True, slots=True)
class Showing:
    """A credential that is shown.

    Attributes:
        record: With the keys that are shown.
        key_name: Which of the client's keys these are.
        files: The provider's key files.
    """

    record: Record
    key_name: str
    files: KeyFiles


def _unchecked(registration: Registration[Any]) -> None:
    """There is no relation between the members."""


@dataclass(frozen=True, kw_only=True)
class Credentials:
    """What a provider's credentials are.

    Attributes:
        key: The member that names a credential: there is one for each of its values.
        members: All members, see `credential_members`.
        shown: Names of what a client needs, in order: members, and what `more` gives.
        more: Returns what is shown besides the members, or in place of one.
        check: Checks how the members belong together, and fills in what follows from others;
            raises ConfigurationError, with the name of a member first.
        pairs: Members that belong together: a change of one alone takes the other one out.
        carried_as: Member under which exchanges carry a credential; `key` if empty.
        fresh: What fresh key files start with, the credential for clients first. A required
            member that is left out gets a fresh value, as does one that is a `Fresh`.
        files: The provider's other key files.
        secret_names: Members that are secret: masked wherever they appear.
        key_names: The client's keys that a scenario can have the provider expect: `current`, …;
            none if there is only one.

    Raises:
        TypeError: A member has a name that sounds like a secret and does not say `secret=`, or
            a name stands for no member, or there is no member `status`.
    """

    key: str
    members: Mapping[str, Member]
    shown: tuple[str, ...]
    more: Callable[[Showing], Mapping[str, Any]] | None = None
    check: Callable[[Registration[Any]], None] = _unchecked
    pairs: tuple[tuple[str, str], ...] = ()
    carried_as: str = ""
    fresh: Sequence[Mapping[str, Any]] = ()
    files: tuple[KeyFile, ...] = ()
    secret_names: tuple[str, ...] = field(init=False)
    key_names: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        """Refuse a declaration that forgets something."""
        for name, member in self.members.items():
            if member.secret is None and _SOUNDS_SECRET.search(name):
                raise TypeError(f"{name} sounds like a secret: say secret=True or secret=False")
        if "status" not in self.members:
            raise TypeError('declare a member status, such as one_of("active", "inactive")')
        for name in (self.key, self.carried_as, *(each for pair in self.pairs for each in pair)):
            if name and name not in self.members:
                raise TypeError(f"{name} is no member")
        secret = tuple(name for name, member in self.members.items() if member.secret)
        others = dict.fromkeys(name for each in self.members.values() for name in each.keys)
        object.__setattr__(self, "secret_names", secret)
        object.__setattr__(self, "key_names", (CURRENT, *others) if others else ())

    # --- registering ---------------------------------------------------------------------------

    def register(self, credential: Mapping[str, Any], context: Context[Any]) -> tuple[str, Record]:
        """Check a credential and return its key, and the record to keep.

        Args:
            credential: Its members. What is only shown, such as `base_url`, is ignored.
            context: The settings, and the credentials there are.

        Raises:
            ConfigurationError: Names the member that is wrong.
        """
        given = {
            name: value
            for name, value in credential.items()
            if name in self.members or not self._is_only_shown(name)
        }
        required = [name for name, member in self.members.items() if member.default is REQUIRED]
        check_names(given, self.members, required)
        kept: Record = {}
        for name, member in self.members.items():
            kept |= member.kept(name, given)
        self.check(Registration(kept, context))
        ordered = {name: kept[name] for name in self.members if name in kept}
        return ordered[self.key], ordered

    def changed(self, key: str, changes: Mapping[str, Any], context: Context[Any]) -> Record:
        """Return the record of a credential with other members, checked as for a registration.

        Args:
            key: Of the credential.
            changes: Members to change. None gives a member its default again (RFC 7396).
            context: As for `register`.

        Raises:
            UnknownCredential: There is no such credential.
            ConfigurationError: Names the member that is wrong; the key cannot change.
        """
        record = self.read(key, context)
        check_names(changes, self.members)
        if changes.get(self.key, record[self.key]) != record[self.key]:
            raise ConfigurationError(
                f"{self.key}: it names the credential and cannot change; register another "
                "credential, and delete this one"
            )
        alone = {
            out
            for pair in self.pairs
            for one, out in (pair, pair[::-1])
            if changes.get(one) not in (None, record.get(one)) and out not in changes
        }
        kept = {name: value for name, value in record.items() if name not in alone}
        merged = {**kept, **changes}
        given = {name: value for name, value in merged.items() if value is not None}
        return self.register(given, context)[1]

    def fits(self, record: Record, context: Context[Any]) -> bool:
        """Tell whether a record can stand beside the credentials there are."""
        try:
            self.check(Registration(dict(record), context))
        except ConfigurationError:
            return False
        return True

    # --- looking -------------------------------------------------------------------------------

    def read(self, key: str, context: Context[Any]) -> Record:
        """Return a credential.

        Raises:
            UnknownCredential: There is no such credential; names the nearest one.
        """
        table = context.store.table(CREDENTIALS)
        record = table.get(key)
        if record is None:
            known = [name for name, _ in table.items()]
            shown = shorten(key, 80)
            raise UnknownCredential(
                f"there is no credential with the {self.key} {shown!r}{nearest(shown, known)}"
            )
        return record

    def view(
        self, record: Record, files: KeyFiles, base_url: str, key_name: str = CURRENT
    ) -> dict[str, Any]:
        """Return what a client needs.

        Args:
            record: The credential.
            files: The provider's key files.
            base_url: The provider's address.
            key_name: Which of the client's keys.
        """
        record = self.rekeyed(record, key_name, files)
        more: Mapping[str, Any] = {}
        if self.more is not None:
            more = self.more(Showing(record, key_name, files))
        shown = {name: more.get(name, record.get(name, "")) for name in self.shown}
        return {"base_url": base_url, **shown, **more}

    def whole(self, record: Record, files: KeyFiles, base_url: str) -> dict[str, Any]:
        """Return all members of a credential, besides what a client needs."""
        return {**self.view(record, files, base_url), **record}

    def _is_only_shown(self, name: str) -> bool:
        """Tell whether `view` gives a member that is none: what it gave can be registered."""
        shown = [each for each in self.shown if each not in self.members]
        others = (f"{each}_{key}" for each in shown for key in OTHER_KEYS)
        return name == "base_url" or name in shown or name in others

    # --- secrets and keys ----------------------------------------------------------------------

    def rekeyed(self, record: Record, name: str, files: KeyFiles) -> Record:
        """Return a copy of a credential with the client's keys of this name.

        A name that means nothing here changes nothing: a rule for all providers may use it.

        Raises:
            ConfigurationError: The key files are missing, as they are beside older keys.
        """
        members = [each for each in self.members if name in self.members[each].keys]
        if not any(record.get(each) for each in members):
            return dict(record)
        other = {
            each: self.members[each].other(OtherKey(record[each], name, files))
            for each in members
            if each in record
        }
        return {**record, **other}

    def secrets_of(self, record: Record, files: KeyFiles) -> set[str]:
        """Return the secrets of a credential, also those that a scenario can put into force."""
        records = [record]
        for name in self.key_names:
            with suppress(ConfigurationError):  # older keys lack those files
                records.append(self.rekeyed(record, name, files))
        found = (each[name] for each in records for name in self.secret_names if each.get(name))
        return {text for value in found for text in _texts(value)}

    # --- key files -----------------------------------------------------------------------------

    def defaults(self, files: KeyFiles) -> Sequence[Mapping[str, Any]]:
        """Return the credentials of the key files, the one for clients first.

        Raises:
            ConfigurationError: A key file is missing or wrong.
        """
        for each in self.files:
            each.check(files)
        path = files.directory / FILE
        try:
            entries: Any = json_text.loads(files.text(FILE))
        except ValueError as error:
            raise ConfigurationError(f"{path}: not JSON: {error}") from error
        if not isinstance(entries, list) or not entries:
            raise ConfigurationError(f"{path}: expected a list of objects")
        listed = cast("list[object]", entries)
        if not all(isinstance(entry, dict) for entry in listed):
            raise ConfigurationError(f"{path}: expected a list of objects")
        return [self._read_in(entry, files) for entry in cast("list[dict[str, Any]]", listed)]

    def _read_in(self, entry: Mapping[str, Any], files: KeyFiles) -> dict[str, Any]:
        """Return an entry of the key file, with the contents of the files that it names."""
        named = {name for name, member in self.members.items() if member.in_file}
        return {
            name: files.text(str(value)) if name in named and value else value
            for name, value in entry.items()
        }

    def make_keys(self, directory: Path) -> None:
        """Write fresh key files into a directory."""
        private_folder(directory)
        for each in self.files:
            each.write(directory)
        made: dict[tuple[str, Fresh], Any] = {}
        entries = [self._filled(entry, made) for entry in self.fresh]
        text = json.dumps(entries, indent=2, ensure_ascii=False)
        create(directory / FILE, f"{text}\n", secret=True)

    def _filled(
        self, entry: Mapping[str, Any], made: dict[tuple[str, Fresh], Any]
    ) -> dict[str, Any]:
        """Return an entry of the key file, with fresh values where it has none."""
        filled: dict[str, Any] = {}
        for name, member in self.members.items():
            if isinstance(value := entry.get(name), Fresh):
                if (name, value) not in made:
                    made[name, value] = member.fresh()
                filled[name] = made[name, value]
            elif name in entry:
                filled[name] = value
            elif member.default is REQUIRED:
                filled[name] = member.fresh()
        return filled

    # --- description ---------------------------------------------------------------------------

    def schema(self) -> dict[str, Any]:
        """Return the JSON Schema of a credential."""
        return {
            "type": "object",
            "properties": {name: member.described() for name, member in self.members.items()},
            "required": [
                name for name, member in self.members.items() if member.default is REQUIRED
            ],
        }


def _texts(value: object) -> Iterator[str]:
    """Yield the texts of a secret: its own, or those of its items."""
    if isinstance(value, list):
        for each in cast("list[object]", value):
            yield from _texts(each)
    elif isinstance(value, dict):
        for each in cast("dict[str, object]", value).values():
            yield from _texts(each)
    else:
        yield str(value)
