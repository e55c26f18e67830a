import anthropic
from apscheduler.schedulers.blocking import BlockingScheduler

client = anthropic.Anthropic()
scheduler = BlockingScheduler()
HANDBOOK = open("handbook.md").read()


def classify(line):
    return client.messages.create(
        model="claude-haiku-5-5",
        max_tokens=1500,
        system=[{"type": "text", "text": HANDBOOK, "cache_control": {"type": "ephemeral"}}],
        messages=[{"role": "user", "content": line}],
    )


async def report(queue):
    while line := await queue.get():
        classify(line)


@scheduler.scheduled_job("interval", minutes=45)
def evening():
    first = classify("How was the day?")
    print(first, classify("And what of tomorrow?"))
