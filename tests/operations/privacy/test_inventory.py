"""The inventory is complete: every table has a record, every column a data class."""

import pytest
import sqlalchemy as sa

from schemas.identity.people import ConsentPurpose
from service.domains import DOMAINS
from service.foundation.columns import DataClass, Encrypted
from service.foundation.manifest.records import Basis
from service.foundation.settings import Settings
from service.operations.privacy import sheets
from service.operations.privacy.inventory import data_class_of, identifies_person
from service.operations.privacy.retention import RetentionPolicy
from service.tables import METADATA

TABLES = METADATA.sorted_tables
RECORDS, RULES = DOMAINS.records, DOMAINS.retention


def test_every_table_has_exactly_one_record() -> None:
    assert len(TABLES) > 25
    assert {table.name for table in TABLES} == RECORDS.keys(), "declare the table in the manifest of its domain"


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_every_column_has_data_class_and_contacts_are_encrypted(table: sa.Table) -> None:
    kinds = {column.name: data_class_of(column) for column in table.columns}

    encrypted = {column.name for column in table.columns if isinstance(column.type, Encrypted)}
    assert {kinds[name] for name in encrypted} <= {DataClass.CONTACT, DataClass.SECRET}
    assert {name for name, kind in kinds.items() if kind is DataClass.CONTACT} <= encrypted


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_every_person_column_is_exported_or_has_reason(table: sa.Table) -> None:
    person_columns = {column.name for column in table.columns if identifies_person(column)}
    record = RECORDS[table.name]

    assert person_columns - {*record.own, *record.others} == set()
    assert {*record.own, *record.others} - {column.name for column in table.columns} == set()
    assert all(len(reason) > 10 for reason in record.others.values())


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_personal_data_has_legal_basis_and_known_retention_rules(table: sa.Table) -> None:
    record = RECORDS[table.name]
    personal = {data_class_of(column) for column in table.columns} & {
        DataClass.PERSONAL,
        DataClass.SENSITIVE,
        DataClass.CONTACT,
    }

    assert not (personal and record.basis is Basis.NOTHING), "declare the legal basis of the table"
    assert [word for word in record.retention if word not in RULES] == []


def test_every_retention_rule_is_listed_in_record_of_its_table() -> None:
    assert [rule.word for rule in RULES.values() if rule.word not in RECORDS[rule.table].retention] == []


def test_column_without_data_class_raises_key_error() -> None:
    table = sa.Table("person", sa.MetaData(), sa.Column("id", sa.Uuid, primary_key=True), sa.Column("diary", sa.Text))

    with pytest.raises(KeyError, match=r"person\.diary"):
        data_class_of(table.c.diary)


def test_inventory_sheet_shows_every_table_column_and_rule(settings: Settings) -> None:
    printed = "\n".join(sheets.inventory(RECORDS, RetentionPolicy(RULES, settings)))

    assert [table.name for table in TABLES if f"`{table.name}`" not in printed] == []
    assert [rule.word for rule in RULES.values() if f"`{rule.word}`" not in printed] == []
    assert printed.count("\n| `") >= sum(len(table.columns) for table in TABLES)
    assert printed.index("个人信息清单") < printed.index("Data inventory")


def test_assessment_sheet_shows_personal_data_and_open_questions(settings: Settings) -> None:
    printed = "\n".join(sheets.assessment(RECORDS, RetentionPolicy(RULES, settings)))

    assert "| 经同意保存的签到位置 `visit_position` | 个人信息、敏感个人信息 |" in printed
    assert all(f"`{purpose.value}`" in printed for purpose in ConsentPurpose)
    assert "由评估人填写" in printed
    assert "`relay`" not in printed
