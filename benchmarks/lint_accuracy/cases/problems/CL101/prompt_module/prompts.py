import random
import string
from pathlib import Path

MANUAL = Path(__file__).with_name("manual.md").read_text()


def session_tag() -> str:
    return "".join(random.choices(string.hexdigits, k=12))


def technician_prompt() -> str:
    return "<session>" + session_tag() + "</session>\n" + MANUAL
