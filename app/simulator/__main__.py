"""`python -m app.simulator`: the simulator as a process of its own. Secrets come by environment or by option."""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from app.simulator.options import SimulatorOptions
from app.simulator.server import run

SECRETS = {
    "token": "LEADLINE_SIMULATOR_TOKEN",
    "api_key": "WAHA_API_KEY",
    "hmac_agent": "WAHA_HMAC_KEY_AGENT",
    "hmac_consultant": "WAHA_HMAC_KEY_CONSULTANT",
}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m app.simulator", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=3003)
    parser.add_argument("--data-dir", type=Path, required=True)
    parser.add_argument("--public-url", help="how others reach this gateway; made of host and port when left out")
    parser.add_argument("--webhook-base", help="where sessions without webhooks of their own report to")
    parser.add_argument("--board-url", help="the board that the phone page links to")
    parser.add_argument("--business", default=SimulatorOptions.business)
    parser.add_argument("--seed", type=int)
    parser.add_argument("--lid-share", type=float, default=SimulatorOptions.lid_share)
    parser.add_argument("--auto-pair", action="store_true", help="new sessions need no scan")
    for name, variable in SECRETS.items():
        parser.add_argument(f"--{name.replace('_', '-')}", default=os.environ.get(variable), help=f"or ${variable}")
    return parser


def options_from(arguments: Sequence[str]) -> tuple[SimulatorOptions, str, int]:
    """The options, host and port that a command line asks for; exits with a sentence when a secret is missing."""
    parser = _parser()
    asked = parser.parse_args(arguments)
    for name in ("token", "api_key"):
        if not getattr(asked, name):
            parser.error(f"--{name.replace('_', '-')} or ${SECRETS[name]} is required")
    keys = {"agent": asked.hmac_agent, "consultant": asked.hmac_consultant}
    options = SimulatorOptions(
        data_dir=asked.data_dir,
        token=asked.token,
        api_key=asked.api_key,
        public_url=asked.public_url or f"http://{asked.host}:{asked.port}",
        webhook_base=asked.webhook_base,
        hmac_keys={name: key for name, key in keys.items() if key},
        auto_pair=asked.auto_pair,
        board_url=asked.board_url,
        business=asked.business,
        seed=asked.seed,
        lid_share=asked.lid_share,
    )
    return options, asked.host, asked.port


def main() -> int:
    """Serve until told to stop; 1 when the port cannot be had."""
    options, host, port = options_from(sys.argv[1:])
    try:
        run(options, host, port)
    except (OSError, RuntimeError) as error:
        sys.stderr.write(f"The WhatsApp simulator cannot listen on {host}:{port}: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
