"""What the shop sells, and on what terms."""

COUNTRIES = {
    # country: (days to return, days of shipping, free shipping from EUR, carrier)
    "Austria": (30, 3, 50, "Post"), "Belgium": (30, 3, 50, "bpost"), "Bulgaria": (14, 6, 90, "Speedy"),
    "Croatia": (14, 5, 80, "Overseas"), "Cyprus": (14, 8, 120, "ACS"), "Czechia": (30, 3, 60, "PPL"),
    "Denmark": (30, 3, 60, "PostNord"), "Estonia": (14, 5, 80, "Omniva"), "Finland": (30, 5, 80, "Posti"),
    "France": (30, 3, 50, "Colissimo"), "Germany": (30, 2, 40, "DHL"), "Greece": (14, 7, 110, "ACS"),
    "Hungary": (14, 4, 70, "GLS"), "Ireland": (30, 5, 80, "An Post"), "Italy": (30, 4, 60, "BRT"),
    "Latvia": (14, 5, 80, "Omniva"), "Lithuania": (14, 5, 80, "Omniva"), "Luxembourg": (30, 2, 40, "Post"),
    "Malta": (14, 9, 130, "MaltaPost"), "Netherlands": (30, 2, 40, "PostNL"), "Poland": (30, 3, 60, "InPost"),
    "Portugal": (30, 5, 80, "CTT"), "Romania": (14, 6, 90, "Fan"), "Slovakia": (14, 4, 70, "Packeta"),
    "Slovenia": (14, 4, 70, "Post"), "Spain": (30, 4, 60, "Correos"), "Sweden": (30, 4, 70, "PostNord"),
}  # fmt: skip

KETTLES = {
    # product: (litres, watts, EUR, what people ask about it)
    "Aster": (0.8, 1500, 39, "It has no keep-warm function; the lid comes off for cleaning."),
    "Borage": (1.0, 1800, 49, "It keeps water at 80 degrees for half an hour; the base is 14 cm wide."),
    "Clover": (
        1.2,
        2000,
        59,
        "It is the quiet one, at 58 decibels; the filter costs 6 EUR and lasts a year.",
    ),
    "Dahlia": (1.5, 2200, 69, "It sets 70, 80, 90 or 100 degrees; the scale is lit; the cord is 90 cm."),
    "Erica": (
        1.7,
        2400,
        79,
        "It is made of steel and double-walled; it stays cool outside; it weighs 1.4 kg.",
    ),
    "Freesia": (
        1.7,
        3000,
        99,
        "It boils a litre in two minutes; it needs a 16 A fuse; no adapter for the UK.",
    ),
    "Gentian": (0.6, 1000, 35, "It is the travel kettle; it takes 110 and 230 volts; two cups come with it."),
    "Heather": (1.0, 1200, 89, "It has a gooseneck for pouring; the temperature is set by the degree."),
}

HANDBOOK = "# Handbook\n\n" + "\n\n".join(
    f"## {country}\n\nA customer in {country} may send back what they bought within {returns} days of getting it, "
    f"unused and in its box, and gets the price back within two weeks of its coming in. Parcels go with {carrier} "
    f"and take {shipping} working days; shipping is free from {free_from} EUR, and 6 EUR below that. Something that "
    f"breaks within two years is mended or replaced at no cost; the customer sends a photograph first. Never promise "
    f"a day of delivery, and never ask for the number of a card."
    for country, (returns, shipping, free_from, carrier) in COUNTRIES.items()
)

CATALOGUE = "Name the kettle that fits best, and say why in a sentence.\n\n" + "\n\n".join(
    f"{name}, {colour}: {litres} litres, {watts} watts, {price} EUR. {notes} In {colour} it ships within "
    f"{days} working days; a replacement lid in {colour} costs {price // 8} EUR and a base {price // 4} EUR."
    for name, (litres, watts, price, notes) in KETTLES.items()
    for days, colour in enumerate(("white", "black", "red", "blue", "sage", "sand"), start=1)
)
