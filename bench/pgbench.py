"""pgbench with a prepared statement: the speed of the database itself.

pgbench generates only numbers, so the ids are decimal numbers in UUID format, written into literals. Each client
PREPAREs the same text that the service sends and then EXECUTEs it.
"""

import os
import re
import subprocess
import tempfile
from collections.abc import Mapping
from itertools import count
from pathlib import Path

from bench.database import Database
from bench.rounds import Sample
from bench.seed import EVERYWHERE
from service.foundation.db import number_placeholders

SESSION = "-c plan_cache_mode=force_generic_plan -c TimeZone=UTC"
_runs = count(1)


def run(database: Database, statement: str, literals: Mapping[str, str], clients: int, seconds: float) -> Sample:
    """Run pgbench once. `literals`: parameter → SQL. Raises: RuntimeError if a transaction fails."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "script.sql").write_text(_script(statement, literals))
        before = database.cpu_s()
        finished = subprocess.run(
            [
                *("pgbench", "--no-vacuum", "--protocol=simple", f"--client={clients}", "--jobs=1"),
                *(f"--time={seconds:.0f}", "--file=script.sql", "--log", "--define=fresh=1"),
                *(f"--define=i={10**10 + next(_runs) * 10**8}", database.service_url),
            ],
            cwd=folder,
            env={"PGOPTIONS": SESSION, "PATH": os.environ["PATH"]},
            capture_output=True,
            text=True,
            check=False,
        )
        if finished.returncode != 0 or "ERROR" in finished.stderr:
            raise RuntimeError(finished.stderr[-2000:])
        used_s = database.cpu_s() - before
        took_ms = sorted(
            int(line.split()[2]) / 1000 for log in Path(folder).glob("pgbench_log.*") for line in log.open()
        )
    rate = re.search(r"tps = ([0-9.]+)", finished.stdout)
    if not rate:
        raise RuntimeError(finished.stdout)
    rows = len(took_ms)
    return Sample(float(rate[1]), took_ms[rows // 2], took_ms[rows * 99 // 100], used_s * 1000 / rows)


def _script(statement: str, literals: Mapping[str, str]) -> str:
    text, names = number_placeholders(statement)
    values = ", ".join(literals[name] for name in names)
    prepare = f"\\if :fresh\nPREPARE hot AS {text.decode()};\n\\set fresh 0\n\\endif\n"
    return f"{prepare}{EVERYWHERE}EXECUTE hot({values});\n"
