"""Inbox rules of contact points: events that open and close items, and SQL that selects recipients."""

from schemas.events import EventName
from schemas.foundation.manifest import InboxKind
from service.foundation.manifest.inbox_rules import FORGET_AFTER, InboxRule
from service.identity.access.permissions import Permission

CONTACT_POINT_OPINION = f"""
SELECT CAST(NULL AS uuid), place.organisation_id, point.id, point.id, CAST(NULL AS timestamptz),
    point.ended_at + {FORGET_AFTER}
FROM contact_point AS point JOIN place ON place.id = point.place_id
WHERE point.ended_at IS NOT NULL AND point.opinion_at IS NULL AND point.id {{chosen}}
"""  # noqa: S608 - words of our own code

INBOX_RULES = (
    InboxRule(
        kind=InboxKind.CONTACT_POINT_OPINION,
        zh="领导在本地的联系已结束，可以（不是必须）谈谈看法。",
        en="A leader's contact point at your place has ended. You may give your opinion; it is optional.",
        permission=Permission.CONTACT_POINT_COMMENT,
        path="contact-points/{about}",
        opens=(EventName.CONTACT_POINT_ENDED,),
        closes=(EventName.CONTACT_POINT_OPINION_GIVEN,),
        waiting=CONTACT_POINT_OPINION,
    ),
)
