"""Inbox lists: readers, order, paging, filters, retention."""

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


async def create_items(session: AsyncSession, *fields: dict[str, object]) -> list[str]:
    """Create items in this order and return their ids."""
    rows = []
    for number, changes in enumerate(fields):
        opened_at = START + timedelta(minutes=number)
        ids = {"subject_id": new_id(), "about_id": new_id()}
        row = InboxItem(**{"id": new_id(), "kind": "promise_to_keep", "opened_at": opened_at} | ids | changes)
        rows.append(row)
    session.add_all(rows)
    await session.commit()
    return [str(row.id) for row in rows]


async def list_ids(caller_: Caller, **filters: str) -> list[str]:
    return [item["id"] for item in await inbox(caller_, **filters)]


async def test_inbox_is_ordered_by_due_time_with_undated_items_last(
    county: County, session: AsyncSession, api: Caller
) -> None:
    mine = {"person_id": county.cadre.id}
    due = [START + timedelta(days=days) for days in (3, -1)]
    ids = await create_items(session, mine | {"due_at": due[0]}, mine, mine | {"due_at": due[1]})

    by_due = await list_ids(api.as_(county.cadre))
    newest = await list_ids(api.as_(county.cadre), order="newest")

    assert by_due == [ids[2], ids[0], ids[1]]
    assert newest == ids[::-1]


@pytest.mark.parametrize("order", ["due", "newest"])
async def test_inbox_pages_contain_every_item_once(
    county: County, session: AsyncSession, api: Caller, order: str
) -> None:
    mine = {"person_id": county.cadre.id}
    equal_times = {"due_at": START, "opened_at": START}
    ids = await create_items(session, *[mine | equal_times for _ in range(3)], mine, mine)
    phone, ids_read, cursor = api.as_(county.cadre), [], None

    while True:
        answer = await phone.get(URL, params={"limit": 2, "order": order} | ({"cursor": cursor} if cursor else {}))
        ids_read += [item["id"] for item in answer.json()["items"]]
        cursor = answer.json()["next_cursor"]
        if cursor is None:
            break

    assert sorted(ids_read) == sorted(ids)


async def test_item_of_an_organisation_is_visible_with_the_permission_only(
    county: County, session: AsyncSession, api: Caller
) -> None:
    handler = await somebody(session, Role.HANDLER, county.town)
    beside = await somebody(session, Role.HANDLER, county.beside)
    (item_id,) = await create_items(session, {"kind": "problem_to_accept", "organisation_id": county.town.id})

    assert await list_ids(api.as_(handler)) == [item_id]
    assert await list_ids(api.as_(handler), organisation_id=str(county.town.id)) == [item_id]
    assert await list_ids(api.as_(handler), organisation_id=str(county.beside.id)) == []
    for other in (beside, county.cadre, county.officer, county.administrator):
        assert await list_ids(api.as_(other)) == []


async def test_item_is_not_visible_after_the_posting_ended(county: County, session: AsyncSession, api: Caller) -> None:
    handler = await build.a_person(session)
    posting: Posting = await build.a_posting(session, handler, county.town, Role.HANDLER)
    (item_id,) = await create_items(session, {"kind": "problem_to_accept", "organisation_id": county.town.id})
    before = await list_ids(api.as_(handler))

    posting.valid_until = START
    await session.commit()

    assert (before, await list_ids(api.as_(handler))) == ([item_id], [])
    assert (await api.as_(handler).get(f"{URL}/{item_id}")).status_code == 404


async def test_inbox_of_a_superior_contains_its_reach_and_can_be_filtered(
    county: County, session: AsyncSession, api: Caller
) -> None:
    kind = {"kind": "visit_correction_to_decide"}
    ids = await create_items(
        session, *[kind | {"organisation_id": organisation.id} for organisation in (county.town, county.community)]
    )

    assert await list_ids(api.as_(county.officer)) == ids
    assert await list_ids(api.as_(county.officer), organisation_id=str(county.community.id)) == [ids[1]]
    assert await list_ids(api.as_(county.officer), kind="problem_to_accept") == []


async def test_service_client_reads_only_the_inbox_of_its_organisation(
    county: County, session: AsyncSession, api: Caller
) -> None:
    kind = {"kind": "residence_report_to_confirm"}
    ids = await create_items(
        session, *[kind | {"organisation_id": organisation.id} for organisation in (county.community, county.town)]
    )
    token = api.resources.tokens.issue(Principal(new_id(), county.community.id), api.resources.clock())
    system = caller(api.app, api.resources, token)

    assert await list_ids(system) == [ids[0]]
    assert (await system.get(f"{URL}/{ids[1]}")).status_code == 404


async def test_closed_item_is_not_listed_but_readable_by_id(county: County, session: AsyncSession, api: Caller) -> None:
    (item_id,) = await create_items(session, {"person_id": county.cadre.id, "closed_at": START})

    answer: httpx.Response = await api.as_(county.cadre).get(f"{URL}/{item_id}")

    assert await list_ids(api.as_(county.cadre)) == []
    assert answer.json()["closed_at"] == "2026-11-22T02:00:00Z"


async def test_purge_removes_closed_items_and_keeps_open_ones(
    county: County, session: AsyncSession, purge: Purge, clock: FakeClock
) -> None:
    mine = {"person_id": county.cadre.id}
    closed_id, open_id = await create_items(session, mine | {"closed_at": clock()}, mine)
    clock.move(days=90)
    await purge()
    on_the_day = await build.count(session, InboxItem, id=UUID(closed_id))
    clock.move(seconds=1)

    await purge()

    assert (on_the_day, await build.count(session, InboxItem, id=UUID(closed_id))) == (1, 0)
    assert await build.count(session, InboxItem, id=UUID(open_id)) == 1


async def test_data_export_contains_the_items_of_the_person(county: County, session: AsyncSession, api: Caller) -> None:
    (mine, _) = await create_items(session, {"person_id": county.cadre.id}, {"person_id": county.officer.id})

    answer = await api.as_(county.cadre).get("/v1/me/data/inbox_item")

    assert [row["id"] for row in answer.json()["rows"]] == [mine]


async def test_inbox_refuses_an_invalid_cursor_and_an_unknown_kind(county: County, api: Caller) -> None:
    phone = api.as_(county.cadre)

    assert (await phone.get(URL, params={"cursor": "x"})).status_code == 400
    assert (await phone.get(URL, params={"kind": "to_be_seen"})).status_code == 422


@pytest.mark.parametrize("kind", list(DOMAINS.inbox_rules))
def test_every_rule_has_a_sentence_in_both_languages(kind: InboxKind) -> None:
    rule = DOMAINS.inbox_rules[kind]

    assert rule.zh.endswith("。")
    assert rule.en.endswith(".")
    assert not rule.path.startswith("/")
