DEFAULTS = {"model": "claude-sonnet-5-5", "max_output_tokens": 700, "timeout": 30.0}


def with_defaults(**given):
    params = {k: v for k, v in DEFAULTS.items() if k != "max_output_tokens"}
    params.update(given)
    return params
