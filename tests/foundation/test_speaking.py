"""A failure's facts are said as people say them; the facts themselves stay as they are."""

import pytest

from service.fieldwork.promises.errors import PromiseOver
from service.fieldwork.visits.errors import CorrectionDecided, VisitAlreadyEnded
from service.foundation.errors import DomainError
from service.ground.places.errors import AreaUnusable
from service.identity.access.errors import NotPermitted
from service.identity.tree.errors import LinkDoesNotFit
from service.solving.problems.errors import NotPossible


@pytest.mark.parametrize(
    ("failure", "expected"),
    [
        (VisitAlreadyEnded(checked_out_at="2026-11-25T22:13:00+00:00"), "2026年11月26日 06:13"),
        (VisitAlreadyEnded(checked_out_at="2026-11-25T22:13:00.123456Z"), "2026年11月26日 06:13"),
        (PromiseOver(state="kept"), "已兑现"),
        (CorrectionDecided(state="refused"), "未采纳"),
        (NotPossible(state="accepted", verb="dispatch", possible="answer、close"), "现在可以：答复、办结"),
        (NotPermitted(permission="visit:write"), "“登记走访”"),
        (AreaUnusable(reason="Ring Self-intersection[118.78 32.05]"), "边线与自身相接（118.78 32.05）"),
        (AreaUnusable(reason="first and last corner differ"), "首尾两点不同"),
        (
            LinkDoesNotFit(
                kind="guides", from_kind="organ", to_kind="branch", fits="branch → organ, enterprise; organ → organ"
            ),
            "党支部 → 机关、企业；机关 → 机关",
        ),
    ],
    ids=lambda one: getattr(one, "code", ""),
)
def test_words_and_moments_are_spoken_in_chinese_only(failure: DomainError, expected: str) -> None:
    facts = dict(failure.facts)

    assert expected in failure.sentence("zh-CN")
    assert failure.facts == facts
    assert all(str(fact) in failure.sentence("en") for fact in facts.values())


def test_a_word_nobody_has_named_yet_is_shown_as_it_is() -> None:
    assert "postponed" in PromiseOver(state="postponed").sentence("zh-CN")
