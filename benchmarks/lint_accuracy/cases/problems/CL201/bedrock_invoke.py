import json

import boto3

runtime = boto3.client("bedrock-runtime", region_name="us-east-1")


def invoke(question):
    body = json.dumps(
        {
            "anthropic_version": "bedrock-2023-05-31",
            "messages": [{"role": "user", "content": question}],
        }
    )
    reply = runtime.invoke_model(modelId="anthropic.claude-sonnet-4-6", body=body)
    return json.loads(reply["body"].read())
