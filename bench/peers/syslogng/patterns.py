# ruff: noqa: E501 - log lines stand as they are
"""Write the patterndb of the OpenSSH and ASA corpora: `patterns.py > patterndb.xml`.

A pattern here is written with `{name}` for a word, `{name:number}` for digits, `{name|x}` for text up to x and
`{name*}` for the rest; syslog-ng's radix parsers take their place.
"""

from __future__ import annotations

import re
from xml.sax.saxutils import escape

OPENSSH = """
Failed password for invalid user {user} from {ip} port {port:number} ssh2
Failed password for {user} from {ip} port {port:number} ssh2
Accepted {method} for {user} from {ip} port {port:number} ssh2: {keytype} {key*}
Accepted {method} for {user} from {ip} port {port:number} ssh2
Invalid user {user} from {ip} port {port:number}
pam_unix(sshd:auth): authentication failure; logname= uid={uid:number} euid={euid:number} tty={tty} ruser= rhost={ip}  user={user*}
pam_unix(sshd:auth): authentication failure; logname= uid={uid:number} euid={euid:number} tty={tty} ruser= rhost={ip*}
pam_unix(sshd:auth): check pass; user unknown
pam_unix(sshd:session): session opened for user {user|(}uid={uid:number}) by (uid={byuid:number})
pam_unix(sshd:session): session closed for user {user*}
Received disconnect from {ip} port {port:number}:{code:number}: {reason*}
Disconnected from authenticating user {user} {ip} port {port:number} [preauth]
Disconnected from invalid user {user} {ip} port {port:number} [preauth]
Disconnected from user {user} {ip} port {port:number}
Disconnecting authenticating user {user} {ip} port {port:number}: {reason*}
Connection closed by authenticating user {user} {ip} port {port:number} [preauth]
Connection closed by invalid user {user} {ip} port {port:number} [preauth]
Connection closed by {ip} port {port:number} [preauth]
Connection reset by {ip} port {port:number} [preauth]
error: maximum authentication attempts exceeded for invalid user {user} from {ip} port {port:number} ssh2 [preauth]
error: maximum authentication attempts exceeded for {user} from {ip} port {port:number} ssh2 [preauth]
error: kex_exchange_identification: {reason*}
PAM {count:number} more authentication failures; logname= uid={uid:number} euid={euid:number} tty={tty} ruser= rhost={ip}  user={user*}
Did not receive identification string from {ip} port {port:number}
banner exchange: Connection from {ip} port {port:number}: {reason*}
Unable to negotiate with {ip} port {port:number}: {reason*}
reverse mapping checking getaddrinfo for {rhost} [{ip|]} failed - POSSIBLE BREAK-IN ATTEMPT!
fatal: Timeout before authentication for {ip} port {port:number}
Server listening on {ip} port {port:number}.
"""

