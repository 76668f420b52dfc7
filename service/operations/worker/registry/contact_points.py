"""What the clocks of contact points do."""

from service.ground.contact_points import terms

CLOCKS = {terms.TERM_OVER: terms.end_those_over}
