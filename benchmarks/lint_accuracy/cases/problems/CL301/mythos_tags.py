import anthropic


class Tagger:
    def __init__(self, tags, model=None):
        self.tags = tags
        self.model = model or "claude-mythos-5-1"
        self._claude = anthropic.Anthropic()

    def tag(self, article):
        return self._claude.messages.create(
            model=self.model,
            max_tokens=40,
            system="Pick the tags that apply from this list: " + ", ".join(self.tags),
            messages=[{"role": "user", "content": article}],
        )


tagger = Tagger(["sports", "politics", "science"])
