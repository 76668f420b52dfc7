"""The list of all domain manifests, in floor order. A new domain adds one line here."""

from service.fieldwork.insights import manifest as insights
from service.fieldwork.promises import manifest as promises
from service.fieldwork.transcriptions import manifest as transcriptions
from service.fieldwork.visit_plans import manifest as visit_plans
from service.fieldwork.visits import manifest as visits
from service.foundation.manifest.manifest import Domains
from service.ground.contact_points import manifest as contact_points
from service.ground.placements import manifest as placements
from service.ground.places import manifest as places
from service.identity.access import manifest as access
from service.identity.auth import manifest as auth
from service.identity.local_rules import manifest as local_rules
from service.identity.organisations import manifest as organisations
from service.identity.people import manifest as people
from service.judgement.assessments import manifest as assessments
from service.operations.imports import manifest as imports
from service.operations.privacy import manifest as privacy
from service.outward.inbox import manifest as inbox
from service.outward.webhooks import manifest as webhooks
from service.residence.reports import manifest as reports
from service.solving.problems import manifest as problems

DOMAINS = Domains(
    access.MANIFEST,
    organisations.MANIFEST,
    people.MANIFEST,
    auth.MANIFEST,
    local_rules.MANIFEST,
    places.MANIFEST,
    contact_points.MANIFEST,
    placements.MANIFEST,
    problems.MANIFEST,
    visits.MANIFEST,
    visit_plans.MANIFEST,
    insights.MANIFEST,
    promises.MANIFEST,
    transcriptions.MANIFEST,
    reports.MANIFEST,
    assessments.MANIFEST,
    webhooks.MANIFEST,
    inbox.MANIFEST,
    imports.MANIFEST,
    privacy.MANIFEST,
)
