"""What the timers of placements do."""

from service.ground.placements import terms

TIMERS = {terms.TERM_OVER: terms.end_those_over}
