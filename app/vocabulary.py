"""The words that the whole application shares; their values are stored, sent and used as metric labels."""

from __future__ import annotations

from enum import StrEnum


class Stage(StrEnum):
    """A column of the board, in the order of the way of a lead."""

    NEW = "new"
    QUALIFYING = "qualifying"
    QUALIFIED = "qualified"
    WORKING = "working"
    WON = "won"
    LOST = "lost"


class Automation(StrEnum):
    """Who owns the chat: the agent answers, a human answers, or nobody may write."""

    AGENT = "agent"
    HUMAN = "human"
    OFF = "off"


class Temperature(StrEnum):
    """How near a lead is to buying, by the rubric."""

    HOT = "HOT"
    WARM = "WARM"
    COLD = "COLD"


class Risk(StrEnum):
    """How likely the consultant's time is wasted, by the rubric."""

    LOW = "LOW"
    MEDIUM = "MEDIUM"
    HIGH = "HIGH"


class Method(StrEnum):
    """Who judged: a language model or the rules."""

    LLM = "llm"
    RULES = "rules"


class Sample(StrEnum):
    """Why a person judged a lead: asked blindly as one of a random few, or unasked."""

    RANDOM = "random"
    OVERRIDE = "override"


class Outcome(StrEnum):
    """How a qualification ended."""

    COMPLETED = "completed"
    ABANDONED = "abandoned"
    HANDED_OVER = "handed_over"
    OPTED_OUT = "opted_out"


class QualificationStatus(StrEnum):
    """Where a qualification stands."""

    ACTIVE = "active"
    COMPLETED = "completed"
    ABANDONED = "abandoned"
    HANDED_OVER = "handed_over"
    OPTED_OUT = "opted_out"


class Language(StrEnum):
    """The languages that the agent speaks."""

    EN = "en"
    PT = "pt"
    ES = "es"


class SessionName(StrEnum):
    """The two WhatsApp numbers of a business."""

    AGENT = "agent"
    CONSULTANT = "consultant"


class Direction(StrEnum):
    """Which way a message went, seen from the business."""

    IN = "in"
    OUT = "out"


class Author(StrEnum):
    """Who wrote a message."""

    LEAD = "lead"
    AGENT = "agent"
    HUMAN = "human"
    SYSTEM = "system"


class MessageKind(StrEnum):
    """What a message carries. A note stays inside the team and is never sent."""

    TEXT = "text"
    IMAGE = "image"
    AUDIO = "audio"
    VOICE = "voice"
    VIDEO = "video"
    DOCUMENT = "document"
    STICKER = "sticker"
    LOCATION = "location"
    CONTACT = "contact"
    OTHER = "other"
    NOTE = "note"


class DeliveryStatus(StrEnum):
    """How far a message out has come. It only climbs; see ``app.messages.delivery``."""

    QUEUED = "queued"
    SENDING = "sending"
    ACCEPTED = "accepted"
    SENT = "sent"
    DELIVERED = "delivered"
    READ = "read"
    PLAYED = "played"
    FAILED = "failed"
    UNKNOWN = "unknown"
    CANCELLED = "cancelled"
    RECEIVED = "received"


class Source(StrEnum):
    """Where a lead came from."""

    WHATSAPP = "whatsapp"
    FORM = "form"
    API = "api"
    IMPORT = "import"
    DEMO = "demo"


SOURCE_NAMES: dict[str, str] = {
    Source.WHATSAPP: "WhatsApp",
    Source.FORM: "Web form",
    Source.API: "API",
    Source.IMPORT: "Imported file",
    Source.DEMO: "Demo",
}
"""The sources as people call them."""


class Role(StrEnum):
    """What a member of the team may do."""

    CONSULTANT = "consultant"
    MANAGER = "manager"
    ADMIN = "admin"


OPEN_STAGES = (Stage.NEW, Stage.QUALIFYING, Stage.QUALIFIED, Stage.WORKING)
