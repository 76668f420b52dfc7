"""What the clocks of placements do."""

from service.ground.placements import terms

CLOCKS = {terms.TERM_OVER: terms.end_those_over}
