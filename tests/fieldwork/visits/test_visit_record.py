"""Record of a visit: its texts and linked records, in one request and one transaction."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.identity.organisations import Role
from service.fieldwork.insights.tables import Insight
from service.fieldwork.promises.tables import Promise
from service.foundation.ids import new_id
from service.solving.problems.tables import Problem, ProblemCategory
from tests import build
from tests.build.county import somebody
from tests.conftest import Caller, FakeClock
from tests.fieldwork.visits.conftest import World

RECORD = {"purpose": "station", "people_met": 6, "heard": "路灯不亮", "done": "联系了物业"}
BASED_ON_1 = {"If-Match": '"1"'}


@pytest.fixture
async def category_code(session: AsyncSession) -> str:
    code = f"t{new_id().hex[-12:]}"
    session.add(ProblemCategory(code=code, name="照明", respond_days=2, solve_days=10))
    await session.commit()
    return code


def full_record(category_code: str, clock: FakeClock) -> dict[str, Any]:
    due_on = (clock() + timedelta(days=7)).date().isoformat()
    return RECORD | {
        "stay": {"nights": 2, "meals_paid": 6, "labour": "帮收稻子半天"},
        "help_given": [
            {"kind": "goods", "content": "给两户困难家庭送了米和油"},
            {"kind": "service", "content": "替王大爷打电话约了家庭医生"},
        ],
        "insights": [
            {"id": str(new_id()), "kind": "opinion", "category_code": category_code, "content": "晚上太黑不敢出门"}
        ],
        "problems": [
            {
                "id": str(new_id()),
                "category_code": category_code,
                "description": "三号楼前路灯坏了两盏",
                "contact": {"name": "王大爷", "phone": "13800138000"},
            }
        ],
        "promises": [{"id": str(new_id()), "content": "周五前回话", "due_on": due_on}],
    }


async def test_record_writes_texts_and_linked_records_in_one_request(
    world: World, session: AsyncSession, visit: str, category_code: str, clock: FakeClock
) -> None:
    body = full_record(category_code, clock)

    answer = await world.phone.put(f"{visit}/record", json=body, headers=BASED_ON_1)

    assert answer.status_code == 200, answer.text
    assert (answer.json()["stay"], answer.json()["help_given"]) == (body["stay"], body["help_given"])
    (link,) = answer.json()["links"]
    assert "/p/" in link["link"]
    for table, part in ((Insight, "insights"), (Problem, "problems"), (Promise, "promises")):
        row = await session.get_one(table, UUID(body[part][0]["id"]))
        assert (row.visit_id, row.place_id) == (UUID(visit[-36:]), world.place.id)


async def test_repeated_record_adds_nothing_and_returns_a_working_link(
    world: World, session: AsyncSession, visit: str, category_code: str, clock: FakeClock
) -> None:
    body = full_record(category_code, clock)
    await world.phone.put(f"{visit}/record", json=body, headers=BASED_ON_1)

    again = await world.phone.put(f"{visit}/record", json=body, headers=BASED_ON_1)

    assert (again.status_code, again.json()["version"]) == (200, 2)
    (link_out,) = again.json()["links"]
    assert (await world.phone.get("/p/" + link_out["link"].rsplit("/", 1)[1])).status_code == 200
    assert await build.count(session, Problem, visit_id=UUID(visit[-36:])) == 1


async def test_changed_record_keeps_the_existing_link_valid(
    world: World, visit: str, category_code: str, clock: FakeClock
) -> None:
    body = full_record(category_code, clock)
    first = await world.phone.put(f"{visit}/record", json=body, headers=BASED_ON_1)

    changed = await world.phone.put(
        f"{visit}/record", json=body | {"done": "补记一笔"}, headers={"If-Match": first.headers["etag"]}
    )

    assert (changed.status_code, changed.json()["links"][0]["link"]) == (200, None)
    token = first.json()["links"][0]["link"].rsplit("/", 1)[1]
    assert (await world.phone.get(f"/p/{token}")).status_code == 200


async def test_help_is_null_before_the_record_and_empty_without_help(world: World, visit: str) -> None:
    before = (await world.phone.get(visit)).json()

    after = (await world.phone.put(f"{visit}/record", json=RECORD, headers=BASED_ON_1)).json()

    assert (before["help_given"], after["help_given"]) == (None, [])


@pytest.mark.parametrize(
    ("help_given", "where"),
    [
        ([{"kind": "score", "content": "加分"}], "body.help_given.0.kind"),
        ([{"kind": "money", "content": " "}], "body.help_given.0.content"),
        ([{"kind": "money", "content": "慰问金", "for": "王大爷"}], "body.help_given.0.for"),
        ([{"kind": "goods", "content": "大米"}] * 21, "body.help_given"),
    ],
)
async def test_invalid_help_is_refused_with_the_name_of_the_field(
    world: World, visit: str, help_given: Any, where: str
) -> None:
    body = RECORD | {"help_given": help_given}

    answer = await world.phone.put(f"{visit}/record", json=body, headers=BASED_ON_1)

    assert (answer.status_code, answer.json()["errors"][0]["where"]) == (422, where)


async def test_record_with_one_invalid_part_writes_nothing(
    world: World, session: AsyncSession, visit: str, category_code: str, clock: FakeClock
) -> None:
    body = full_record(category_code, clock)
    body["promises"][0]["due_on"] = "2020-01-01"

    answer = await world.phone.put(f"{visit}/record", json=body, headers=BASED_ON_1)

    assert (answer.status_code, answer.json()["code"]) == (422, "promise.due_before_given")
    assert (await world.phone.get(visit)).json()["purpose"] is None
    assert await build.count(session, Insight, visit_id=UUID(visit[-36:])) == 0


async def test_record_with_thousands_of_insights_is_refused(world: World, visit: str) -> None:
    insight = {"id": str(new_id()), "kind": "opinion", "category_code": "x", "content": "同样的话"}

    many = await world.phone.put(f"{visit}/record", json=RECORD | {"insights": [insight] * 5_000}, headers=BASED_ON_1)
    too_many = await world.phone.put(
        f"{visit}/record", json=RECORD | {"insights": [insight] * 10_000}, headers=BASED_ON_1
    )

    assert (many.status_code, many.json()["code"]) == (422, "request.invalid")
    assert too_many.status_code in {413, 422}


async def test_record_with_unknown_purpose_is_refused(world: World, visit: str) -> None:
    answer = await world.phone.put(f"{visit}/record", json=RECORD | {"purpose": "sightseeing"}, headers=BASED_ON_1)

    assert (answer.status_code, answer.json()["code"]) == (422, "visit.purpose_unknown")


async def test_purposes_are_set_by_the_root_administrator_only(
    world: World, session: AsyncSession, api: Caller
) -> None:
    root = await build.an_organisation(session)
    administrator = api.as_(await somebody(session, Role.SYSTEM_ADMINISTRATOR, root))
    below = await build.an_organisation(session, under=root)
    local = api.as_(await somebody(session, Role.SYSTEM_ADMINISTRATOR, below))
    await session.commit()
    purpose = {"name": "抗洪救灾", "name_en": "Flood relief"}

    created = await administrator.put("/v1/visit-purposes/flood_relief", json=purpose)
    rejection = await local.put("/v1/visit-purposes/flood_relief", json=purpose | {"is_offered": False})
    list_items = (await world.phone.get("/v1/visit-purposes")).json()["items"]

    assert (created.status_code, rejection.status_code) == (200, 403)
    assert {"flood_relief", "station", "publicity"} <= {item["code"] for item in list_items}


async def test_record_more_than_ten_days_after_the_end_is_closed(
    world: World, api: Caller, visit: str, clock: FakeClock
) -> None:
    left_at = clock().isoformat()
    await world.phone.put(f"{visit}/record", json=RECORD, headers=BASED_ON_1)
    await world.phone.put(f"{visit}/check-out", json={"checked_out_at": left_at}, headers={"If-Match": '"2"'})
    clock.move(days=11)

    other = RECORD | {"people_met": 7}
    late = await api.as_(world.cadre).put(f"{visit}/record", json=other, headers={"If-Match": '"3"'})
    clock.move(days=-11)

    assert (late.status_code, late.json()["code"]) == (409, "visit.record_closed")


async def test_companion_more_than_ten_days_after_the_end_is_refused(
    world: World, session: AsyncSession, api: Caller, visit: str, clock: FakeClock
) -> None:
    companion = await somebody(session, Role.CADRE, world.organ)
    await session.commit()
    await world.phone.put(f"{visit}/record", json=RECORD, headers=BASED_ON_1)
    left_at = clock().isoformat()
    await world.phone.put(f"{visit}/check-out", json={"checked_out_at": left_at}, headers={"If-Match": '"2"'})
    clock.move(days=11)
    late = RECORD | {"companions": [str(companion.id)]}

    rejection = await api.as_(world.cadre).put(f"{visit}/record", json=late, headers={"If-Match": '"3"'})
    again = await api.as_(world.cadre).put(f"{visit}/record", json=RECORD, headers={"If-Match": '"3"'})
    clock.move(days=-11)

    assert (rejection.status_code, rejection.json()["code"]) == (409, "visit.record_closed")
    assert again.status_code == 200


async def test_text_with_a_secrecy_mark_is_refused_in_every_part(
    world: World, visit: str, category_code: str, clock: FakeClock
) -> None:
    body = full_record(category_code, clock)
    bodies = [
        {"insights": [body["insights"][0] | {"content": "机密★十年"}]},
        {"problems": [body["problems"][0] | {"description": "机密★十年"}]},
        {"promises": [body["promises"][0] | {"content": "机密★十年"}]},
        {"heard": "机密★十年"},
    ]

    answers = [await world.phone.put(f"{visit}/record", json=body | part, headers=BASED_ON_1) for part in bodies]

    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [(422, "request.invalid")] * 4


async def test_linked_records_belong_to_the_organisation_of_the_visit(
    world: World, session: AsyncSession, category_code: str, clock: FakeClock
) -> None:
    second = await build.an_organisation(session)
    owner = await somebody(session, Role.CADRE, second)
    await build.a_posting(session, world.cadre, second, Role.CADRE)
    await session.commit()
    url = f"/v1/visits/{new_id()}"
    check_in_body = {
        "place_id": str(world.place.id),
        "checked_in_at": clock().isoformat(),
        "organisation_id": str(second.id),
    }
    await world.phone.put(url, json=check_in_body)
    body = full_record(category_code, clock)
    body["promises"][0]["owner_id"] = str(owner.id)
    by_itself = {"kind": "opinion", "category_code": category_code, "content": "x"}
    by_itself |= {"place_id": str(world.place.id), "visit_id": url[-36:]}

    answer = await world.phone.put(f"{url}/record", json=body, headers=BASED_ON_1)
    alone = await world.phone.put(f"/v1/insights/{new_id()}", json=by_itself)

    assert answer.status_code == 200, answer.text
    for table, part in ((Insight, "insights"), (Problem, "problems"), (Promise, "promises")):
        row = await session.get_one(table, UUID(body[part][0]["id"]))
        assert row.organisation_id == second.id
    assert alone.json()["organisation_id"] == str(second.id)


@pytest.mark.parametrize("part", ["insights", "problems", "promises"])
async def test_linked_record_sent_alone_and_in_the_record_is_written_once(
    world: World, visit: str, category_code: str, clock: FakeClock, part: str
) -> None:
    first, second = (full_record(category_code, clock)[part][0] for _ in range(2))
    here = {"place_id": str(world.place.id), "visit_id": visit[-36:]}

    def alone(item: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        return f"/v1/{part}/{item['id']}", {name: value for name, value in item.items() if name != "id"} | here

    url, body = alone(first)
    before = await world.phone.put(url, json=body)
    recorded = await world.phone.put(f"{visit}/record", json=RECORD | {part: [first, second]}, headers=BASED_ON_1)
    url, body = alone(second)
    after = await world.phone.put(url, json=body)

    assert [item.status_code for item in (before, recorded, after)] == [201, 200, 200], after.text


async def test_companion_added_later_makes_a_new_version(world: World, session: AsyncSession, visit: str) -> None:
    companion = await somebody(session, Role.CADRE, world.organ)
    await session.commit()
    await world.phone.put(f"{visit}/record", json=RECORD, headers=BASED_ON_1)
    body = RECORD | {"companions": [str(companion.id)]}

    stale = await world.phone.put(f"{visit}/record", json=body, headers=BASED_ON_1)
    answer = await world.phone.put(f"{visit}/record", json=body, headers={"If-Match": '"2"'})

    assert (stale.status_code, answer.headers["etag"]) == (412, '"3"')
