import anthropic


class Classifier:
    def __init__(self, tenant, db):
        self.tenant = tenant
        self.db = db
        self.client = anthropic.Anthropic()

    def run(self, text):
        row = self.db.fetch_one("select model from tenants where id = ?", self.tenant)
        return self.client.messages.create(
            model=row["model"],
            max_tokens=5,
            system="Classify the text as safe or unsafe.",
            messages=[{"role": "user", "content": text}],
        )