_1 = "{if1|:}{ip1|/}{port1:number}"
_2 = "{if2|:}{ip2|/}{port2:number}"
_N1, _N2 = "({nip1|/}{nport1:number})", "({nip2|/}{nport2:number})"
ASA = f"""
Built {{direction}} TCP connection {{conn:number}} for {_1} {_N1} to {_2} {_N2}
Built {{direction}} TCP connection {{conn:number}} for {_1} {_N1}(LOCAL\\{{user1|)}} to {_2} {_N2} ({{user|)}}
Built {{direction}} UDP connection {{conn:number}} for {_1} {_N1} to {_2} {_N2}
Teardown TCP connection {{conn:number}} for {_1} to {_2} duration {{duration}} bytes {{bytes:number}} {{reason*}}
Teardown UDP connection {{conn:number}} for {_1} to {_2} duration {{duration}} bytes {{bytes:number}}
Built {{direction}} ICMP connection for faddr {{ip1|/}}{{port1:number}} gaddr {{nip1|/}}{{nport1:number}} laddr {{ip2|/}}{{port2:number}} type {{type:number}} code {{code:number}}
Teardown ICMP connection for faddr {{ip1|/}}{{port1:number}} gaddr {{nip1|/}}{{nport1:number}} laddr {{ip2|/}}{{port2:number}} type {{type:number}} code {{code:number}}
Built dynamic {{proto}} translation from {_1} to {_2}
Teardown dynamic {{proto}} translation from {_1} to {_2} duration {{duration*}}
Deny icmp src {{if1|:}}{{ip1}} dst {{if2|:}}{{ip2}} (type {{type:number}}, code {{code:number}}) by access-group "{{acl|"}} [{{h1|,}} {{h2|]}}
Deny {{proto}} src {_1} dst {_2} by access-group "{{acl|"}} [{{h1|,}} {{h2|]}}
access-list {{acl}} {{action}} {{proto}} {{if1|/}}{{ip1|(}}{{port1:number}}) -> {{if2|/}}{{ip2|(}}{{port2:number}}) hit-cnt {{hits:number}} first hit [{{h1|,}} {{h2|]}}
Deny TCP (no connection) from {{ip1|/}}{{port1:number}} to {{ip2|/}}{{port2:number}} flags {{flags|  on interface }}{{if1*}}
Inbound TCP connection denied from {{ip1|/}}{{port1:number}} to {{ip2|/}}{{port2:number}} flags {{flags|  on interface }}{{if1*}}
Deny inbound UDP from {{ip1|/}}{{port1:number}} to {{ip2|/}}{{port2:number}} on interface {{if1*}}
Group = {{group|,}} Username = {{user|,}} IP = {{ip1|,}} Session disconnected. Session Type: {{type|,}} Duration: {{duration|,}} Bytes xmt: {{out:number}}, Bytes rcv: {{in:number}}, Reason: {{reason*}}
AAA user authentication Successful : server =  {{server}} : user = {{user*}}
AAA user authentication Rejected : reason = AAA failure : server = {{server}} : user = {{user}} : user IP = {{ip1*}}
AAA user authentication Rejected : reason = Invalid password : local database : user = {{user}} : user IP = {{ip1*}}
User '{{user|'}} executed the '{{command|'}} command.
User '{{user|'}}, running '{{app|'}} from IP {{ip1|,}} executed '{{command|'}}
Login permitted from {{ip1|/}}{{port1:number}} to {{if2|:}}{{ip2|/}}{{service}} for user "{{user|"}}
Login denied from {{ip1|/}}{{port1:number}} to {{if2|:}}{{ip2|/}}{{service}} for user "{{user|"}}
User authentication succeeded: IP address: {{ip1|,}} Uname: {{user*}}
User authentication failed: IP address: {{ip1|,}} Uname: {{user*}}
UAUTH: Session={{session|,}} User={{user|,}} Assigned IP={{ip1|,}} {{reason*}}
Group <{{group|>}} User <{{user|>}} IP <{{ip1|>}} IPv4 Address <{{ip2|>}} IPv6 address <{{ip3|>}} assigned to session
Group <{{group|>}} User <{{user|>}} IP <{{ip1|>}} WebVPN session started.
Group <{{group|>}} User <{{user|>}} IP <{{ip1|>}} WebVPN session terminated: {{reason*}}
{{ip1}} Accessed URL {{ip2|:}}{{url*}}
[ {{object|]}} drop rate-1 exceeded. Current burst rate is {{burst:number}} per second, max configured rate is {{burstmax:number}}; Current average rate is {{average:number}} per second, max configured rate is {{averagemax:number}}; Cumulative total count is {{count:number}}
Failed to locate egress interface for {{proto}} from {_1} to {{ip2|/}}{{port2:number}}
"""

_PART = re.compile(r"\{(\w+)(:number|\*|\|[^}]+)?\}( ?)")


def radix(pattern: str) -> str:
    """The pattern with syslog-ng's parsers: @ESTRING@ takes its end with it, as does the space after a word."""

    def part(found: re.Match[str]) -> str:
        name, how, space = found.groups()
        if how == ":number":
            return f"@NUMBER:p.{name}@{space}"
        if how == "*":
            return f"@ANYSTRING:p.{name}@{space}"
        if how is None and not space:
            return f"@ANYSTRING:p.{name}@"
        return f"@ESTRING:p.{name}:{(how or '| ')[1:]}@" + (space if how else "")

    return _PART.sub(part, pattern.replace("@", "@@"))


def ruleset(name: str, programs: list[str], patterns: str, head: str = "") -> str:
    """One ruleset as XML; every pattern begins with `head` (already in syslog-ng's form)."""
    rules = "\n".join(
        f"<rule provider='bench' id='{name}-{i}' class='system'><patterns><pattern>{escape(head + radix(p))}</pattern></patterns></rule>"
        for i, p in enumerate(patterns.strip("\n").split("\n"))
    )
    which = "".join(f"<pattern>{p}</pattern>" for p in programs)
    return f"<ruleset name='{name}' id='{name}'><patterns>{which}</patterns><rules>\n{rules}\n</rules></ruleset>"


if __name__ == "__main__":
    print("<?xml version='1.0' encoding='UTF-8'?>\n<patterndb version='4' pub_date='2026-11-17'>")
    print(ruleset("sshd", ["sshd"], OPENSSH))
    print(ruleset("asa", ["asa"], ASA, "%ASA-@NUMBER:p.severity@-@NUMBER:p.id@: "))
    print("</patterndb>")
