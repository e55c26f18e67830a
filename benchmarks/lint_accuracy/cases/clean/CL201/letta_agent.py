import os

import anthropic
from letta_client import Letta

KEY = os.environ["ANTHROPIC_API_KEY"]
client = Letta(token=os.environ["LETTA_API_KEY"])


def remember(agent_id, text):
    try:
        return client.agents.messages.create(agent_id=agent_id, messages=[{"role": "user", "content": text}])
    except anthropic.APIError:
        return None
