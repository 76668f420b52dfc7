"""No app activity (DESIGN §2.1): nothing of the negative list is stored, computed or exported."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from routers.app import document
from schemas.events import CATALOGUE, EventName
from schemas.operations.imports import RowOutcome
from service.identity.local_rules.catalogue import CATALOGUE as LOCAL_RULES
from service.judgement.assessments.indicators import INDICATORS
from service.operations.imports.results import FIELDS_ZH, HEADINGS
from service.operations.imports.targets import TARGETS
from service.tables import METADATA
from tests.architecture.negative_list import found_in, is_forbidden

PAGES = Path(__file__).parents[2] / "routers" / "pages"
PAGE_FILES = sorted(path for path in PAGES.rglob("*") if path.suffix in {".py", ".html", ".css", ".js"})
ALLOWED = {
    "visit.record_open_days": "days during which the author may still edit the record of a visit",
}
"""Allowed names that only look forbidden → reason."""
ALLOWED_IN_TEXTS = {
    "First install an authenticator": "an instruction to the user; the system counts nothing",
}
"""Allowed sentences → reason. They are removed before a text is checked."""


def names_in(node: Any) -> Iterator[str]:
    """Yield keys, enum values, references and parameter names of the document, without prose."""
    if isinstance(node, dict):
        for key, value in node.items():
            yield key
            if key in {"name", "operationId", "title", "const"} and isinstance(value, str):
                yield value.replace(" ", "_")
            if key == "enum":
                yield from map(str, value)
            yield from names_in(value)
    elif isinstance(node, list):
        for item in node:
            yield from names_in(item)


def test_openapi_names_no_app_activity() -> None:
    names = set(names_in(document()))

    assert {"/v1/visits/{visit_id}", "people_met", "checked_in_at"} <= names
    assert {name for name in names if is_forbidden(name)} - set(ALLOWED) == set()


def test_tables_and_columns_store_no_app_activity() -> None:
    names = {name for table in METADATA.sorted_tables for name in (table.name, *table.columns.keys())}

    assert {"visit", "people_met"} <= names
    assert {name for name in names if is_forbidden(name)} - set(ALLOWED) == set()


def test_events_contain_no_app_activity() -> None:
    fields = {field for described in CATALOGUE.values() for field in described.payload.model_fields}
    names = fields | {event.value for event in EventName}

    assert len(names) > 50
    assert {name for name in names if is_forbidden(name)} - set(ALLOWED) == set()


def test_local_rules_require_no_app_activity() -> None:
    keys = {key.value for key in LOCAL_RULES}
    texts = [text for rule in LOCAL_RULES.values() for text in (rule.zh, rule.en, rule.source)]

    assert keys
    assert len(texts) == 3 * len(keys)
    assert {key for key in keys if is_forbidden(key)} - set(ALLOWED) == set()
    assert {text: found_in(text) for text in texts if found_in(text)} == {}


def test_import_headings_name_no_app_activity() -> None:
    columns = [column for target in TARGETS.values() for column in target.columns]
    headings = {heading for column in columns for heading in (column.field, *column.headings)}
    results = {*HEADINGS["zh-CN"], *HEADINGS["en"], *FIELDS_ZH.values(), *(outcome.zh for outcome in RowOutcome)}

    assert {"姓名", "结果"} <= headings | results
    assert {heading for heading in headings | results if is_forbidden(heading)} == set()


def test_assessment_indicators_measure_no_app_activity() -> None:
    words = {word for indicator in INDICATORS for word in (indicator.code, indicator.name, indicator.unit)}

    assert "群众确认解决的问题" in words
    assert {word for word in words if is_forbidden(word)} == set()


@pytest.mark.parametrize(
    "path",
    PAGE_FILES,
    ids=lambda path: path.name,
)
def test_pages_mention_no_app_activity(path: Path) -> None:
    text = path.read_text()
    for sentence in ALLOWED_IN_TEXTS:
        text = text.replace(sentence, "")

    assert found_in(text) == set()


def test_every_exception_still_exists_and_is_needed() -> None:
    pages = "".join(path.read_text() for path in PAGES.rglob("*.html"))

    assert set(ALLOWED) <= {*names_in(document()), *(key.value for key in LOCAL_RULES)}
    assert [sentence for sentence in ALLOWED_IN_TEXTS if sentence not in pages] == []
    assert [text for text in (*ALLOWED, *ALLOWED_IN_TEXTS) if not is_forbidden(text)] == []
    assert all({**ALLOWED, **ALLOWED_IN_TEXTS}.values())


CAUGHT = """points score visit_score ranking rankedBy /v1/leaderboard streak_days percentile online_time login_count
signInCount read_count install-quota number_of_logins active_minutes logins login_total views_count clicks visit_count
check_in_count checkin_days checkInDays active_days last_active_at usage_minutes time_online app_opens activity_level
badge medal stars grade league_table scoreboard visitCount totalLogins monthly_active_users opens_total
积分 走访排名 打卡次数 活跃度 在线时长 登录次数 点击量 星级评定 连续打卡 排行榜 得分 勋章"""
FREE = """contact_points people_met children limit frank endpoint endpoints entry_point Point attempts
consecutive_failures upgraded discoverable starts_on restart reinstalled_at_home read_at open_problems
rating visits check_in upload opened_at last_used_at active state counted days
走访 签到 登录 满意度 排查 评价 次数 重点 数量"""


@pytest.mark.parametrize("name", CAUGHT.split())
def test_forbidden_name_is_detected(name: str) -> None:
    assert is_forbidden(name)


@pytest.mark.parametrize("name", FREE.split())
def test_allowed_name_passes(name: str) -> None:
    assert not is_forbidden(name)


@pytest.mark.parametrize(("text", "caught"), [("打卡次数最多", "打卡次数"), ("See the league table", "league_table")])
def test_forbidden_word_in_a_text_is_detected(text: str, caught: str) -> None:
    assert found_in(text) == {caught}
