"""Manifest of contact points: records, retention, paths, inbox rules, open references and timers."""

import sqlalchemy as sa
from sqlmodel import col

from schemas.foundation.manifest import PurgeVerb
from service.foundation.manifest.handlers import TimerHandler
from service.foundation.manifest.manifest import Manifest
from service.foundation.manifest.records import Basis, OpenReference, RetentionRule, TableRecord
from service.ground.contact_points import term_end
from service.ground.contact_points.inbox_rules import INBOX_RULES
from service.ground.contact_points.tables import ContactHousehold, ContactPoint
from service.identity.access.permissions import Permission

MANIFEST = Manifest(
    records=(
        TableRecord(
            ContactPoint,
            "领导干部基层联系点",
            "leaders' contact points",
            Basis.DUTY,
            readers=(Permission.CONTACT_POINT_READ,),
            own=("leader_id",),
            others={"opinion_by": "the opinion belongs to the place; its author reads it with the contact point"},
        ),
        TableRecord(
            ContactHousehold,
            "联系户（本人同意）",
            "households that agreed to contact with a leader",
            Basis.CONSENT,
            retention=("contact_household",),
            readers=(Permission.CONTACT_HOUSEHOLD_KEEP,),
            elsewhere="households have no account: the leader removes them when they ask",
        ),
    ),
    retention=(
        RetentionRule(
            "contact_household",
            "contact_household",
            PurgeVerb.REMOVED,
            "联系点已结束而仍在的联系户（平时随联系点结束、该户不再同意立即删除）",
            "households whose contact point has ended; normally they are deleted when it ends or when they ask",
            0,
            "联系点结束时起",
            "from the end of the contact point",
            "DESIGN §2.8, PIPL 15, 47",
            sa.text(
                "DELETE FROM contact_household WHERE id IN (SELECT household.id FROM contact_household AS household"
                " JOIN contact_point AS point ON point.id = household.contact_point_id WHERE point.ended_at < :before"
                " ORDER BY household.id LIMIT :at_most FOR UPDATE OF household SKIP LOCKED) RETURNING id"
            ),
            at_most=0,
        ),
    ),
    paths={"contact_point": "contact-points"},
    inbox_rules=INBOX_RULES,
    open_references=(
        OpenReference(
            ContactPoint.organisation_id,
            "未结束的联系点",
            "contact points that have not ended",
            lambda at: col(ContactPoint.ended_at).is_(None),
        ),
    ),
    timers={term_end.TERM_OVER: TimerHandler(term_end.end_due_contact_points, "end contact points whose term is over")},
)
