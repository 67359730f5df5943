from __future__ import annotations

import email
import email.policy
import hashlib
import hmac
import json

import pytest

from penstock.errors import OutsideError, UsageError
from penstock.notify.channel import Declined, Later, Message, Unreachable
from penstock.notify.mail import Mail
from penstock.notify.template import fill, in_json, one_line, problem
from penstock.notify.webhook import Webhook

FIELDS = {
    "summary": "high: Guessing, 3 alerts",
    "incident.id": "abc",
    "incident.title": 'A "quoted"\r\nBcc: x@y title',
    "incident.level": "high",
}
MESSAGE = Message("key1-hook", FIELDS)


def test_templates_put_in_and_evaluate_nothing():
    assert fill("{incident.id}: {{x}} {nothing.there}!", FIELDS) == "abc: {x} !"
    assert json.loads(fill('{{"t": "{incident.title}"}}', FIELDS, in_json))["t"] == FIELDS["incident.title"]
    assert one_line("a\r\nb\0") == "a  b "
    for wrong in ("{", "}", "{A}", "{x.__class__!r}", "{0}", "{a b}"):
        assert problem(wrong), wrong
        with pytest.raises(UsageError):
            fill(wrong, FIELDS)
    assert fill("{incident.id}", {"incident.id": "{summary}"}) == "{summary}", "what is put in is not looked at again"


def test_a_webhook_is_signed(hooks, everything):
    Webhook("hook", everything, hooks.url, b"key", headers={"Authorization": "Bearer t"}).send(MESSAGE, 1_764_000_000.9)
    ((headers, body),) = hooks.got
    assert headers["X-Penstock-Timestamp"] == "1764000000"
    wanted = hmac.new(b"key", b"1764000000." + body, hashlib.sha256).hexdigest()
    assert headers["X-Penstock-Signature"] == f"sha256={wanted}"
    assert headers["Idempotency-Key"] == "key1-hook"
    assert headers["Authorization"] == "Bearer t"
    assert json.loads(body)["incident.title"] == FIELDS["incident.title"]


def test_a_webhook_with_a_body_of_its_own(hooks, everything):
    Webhook("hook", everything, hooks.url, body='{{"text": "{incident.title}"}}').send(MESSAGE, 0)
    assert json.loads(hooks.got[0][1]) == {"text": FIELDS["incident.title"]}
    assert "X-Penstock-Signature" not in hooks.got[0][0]


@pytest.mark.parametrize(
    ("does", "raised"),
    [(500, OutsideError), (503, OutsideError), (409, OutsideError), (400, Declined), (302, Declined), (429, Later)],
)
def test_what_a_webhook_answers(hooks, everything, does, raised):
    hooks.script = [does]
    with pytest.raises(raised) as told:
        Webhook("hook", everything, hooks.url, b"key").send(MESSAGE, 0)
    assert "s3cr3t" not in str(told.value)
    assert raised is not Later or told.value.seconds == 120


@pytest.mark.parametrize("does", ["stall", "drop"])
def test_a_webhook_that_does_not_answer(hooks, everything, does):
    hooks.script = [does]
    with pytest.raises(Unreachable) as told:
        Webhook("hook", everything, hooks.url, b"key", timeout=0.3).send(MESSAGE, 0)
    assert "s3cr3t" not in str(told.value)
    assert "s3cr3t" not in repr(Webhook("hook", everything, "http://h/", b"s3cr3t", headers={"a": "s3cr3t"}))


def test_mail(posts, everything):
    Mail("mail", everything, "127.0.0.1", "soc@example.org", ("a@example.org", "b@example.org"), posts.port).send(
        MESSAGE, 0
    )
    mail = email.message_from_string(posts.mails[0], policy=email.policy.default)
    assert mail["Message-ID"] == "<key1-hook@penstock>"
    assert mail["Subject"] == '[high] A "quoted"  Bcc: x@y title'
    assert mail["Bcc"] is None
    assert "high: Guessing, 3 alerts" in mail.get_content()


def test_mail_that_fails(posts, everything):
    channel = Mail(
        "mail", everything, "127.0.0.1", "soc@example.org", ("a@example.org", "b@x.org"), posts.port, timeout=1
    )
    for does, raised in ((451, OutsideError), (554, Declined), ("stall", Unreachable)):
        posts.script = [does]
        with pytest.raises(raised):
            channel.send(MESSAGE, 0)
    posts.refused = {"b@x.org"}
    with pytest.raises(Declined, match="1 of 2"):
        channel.send(MESSAGE, 0)
    posts.refused = {"b@x.org", "a@example.org"}
    with pytest.raises(Declined):
        channel.send(MESSAGE, 0)
    nobody = Mail(
        "mail", everything, "127.0.0.1", "a@b.c", ("a@b.c",), 1, password="s3cr3t", user="u"
    )  # pragma: allowlist
    with pytest.raises(Unreachable) as told:
        nobody.send(MESSAGE, 0)
    assert "s3cr3t" not in str(told.value) + repr(nobody)


def test_mail_that_must_be_encrypted_is_not_sent_in_the_clear(posts, everything):
    channel = Mail("mail", everything, "127.0.0.1", "soc@example.org", ("a@example.org",), posts.port, starttls=True)
    with pytest.raises(OutsideError):
        channel.send(MESSAGE, 0)
    assert not posts.mails
