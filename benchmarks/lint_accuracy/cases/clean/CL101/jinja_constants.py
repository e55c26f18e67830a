import anthropic
from jinja2 import Template

RULES = Template(open("rules.j2").read()).render(team="billing", region="EU")
client = anthropic.Anthropic()


def decide(claim):
    return client.messages.create(
        model="claude-opus-5-5",
        max_tokens=2000,
        system=[{"type": "text", "text": RULES, "cache_control": {"type": "ephemeral"}}],
        messages=[{"role": "user", "content": claim}],
    )
