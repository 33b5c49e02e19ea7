"""WAHA's webhooks, fixture by fixture, and what else its server may send."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from app.vocabulary import DeliveryStatus
from app.whatsapp.address import AddressKind
from app.whatsapp.events import (
    AckEvent,
    DroppedEvent,
    DropReason,
    EditedEvent,
    Me,
    MediaRef,
    MessageDirection,
    MessageEvent,
    MessageType,
    Origin,
    ReactionEvent,
    Restriction,
    RevokedEvent,
    SessionStatus,
    SessionStatusEvent,
)
from app.whatsapp.waha_events import parse
from tests.unit.whatsapp.fixtures import raw, read, webhooks
from tests.unit.whatsapp.waha_bodies import HIDDEN, LEAD, US, event_in, message, told

SENT = "3EB0642CA036C958E41032"
WRITTEN = datetime(2026, 1, 16, 16, 23, 11, tzinfo=UTC)
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


def test_a_spent_quota_of_new_chats_is_a_restriction():
    quota = {"messageCapping": {"cappingStatus": "CAPPED", "cycleEnd": 1768666991}}

    found = told("session.status", {"status": "WORKING", "data": quota})

    assert isinstance(found, SessionStatusEvent)
    assert found.restriction == Restriction("capped", datetime.fromtimestamp(1768666991, UTC))


def test_texts_and_names_do_not_show_themselves_in_logs():
    shown = repr(event_in("recorded/noweb_2026.8.1_message_lid"))

    assert "quote" not in shown
    assert "15550100110" not in shown
