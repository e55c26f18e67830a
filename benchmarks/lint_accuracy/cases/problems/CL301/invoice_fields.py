import anthropic

MODEL = "claude-opus-4-8"
FIELDS = "invoice number, date, total, currency"
client = anthropic.Anthropic()


def read_invoice(text):
    prompt = f"Extract the following fields from the invoice below: {FIELDS}.\n\n<invoice>{text}</invoice>"
    return client.messages.create(
        model=MODEL, max_tokens=200, messages=[{"role": "user", "content": prompt}]
    )
