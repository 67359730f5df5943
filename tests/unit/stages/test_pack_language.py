"""What docs/how-to/write-a-pack.md says, construct by construct, from a pack's text to the event."""

# ruff: noqa: E501  tables stand as they are

from __future__ import annotations

import pytest

KEEP = "event.id event.ingested event.original ecs.version penstock.schema.version penstock.pack @timestamp penstock.time.rule"
FIXED = {"event.dataset": "acme_gateway.log", "event.kind": "event", "penstock.category": "unknown.uncategorized"}


def shown(row: dict[str, object]) -> dict[str, object]:
    """The fields that the pack made."""
    return {k: v for k, v in row.items() if k not in KEEP.split() and FIXED.get(k) != v}


def text(*lines: str, more: str = "", **others: str) -> str:
    """A text dataset with one pattern of these lines, which takes what begins with `GW: `."""
    patterns = "\n".join(f"          - '{line}'" for line in lines)
    return f"""
  - name: log
    recognise: [{{begins: ['GW: ']}}]
    patterns:
      - name: one
        lines:
{patterns}
{others.get("pattern", "")}
{more}"""


def json(fields: str, more: str = "") -> str:
    return f"""
  - name: log
    recognise: [{{keys: [gw]}}]
    format: json
    keys:
      - fields: {{{fields}}}
{more}"""


FIELDS = """
x: keyword
y: keyword
z: keyword
n: long
d: double
b: boolean
i: ip
t: date
o: object
xs: {type: keyword, many: true}
ns: {type: long, many: true}
ips: {type: ip, many: true}
ts: {type: date, many: true}
one: {type: keyword, allowed: [a, b]}
some: {type: keyword, many: true, allowed: [a, b]}
"""


@pytest.fixture
def gateway(pack_of):
    return lambda yaml: pack_of(yaml, FIELDS)


def steps(*lines: str) -> str:
    return "    steps:\n" + "\n".join(f"      - {line}" for line in lines)


X, Y, Z = (f"acme_gateway.{k}" for k in "xyz")


