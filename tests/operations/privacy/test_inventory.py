"""Every table has its entry, every column its class, every person column its way to the person; the sheets show all."""

import pytest
import sqlalchemy as sa

from schemas.identity.people import ConsentPurpose
from service.foundation.columns import Encrypted
from service.foundation.settings import Settings
from service.operations.privacy import sheets
from service.operations.privacy.inventory import TABLES, kind_of, names_a_person
from service.operations.privacy.inventory.kinds import Basis, Kind
from service.operations.privacy.retention import BY_WORD, RULES
from service.tables import METADATA

ALL = METADATA.sorted_tables


def test_every_table_has_its_entry_and_no_entry_is_left_over() -> None:
    assert len(ALL) > 25
    assert {table.name for table in ALL} == TABLES.keys(), (
        "service/operations/privacy/inventory/: say what the table holds"
    )


@pytest.mark.parametrize("table", ALL, ids=lambda table: table.name)
def test_every_column_that_can_hold_anything_is_classified(table: sa.Table) -> None:
    kinds = {column.name: kind_of(column) for column in table.columns}

    assert set(TABLES[table.name].columns) - kinds.keys() == set()
    encrypted = {column.name for column in table.columns if isinstance(column.type, Encrypted)}
    assert {kinds[name] for name in encrypted} <= {Kind.CONTACT, Kind.SECRET}
    assert {name for name, kind in kinds.items() if kind is Kind.CONTACT} <= encrypted


@pytest.mark.parametrize("table", ALL, ids=lambda table: table.name)
def test_every_column_that_names_a_person_leads_to_the_persons_own_data_or_says_why_not(table: sa.Table) -> None:
    named = {column.name for column in table.columns if names_a_person(column)}
    held = TABLES[table.name]

    assert named - {*held.own, *held.others} == set()
    assert {*held.own, *held.others} - {column.name for column in table.columns} == set()
    assert all(len(reason) > 10 for reason in held.others.values())


@pytest.mark.parametrize("table", ALL, ids=lambda table: table.name)
def test_what_is_personal_has_a_ground_and_its_rules_exist(table: sa.Table) -> None:
    held = TABLES[table.name]
    personal = {kind_of(column) for column in table.columns} & {Kind.PERSONAL, Kind.SENSITIVE, Kind.CONTACT}

    assert not (personal and held.basis is Basis.NOTHING), "say on which ground it is processed"
    assert [word for word in held.rules if word not in BY_WORD] == []


def test_every_rule_of_retention_stands_in_the_entry_of_its_table() -> None:
    assert [rule.word for rule in RULES if rule.word not in TABLES[rule.table].rules] == []


def test_a_column_nobody_classified_would_be_found() -> None:
    table = sa.Table("person", sa.MetaData(), sa.Column("id", sa.Uuid, primary_key=True), sa.Column("diary", sa.Text))

    with pytest.raises(KeyError, match=r"person\.diary"):
        kind_of(table.c.diary)


def test_the_inventory_shows_every_table_column_and_rule(settings: Settings) -> None:
    printed = "\n".join(sheets.inventory(settings))

    assert [table.name for table in ALL if f"`{table.name}`" not in printed] == []
    assert [rule.word for rule in RULES if f"`{rule.word}`" not in printed] == []
    assert printed.count("\n| `") >= sum(len(table.columns) for table in ALL)
    assert printed.index("个人信息清单") < printed.index("Data inventory")


def test_the_assessment_sheet_shows_what_is_personal_and_leaves_room_for_judgement(settings: Settings) -> None:
    printed = "\n".join(sheets.assessment(settings))

    assert "| 经同意保存的签到位置 `visit_position` | 个人信息、敏感个人信息 |" in printed
    assert all(f"`{purpose.value}`" in printed for purpose in ConsentPurpose)
    assert "由评估人填写" in printed
    assert "`relay`" not in printed
