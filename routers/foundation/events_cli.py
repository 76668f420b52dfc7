"""`grassroots events`: the catalogue of events, who hears of each, with an example."""

import json

from service.foundation.events.queries import catalogue


def events() -> None:
    """Print what a reader of the feed may rely on, and every event with its receivers and an example."""
    found = catalogue()
    print(found.contract + "\n")
    for line in found.events:
        marks = "".join([" ↗ webhook" if line.is_outward else "", " ⟳ 重新读取" if line.is_to_be_read_anew else ""])
        print(f"{line.type.value}  {line.zh}{marks}\n    {line.en}")
        for one in line.receivers:
            print(f"    → {one.zh} · {one.en}")
        if not line.receivers:
            print("    → 仅留存 · nobody; it is history")
        if line.but:
            print(f"    ! {line.but}")
        print(f"    {json.dumps(line.example, ensure_ascii=False)}")