class TestSteps:
    """Every verb, on a record `GW: <x>|<y>`."""

    @pytest.mark.parametrize(
        ("step", "record", "wanted"),
        [
            ("set: {event.outcome: failure}", "1|2", {"event.outcome": "failure"}),
            ("set: {acme_gateway.x: new}", "1|2", {X: "1"}),
            ("{set: {acme_gateway.x: new}, over: true}", "1|2", {X: "new"}),
            ("set: {event.type: [start, info]}", "1|2", {"event.type": ["start", "info"]}),
            ("copy: {user.name: acme_gateway.x}", "1|2", {"user.name": "1"}),
            ("copy: {user.name: [acme_gateway.z, acme_gateway.y, acme_gateway.x]}", "1|2", {"user.name": "2"}),
            ("lookup: {from: acme_gateway.x, table: {'1': {network.transport: icmp}, '6': {network.transport: tcp}}}", "6|2",
             {"network.transport": "tcp"}),
            ("lookup: {from: acme_gateway.x, to: network.transport, table: {'6': tcp}, default: other}", "9|2",
             {"network.transport": "other"}),
            ("lookup: {from: acme_gateway.x, to: network.transport, table: {TCP: t}, fold: true}", "tCp|2",
             {"network.transport": "t"}),
            ("lookup: {from: [acme_gateway.x, acme_gateway.y], to: network.transport, table: {a/b: t, b/a: no}}", "a|b",
             {"network.transport": "t"}),
            ("lookup: {from: acme_gateway.x, to: network.transport, table: {'1, 2': t}}", "2|b", {"network.transport": "t"}),
            (r"pattern: {from: acme_gateway.x, lines: ['{user.domain}\{user.name}']}", r"d\u|2",
             {"user.domain": "d", "user.name": "u"}),
            (r"pattern: {from: acme_gateway.x, lines: ['{user.domain}\{user.name}']}", "u|2", {X: "u"}),
            ("regex: {from: acme_gateway.x, match: '^(?P<user__name>[a-z]+)@(?P<user__domain>.+)$'}", "bob@x.y|2",
             {"user.name": "bob", "user.domain": "x.y"}),
            ("kv: {from: acme_gateway.x, fields: {k: user.name, l: user.domain}}", 'k=v l="w w"|2',
             {"user.name": "v", "user.domain": "w w"}),
            ("kv: {from: acme_gateway.x, form: colon, fields: {User: user.name, Dom: user.domain}}", "User: a, Dom: b|2",
             {"user.name": "a", "user.domain": "b"}),
            ("url: {from: acme_gateway.x}", "https://bob@example.com:8443/a.php?q#f|2",
             {"url.scheme": "https", "url.username": "bob", "url.domain": "example.com", "url.port": 8443, "url.path": "/a.php",
              "url.query": "q", "url.fragment": "f", "url.extension": "php"}),
            ("path: {from: acme_gateway.x, name: process.name, directory: acme_gateway.z, extension: file.extension}",
             r"C:\a\b.exe|2", {"process.name": "b.exe", Z: r"C:\a", "file.extension": "exe"}),
            ("account: {from: acme_gateway.x, name: user.name, domain: user.domain}", r"D\u|2",
             {"user.name": "u", "user.domain": "D"}),
            ("hashes: {from: acme_gateway.x, to: process.hash}", "MD5=ab,IMPHASH=cd|2",
             {"process.hash.md5": "ab", "process.pe.imphash": "cd"}),
            ("duration: {from: acme_gateway.x, to: event.duration}", "1:00:01|2", {"event.duration": 3601 * 10**9}),
            ("duration: {from: acme_gateway.x, to: event.duration, unit: ms}", "1.5|2", {"event.duration": 1_500_000}),
            ("duration: {from: acme_gateway.x, to: event.duration}", "long|2", {}),
            ("time: {from: acme_gateway.x, to: event.start}", "2026-11-23T10:00:00+01:00|2",
             {"event.start": "2026-11-23T09:00:00.000000Z"}),
            (r'join: {to: acme_gateway.z, of: [acme_gateway.y, "\\", acme_gateway.x]}', "u|d", {Z: r"d\u"}),
            ("join: {to: acme_gateway.z, of: [acme_gateway.y, user.name]}", "u|d", {}),
            ("list: {from: acme_gateway.x, to: acme_gateway.xs}", "a, b,,c|2", {"acme_gateway.xs": ["a", "b", "c"]}),
            ("list: {from: acme_gateway.x, to: acme_gateway.xs, separator: ' - '}", "a - b-c|2",
             {"acme_gateway.xs": ["a", "b-c"]}),
            ("lower: [acme_gateway.x]", "ABC|D", {X: "abc", Y: "D"}),
            ("upper: [acme_gateway.x]", "abc|d", {X: "ABC", Y: "d"}),
            ("mac: [acme_gateway.x]", "0a:1b:2c:3d:4e:5f|2", {X: "0A-1B-2C-3D-4E-5F"}),
            ("{set: {event.outcome: failure}, when: {acme_gateway.x: '1'}}", "1|2", {"event.outcome": "failure"}),
            ("{set: {event.outcome: failure}, when: {acme_gateway.x: '1'}}", "2|2", {}),
        ],
    )  # fmt: skip
    def test_verb(self, gateway, step, record, wanted):
        row = gateway(text("GW: {acme_gateway.x}|{acme_gateway.y}", more=steps(step)))(b"GW: " + record.encode()).only
        x, y = record.rsplit("|", 1)
        assert shown(row) == {X: x, Y: y, **wanted}

    def test_swap(self, gateway):
        run = gateway(
            text("GW: {source.ip}:{source.port} {destination.ip} {acme_gateway.x}",
                 more=steps("{swap: [[source, destination]], when: {acme_gateway.x: in}}"))
        )  # fmt: skip
        one, two = run(b"GW: 192.0.2.1:5 192.0.2.2 in", b"GW: 192.0.2.1:5 192.0.2.2 out").events
        assert (one["source.ip"], one["destination.ip"], one["destination.port"]) == ("192.0.2.2", "192.0.2.1", 5)
        assert "source.port" not in one
        assert (two["source.ip"], two["source.port"], two["destination.ip"]) == ("192.0.2.1", 5, "192.0.2.2")

    def test_later_steps_see_what_earlier_ones_wrote(self, gateway):
        more = steps(
            "copy: {_a: acme_gateway.x}", "lower: [_a]", "{set: {event.outcome: success}, when: {_a: yes-it-is}}"
        )
        row = gateway(text("GW: {acme_gateway.x}", more=more))(b"GW: YES-IT-IS").only
        assert shown(row) == {X: "YES-IT-IS", "event.outcome": "success"}

    @pytest.mark.parametrize(
        ("when", "hits"),
        [
            ("{acme_gateway.x: a}", "a"), ("{acme_gateway.x: [a, ab]}", "a ab"), ("{acme_gateway.x: {exists: true}}", "a ab b bc"),
            ("{acme_gateway.x: {exists: false}}", "-"), ("{acme_gateway.x: {begins: b}}", "b bc"),
            ("{acme_gateway.x: {ends: [b, c]}}", "ab b bc"), ("{acme_gateway.x: {contains: b, not: b}}", "ab bc"),
            ("{not: {acme_gateway.x: a}}", "ab b bc -"), ("[{acme_gateway.x: a}, {acme_gateway.x: b}]", "a b"),
            ("{acme_gateway.x: {begins: a}, acme_gateway.y: {exists: true}}", ""), ("{event.dataset: acme_gateway.log}", "a ab b bc -"),
            ("{not: [{acme_gateway.x: a}, {acme_gateway.x: {exists: false}}]}", "ab b bc"),
        ],
    )  # fmt: skip
    def test_when(self, gateway, when, hits):
        run = gateway(
            text("GW: x={acme_gateway.x:maybe};", more=steps(f"{{set: {{event.outcome: success}}, when: {when}}}"))
        )
        values = ["a", "ab", "b", "bc", ""]
        rows = run(*(f"GW: x={v};".encode() for v in values)).events
        assert [v or "-" for v, r in zip(values, rows, strict=True) if "event.outcome" in r] == hits.split()


