LAWYER = """You are a paralegal. Matter opened {opened}.
{statutes}
"""
