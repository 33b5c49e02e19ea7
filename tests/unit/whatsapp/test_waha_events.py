"""WAHA's webhooks, fixture by fixture, and whatever else may come."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.vocabulary import DeliveryStatus
from app.whatsapp.address import Address, AddressKind
from app.whatsapp.events import (
    AckEvent,
    DroppedEvent,
    DropReason,
    EditedEvent,
    Event,
    Me,
    MediaRef,
    MessageDirection,
    MessageEvent,
    MessageType,
    Origin,
    ReactionEvent,
    Referral,
    Restriction,
    RevokedEvent,
    SessionStatus,
    SessionStatusEvent,
    UnknownEvent,
    UnknownReason,
)
from app.whatsapp.waha_events import parse
from tests.unit.whatsapp.fixtures import raw, read, webhooks

LEAD = Address.of_jid("15550100110@c.us")
HIDDEN = Address.of_jid("100000000000110@lid")
US = Address.of_jid("15550100001@c.us")
SENT = "3EB0642CA036C958E41032"
WRITTEN = datetime(2026, 1, 16, 16, 23, 11, tzinfo=UTC)


def event_in(name: str) -> Event:
    fixture = read(name)
    (event,) = parse(fixture["body"]["session"], raw(fixture["body"]), fixture["headers"])
    return event


def told(event: str, payload: object, **more: object) -> Event:
    """The event in a webhook of the agent's session."""
    body = {"event": event, "session": "agent", "timestamp": 1768580591007, "payload": payload} | more
    (found,) = parse("agent", raw(body), {})
    return found


def message(**payload: object) -> MessageEvent:
    plain = {"id": "false_15550100110@c.us_3AAA", "timestamp": 1768580591, "from": LEAD.jid, "fromMe": False}
    event = told("message.any", plain | payload)
    assert isinstance(event, MessageEvent)
    return event


MESSAGES = {
    "webhooks/message_text_cus": MessageEvent(
        provider="waha",
        session="agent",
        event_id="evt_01kf3swbqgyssk8qevwzhhhhah",
        occurred_at=WRITTEN,
        message_id="AAAAAAAAAAAAAAAAAAAA",
        chat=LEAD,
        sender=LEAD,
        direction=MessageDirection.IN,
        origin=Origin.LEAD,
        type=MessageType.TEXT,
        text="Hi there!",
    ),
    "webhooks/message_any_from_me_api": MessageEvent(
        provider="waha",
        session="agent",
        event_id="evt_01kf3swbqgyssk8qevwzhhhha2",
        occurred_at=WRITTEN,
        message_id=SENT,
        chat=LEAD,
        sender=US,
        direction=MessageDirection.OUT,
        origin=Origin.API,
        type=MessageType.TEXT,
        text="Hello from the agent",
    ),
    "webhooks/message_any_from_me_app_consultant_phone": MessageEvent(
        provider="waha",
        session="consultant",
        event_id="evt_01kf3swbqgyssk8qevwzhhhha3",
        occurred_at=WRITTEN,
        message_id="3A00000000000000000A",
        chat=LEAD,
        sender=US,
        direction=MessageDirection.OUT,
        origin=Origin.HUMAN,
        type=MessageType.TEXT,
        text="I will take it from here",
    ),
}
HIDDEN_LEADS = {
    "recorded/gows_2026.1.3_message_lid": ("15550100110", "Lead", "Hi, is this still available?"),
    "recorded/noweb_2026.8.1_message_lid": ("15550100110", "Lead", "I would like a quote"),
    "recorded/noweb_2025.6.4_message_lid_without_phone": (None, "Lead two", "Hello"),
}
ACKS = {
    "webhooks/message_ack_error_error": DeliveryStatus.FAILED,
    "webhooks/message_ack_0_pending": DeliveryStatus.ACCEPTED,
    "webhooks/message_ack_1_server": DeliveryStatus.SENT,
    "webhooks/message_ack_2_device": DeliveryStatus.DELIVERED,
    "webhooks/message_ack_3_read": DeliveryStatus.READ,
    "webhooks/message_ack_4_played": DeliveryStatus.PLAYED,
    "webhooks/message_ack_lid_chat_differs_from_send": DeliveryStatus.DELIVERED,
}
STATUSES = {
    "webhooks/session_status_starting": (SessionStatus.STARTING, "STARTING"),
    "webhooks/session_status_scan_qr": (SessionStatus.AUTH_REQUIRED, "SCAN_QR_CODE"),
    "webhooks/session_status_scan_qr_rotated": (SessionStatus.AUTH_REQUIRED, "SCAN_QR_CODE"),
    "webhooks/session_status_auth_lost": (SessionStatus.AUTH_REQUIRED, "SCAN_QR_CODE"),
    "webhooks/session_status_passkey_required": (SessionStatus.AUTH_REQUIRED, "PASSKEY_REQUIRED"),
    "webhooks/session_status_passkey_confirmation": (
        SessionStatus.AUTH_REQUIRED,
        "PASSKEY_CONFIRMATION_REQUIRED",
    ),
    "webhooks/session_status_working": (SessionStatus.READY, "WORKING"),
    "webhooks/session_status_working_timelock": (SessionStatus.READY, "WORKING"),
    "webhooks/session_status_failed": (SessionStatus.FAILED, "FAILED"),
    "webhooks/session_status_stopped": (SessionStatus.STOPPED, "STOPPED"),
}
FILES = {
    "webhooks/message_image": (MessageType.IMAGE, "image/jpeg"),
    "webhooks/message_document": (MessageType.DOCUMENT, "application/pdf"),
    "webhooks/message_voice": (MessageType.VOICE, "audio/ogg; codecs=opus"),
}
SHOWN_APART = {
    "webhooks/message_any_inbound_same_message",
    "webhooks/message_reply",
    "webhooks/message_media_null",
    "webhooks/message_media_error",
    "webhooks/message_group",
    "webhooks/message_ack_group",
    "webhooks/message_reaction",
    "webhooks/message_edited",
    "webhooks/message_revoked",
}