class TestPrecedence:
    """A value of the record, then the pattern's or family's `set`, then steps, then the dataset's `set`."""

    PACK = text(
        "GW: {?r=?}{?{event.reason:word}?} end{?{acme_gateway.x:rest}?}",
        pattern="        set: {event.action: of-pattern, event.reason: of-pattern}",
        more=steps("set: {event.action: of-step, event.provider: of-step, event.reason: of-step}")
        + "\n    set: {event.action: of-set, event.provider: of-set, event.module: of-set}\n    category: auth.none",
    )

    def test_order(self, gateway):
        run = gateway(self.PACK)
        one, two = run(b"GW: r=captured end", b"GW:  end").events
        assert one["event.reason"] == "captured"
        assert two["event.reason"] == "of-pattern"
        for row in (one, two):
            assert row["event.action"] == "of-pattern"
            assert row["event.provider"] == "of-step"
            assert row["event.module"] == "of-set"
            assert row["penstock.category"] == "auth.none"


class TestStructured:
    def test_families(self, gateway):
        run = gateway(json(
            "gw: event.code, u: [], v: acme_gateway.x",
            """
    families:
      by: [gw]
      default: {set: {event.action: other}, category: system.none}
      of:
        "1": {set: {event.action: one}, fields: {u: user.name}}
        "2, 3": {set: {event.action: more}, fields: {v: acme_gateway.y}}
""",
        ))  # fmt: skip
        rows = run(*(b'{"gw":"%d","u":"bob","v":"w"}' % i for i in (1, 2, 3, 4))).events
        assert [r["event.action"] for r in rows] == ["one", "more", "more", "other"]
        assert [r.get("user.name") for r in rows] == ["bob", None, None, None]
        assert [(r.get(X), r.get(Y)) for r in rows] == [("w", None), ("w", "w"), ("w", "w"), ("w", None)]
        assert [r["penstock.category"] for r in rows] == ["unknown.uncategorized"] * 3 + ["system.none"]

    def test_by_several_members_and_by_field(self, gateway):
        for by in ("[gw, sub]", "[event.code, sub]"):
            run = gateway(json("gw: event.code, sub: acme_gateway.x", f"""
    families:
      by: {by}
      of: {{"1/a": {{set: {{event.action: hit}}}}}}
"""))  # fmt: skip
            rows = run(b'{"gw":"1","sub":"a"}', b'{"gw":"1","sub":"b"}', b'{"gw":"1"}').events
            assert [r.get("event.action") for r in rows] == ["hit", None, None]

    def test_places_elements_and_what_is_left(self, gateway):
        run = gateway("""
  - name: log
    recognise: [{keys: [gw]}]
    format: json
    keys:
      - under: ["", data.inner]
        camel: [data.camel]
        fields: {Ip: source.ip, 'attrs."k8s.pod"': acme_gateway.x, "list.[].Name": acme_gateway.xs, obj: acme_gateway.o}
""")
        assert shown(run(b'{"gw":1,"Ip":"192.0.2.1"}').only)["source.ip"] == "192.0.2.1"
        assert shown(run(b'{"gw":1,"data":{"inner":{"Ip":"192.0.2.1"}}}').only)["source.ip"] == "192.0.2.1"
        assert shown(run(b'{"gw":1,"data":{"camel":{"ip":"192.0.2.1"}}}').only)["source.ip"] == "192.0.2.1"
        assert shown(run(b'{"gw":1,"data.inner.Ip":"192.0.2.1"}').only)["source.ip"] == "192.0.2.1"
        row = run(
            b'{"gw":1,"attrs":{"k8s.pod":"p","q":2},"list":[{"Name":"a"},{"Name":"b"},{"No":1}],"obj":{"k":[1]}}'
        ).only
        assert shown(row) == {
            X: "p", "acme_gateway.xs": ["a", "b"], "acme_gateway.o": '{"k":[1]}',
            "acme_gateway.unmapped": '{"gw":1,"attrs.q":2,"list":[{"Name":"a"},{"Name":"b"},{"No":1}]}',
        }  # fmt: skip

    def test_keep_and_nulls(self, gateway):
        run = gateway("""
  - name: log
    recognise: [{keys: [gw]}]
    format: json
    nulls: ["-", "N/A", "not available at all"]
    keys: [{keep: true, fields: {gw: [], user: user.name, dst: [destination.ip]}}]
""")
        row = run(b'{"gw":"1","user":"-","dst":"not available at all"}').only
        assert shown(row) == {
            "acme_gateway.gw": "1",
            "acme_gateway.user": "-",
            "acme_gateway.dst": "not available at all",
        }

    def test_a_copy_to_ecs_leaves_out_what_means_nothing(self, gateway):
        run = gateway("""
  - name: log
    recognise: [{keys: [gw]}]
    format: json
    nulls: ["-"]
    keys: [{fields: {gw: [], u: _u, v: acme_gateway.x}}]
    steps:
      - copy: {acme_gateway.y: _u}
      - copy: {user.name: [_u, acme_gateway.x]}
""")
        rows = run(b'{"gw":"1","u":"-","v":"b"}', b'{"gw":"1","u":"","v":"-"}', b'{"gw":"1","u":"a"}').events
        assert [(r.get("user.name"), r.get("acme_gateway.y")) for r in rows] == [("b", "-"), (None, ""), ("a", "a")]

    def test_values_and_alternatives_select(self, pack_of):
        run = pack_of("""
  - name: log
    recognise: [{values: {kind|type: [a, b]}}]
    format: json
    keys: [{fields: {q: acme_gateway.x}}]
  - name: more
    recognise: [{keys: [only, gw]}]
    format: json
    keys: [{fields: {q: acme_gateway.x}}]
""")
        found = run(b'{"kind":"a"}', b'{"type":"b"}', b'{"kind":"c"}', b'{"only":1,"gw":2}', b'{"only":1}')
        assert [r["event.dataset"] for r in found.events] == ["acme_gateway.log"] * 2 + ["acme_gateway.more"]
        assert [r[:2] for r in found.rejects] == [(2, "UNKNOWN_FORMAT"), (4, "UNKNOWN_FORMAT")]


