from __future__ import annotations

import pytest

from app.whatsapp.address import Address, AddressKind, MessageId, message_id, phone_of


@pytest.mark.parametrize(
    ("jid", "kind", "value", "phone"),
    [
        ("15550100110@c.us", AddressKind.PHONE, "15550100110", "15550100110"),
        ("15550100110@s.whatsapp.net", AddressKind.PHONE, "15550100110", "15550100110"),
        ("15550100110:12@s.whatsapp.net", AddressKind.PHONE, "15550100110", "15550100110"),
        ("100000000000110@lid", AddressKind.LID, "100000000000110", None),
        ("100000000000110:3@lid", AddressKind.LID, "100000000000110", None),
        ("120363000000000001@g.us", AddressKind.GROUP, "120363000000000001@g.us", None),
        ("status@broadcast", AddressKind.OTHER, "status@broadcast", None),
        ("somebody@c.us", AddressKind.OTHER, "somebody@c.us", None),
        ("@lid", AddressKind.OTHER, "@lid", None),
        ("", AddressKind.OTHER, "", None),
    ],
)
def test_an_address_is_told_by_its_domain(jid, kind, value, phone):
    address = Address.of_jid(jid)

    assert (address.kind, address.value, address.phone) == (kind, value, phone)


@pytest.mark.parametrize("jid", ["15550100110@c.us", "100000000000110@lid", "120363000000000001@g.us"])
def test_an_address_is_written_as_it_was_read(jid):
    assert Address.of_jid(jid).jid == jid


def test_the_internal_form_of_a_phone_is_never_sent_to():
    assert Address.of_jid("15550100110:12@s.whatsapp.net").jid == "15550100110@c.us"


def test_a_phone_is_read_in_any_punctuation():
    assert Address.of_phone("+1 (555) 010-0110") == Address.of_jid("15550100110@c.us")


def test_a_hidden_address_is_the_same_with_and_without_its_phone():
    known = Address.of_jid("100000000000110@lid", hint="15550100110:4@s.whatsapp.net")

    assert known.phone == "15550100110"
    assert known == Address.of_jid("100000000000110@lid")
    assert len({known, Address.of_jid("100000000000110@lid")}) == 1


def test_an_address_does_not_show_itself_in_logs():
    assert "0110" not in repr(Address.of_jid("100000000000110@lid", hint="15550100110@c.us"))


@pytest.mark.parametrize(
    ("serialized", "parts"),
    [
        ("true_15550100110@c.us_3EB0AA", MessageId("3EB0AA", own=True, chat="15550100110@c.us")),
        ("false_100000000000110@lid_3A", MessageId("3A", own=False, chat="100000000000110@lid")),
        (
            "true_120363000000000001@g.us_4CC5_100000000000110@lid",
            MessageId("4CC5", own=True, chat="120363000000000001@g.us", participant="100000000000110@lid"),
        ),
        ("3EB0AA", MessageId("3EB0AA")),
        ("maybe_1@c.us_3EB0AA", MessageId("maybe_1@c.us_3EB0AA")),
    ],
)
def test_a_message_id_is_taken_apart(serialized, parts):
    assert message_id(serialized) == parts


@pytest.mark.parametrize("jid", [None, "", "100000000000110@lid", "1@c.us", "120363000000000001@g.us"])
def test_only_a_phones_id_holds_a_number(jid):
    assert phone_of(jid) is None
