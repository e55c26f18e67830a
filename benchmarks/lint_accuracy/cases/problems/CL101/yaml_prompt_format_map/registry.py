import datetime
import pathlib

import yaml

_PROMPTS = yaml.safe_load(pathlib.Path(__file__).with_name("prompts.yaml").read_text())


def load(name: str, **values: str) -> str:
    values["printed"] = datetime.datetime.now().isoformat()
    return _PROMPTS[name].format_map(values)
