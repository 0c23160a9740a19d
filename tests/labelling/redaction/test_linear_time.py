"""No text holds the redaction up: its time grows with the text's length alone."""

import json
import subprocess
import sys
from pathlib import Path

from schemas.contracts.redaction_settings import PLACEHOLDERS

# What a rule may begin with, go on with, and stop at.
RUNS = [
    "a", "1", "@", ".", "-", " ", "+", "0", "(", ")", ":", "/", "_", "%40", "&#64;", "a@", "a.", "@a.", ".a@", "1-",
    "1 ", "1.",
    "01 ", "+1", "(1)", "a:", "::", "1:", "f:", ":f", "0x", "eyJ", "eyJaaaaaaaa.", "a at ", " dot a", "a dot ",
    "-dot-", "a(at)a",
    " at a dot ", "a @ a . ", "GB82 ", "GB82", "4111 ", "4111-", "tel ", "tel: 1", "call me on ", "password:",
    "token=", "?token=",
    "&a_token=", "://", "a://", "a://a:", "-----BEGIN PRIVATE KEY-----", "@a", "@1", '"a', '"', "\u200b", "\u200ba",
    "是", "是a@",
    "\u0661", "\uff20", "x", "ext. 1", *PLACEHOLDERS.values(),
]  # fmt: skip
ENDS = ["", "@", "!", "@example.org", " 1"]
LONGEST, SECONDS = 20_000, 120


def test_a_run_of_anything_is_read_in_time() -> None:
    texts = [(run, LONGEST // len(run), end) for run in RUNS for end in ENDS]
    # In a process of its own: a rule that reads a run again and again would take hours, and cannot be interrupted.
    reading = (
        "import json, sys\n"
        "from lib.labelling.redaction.redaction import Redaction\n"
        "for run, n, end in json.load(sys.stdin):\n"
        "    Redaction().text(run * n + end)\n"
    )
    root = Path(__file__).parents[3]
    command = [sys.executable, "-c", reading]
    subprocess.run(command, input=json.dumps(texts), text=True, cwd=root, check=True, timeout=SECONDS)
