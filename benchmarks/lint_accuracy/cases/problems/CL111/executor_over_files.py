from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import anthropic

client = anthropic.Anthropic()


def abstract(path: Path) -> str:
    document = {"type": "text", "text": path.read_text()}
    document["cache_control"] = {"type": "ephemeral"}
    message = client.messages.create(
        model="claude-sonnet-5-5",
        max_tokens=400,
        messages=[{"role": "user", "content": [document, {"type": "text", "text": "Write an abstract."}]}],
    )
    return message.content[0].text


with ThreadPoolExecutor(8) as pool:
    for text in pool.map(abstract, Path("papers").glob("*.txt")):
        print(text)
