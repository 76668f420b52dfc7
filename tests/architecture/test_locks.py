"""Advisory locks: one enum of keys, and no number of a key anywhere else."""

import re
from collections import Counter

from service.foundation.ids import new_id
from service.foundation.locks import AdvisoryLock, key_of_row
from tests.architecture.source import ROOT, sources

LOCKS = "service/foundation/locks.py"
CALL = re.compile(r"pg_(?:try_)?advisory_\w+\(\s*([^)]*)\)")
FOLDERS = ("service", "routers", "alembic")


def calls() -> dict[str, list[str]]:
    """File → the argument of each call of an advisory lock function in its text."""
    texts = {source.path: source.text for folder in FOLDERS for source in sources(folder)}
    for folder in FOLDERS:
        texts |= {path.relative_to(ROOT).as_posix(): path.read_text() for path in (ROOT / folder).rglob("*.sql")}
    return {path: found for path, text in texts.items() if (found := CALL.findall(text))}


def test_keys_are_unique_and_differ_from_the_keys_of_rows() -> None:
    values = Counter(AdvisoryLock[name].value for name in AdvisoryLock.__members__)

    assert len(values) == len(AdvisoryLock.__members__) >= 6
    assert min(values) > 0 > max(key_of_row(new_id()) for _ in range(100))


def test_advisory_locks_are_taken_with_keys_of_the_enum_only() -> None:
    found = calls()

    assert set(found.pop(LOCKS)) == {":key", "%s"}
    assert found
    assert all(path.startswith("alembic/versions/") or path.endswith(".sql") for path in found)
    keys = {int(argument) for arguments in found.values() for argument in arguments}
    assert keys == {AdvisoryLock.PARTITIONS.value}


def test_no_file_but_the_enum_holds_the_number_of_a_key() -> None:
    numbers = {format(lock.value, form) for lock in AdvisoryLock for form in ("d", "_")}
    holding = {
        source.path
        for folder in FOLDERS
        for source in sources(folder)
        if any(number in source.text for number in numbers)
    }

    assert LOCKS in holding
    assert {path for path in holding if not path.startswith("alembic/versions/")} == {LOCKS}
