import anthropic

client = anthropic.Anthropic()


def forward(messages, **options):
    return client.messages.create(messages=messages, **options)


def forward_request(request):
    return client.messages.create(**request.to_params())
