"""The dashboards have the types of Grafana's own schema, as its TypeScript package writes them down."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import pytest

from tests.support import programs

ROOT = Path(__file__).resolve().parents[3]
TYPES = Path(__file__).resolve().parent / "dashboard_types"
DASHBOARDS = sorted((ROOT / "grafana" / "dashboards").glob("*.json"))
INSTALL_SECONDS = 90

pytestmark = [pytest.mark.needs("npm", "node"), pytest.mark.timeout(INSTALL_SECONDS + 60)]


@pytest.fixture(scope="module")
def packages() -> Path:
    """`node_modules` with the locked compiler and schema; the first run fetches them, later ones find them."""
    locked = hashlib.sha256((TYPES / "package-lock.json").read_bytes()).hexdigest()[:16]
    shelf = ROOT / ".cache" / "tsc" / locked
    if not (shelf / "node_modules").is_dir():
        shelf.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=shelf.parent) as draft:
            _install(Path(draft))
            shelf.mkdir(exist_ok=True)
            (Path(draft) / "node_modules").rename(shelf / "node_modules")
    return shelf / "node_modules"


def _install(folder: Path) -> None:
    for name in ("package.json", "package-lock.json", ".npmrc"):
        shutil.copy2(TYPES / name, folder)
    command = [str(programs.path_of("npm")), "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    try:
        subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True, timeout=INSTALL_SECONDS)
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired):
        pytest.skip("npm could not fetch TypeScript and @grafana/schema: is its registry within reach?")


def complaints(packages: Path, folder: Path, dashboards: dict[str, Any]) -> list[str]:
    """What the compiler says of these dashboards, as literals of the type."""
    folder.mkdir(exist_ok=True)
    for name in ("typed.ts", "tsconfig.json"):
        shutil.copy2(TYPES / name, folder)
    (folder / "node_modules").symlink_to(packages)
    for name, dashboard in dashboards.items():
        literal = json.dumps(dashboard, indent=1)
        text = f'import type {{ Typed }} from "./typed";\nexport const dashboard: Typed = {literal};\n'
        (folder / f"{name}.ts").write_text(text)
    compiler = [str(programs.path_of("node")), str(packages / "typescript" / "bin" / "tsc"), "--project", str(folder)]
    told = subprocess.run(compiler, capture_output=True, text=True, check=False).stdout
    return [line for line in told.splitlines() if "error" in line]


def test_the_dashboards_have_the_types_of_grafana(packages: Path, tmp_path: Path):
    committed = {path.stem: json.loads(path.read_text()) for path in DASHBOARDS}
    assert len(committed) == 7
    assert complaints(packages, tmp_path / "all", committed) == []


def test_the_compiler_would_notice(packages: Path, tmp_path: Path):
    sound = json.loads(DASHBOARDS[0].read_text())
    del sound["panels"][1:]
    broken = [dict(sound, refresh=5), dict(sound, tags="leadline"), dict(sound, unheard_of=True)]
    misspelt = json.loads(json.dumps(sound))
    misspelt["panels"][0]["options"]["colourMode"] = misspelt["panels"][0]["options"].pop("colorMode")
    unknown = json.loads(json.dumps(sound))
    unknown["panels"][0]["fieldConfig"]["defaults"]["thresholds"]["mode"] = "relative"
    told = complaints(
        packages, tmp_path / "broken", {f"case{number}": one for number, one in enumerate([*broken, misspelt, unknown])}
    )
    assert {match.group(1) for line in told if (match := re.search(r"(case\d)\.ts", line))} == {
        "case0",
        "case1",
        "case2",
        "case3",
        "case4",
    }


def test_the_lock_names_hashes_and_no_registry():
    lock = json.loads((TYPES / "package-lock.json").read_text())
    named = {name: package for name, package in lock["packages"].items() if name}
    assert set(named) == {"node_modules/@grafana/schema", "node_modules/typescript"}
    assert all("integrity" in package and "resolved" not in package for package in named.values())
