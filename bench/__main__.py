"""`./dev bench NAME… [--growth]`: run the named benchmarks; without a name, all."""

import asyncio
import sys
from collections.abc import Callable

from bench import check_in, drain, imports

BENCHMARKS: dict[str, Callable[[frozenset[str]], str]] = {
    "check_in": check_in.run,
    "drain": lambda _: asyncio.run(drain.run()),
    "import": lambda _: asyncio.run(imports.run()),
}


def main(words: list[str]) -> int:
    """Run the named benchmarks. Return 2 for an unknown name."""
    options = frozenset(word.removeprefix("--") for word in words if word.startswith("--"))
    names = [word for word in words if not word.startswith("--")]
    unknown = set(names) - BENCHMARKS.keys()
    if unknown:
        print(f"no such benchmark: {', '.join(sorted(unknown))}; available: {', '.join(BENCHMARKS)}", file=sys.stderr)
        return 2
    for name in names or BENCHMARKS:
        print(BENCHMARKS[name](options))
    return 0


sys.exit(main(sys.argv[1:]))
