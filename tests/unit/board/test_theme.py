"""One build serves every address."""

from __future__ import annotations

from pathlib import Path

import pytest
import reflex_base

from app.ui.theme import STATE_JS, BuildChanged, SameOrigin, on_own_origin

TEMPLATE = Path(reflex_base.__file__).parent / ".templates" / "web" / STATE_JS


def test_the_socket_of_the_installed_reflex_opens_on_the_origin_of_the_page():
    source = TEMPLATE.read_text()

    assert "endpoint.host = window.location.host;" not in source
    assert on_own_origin(source).count("endpoint.host = window.location.host;") == 1


def test_patching_twice_changes_nothing_more():
    once = on_own_origin(TEMPLATE.read_text())

    assert on_own_origin(once) == once


def test_another_reflex_than_ours_stops_the_build():
    with pytest.raises(BuildChanged):
        on_own_origin("const endpoint = somewhere;")


def test_the_plugin_patches_the_socket_client():
    tasks: list[tuple[str, object]] = []

    SameOrigin().pre_compile(add_modify_task=lambda *task: tasks.append(task))  # pyright: ignore[reportCallIssue]

    assert tasks == [(STATE_JS, on_own_origin)]
