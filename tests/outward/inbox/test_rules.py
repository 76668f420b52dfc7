"""The table is whole: every kind has its words and its truth, and the events it names lead to and from it."""

import pytest
from service.operations.worker.registry.inbox import RULES
from service.outward.inbox.kinds import KINDS

from routers.operations.worker_cli import consequences
from schemas.foundation.manifest import InboxKind


def test_every_kind_has_its_words_and_its_truth() -> None:
    assert set(KINDS) == set(RULES) == set(InboxKind)
    assert all(rule.opens and rule.closes and "{chosen}" in rule.waiting for rule in RULES.values())


def test_consequences_prints_what_opens_and_ends_each(capsys: pytest.CaptureFixture[str]) -> None:
    consequences()

    printed = capsys.readouterr().out
    assert [kind for kind in InboxKind if f"inbox opens {kind.value}: {KINDS[kind].zh}" not in printed] == []
    assert [kind for kind in InboxKind if f"inbox ends {kind.value}" not in printed] == []