class TestTypes:
    ALL = ("gw: [], n: acme_gateway.n, d: acme_gateway.d, b: acme_gateway.b, i: acme_gateway.i, t: acme_gateway.t, x: acme_gateway.x,"
           " xs: acme_gateway.xs, ns: acme_gateway.ns, ips: acme_gateway.ips, ts: acme_gateway.ts, one: acme_gateway.one,"
           " some: acme_gateway.some")  # fmt: skip

    @pytest.mark.parametrize(
        ("member", "wanted"),
        [
            ('"n":"007"', 7), ('"d":"1e3"', 1000), ('"b":"TRUE"', True), ('"i":"2001:DB8::0:1"', "2001:db8::1"),
            ('"t":1795428000', "2026-11-23T10:00:00.000000Z"), ('"xs":"a"', ["a"]), ('"xs":["a","b"]', ["a", "b"]),
            ('"xs":[1,true,null,{"k":[2]},["c"]]', ["1", "true", '{"k":[2]}', "c"]), ('"xs":"[a"', ["[a"]),
            ('"xs":"[not, json]"', ["[not, json]"]), ('"ns":["1",2]', [1, 2]), ('"ns":"3"', [3]),
            ('"ips":["192.0.2.1","2001:DB8::1"]', ["192.0.2.1", "2001:db8::1"]), ('"ips":"192.0.2.1"', ["192.0.2.1"]),
            ('"ts":["2026-11-23T10:00:00Z",1795428000]', ["2026-11-23T10:00:00.000000Z"] * 2), ('"some":["a","b"]', ["a", "b"]),
            ('"one":"a"', "a"), ('"xs":["\\u00e9\\n"]', ["é\n"]), ('"x":["a"]', '["a"]'),
        ],
    )  # fmt: skip
    def test_made_canonical(self, gateway, member, wanted):
        name = member.split('"')[1]
        assert gateway(json(self.ALL))(b'{"gw":1,%s}' % member.encode()).only[f"acme_gateway.{name}"] == wanted

    @pytest.mark.parametrize("member", ['"xs":[]', '"xs":[null]', '"ns":[]', '"x":null'])
    def test_nothing_is_absent(self, gateway, member):
        assert shown(gateway(json(self.ALL))(b'{"gw":1,%s}' % member.encode()).only) == {
            "acme_gateway.unmapped": '{"gw":1}'
        }

    @pytest.mark.parametrize(
        ("member", "category", "code"),
        [
            ('"n":"1x"', "TYPE_MISMATCH", "type.long:acme_gateway.n"), ('"n":9223372036854775808', "TYPE_MISMATCH", "type.long:acme_gateway.n"),
            ('"d":"x"', "TYPE_MISMATCH", "type.double:acme_gateway.d"), ('"b":"maybe"', "TYPE_MISMATCH", "type.boolean:acme_gateway.b"),
            ('"i":"1.2.3"', "TYPE_MISMATCH", "type.ip:acme_gateway.i"), ('"t":"noon"', "TYPE_MISMATCH", "type.date:acme_gateway.t"),
            ('"ips":["192.0.2.1","x"]', "TYPE_MISMATCH", "type.ip:acme_gateway.ips"), ('"ns":[1,"]"]', "TYPE_MISMATCH", "type.long:acme_gateway.ns"),
            ('"ns":"[1,\\"a\\"]"', "TYPE_MISMATCH", "type.long:acme_gateway.ns"),
            ('"one":"c"', "SCHEMA_VIOLATION", "schema.allowed:acme_gateway.one"), ('"some":["a","c"]', "SCHEMA_VIOLATION", "schema.allowed:acme_gateway.some"),
        ],
    )  # fmt: skip
    def test_refused(self, gateway, member, category, code):
        found = gateway(json(self.ALL))(b'{"gw":1,%s}' % member.encode(), b'{"gw":1}')
        assert [r[:3] for r in found.rejects] == [(0, category, code)]
        assert code.partition(":")[2] in found.rejects[0][3]
        assert len(found.events) == 1

    def test_text_in_brackets_injects_nothing(self, gateway):
        """A captured text is a text, however much it looks like the end of an array and more fields."""
        run = gateway(text("GW: {acme_gateway.xs}"))
        evil = '["a"],"user.name":"root","acme_gateway.x":["b"]'
        row = run(b"GW: " + evil.encode()).only
        assert shown(row) == {"acme_gateway.xs": [evil]}

    def test_on_error(self, gateway):
        more = "    on_error: {source.ip: source.domain, url.port: drop, acme_gateway.ips: acme_gateway.x}"
        run = gateway(json("gw: [], s: source.ip, p: url.port, ips: acme_gateway.ips", more))
        row = run(b'{"gw":1,"s":"host.example","p":"http","ips":["192.0.2.1","zz","192.0.2.2"]}').only
        row.pop("acme_gateway.unmapped")
        assert shown(row) == {"source.domain": "host.example", "acme_gateway.ips": ["192.0.2.1", "192.0.2.2"], X: "zz"}


