"""Domains declare themselves: every manifest is listed, and who reads the list knows no domain by name."""

from importlib import import_module

from service import domains
from service.domains import DOMAINS
from tests.architecture.source import imported, sources

READERS = (
    "service/operations/closing/",
    "service/operations/doctor/",
    "service/operations/privacy/",
    "service/operations/worker/",
    "service/outward/inbox/",
)
DOMAIN_FLOORS = ("ground", "solving", "fieldwork", "residence", "judgement")


def test_every_manifest_is_listed_and_every_domain_with_tables_has_one() -> None:
    files = {source.path for source in sources("service") if source.path.endswith("/manifest.py")}
    files.remove("service/foundation/manifest/manifest.py")
    manifests = [import_module(path.removesuffix(".py").replace("/", ".")).MANIFEST for path in files]

    assert len(files) > 15
    assert {id(manifest) for manifest in manifests} == {id(manifest) for manifest in DOMAINS.manifests}


def test_manifests_stand_in_floor_order() -> None:
    floors = ("identity", *DOMAIN_FLOORS, "outward", "operations")
    listed = [source for source in sources("service") if source.path == "service/domains.py"]
    named = {
        module.__name__.split(".")[2]: module.__name__.split(".")[1]
        for module in vars(domains).values()
        if hasattr(module, "MANIFEST")
    }
    order = [
        floors.index(named[line.strip().removesuffix(".MANIFEST,")])
        for line in listed[0].text.splitlines()
        if ".MANIFEST," in line
    ]

    assert len(order) == len(DOMAINS.manifests)
    assert order == sorted(order)


def test_readers_of_the_manifests_import_no_domain() -> None:
    readers = [source for source in sources("service") if source.path.startswith(READERS)]
    named = {
        (source.path, name)
        for source in readers
        for name in imported(source)
        if name.startswith(tuple(f"service.{floor}." for floor in DOMAIN_FLOORS))
    }

    assert len(readers) > 20
    assert named == set()


def test_what_a_manifest_names_is_declared_somewhere() -> None:
    retention = {word for record in DOMAINS.records.values() for word in record.retention}
    of_timers = {timer.retention for timer in DOMAINS.timers.values() if timer.retention}

    assert of_timers
    assert retention == DOMAINS.retention.keys()
    assert of_timers <= DOMAINS.retention.keys()
    assert {rule.table for rule in DOMAINS.retention.values()} <= DOMAINS.records.keys()
