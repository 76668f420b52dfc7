"""Manifests: all are listed in floor order, and their readers import no domain."""

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


def test_every_manifest_is_listed() -> None:
    files = {source.path for source in sources("service") if source.path.endswith("/manifest.py")}
    files.remove("service/foundation/manifest/manifest.py")
    manifests = [import_module(path.removesuffix(".py").replace("/", ".")).MANIFEST for path in files]

    assert len(files) > 15
    assert {id(manifest) for manifest in manifests} == {id(manifest) for manifest in DOMAINS.manifests}


def test_manifests_are_listed_in_floor_order() -> None:
    floors = ("identity", *DOMAIN_FLOORS, "outward", "operations")
    listed = [source for source in sources("service") if source.path == "service/domains.py"]
    floor_of = {
        module.__name__.split(".")[2]: module.__name__.split(".")[1]
        for module in vars(domains).values()
        if hasattr(module, "MANIFEST")
    }
    order = [
        floors.index(floor_of[line.strip().removesuffix(".MANIFEST,")])
        for line in listed[0].text.splitlines()
        if ".MANIFEST," in line
    ]

    assert len(order) == len(DOMAINS.manifests)
    assert order == sorted(order)


def test_readers_of_the_manifests_import_no_domain() -> None:
    readers = [source for source in sources("service") if source.path.startswith(READERS)]
    imports = {
        (source.path, name)
        for source in readers
        for name in imported(source)
        if name.startswith(tuple(f"service.{floor}." for floor in DOMAIN_FLOORS))
    }

    assert len(readers) > 20
    assert imports == set()


def test_retention_rules_and_tables_in_manifests_are_declared() -> None:
    retention = {word for record in DOMAINS.records.values() for word in record.retention}
    of_timers = {timer.retention for timer in DOMAINS.timers.values() if timer.retention}

    assert of_timers
    assert retention == DOMAINS.retention.keys()
    assert of_timers <= DOMAINS.retention.keys()
    assert {rule.table for rule in DOMAINS.retention.values()} <= DOMAINS.records.keys()
