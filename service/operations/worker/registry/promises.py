"""What the clocks of promises do."""

from service.fieldwork.promises import actions

CLOCKS = {actions.DUE: actions.tell_due}
