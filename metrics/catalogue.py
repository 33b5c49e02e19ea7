"""All metrics of Leadline as data, by name: the one list that instruments, panels, rules, documents and
tests come from.
"""

from __future__ import annotations

from types import MappingProxyType

from metrics.entries.distribution import DISTRIBUTION
from metrics.entries.intelligence import INTELLIGENCE
from metrics.entries.outcomes import OUTCOMES
from metrics.entries.performance import PERFORMANCE
from metrics.entries.qualification import QUALIFICATION
from metrics.entries.realtime import REALTIME
from metrics.entries.reliability import RELIABILITY
from metrics.entries.silence import SILENCE
from metrics.entries.tracing import TRACING
from metrics.entries.whatsapp import WHATSAPP
from metrics.shape import Metric

AREAS = MappingProxyType(
    {
        "Qualification": QUALIFICATION,
        "Distribution": DISTRIBUTION,
        "Real time": REALTIME,
        "WhatsApp": WHATSAPP,
        "Intelligence": INTELLIGENCE,
        "Reliability": RELIABILITY,
        "Performance": PERFORMANCE,
        "Outcomes": OUTCOMES,
        "Tracing": TRACING,
        "Silence": SILENCE,
    }
)

CATALOGUE: MappingProxyType[str, Metric] = MappingProxyType(
    {metric.name: metric for entries in AREAS.values() for metric in entries}
)
