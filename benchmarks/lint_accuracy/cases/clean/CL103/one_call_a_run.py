import anthropic

BRIEF = """
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
"""

message = anthropic.Anthropic().messages.create(
    model="claude-opus-5-5",
    max_tokens=8000,
    system=BRIEF,
    messages=[{"role": "user", "content": "Rewrite these rules as a two-page leaflet."}],
)
print(message.content[0].text)
