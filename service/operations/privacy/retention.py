"""Retention in this deployment: the rules of the manifests with the days of the settings.

Some data goes earlier: a check-in position has a timer, and a household is removed when its contact point ends. The
rules for them catch what those miss.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256

from service.foundation.manifest.records import RetentionRule
from service.foundation.settings import Settings
from service.operations.privacy.errors import RetentionNotAllowed


@dataclass(frozen=True)
class RetentionPolicy:
    """The retention rules by name, with the settings that change their days."""

    rules: Mapping[str, RetentionRule]
    settings: Settings

    def kept_days(self, rule: RetentionRule) -> int:
        """How many days rows are kept under the rule in this deployment.

        Raises RetentionNotAllowed for a setting outside the limits of the law.
        """
        days = self.settings.retention_days.get(rule.word, rule.days)
        if days < rule.at_least or (rule.at_most is not None and days > rule.at_most):
            limits = f"{rule.at_least}..{'' if rule.at_most is None else rule.at_most}"
            raise RetentionNotAllowed(f"retention_days: {rule.word} = {days} is outside {limits} days")
        return min(days, rule.limit(self.settings)) if rule.limit else days

    @property
    def version(self) -> str:
        """Twelve hex digits that change when a rule or its days change. Raises RetentionNotAllowed."""
        if unknown := self.settings.retention_days.keys() - self.rules.keys():
            raise RetentionNotAllowed(f"retention_days: no rule is called {', '.join(sorted(unknown))}")
        rules = [[rule.word, rule.verb, self.kept_days(rule), str(rule.statement)] for rule in self.rules.values()]
        return sha256(json.dumps(sorted(rules)).encode()).hexdigest()[:12]
