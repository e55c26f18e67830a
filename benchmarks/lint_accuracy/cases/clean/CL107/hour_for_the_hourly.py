import anthropic
import schedule

client = anthropic.Anthropic()
HANDBOOK = open("handbook.md").read()


def report():
    client.messages.create(
        model="claude-sonnet-5-5",
        max_tokens=1500,
        system=[{"type": "text", "text": HANDBOOK, "cache_control": {"type": "ephemeral", "ttl": "1h"}}],
        messages=[{"role": "user", "content": open("/var/log/app.log").read()[-4000:]}],
    )


schedule.every(45).minutes.do(report)
