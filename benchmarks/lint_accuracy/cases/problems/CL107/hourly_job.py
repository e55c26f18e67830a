import anthropic
from apscheduler.schedulers.blocking import BlockingScheduler

client = anthropic.Anthropic()
scheduler = BlockingScheduler()
HANDBOOK = open("handbook.md").read()


@scheduler.scheduled_job("interval", minutes=45)
def report():
    client.messages.create(
        model="claude-sonnet-5-5",
        max_tokens=1500,
        system=[{"type": "text", "text": HANDBOOK, "cache_control": {"type": "ephemeral"}}],
        messages=[{"role": "user", "content": open("/var/log/app.log").read()[-4000:]}],
    )


scheduler.start()
