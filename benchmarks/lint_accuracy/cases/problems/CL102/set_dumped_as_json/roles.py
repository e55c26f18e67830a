ADMINS = frozenset({"ada", "grace", "edsger"})


def as_list():
    return list(ADMINS)
