import anthropic
import pandas as pd

client = anthropic.Anthropic()


def sentiment(text: str) -> str:
    reply = client.messages.create(
        model="claude-haiku-5-5",
        max_tokens=5,
        system="Answer with positive, negative or neutral.",
        messages=[{"role": "user", "content": text}],
    )
    return reply.content[0].text


if __name__ == "__main__":
    frame = pd.read_csv("reviews.csv")
    frame["sentiment"] = frame["text"].apply(sentiment)
    frame.to_csv("labelled.csv")
