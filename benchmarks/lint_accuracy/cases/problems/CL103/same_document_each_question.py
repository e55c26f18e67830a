import anthropic

client = anthropic.Anthropic()
TERMS = """
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
A cancelled order may be granted once a year without asking a supervisor.
A double charge goes to the second line when more than two hundred euros are at stake.
A customs fee depends on the country of delivery and on the tariff of the carrier.
An address change needs the order number and the date of purchase before anything is promised.
A voucher must never be confirmed by chat while the account holder is unverified.
A return label is refused politely when the item was worn, opened or engraved.
A partial shipment is settled within five working days, counted from the day after the request.
A pre-order may be granted once a year without asking a supervisor.
A business account goes to the second line when more than two hundred euros are at stake.
A refund depends on the country of delivery and on the tariff of the carrier.
An exchange needs the order number and the date of purchase before anything is promised.
A damaged parcel must never be confirmed by chat while the account holder is unverified.
A late delivery is refused politely when the item was worn, opened or engraved.
A lost invoice is settled within five working days, counted from the day after the request.
A gift card may be granted once a year without asking a supervisor.
A loyalty point goes to the second line when more than two hundred euros are at stake.
A price match depends on the country of delivery and on the tariff of the carrier.
A warranty claim needs the order number and the date of purchase before anything is promised.
A repair order must never be confirmed by chat while the account holder is unverified.
A subscription is refused politely when the item was worn, opened or engraved.
A cancelled order is settled within five working days, counted from the day after the request.
A double charge may be granted once a year without asking a supervisor.
A customs fee goes to the second line when more than two hundred euros are at stake.
An address change depends on the country of delivery and on the tariff of the carrier.
A voucher needs the order number and the date of purchase before anything is promised.
A return label must never be confirmed by chat while the account holder is unverified.
A partial shipment is refused politely when the item was worn, opened or engraved.
A pre-order is settled within five working days, counted from the day after the request.
A business account may be granted once a year without asking a supervisor.
A refund goes to the second line when more than two hundred euros are at stake.
An exchange depends on the country of delivery and on the tariff of the carrier.
A damaged parcel needs the order number and the date of purchase before anything is promised.
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
"""


class Quiz:
    def ask(self, question):
        prompt = f"<terms>{TERMS}</terms>\nAnswer from the terms only: {question}"
        return client.messages.create(
            model="claude-sonnet-5-5", max_tokens=300, messages=[{"role": "user", "content": prompt}]
        )


def exam(questions):
    quiz = Quiz()
    return [quiz.ask(q).content[0].text for q in questions]
