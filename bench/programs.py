"""Every program that is measured, as a function from (corpus, file, folder) to the `Job` that takes it apart."""

from __future__ import annotations

import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from measure import Job
from paths import HERE
from peers.install import SYSLOG_NG, rsyslog, syslog_ng

Program = Callable[[str, Path, Path], Job]

JSON_CORPORA = ("cloudtrail", "windows")


def fresh(folder: Path) -> Path:
    """The folder, empty."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def default_ours() -> str:
    """`penstock parse` of this Python's environment."""
    script = Path(sys.executable).parent / "penstock"
    return f"{script} parse" if script.exists() else f"{sys.executable} -m penstock parse"


def ours(command: str) -> Program:
    """Penstock, NDJSON to stdout."""

    def job(_: str, source: Path, work: Path) -> Job:
        return Job([*shlex.split(command), str(source)], fresh(work) / "out", to_stdout=True)

    return job


def ours_lake(command: str) -> Program:
    """Penstock into Parquet; its lines are not counted here."""

    def job(_: str, source: Path, work: Path) -> Job:
        fresh(work)
        argv = [*shlex.split(command), str(source), "--format", "parquet", "--out", str(work / "lake")]
        return Job(argv, work / "out", to_stdout=True)

    return job


def tuned_python(corpus: str, source: Path, work: Path) -> Job:
    """Per-event Python."""
    out = fresh(work) / "out"
    return Job([sys.executable, str(HERE / "peers/tuned_python.py"), str(source), str(out), corpus], out)


def rsyslog_job(corpus: str, source: Path, work: Path, *, original: bool) -> Job:
    """rsyslog: imfile, mmnormalize or mmjsonparse, omfile, on one thread without a queue."""
    fresh(work)
    rules = HERE / f"peers/rsyslog/{corpus}.rulebase"
    template = 'property(name="$!all-json-plain") constant(value="\\n")'
    if original:
        template = (
            'constant(value="{\\"original\\":\\"") property(name="msg" format="json")'
            ' constant(value="\\",\\"fields\\":")'
            ' property(name="$!all-json-plain") constant(value="}\\n")'
        )
    with_rules = rules.exists()
    places = {
        "WORK": str(work),
        "IN": str(source),
        "OUT": str(work / "out"),
        "TEMPLATE": template,
        "MODE": "inotify",
        "FLUSH": "on",
        "MODULE": 'module(load="mmnormalize")' if with_rules else 'module(load="mmjsonparse")',
        "ACTION": f'action(type="mmnormalize" rulebase="{rules}")'
        if with_rules
        else 'action(type="mmjsonparse" cookie="")',
    }
    config = _filled(HERE / "peers/rsyslog/base.conf", places, work)
    return Job(
        [rsyslog() or "rsyslogd", "-n", "-C", "-f", str(config), "-i", str(work / "pid")], work / "out", stays=True
    )


def syslog_ng_job(corpus: str, source: Path, work: Path) -> Job:
    """syslog-ng: patterndb for messages, csv-parser, kv-parser and json-parser for the others."""
    fresh(work)
    patterns = work / "patterndb.xml"
    patterns.write_text(subprocess.check_output([sys.executable, str(HERE / "peers/syslogng/patterns.py")], text=True))
    places = _syslog_ng_parts(corpus, patterns) | {"IN": str(source), "OUT": str(work / "out")}
    config = _filled(HERE / "peers/syslogng/base.conf", places, work)
    root = SYSLOG_NG
    libraries = f"{root}/usr/lib/x86_64-linux-gnu:{root}/lib/x86_64-linux-gnu:{root}/usr/lib/syslog-ng"
    argv = [
        syslog_ng() or "syslog-ng", "-F", "--no-caps", "-f", str(config), "-R", str(work / "persist"),
        "-p", str(work / "pid"),
        "-c", str(work / "control"), "--module-path", f"{root}/usr/lib/syslog-ng/3.38",
    ]  # fmt: skip
    return Job(argv, work / "out", stays=True, env={"LD_LIBRARY_PATH": libraries})


def _syslog_ng_parts(corpus: str, patterns: Path) -> dict[str, str]:
    head = "$(format-json TIMESTAMP=$DATE HOST=$HOST --key p.*)"
    if corpus in JSON_CORPORA:
        parser = 'parser p { json-parser(prefix("p.")); };'
        return {
            "FLAGS": "flags(no-parse)",
            "TEMPLATE": "$(format-json --key p.*)",
            "PARSER": parser,
            "USE": "parser(p);",
        }
    if corpus == "openssh":
        parser = f'parser p {{ db-parser(file("{patterns}")); }};'
        return {
            "FLAGS": "",
            "TEMPLATE": head.replace("--key", "PROGRAM=$PROGRAM PID=$PID --key"),
            "PARSER": parser,
            "USE": "parser(p);",
        }
    if corpus == "asa":
        parser = f'parser p {{ db-parser(file("{patterns}") program-template("asa")); }};'
        return {"FLAGS": "", "TEMPLATE": head, "PARSER": parser, "USE": "parser(p);"}
    if corpus == "apache":
        parser = (
            'parser p { csv-parser(prefix("p.") dialect(escape-backslash) delimiters(" ") quote-pairs(\'""[]\')'
            ' columns("ip","ident","user","timestamp","request","status","bytes","referer","agent")); };\n'
            'parser q { csv-parser(prefix("p.") template("${p.request}") delimiters(" ") dialect(escape-none)'
            ' columns("verb","url","version")); };'
        )
        return {
            "FLAGS": "flags(no-parse)",
            "TEMPLATE": "$(format-json --key p.*)",
            "PARSER": parser,
            "USE": "parser(p); parser(q);",
        }
    if corpus == "cef":
        parser = (
            'parser p { csv-parser(prefix("p.") dialect(escape-backslash) flags(greedy) delimiters("|")'
            ' columns("version","vendor","product","dversion","class","name","severity","ext")); };\n'
            'parser q { kv-parser(prefix("p.e.") template("${p.ext}")); };\nrewrite r { unset(value("p.ext")); };'
        )
        return {"FLAGS": "", "TEMPLATE": head, "PARSER": parser, "USE": "parser(p); parser(q); rewrite(r);"}
    raise KeyError(corpus)


def _filled(template: Path, places: dict[str, str], work: Path) -> Path:
    text = template.read_text()
    for name, value in places.items():
        text = text.replace(f"@{name}@", value)
    made = work / "conf"
    made.write_text(text)
    return made


def peers(corpus: str) -> dict[str, Program]:
    """The peers that can take this corpus on this machine."""
    found: dict[str, Program] = {"tuned Python": tuned_python}
    if corpus == "mixed":
        return found
    if rsyslog():
        found["rsyslog"] = lambda c, s, w: rsyslog_job(c, s, w, original=False)
        found["rsyslog + original"] = lambda c, s, w: rsyslog_job(c, s, w, original=True)
    if syslog_ng():
        found["syslog-ng"] = syslog_ng_job
    return found
