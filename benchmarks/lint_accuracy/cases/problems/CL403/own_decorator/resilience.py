import functools
import random
import time

import anthropic


def resilient(times):
    def wrap(function):
        @functools.wraps(function)
        def wrapped(*args, **kwargs):
            for attempt in range(times):
                try:
                    return function(*args, **kwargs)
                except (anthropic.RateLimitError, anthropic.APIConnectionError):
                    time.sleep(2**attempt + random.random())
            return function(*args, **kwargs)

        return wrapped

    return wrap
