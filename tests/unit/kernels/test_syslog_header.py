"""Syslog headers: a table of what devices really send, and what must hold whatever they send."""

# ruff: noqa: E501  tables stand as they are

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.columns import Text
from penstock.formats.syslog import Headers, headers
from penstock.kernels import syslog_header as kernel

NAMES = ("time", "host", "app", "pid", "msgid", "data", "body")

# fmt: off
TABLE: list[tuple[str, int, int, dict[str, str]]] = [
    ("<34>Oct 11 22:14:15 mymachine su: 'su root' failed for lonvick on /dev/pts/8", kernel.RFC3164, 34, {"time": "Oct 11 22:14:15", "host": "mymachine", "app": "su", "body": "'su root' failed for lonvick on /dev/pts/8"}),
    ("<13>Feb  5 17:32:18 10.0.0.99 Use the BFG!", kernel.RFC3164, 13, {"time": "Feb  5 17:32:18", "host": "10.0.0.99", "body": "Use the BFG!"}),
    ('<165>1 2003-10-11T22:14:15.003Z mymachine.example.com evntslog - ID47 [exampleSDID@32473 iut="3" eventSource="App\\"x]" eventID="1011"] BOMAn event', kernel.RFC5424, 165, {"time": "2003-10-11T22:14:15.003Z", "host": "mymachine.example.com", "app": "evntslog", "msgid": "ID47", "data": '[exampleSDID@32473 iut="3" eventSource="App\\"x]" eventID="1011"]', "body": "BOMAn event"}),
    ("<165>1 2003-08-24T05:14:15.000003-07:00 192.0.2.1 myproc 8710 - - %% It's time to make the do-nuts.", kernel.RFC5424, 165, {"time": "2003-08-24T05:14:15.000003-07:00", "host": "192.0.2.1", "app": "myproc", "pid": "8710", "body": "%% It's time to make the do-nuts."}),
    ('<165>1 2003-10-11T22:14:15.003Z mymachine.example.com evntslog - ID47 [a@1 x="1"][b@2 y="2"]', kernel.RFC5424, 165, {"time": "2003-10-11T22:14:15.003Z", "host": "mymachine.example.com", "app": "evntslog", "msgid": "ID47", "data": '[a@1 x="1"][b@2 y="2"]', "body": ""}),
    ("<34>1 - - - - - -", kernel.RFC5424, 34, {"body": ""}),
    ("<34>1 - - - - - - msg", kernel.RFC5424, 34, {"body": "msg"}),
    ("<34>1 2026-11-23T10:00:00Z h a - - msg without structured data", kernel.RFC5424, 34, {"time": "2026-11-23T10:00:00Z", "host": "h", "app": "a", "body": "msg without structured data"}),
    ("<34>1 2026-11-23T10:00:00Z h a - -", kernel.RFC5424, 34, {"time": "2026-11-23T10:00:00Z", "host": "h", "app": "a", "body": ""}),
    ("<34>1 2026-11-23T10:00:00Z h a -", kernel.BROKEN, 34, {"body": "…"}),
    ("<34>1 2026-11-23 10:00:00 h a - - - x", kernel.BROKEN, 34, {"body": "…"}),
    ("<34>1 2026-11-23T10:00:00Z h a - - [x", kernel.BROKEN, 34, {"body": "…"}),
    ("Nov 23 10:00:01 web1 sshd[12]: Failed password", kernel.RFC3164, -1, {"time": "Nov 23 10:00:01", "host": "web1", "app": "sshd", "pid": "12", "body": "Failed password"}),
    ("Nov  3 10:00:01 web1 sshd[12]: Failed password", kernel.RFC3164, -1, {"time": "Nov  3 10:00:01", "host": "web1", "app": "sshd", "pid": "12", "body": "Failed password"}),
    ("Nov 23 10:00:01 web1 kernel: [12.3] x", kernel.RFC3164, -1, {"time": "Nov 23 10:00:01", "host": "web1", "app": "kernel", "body": "[12.3] x"}),
    ("Nov 23 10:00:01 web1 /usr/sbin/cron[7]: (root) CMD", kernel.RFC3164, -1, {"time": "Nov 23 10:00:01", "host": "web1", "app": "/usr/sbin/cron", "pid": "7", "body": "(root) CMD"}),
    ("Nov 23 10:00:01 web1 postfix/smtpd[99]: connect", kernel.RFC3164, -1, {"time": "Nov 23 10:00:01", "host": "web1", "app": "postfix/smtpd", "pid": "99", "body": "connect"}),
    ("Nov 23 10:00:01 web1 CRON[7] session opened", kernel.RFC3164, -1, {"time": "Nov 23 10:00:01", "host": "web1", "app": "CRON", "pid": "7", "body": "session opened"}),
    ("Nov 23 10:00:01 sshd[12]: no host", kernel.RFC3164, -1, {"time": "Nov 23 10:00:01", "app": "sshd", "pid": "12", "body": "no host"}),
    ("Nov 23 10:00:01 web1 message without tag", kernel.RFC3164, -1, {"time": "Nov 23 10:00:01", "host": "web1", "body": "message without tag"}),
    ("Nov 23 10:00:01 web1 last message repeated 2 times", kernel.RFC3164, -1, {"time": "Nov 23 10:00:01", "host": "web1", "body": "last message repeated 2 times"}),
    ("<38>Nov 23 10:00:01 sshd[12]: no host", kernel.RFC3164, 38, {"time": "Nov 23 10:00:01", "app": "sshd", "pid": "12", "body": "no host"}),
    ("<38>sshd[12]: no time no host", kernel.RFC3164, 38, {"app": "sshd", "pid": "12", "body": "no time no host"}),
    ("<38>no header at all", kernel.RFC3164, 38, {"body": "no header at all"}),
    ("<38>: a colon", kernel.RFC3164, 38, {"body": "a colon"}),
    ("<189>123: Nov 23 10:00:01.123: %SYS-5-CONFIG_I: Configured", kernel.RFC3164, 189, {"time": "Nov 23 10:00:01.123", "body": "%SYS-5-CONFIG_I: Configured"}),
    ("<189>123: *Nov 23 10:00:01.123: %SYS-5-CONFIG_I: Configured", kernel.RFC3164, 189, {"time": "Nov 23 10:00:01.123", "body": "%SYS-5-CONFIG_I: Configured"}),
    ("<189>123: .Nov 23 10:00:01.123 UTC: %SYS-5-CONFIG_I: Configured", kernel.RFC3164, 189, {"time": "Nov 23 10:00:01.123 UTC", "body": "%SYS-5-CONFIG_I: Configured"}),
    ("<189>000123: rtr1: *Nov 23 10:00:01.123 CET: %SYS-5-CONFIG_I: Configured", kernel.RFC3164, 189, {"time": "Nov 23 10:00:01.123 CET", "host": "rtr1", "body": "%SYS-5-CONFIG_I: Configured"}),
    ("<189>rtr1: *Nov 23 10:00:01: %SYS-5-CONFIG_I: x", kernel.RFC3164, 189, {"time": "Nov 23 10:00:01", "host": "rtr1", "body": "%SYS-5-CONFIG_I: x"}),
    ("<189>rtr1 123: Nov 23 10:00:01: %SYS-5-CONFIG_I: x", kernel.RFC3164, 189, {"time": "Nov 23 10:00:01", "host": "rtr1", "body": "%SYS-5-CONFIG_I: x"}),
    ("<166>Nov 23 2026 10:00:01: %ASA-6-302013: Built", kernel.RFC3164, 166, {"time": "Nov 23 2026 10:00:01", "body": "%ASA-6-302013: Built"}),
    ("<166>Nov 23 2026 10:00:01 fw1 : %ASA-6-302013: Built", kernel.RFC3164, 166, {"time": "Nov 23 2026 10:00:01", "host": "fw1", "body": "%ASA-6-302013: Built"}),
    ("<166>:Nov 23 10:00:01 UTC: %ASA-session-6-302013: Built", kernel.RFC3164, 166, {"time": "Nov 23 10:00:01 UTC", "body": "%ASA-session-6-302013: Built"}),
    ("<166>Nov 23 10:00:01 fw1 %ASA-6-302013: Built", kernel.RFC3164, 166, {"time": "Nov 23 10:00:01", "host": "fw1", "body": "%ASA-6-302013: Built"}),
    ("<166>%ASA-6-302013: Built", kernel.RFC3164, 166, {"body": "%ASA-6-302013: Built"}),
    ("%ASA-6-302013: Built", kernel.NONE, -1, {"body": "…"}),
    ("<166>1 2026-11-23T10:00:01Z fw1 %ASA-6-302013 - - - Built", kernel.RFC5424, 166, {"time": "2026-11-23T10:00:01Z", "host": "fw1", "body": "%ASA-6-302013 - - - Built"}),
    ("2026-11-23 10:00:01 fw1 : %ASA-6-302013: Built", kernel.RFC3164, -1, {"time": "2026-11-23 10:00:01", "host": "fw1", "body": "%ASA-6-302013: Built"}),
    ("2026-11-23 10:00:01\tLocal4.Debug\t192.0.2.1\t%ASA-6-302013: Built", kernel.RFC3164, -1, {"time": "2026-11-23 10:00:01", "host": "192.0.2.1", "body": "%ASA-6-302013: Built"}),
    ("2026-11-23 10:00:01 Local4.Debug 192.0.2.1 Nov 23 2026 09:00:01 fw1 : %ASA-6-302013: Built", kernel.RFC3164, -1, {"time": "Nov 23 2026 09:00:01", "host": "fw1", "body": "%ASA-6-302013: Built"}),
    ("2026-11-23 10:00:01 one two three four %ASA-6-302013: Built", kernel.NONE, -1, {"body": "…"}),
    ("Nov 23 10:00:01 192.0.2.1: %ASA-6-302013: Built", kernel.RFC3164, -1, {"time": "Nov 23 10:00:01", "host": "192.0.2.1", "body": "%ASA-6-302013: Built"}),
    ("<189>: 2020 Apr  1 12:00:00 CET: %ETHPORT-5-IF_UP: x", kernel.RFC3164, 189, {"time": "2020 Apr  1 12:00:00 CET", "body": "%ETHPORT-5-IF_UP: x"}),
    ("<189>2020 Apr  1 12:00:00.123 n9k %ETHPORT-5-IF_UP: x", kernel.RFC3164, 189, {"time": "2020 Apr  1 12:00:00.123", "host": "n9k", "body": "%ETHPORT-5-IF_UP: x"}),
    ("<14>2026-11-23T10:00:01Z host app[1]: m", kernel.RFC3164, 14, {"time": "2026-11-23T10:00:01Z", "host": "host", "app": "app", "pid": "1", "body": "m"}),
    ("<14>2026-11-23T10:00:01.123+01:00 host app: m", kernel.RFC3164, 14, {"time": "2026-11-23T10:00:01.123+01:00", "host": "host", "app": "app", "body": "m"}),
    ("<14>2026-11-23 10:00:01 host app: m", kernel.RFC3164, 14, {"time": "2026-11-23 10:00:01", "host": "host", "app": "app", "body": "m"}),
    ("<14>2026-11-23T10:00:01 host app m", kernel.RFC3164, 14, {"time": "2026-11-23T10:00:01", "host": "host", "body": "app m"}),
    ("2026-11-23T10:00:01.123456+01:00 host app[1]: m", kernel.RFC3164, -1, {"time": "2026-11-23T10:00:01.123456+01:00", "host": "host", "app": "app", "pid": "1", "body": "m"}),
    ("2026-11-23T10:00:01+0100 host app: m", kernel.RFC3164, -1, {"time": "2026-11-23T10:00:01+0100", "host": "host", "app": "app", "body": "m"}),
    ("2026-11-23T10:00:01Z INFO something happened", kernel.NONE, -1, {"body": "…"}),
    ("2026-11-23 10:00:01 INFO x", kernel.NONE, -1, {"body": "…"}),
    ("52 <34>Oct 11 22:14:15 mymachine su: x", kernel.RFC3164, 34, {"time": "Oct 11 22:14:15", "host": "mymachine", "app": "su", "body": "x"}),
    ("<34>Oct 11 22:14:15 host CEF:0|a|b|c|d|e|5|x=y", kernel.RFC3164, 34, {"time": "Oct 11 22:14:15", "host": "host", "body": "CEF:0|a|b|c|d|e|5|x=y"}),
    ("<34>Oct 11 22:14:15 CEF:0|a|b|c|d|e|5|x=y", kernel.RFC3164, 34, {"time": "Oct 11 22:14:15", "body": "CEF:0|a|b|c|d|e|5|x=y"}),
    ("<34>CEF:0|a|b|c|d|e|5|x=y", kernel.RFC3164, 34, {"body": "CEF:0|a|b|c|d|e|5|x=y"}),
    ("Oct 11 22:14:15 host LEEF:1.0|a|b|c|d|x=y", kernel.RFC3164, -1, {"time": "Oct 11 22:14:15", "host": "host", "body": "LEEF:1.0|a|b|c|d|x=y"}),
    ('<34>{"a":1}', kernel.RFC3164, 34, {"body": '{"a":1}'}),
    ('<34>Oct 11 22:14:15 host {"a":1}', kernel.RFC3164, 34, {"time": "Oct 11 22:14:15", "host": "host", "body": '{"a":1}'}),
    ('<34>Oct 11 22:14:15 host app: {"a":1}', kernel.RFC3164, 34, {"time": "Oct 11 22:14:15", "host": "host", "app": "app", "body": '{"a":1}'}),
    ('<34>Oct 11 22:14:15 host app[3]: @cee: {"a":1}', kernel.RFC3164, 34, {"time": "Oct 11 22:14:15", "host": "host", "app": "app", "pid": "3", "body": '@cee: {"a":1}'}),
    ('{"a":1}', kernel.NONE, -1, {"body": "…"}),
    ('<13><Event xmlns="x">', kernel.RFC3164, 13, {"body": '<Event xmlns="x">'}),
    ('<Event xmlns="x"><System/></Event>', kernel.NONE, -1, {"body": "…"}),
    ('<?xml version="1.0"?><Event/>', kernel.NONE, -1, {"body": "…"}),
    ("<192>Oct 11 22:14:15 h a: x", kernel.BROKEN, -1, {"body": "…"}),
    ("<999>x", kernel.BROKEN, -1, {"body": "…"}),
    ("<>x", kernel.BROKEN, -1, {"body": "…"}),
    ("<34>1 2026-13-01T10:00:00Z h a - - - x", kernel.BROKEN, 34, {"body": "…"}),
    ("<34>1 2026-11-23T25:00:00Z h a - - - x", kernel.BROKEN, 34, {"body": "…"}),
    ("<1234>x", kernel.BROKEN, -1, {"body": "…"}),
    ("<34", kernel.BROKEN, -1, {"body": "…"}),
    ("<34>", kernel.BROKEN, 34, {"body": "…"}),
    ("<34>1 ", kernel.BROKEN, 34, {"body": "…"}),
    ('date=2026-11-23 time=10:00:01 devname="fw" logid="1"', kernel.NONE, -1, {"body": "…"}),
    ('<189>date=2026-11-23 time=10:00:01 devname="fw" logid="1"', kernel.RFC3164, 189, {"body": 'date=2026-11-23 time=10:00:01 devname="fw" logid="1"'}),
    ("<14>Nov 23 10:00:01 PA-220 1,2026/11/23 10:00:01,0123,TRAFFIC,end", kernel.RFC3164, 14, {"time": "Nov 23 10:00:01", "host": "PA-220", "body": "1,2026/11/23 10:00:01,0123,TRAFFIC,end"}),
    ("<14>1 2026-11-23T10:00:01Z PA-220 - - - - 1,2026/11/23 10:00:01", kernel.RFC5424, 14, {"time": "2026-11-23T10:00:01Z", "host": "PA-220", "body": "1,2026/11/23 10:00:01"}),
    ("<30>Nov 23 10:00:01 2026 ap1 hostapd: x", kernel.RFC3164, 30, {"time": "Nov 23 10:00:01 2026", "host": "ap1", "app": "hostapd", "body": "x"}),
    ("<134>Nov 23 10:00:01 host filterlog[123]: 5,,,1000", kernel.RFC3164, 134, {"time": "Nov 23 10:00:01", "host": "host", "app": "filterlog", "pid": "123", "body": "5,,,1000"}),
    ('<134>1 2026-11-23T10:00:01Z host filterlog 123 - [meta sequenceId="1"] 5,,,', kernel.RFC5424, 134, {"time": "2026-11-23T10:00:01Z", "host": "host", "app": "filterlog", "pid": "123", "data": '[meta sequenceId="1"]', "body": "5,,,"}),
    ("<13>Nov 23 10:00:01 dc1 MSWinEventLog\t1\tSecurity\t5", kernel.RFC3164, 13, {"time": "Nov 23 10:00:01", "host": "dc1", "body": "MSWinEventLog\t1\tSecurity\t5"}),
    ("<13>Nov 23 10:00:01 dc1 Microsoft-Windows-Security-Auditing[592]: An account", kernel.RFC3164, 13, {"time": "Nov 23 10:00:01", "host": "dc1", "app": "Microsoft-Windows-Security-Auditing", "pid": "592", "body": "An account"}),
    ('<46>Nov 23 10:00:01 host rsyslogd: [origin software="rsyslogd"] start', kernel.RFC3164, 46, {"time": "Nov 23 10:00:01", "host": "host", "app": "rsyslogd", "body": '[origin software="rsyslogd"] start'}),
    ("<190>Nov 23 10:00:01 fe80::1 app: x", kernel.RFC3164, 190, {"time": "Nov 23 10:00:01", "host": "fe80::1", "app": "app", "body": "x"}),
    ("<14>Nov 23 10:00:01 host app[1]:no space", kernel.RFC3164, 14, {"time": "Nov 23 10:00:01", "host": "host", "app": "app", "pid": "1", "body": "no space"}),
    ("<14>Nov 23 10:00:01 host app:no space", kernel.RFC3164, 14, {"time": "Nov 23 10:00:01", "host": "host", "body": "app:no space"}),
    ("<14>Nov 23 10:00:01 host a very:long tag", kernel.RFC3164, 14, {"time": "Nov 23 10:00:01", "host": "host", "body": "a very:long tag"}),
    ("<14>Nov 23 10:00:01 host VeryLongTagThatGoesOnAndOnAndOnAndOnAndOnAndOnAndOnAndOnAndOnAndOn: x", kernel.RFC3164, 14, {"time": "Nov 23 10:00:01", "host": "host", "body": "VeryLongTagThatGoesOnAndOnAndOnAndOnAndOnAndOnAndOnAndOnAndOnAndOn: x"}),
    ("<14>Nov 32 10:00:01 host app: x", kernel.RFC3164, 14, {"time": "Nov 32 10:00:01", "host": "host", "app": "app", "body": "x"}),
    ("<14>Nov 23 25:00:01 host app: x", kernel.RFC3164, 14, {"time": "Nov 23 25:00:01", "host": "host", "app": "app", "body": "x"}),
    ("<14>NOV 23 10:00:01 host app: x", kernel.RFC3164, 14, {"time": "NOV 23 10:00:01", "host": "host", "app": "app", "body": "x"}),
    ("<14>Nov 23 10:00 host app: x", kernel.RFC3164, 14, {"body": "Nov 23 10:00 host app: x"}),
    ("<14> Nov 23 10:00:01 host app: x", kernel.RFC3164, 14, {"time": "Nov 23 10:00:01", "host": "host", "app": "app", "body": "x"}),
    ("<14>Nov 23 10:00:01  host  app: x", kernel.RFC3164, 14, {"time": "Nov 23 10:00:01", "host": "host", "app": "app", "body": "x"}),
    ("<14>Nov 23 10:00:01\thost app: x", kernel.RFC3164, 14, {"time": "Nov 23 10:00:01", "host": "host", "app": "app", "body": "x"}),
    (" Nov 23 10:00:01 host app: x", kernel.NONE, -1, {"body": "…"}),
    ("<14>Mon Nov 23 10:00:01 2026 host app: x", kernel.RFC3164, 14, {"time": "Nov 23 10:00:01 2026", "host": "host", "app": "app", "body": "x"}),
    ("<14>11/23/2026 10:00:01 host app: x", kernel.RFC3164, 14, {"body": "11/23/2026 10:00:01 host app: x"}),
    ("<14>1795428000 host app: x", kernel.RFC3164, 14, {"body": "1795428000 host app: x"}),
    ("<14>Nov 23 10:00:01 host app[]: x", kernel.RFC3164, 14, {"time": "Nov 23 10:00:01", "host": "host", "app": "app", "body": "x"}),
    ("<14>Nov 23 10:00:01 host", kernel.RFC3164, 14, {"time": "Nov 23 10:00:01", "host": "host", "body": ""}),
    ("<14>Nov 23 10:00:01 host ", kernel.RFC3164, 14, {"time": "Nov 23 10:00:01", "host": "host", "body": ""}),
    ("<14>Nov 23 10:00:01", kernel.RFC3164, 14, {"time": "Nov 23 10:00:01", "body": ""}),
    ("Nov 23 10:00:01", kernel.RFC3164, -1, {"time": "Nov 23 10:00:01", "body": ""}),
    ("<6>[  12.345678] usb 1-1: new device", kernel.RFC3164, 6, {"body": "[  12.345678] usb 1-1: new device"}),
    ("<85>Nov 23 10:00:01 host sudo:     root : TTY=pts/0 ; PWD=/root", kernel.RFC3164, 85, {"time": "Nov 23 10:00:01", "host": "host", "app": "sudo", "body": "root : TTY=pts/0 ; PWD=/root"}),
    ("<14>Nov 23 10:00:01 dc1\tMSWinEventLog\t1\tSecurity", kernel.RFC3164, 14, {"time": "Nov 23 10:00:01", "host": "dc1", "body": "MSWinEventLog\t1\tSecurity"}),
    ("<86>Nov 23 10:00:02 192.0.2.250 Nov 23 10:00:01 web1 sshd[12]: Accepted", kernel.RFC3164, 86, {"time": "Nov 23 10:00:01", "host": "web1", "app": "sshd", "pid": "12", "body": "Accepted"}),
    ("Nov 23 10:00:02 relay Nov 23 10:00:01 web1 su: x", kernel.RFC3164, -1, {"time": "Nov 23 10:00:01", "host": "web1", "app": "su", "body": "x"}),
    ("Nov 23 10:00:02 web1 Nov 23 10:00:01 some words", kernel.RFC3164, -1, {"time": "Nov 23 10:00:02", "host": "web1", "body": "Nov 23 10:00:01 some words"}),
    ("Nov 23 10:00:01 sol1 sshd[12]: [ID 800047 auth.info] Accepted", kernel.RFC3164, -1, {"time": "Nov 23 10:00:01", "host": "sol1", "app": "sshd", "pid": "12", "msgid": "800047", "body": "Accepted"}),
    ("Nov 23 10:00:01 sol1 app: [ID x] Accepted", kernel.RFC3164, -1, {"time": "Nov 23 10:00:01", "host": "sol1", "app": "app", "body": "[ID x] Accepted"}),
    ("\ufeff<34>Oct 11 22:14:15 h su: x", kernel.RFC3164, 34, {"time": "Oct 11 22:14:15", "host": "h", "app": "su", "body": "x"}),
    ("<34>1 2026-11-23T10:00:00Z h a - - - \ufeffm", kernel.RFC5424, 34, {"time": "2026-11-23T10:00:00Z", "host": "h", "app": "a", "body": "m"}),
]
"""Line, shape, priority, parts. A body of `…` is the whole line."""
# fmt: on


