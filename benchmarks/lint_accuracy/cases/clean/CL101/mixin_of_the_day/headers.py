from datetime import date, datetime


class Dated:
    def header(self) -> str:
        return f"Today is {date.today():%A, %d %B}\n"

    def stamp(self) -> str:
        return datetime.now().isoformat()
