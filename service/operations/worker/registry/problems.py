"""What the timers of problems do."""

from service.solving.problems import deadlines

TIMERS = {deadlines.RESPOND_BY: deadlines.respond_overdue, deadlines.SOLVE_BY: deadlines.solve_overdue}
