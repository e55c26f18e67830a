from anthropic import AnthropicVertex


class VertexWriter:
    def __init__(self, project):
        self._api = AnthropicVertex(project_id=project, region="global")

    def write(self, brief):
        return self._api.messages.create(
            model="claude-opus-5-5", messages=[{"role": "user", "content": brief}]
        )
