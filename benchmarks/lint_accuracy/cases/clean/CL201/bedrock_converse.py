import boto3

runtime = boto3.client("bedrock-runtime")


def ask(question):
    return runtime.converse(
        modelId="anthropic.claude-sonnet-4-6",
        messages=[{"role": "user", "content": [{"text": question}]}],
        inferenceConfig={"maxTokens": 300},
    )
