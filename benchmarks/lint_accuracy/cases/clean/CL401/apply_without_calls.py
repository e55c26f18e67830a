import anthropic
import pandas as pd

client = anthropic.Anthropic()


def clean(text: str) -> str:
    return " ".join(text.split())


def overview(texts: list[str]) -> str:
    reply = client.messages.create(
        model="claude-sonnet-5-5",
        max_tokens=2000,
        messages=[{"role": "user", "content": "Summarise these reviews:\n" + "\n".join(texts)}],
    )
    return reply.content[0].text


if __name__ == "__main__":
    frame = pd.read_csv("reviews.csv")
    frame["text"] = frame["text"].apply(clean)
    print(overview(list(frame["text"])))
