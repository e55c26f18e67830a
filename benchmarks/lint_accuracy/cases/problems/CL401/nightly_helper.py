import json
import pathlib

import anthropic

client = anthropic.Anthropic()


def caption(image_url):
    message = client.messages.create(
        model="claude-sonnet-5-5",
        max_tokens=80,
        messages=[
            {"role": "user", "content": [{"type": "image", "source": {"type": "url", "url": image_url}}]}
        ],
    )
    return message.content[0].text


if __name__ == "__main__":
    urls = json.loads(pathlib.Path("urls.json").read_text())
    captions = {url: caption(url) for url in urls}
    pathlib.Path("captions.json").write_text(json.dumps(captions))
