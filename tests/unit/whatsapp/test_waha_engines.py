"""What the engines behind WAHA write each in their own way."""

from __future__ import annotations

import pytest

from app.whatsapp.events import MessageType, Referral
from tests.unit.whatsapp.waha_bodies import HIDDEN, LEAD, message


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
