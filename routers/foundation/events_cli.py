"""`grassroots events`: print the event catalogue with receivers and examples."""

import json

from service.foundation.events.queries import catalogue


def events() -> None:
    """Print the contract of the feed, and every event with its receivers and an example."""
    event_catalogue = catalogue()
    print(event_catalogue.contract + "\n")
    for line in event_catalogue.events:
        marks = "".join([" ↗ webhook" if line.is_outward else "", " ⟳ 重新读取" if line.requires_reload else ""])
        print(f"{line.type.value}  {line.zh}{marks}\n    {line.en}")
        for receiver in line.receivers:
            print(f"    → {receiver.zh} · {receiver.en}")
        if not line.receivers:
            print("    → 仅留存 · no receivers; history only")
        if line.exceptions:
            print(f"    ! {line.exceptions}")
        print(f"    {json.dumps(line.example, ensure_ascii=False)}")
