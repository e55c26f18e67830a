import anthropic

client = anthropic.Anthropic()
MANUAL = """
A loyalty point is refused politely when the item was worn, opened or engraved.
A price match is settled within five working days, counted from the day after the request.
A warranty claim may be granted once a year without asking a supervisor.
A repair order goes to the second line when more than two hundred euros are at stake.
A subscription depends on the country of delivery and on the tariff of the carrier.
A cancelled order needs the order number and the date of purchase before anything is promised.
A double charge must never be confirmed by chat while the account holder is unverified.
A customs fee is refused politely when the item was worn, opened or engraved.
An address change is settled within five working days, counted from the day after the request.
A voucher may be granted once a year without asking a supervisor.
A return label goes to the second line when more than two hundred euros are at stake.
A partial shipment depends on the country of delivery and on the tariff of the carrier.
A pre-order needs the order number and the date of purchase before anything is promised.
A business account must never be confirmed by chat while the account holder is unverified.
A refund is refused politely when the item was worn, opened or engraved.
An exchange is settled within five working days, counted from the day after the request.
A damaged parcel may be granted once a year without asking a supervisor.
A late delivery goes to the second line when more than two hundred euros are at stake.
A lost invoice depends on the country of delivery and on the tariff of the carrier.
A gift card needs the order number and the date of purchase before anything is promised.
A loyalty point must never be confirmed by chat while the account holder is unverified.
A price match is refused politely when the item was worn, opened or engraved.
A warranty claim is settled within five working days, counted from the day after the request.
A repair order may be granted once a year without asking a supervisor.
A subscription goes to the second line when more than two hundred euros are at stake.
A cancelled order depends on the country of delivery and on the tariff of the carrier.
A double charge needs the order number and the date of purchase before anything is promised.
A customs fee must never be confirmed by chat while the account holder is unverified.
An address change is refused politely when the item was worn, opened or engraved.
A voucher is settled within five working days, counted from the day after the request.
A return label may be granted once a year without asking a supervisor.
A partial shipment goes to the second line when more than two hundred euros are at stake.
A pre-order depends on the country of delivery and on the tariff of the carrier.
A business account needs the order number and the date of purchase before anything is promised.
A refund must never be confirmed by chat while the account holder is unverified.
An exchange is refused politely when the item was worn, opened or engraved.
A damaged parcel is settled within five working days, counted from the day after the request.
A late delivery may be granted once a year without asking a supervisor.
A lost invoice goes to the second line when more than two hundred euros are at stake.
A gift card depends on the country of delivery and on the tariff of the carrier.
A loyalty point needs the order number and the date of purchase before anything is promised.
A price match must never be confirmed by chat while the account holder is unverified.
A warranty claim is refused politely when the item was worn, opened or engraved.
A repair order is settled within five working days, counted from the day after the request.
A subscription may be granted once a year without asking a supervisor.
A cancelled order goes to the second line when more than two hundred euros are at stake.
A double charge depends on the country of delivery and on the tariff of the carrier.
A customs fee needs the order number and the date of purchase before anything is promised.
An address change must never be confirmed by chat while the account holder is unverified.
A voucher is refused politely when the item was worn, opened or engraved.
A return label is settled within five working days, counted from the day after the request.
A partial shipment may be granted once a year without asking a supervisor.
A pre-order goes to the second line when more than two hundred euros are at stake.
A business account depends on the country of delivery and on the tariff of the carrier.
A refund needs the order number and the date of purchase before anything is promised.
An exchange must never be confirmed by chat while the account holder is unverified.
A damaged parcel is refused politely when the item was worn, opened or engraved.
A late delivery is settled within five working days, counted from the day after the request.
A lost invoice may be granted once a year without asking a supervisor.
A gift card goes to the second line when more than two hundred euros are at stake.
A loyalty point depends on the country of delivery and on the tariff of the carrier.
A price match needs the order number and the date of purchase before anything is promised.
A warranty claim must never be confirmed by chat while the account holder is unverified.
A repair order is refused politely when the item was worn, opened or engraved.
A subscription is settled within five working days, counted from the day after the request.
"""


def answer(question):
    return client.messages.create(
        model="claude-sonnet-5-5",
        max_tokens=400,
        messages=[
            {
                "role": "user",
                "content": [
                    {"type": "text", "text": MANUAL, "cache_control": {"type": "ephemeral"}},
                    {"type": "text", "text": f"Question: {question}"},
                ],
            }
        ],
    )
