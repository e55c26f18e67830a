"""What customers wrote this morning."""

TICKETS = [
    f"{greeting} {problem} {closing}"
    for problem in (
        "my Erica leaks at the spout since yesterday and I cannot use it at all.",
        "can I still send back the Clover that came three weeks ago? I live in Spain.",
        "the Freesia blows the fuse in our kitchen each time. It is useless to us.",
        "how long does a parcel to Malta take, and what does shipping cost for a Gentian?",
        "the lid of my Aster broke off. Do you sell lids?",
        "I paid twice for order 20418 and the money is gone from my account.",
    )
    for greeting in ("Hello,", "Good morning,", "Hi there,", "Dear team,")
    for closing in ("Thank you.", "Please answer soon.")
]

QUESTIONS = [
    f"I am looking for {kettle} {budget}"
    for kettle in (
        "a quiet kettle",
        "a kettle for travelling",
        "something to pour coffee with",
        "a big kettle",
    )
    for budget in ("below 50 EUR.", "below 80 EUR.", "for my office.", "as a present.", "in red.")
]
