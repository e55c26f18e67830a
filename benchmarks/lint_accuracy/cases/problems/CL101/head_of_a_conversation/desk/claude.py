import anthropic
from anthropic.types import TextBlockParam
from anthropic.types.message_create_params import MessageCreateParamsStreaming

from desk import conversation

MOST_STEPS = 8


class Desk:
    def __init__(self, client: anthropic.AsyncAnthropic, tools):
        self.client = client
        self.tools = tools

    async def answer(self, talk: conversation.Conversation) -> None:
        head = talk.turns[0]
        if not isinstance(head, conversation.Instructions):
            raise TypeError("a conversation starts with instructions")
        system = [TextBlockParam(type="text", text=head.text, cache_control={"type": "ephemeral"})]
        arguments = MessageCreateParamsStreaming(
            model="claude-sonnet-5-5",
            max_tokens=700,
            system=system,
            messages=[{"role": said.role, "content": said.text} for said in talk.turns[1:]],
            stream=True,
        )
        if self.tools:
            arguments["tools"] = self.tools
        for _ in range(MOST_STEPS):
            stream = await self.client.messages.create(**arguments)
            async for event in stream:
                print(event)
            if talk.turns[-1].role != "tool":
                break
