"""The dashboards, each for one kind of reader and one question."""

from grafana.generator.pages.distribution import DISTRIBUTION
from grafana.generator.pages.executive import EXECUTIVE
from grafana.generator.pages.llm import LLM
from grafana.generator.pages.objectives import OBJECTIVE_BOARD
from grafana.generator.pages.qualification import QUALIFICATION
from grafana.generator.pages.realtime import REALTIME
from grafana.generator.pages.service import SERVICE

BOARDS = (EXECUTIVE, QUALIFICATION, DISTRIBUTION, REALTIME, LLM, SERVICE, OBJECTIVE_BOARD)