def find(*records: bytes) -> tuple[Text, Headers]:
    text = Text.of(b"".join(records))
    length = np.array([len(r) for r in records], np.int32)
    return text, headers(text, (np.cumsum(length) - length).astype(np.int32), length)


def parts(text: Text, found: Headers, i: int) -> dict[str, bytes]:
    return {
        name: text.slice(int(found.start[c, i]), int(found.length[c, i]))
        for c, name in enumerate(NAMES)
        if found.length[c, i] >= 0
    }


@pytest.mark.parametrize(("line", "shape", "pri", "wanted"), TABLE, ids=[t[0][:40] for t in TABLE])
def test_what_devices_send(line, shape, pri, wanted):
    text, found = find(line.encode())
    assert {k: v.decode() for k, v in parts(text, found, 0).items()} == {
        k: line if v == "…" else v for k, v in wanted.items()
    }
    assert (found.shape[0], found.pri[0]) == (shape, pri)


pieces = st.one_of(
    st.binary(max_size=6), st.text("<>0123456789: -.*[]%TZ", max_size=8).map(str.encode),
    st.sampled_from([t[0].encode() for t in TABLE]), st.sampled_from([t[0].encode()[:20] for t in TABLE]),
    st.sampled_from([b"<34>", b"<34>1 ", b"Nov 23 ", b"10:00:01 ", b"2026 ", b"2026-11-23T10:00:01Z ", b"host ", b"app[1]: ", b"- "]),
)  # fmt: skip