def test_every_fixture_is_looked_at():
    looked_at = {*MESSAGES, *HIDDEN_LEADS, *ACKS, *STATUSES, *FILES, *SHOWN_APART}

    assert looked_at == set(webhooks())


@pytest.mark.parametrize("name", MESSAGES)
def test_a_message_is_read(name):
    assert event_in(name) == MESSAGES[name]


@pytest.mark.parametrize("name", HIDDEN_LEADS)
def test_a_hidden_lead_brings_the_number_when_the_engine_knows_it(name):
    event = event_in(name)

    assert isinstance(event, MessageEvent)
    assert event.chat.kind is AddressKind.LID
    assert (event.chat.phone, event.push_name, event.text) == HIDDEN_LEADS[name]


def test_one_message_under_two_events_keeps_its_id():
    first = event_in("webhooks/message_text_cus")
    second = event_in("webhooks/message_any_inbound_same_message")

    assert isinstance(first, MessageEvent)
    assert isinstance(second, MessageEvent)
    assert first.event_id != second.event_id
    assert replace(first, event_id=None) == replace(second, event_id=None)


@pytest.mark.parametrize("name", ACKS)
def test_an_ack_is_read(name):
    event = event_in(name)

    assert isinstance(event, AckEvent)
    assert (event.message_id, event.status) == (SENT, ACKS[name])
    assert event.chat == (HIDDEN if "lid" in name else LEAD)
    assert event.occurred_at is not None


@pytest.mark.parametrize("name", STATUSES)
def test_a_session_status_is_read_at_the_time_of_its_last_change(name):
    event = event_in(name)

    assert isinstance(event, SessionStatusEvent)
    assert (event.status, event.raw_status) == STATUSES[name]
    last = read(name)["body"]["payload"]["statuses"][-1]["timestamp"]
    assert event.occurred_at == datetime.fromtimestamp(last / 1000, UTC)


def test_a_session_that_works_says_whose_it_is():
    event = event_in("webhooks/session_status_working")

    assert isinstance(event, SessionStatusEvent)
    assert event.me == Me("15550100001", "100000000000001", "Agent")


def test_a_restricted_account_is_ready_with_a_restriction():
    event = event_in("webhooks/session_status_working_timelock")

    assert isinstance(event, SessionStatusEvent)
    until = datetime.fromtimestamp(1768666991, UTC)
    assert event.restriction == Restriction("RESTRICT_ALL_COMPANIONS", until)


@pytest.mark.parametrize("name", FILES)
def test_a_file_is_referred_to(name):
    event = event_in(name)

    assert isinstance(event, MessageEvent)
    assert event.media is not None
    assert (event.type, event.media.mime_type) == FILES[name]
    assert event.media.url is not None
    assert event.media.url.startswith("http://127.0.0.1:3000/api/files/agent/")


def test_a_file_that_was_not_kept_can_still_be_asked_for_by_its_message():
    event = event_in("webhooks/message_media_null")

    assert isinstance(event, MessageEvent)
    assert event.media == MediaRef("3AE0000000000000000F", LEAD)
    assert event.type is MessageType.UNSUPPORTED


def test_a_file_that_could_not_be_downloaded_says_so():
    event = event_in("webhooks/message_media_error")

    assert isinstance(event, MessageEvent)
    assert event.media is not None
    assert event.media.error
    assert event.media.url is None


