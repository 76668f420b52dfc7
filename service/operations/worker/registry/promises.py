"""What the timers of promises do."""

from service.fieldwork.promises import actions

TIMERS = {actions.DUE: actions.record_due}
