"""Every table has its entry, every column its class, every person column its way to the person; the sheets show all."""

import pytest
import sqlalchemy as sa

from schemas.identity.people import ConsentPurpose
from service.domains import DOMAINS
from service.foundation.columns import DataClass, Encrypted
from service.foundation.manifest.records import Basis
from service.foundation.settings import Settings
from service.operations.privacy import sheets
from service.operations.privacy.inventory import data_class_of, names_a_person
from service.operations.privacy.retention import RetentionPolicy
from service.tables import METADATA

ALL = METADATA.sorted_tables
RECORDS, RULES = DOMAINS.records, DOMAINS.retention


def test_every_table_has_its_entry_and_no_entry_is_left_over() -> None:
    assert len(ALL) > 25
    assert {table.name for table in ALL} == RECORDS.keys(), "say in the manifest what the table holds"


@pytest.mark.parametrize("table", ALL, ids=lambda table: table.name)
def test_every_column_that_can_hold_anything_is_classified(table: sa.Table) -> None:
    kinds = {column.name: data_class_of(column) for column in table.columns}

    encrypted = {column.name for column in table.columns if isinstance(column.type, Encrypted)}
    assert {kinds[name] for name in encrypted} <= {DataClass.CONTACT, DataClass.SECRET}
    assert {name for name, kind in kinds.items() if kind is DataClass.CONTACT} <= encrypted


@pytest.mark.parametrize("table", ALL, ids=lambda table: table.name)
def test_every_column_that_names_a_person_leads_to_the_persons_own_data_or_says_why_not(table: sa.Table) -> None:
    named = {column.name for column in table.columns if names_a_person(column)}
    record = RECORDS[table.name]

    assert named - {*record.own, *record.others} == set()
    assert {*record.own, *record.others} - {column.name for column in table.columns} == set()
    assert all(len(reason) > 10 for reason in record.others.values())


@pytest.mark.parametrize("table", ALL, ids=lambda table: table.name)
def test_what_is_personal_has_a_ground_and_its_rules_exist(table: sa.Table) -> None:
    record = RECORDS[table.name]
    personal = {data_class_of(column) for column in table.columns} & {
        DataClass.PERSONAL,
        DataClass.SENSITIVE,
        DataClass.CONTACT,
    }

    assert not (personal and record.basis is Basis.NOTHING), "say on which ground it is processed"
    assert [word for word in record.retention if word not in RULES] == []


def test_every_rule_of_retention_stands_in_the_entry_of_its_table() -> None:
    assert [rule.word for rule in RULES.values() if rule.word not in RECORDS[rule.table].retention] == []


def test_a_column_nobody_classified_would_be_found() -> None:
    table = sa.Table("person", sa.MetaData(), sa.Column("id", sa.Uuid, primary_key=True), sa.Column("diary", sa.Text))

    with pytest.raises(KeyError, match=r"person\.diary"):
        data_class_of(table.c.diary)


def test_the_inventory_shows_every_table_column_and_rule(settings: Settings) -> None:
    printed = "\n".join(sheets.inventory(RECORDS, RetentionPolicy(RULES, settings)))

    assert [table.name for table in ALL if f"`{table.name}`" not in printed] == []
    assert [rule.word for rule in RULES.values() if f"`{rule.word}`" not in printed] == []
    assert printed.count("\n| `") >= sum(len(table.columns) for table in ALL)
    assert printed.index("个人信息清单") < printed.index("Data inventory")


def test_the_assessment_sheet_shows_what_is_personal_and_leaves_room_for_judgement(settings: Settings) -> None:
    printed = "\n".join(sheets.assessment(RECORDS, RetentionPolicy(RULES, settings)))

    assert "| 经同意保存的签到位置 `visit_position` | 个人信息、敏感个人信息 |" in printed
    assert all(f"`{purpose.value}`" in printed for purpose in ConsentPurpose)
    assert "由评估人填写" in printed
    assert "`relay`" not in printed
