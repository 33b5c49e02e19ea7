"""What a browser asks of the board while an earlier wish about the same card has no answer."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.support import programs

pytestmark = pytest.mark.needs("node")
BOARD = Path(__file__).parents[3] / "assets" / "board"
STAND_IN = """
export const storeOf = (first) => {
  let state = first;
  return { get: () => state, set: (patch) => { state = { ...state, ...patch }; }, use: () => null };
};
"""
SCENE = """
import * as store from "./store.js";
globalThis.setTimeout = () => 0;
const asked = [];
store.serve({ move: (wish) => asked.push(wish) });
const card = { id: 7, name: "Lia", stage: "new", position: 1, version: 3, run: 1, seq: 1, moved_by: "Mara" };
let keys = { board: { ids: [7], me: { name: "Mara" }, run: 1, seq: 1 }, card_7: card };
const show = (patch = {}) => {
  keys = { ...keys, ...patch };
  store.ingest(keys);
  store.workOut(keys, store.get(), 0);
};
const move = (stage) => { store.move(7, stage); show(); };
const answer = (nr, said) => show({ [`answer_${nr % 16}`]: { nr, ...said } });
const stage = () => store.find(7).stage;
const toasts = () => store.get().toasts.map(({ title, text }) => text ? `${title}. ${text}` : title);
show();
"""


@pytest.fixture
def play(tmp_path: Path):
    """Run lines of JavaScript on the store of the board; returns what ``result`` then is."""
    for name in ("store.js", "order.js"):
        text = (BOARD / name).read_text().replace("$/public/store.js", "./stand_in.js")
        (tmp_path / name).write_text(text)
    (tmp_path / "stand_in.js").write_text(STAND_IN)
    (tmp_path / "package.json").write_text('{"type": "module"}')

    def run(lines: str, result: str) -> Any:
        (tmp_path / "scene.js").write_text(f"{SCENE}{lines}\nconsole.log(JSON.stringify({result}));")
        node = str(programs.path_of("node"))
        said = subprocess.run([node, "scene.js"], cwd=tmp_path, capture_output=True, text=True, check=True)
        return json.loads(said.stdout)

    return run


def test_moves_before_an_answer_wait_and_only_the_last_of_them_is_asked_with_the_version_of_the_answer(play):
    asked, stage, toasts = play(
        "move('working'); move('lost'); move('won'); answer(1, { ok: true, version: 4 });", "[asked, stage(), toasts()]"
    )
    assert [(wish["stage"], wish["version"]) for wish in asked] == [("working", 3), ("won", 4)]
    assert stage == "won"
    assert toasts == []


def test_the_move_that_counted_is_told_and_the_card_stays_where_the_server_has_it(play):
    lines = """
    move('working'); move('won');
    answer(1, { ok: true, version: 4 }); answer(3 - 1, { ok: true, version: 5 });
    show({ card_7: { ...card, stage: 'won', version: 5 } });
    """
    assert play(lines, "[stage(), toasts(), store.waiting()]") == ["won", ["Moved Lia to Won"], 0]


def test_a_move_right_after_an_answer_knows_the_version_before_its_card_came(play):
    asked = play("move('working'); answer(1, { ok: true, version: 4 }); move('won');", "asked")
    assert [wish["version"] for wish in asked] == [3, 4]


def test_a_refused_move_takes_the_waiting_one_with_it_and_names_what_was_wanted_last(play):
    lines = "move('working'); move('won'); answer(1, { ok: false, why: 'stale', by: 'Ana Ribeiro', stage: 'lost' });"
    asked, stage, toasts = play(lines, "[asked, stage(), toasts()]")
    assert len(asked) == 1
    assert stage == "new"
    assert toasts == ["Ana moved Lia to Lost. Your move to Won was not applied. The card shows the truth."]
