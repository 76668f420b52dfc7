"""`WebhookBench`: create endpoints, publish events and run deliveries with a fake clock."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel import col, select

from schemas.events import EventName
from schemas.identity.organisations import Role
from schemas.outward.webhooks import DeliveryState, EndpointState
from service.foundation.columns import JSON, UUIDS
from service.foundation.crypto import Keys
from service.foundation.db import transaction
from service.foundation.ids import new_id
from service.identity.access.actor import Actor
from service.identity.access.permissions import Permission
from service.identity.tree.tables import Organisation
from service.outward.webhooks.actions.disable import disable_endpoint
from service.outward.webhooks.actions.enable import enable_endpoint
from service.outward.webhooks.delivery_runs import run_deliveries
from service.outward.webhooks.fan_out import fan_out
from service.outward.webhooks.leases import DeliveryTools, lease_endpoints
from service.outward.webhooks.signing import SECRET_COLUMN, new_secret
from service.outward.webhooks.tables import Delivery, Endpoint, EndpointSecret
from tests import build
from tests.conftest import FakeClock

ENDED = EventName.VISIT_CHECKED_OUT
INSERT_EVENT = sa.text(
    "INSERT INTO event (id, name, subject_id, organisation_ids, person_ids, actor_kind, occurred_at, payload, digest)"
    " VALUES (:id, :name, :subject_id, :organisation_ids, '{}', 'system', :occurred_at, :payload, '')"
).bindparams(sa.bindparam("organisation_ids", type_=UUIDS), sa.bindparam("payload", type_=JSON))
INSERT_FEED = sa.text("INSERT INTO feed (position, event_id) VALUES (:position, :event_id)")
ADVANCE_RELAY = sa.text("UPDATE relay SET position = position + :number RETURNING position")


@dataclass(frozen=True)
class WebhookBench:
    """The delivery tools of a worker, with helpers to create work for them."""

    tools: DeliveryTools
    clock: FakeClock

    @property
    def engine(self) -> AsyncEngine:
        return self.tools.engine

    @property
    def keys(self) -> Keys:
        return self.tools.keys

    async def organisation(self) -> UUID:
        async with transaction(self.engine) as session:
            return (await build.an_organisation(session)).id

    async def endpoint(self, url: str, organisation_id: UUID | None = None, **fields: Any) -> Endpoint:
        organisation_id = organisation_id or await self.organisation()
        async with transaction(self.engine) as session:
            row = Endpoint(
                **{
                    "id": new_id(),
                    "organisation_id": organisation_id,
                    "url": url,
                    "event_names": [ENDED.value],
                    "state": EndpointState.ACTIVE,
                    "created_at": self.clock.now,
                    "request_fingerprint": b"",
                }
                | fields
            )
            session.add(row)
            await session.flush()
            secret = self.keys.encrypt(new_secret(), SECRET_COLUMN)
            session.add(EndpointSecret(id=new_id(), endpoint_id=row.id, secret=secret, created_at=self.clock.now))
        return row

    async def publish(
        self, organisation_id: UUID, subjects: Sequence[UUID], name: EventName = ENDED, payload: Any = None
    ) -> list[UUID]:
        """Publish one event per subject, as the relay does: feed and fan-out. Returns the event ids."""
        events = [new_id() for _ in subjects]
        async with transaction(self.engine) as session:
            connection = await session.connection()
            last = (await connection.execute(ADVANCE_RELAY, {"number": len(subjects)})).scalar_one()
            first = last - len(subjects) + 1
            for number, (event_id, subject_id) in enumerate(zip(events, subjects, strict=True)):
                values = {
                    "id": event_id,
                    "name": name.value,
                    "subject_id": subject_id,
                    "organisation_ids": [organisation_id],
                    "occurred_at": self.clock.now,
                    "payload": payload or {"place_id": str(subject_id)},
                }
                await connection.execute(INSERT_EVENT, values)
                await connection.execute(INSERT_FEED, {"position": first + number, "event_id": event_id})
            await fan_out(session, first, last, self.clock.now)
        return events

    async def secretary(self, organisation_id: UUID, permission: Permission = Permission.ENDPOINT_WRITE) -> Actor:
        """An actor who is community secretary of the organisation."""
        async with transaction(self.engine) as session:
            person = await build.a_person(session)
            organisation = await session.get_one(Organisation, organisation_id)
            await build.a_posting(session, person, organisation, Role.COMMUNITY_SECRETARY)
        return Actor(person.id, None, permission, self.clock.now)

    async def enable(self, endpoint: Endpoint) -> None:
        actor = await self.secretary(endpoint.organisation_id)
        async with transaction(self.engine) as session:
            await enable_endpoint(session, actor, endpoint.id)

    async def disable(self, endpoint: Endpoint) -> None:
        actor = await self.secretary(endpoint.organisation_id)
        async with transaction(self.engine) as session:
            await disable_endpoint(session, actor, endpoint.id)

    async def run_due_deliveries(self) -> int:
        """Run each endpoint that is due once, at most `delivery_runs_at_once`; return how many there were."""
        leased = await lease_endpoints(self.tools, self.tools.settings.delivery_runs_at_once)
        async with asyncio.TaskGroup() as runs:
            for endpoint in leased:
                runs.create_task(run_deliveries(self.tools, endpoint))
        return len(leased)

    async def drain(self, most: int = 50) -> int:
        """Run deliveries until no endpoint is due. Returns the number of runs."""
        count = 0
        while (due := await self.run_due_deliveries()) and count < most:
            count += due
        return count

    async def read(self, endpoint: Endpoint) -> Endpoint:
        async with transaction(self.engine) as session:
            return (await session.exec(select(Endpoint).where(Endpoint.id == endpoint.id))).one()

    async def deliveries(self, endpoint: Endpoint) -> Sequence[Delivery]:
        """The deliveries of an endpoint in feed order."""
        statement = select(Delivery).where(Delivery.endpoint_id == endpoint.id).order_by(col(Delivery.position))
        async with transaction(self.engine) as session:
            return (await session.exec(statement)).all()

    async def states(self, endpoint: Endpoint) -> list[DeliveryState]:
        return [delivery.state for delivery in await self.deliveries(endpoint)]
