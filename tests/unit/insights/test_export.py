"""The figures as a file."""

from __future__ import annotations

import csv
import io

from app.insights.export import as_csv, file_name
from app.insights.figures import Entitled, Entitlement
from tests.unit.insights.reports import report


def lines(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_each_figure_is_a_line_under_the_name_of_its_panel():
    read = {(line["panel"], line["figure"], line["at"]): line["value"] for line in lines(as_csv(report()))}
    assert read["Funnel", "Qualified", "now"] == "689"
    assert read["Funnel", "Qualified", "before"] == "540"
    assert read["Minutes per lead", "average", "2026-11-11T00:00:00"] == "6.1"
    assert read["Minutes per lead", "average", "2026-11-10T00:00:00"] == ""
    assert read["Leads against entitlement", "Ana Ribeiro: due", "now"] == "40.6"
    assert read["Consultant response", "under 5m", "now"] == "238"
    assert read["Consultant response", "more", "now"] == "5"
    assert read["Ratings", "rules stepped in: timeout", "now"] == "7"
    assert read["Agreement with people", "verdicts, llm", "now"] == "212"
    assert read["WhatsApp", "agent: delivered", "now"] == "396"


def test_a_name_is_never_taken_for_a_formula():
    evil = Entitlement((Entitled(2, '=HYPERLINK("http://x")', 1, 1.0),))
    figures = [line["figure"] for line in lines(as_csv(report(entitlement=evil)))]
    assert not [figure for figure in figures if figure.startswith(("=", "+", "-", "@"))]
    assert any(figure.startswith("'=HYPERLINK") for figure in figures)


def test_the_file_is_named_after_its_range_and_day():
    assert file_name(report()) == "leadline-insights-14d-2026-11-23.csv"
