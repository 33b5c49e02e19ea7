"""What the playbook page does. It holds nothing: playbooks and talks go to the browser as keys that the state never
declared, to managers alone, and a draft lives in the browser until it is saved.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any, cast

import reflex as rx
from reflex.event import EventSpec

from app.clock import Clock
from app.errors import Invalid, LeadlineError, NotAllowed, Stale
from app.qualification import published
from app.qualification.playbook import check_playbook, shipped_playbooks
from app.qualification.playbook_text import DEEPEST, LARGEST, write
from app.qualification.published import Draft
from app.registry import use
from app.settings import Settings
from app.studio import playbook_cast
from app.studio.playbook_compare import compare
from app.studio.playbook_merge import Merged, merge
from app.studio.playbook_preview import MOST_LINES, converse
from app.studio.playbook_view import checked_view, form, played_row, played_words, turn_rows, version_row
from app.team.private_page import PrivatePage
from app.team.viewer import Viewer, me

NOT_READ = "The server could not read it. Nothing was lost; your changes are kept in this browser."
NOT_ALLOWED = "The playbook is shaped by managers. Ask one of them, if something should be said differently."

Wish = dict[str, Any]
Act = Callable[[Viewer, Wish], Awaitable[Wish]]

log = logging.getLogger(__name__)


class PlaybookState(PrivatePage, rx.State):
    """The playbook page of one browser tab; ``carries`` makes Reflex give it a place in the browser."""

    carries: bool = True

    @rx.event
    async def load(self) -> EventSpec | None:
        """Send the newest playbook, what runs, and the versions."""
        viewer = await self._viewer()
        if viewer is None:
            return self._to_sign_in()
        if not viewer.leads_team:
            await self._show({"me": me(viewer), "denied": NOT_ALLOWED})
            return None
        try:
            studio = await _studio(viewer)
        except Exception:
            log.exception("playbook_not_read")
            await self._show({"me": me(viewer), "failed": NOT_READ})
            return None
        await self._show({"me": me(viewer), "studio": studio, "failed": "", "denied": ""})
        return None

    @rx.event
    async def look(self, wish: Wish) -> EventSpec | None:
        """Check a draft, and answer a lead's lines by it."""
        return await self._answer("looked", wish, _look)

    @rx.event
    async def save(self, wish: Wish) -> EventSpec | None:
        """Keep a draft as a version; with ``publish`` the agent talks by it from now on."""
        return await self._answer("saved", wish, _save)

    @rx.event
    async def publish(self, wish: Wish) -> EventSpec | None:
        """Let the agent talk by a version that was saved before."""
        return await self._answer("saved", wish, _publish)

    @rx.event
    async def open(self, wish: Wish) -> EventSpec | None:
        """Send the text of a version, or of a playbook that ships."""
        return await self._answer("opened", wish, _open)

    @rx.event
    async def compare(self, wish: Wish) -> EventSpec | None:
        """Say what differs between two versions, or between one and the draft."""
        return await self._answer("compared", wish, _compare)

    @rx.event
    async def play(self, wish: Wish) -> EventSpec | None:
        """Let the simulator's people talk to the draft."""
        return await self._answer("played", wish, _play)

    async def _answer(self, key: str, wish: Any, act: Act) -> EventSpec | None:
        """What came of a wish, under a key of its own, with the wish's number."""
        viewer = await self._viewer()
        if viewer is None:
            return self._to_sign_in()
        said = await _carry_out(viewer, wish, act)
        number = cast("Wish", wish).get("nr") if isinstance(wish, dict) else None
        await self._show({key: {"ok": True, **said, "nr": number}})
        return None


async def _carry_out(viewer: Viewer, wish: Any, act: Act) -> Wish:
    """What came of it, be it a refusal: anybody can send anything."""
    if not viewer.leads_team:
        return _refused(NotAllowed(NOT_ALLOWED))
    if not isinstance(wish, dict):
        return _refused(Invalid(field="wish"))
    try:
        return await act(viewer, cast("Wish", wish))
    except Stale as error:
        return {"ok": False, "why": "stale", "text": str(error), **error.facts}
    except LeadlineError as error:
        return _refused(error)
    except Exception:
        log.exception("playbook_wish_failed")
        return {"ok": False, "why": "failed", "text": NOT_READ}


def _refused(error: LeadlineError) -> Wish:
    return {"ok": False, "why": "refused", "text": str(error)}


async def _studio(viewer: Viewer) -> Wish:
    saved = await published.versions(viewer)
    newest = saved[0].number if saved else 0
    text = await published.text(viewer, newest) if newest else published.starting_text(viewer)
    return {
        "form": form(),
        "base": newest,
        "file": use(Settings).playbook,
        "shipped": shipped_playbooks(),
        "versions": [version_row(version) for version in saved],
        **checked_view(text, check_playbook(text)),
    }


