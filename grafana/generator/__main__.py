"""``python -m grafana.generator`` writes the dashboards."""

from __future__ import annotations

from grafana.generator.making import FOLDER, files

if __name__ == "__main__":
    made = files()
    for stale in set(FOLDER.glob("*.json")) - set(made):
        stale.unlink()
    for path, text in made.items():
        path.write_text(text)
