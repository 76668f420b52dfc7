"""Measure how long writing transactions of a database last while a test works on it."""

import threading
from typing import Self

import psycopg

from service.foundation.db import driver_url
from service.foundation.settings import Settings

LIMIT_S = 2.0
"""DESIGN §5.1: an open writing transaction delays the feed of all readers."""
# without autovacuum, which gets a transaction id when it analyses a table
WRITING = """
SELECT extract(epoch FROM clock_timestamp() - xact_start)::float FROM pg_stat_activity
WHERE datname = current_database() AND backend_type = 'client backend' AND backend_xid IS NOT NULL
"""


class Watch:
    """Samples the ages of writing transactions continuously in its own thread."""

    def __init__(self, settings: Settings) -> None:
        self._other = psycopg.connect(driver_url(settings.database_url), autocommit=True)
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._sample)
        self.ages_s: list[float] = []

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over.set()
        self._thread.join()
        self._other.close()

    def _sample(self) -> None:
        while not self._is_over.wait(0.005):
            self.ages_s += [age_s for (age_s,) in self._other.execute(WRITING).fetchall()]
