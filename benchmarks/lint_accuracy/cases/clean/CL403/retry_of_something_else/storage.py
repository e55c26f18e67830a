import tenacity


@tenacity.retry(stop=tenacity.stop_after_attempt(3))
def load(key):
    with open(key) as f:
        return f.read()
