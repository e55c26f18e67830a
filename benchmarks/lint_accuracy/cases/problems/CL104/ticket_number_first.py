from flask import Flask, request

import anthropic

app = Flask(__name__)
client = anthropic.Anthropic()
RULES = """
A refund is settled within five working days, counted from the day after the request.
A late parcel is settled within five working days, counted from the day after the request.
A lost invoice is settled within five working days, counted from the day after the request.
A gift card is settled within five working days, counted from the day after the request.
A price match is settled within five working days, counted from the day after the request.
A warranty claim is settled within five working days, counted from the day after the request.
A repair order is settled within five working days, counted from the day after the request.
A voucher is settled within five working days, counted from the day after the request.
A customs fee is settled within five working days, counted from the day after the request.
A business account is settled within five working days, counted from the day after the request.
A pre-order is settled within five working days, counted from the day after the request.
A return label is settled within five working days, counted from the day after the request.
A refund may be granted once a year without asking a supervisor.
A late parcel may be granted once a year without asking a supervisor.
A lost invoice may be granted once a year without asking a supervisor.
A gift card may be granted once a year without asking a supervisor.
A price match may be granted once a year without asking a supervisor.
A warranty claim may be granted once a year without asking a supervisor.
A repair order may be granted once a year without asking a supervisor.
A voucher may be granted once a year without asking a supervisor.
A customs fee may be granted once a year without asking a supervisor.
A business account may be granted once a year without asking a supervisor.
A pre-order may be granted once a year without asking a supervisor.
A return label may be granted once a year without asking a supervisor.
A refund goes to the second line when more than two hundred euros are at stake.
A late parcel goes to the second line when more than two hundred euros are at stake.
A lost invoice goes to the second line when more than two hundred euros are at stake.
A gift card goes to the second line when more than two hundred euros are at stake.
A price match goes to the second line when more than two hundred euros are at stake.
A warranty claim goes to the second line when more than two hundred euros are at stake.
A repair order goes to the second line when more than two hundred euros are at stake.
A voucher goes to the second line when more than two hundred euros are at stake.
A customs fee goes to the second line when more than two hundred euros are at stake.
A business account goes to the second line when more than two hundred euros are at stake.
A pre-order goes to the second line when more than two hundred euros are at stake.
A return label goes to the second line when more than two hundred euros are at stake.
A refund depends on the country of delivery and on the tariff of the carrier.
A late parcel depends on the country of delivery and on the tariff of the carrier.
A lost invoice depends on the country of delivery and on the tariff of the carrier.
A gift card depends on the country of delivery and on the tariff of the carrier.
A price match depends on the country of delivery and on the tariff of the carrier.
A warranty claim depends on the country of delivery and on the tariff of the carrier.
A repair order depends on the country of delivery and on the tariff of the carrier.
A voucher depends on the country of delivery and on the tariff of the carrier.
A customs fee depends on the country of delivery and on the tariff of the carrier.
A business account depends on the country of delivery and on the tariff of the carrier.
A pre-order depends on the country of delivery and on the tariff of the carrier.
A return label depends on the country of delivery and on the tariff of the carrier.
A refund needs the order number and the date of purchase before anything is promised.
A late parcel needs the order number and the date of purchase before anything is promised.
A lost invoice needs the order number and the date of purchase before anything is promised.
A gift card needs the order number and the date of purchase before anything is promised.
A price match needs the order number and the date of purchase before anything is promised.
A warranty claim needs the order number and the date of purchase before anything is promised.
A repair order needs the order number and the date of purchase before anything is promised.
A voucher needs the order number and the date of purchase before anything is promised.
A customs fee needs the order number and the date of purchase before anything is promised.
A business account needs the order number and the date of purchase before anything is promised.
A pre-order needs the order number and the date of purchase before anything is promised.
A return label needs the order number and the date of purchase before anything is promised.
"""


@app.post("/tickets")
def ticket():
    number = request.json["number"]
    prompt = f"Ticket {number}\n\n{RULES}\n\n" + request.json["text"]
    reply = client.messages.create(
        model="claude-sonnet-5-5", max_tokens=400, messages=[{"role": "user", "content": prompt}]
    )
    return reply.content[0].text
