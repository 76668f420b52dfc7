"""Issues: stored as values, with their sentence in both languages."""

import json
from datetime import date

from schemas.identity.organisations import OrganisationKind, Role
from service.identity.tree.errors import RoleNotGrantable
from service.operations.imports.issues import ImportIssue, IssueCode, sentence


def test_issue_is_stored_as_values_and_printed_with_labels() -> None:
    issue = ImportIssue(IssueCode.KIND_CHANGED, row=7, recorded=OrganisationKind.BRANCH)

    stored = json.loads(json.dumps(issue.as_json("kind")))

    assert (stored["column"], stored["code"], stored["facts"]) == (
        "kind",
        "import.kind_changed",
        {"recorded": "branch"},
    )
    assert "“党支部”" in sentence(stored, "zh-CN")
    assert "the kind branch" in sentence(stored, "en")


def test_issue_with_list_or_date_is_formatted_in_both_languages() -> None:
    choice = ImportIssue(IssueCode.CHOICE_UNKNOWN, value="党小组长", known=list(Role)[:2]).as_json()
    start = ImportIssue(IssueCode.START_DIFFERS, recorded=date(2026, 1, 2)).as_json()

    assert choice["facts"]["known"] == ["member", "cadre"]
    assert "党员、干部" in sentence(choice, "zh-CN")
    assert "member, cadre" in sentence(choice, "en")
    assert start["facts"] == {"recorded": "2026-01-02"}
    assert "2026年1月2日" in sentence(start, "zh-CN")


def test_issue_of_domain_error_has_sentence_of_that_error() -> None:
    error = RoleNotGrantable(role=Role.SYSTEM_ADMINISTRATOR)

    stored = ImportIssue.of(error).as_json("role")

    assert sentence(stored, "zh-CN") == error.sentence("zh-CN")
    assert sentence(stored, "en") == error.sentence("en")


def test_value_in_issue_is_shortened_and_escaped() -> None:
    issue = ImportIssue(IssueCode.CODE_MALFORMED, value="\x1b[2J" + "8" * 100)

    assert "\x1b" not in issue.sentence("en")
    assert issue.facts["value"].endswith("…")


def test_issue_of_later_version_is_shown_as_code() -> None:
    assert sentence({"column": None, "code": "import.not_known_yet", "facts": {}}, "zh-CN") == "import.not_known_yet"
