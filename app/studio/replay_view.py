"""Runs as the replay page shows them: rows of plain words, made on the server."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypedDict

from app.classification.rubric import STANDARD
from app.clock import epoch_ms
from app.qualification.facts import FactName
from app.studio.replay_change import MOST_CHATS, MOST_USD, Change, RunStatus, Source
from app.studio.replay_figures import RESULT_FORM
from app.studio.replay_runs import Run

_LABELS = {"temperature": "Temperature", "risk": "Risk"}
_STATUS = {
    RunStatus.QUEUED: ("Waiting", "calm"),
    RunStatus.RUNNING: ("Running", "calm"),
    RunStatus.DONE: ("Done", "ok"),
    RunStatus.FAILED: ("Failed", "bad"),
    RunStatus.CANCELLED: ("Cancelled", "calm"),
}
_FACTS = {
    FactName.NAME: "Name",
    FactName.EMAIL: "E-mail",
    FactName.INTEREST: "Interest",
    FactName.CITY: "City",
    FactName.BUDGET: "Budget",
    FactName.TIMELINE: "Timeline",
    FactName.DECISION_MAKER: "Decision maker",
}
_WHEN = {"now": "a week", "30d": "30 days", "90d": "90 days"}


class RunRow(TypedDict):
    """A run in the list."""

    id: int
    title: str
    status: str
    tone: str
    at: int | None
    by: str
    said: str
    share: str
    going: bool


class Figure(TypedDict):
    """A figure of a run, with what it is measured on."""

    name: str
    value: str
    of: str


def run_row(run: Run) -> RunRow:
    """A run in the list."""
    said, tone = _STATUS[run.status]
    going = run.status in {RunStatus.QUEUED, RunStatus.RUNNING}
    share = round(100 * run.done / run.total) if run.total else 0
    return {
        "id": run.id,
        "title": title(run.change),
        "status": said,
        "tone": tone,
        "at": epoch_ms(run.created_at),
        "by": run.by,
        "said": run.error or _progress(run),
        "share": f"{share}%",
        "going": going,
    }


def _progress(run: Run) -> str:
    if run.status is RunStatus.QUEUED:
        return "Waits for the worker"
    if not run.total:
        return "Begins"
    return f"{run.done} of {run.total} conversations"


def title(change: Change) -> str:
    """What is tried, in a line."""
    by = "Rules" if change.method == "rules" else change.model or "The model in use"
    more = [
        *([f"playbook {change.playbook}"] if change.playbook else []),
        *(["advice"] if change.advice else []),
        *(["another rubric"] if change.weights != STANDARD else []),
    ]
    over = "shipped" if change.source is Source.SHIPPED else "stored"
    return f"{by}{' with ' + ', '.join(more) if more else ''}, over {over} conversations"


def details(run: Run) -> dict[str, Any]:
    """A run as its panel shows it: figures, tables, facts and the differences to read."""
    result = run.result
    ready = bool(result) and result.get("form") == RESULT_FORM
    return {
        **run_row(run),
        "about": about(run.change),
        "failed": run.error,
        "note": note(run),
        "ready": ready,
        "figures": _figures(run, result) if ready else [],
        "tables": [_table(what, result[what]) for what in ("temperature", "risk")] if ready else [],
        "facts": [_fact(name, result["facts"][name]) for name in FactName] if ready else [],
        "facts_same": _all_same(result["facts"]) if ready else "",
        "misses": [_miss(miss) for miss in result["misses"]] if ready else [],
        "more": f"and {result['more_misses']} more" if ready and result["more_misses"] else "",
        "answers": _answers(result) if ready else [],
        "more_answers": _more_answers(result) if ready else "",
    }


def about(change: Change) -> str:
    """What the run varies and what it is compared with, in sentences."""
    return " ".join([*_drawn(change), _BEFORE[change.source, change.method]])


def _drawn(change: Change) -> Iterator[str]:
    weights = change.weights
    if weights != STANDARD:
        yield (
            f"Rubric: {_times(weights.evasions, 'evaded question is', 'evaded questions are')} a danger,"
            f" {_times(weights.dangers_for_high, 'danger is', 'dangers are')} high risk,"
            f" HOT within {_WHEN[weights.hot_within.value]}."
        )
    if change.advice:
        yield f"Advice: “{change.advice}”"
    if change.method == "llm":
        yield f"At most ${change.usd:.2f}."


_BEFORE: dict[tuple[Source, str], str] = {
    (Source.SHIPPED, "rules"): "Before: what the rules read today.",
    (Source.SHIPPED, "llm"): "Before: what the rules read today.",
    (Source.STORED, "rules"): "Before: what the rules read today, and where a model judged, its rating.",
    (Source.STORED, "llm"): "Before: the rating and the facts that each lead has.",
}


def _times(number: int, one: str, more: str) -> str:
    return f"{number} {one if number == 1 else more}"


def note(run: Run) -> str:
    """What a reader of the figures has to know of how the run ended; empty when it read everything."""
    if run.result and run.result.get("form") != RESULT_FORM:
        return "An earlier version of Leadline kept this result: replay it again to see its figures."
    unread = run.result.get("unread", 0)
    if not unread:
        return ""
    read = f"{run.done} of {run.total} conversations"
    if run.status is RunStatus.DONE and run.change.method == "llm":
        return f"The figures are of {read}: then the budget was spent, or a lead was gone."
    return f"The figures are of {read}."


def _figures(run: Run, result: Mapping[str, Any]) -> list[Figure]:
    chats, verdicts = result["chats"], result["verdicts"]
    figures: list[Figure] = [
        {"name": f"{_LABELS[what]} unchanged", "value": _share(result[what]["same"], chats), "of": f"of {chats} chats"}
        for what in ("temperature", "risk")
    ]
    whose = "labelled" if run.change.source is Source.SHIPPED else "with a verdict"
    if answers := result.get("answers"):
        same = _share(answers["same"], answers["n"])
        figures.append({"name": "Answers unchanged", "value": same, "of": f"of {answers['n']} answers"})
    figures += [_agreed(what, verdicts, whose) for what in ("temperature", "risk")] if verdicts["n"] else [_NO_VERDICT]
    if run.change.method == "llm":
        figures += [_cost(result, chats), *_by_rules(result["fallback"], chats), _times_of(result["latency_ms"])]
    return figures


def _by_rules(fallback: Mapping[str, Any], chats: int) -> Iterator[Figure]:
    """How much of a model's figures the rules made: the reader must not take one for the other."""
    reasons = ", ".join(f"{reason} {n}" for reason, n in fallback["reasons"].items())
    share = f"{100 * fallback['share']:.0f}%"
    yield {"name": "Read by the rules instead", "value": share, "of": reasons or "the model answered all"}
    if judged := fallback.get("judged"):
        reasons = ", ".join(f"{reason} {n}" for reason, n in fallback["judged_reasons"].items())
        yield {"name": "Judged by the rules instead", "value": _share(judged, chats), "of": reasons}


