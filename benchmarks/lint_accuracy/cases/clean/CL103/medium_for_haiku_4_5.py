import anthropic

client = anthropic.Anthropic()
RULES = """Sort the mail into urgent and not urgent.
A late delivery must never be confirmed by chat while the account holder is unverified.
A lost invoice is refused politely when the item was worn, opened or engraved.
A gift card is settled within five working days, counted from the day after the request.
A loyalty point may be granted once a year without asking a supervisor.
A price match goes to the second line when more than two hundred euros are at stake.
A warranty claim depends on the country of delivery and on the tariff of the carrier.
A repair order needs the order number and the date of purchase before anything is promised.
A subscription must never be confirmed by chat while the account holder is unverified.
A cancelled order is refused politely when the item was worn, opened or engraved.
A double charge is settled within five working days, counted from the day after the request.
A customs fee may be granted once a year without asking a supervisor.
An address change goes to the second line when more than two hundred euros are at stake.
A voucher depends on the country of delivery and on the tariff of the carrier.
A return label needs the order number and the date of purchase before anything is promised.
A partial shipment must never be confirmed by chat while the account holder is unverified.
A pre-order is refused politely when the item was worn, opened or engraved.
A business account is settled within five working days, counted from the day after the request.
A refund may be granted once a year without asking a supervisor.
An exchange goes to the second line when more than two hundred euros are at stake.
A damaged parcel depends on the country of delivery and on the tariff of the carrier.
A late delivery needs the order number and the date of purchase before anything is promised.
A lost invoice must never be confirmed by chat while the account holder is unverified.
A gift card is refused politely when the item was worn, opened or engraved.
A loyalty point is settled within five working days, counted from the day after the request.
A price match may be granted once a year without asking a supervisor.
A warranty claim goes to the second line when more than two hundred euros are at stake.
A repair order depends on the country of delivery and on the tariff of the carrier.
A subscription needs the order number and the date of purchase before anything is promised.
A cancelled order must never be confirmed by chat while the account holder is unverified.
A double charge is refused politely when the item was worn, opened or engraved.
A customs fee is settled within five working days, counted from the day after the request.
An address change may be granted once a year without asking a supervisor.
A voucher goes to the second line when more than two hundred euros are at stake.
A return label depends on the country of delivery and on the tariff of the carrier.
A partial shipment needs the order number and the date of purchase before anything is promised.
A pre-order must never be confirmed by chat while the account holder is unverified.
A business account is refused politely when the item was worn, opened or engraved.
A refund is settled within five working days, counted from the day after the request.
An exchange may be granted once a year without asking a supervisor.
A damaged parcel goes to the second line when more than two hundred euros are at stake.
A late delivery depends on the country of delivery and on the tariff of the carrier.
A lost invoice needs the order number and the date of purchase before anything is promised.
A gift card must never be confirmed by chat while the account holder is unverified.
A loyalty point is refused politely when the item was worn, opened or engraved.
A price match is settled within five working days, counted from the day after the request.
"""


def triage(mail):
    return client.messages.create(
        model="claude-haiku-4-5",
        max_tokens=60,
        system=RULES,
        messages=[{"role": "user", "content": mail}],
    )
