# /// script
# requires-python = ">=3.11"
# dependencies = ["scikit-learn==1.7.2"]
# ///
# pyright: basic, reportMissingImports=false
"""Learn anew what wishes sound like, after sentences were added to ``scripts/wishes``: ``uv run`` this file.

Each line there is a label (opt_out, wants_human, neither), a tab, and one message of a lead; all are invented. Prints
how well sentences are told apart that a fifth of the fits did not see, and writes the weights that the program ships.
"""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path

import numpy as np
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import precision_score, recall_score
from sklearn.model_selection import cross_val_predict
from sklearn.pipeline import make_pipeline

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from app.qualification.extraction.learnt import WEIGHTS, Wish, features  # noqa: E402

SENTENCES = ROOT / "scripts" / "wishes"
TARGET = ROOT / "app" / "qualification" / "extraction" / "lexicon" / WEIGHTS
STRENGTH = 0.5
LEAST = 0.08
"""Weights below this change nothing that matters and are left out."""


def digest() -> str:
    """What the sentences are, so that a test can tell whether the weights were learnt from them."""
    held = hashlib.sha256()
    for file in sorted(SENTENCES.glob("*.tsv")):
        held.update(file.read_bytes())
    return held.hexdigest()


def sentences() -> tuple[list[str], np.ndarray]:
    """All messages and their labels."""
    lines = [line for file in sorted(SENTENCES.glob("*.tsv")) for line in file.read_text("utf-8").splitlines()]
    parts = [line.split("\t", 1) for line in lines]
    return [text for _, text in parts], np.array([label for label, _ in parts])


def main() -> None:
    """Fit one regression a wish and write both."""
    texts, labels = sentences()
    start: list[float] = []
    weights: dict[str, list[float]] = {}
    for place, wish in enumerate(Wish):
        model = make_pipeline(
            CountVectorizer(analyzer=features, binary=True, min_df=2), LogisticRegression(C=STRENGTH, max_iter=3000)
        )
        meant = labels == wish.value
        chances = cross_val_predict(model, texts, meant, cv=5, method="predict_proba")[:, 1]
        for least in (0.05, 0.5, 0.8):
            told = chances >= least
            precision, recall = precision_score(meant, told), recall_score(meant, told)
            print(f"{wish.value} at {least}: precision {precision:.3f}, recall {recall:.3f} of {meant.sum()}")
        counted, fitted = model.fit(texts, meant)[0], model[-1]
        start.append(round(float(fitted.intercept_[0]), 2))
        for feature, weight in zip(counted.get_feature_names_out(), fitted.coef_[0], strict=True):
            weights.setdefault(feature, [0.0] * len(Wish))[place] = round(float(weight), 2)
    kept = {feature: both for feature, both in sorted(weights.items()) if max(map(abs, both)) >= LEAST}
    rows = ",\n".join(f"{json.dumps(name, ensure_ascii=False)}:{json.dumps(both)}" for name, both in kept.items())
    TARGET.write_text(
        f'{{"sentences":"{digest()}","start":{json.dumps(start)},"weights":{{\n{rows}\n}}}}\n', encoding="utf-8"
    )
    print(f"{len(texts)} sentences, {len(kept)} weights, {TARGET.stat().st_size // 1024} KB")


if __name__ == "__main__":
    main()
