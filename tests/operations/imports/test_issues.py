"""What is wrong with a row: stored as values, said in either language."""

import json
from datetime import date

from schemas.identity.organisations import OrganisationKind, Role
from service.identity.tree.errors import RoleNotGrantable
from service.operations.imports.issues import ImportIssue, IssueCode, sentence


def test_an_issue_is_stored_as_values_and_said_by_label() -> None:
    issue = ImportIssue(IssueCode.KIND_CHANGED, row=7, recorded=OrganisationKind.BRANCH)

    stored = json.loads(json.dumps(issue.as_json("kind")))

    assert (stored["column"], stored["code"], stored["facts"]) == (
        "kind",
        "import.kind_changed",
        {"recorded": "branch"},
    )
    assert "“党支部”" in sentence(stored, "zh-CN")
    assert "the kind branch" in sentence(stored, "en")


def test_lists_and_dates_of_an_issue_are_said_in_both_languages() -> None:
    chosen = ImportIssue(IssueCode.CHOICE_UNKNOWN, value="党小组长", known=list(Role)[:2]).as_json()
    begun = ImportIssue(IssueCode.BEGINS_OTHERWISE, recorded=date(2026, 1, 2)).as_json()

    assert chosen["facts"]["known"] == ["member", "cadre"]
    assert "党员、干部" in sentence(chosen, "zh-CN")
    assert "member, cadre" in sentence(chosen, "en")
    assert begun["facts"] == {"recorded": "2026-01-02"}
    assert "2026年1月2日" in sentence(begun, "zh-CN")


def test_a_failure_of_a_domain_is_said_as_by_hand() -> None:
    failure = RoleNotGrantable(role=Role.SYSTEM_ADMINISTRATOR)

    stored = ImportIssue.of(failure).as_json("role")

    assert sentence(stored, "zh-CN") == failure.sentence("zh-CN")
    assert sentence(stored, "en") == failure.sentence("en")


def test_a_value_of_a_file_is_cut_short_and_moves_no_cursor() -> None:
    issue = ImportIssue(IssueCode.CODE_MALFORMED, value="\x1b[2J" + "8" * 100)

    assert "\x1b" not in issue.sentence("en")
    assert issue.facts["value"].endswith("…")


def test_an_issue_of_a_later_version_shows_its_code() -> None:
    assert sentence({"column": None, "code": "import.not_known_yet", "facts": {}}, "zh-CN") == "import.not_known_yet"
