import functools
import time


def measured(label):
    def wrap(function):
        @functools.wraps(function)
        def wrapped(*args, **kwargs):
            for _ in range(1):
                start = time.monotonic()
                try:
                    return function(*args, **kwargs)
                finally:
                    print(label, time.monotonic() - start)

        return wrapped

    return wrap