def test_an_answer_names_the_message_that_it_answers():
    event = event_in("webhooks/message_reply")

    assert isinstance(event, MessageEvent)
    assert event.reply_to == SENT


@pytest.mark.parametrize("name", ["webhooks/message_group", "webhooks/message_ack_group"])
def test_groups_are_dropped(name):
    event = event_in(name)

    assert isinstance(event, DroppedEvent)
    assert event.reason is DropReason.GROUP


def test_a_reaction_names_its_message():
    event = event_in("webhooks/message_reaction")

    assert isinstance(event, ReactionEvent)
    assert (event.target_id, event.emoji, event.own, event.chat) == (SENT, "🙏", False, LEAD)
    assert event.occurred_at == WRITTEN.replace(microsecond=853000)


def test_an_edit_names_its_message():
    event = event_in("webhooks/message_edited")

    assert isinstance(event, EditedEvent)
    assert (event.target_id, event.text, event.own) == ("AAAAAAAAAAAAAAAAAAAA", "New body", False)


def test_a_message_taken_back_is_named():
    event = event_in("webhooks/message_revoked")

    assert isinstance(event, RevokedEvent)
    assert (event.target_id, event.chat) == ("AAAAAAAAAAAAAAAAAAAA", LEAD)


def test_the_flood_of_an_old_version_without_ids_and_times_is_read():
    for recorded in read("recorded/session_status_flood_2024.10.8_noweb"):
        (event,) = parse("default", raw(recorded["body"]), recorded["headers"])

        assert isinstance(event, SessionStatusEvent)
        assert event.status in (SessionStatus.STARTING, SessionStatus.STOPPED)
        assert (event.event_id, event.occurred_at) == (None, None)


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


def test_the_time_of_the_envelope_stands_in_for_a_missing_one():
    assert message(timestamp=None).occurred_at == datetime.fromtimestamp(1768580591.007, UTC)


def test_the_header_stands_in_when_the_body_names_no_time():
    body = {"event": "message.ack", "payload": {"id": "true_15550100110@c.us_3A", "ack": 1}}

    (found,) = parse("agent", raw(body), {"X-Webhook-Timestamp": "1768580591007"})

    assert found.occurred_at == datetime.fromtimestamp(1768580591.007, UTC)


def test_an_own_message_without_a_source_may_be_a_persons():
    assert message(id="true_15550100110@c.us_3A", fromMe=True, to=LEAD.jid).origin is Origin.HUMAN


def test_an_own_message_without_an_account_is_sent_by_whom_it_names():
    found = message(id="true_15550100110@c.us_3A", fromMe=True, **{"from": US.jid})

    assert found.sender == US


def test_the_object_that_is_webjs_id_is_read():
    ident = {"fromMe": False, "remote": "15550100110@c.us", "id": "3EB091474C1CE5341E8F"}

    found = message(id=ident)

    assert (found.message_id, found.chat) == ("3EB091474C1CE5341E8F", LEAD)


def test_a_message_without_an_id_of_wahas_has_the_engines():
    found = message(id=None, _data={"key": {"id": "3AAB", "remoteJid": "15550100110@s.whatsapp.net"}})

    assert (found.message_id, found.chat) == ("3AAB", LEAD)


