"""Every inbox kind has a rule, and `grassroots consequences` lists its events."""

import pytest

from routers.operations.worker_cli import consequences
from schemas.foundation.manifest import InboxKind
from service.domains import DOMAINS
from service.identity.access.permissions import Permission

RULES = DOMAINS.inbox_rules


def test_every_inbox_kind_has_a_rule() -> None:
    assert set(RULES) == set(InboxKind)
    assert all(rule.opens and rule.closes and "{chosen}" in rule.waiting for rule in RULES.values())
    assert all(rule.permission is None or isinstance(rule.permission, Permission) for rule in RULES.values())


def test_consequences_command_lists_the_events_of_each_kind(capsys: pytest.CaptureFixture[str]) -> None:
    consequences()

    printed = capsys.readouterr().out
    assert [kind for kind in InboxKind if f"inbox opens {kind.value}: {RULES[kind].zh}" not in printed] == []
    assert [kind for kind in InboxKind if f"inbox closes {kind.value}" not in printed] == []
