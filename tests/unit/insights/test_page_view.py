"""What the Insights page is sent: headlines, rows of charts, and words where there is nothing."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.classification.intervals import Share
from app.classification.verdicts import Agreement
from app.insights import chart_rows
from app.insights.figures import Cohort, Entitlement, Interviews, Judged, MinutesStep, Responses, Totals
from app.insights.headlines import headlines
from app.insights.page_view import Shop, page_view
from app.vocabulary import Method, Sample
from tests.unit.insights.reports import MINUTES, TWO_WEEKS, report

SHOP = Shop(budget_cents=0.2, model=True, demo=True)


def told(**changes: Any) -> dict[str, tuple[str, str, str]]:
    """Each headline: its value with the unit, the words under it, and their tone."""
    return {
        one.label: (f"{one.value}{one.unit}", f"{one.before}{one.change}{one.after}", one.tone)
        for one in headlines(report(**changes))
    }


def test_the_headlines_compare_with_the_period_before():
    assert told() == {
        "Minutes per lead": ("6.9min", "\N{MINUS SIGN}22% on the 2 weeks before", "good"),
        "Qualified": ("62%", "689 of 1,107 started, +2.2 pts", "good"),
        "First answer, p95": ("9.4s", "agent, target 60 s", ""),
        "Share within 24 h": ("50%", "1 of 2 consultants got a lead", ""),
        "Cost per qualified lead": ("1.17¢", "US$ 8.06 in all, \N{MINUS SIGN}16%", "good"),
        "Won of qualified": ("19.0%", "131 of 689, \N{MINUS SIGN}1.4 pts", "bad"),
    }


def test_without_a_period_before_there_is_nothing_to_compare():
    said = told(before=Totals())
    assert said["Minutes per lead"] == ("6.9min", "689 completed", "")
    assert said["Qualified"] == ("62%", "689 of 1,107 started", "")


def test_what_is_not_known_is_a_dash_and_never_nought():
    said = told(now=Totals(), consultants=())
    assert {value for value, _, _ in said.values()} == {"–"}
    assert said["Cost per qualified lead"][1] == "no model was paid for"


def test_a_cost_without_the_calls_of_unknown_price_says_so_and_is_compared_with_nothing():
    paid = report().now
    words = "at least US$ 8.06 in all, 1 call of unknown price"
    assert told(now=replace(paid, unpriced=1))["Cost per qualified lead"] == ("1.17¢", words, "")
    assert told(before=replace(paid, unpriced=1))["Cost per qualified lead"][1] == "US$ 8.06 in all"


def test_slower_is_bad():
    slower = Totals(Cohort(1, 1, 1, 1, 1), Interviews(1, 1, 20.0))
    assert told(now=slower)["Minutes per lead"][2] == "bad"


def test_a_funnel_shows_the_share_of_the_stage_before():
    rows = chart_rows.funnel((1284, 1107, 689, 604, 131))
    assert [(row["value"], row["aside"]) for row in rows] == [
        ("1,284", ""),
        ("1,107", "86%"),
        ("689", "62%"),
        ("604", "88%"),
        ("131", "22%"),
    ]
    assert rows[0]["width"] == 100


def test_an_empty_funnel_has_no_widths_and_no_shares():
    assert {(row["width"], row["aside"]) for row in chart_rows.funnel((0, 0, 0, 0, 0))} == {(0, "")}


def test_the_axis_of_time_names_first_and_last_and_two_between():
    assert chart_rows.ticks(TWO_WEEKS) == ["10 Nov", "14 Nov", "19 Nov", "23 Nov"]


def test_a_step_without_a_completed_interview_is_a_gap():
    rows = chart_rows.minutes(MINUTES, "day")
    assert rows[0] == {"at": "10 Nov", "band": None, "average": None, "p95": None}
    assert rows[1] == {"at": "11 Nov", "band": [1.7, 13.6], "average": 6.1, "p95": 13.6}
    assert chart_rows.last_step(MINUTES, "day") == "23 Nov"
    assert chart_rows.last_average(MINUTES) == 6.1


def test_the_ends_of_the_lines_are_named_and_do_not_lie_on_each_other():
    labels = chart_rows.minutes_labels(MINUTES)
    assert [label["words"] for label in labels] == ["13.6 p95", "6.1 avg", "1.7 fastest"]
    close = chart_rows.minutes_labels([MinutesStep(datetime.fromisoformat("2026-11-23"), 3, 0.4, 0.41, 0.39)])
    places = [label["y"] for label in close]
    assert all(later - earlier >= chart_rows.APART for earlier, later in itertools.pairwise(places))
    assert chart_rows.minutes_labels([MinutesStep(datetime.fromisoformat("2026-11-23"))]) == []


@given(st.floats(0, 1e6))
def test_an_axis_holds_its_highest_value_and_is_at_least_a_quarter_full(highest: float):
    axis = chart_rows.scale(highest)
    assert axis[0] == 0
    assert len(axis) == 5
    assert axis[-1] >= highest * (1 - 1e-6)
    assert axis[-1] <= max(highest, 0.1) * 2.51


def test_entitlement_marks_what_was_due():
    ana, bruno = chart_rows.entitlement(report().entitlement)
    assert (ana["value"], ana["aside"], bruno["aside"]) == ("41", "of 40.6", "of 38.9")
    assert ana["width"] > ana["mark"]
    assert bruno["width"] < bruno["mark"]


def test_late_answers_stand_apart():
    rows = chart_rows.responses(report().responses)
    assert [row["at"] for row in rows if row["late"]] == ["2h", "4h", "more"]
    assert sum(row["within"] + row["late"] for row in rows) == 666


def test_leads_are_counted_in_whole_numbers_on_their_axis():
    assert chart_rows.responses_scale(report().responses) == [0, 100, 200, 300, 400]
    assert chart_rows.responses_scale(Responses((6, *(0,) * 8))) == [0, 2, 4, 6, 8]
    assert chart_rows.responses_scale(Responses()) == [0, 1, 2, 3, 4]


def test_the_axis_of_cents_holds_what_was_paid_and_what_may_be():
    assert chart_rows.costs_scale(report().costs, 0.2)[-1] >= 1
    assert chart_rows.costs_scale((), 0.2) == [0, 0.05, 0.1, 0.15, 0.2]


def test_intervals_stand_on_an_axis_that_shows_them_whole():
    (temperature, risk) = chart_rows.agreement(report().agreed)
    assert (temperature["label"], temperature["value"], temperature["n"]) == ("Temperature, model", "91%", "n 212")
    assert 0 <= temperature["low"] < temperature["at"] < temperature["high"] <= 100
    assert risk["label"] == "Risk, model"
    assert chart_rows.agreement_ticks(report().agreed) == ["70%", "80%", "90%", "100%"]
    few = [Agreement(Method.RULES, Sample.RANDOM, Share(1, 2), Share(2, 2))]
    assert chart_rows.axis_begin(few) == 0
    assert chart_rows.agreement([]) == []


def test_a_line_tells_delivery_and_trouble():
    (row,) = chart_rows.lines(report().lines)
    assert row == {
        "name": "Agent",
        "up": "99.94%",
        "received": "500",
        "delivered": "99.0% of 400",
        "trouble": "2 failed, 1 found later",
    }


def words(shop: Shop = SHOP, **changes: Any) -> Any:
    return page_view(report(**changes), shop)["words"]


def test_the_sentences_around_the_charts():
    said = words()
    assert said["jain"].startswith("Jain 0.99")
    assert said["response_p50"] == "p50 4 m 58 s"
    assert said["responses"] == "Assigned to first human message, 666 leads; 4 wait"
    assert said["within_an_hour"] == "95% within 1 h"
    assert said["cost"] == "What models cost, dotted line: the limit of 0.2 ¢ for a lead"
    assert said["no_cost"] == ""
    assert said["collected"] == "89% in all"
    assert said["stepped_in"] == "Rules stood in for the model: budget spent 9, too slow 7."


def test_nothing_measured_is_said_in_words():
    said = words(
        Shop(budget_cents=0, model=False, demo=False),
        now=Totals(),
        entitlement=Entitlement(),
        responses=Responses(),
        collected=(),
        judged=Judged(),
    )
    assert said["jain"] == said["response_p50"] == said["within_an_hour"] == said["collected"] == ""
    assert said["no_cost"] == "No language model is in use. The rules read and rate every lead, at no cost."
    assert said["cost"] == "What models cost, no limit is set"
    assert said["stepped_in"] == "The rules never had to stand in for a model."
    assert words(now=Totals())["no_cost"] == "No model was asked in this time."
    assert words(now=Totals(trials=4.5))["cost"].endswith("; trials of models cost US$ 4.50 beside it")
    assert words(now=Totals(unpriced=2))["no_cost"] == "Nobody knows what models cost: 2 calls of unknown price."


def test_the_page_knows_when_there_is_nothing_at_all():
    keys = page_view(report(now=Totals(), responses=Responses()), SHOP)
    assert keys["empty"] is True
    assert page_view(report(), SHOP)["empty"] is False


@pytest.mark.parametrize("key", ["kpis", "funnel", "minutes", "entitlement", "responses", "costs", "consultants"])
def test_rows_are_plain_values_that_a_browser_can_be_sent(key: str):
    rows = page_view(report(), SHOP)[key]
    assert isinstance(rows, list)
    assert all(type(row) is dict for row in rows)
