"""Every presence reason has its sentences and its rule."""

from schemas.fieldwork.visits import PresenceReason
from service.fieldwork.visits.rules import RULES
from tests.fieldwork.visits.conftest import World


async def test_every_presence_reason_is_listed_with_its_rule(world: World) -> None:
    items = (await world.phone.get("/v1/presence-rules")).json()["items"]

    assert {item["reason"] for item in items} == {reason.value for reason in PresenceReason}
    assert [(item["reason"], item["effect"]) for item in items[: len(RULES)]] == [
        (rule.reason.value, rule.effect.value) for rule in RULES
    ]
    assert next(item for item in items if item["reason"] == "outside_fence")["condition"] == "gap_m > 0"


async def test_every_presence_reason_has_its_own_sentence_in_both_languages(world: World) -> None:
    items = (await world.phone.get("/v1/presence-rules")).json()["items"]

    assert len({item["zh"] for item in items}) == len({item["en"] for item in items}) == len(items)
    assert all(item["zh"].endswith("。") and item["en"].endswith(".") for item in items)
