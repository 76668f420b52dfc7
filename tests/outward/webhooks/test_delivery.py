"""Deliveries: signature, content and order."""

from base64 import b64decode
from datetime import timedelta, timezone

import pytest
import standardwebhooks
import svix
import time_machine

from schemas.events import CATALOGUE, EventName
from service.domains import DOMAINS
from service.foundation.ids import new_id
from service.outward.webhooks import message
from service.outward.webhooks.signing import SECRET_COLUMN, new_secret, signed_headers
from service.outward.webhooks.tables import Endpoint
from tests.conftest import START
from tests.outward.webhooks.receiver import Received, a_receiver
from tests.outward.webhooks.webhook_bench import WebhookBench


async def secret_of(bench: WebhookBench, endpoint: Endpoint) -> str:
    rows = await bench.tools.pool.rows(
        "SELECT secret FROM endpoint_secret WHERE endpoint_id = %(id)s", {"id": endpoint.id}
    )
    return bench.keys.decrypt(rows[0]["secret"], SECRET_COLUMN)


async def test_signature_is_accepted_by_two_independent_libraries(bench: WebhookBench) -> None:
    async with a_receiver() as receiver:
        endpoint = await bench.endpoint(receiver.url)
        await bench.publish(endpoint.organisation_id, [new_id()])
        await bench.drain()

    [received] = receiver.received
    secret = await secret_of(bench, endpoint)
    with time_machine.travel(bench.clock.now, tick=False):
        assert standardwebhooks.Webhook(secret).verify(received.body, received.headers) == received.message
        svix.Webhook(secret).verify(received.body, received.headers)


def test_signature_verifies_with_each_live_secret_and_no_other() -> None:
    old, new = new_secret(), new_secret()

    headers = signed_headers([new, old], "id", START, b"{}")

    assert len(b64decode(new.removeprefix("whsec_"))) == 32
    with time_machine.travel(START, tick=False):
        for secret in (old, new):
            svix.Webhook(secret).verify(b"{}", headers)
        with pytest.raises(svix.webhooks.WebhookVerificationError):
            svix.Webhook(new_secret()).verify(b"{}", headers)


def test_signature_of_a_time_is_the_same_in_every_time_zone() -> None:
    secret, here = new_secret(), START.astimezone(timezone(timedelta(hours=8)))

    assert signed_headers([secret], "id", here, b"{}") == signed_headers([secret], "id", START, b"{}")


async def test_message_contains_ids_payload_and_link_only(bench: WebhookBench) -> None:
    visit_id = new_id()
    async with a_receiver() as receiver:
        endpoint = await bench.endpoint(receiver.url)
        [event_id] = await bench.publish(endpoint.organisation_id, [visit_id], payload={"place_id": "x"})
        await bench.drain()

    [received] = receiver.received
    assert received.message_id == event_id
    assert received.headers["content-type"] == "application/json"
    assert received.message == {
        "type": "visit.checked_out",
        "timestamp": "2026-11-22T02:00:00Z",
        "data": {
            "event_id": str(event_id),
            "subject_id": str(visit_id),
            "link": f"http://127.0.0.1:8000/v1/visits/{visit_id}",
            "place_id": "x",
        },
    }


async def test_retry_sends_the_same_body_and_message_id(bench: WebhookBench) -> None:
    async with a_receiver(lambda _: 500) as receiver:
        endpoint = await bench.endpoint(receiver.url)
        await bench.publish(endpoint.organisation_id, [new_id()])
        await bench.drain()
        bench.clock.move(seconds=6)
        await bench.drain()

    first, second = receiver.received
    assert (first.body, first.message_id) == (second.body, second.message_id)
    assert first.headers["webhook-timestamp"] != second.headers["webhook-timestamp"]


def test_message_of_every_catalogue_example_is_small() -> None:
    for name in EventName:
        body = message.build_body(
            DOMAINS.links("https://example.cn/"),
            event_id=new_id(),
            event_name=name,
            subject_id=new_id(),
            occurred_at=START,
            payload=CATALOGUE[name].example or {},
        )
        assert len(body) < 20_000


async def test_backlog_is_delivered_in_order_over_one_connection(bench: WebhookBench) -> None:
    async with a_receiver() as receiver:
        endpoint = await bench.endpoint(receiver.url)
        events = await bench.publish(endpoint.organisation_id, [new_id() for _ in range(120)])
        await bench.drain()

    assert receiver.ids() == events
    assert receiver.connections == 1
    assert set(await bench.states(endpoint)) == {"delivered"}


async def test_failing_subject_delays_only_its_own_events(bench: WebhookBench) -> None:
    stubborn, other = new_id(), new_id()

    def answer(received: Received) -> int:
        return 500 if received.subject_id == stubborn else 200

    async with a_receiver(answer) as receiver:
        endpoint = await bench.endpoint(receiver.url)
        first, _, second, _ = await bench.publish(endpoint.organisation_id, [stubborn, other, stubborn, other])
        await bench.drain()
        assert second not in receiver.ids()
        assert [request.subject_id for request in receiver.passed] == [other, other]

        receiver.answer = lambda _: 200
        bench.clock.move(seconds=6)
        await bench.drain()

    assert receiver.ids()[-2:] == [first, second]
    assert set(await bench.states(endpoint)) == {"delivered"}


async def test_last_response_is_stored_with_the_delivery(bench: WebhookBench) -> None:
    async with a_receiver(lambda _: 302) as receiver:
        receiver.headers = "Location: http://127.0.0.1:1/elsewhere\r\n"
        endpoint = await bench.endpoint(receiver.url)
        await bench.publish(endpoint.organisation_id, [new_id()])
        await bench.drain()

    [delivery] = await bench.deliveries(endpoint)
    assert (delivery.state, delivery.last_status, delivery.attempts) == ("pending", 302, 1)
    assert delivery.next_attempt_at == bench.clock.now + timedelta(seconds=5)
