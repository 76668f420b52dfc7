"""Who reads which inbox, in which order; the right ends with the posting; what is done goes after its time."""

from datetime import timedelta
from uuid import UUID

import httpx
import pytest
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.foundation.manifest import InboxKind
from schemas.identity.organisations import Role
from service.domains import DOMAINS
from service.foundation.ids import new_id
from service.identity.auth.tokens import Principal
from service.identity.tree.tables import Posting
from service.outward.inbox.tables import InboxItem
from tests import build
from tests.build.county import County, county, somebody
from tests.conftest import START, Caller, FakeClock, caller
from tests.operations.privacy.conftest import Purge, purge
from tests.outward.inbox.conftest import URL, inbox

__all__ = ["county", "purge"]


async def items(session: AsyncSession, *said: dict[str, object]) -> list[str]:
    """Items as they were opened, and their ids."""
    rows = []
    for number, one in enumerate(said):
        opened_at = START + timedelta(minutes=number)
        ids = {"subject_id": new_id(), "about_id": new_id()}
        row = InboxItem(**{"id": new_id(), "kind": "promise_to_keep", "opened_at": opened_at} | ids | one)
        rows.append(row)
    session.add_all(rows)
    await session.commit()
    return [str(row.id) for row in rows]


async def listed(caller_: Caller, **wanted: str) -> list[str]:
    return [item["id"] for item in await inbox(caller_, **wanted)]


async def test_what_is_due_soonest_stands_first_and_what_has_no_day_last(
    county: County, session: AsyncSession, api: Caller
) -> None:
    mine = {"person_id": county.cadre.id}
    due = [START + timedelta(days=days) for days in (3, -1)]
    ids = await items(session, mine | {"due_at": due[0]}, mine, mine | {"due_at": due[1]})

    by_due = await listed(api.as_(county.cadre))
    newest = await listed(api.as_(county.cadre), order="newest")

    assert by_due == [ids[2], ids[0], ids[1]]
    assert newest == ids[::-1]


@pytest.mark.parametrize("order", ["due", "newest"])
async def test_page_by_page_everything_is_shown_once(
    county: County, session: AsyncSession, api: Caller, order: str
) -> None:
    mine = {"person_id": county.cadre.id}
    same = {"due_at": START, "opened_at": START}
    ids = await items(session, *[mine | same for _ in range(3)], mine, mine)
    phone, shown, cursor = api.as_(county.cadre), [], None

    while True:
        answer = await phone.get(URL, params={"limit": 2, "order": order} | ({"cursor": cursor} if cursor else {}))
        shown += [item["id"] for item in answer.json()["items"]]
        cursor = answer.json()["next_cursor"]
        if cursor is None:
            break

    assert sorted(shown) == sorted(ids)


async def test_an_organisations_item_is_for_whoever_holds_the_right_there_now(
    county: County, session: AsyncSession, api: Caller
) -> None:
    handler = await somebody(session, Role.HANDLER, county.town)
    beside = await somebody(session, Role.HANDLER, county.beside)
    (item_id,) = await items(session, {"kind": "problem_to_accept", "organisation_id": county.town.id})

    assert await listed(api.as_(handler)) == [item_id]
    assert await listed(api.as_(handler), organisation_id=str(county.town.id)) == [item_id]
    assert await listed(api.as_(handler), organisation_id=str(county.beside.id)) == []
    for other in (beside, county.cadre, county.officer, county.administrator):
        assert await listed(api.as_(other)) == []


async def test_the_right_to_an_item_ends_with_the_posting(county: County, session: AsyncSession, api: Caller) -> None:
    handler = await build.a_person(session)
    posting: Posting = await build.a_posting(session, handler, county.town, Role.HANDLER)
    (item_id,) = await items(session, {"kind": "problem_to_accept", "organisation_id": county.town.id})
    before = await listed(api.as_(handler))

    posting.valid_until = START
    await session.commit()

    assert (before, await listed(api.as_(handler))) == ([item_id], [])
    assert (await api.as_(handler).get(f"{URL}/{item_id}")).status_code == 404


async def test_a_superior_sees_what_lies_in_reach_and_can_narrow_it(
    county: County, session: AsyncSession, api: Caller
) -> None:
    kind = {"kind": "visit_correction_to_decide"}
    ids = await items(session, *[kind | {"organisation_id": one.id} for one in (county.town, county.community)])

    assert await listed(api.as_(county.officer)) == ids
    assert await listed(api.as_(county.officer), organisation_id=str(county.community.id)) == [ids[1]]
    assert await listed(api.as_(county.officer), kind="problem_to_accept") == []


async def test_a_system_reads_the_inbox_of_its_organisation_alone(
    county: County, session: AsyncSession, api: Caller
) -> None:
    kind = {"kind": "residence_report_to_confirm"}
    ids = await items(session, *[kind | {"organisation_id": one.id} for one in (county.community, county.town)])
    token = api.resources.tokens.issue(Principal(new_id(), county.community.id), api.resources.clock())
    system = caller(api.app, api.resources, token)

    assert await listed(system) == [ids[0]]
    assert (await system.get(f"{URL}/{ids[1]}")).status_code == 404


async def test_what_was_done_is_no_longer_listed_but_its_address_still_answers(
    county: County, session: AsyncSession, api: Caller
) -> None:
    (item_id,) = await items(session, {"person_id": county.cadre.id, "closed_at": START})

    answer: httpx.Response = await api.as_(county.cadre).get(f"{URL}/{item_id}")

    assert await listed(api.as_(county.cadre)) == []
    assert answer.json()["closed_at"] == "2026-11-22T02:00:00Z"


async def test_what_was_done_goes_after_its_time_and_what_waits_stays(
    county: County, session: AsyncSession, purge: Purge, clock: FakeClock
) -> None:
    mine = {"person_id": county.cadre.id}
    done, waiting = await items(session, mine | {"closed_at": clock()}, mine)
    clock.move(days=90)
    await purge()
    on_the_day = await build.count(session, InboxItem, id=UUID(done))
    clock.move(seconds=1)

    await purge()

    assert (on_the_day, await build.count(session, InboxItem, id=UUID(done))) == (1, 0)
    assert await build.count(session, InboxItem, id=UUID(waiting)) == 1


async def test_ones_own_items_are_part_of_ones_own_data(county: County, session: AsyncSession, api: Caller) -> None:
    (mine, _) = await items(session, {"person_id": county.cadre.id}, {"person_id": county.officer.id})

    answer = await api.as_(county.cadre).get("/v1/me/data/inbox_item")

    assert [row["id"] for row in answer.json()["rows"]] == [mine]


async def test_a_garbage_cursor_and_an_unknown_kind_are_told(county: County, api: Caller) -> None:
    phone = api.as_(county.cadre)

    assert (await phone.get(URL, params={"cursor": "x"})).status_code == 400
    assert (await phone.get(URL, params={"kind": "to_be_seen"})).status_code == 422


@pytest.mark.parametrize("kind", list(DOMAINS.inbox_rules))
def test_every_kind_says_what_is_to_be_done_in_both_languages(kind: InboxKind) -> None:
    rule = DOMAINS.inbox_rules[kind]

    assert rule.zh.endswith("。")
    assert rule.en.endswith(".")
    assert not rule.path.startswith("/")
