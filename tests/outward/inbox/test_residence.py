"""Inbox items of residence reports, also by webhook."""

import asyncio

from sqlmodel.ext.asyncio.session import AsyncSession

from service.outward.webhooks.leases import DeliveryTools
from tests.conftest import Caller
from tests.operations.worker.conftest import RunRelay, drain
from tests.outward.inbox.conftest import kinds_about
from tests.outward.webhooks.receiver import a_receiver
from tests.outward.webhooks.webhook_bench import WebhookBench
from tests.residence.reports.conftest import BASED_ON_1, World, divisions, tools, world

__all__ = ["divisions", "tools", "world"]


async def test_report_is_in_the_inbox_of_its_secretary_only(
    world: World, run_relay: RunRelay, session: AsyncSession
) -> None:
    url = await world.report()
    await drain(run_relay, session)
    before = [await kinds_about(reader, url) for reader in (world.secretary, world.secretary_elsewhere, world.phone)]

    await world.confirm(url)
    await drain(run_relay, session)

    assert before == [["residence_report_to_confirm"], [], []]
    assert await kinds_about(world.secretary, url) == []


async def test_returned_report_is_in_the_inbox_of_the_member_until_a_new_one(
    world: World, run_relay: RunRelay, session: AsyncSession
) -> None:
    url = await world.report()
    await world.secretary.put(f"{url}/return", json={"reason": "查无此人"}, headers=BASED_ON_1)
    await drain(run_relay, session)
    before = [await kinds_about(reader, url) for reader in (world.phone, world.secretary)]

    again = await world.report(world.elsewhere)
    await drain(run_relay, session)

    assert before == [["residence_report_returned"], []]
    assert await kinds_about(world.phone, url) == []
    assert await kinds_about(world.secretary_elsewhere, again) == ["residence_report_to_confirm"]


async def test_webhook_of_the_community_links_to_its_items_only(
    world: World, tools: DeliveryTools, run_relay: RunRelay, session: AsyncSession
) -> None:
    bench = WebhookBench(tools, tools.clock)
    async with a_receiver() as receiver:
        await bench.endpoint(receiver.url, world.branch.id, event_names=["inbox_item.opened", "inbox_item.closed"])
        await bench.endpoint(receiver.url, world.elsewhere.id, event_names=["inbox_item.opened"])
        url = await world.report()
        await drain(run_relay, session)
        await world.confirm(url)
        await drain(run_relay, session)
        async with asyncio.timeout(10):
            while len(receiver.received) < 2:
                await bench.drain()

    messages = [request.message for request in receiver.received]
    assert [message["type"] for message in messages] == ["inbox_item.opened", "inbox_item.closed"]
    assert {(message["data"]["kind"], message["data"]["about_id"]) for message in messages} == {
        ("residence_report_to_confirm", url[-36:])
    }
    assert (await read(world.secretary, messages[0]["data"]["link"])) is not None
    assert (await read(world.secretary_elsewhere, messages[0]["data"]["link"])) is None


async def read(caller: Caller, link: str) -> str | None:
    """The link of the item, or None if the caller may not read it."""
    answer = await caller.get("/v1" + link.partition("/v1")[2])
    return str(answer.json()["link"]) if answer.status_code == 200 else None
