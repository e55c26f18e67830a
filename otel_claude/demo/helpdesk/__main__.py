"""One morning at a help desk: tickets are sorted and answered, customers search, and a digest is written."""

from helpdesk import answers, digest, search, triage
from helpdesk.tickets import QUESTIONS, TICKETS


def main() -> None:
    urgent = [ticket for ticket in TICKETS if triage.is_urgent(ticket)]
    replies = [answers.answer(ticket) for ticket in TICKETS]
    products = [search.find(question) for question in QUESTIONS]
    print(digest.summarise(urgent))
    print(f"{len(TICKETS)} tickets, {len(urgent)} urgent, {len(replies)} replies, {len(products)} searches")


if __name__ == "__main__":
    main()
