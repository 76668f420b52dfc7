"""People and their postings from a file: known by their staff number, one posting a line.

Rights as by hand: no administrator's role is given or ended, nobody's own postings are touched, and whoever was never
posted below the import's organisation stays another administrator's.
"""

from service.operations.imports.targets.kinds import Target
from service.operations.imports.targets.people.columns import COLUMNS
from service.operations.imports.targets.people.comparing import plan
from service.operations.imports.targets.people.merging import merge
from service.operations.imports.targets.people.world import world

TARGET = Target(COLUMNS, world, plan, merge)
