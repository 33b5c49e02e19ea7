"""Whatever a webhook carries, it is read as one event and nothing breaks."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from app.whatsapp.waha_events import parse
from tests.unit.whatsapp.fixtures import read, webhooks

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
