import anthropic
import click


@click.command()
@click.option("--model", default="claude-opus-5-5", help="Which model labels the mail.")
@click.argument("path", type=click.Path(exists=True))
def label(model, path):
    client = anthropic.Anthropic()
    with open(path) as mail:
        reply = client.messages.create(
            model=model,
            max_tokens=5,
            system="Classify the mail as urgent or not urgent. Answer only with the label.",
            messages=[{"role": "user", "content": mail.read()}],
        )
    click.echo(reply.content[0].text)


if __name__ == "__main__":
    label()
