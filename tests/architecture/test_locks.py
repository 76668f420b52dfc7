"""Advisory locks: the enum is the only place with their keys."""

import re
from collections import Counter

from service.foundation.ids import new_id
from service.foundation.locks import AdvisoryLock, key_of_row
from tests.architecture.source import ROOT, sources

LOCKS = "service/foundation/locks.py"
CALL = re.compile(r"pg_(?:try_)?advisory_\w+\(\s*([^)]*)\)")
FOLDERS = ("service", "routers", "alembic")


def calls() -> dict[str, list[str]]:
    """Return file → arguments of the calls of advisory lock functions."""
    texts = {source.path: source.text for folder in FOLDERS for source in sources(folder)}
    for folder in FOLDERS:
        texts |= {path.relative_to(ROOT).as_posix(): path.read_text() for path in (ROOT / folder).rglob("*.sql")}
    return {path: arguments for path, text in texts.items() if (arguments := CALL.findall(text))}


def test_lock_keys_are_unique_and_differ_from_row_keys() -> None:
    values = Counter(AdvisoryLock[name].value for name in AdvisoryLock.__members__)

    assert len(values) == len(AdvisoryLock.__members__) >= 6
    assert min(values) > 0 > max(key_of_row(new_id()) for _ in range(100))


def test_advisory_locks_use_only_keys_of_the_enum() -> None:
    arguments_by_file = calls()

    assert set(arguments_by_file.pop(LOCKS)) == {":key", "%s"}
    assert arguments_by_file
    assert all(path.startswith("alembic/versions/") or path.endswith(".sql") for path in arguments_by_file)
    keys = {int(argument) for arguments in arguments_by_file.values() for argument in arguments}
    assert keys == {AdvisoryLock.PARTITIONS.value}


def test_only_the_enum_contains_the_numbers_of_keys() -> None:
    numbers = {format(lock.value, form) for lock in AdvisoryLock for form in ("d", "_")}
    holding = {
        source.path
        for folder in FOLDERS
        for source in sources(folder)
        if any(number in source.text for number in numbers)
    }

    assert LOCKS in holding
    assert {path for path in holding if not path.startswith("alembic/versions/")} == {LOCKS}
