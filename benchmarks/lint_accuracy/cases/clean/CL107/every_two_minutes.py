import anthropic
from apscheduler.schedulers.blocking import BlockingScheduler

client = anthropic.Anthropic()
scheduler = BlockingScheduler()
HANDBOOK = open("handbook.md").read()


@scheduler.scheduled_job("interval", minutes=2)
def watch():
    client.messages.create(
        model="claude-haiku-5-5",
        max_tokens=300,
        system=[{"type": "text", "text": HANDBOOK, "cache_control": {"type": "ephemeral"}}],
        messages=[{"role": "user", "content": open("/var/log/app.log").read()[-4000:]}],
    )


scheduler.start()
