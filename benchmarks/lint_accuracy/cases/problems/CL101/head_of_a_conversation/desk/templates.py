from jinja2.sandbox import SandboxedEnvironment

_HOME = SandboxedEnvironment()


class PromptTemplate:
    def __init__(self, source, place):
        self.source = source.strip()
        self.place = place
        self._compiled = None

    def render(self, variables=None):
        if self._compiled is None:
            self._compiled = _HOME.from_string(self.source)
        return self._compiled.render(place=self.place, **(variables or {}))
