"""Label values and buckets that several entries share.

The values repeat the application's enumerations, which this package may not import; a test holds them equal.
Every objective's threshold is a bucket boundary, so that no objective is ever interpolated.
"""

from __future__ import annotations

from metrics.shape import Label

SESSION = Label("session", ("agent", "consultant"))
MESSAGE_TYPE = Label(
    "message_type",
    (
        "text",
        "image",
        "audio",
        "voice",
        "video",
        "document",
        "sticker",
        "location",
        "contact",
        "other",
        "note",
    ),
)
SENT_TYPE = Label("message_type", ("text", "image", "audio", "document"))
DIRECTION = Label("direction", ("in", "out"))
SOURCE = Label("source", ("whatsapp", "form", "api", "import", "demo"))
OUTCOME = Label("outcome", ("completed", "abandoned", "handed_over", "opted_out"))
METHOD = Label("method", ("llm", "rules"))
STAGE = Label("stage", ("new", "qualifying", "qualified", "working", "won", "lost"))
TEMPERATURE = Label("temperature", ("HOT", "WARM", "COLD"))
ENGAGEMENT = Label("engagement", ("high", "medium", "low", "none"))
ROLE = Label("role", ("web", "worker"))
WINDOW = Label("window", ("24h", "7d", "30d"))
CONSULTANT = Label("consultant", at_most=200)
POOL = Label("db_client_connection_pool_name", at_most=4)
TASK = Label("messaging_destination_name", at_most=30)
MODEL = Label("gen_ai_request_model", at_most=6)
PROMPT = Label("gen_ai_prompt_name", ("classify", "reply", "extract"))

B_API = (0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.2, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10)
B_DB = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 10)
B_REAL_TIME = (0.01, 0.025, 0.05, 0.1, 0.15, 0.2, 0.3, 0.5, 0.75, 1, 2, 5, 10)
B_LLM = (0.08, 0.16, 0.24, 0.32, 0.48, 0.64, 0.96, 1.28, 1.92, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92)
B_TOKENS = (64, 128, 256, 512, 1024, 1536, 2048, 3072, 4096, 8192, 16384)
B_QUALIFICATION = (30, 60, 120, 180, 240, 300, 420, 600, 900, 1200, 1800, 3600, 7200, 21600, 86400)
B_FIRST_CONTACT = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600, 14400, 86400)
B_ASSIGNMENT = (0.005, 0.01, 0.015, 0.02, 0.025, 0.03, 0.04, 0.05, 0.075, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
B_DELIVERY = (0.5, 1, 2, 5, 10, 30, 60, 300, 900, 3600, 21600)
B_RECOVERY = (1, 2.5, 5, 10, 20, 30, 60, 120, 300, 600, 1800)
B_RESPONSE = (60, 300, 600, 900, 1800, 3600, 7200, 14400, 28800, 86400, 259200)
B_WAIT = (0.001, 0.005, 0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
B_JOB = (0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300)
