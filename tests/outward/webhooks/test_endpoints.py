"""Create, change, enable and disable endpoints: rights, responses, events and access-log lines."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import psycopg
import pytest
import svix
import time_machine
from pydantic import HttpUrl

from schemas.events import EventName
from schemas.foundation.common import PageQuery
from schemas.outward.webhooks import DeliveryQuery, EndpointCreate, EndpointState, EndpointUpdate
from service.foundation.db import transaction
from service.foundation.errors import ContentDiffers, NotFound, VersionStale
from service.foundation.ids import new_id
from service.identity.access.actor import Actor
from service.identity.access.errors import NotPermitted, OrganisationNotFound
from service.identity.access.permissions import Permission
from service.outward.webhooks import queries
from service.outward.webhooks.actions.change import change_endpoint
from service.outward.webhooks.actions.create import create_endpoint
from service.outward.webhooks.actions.secrets import add_secret
from service.outward.webhooks.errors import EndpointNotFound, EventNotOutward, TooManySecrets, UrlNotHttps
from service.outward.webhooks.tables import Endpoint
from tests.outward.webhooks.receiver import a_receiver
from tests.outward.webhooks.webhook_bench import ENDED, WebhookBench

NOWHERE = "http://127.0.0.1:1/"


def endpoint_request(organisation_id: UUID, url: str = NOWHERE, *names: EventName) -> EndpointCreate:
    return EndpointCreate(organisation_id=organisation_id, url=HttpUrl(url), event_names=list(names or (ENDED,)))


async def create(
    bench: WebhookBench, actor: Actor, endpoint_id: UUID, body: EndpointCreate, **settings: Any
) -> tuple[Endpoint, str | None]:
    async with transaction(bench.engine) as session:
        return await create_endpoint(
            session,
            actor,
            endpoint_id,
            body,
            request_fingerprint=bench.keys.fingerprint(body.model_dump(mode="json")),
            settings=bench.tools.settings.model_copy(update=settings),
            keys=bench.keys,
        )


async def change(bench: WebhookBench, actor: Actor, endpoint_id: UUID, url: str, expected_version: int) -> Endpoint:
    body = EndpointUpdate(url=HttpUrl(url), event_names=[ENDED])
    async with transaction(bench.engine) as session:
        return await change_endpoint(
            session, actor, endpoint_id, body, expected_version=expected_version, settings=bench.tools.settings
        )


async def rotate_secret(bench: WebhookBench, actor: Actor, endpoint_id: UUID) -> str:
    async with transaction(bench.engine) as session:
        _, secret = await add_secret(session, actor, endpoint_id, keys=bench.keys)
        return secret


async def events_of(bench: WebhookBench, endpoint_id: UUID) -> list[str]:
    statement = "SELECT name FROM event WHERE subject_id = %(id)s ORDER BY id"
    return [row["name"] for row in await bench.tools.pool.rows(statement, {"id": endpoint_id})]


def logged_actions(bench: WebhookBench, endpoint_id: UUID) -> list[str]:
    with psycopg.connect(bench.tools.settings.owner_database_url) as connection:
        rows = connection.execute("SELECT action FROM access_log WHERE subject_id = %s ORDER BY id", [endpoint_id])
        return [row[0] for row in rows]


async def test_create_endpoint_repeated_returns_the_same_without_secret(bench: WebhookBench) -> None:
    actor, endpoint_id = await bench.secretary(await bench.organisation()), new_id()
    body = endpoint_request(await _organisation_of(bench, actor))

    first, secret = await create(bench, actor, endpoint_id, body)
    second, no_secret = await create(bench, actor, endpoint_id, body)

    assert secret is not None
    assert secret.startswith("whsec_")
    assert no_secret is None
    assert (first.id, first.version) == (second.id, second.version)
    assert await events_of(bench, endpoint_id) == ["endpoint.created"]
    assert logged_actions(bench, endpoint_id) == ["endpoint.created"]


async def test_secret_is_stored_encrypted(bench: WebhookBench) -> None:
    actor, endpoint_id = await bench.secretary(await bench.organisation()), new_id()

    _, secret = await create(bench, actor, endpoint_id, endpoint_request(await _organisation_of(bench, actor)))

    [row] = await bench.tools.pool.rows(
        "SELECT secret FROM endpoint_secret WHERE endpoint_id = %(id)s", {"id": endpoint_id}
    )
    assert secret is not None
    assert secret.removeprefix("whsec_").encode() not in row["secret"]
    assert bench.keys.decrypt(row["secret"], "endpoint_secret.secret") == secret


async def test_create_endpoint_with_a_used_id_is_refused(bench: WebhookBench) -> None:
    actor, endpoint_id = await bench.secretary(await bench.organisation()), new_id()
    stranger = await bench.secretary(await bench.organisation())
    await create(bench, actor, endpoint_id, endpoint_request(await _organisation_of(bench, actor)))

    with pytest.raises(ContentDiffers):
        await create(
            bench, actor, endpoint_id, endpoint_request(await _organisation_of(bench, actor), "http://127.0.0.1:2/")
        )
    with pytest.raises(NotFound):
        await create(bench, stranger, endpoint_id, endpoint_request(await _organisation_of(bench, stranger)))


async def test_create_endpoint_with_forbidden_event_or_url_is_refused(bench: WebhookBench) -> None:
    actor = await bench.secretary(await bench.organisation())
    organisation_id = await _organisation_of(bench, actor)

    with pytest.raises(EventNotOutward):
        await create(bench, actor, new_id(), endpoint_request(organisation_id, NOWHERE, EventName.VISIT_CHECKED_IN))
    with pytest.raises(UrlNotHttps):
        await create(
            bench, actor, new_id(), endpoint_request(organisation_id, "http://example.cn/"), environment="production"
        )


async def test_endpoint_of_another_organisation_is_not_found(bench: WebhookBench) -> None:
    endpoint = await bench.endpoint(NOWHERE)
    stranger = await bench.secretary(await bench.organisation())

    with pytest.raises(OrganisationNotFound):
        await create(bench, stranger, new_id(), endpoint_request(endpoint.organisation_id))
    with pytest.raises(EndpointNotFound):
        await change(bench, stranger, endpoint.id, "http://127.0.0.1:2/", 1)
    with pytest.raises(EndpointNotFound):
        await rotate_secret(bench, stranger, endpoint.id)
    reader = await bench.secretary(await bench.organisation(), Permission.ENDPOINT_READ)
    async with transaction(bench.engine) as session:
        with pytest.raises(EndpointNotFound):
            await queries.read_endpoint(session, reader, endpoint.id)
        assert (await queries.list_endpoints(session, reader, PageQuery())).rows == []


async def test_service_client_reads_its_endpoint_but_cannot_change_it(bench: WebhookBench) -> None:
    endpoint = await bench.endpoint(NOWHERE)
    reading = Actor(new_id(), endpoint.organisation_id, Permission.ENDPOINT_READ, bench.clock.now)
    writing = Actor(new_id(), endpoint.organisation_id, Permission.ENDPOINT_WRITE, bench.clock.now)

    async with transaction(bench.engine) as session:
        assert (await queries.read_endpoint(session, reading, endpoint.id)).id == endpoint.id
    with pytest.raises(NotPermitted):
        await rotate_secret(bench, writing, endpoint.id)


async def test_change_endpoint_with_a_stale_version_is_refused(bench: WebhookBench) -> None:
    endpoint = await bench.endpoint(NOWHERE)
    actor = await bench.secretary(endpoint.organisation_id)

    changed = await change(bench, actor, endpoint.id, "http://127.0.0.1:2/", 1)
    with pytest.raises(VersionStale) as refusal:
        await change(bench, actor, endpoint.id, "http://127.0.0.1:3/", 1)

    assert (changed.url, changed.version) == ("http://127.0.0.1:2/", 2)
    assert refusal.value.facts == {"current_version": 2}
    assert await events_of(bench, endpoint.id) == ["endpoint.changed"]


async def test_change_of_url_sends_the_queued_deliveries_at_once(bench: WebhookBench) -> None:
    async with a_receiver() as receiver:
        endpoint = await bench.endpoint(NOWHERE)
        events = await bench.publish(endpoint.organisation_id, [new_id() for _ in range(8)])
        await bench.drain()
        assert (await bench.read(endpoint)).paused_until is not None

        await change(bench, await bench.secretary(endpoint.organisation_id), endpoint.id, receiver.url, 1)
        await bench.drain()

    assert receiver.ids() == events


async def test_old_secret_verifies_for_24_hours_after_rotation(
    bench: WebhookBench,
) -> None:
    organisation_id = await bench.organisation()
    actor = await bench.secretary(organisation_id)
    async with a_receiver() as receiver:
        endpoint, old = await create(bench, actor, new_id(), endpoint_request(organisation_id, receiver.url))
        new = await rotate_secret(bench, actor, endpoint.id)
        bench.clock.move(hours=23)
        await bench.publish(organisation_id, [new_id()])
        await bench.drain()
        bench.clock.move(hours=2)
        await bench.publish(organisation_id, [new_id()])
        await bench.drain()

    during, after = receiver.received
    assert old is not None
    with time_machine.travel(bench.clock.now - timedelta(hours=2), tick=False):
        svix.Webhook(old).verify(during.body, during.headers)
        svix.Webhook(new).verify(during.body, during.headers)
    with time_machine.travel(bench.clock.now, tick=False):
        svix.Webhook(new).verify(after.body, after.headers)
        with pytest.raises(svix.webhooks.WebhookVerificationError):
            svix.Webhook(old).verify(after.body, after.headers)


async def test_add_secret_deletes_expired_ones_and_limits_live_ones(bench: WebhookBench) -> None:
    endpoint = await bench.endpoint(NOWHERE)
    for _ in range(9):
        await rotate_secret(bench, await bench.secretary(endpoint.organisation_id), endpoint.id)

    with pytest.raises(TooManySecrets):
        await rotate_secret(bench, await bench.secretary(endpoint.organisation_id), endpoint.id)
    bench.clock.move(hours=25)
    await rotate_secret(bench, await bench.secretary(endpoint.organisation_id), endpoint.id)

    row = await bench.tools.pool.rows("SELECT 1 FROM endpoint_secret WHERE endpoint_id = %(id)s", {"id": endpoint.id})
    assert len(row) == 2


async def test_disable_and_enable_repeated_record_one_event_each(bench: WebhookBench) -> None:
    endpoint = await bench.endpoint(NOWHERE)

    for _ in range(2):
        await bench.disable(endpoint)
    assert (await bench.read(endpoint)).state is EndpointState.DISABLED
    for _ in range(2):
        await bench.enable(endpoint)

    assert (await bench.read(endpoint)).state is EndpointState.ACTIVE
    assert await events_of(bench, endpoint.id) == ["endpoint.disabled", "endpoint.enabled"]
    assert logged_actions(bench, endpoint.id) == ["endpoint.disabled", "endpoint.enabled"]


async def test_endpoint_and_delivery_lists_are_paged_newest_first(bench: WebhookBench) -> None:
    organisation_id = await bench.organisation()
    endpoints = []
    for _ in range(3):
        bench.clock.move(seconds=1)
        endpoints.append(await bench.endpoint(NOWHERE, organisation_id))
    events = await bench.publish(organisation_id, [new_id() for _ in range(5)])
    reader = await bench.secretary(organisation_id, Permission.ENDPOINT_READ)

    async with transaction(bench.engine) as session:
        first = await queries.list_endpoints(session, reader, PageQuery(limit=2))
        rest = await queries.list_endpoints(session, reader, PageQuery(limit=2, cursor=first.next_cursor))
        newest = await queries.list_deliveries(session, reader, endpoints[0].id, DeliveryQuery(limit=3))
        oldest = await queries.list_deliveries(
            session, reader, endpoints[0].id, DeliveryQuery(limit=3, cursor=newest.next_cursor)
        )

    assert [row.id for row in (*first.rows, *rest.rows)] == [row.id for row in reversed(endpoints)]
    assert [row.event_id for row in (*newest.rows, *oldest.rows)] == events[::-1]
    assert rest.next_cursor is None
    assert oldest.next_cursor is None


async def _organisation_of(bench: WebhookBench, actor: Actor) -> UUID:
    rows = await bench.tools.pool.rows("SELECT organisation_id FROM posting WHERE person_id = %(id)s", {"id": actor.id})
    organisation_id: UUID = rows[0]["organisation_id"]
    return organisation_id
