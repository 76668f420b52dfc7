"""Who an event really reached, against what the catalogue says: read from the log and the rows it tells of."""

from collections import defaultdict

import psycopg

from schemas.events import CATALOGUE, EventName
from schemas.events.base import Receiver as R  # noqa: N817 - read many times in one table
from service.foundation.settings import Settings

PLACE = "(SELECT place.organisation_id FROM place WHERE place.id = t.place_id)"
VISIT = "(SELECT visit.{} FROM visit WHERE visit.id = t.visit_id)"
ROOTS = "SELECT organisation.id FROM organisation WHERE organisation.parent_id IS NULL"
ARE: dict[str, dict[R, str]] = {
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
"""Table → receiver → the columns that say who that is."""


def _ids(said: str) -> str:
    return f"ARRAY({said})" if said.startswith("SELECT") else f"array_remove(ARRAY[{said}], NULL)"


def wrongly_told(settings: Settings, *, but_not: tuple[str, ...] = ()) -> tuple[set[EventName], list[str]]:
    """The names of the events in the log, and what the catalogue says otherwise.

    Nobody may have been told whom the line does not name; and whoever it names must have been told at least once.
    `but_not`: tables whose rows a test made by hand.
    """
    seen: set[EventName] = set()
    met: defaultdict[EventName, set[R]] = defaultdict(set)
    wrong: list[str] = []
    with psycopg.connect(settings.owner_database_url) as connection:
        names = connection.execute("SELECT DISTINCT name FROM event").fetchall()
        for (word,) in sorted(names):
            name, table = EventName(word), word.partition(".")[0]
            if table in but_not:
                continue
            assert table in ARE or not CATALOGUE[name].receivers, (
                f"say in tests/build/receivers.py who hears of {table}"
            )
            seen.add(name)
            stated = CATALOGUE[name].receivers
            columns = [_ids(ARE[table][one]) for one in stated]
            rows = connection.execute(
                f"SELECT event.organisation_ids || event.person_ids, {', '.join(columns) or 'NULL'}"
                f' FROM event JOIN "{table}" AS t ON t.id = event.subject_id WHERE event.name = %s',
                [word],
            ).fetchall()
            for told, *ids in rows:
                by_receiver = dict(zip(stated, ids, strict=False)) if stated else {}
                strangers = set(told) - {one for some in by_receiver.values() for one in some}
                wrong += [f"{word} reached {len(strangers)} whom its line does not name"] if strangers else []
                met[name] |= {one for one, some in by_receiver.items() if set(some) & set(told)}
            wrong += [f"{word} reached nobody as {one.name}" for one in stated if rows and one not in met[name]]
    return seen, sorted(set(wrong))
