from datetime import datetime

from anthropic import Anthropic
from jinja2 import Environment

env = Environment()
env.globals["now"] = datetime.now
SYSTEM = env.from_string("""Local time is {{ now().strftime("%H:%M:%S") }}.
{{ handbook }}
""")
HANDBOOK = open("handbook.md").read()
client = Anthropic()


def run(model_args: dict, question: str):
    system = SYSTEM.render(handbook=HANDBOOK)
    return client.messages.create(
        max_tokens=1500,
        system=[{"type": "text", "text": system, "cache_control": {"type": "ephemeral"}}],
        messages=[{"role": "user", "content": question}],
        **model_args,
    )