class TestTime:
    def test_the_first_that_is_there(self, gateway):
        pack = json("gw: [], a: event.start, b: event.created", "    time: [event.start, event.created]")
        rows = gateway(pack)(
            b'{"gw":1,"a":"2026-01-01T00:00:00Z","b":"2026-02-01T00:00:00Z"}', b'{"gw":1,"b":"2026-02-01T00:00:00Z"}',
            b'<13>Nov 23 10:00:00 h a: {"gw":1}', b'{"gw":1}',
        ).events  # fmt: skip
        assert [r["@timestamp"][:10] for r in rows] == ["2026-01-01", "2026-02-01", "2026-11-23", "2026-11-23"]
        assert [r.get("penstock.time.rule") for r in rows] == [None, None, ["year", "zone"], ["arrival"]]
        assert rows[0]["event.start"] == "2026-01-01T00:00:00.000000Z"

    def test_zone(self, gateway):
        pack = json('gw: [], a: "@timestamp"', '    zone: "+02:30"')
        row = gateway(pack)(b'{"gw":1,"a":"2026-01-01 03:00:00"}').only
        assert row["@timestamp"] == "2026-01-01T00:30:00.000000Z"
        row = gateway(json('gw: [], a: "@timestamp"'))(b'{"gw":1,"a":"2026-01-01 03:00:00"}', zone=-60).only
        assert row["@timestamp"] == "2026-01-01T04:00:00.000000Z"

    def test_a_time_that_is_none(self, gateway):
        found = gateway(json('gw: [], a: "@timestamp"'))(b'{"gw":1,"a":"2026-02-30 03:00:00"}')
        assert found.rejects[0][1:3] == ("TYPE_MISMATCH", "type.date:@timestamp")