@pytest.mark.parametrize(
    ("data", "own"),
    [
        ({"key": {"remoteJidAlt": "15550100110@s.whatsapp.net"}}, False),
        ({"key": {"senderPn": "15550100110@s.whatsapp.net"}}, False),
        ({"Info": {"SenderAlt": "15550100110:2@s.whatsapp.net"}}, False),
        ({"Info": {"RecipientAlt": "15550100110@s.whatsapp.net"}}, True),
    ],
)
def test_the_number_behind_a_hidden_chat_is_found_wherever_an_engine_puts_it(data, own):
    ident = f"{str(own).lower()}_{HIDDEN.jid}_3A"

    found = message(id=ident, fromMe=own, _data=data, **{"from": HIDDEN.jid, "to": HIDDEN.jid})

    assert found.chat == HIDDEN
    assert found.chat.phone == "15550100110"


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        ({"conversation": "x"}, MessageType.TEXT),
        ({"extendedTextMessage": {"text": "x"}}, MessageType.TEXT),
        ({"imageMessage": {"url": "x"}}, MessageType.IMAGE),
        ({"videoMessage": {"url": "x"}}, MessageType.VIDEO),
        ({"audioMessage": {"ptt": True}}, MessageType.VOICE),
        ({"audioMessage": {"ptt": False}}, MessageType.AUDIO),
        ({"documentMessage": {"url": "x"}}, MessageType.DOCUMENT),
        ({"documentWithCaptionMessage": {"message": {"documentMessage": {"url": "x"}}}}, MessageType.DOCUMENT),
        ({"viewOnceMessageV2": {"message": {"imageMessage": {"url": "x"}}}}, MessageType.IMAGE),
        ({"ephemeralMessage": {"message": {"conversation": "x"}}}, MessageType.TEXT),
        ({"stickerMessage": {"url": "x"}}, MessageType.STICKER),
        ({"locationMessage": {"degreesLatitude": 1}}, MessageType.LOCATION),
        ({"contactMessage": {"vcard": "x"}}, MessageType.CONTACT),
        ({"listResponseMessage": {"title": "x"}}, MessageType.INTERACTIVE_REPLY),
        ({"pollCreationMessage": {"name": "x"}}, MessageType.UNSUPPORTED),
    ],
)
@pytest.mark.parametrize("place", ["message", "Message"])
def test_the_type_is_told_by_whatsapps_own_content(content, kind, place):
    assert message(_data={place: content}).type is kind


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        ({"body": "x"}, MessageType.TEXT),
        ({"location": {"latitude": 1, "longitude": 2}}, MessageType.LOCATION),
        ({"vCards": ["BEGIN:VCARD"]}, MessageType.CONTACT),
        ({"media": {"mimetype": "image/webp"}}, MessageType.STICKER),
        ({"media": {"mimetype": "audio/mp4"}}, MessageType.AUDIO),
        ({"media": {"mimetype": "video/mp4"}}, MessageType.VIDEO),
        ({"media": {"mimetype": "text/csv"}}, MessageType.DOCUMENT),
        ({"body": "caption", "hasMedia": True}, MessageType.UNSUPPORTED),
        ({}, MessageType.UNSUPPORTED),
    ],
)
def test_the_type_is_told_by_wahas_fields_when_the_engine_says_nothing(fields, kind):
    assert message(**fields).type is kind


@pytest.mark.parametrize(
    "content",
    [{"conversation": "said"}, {"extendedTextMessage": {"text": "said"}}],
)
def test_the_engines_text_stands_in_for_a_missing_body(content):
    assert message(body=None, _data={"message": content}).text == "said"


@pytest.mark.parametrize(
    "content",
    [
        {"listResponseMessage": {"singleSelectReply": {"selectedRowId": "row-1"}}},
        {"buttonsResponseMessage": {"selectedButtonId": "row-1"}},
        {"templateButtonReplyMessage": {"selectedId": "row-1"}},
    ],
)
def test_a_choice_is_named(content):
    assert message(_data={"message": content}).choice_id == "row-1"


def test_the_advertisement_behind_a_chat_is_kept():
    advert = {"sourceId": "120", "sourceUrl": "https://ad.test", "title": "Learn English", "ctwaClid": "c1"}
    content = {"extendedTextMessage": {"text": "Hi", "contextInfo": {"externalAdReply": advert}}}

    found = message(_data={"message": content})

    assert found.referral == Referral("120", "https://ad.test", "Learn English", "c1")


def test_a_spent_quota_of_new_chats_is_a_restriction():
    quota = {"messageCapping": {"cappingStatus": "CAPPED", "cycleEnd": 1768666991}}

    found = told("session.status", {"status": "WORKING", "data": quota})

    assert isinstance(found, SessionStatusEvent)
    assert found.restriction == Restriction("capped", datetime.fromtimestamp(1768666991, UTC))


def test_texts_and_names_do_not_show_themselves_in_logs():
    shown = repr(event_in("recorded/noweb_2026.8.1_message_lid"))

    assert "quote" not in shown
    assert "15550100110" not in shown


JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
FIXTURES = [read(name)["body"] for name in webhooks()]


def places(body: Any, path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    if not isinstance(body, dict):
        return [path]
    return [place for key, value in body.items() for place in places(value, (*path, key))] + [path]


def changed(body: Any, path: tuple[str, ...], value: Any) -> Any:
    if not path:
        return value
    return body | {path[0]: changed(body[path[0]], path[1:], value)}


@settings(deadline=None)
@given(st.binary())
def test_no_bytes_are_ever_too_much(data: bytes):
    assert len(parse("agent", data, {})) == 1


@settings(deadline=None)
@given(JSON)
def test_no_json_is_ever_too_much(body: Any):
    assert len(parse("agent", raw_of(body), {"x-webhook-timestamp": "x"})) == 1


@settings(deadline=None)
@given(st.data())
def test_no_field_of_a_real_webhook_is_taken_for_granted(data: st.DataObject):
    body = data.draw(st.sampled_from(FIXTURES))
    path = data.draw(st.sampled_from(places(body)))

    (event,) = parse("agent", raw_of(changed(body, path, data.draw(JSON))), {})

    assert event.provider == "waha"
    assert event.session == "agent"


def raw_of(body: Any) -> bytes:
    return json.dumps(body).encode()
