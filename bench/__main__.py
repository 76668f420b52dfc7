"""`./dev bench NAME…`: run the named benchmarks, all of them without a name."""

import asyncio
import sys

from bench import drain

BENCHMARKS = {"drain": drain.run}


def main(names: list[str]) -> int:
    """Run what is asked for; 2 for a name that is not there."""
    unknown = set(names) - BENCHMARKS.keys()
    if unknown:
        print(f"no such benchmark: {', '.join(sorted(unknown))}; there are: {', '.join(BENCHMARKS)}", file=sys.stderr)
        return 2
    for name in names or BENCHMARKS:
        print(asyncio.run(BENCHMARKS[name]()))
    return 0


sys.exit(main(sys.argv[1:]))
