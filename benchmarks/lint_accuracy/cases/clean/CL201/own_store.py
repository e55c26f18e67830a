import anthropic


class Messages:
    def create(self, model, messages):
        return {"model": model, "messages": messages}


class FakeClient:
    def __init__(self):
        self.messages = Messages()


def test_records_the_model():
    client = FakeClient()
    record = client.messages.create(model="claude-sonnet-5-5", messages=[])
    assert not isinstance(client, anthropic.Anthropic)
    assert record["model"] == "claude-sonnet-5-5"
