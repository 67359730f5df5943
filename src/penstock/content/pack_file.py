"""Read a pack's folder into a `Pack`, with every problem of its form."""

from __future__ import annotations

import re
from pathlib import Path

from penstock.content.model import Dataset, Family, Group, Pack, Pattern, Selector, Step
from penstock.content.reader import Reader
from penstock.content.yaml_tree import Node, load
from penstock.errors import ContentError, Problem
from penstock.schema.aliases import spellings
from penstock.schema.declare import declare
from penstock.schema.registry import Field

FORMATS = ("text", "json", "kv", "cef", "leef", "xml", "delimited")
VERBS = (
    "set copy lookup pattern regex kv url path account hashes duration time join list items lower upper mac swap"
).split()
HEADER = {"host": ("host.name",), "app": ("process.name",), "pid": ("process.pid",), "message_id": (), "data": ()}
ON_ERROR = {"process.pid": "log.syslog.procid"}
"""What holds unless a pack says otherwise: RFC 5424 lets PROCID be any word."""
_DATASET = (
    "name recognise format head split patterns keys families set category nulls header time zone on_error columns steps"
).split()
_NAME = re.compile(r"[a-z][a-z0-9_]*")
_ZONE = re.compile(r"([+-])(\d\d):(\d\d)")


def read_pack(folder: Path) -> Pack:
    """The pack in this folder. Raises `ContentError` with all problems of form."""
    path = folder / "pack.yaml"
    if not path.is_file():
        raise ContentError([Problem(str(path), 1, "no such file", "a pack is a folder with a pack.yaml")])
    read = Reader(str(path))
    root = load(path)
    top = read.mapping(root, "a pack", ("pack", "version", "title", "about", "datasets", "references"))
    name = read.text(top.get("pack"), "pack")
    if name != folder.name:
        read.wrong(top["pack"].line if "pack" in top else 1, f"pack is {name!r}, its folder {folder.name!r}")
    if not _NAME.fullmatch(name):
        read.wrong(1, f"pack name {name!r} must be lower-case letters, digits and _", "vendor_product")
    datasets = tuple(_dataset(n, name, folder, read) for n in read.sequence(top.get("datasets"), "datasets"))
    if not datasets:
        read.wrong(root.line, "a pack needs at least one dataset")
    fields = _fields(folder / "fields.yaml", name, read)
    if read.problems:
        raise ContentError(read.problems)
    version = read.text(top.get("version"), "version", "0.0.0")
    return Pack(name, version, read.text(top.get("title"), "title", name), folder, datasets, fields)


def _fields(path: Path, pack: str, read: Reader) -> tuple[Field, ...]:
    if not path.is_file():
        return ()
    root = load(path)
    document = root.plain()
    lines: dict[str, int] = {}
    if isinstance(document, dict):  # names may leave the pack's prefix out
        document = {(k if k.startswith(pack + ".") else f"{pack}.{k}"): v for k, v in document.items()}
        lines = {(k if k.startswith(pack + ".") else f"{pack}.{k}"): v.line for k, v in root.value.items()}
    declared = declare(pack, document, str(path), lines)
    read.problems.extend(declared.problems)
    return declared.fields


def _dataset(node: Node, pack: str, folder: Path, read: Reader) -> Dataset:
    d = read.mapping(node, "a dataset", _DATASET)
    name = read.text(d.get("name"), "name")
    if not _NAME.fullmatch(name):
        read.wrong(node.line, f"dataset name {name!r} must be lower-case letters, digits and _")
    formats = read.texts(d.get("format"), "format") or ("text",)
    for kind in formats:
        if kind not in FORMATS or (kind == "text" and len(formats) > 1):
            read.wrong(d["format"].line, f"no format {kind!r} here", f"one of {', '.join(FORMATS)}; text stands alone")
    constants = read.constants(d.get("set"), "set")
    if "category" in d:
        constants["penstock.category"] = read.text(d["category"], "category")
    header = dict(HEADER)
    for part, target in read.mapping(d.get("header"), "header", HEADER).items():
        header[part] = read.texts(target, f"header.{part}")
    by, families = _families(d.get("families"), read)
    time = read.texts(d.get("time"), "time") or ("@timestamp",)
    if "recognise" not in d:
        read.wrong(node.line, f"dataset {name} says nowhere which records are its own", "recognise: [...]")
    return Dataset(
        f"{pack}.{name}",
        tuple(_selector(n, read) for n in read.sequence(d.get("recognise"), "recognise")),
        formats,
        read.text(d["head"], "head") if "head" in d else None,
        read.text(d["split"], "split") if "split" in d else None,
        tuple(_pattern(n, read) for n in read.sequence(d.get("patterns"), "patterns")),
        tuple(_group(n, read) for n in _included(read.sequence(d.get("keys"), "keys"), folder, read)),
        by,
        families,
        constants,
        read.texts(d.get("nulls"), "nulls"),
        header,
        time,
        _zone(d.get("zone"), read),
        _on_error(d.get("on_error"), read),
        read.texts(d.get("columns"), "columns"),
        tuple(
            s for n in _included(read.sequence(d.get("steps"), "steps"), folder, read) for s in _step(n, folder, read)
        ),
        node.line,
    )


def _on_error(node: Node | None, read: Reader) -> dict[str, str]:
    said = {k: read.text(v, "on_error") for k, v in read.mapping(node, "on_error").items()}
    return said if "*" in said else ON_ERROR | said


