"""Facts in error sentences: labels in Chinese, values in English."""

from datetime import UTC, date, datetime

import pytest

from schemas.fieldwork.promises import PromiseState
from schemas.fieldwork.visits import VisitCorrectionState
from schemas.foundation.labels import Labelled
from schemas.identity.organisation_links import LinkKind
from schemas.identity.organisations import OrganisationKind
from schemas.solving.problems import ProblemState, ProblemVerb
from service.fieldwork.promises.errors import DueBeforeGiven, PromiseOver
from service.fieldwork.visits.errors import CorrectionDecided, VisitAlreadyEnded
from service.foundation.errors import DomainError
from service.ground.places.errors import AreaFault, AreaUnusable, label_area_fault
from service.identity.access.errors import NotPermitted
from service.identity.access.permissions import Permission
from service.identity.tree.errors import LinkDoesNotFit
from service.identity.tree.rules import must_fit_link
from service.solving.problems.errors import MoveNotPossible

MORNING = datetime(2026, 11, 25, 22, 13, tzinfo=UTC)
ANSWERING = MoveNotPossible(
    state=ProblemState.ACCEPTED, verb=ProblemVerb.DISPATCH, possible=[ProblemVerb.ANSWER, ProblemVerb.CLOSE]
)


@pytest.mark.parametrize(
    ("failure", "zh", "en"),
    [
        (VisitAlreadyEnded(checked_out_at=MORNING), "2026年11月26日 06:13", "2026-11-25 22:13 UTC"),
        (
            VisitAlreadyEnded(checked_out_at=MORNING.replace(microsecond=123456)),
            "2026年11月26日 06:13",
            "2026-11-25 22:13 UTC",
        ),
        (DueBeforeGiven(due_on=date(2026, 11, 5)), "2026年11月5日", "2026-11-05"),
        (PromiseOver(state=PromiseState.KEPT), "已兑现", "kept"),
        (CorrectionDecided(state=VisitCorrectionState.REFUSED), "未采纳", "refused"),
        (ANSWERING, "现在可以：答复、办结", "answer, close"),
        (NotPermitted(permission=Permission.VISIT_WRITE), "“登记走访”", '"write visit"'),
        (
            AreaUnusable(reason=label_area_fault("Ring Self-intersection[118.78 32.05]")),
            "边线与自身相接（118.78 32.05）",
            "Ring Self-intersection[118.78 32.05]",
        ),
        (AreaUnusable(reason=AreaFault.NOT_CLOSED), "首尾两点不同", "the first and the last point differ"),
    ],
    ids=lambda value: getattr(value, "code", ""),
)
def test_fact_is_a_label_in_chinese_and_words_in_english(failure: DomainError, zh: str, en: str) -> None:
    facts = dict(failure.facts)

    assert zh in failure.sentence("zh-CN")
    assert en in failure.sentence("en")
    assert failure.facts == facts


def test_link_error_lists_the_allowed_ends() -> None:
    with pytest.raises(LinkDoesNotFit) as refusal:
        must_fit_link(LinkKind.BELONGS_TO, OrganisationKind.ORGAN, OrganisationKind.BRANCH)

    assert "党支部/" in refusal.value.sentence("zh-CN")
    assert " → 企业/" in refusal.value.sentence("zh-CN")
    assert "branch/" in refusal.value.sentence("en")
    assert isinstance(refusal.value.facts["fits"], list)


def test_text_without_label_is_shown_unchanged() -> None:
    assert "postponed" in PromiseOver(state="postponed").sentence("zh-CN")


def test_unknown_postgis_text_is_not_shown_in_chinese() -> None:
    reason = label_area_fault("Nested shells[118.78 32.05]")

    assert reason == "Nested shells[118.78 32.05]"
    assert AreaUnusable(reason=reason).sentence("zh-CN").startswith("围栏区域不可用：图形无效（118.78 32.05）")


def test_labelled_text_equals_its_value() -> None:
    text = Labelled("visit.owner_id × 2", "走访 × 2")

    assert text == "visit.owner_id × 2"
    assert text.zh == "走访 × 2"
