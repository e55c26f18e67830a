from anthropic import AnthropicBedrock, AnthropicVertex

bedrock = AnthropicBedrock(aws_region="eu-central-1")
vertex = AnthropicVertex(project_id="acme", region="global")


def ask(question):
    turns = [{"role": "user", "content": question}]
    one = bedrock.messages.create(
        model="eu.anthropic.claude-haiku-4-5-20251001-v1:0", max_tokens=300, messages=turns
    )
    two = vertex.messages.create(model="claude-opus-4-5@20251101", max_tokens=300, messages=turns)
    return one, two