class TestHeader:
    LINE = b"<34>1 2026-11-23T10:00:00Z web1 GW 12 ID7 - GW: a"

    def test_parts_go_where_the_pack_says(self, gateway):
        row = shown(gateway(text("GW: {acme_gateway.x}"))(self.LINE).only)
        assert row == {
            "host.name": "web1", "process.name": "GW", "process.pid": 12, "log.syslog.msgid": "ID7", X: "a",
            "log.syslog.priority": 34, "log.syslog.facility.code": 4, "log.syslog.facility.name": "auth",
            "log.syslog.severity.code": 2, "log.syslog.severity.name": "critical",
        }  # fmt: skip

    def test_else_to_log_syslog(self, gateway):
        more = "    header: {host: [], app: acme_gateway.y, pid: [], message_id: event.code}"
        row = shown(gateway(text("GW: {acme_gateway.x}", more=more))(self.LINE).only)
        assert {k: v for k, v in row.items() if ".code" not in k and "severity" not in k and "facility" not in k} == {
            "log.syslog.hostname": "web1", Y: "GW", "log.syslog.procid": "12", X: "a", "log.syslog.priority": 34,
        }  # fmt: skip
        assert row["event.code"] == "ID7"

    def test_what_the_record_says_itself_stays(self, gateway):
        row = gateway(text("GW: {host.name}"))(self.LINE).only
        assert row["host.name"] == "a"


class TestText:
    def test_selectors(self, pack_of):
        run = pack_of("""
  - name: tag
    recognise: [{program: [gwd]}]
    patterns: [{name: a, line: '{acme_gateway.x}'}]
  - name: begins
    recognise: [{begins: ['GW', '!']}]
    patterns: [{name: a, line: '{acme_gateway.x}'}]
  - name: like
    recognise: [{like: ['203.0.113.9 - [23/Nov/2026 x']}]
    patterns: [{name: a, line: '{acme_gateway.x}'}]
""")
        lines = [
            b"<34>Nov 23 10:00:00 h gwd[3]: z", b"<34>Nov 23 10:00:00 h /opt/sbin/gwd[3]: z", b"GW 1", b"!x", b"!",
            b"198.51.100.1 - [1/Dec rest", b"<34>Nov 23 10:00:00 h GWxyz",
        ]  # fmt: skip
        found = run(*lines)
        assert [r["event.dataset"].rpartition(".")[2] for r in found.events] == [
            "tag", "tag", "begins", "begins", "begins", "like", "begins"
        ]  # fmt: skip

    def test_drift_and_unknown(self, gateway):
        found = gateway(text("GW: a {acme_gateway.x}"))(b"GW: b c", b"nobody knows this", b"GW: a c")
        assert [r[:3] for r in found.rejects] == [
            (0, "VENDOR_FORMAT_DRIFT", "pattern.none"), (1, "UNKNOWN_FORMAT", "format.unknown")
        ]  # fmt: skip
        assert found.rejects[0][3] == "recognised as acme_gateway.log, but none of its patterns matches"

    def test_a_hint_skips_recognition(self, gateway):
        found = gateway(text("{acme_gateway.x}"))(b"anything at all", pack="acme_gateway")
        assert found.only[X] == "anything at all"

    def test_private_names_are_not_written(self, gateway):
        assert shown(gateway(text("GW: {_a} {acme_gateway.x}"))(b"GW: p q").only) == {X: "q"}