async def _look(viewer: Viewer, wish: Wish) -> Wish:
    del viewer
    text, lines = _text(wish), _lines(wish)

    def look() -> Wish:
        checked = check_playbook(text)
        turns = converse(checked.playbook, lines, use(Clock).now()) if checked.playbook else []
        return {**checked_view(text, checked), "turns": turn_rows(turns), "lines": lines}

    return await asyncio.to_thread(look)


async def _save(viewer: Viewer, wish: Wish) -> Wish:
    draft = Draft(_text(wish), _number(wish, "base"), str(wish.get("note") or ""))
    try:
        version = await published.save(viewer, draft)
    except Stale as error:
        raise await _with_changes(viewer, error, draft) from error
    done = await _publish(viewer, {**wish, "number": version.number}) if wish.get("publish") else {}
    return {**await _after(viewer, version.number), "draft": draft.text, **done}


async def _publish(viewer: Viewer, wish: Wish) -> Wish:
    number = _number(wish, "number")
    try:
        await published.publish(viewer, number, seen=_number(wish, "seen") or None)
    except LeadlineError as error:
        return {**await _after(viewer, number), **_refused(error)}
    return await _after(viewer, number)


async def _after(viewer: Viewer, number: int) -> Wish:
    saved = await published.versions(viewer)
    return {"number": number, "versions": [version_row(version) for version in saved]}


async def _with_changes(viewer: Viewer, error: Stale, draft: Draft) -> Stale:
    """The same refusal, with what the other person changed, and a text that has both."""
    newest = int(str(error.facts.get("number") or 0))
    if not newest:
        return error
    base = draft.based_on
    old = await published.text(viewer, base) if base else published.starting_text(viewer)
    new = await published.text(viewer, newest)
    rows, both = await asyncio.to_thread(lambda: (compare(old, new), merge(old, draft.text, new)))
    return Stale(str(error), **error.facts, rows=rows, both=_both(both) if both else None)


def _both(merged: Merged) -> Wish:
    return {**checked_view(merged.text, check_playbook(merged.text)), "clashes": list(merged.clashes)}


async def _open(viewer: Viewer, wish: Wish) -> Wish:
    number = _number(wish, "number")
    name = str(wish.get("name") or "")
    text = await published.text(viewer, number) if number else published.starting_text(viewer, name)
    return {"number": number, "name": name, **checked_view(text, check_playbook(text))}


async def _compare(viewer: Viewer, wish: Wish) -> Wish:
    """``before`` and ``after`` are numbers; 0 is the playbook of the settings before, the draft after."""
    before, after = _number(wish, "before"), _number(wish, "after")
    old = await published.text(viewer, before) if before else published.starting_text(viewer)
    new = await published.text(viewer, after) if after else _text(wish)
    return {"before": before, "after": after, "rows": await asyncio.to_thread(compare, old, new)}


async def _play(viewer: Viewer, wish: Wish) -> Wish:
    del viewer
    checked = check_playbook(_text(wish))
    if checked.playbook is None:
        raise Invalid("Mend what is marked first; then leads can be played.")
    talks = await asyncio.to_thread(playbook_cast.play, checked.playbook)
    first_lost = sorted(talks, key=lambda played: not played.missing)
    return {"rows": [played_row(played) for played in first_lost], **played_words(talks)}


def _text(wish: Wish) -> str:
    """The draft: ``text`` as it is, or ``data`` of the form as text. Raises Invalid."""
    text, data = wish.get("text"), wish.get("data")
    if isinstance(text, str) and len(text) <= 2 * LARGEST:
        return text
    if isinstance(data, dict):
        # The number under which it is saved is its version.
        return write({key: value for key, value in _plain(data).items() if key != "version"})
    raise Invalid("The playbook is larger than 256 kB.")


def _plain(value: Any, depth: int = 0) -> Any:
    """What a browser sent, as texts in lists and groups; raises Invalid for what is nested too deep."""
    if depth > DEEPEST:
        raise Invalid(field="data")
    if isinstance(value, dict):
        items = cast("dict[object, Any]", value).items()
        return {str(key): _plain(each, depth + 1) for key, each in items if each is not None}
    if isinstance(value, list):
        return [_plain(each, depth + 1) for each in cast("list[Any]", value)]
    if isinstance(value, bool):
        return str(value).lower()
    return str(value)


def _lines(wish: Wish) -> list[str]:
    lines = wish.get("lines")
    given = cast("list[Any]", lines) if isinstance(lines, list) else []
    return [line for line in given if isinstance(line, str) and line.strip()][:MOST_LINES]


def _number(wish: Wish, name: str) -> int:
    """A number of a version; 0 where none is said. Raises Invalid."""
    value = wish.get(name) or 0
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 2**31:
        raise Invalid(field=name)
    return value
