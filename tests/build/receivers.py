"""Compare the receivers of recorded events with the event catalogue."""

from collections import defaultdict

import psycopg

from schemas.events import CATALOGUE, EventName
from schemas.events.base import Receiver as R  # noqa: N817 - read many times in one table
from service.foundation.settings import Settings

PLACE = "(SELECT place.organisation_id FROM place WHERE place.id = t.place_id)"
VISIT = "(SELECT visit.{} FROM visit WHERE visit.id = t.visit_id)"
ROOTS = "SELECT organisation.id FROM organisation WHERE organisation.parent_id IS NULL"
RECEIVERS_SQL: dict[str, dict[R, str]] = {
    "organisation": {R.ORGANISATION: "t.id, t.parent_id"},
    "organisation_link": {R.ORGANISATION: "t.from_id, t.to_id"},
    "visit_draft": {R.PERSON: "t.written_by, (SELECT visit.person_id FROM visit WHERE visit.id = t.id)"},
    "posting": {R.PERSON: "t.person_id, t.delegate_of", R.ORGANISATION: "t.organisation_id"},
    "person": {R.PERSON: "t.id"},
    "consent": {R.PERSON: "t.person_id"},
    "credential": {R.PERSON: "t.person_id"},
    "second_factor": {R.PERSON: "t.person_id"},
    "import": {R.PERSON: "t.requested_by", R.ORGANISATION: "t.organisation_id"},
    "device": {R.PERSON: "t.person_id"},
    "external_identity": {R.PERSON: "t.person_id"},
    "service_client": {R.ORGANISATION: "t.organisation_id"},
    "correction_request": {R.PERSON: "t.person_id", R.OWNER: "t.organisation_id"},
    "place": {R.PLACE: "t.organisation_id"},
    "fence": {R.PLACE: PLACE},
    "fence_proposal": {R.PLACE: PLACE},
    "place_reading": {R.PLACE: PLACE},
    "contact_point": {R.PERSON: "t.leader_id", R.HOME_UNIT: "t.organisation_id"},
    "placement": {R.PERSON: "t.person_id", R.HOME_UNIT: "t.sending_id", R.HOST: "t.host_id"},
    "visit": {R.PERSON: "t.person_id", R.HOME_UNIT: "t.organisation_id", R.PLACE: PLACE},
    "visit_plan": {R.PERSON: "t.person_id", R.HOME_UNIT: "t.organisation_id"},
    "visit_companion": {R.PERSON: f"t.person_id, {VISIT.format('person_id')}"},
    "visit_correction": {R.PERSON: VISIT.format("person_id"), R.HOME_UNIT: VISIT.format("organisation_id")},
    "insight": {R.PERSON: "t.raised_by", R.HOME_UNIT: "t.organisation_id", R.OWNER: "t.routed_to"},
    "promise": {R.PERSON: "t.promised_by, t.owner_id", R.HOME_UNIT: "t.organisation_id"},
    "problem": {
        R.PERSON: "t.raised_by",
        R.HOME_UNIT: "t.organisation_id",
        R.OWNER: "t.owner_id",
        R.PLACE: PLACE,
    },
    "residence_report": {R.PERSON: "t.person_id", R.COMMUNITY: "t.organisation_id"},
    "assessment_cycle": {R.ORGANISATION: "t.organisation_id, t.receiver_id"},
    "dossier": {R.PERSON: "t.person_id"},
    "local_rule": {R.ORGANISATION: "t.organisation_id"},
    "problem_category_version": {R.ORGANISATION: ROOTS},
    "problem_route_version": {R.ORGANISATION: ROOTS},
    "endpoint": {R.ORGANISATION: "t.organisation_id"},
    "inbox_item": {R.PERSON: "t.person_id", R.ORGANISATION: "t.organisation_id"},
}
"""Table → receiver → SQL for the ids of that receiver."""


def _ids_sql(ids: str) -> str:
    return f"ARRAY({ids})" if ids.startswith("SELECT") else f"array_remove(ARRAY[{ids}], NULL)"


def check_receivers(settings: Settings, *, ignored_tables: tuple[str, ...] = ()) -> tuple[set[EventName], list[str]]:
    """Return the names of all recorded events, and the differences from the catalogue.

    Each reader must be a receiver of the catalogue, and each receiver must have got at least one event of that name.
    `ignored_tables`: tables whose rows a test inserted itself.
    """
    recorded: set[EventName] = set()
    reached: defaultdict[EventName, set[R]] = defaultdict(set)
    errors: list[str] = []
    with psycopg.connect(settings.owner_database_url) as connection:
        names = connection.execute("SELECT DISTINCT name FROM event").fetchall()
        for (word,) in sorted(names):
            name, table = EventName(word), word.partition(".")[0]
            if table in ignored_tables:
                continue
            assert table in RECEIVERS_SQL or not CATALOGUE[name].receivers, (
                f"add {table} to RECEIVERS_SQL in tests/build/receivers.py"
            )
            recorded.add(name)
            expected = CATALOGUE[name].receivers
            columns = [_ids_sql(RECEIVERS_SQL[table][receiver]) for receiver in expected]
            rows = connection.execute(
                f"SELECT event.organisation_ids || event.person_ids, {', '.join(columns) or 'NULL'}"
                f' FROM event JOIN "{table}" AS t ON t.id = event.subject_id WHERE event.name = %s',
                [word],
            ).fetchall()
            for readers, *ids in rows:
                by_receiver = dict(zip(expected, ids, strict=False)) if expected else {}
                others = set(readers) - {id_ for receiver_ids in by_receiver.values() for id_ in receiver_ids}
                errors += [f"{word} reached {len(others)} readers outside the catalogue"] if others else []
                reached[name] |= {
                    receiver for receiver, some_ids in by_receiver.items() if set(some_ids) & set(readers)
                }
            missing = [receiver for receiver in expected if rows and receiver not in reached[name]]
            errors += [f"{word} reached no {receiver.name}" for receiver in missing]
    return recorded, sorted(set(errors))
