"""Every log line of the process takes the same way out: structured, with ids, redacted."""

from __future__ import annotations

import io
import json
import logging

import pytest
import structlog
from opentelemetry.sdk.trace import TracerProvider

from app.telemetry import lead_context, set_up_logging

pytestmark = pytest.mark.usefixtures("logging_as_before")

PLANTED = ("+1 555 010-0123", "lia@example.com", "I would like the flat")


@pytest.fixture
def lines() -> io.StringIO:
    stream = io.StringIO()
    set_up_logging(style="json", level="info", stream=stream)
    return stream


def last(lines: io.StringIO) -> dict[str, object]:
    return json.loads(lines.getvalue().splitlines()[-1])


def test_our_own_line_is_json_with_level_time_and_fields(lines: io.StringIO):
    structlog.get_logger("app.turns").info("reply_sent", message_id=7)
    line = last(lines)
    assert line["event"] == "reply_sent"
    assert line["level"] == "info"
    assert line["logger"] == "app.turns"
    assert line["message_id"] == 7
    assert str(line["timestamp"]).endswith("Z")


def test_each_job_has_a_line_for_collectors_but_not_on_a_terminal():
    collected, shown = io.StringIO(), io.StringIO()
    for style, stream in (("console", shown), ("json", collected)):
        set_up_logging(style=style, level="info", stream=stream)
        structlog.get_logger("app.jobs.running").info("job_done", task="turn")
        structlog.get_logger("app.jobs.running").warning("job_failed", task="turn")
    assert [json.loads(line)["event"] for line in collected.getvalue().splitlines()] == ["job_done", "job_failed"]
    assert "job_done" not in shown.getvalue()
    assert "job_failed" in shown.getvalue()


def test_a_line_of_a_library_looks_the_same(lines: io.StringIO):
    logging.getLogger("procrastinate.worker").warning("job %s failed", 5, extra={"queue": "default"})
    line = last(lines)
    assert (line["event"], line["queue"], line["level"]) == ("job 5 failed", "default", "warning")


def test_ids_of_the_lead_and_the_trace_are_on_every_line(lines: io.StringIO):
    with TracerProvider().get_tracer("t").start_as_current_span("turn") as span, lead_context(41, turn=2):
        logging.getLogger("app").info("turn_began")
    line = last(lines)
    assert (line["lead_id"], line["turn"]) == (41, 2)
    assert line["trace_id"] == format(span.get_span_context().trace_id, "032x")
    logging.getLogger("app").info("turn_over")
    assert "lead_id" not in last(lines)


def test_planted_secrets_never_come_out_however_they_were_put_in(lines: io.StringIO):
    phone, email, text = PLANTED
    log = structlog.get_logger("app")
    log.info("asked %s", phone)
    log.info("asked", text=text, extra={"email": email, "note": f"wrote to {email}"})
    logging.getLogger("lib").info("sent to %s", email, extra={"body": text})
    log.error("parse_failed", phone=phone, exc_info=ValueError(f"not {phone} of {email} [parameters: {text}]"))
    written = lines.getvalue()
    assert written.count("\n") == 4
    assert not [planted for planted in PLANTED if planted in written]
    assert "ValueError" in written


def test_lines_below_the_level_and_chatter_of_libraries_are_left_out(lines: io.StringIO):
    logging.getLogger("app").debug("detail")
    logging.getLogger("httpx").info("GET https://gateway/")
    assert lines.getvalue() == ""


def test_a_library_that_brought_its_own_handler_loses_it():
    stream, own = io.StringIO(), io.StringIO()
    library = logging.getLogger("some.server")
    library.addHandler(logging.StreamHandler(own))
    library.propagate = False
    set_up_logging(style="json", level="info", stream=stream)
    library.warning("hello")
    assert own.getvalue() == ""
    assert last(stream)["event"] == "hello"


def test_the_console_shows_a_readable_line_and_a_plain_traceback():
    stream = io.StringIO()
    set_up_logging(style="console", level="info", stream=stream)
    structlog.get_logger("app").error("broke", exc_info=ValueError("call +1 555 010-0123"))
    assert "broke" in stream.getvalue()
    assert "ValueError: call [phone]" in stream.getvalue()
