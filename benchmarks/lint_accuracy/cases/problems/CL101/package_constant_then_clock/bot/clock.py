from datetime import datetime


class Clock:
    @staticmethod
    def label() -> str:
        return datetime.now().strftime("%c")