def _zone(node: Node | None, read: Reader) -> int | None:
    """Minutes east of UTC."""
    if node is None:
        return None
    found = _ZONE.fullmatch(read.text(node, "zone"))
    if not found:
        read.wrong(node.line, "zone must be like +01:00")
        return None
    minutes = 60 * int(found[2]) + int(found[3])
    if minutes > 14 * 60 or int(found[3]) > 59:
        read.wrong(node.line, "zone must be within 14 hours of UTC")
    return -minutes if found[1] == "-" else minutes


def _selector(node: Node, read: Reader) -> Selector:
    known = ("program", "begins", "like", "header", "keys", "values", "cef", "leef", "any")
    s = read.mapping(node, "a selector", known)
    product = read.mapping(s.get("cef") or s.get("leef"), "cef", ("vendor", "product"))
    values = {k: read.texts(v, k) for k, v in read.mapping(s.get("values"), "values").items()}
    texts = {k: read.texts(s.get(k), k) for k in ("program", "begins", "like", "header", "keys")}
    return Selector(
        **texts,
        values=values,
        vendor=read.texts(product.get("vendor"), "vendor"),
        product=read.texts(product.get("product"), "product"),
        any=read.flag(s.get("any"), "any"),
    )


def _pattern(node: Node, read: Reader) -> Pattern:
    p = read.mapping(node, "a pattern", ("name", "line", "lines", "for", "set", "category", "about"))
    lines = read.texts(p.get("line"), "line") + read.texts(p.get("lines"), "lines")
    if not lines:
        read.wrong(node.line, "a pattern needs a line")
    constants = read.constants(p.get("set"), "set")
    if "category" in p:
        constants["penstock.category"] = read.text(p["category"], "category")
    return Pattern(read.text(p.get("name"), "name"), lines, read.texts(p.get("for"), "for"), constants, node.line)


def _targets(node: Node | None, read: Reader) -> dict[str, tuple[str, ...]]:
    return {k: read.texts(v, k) for k, v in read.mapping(node, "fields").items()}


def _group(node: Node, read: Reader) -> Group:
    g = read.mapping(node, "a group of keys", ("under", "camel", "keep", "aliases", "fields"))
    camel = read.texts(g.get("camel"), "camel")
    places = read.texts(g.get("under"), "under") or (() if camel else ("",))
    fields = _targets(g.get("fields"), read)
    if read.flag(g.get("aliases"), "aliases"):
        fields = {**{name: (field,) for name, field in spellings().items() if name not in fields}, **fields}
    return Group(places, camel, read.flag(g.get("keep"), "keep"), fields)


def _included(nodes: list[Node], folder: Path, read: Reader) -> list[Node]:
    """The nodes of a list; `{file: more.yaml}` stands for those of the list in that file beside pack.yaml."""
    out: list[Node] = []
    for node in nodes:
        name = node.value.get("file") if isinstance(node.value, dict) and len(node.value) == 1 else None
        if name is None:
            out.append(node)
        elif (beside := _beside(folder, str(name.value))) is None:
            read.wrong(name.line, f"no file {name.value!r} beside pack.yaml")
        else:
            out.extend(read.sequence(load(beside), str(name.value)))
    return out


def _beside(folder: Path, name: str) -> Path | None:
    """A file of the pack's own folder; None when there is none, or the name leads elsewhere."""
    path = folder / name
    return path if path.is_file() and path.resolve().is_relative_to(folder.resolve()) else None


def _families(node: Node | None, read: Reader) -> tuple[tuple[str, ...], tuple[Family, ...]]:
    f = read.mapping(node, "families", ("by", "default", "of"))
    out = []
    for values, inner in [*read.mapping(f.get("of"), "of").items(), *([("", f["default"])] if "default" in f else [])]:
        body = read.mapping(inner, f"family {values}", ("set", "category", "fields", "about"))
        constants = read.constants(body.get("set"), "set")
        if "category" in body:
            constants["penstock.category"] = read.text(body["category"], "category")
        wanted = tuple(v.strip() for v in values.split(",")) if values else ()
        out.append(Family(wanted, constants, _targets(body.get("fields"), read), inner.line))
    return read.texts(f.get("by"), "by"), tuple(out)


def _step(node: Node, folder: Path, read: Reader) -> list[Step]:
    s = read.mapping(node, "a step", (*VERBS, "when", "over", "about"))
    when = s["when"].plain() if "when" in s else None
    over = read.flag(s.get("over"), "over")
    out = []
    for verb in VERBS:
        if verb not in s:
            continue
        plain = s[verb].plain()
        arguments = plain if isinstance(plain, dict) else {"fields": plain}
        if verb == "lookup" and isinstance(arguments.get("file"), str):
            beside = _beside(folder, arguments["file"])
            if beside is None:
                read.wrong(s[verb].line, f"no file {arguments['file']!r} beside pack.yaml")
            else:
                arguments = {**arguments, "table": load(beside).plain()}
        out.append(Step(verb, arguments, when, over, s[verb].line))
    if len(out) != 1 and set(s) <= {*VERBS, "when", "over", "about"}:  # what it has no name for was told already
        read.wrong(node.line, "a step does exactly one thing", f"one of {', '.join(VERBS)}")
    return out
