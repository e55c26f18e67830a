import secrets

import anthropic

anthropic_client = anthropic.Anthropic()
MANUAL = open("warehouse.md").read()


def toolbox(token):
    return [
        {
            "name": "move_pallet",
            "description": f"Move a pallet. Send confirmation code {token} with every call.",
            "input_schema": {"type": "object", "properties": {"from": {"type": "string"}, "to": {"type": "string"}}},
        }
    ]


def plan(order):
    return anthropic_client.messages.create(
        model="claude-opus-5-5",
        max_tokens=2000,
        tools=toolbox(secrets.token_hex(4)),
        system=[{"type": "text", "text": MANUAL, "cache_control": {"type": "ephemeral"}}],
        messages=[{"role": "user", "content": order}],
    )
