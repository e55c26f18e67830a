import anthropic
from huey import RedisHuey, crontab

huey = RedisHuey("digest")
client = anthropic.Anthropic()
STYLE = open("style.md").read()


def call(news):
    return client.messages.create(
        model="claude-sonnet-5-5",
        max_tokens=2000,
        system=[{"type": "text", "text": STYLE, "cache_control": {"type": "ephemeral"}}],
        messages=[{"role": "user", "content": news}],
    )


@huey.periodic_task(crontab(minute="*/30"))
def digest():
    reply = call(open("/var/spool/news.txt").read())
    print(reply.content[0].text)
