"""The shapes of the gateway's events and answers, engine NOWEB. Pure but for fresh ids."""

from app.simulator.chats import ACK_NAMES, ChatMessage
from app.simulator.identifiers import phone_hex
from app.simulator.people import Addressing, Person
from app.simulator.pulse import millis
from app.simulator.refusals import VERSION
from app.simulator.shapes import Json

ENVIRONMENT: Json = {**VERSION, "platform": "linux/x64", "worker": {"id": None}}
EMPTY_LISTS = (
    "messageStubParameters",
    "labels",
    "userReceipt",
    "reactions",
    "pollUpdates",
    "eventResponses",
    "statusMentions",
    "messageAddOns",
    "statusMentionSources",
    "supportAiCitations",
)


def envelope(event_id: str, at: float, event: str, session: Json, payload: Json) -> Json:
    """The body of a webhook; `session` brings name, metadata and me."""
    return {
        "id": event_id,
        "timestamp": millis(at),
        "event": event,
        "session": session["name"],
        "metadata": session["metadata"],
        "me": session["me"],
        "payload": payload,
        "engine": "NOWEB",
        "environment": ENVIRONMENT,
    }


def full_id(message: ChatMessage, person: Person) -> str:
    """The id that names direction, chat and message."""
    return f"{str(message.from_me).lower()}_{person.chat_id}_{message.hex}"


def bare_id(full_or_bare: str) -> str:
    """The message's own part of an id."""
    parts = full_or_bare.split("_")
    return parts[2] if len(parts) > 2 else full_or_bare


def internal_id(chat_id: str) -> str:
    """The engine's own form of a chat id."""
    return chat_id.replace("@c.us", "@s.whatsapp.net")


def message_payload(message: ChatMessage, person: Person, me: str, files_url: str) -> Json:
    """A message as events and the history show it; `me` is the session's own chat id."""
    sender, receiver = (me, person.chat_id) if message.from_me else (person.chat_id, me)
    return {
        "id": full_id(message, person),
        "timestamp": int(message.at),
        "from": sender,
        "fromMe": message.from_me,
        "source": message.source.value,
        "to": receiver,
        "participant": None,
        "body": message.text,
        "hasMedia": message.attachment is not None,
        "media": media(message, files_url),
        "ack": message.ack,
        "ackName": ACK_NAMES[message.ack],
        "location": None,
        "vCards": [],
        "replyTo": {"id": message.reply_to, "body": None} if message.reply_to else None,
        "_data": engine_data(message, person),
    }


def media(message: ChatMessage, files_url: str) -> Json | None:
    """Where the attachment can be fetched."""
    file = message.attachment
    if file is None:
        return None
    url = f"{files_url}/api/files/{message.session}/{file.file_name}"
    return {"url": url, "mimetype": file.mimetype, "filename": file.shown_name, "error": None}


def engine_data(message: ChatMessage, person: Person) -> Json:
    """What the engine adds: for hidden ids the number may stand beside them."""
    key: Json = {"remoteJid": internal_id(person.chat_id), "fromMe": message.from_me, "id": message.hex}
    if person.addressing is Addressing.LID:
        key |= {"participant": "", "remoteJidAlt": f"{person.number}@s.whatsapp.net", "addressingMode": "lid"}
    data: Json = {"key": key, "messageTimestamp": int(message.at), "broadcast": False}
    data |= {"message": {"conversation": message.text}, "status": max(message.ack, 0) + 1}
    return data if message.from_me else data | {"pushName": person.name}


def ack_payload(message: ChatMessage, person: Person, me: str) -> Json:
    """How far a message of ours got."""
    return {
        "id": full_id(message, person),
        "from": person.chat_id,
        "to": me,
        "participant": None,
        "fromMe": True,
        "ack": message.ack,
        "ackName": ACK_NAMES[message.ack],
    }


def reaction_payload(message: ChatMessage, person: Person, me: str, text: str, *, at: float) -> Json:
    """A lead's emoji under one of our messages; an empty text takes it back."""
    return {
        "id": f"false_{person.chat_id}_{phone_hex()}",
        "from": person.chat_id,
        "fromMe": False,
        "participant": person.chat_id,
        "to": me,
        "timestamp": round(at, 3),
        "reaction": {"text": text, "messageId": full_id(message, person)},
    }


def sent_body(message: ChatMessage, person: Person) -> Json:
    """The answer to a send, as the engine gives it."""
    body: Json = {name: list[Json]() for name in EMPTY_LISTS}
    key = {"remoteJid": internal_id(person.chat_id), "fromMe": True, "id": message.hex}
    return body | {"key": key, "message": content(message), "messageTimestamp": int(message.at), "status": 1}


def content(message: ChatMessage) -> Json:
    """The message as WhatsApp carries it."""
    file = message.attachment
    if file is None:
        return {"extendedTextMessage": {"text": message.text}}
    kind = "imageMessage" if file.mimetype.startswith("image/") else "documentMessage"
    buffer = {"type": "Buffer", "data": "AAAA"}
    blank = {"url": "", "directPath": "", "mediaKey": buffer, "fileEncSha256": buffer, "fileSha256": buffer}
    facts = {"fileLength": len(file.data), "mediaKeyTimestamp": int(message.at), "mimetype": file.mimetype}
    return {kind: blank | facts | {"caption": message.text, "fileName": file.shown_name or "file", "ptt": False}}
