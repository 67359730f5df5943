"""The settings by name, with what they mean: for hints, the documentation and its check, the JSON Schema."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from penstock.config.model import (
    Batching,
    Configuration,
    ConsoleSettings,
    CorrelationSettings,
    DirectorySettings,
    FileSettings,
    LakeSettings,
    NdjsonSettings,
    StdinSettings,
)
from penstock.config.settings import Settings
from penstock.config.triage_model import (
    IncidentSettings,
    InhibitionSettings,
    MailSettings,
    MuteSettings,
    WebhookSettings,
)

KINDS: Mapping[str, Mapping[str, type[Settings]]] = {
    "sources": {"file": FileSettings, "directory": DirectorySettings, "stdin": StdinSettings},
    "sinks": {"lake": LakeSettings, "ndjson": NdjsonSettings},
    "notify": {"webhook": WebhookSettings, "mail": MailSettings},
}
"""The kinds of parts there are, by section."""

SECTIONS: tuple[type[Settings], ...] = (
    Configuration, FileSettings, DirectorySettings, StdinSettings, Batching, LakeSettings, NdjsonSettings,
    CorrelationSettings, ConsoleSettings, IncidentSettings, MuteSettings, InhibitionSettings, WebhookSettings,
    MailSettings,
)  # fmt: skip

OPTIONS: Mapping[str, str] = {
    name: field.description or "" for model in SECTIONS for name, field in model.model_fields.items()
}
"""Every setting's name and meaning."""


def choices(where: Sequence[str | int], plain: dict[str, Any]) -> list[str]:
    """The settings that may stand at a place of the file."""
    model: type[Settings] | None = Configuration
    if where[:1] in (["sources"], ["sinks"], ["notify"]) and len(where) >= 2:
        section, name = str(where[0]), str(where[1])
        part = plain.get(section, {}).get(name) or {}
        kind = part.get("type", name) if isinstance(part, dict) else name
        model = KINDS[section].get(str(kind))
        if model is not None and where[2:] == ["batch"]:
            model = Batching
    elif where in (["console"], ["correlation"]):
        model = ConsoleSettings if where == ["console"] else CorrelationSettings
    elif where[:1] == ["incidents"]:
        inner: dict[str, type[Settings]] = {"suppressions": MuteSettings, "inhibitions": InhibitionSettings}
        model = inner.get(str(where[1])) if len(where) >= 3 else IncidentSettings
    return list(model.model_fields) if model is not None else []


def json_schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of `penstock.yaml`, for editors. Whatever is no text may also be a reference."""
    schema = _with_references(Configuration.model_json_schema())
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "penstock.yaml", **schema}


_REFERENCE = {"type": "string", "pattern": r"^(\$\{.*\}|file:.*)$"}


def _with_references(node: Any) -> Any:  # noqa: ANN401  a JSON value
    if isinstance(node, list):
        return [_with_references(n) for n in node]
    if not isinstance(node, dict):
        return node
    plain = isinstance(node.get("type"), str)
    if plain and (node["type"] in {"integer", "number", "boolean"} or "enum" in node):
        told = {k: node[k] for k in ("title", "description", "default") if k in node}
        return {**told, "anyOf": [{k: v for k, v in node.items() if k not in told}, _REFERENCE]}
    return {k: _with_references(v) for k, v in node.items()}
