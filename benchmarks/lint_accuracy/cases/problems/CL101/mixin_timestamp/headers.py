from datetime import datetime


class Stamped:
    def header(self) -> str:
        return f"Generated at {datetime.now():%H:%M:%S}\n"
