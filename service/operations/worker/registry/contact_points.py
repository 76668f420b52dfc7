"""What the timers of contact points do."""

from service.ground.contact_points import terms

TIMERS = {terms.TERM_OVER: terms.end_those_over}
