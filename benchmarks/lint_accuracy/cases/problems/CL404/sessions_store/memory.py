from collections import defaultdict

SESSIONS = defaultdict(list)


def remember(session, role, text):
    SESSIONS[session].append({"role": role, "content": text})
    return SESSIONS[session]
