from anthropic import AnthropicBedrock

client = AnthropicBedrock(aws_region="us-west-2")


def dosage(note):
    return client.messages.create(
        model="us.anthropic.claude-opus-4-6-v1",
        max_tokens=80,
        system="Extract the drug name and the dosage from the clinical note.",
        messages=[{"role": "user", "content": note}],
    )
