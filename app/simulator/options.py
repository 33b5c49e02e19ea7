"""What a simulator is started with."""

from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Pace:
    """How long the pretended WhatsApp takes for things, in seconds."""

    starting: float = 0.3
    """From STARTING to the next status."""
    expected_status: float = 5.0
    """How long a call waits for the session status it needs before it is refused."""
    stopping: float = 0.0
    """How long stop, logout and delete take (a real gateway: about 3)."""
    first_code: float = 60.0
    next_code: float = 20.0
    codes: int = 6
    """Pairing codes shown before the session fails."""
    sent: float = 0.05
    """From acceptance to the first tick."""
    delivered: float = 0.3
    read: float = 1.0
    media_lifetime: float = 180.0


@dataclass(frozen=True)
class SimulatorOptions:
    """Everything the simulator needs to know; secrets are never logged."""

    data_dir: Path
    token: str = field(repr=False)
    api_key: str = field(repr=False)
    public_url: str = "http://127.0.0.1:3003"
    webhook_base: str | None = None
    """Where a session without webhooks of its own reports to: `{base}/webhooks/waha/{session}`."""
    hmac_keys: dict[str, str] = field(default_factory=dict[str, str], repr=False)
    auto_pair: bool = False
    """A created session is paired at once, as if somebody had scanned its code."""
    board_url: str | None = None
    """Where the phone page's "Open the board" leads; the webhook base when unset."""
    business: str = "Aurora Languages"
    seed: int | None = None
    lid_share: float = 0.15
    """The share of people whom the gateway knows by a hidden id instead of a number."""
    pace: Pace = field(default_factory=Pace)

    def board(self) -> str:
        """The address of the board, or the empty string."""
        return self.board_url or self.webhook_base or ""
