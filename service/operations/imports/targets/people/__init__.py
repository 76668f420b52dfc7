"""Import of people and their postings: identified by staff number, one posting per line.

The rights are those of manual changes: an import starts or ends no administrator's posting, does not change
postings of the person who requested it, and does not touch persons who never belonged to the import's organisation.
"""

from service.operations.imports.targets.people.columns import COLUMNS
from service.operations.imports.targets.people.existing import load_existing
from service.operations.imports.targets.people.merge import merge
from service.operations.imports.targets.people.plan import build_plan
from service.operations.imports.targets.target import Target

TARGET = Target(COLUMNS, load_existing, build_plan, merge)
