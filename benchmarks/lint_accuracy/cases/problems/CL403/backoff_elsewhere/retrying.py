import anthropic
import backoff

patient = backoff.on_exception(backoff.expo, anthropic.RateLimitError, max_tries=8)
