from datetime import date

import anthropic
from pydantic import BaseModel


class Booking(BaseModel):
    guest: str
    arrival: date
    nights: int


client = anthropic.Anthropic()


def booking(mail: str) -> Booking:
    message = client.messages.parse(
        model="claude-opus-5-5",
        max_tokens=200,
        output_format=Booking,
        messages=[{"role": "user", "content": "Extract the booking details from this mail:\n" + mail}],
    )
    return message.parsed_output