@given(st.lists(st.lists(pieces, max_size=7).map(b"".join), min_size=1, max_size=10))
def test_holds_for_any_bytes(records):
    """There is always a body; every part is a slice of the record, in order; a record does not see its neighbour."""
    text, found = find(*records)
    begin = 0
    for i, record in enumerate(records):
        assert found.shape[i] in (kernel.NONE, kernel.RFC3164, kernel.RFC5424, kernel.BROKEN)
        assert -1 <= found.pri[i] <= 191
        assert found.length[kernel.BODY, i] >= 0
        assert found.pri[i] == -1 or b"<" in record
        for c in range(kernel.PARTS):
            if found.length[c, i] >= 0:
                assert begin <= found.start[c, i] <= found.start[c, i] + found.length[c, i] <= begin + len(record)
        body = parts(text, found, i)["body"]
        assert record.endswith(body)
        if found.shape[i] in (kernel.NONE, kernel.BROKEN):
            assert set(parts(text, found, i)) == {"body"}
            assert record in (body, b"\xef\xbb\xbf" + body)
        for name in ("time", "host", "app", "pid", "msgid"):
            assert parts(text, found, i).get(name, b"x") != b""
        begin += len(record)
        alone_text, alone = find(record)
        assert parts(alone_text, alone, 0) == parts(text, found, i)


def test_no_records():
    assert len(find()[1].shape) == 0
