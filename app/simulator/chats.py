"""What was said: the gateway's own store of each chat."""

from collections import OrderedDict, deque
from dataclasses import dataclass
from enum import StrEnum

CHAT_LENGTH = 300
CHATS = 20_000

ACK_NAMES = {-1: "ERROR", 0: "PENDING", 1: "SERVER", 2: "DEVICE", 3: "READ", 4: "PLAYED"}


class Source(StrEnum):
    """Where a message was written."""

    APP = "app"
    API = "api"


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that belongs to a message; it can be fetched until `expires_at`."""

    file_name: str
    mimetype: str
    shown_name: str | None
    data: bytes
    expires_at: float


@dataclass(slots=True)
class ChatMessage:
    """One message in one chat, as seen by one session; `ack` climbs and `seen` is what the business read."""

    hex: str
    session: str
    number: str
    from_me: bool
    source: Source
    text: str
    at: float
    ack: int
    attachment: Attachment | None = None
    reply_to: str | None = None
    seen: bool = False
    """A lead's message: the business marked it as read."""
    received: bool = False
    """A lead's message: the business's software took it in."""
    looked_at: bool = False
    """A message to a lead: it was on the lead's screen, perhaps before it counted as delivered."""
    reaction: str = ""


class Chats:
    """All chats, each with its last messages; the longest silent chats are forgotten first."""

    def __init__(self) -> None:
        """Start empty."""
        self._chats: OrderedDict[tuple[str, str], deque[ChatMessage]] = OrderedDict()

    def add(self, message: ChatMessage) -> None:
        """Append a message to its chat."""
        key = (message.session, message.number)
        self._chats.setdefault(key, deque(maxlen=CHAT_LENGTH)).append(message)
        self._chats.move_to_end(key)
        while len(self._chats) > CHATS:
            self._chats.popitem(last=False)

    def of(self, session: str, number: str) -> list[ChatMessage]:
        """One chat, oldest first."""
        return list(self._chats.get((session, number), ()))

    def find(self, session: str, number: str, bare_hex: str) -> ChatMessage | None:
        """One message by its bare id."""
        chat = self._chats.get((session, number), deque[ChatMessage]())
        return next((message for message in reversed(chat) if message.hex == bare_hex), None)

    def latest(self, session: str) -> list[ChatMessage]:
        """The last message of each chat of a session, newest chat first."""
        newest_first = reversed(self._chats.items())
        return [chat[-1] for (owner, _), chat in newest_first if owner == session and chat]

    def file(self, session: str, file_name: str) -> Attachment | None:
        """An attachment by its file name; the name carries the message id."""
        for (owner, _), chat in self._chats.items():
            for message in chat if owner == session else ():
                if message.attachment is not None and message.attachment.file_name == file_name:
                    return message.attachment
        return None

    def forget(self, number: str) -> None:
        """Drop one person's chats."""
        for key in [key for key in self._chats if key[1] == number]:
            del self._chats[key]

    def clear(self) -> None:
        """Forget everything."""
        self._chats.clear()
