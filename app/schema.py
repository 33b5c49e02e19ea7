"""The whole schema in one place: importing this module registers every table with ``METADATA``."""

from __future__ import annotations

from sqlmodel import SQLModel

import app.classification.models
import app.conversations.brief_models
import app.conversations.models
import app.distribution.models
import app.insights.models
import app.leads.models
import app.messages.models
import app.qualification.models
import app.sessions.models
import app.studio.models
import app.team.models  # noqa: F401 - registers its tables

METADATA = SQLModel.metadata