def _times_of(latency: Mapping[str, float]) -> Figure:
    return {"name": "Turn p95", "value": f"{latency['p95']:.0f} ms", "of": f"mean {latency['mean']:.0f} ms"}


def _cost(result: Mapping[str, Any], chats: int) -> Figure:
    """What was paid in all, attempts that broke off included; what a lead costs is of the figures shown."""
    usd = result["cost_usd"]
    if usd is None:
        return {"name": "Cost", "value": "unknown", "of": "no price or count known"}
    return {"name": "Cost", "value": f"${result.get('paid_usd', usd):.4f}", "of": f"${usd / chats:.5f} a lead"}


def _agreed(what: str, verdicts: Mapping[str, Any], whose: str) -> Figure:
    before, after = verdicts[what]["before"], verdicts[what]["after"]
    of = f"{100 * before:.0f}% before, {verdicts['n']} {whose}"
    return {"name": f"{_LABELS[what]} agrees", "value": f"{100 * after:.0f}%", "of": of}


_NO_VERDICT: Figure = {"name": "Agrees with people", "value": "–", "of": "no verdict on these chats"}


def _share(part: int, whole: int) -> str:
    return f"{round(100 * part / whole)}%" if whole else "–"


def _table(what: str, changed: Mapping[str, Any]) -> dict[str, Any]:
    labels: Sequence[str] = changed["labels"]
    rows = [
        {
            "name": before,
            "cells": [{"n": str(n), "kind": _kind(before, after, n)} for after, n in zip(labels, row, strict=True)],
        }
        for before, row in zip(labels, changed["table"], strict=True)
    ]
    return {"name": _LABELS[what], "labels": list(labels), "rows": rows}


def _kind(before: str, after: str, n: int) -> str:
    if not n:
        return "none"
    return "same" if before == after else "moved"


def _all_same(facts: Mapping[str, Mapping[str, int]]) -> str:
    """A sentence where no fact is read differently; empty where a table has something to say."""
    same = sum(counts["same"] for counts in facts.values())
    moved = any(counts[kind] for counts in facts.values() for kind in ("gained", "lost", "different"))
    return "" if moved else f"All {same} facts are read as before."


def _fact(name: str, counts: Mapping[str, int]) -> dict[str, str]:
    shown = {kind: str(counts[kind]) if counts[kind] else "–" for kind in ("same", "gained", "lost", "different")}
    return {"name": _FACTS[FactName(name)], **shown}


def _miss(miss: Mapping[str, str]) -> dict[str, str]:
    what = miss["what"]
    names = {**_LABELS, **{name.value: said for name, said in _FACTS.items()}}
    names |= {"opt_out": "Opt-out", "wants_human": "Wants a person"}
    return {"chat": miss["chat"], "what": names.get(what, what), "before": miss["before"], "after": miss["after"]}


def _answers(result: Mapping[str, Any]) -> list[dict[str, str]]:
    answers: Mapping[str, Any] | None = result.get("answers")
    shown: Sequence[Mapping[str, Any]] = answers["shown"] if answers else []
    return [{**each, "times": _times(each["times"], "time", "times")} for each in shown]


def _more_answers(result: Mapping[str, Any]) -> str:
    answers: Mapping[str, Any] | None = result.get("answers")
    return f"and {answers['more']} more" if answers and answers["more"] else ""


def readable_words(method: str, readable: int, basis: str) -> str:
    """How many stored conversations may be read, and why no more."""
    many = f"{readable} or more" if readable >= MOST_CHATS else str(readable)
    said = f"{many} finished {'conversation' if readable == 1 else 'conversations'} may be read"
    if method != "llm":
        return f"{said}: of whoever has not withdrawn. The rules read inside the house."
    if basis:
        return f"{said} by a model, on this basis: {basis}."
    return f"{said} by a model: of leads whose yes is recorded. Their texts leave the house, masked."


def form(models: Sequence[str], playbooks: Sequence[tuple[int, str]], *, key: bool) -> dict[str, Any]:
    """What the form offers."""
    return {
        "models": list(models),
        "playbooks": [{"number": str(number), "said": said} for number, said in playbooks],
        "key": key,
        "most": str(MOST_CHATS),
        "most_usd": str(MOST_USD),
    }
