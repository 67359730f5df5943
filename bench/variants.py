"""Two hundred packs that nobody's lines belong to: what does it cost to have them loaded?

    python bench/variants.py DIR [--count 200]

Each is a product of its own with a text dataset (thirty messages behind a tag of its own, and a catch-all) and a JSON
dataset (forty members, families by event), as deep as a middling real pack.
"""

# ruff: noqa: E501 - the lines of packs that it writes

from __future__ import annotations

import argparse
from pathlib import Path

WORDS = "session tunnel account device policy object queue sensor channel report".split()
VERBS = "opened closed denied renewed lost".split()


def pack(number: int) -> tuple[str, str]:
    """(pack.yaml, fields.yaml) of a variant."""
    name = f"variant{number:03d}_box"
    lines = [
        f"pack: {name}", "version: 1.0.0", f"title: Variant {number}", "datasets:", "  - name: daemon", "    format: text",
        f"    recognise: [{{program: [variantd{number}, variantctl{number}]}}, {{begins: ['%VAR{number:03d}-']}}]",
        "    set: {event.kind: event, event.module: " + name + "}", "    category: system.none", "    patterns:",
    ]  # fmt: skip
    for i, word in enumerate(WORDS):
        for verb in VERBS[:3]:
            lines += [
                f"      - name: {word}_{verb}",
                f"        line: '{word} {{{name}.object}} {verb} by {{user.name:last}} from {{source.ip}} port {{source.port:int}} code {{event.code:int}}'",
                f"        set: {{event.action: {word}-{verb}, event.outcome: {'failure' if verb == 'denied' else 'success'}}}",
            ]
            if i % 3 == 0:
                lines.append(
                    "        category: policy.access_denied" if verb == "denied" else "        category: network.none"
                )
    lines += [
        "      - name: other", "        line: '{message}'", "  - name: events", "    format: json",
        f"    recognise: [{{keys: [variant{number}.kind, variant{number}.at]}}]", "    set: {event.kind: event}",
        "    category: application.none", "    on_error: {source.ip: source.domain}", "    keys:", "      - fields:",
        f"          variant{number}.at: '@timestamp'", f"          variant{number}.kind: event.action",
        f"          variant{number}.user: user.name", f"          variant{number}.address: source.ip",
    ]  # fmt: skip
    lines += [f"          variant{number}.member{i}: {name}.member{i}" for i in range(40)]
    lines += ["    families:", f"      by: [variant{number}.kind]", "      of:"]
    lines += [
        f"        '{w}': {{set: {{event.category: [host], event.type: [info]}}, category: application.none}}"
        for w in WORDS
    ]
    lines += [
        "    steps:",
        f"      - lookup: {{from: event.action, to: {name}.class, table: {{{', '.join(f'{w}: {i}' for i, w in enumerate(WORDS))}}}}}",
    ]
    fields = ["object: keyword", "class: keyword", *(f"member{i}: keyword" for i in range(40))]
    return "\n".join(lines) + "\n", "\n".join(fields) + "\n"


def write(folder: Path, count: int = 200) -> None:
    """Write the variants' folders."""
    for number in range(count):
        own = folder / f"variant{number:03d}_box"
        own.mkdir(parents=True, exist_ok=True)
        text, fields = pack(number)
        (own / "pack.yaml").write_text(text)
        (own / "fields.yaml").write_text(fields)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--count", type=int, default=200)
    given = parser.parse_args()
    write(given.folder, given.count)
