import platform
import uuid

import anthropic


class Session:
    def __init__(self, handbook):
        self.handbook = handbook
        self.client = anthropic.Anthropic()

    def _request_id(self):
        return str(uuid.uuid4())

    def _kwargs(self, user):
        system = "\n".join([platform.node(), self._request_id(), self.handbook])
        return dict(
            model="claude-sonnet-5-5",
            max_tokens=1000,
            system=[{"type": "text", "text": system, "cache_control": {"type": "ephemeral"}}],
            messages=[{"role": "user", "content": user}],
        )

    def say(self, user):
        with self.client.messages.stream(**self._kwargs(user)) as stream:
            return stream.get_final_text()
