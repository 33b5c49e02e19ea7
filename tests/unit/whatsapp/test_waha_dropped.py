"""What WAHA sends that is no chat with one person, says too little, or cannot be read."""

from __future__ import annotations

import pytest

from app.vocabulary import DeliveryStatus
from app.whatsapp.events import (
    AckEvent,
    DroppedEvent,
    DropReason,
    RevokedEvent,
    SessionStatus,
    SessionStatusEvent,
    UnknownEvent,
    UnknownReason,
)
from app.whatsapp.waha_events import parse
from tests.unit.whatsapp.waha_bodies import LEAD, US, told


@pytest.mark.parametrize(
    ("jid", "reason"),
    [
        ("120363000000000001@g.us", DropReason.GROUP),
        ("status@broadcast", DropReason.STATUS),
        ("1700000000@broadcast", DropReason.BROADCAST),
        ("120363000000000001@newsletter", DropReason.NEWSLETTER),
    ],
)
@pytest.mark.parametrize(
    ("event", "fields"),
    [
        ("message", {}),
        ("message.any", {}),
        ("message.ack", {"ack": 3}),
        ("message.reaction", {"reaction": {"text": "👍", "messageId": "true_1@c.us_3A"}}),
        ("message.edited", {"editedMessageId": "3A", "body": "x"}),
    ],
)
def test_what_is_no_chat_with_one_person_is_dropped(jid, reason, event, fields):
    found = told(event, {"id": f"true_{jid}_3EB0AA", "from": jid, "fromMe": True} | fields)

    assert isinstance(found, DroppedEvent)
    assert (found.reason, found.kind) == (reason, event)


def test_a_message_taken_back_in_a_group_is_dropped():
    found = told("message.revoked", {"revokedMessageId": "3A", "after": {"id": "false_1@g.us_3B"}})

    assert isinstance(found, DroppedEvent)


def test_a_message_taken_back_without_its_chat_is_still_told():
    found = told("message.revoked", {"revokedMessageId": "3A", "after": None})

    assert isinstance(found, RevokedEvent)
    assert (found.target_id, found.message_id, found.chat) == ("3A", None, None)


@pytest.mark.parametrize("ident", ["false_15550100110@c.us_3A", "3A"])
def test_our_own_receipt_for_a_leads_message_is_dropped(ident):
    found = told("message.ack", {"id": ident, "from": LEAD.jid, "fromMe": False, "ack": 3})

    assert isinstance(found, DroppedEvent)
    assert found.reason is DropReason.OWN_RECEIPT


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"ack": None, "ackName": "READ"}, DeliveryStatus.READ),
        ({"ack": 9, "ackName": "DEVICE"}, DeliveryStatus.DELIVERED),
        ({"ackName": "played"}, DeliveryStatus.PLAYED),
        ({"ack": "2"}, DeliveryStatus.DELIVERED),
    ],
)
def test_an_ack_may_come_by_name_alone(fields, status):
    found = told("message.ack", {"id": "true_15550100110@c.us_3A"} | fields)

    assert isinstance(found, AckEvent)
    assert found.status is status


@pytest.mark.parametrize(
    ("event", "payload"),
    [
        ("message.ack", {"id": "true_15550100110@c.us_3A", "ack": 9}),
        ("message.ack", {"ack": 2}),
        ("message.any", {"body": "no id"}),
        ("message.any", {"id": "3A", "body": "no chat"}),
        ("message.any", {"id": "3A", "from": "somebody@example.com"}),
        ("message.any", None),
        ("session.status", {"name": "agent"}),
        ("message.reaction", {"id": "true_15550100110@c.us_3A"}),
        ("message.edited", {"id": "true_15550100110@c.us_3A"}),
        ("message.revoked", {"after": None}),
    ],
)
def test_a_known_event_without_what_it_needs_is_unknown_by_its_content(event, payload):
    found = told(event, payload)

    assert isinstance(found, UnknownEvent)
    assert (found.reason, found.kind) == (UnknownReason.CONTENT, event)


def test_an_event_of_a_new_kind_is_unknown_by_its_kind():
    found = told("label.chat.added", {"id": "1"})

    assert isinstance(found, UnknownEvent)
    assert (found.reason, found.kind) == (UnknownReason.KIND, "label.chat.added")


def test_an_ack_with_a_bare_id_has_no_chat_and_a_groups_is_still_dropped():
    found = told("message.ack", {"id": "3A", "from": LEAD.jid, "to": US.jid, "fromMe": True, "ack": 1})
    group = told("message.ack", {"id": "3A", "from": "1203@g.us", "fromMe": True, "ack": 1})

    assert isinstance(found, AckEvent)
    assert found.chat is None
    assert isinstance(group, DroppedEvent)


def test_an_own_message_that_names_no_chat_is_unknown():
    found = told("message.any", {"id": "3A", "from": US.jid, "fromMe": True, "body": "x"})

    assert isinstance(found, UnknownEvent)


def test_a_session_status_of_a_new_kind_is_kept_by_its_word():
    found = told("session.status", {"name": "agent", "status": "MEDITATING", "statuses": None})

    assert isinstance(found, SessionStatusEvent)
    assert (found.status, found.raw_status) == (SessionStatus.UNKNOWN, "MEDITATING")


@pytest.mark.parametrize("body", [b"", b"not json", b"[]", b"5", b"null", b"{}", b"\xff"])
def test_what_cannot_be_read_is_unknown_and_names_its_session(body):
    (found,) = parse("agent", body, {})

    assert found == UnknownEvent(provider="waha", session="agent", reason=UnknownReason.UNREADABLE)


def test_a_body_for_another_session_is_dropped():
    found = told("message.any", {"id": "false_1@c.us_3A"}, session="consultant")

    assert isinstance(found, DroppedEvent)
    assert found.reason is DropReason.OTHER_SESSION
