"""Make `ecs.tsv` and `event_types.tsv` from a checkout of elastic/ecs. Run by hand, once an ECS release.

    git -C path/to/ecs show v9.4.0:generated/ecs/ecs_flat.yml >/tmp/ecs_flat.yml
    python -m penstock.schema.generate /tmp/ecs_flat.yml

Take a release, not the main branch: `registry.ECS_VERSION` claims it on every row. (9.5.0-dev, compared at b85f7573,
adds seven fields of gen_ai and vulnerability and renames gen_ai.system; none of them is a released promise yet.)
Taken over are facts only (names, types, which fields are arrays, allowed and expected values), no descriptions.
ECS is Apache-2.0, © Elasticsearch B.V.; the notice is in the head of the files.
The only file of this package that needs PyYAML; nothing imports it.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import yaml

HEAD = "# Facts of the Elastic Common Schema (Apache-2.0, github.com/elastic/ecs). Made by generate.py; do not edit.\n"
HERE = Path(__file__).parent


def names(values: list[Any]) -> str:
    """Allowed values as one cell: entries are plain, or records with a `name`."""
    found = [str(v["name"] if isinstance(v, dict) else v) for v in values]
    if any("|" in name for name in found):
        raise ValueError(f"a value holds the separator: {found}")
    return "|".join(found)


def lines(flat: dict[str, dict[str, Any]]) -> list[str]:
    """The rows of `ecs.tsv`: name, type, many, allowed, expected."""
    return [
        "\t".join(
            (
                name,
                field["type"],
                "many" if "array" in field.get("normalize", ()) else "",
                names(field.get("allowed_values", [])),
                names(field.get("expected_values", [])),
            )
        )
        for name, field in flat.items()
    ]


def event_types(flat: dict[str, dict[str, Any]]) -> list[str]:
    """The rows of `event_types.tsv`: an `event.category` and the `event.type`s that go with it."""
    return [
        f"{value['name']}\t{names(value.get('expected_event_types', []))}"
        for value in flat["event.category"]["allowed_values"]
    ]


def main(source: str) -> None:
    """Write both files beside this one."""
    flat = yaml.safe_load(Path(source).read_text(encoding="utf-8"))
    for file, columns, rows in (
        ("ecs.tsv", "name\ttype\tmany\tallowed\texpected", lines(flat)),
        ("event_types.tsv", "category\ttypes", event_types(flat)),
    ):
        (HERE / file).write_text(HEAD + f"# {columns}\n" + "\n".join(rows) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
