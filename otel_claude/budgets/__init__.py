"""What calls may cost: limits in USD by the hour, day or month, for everything, a feature or a task.

`limits` is what a user asks for and `settings` reads it; a `ledger` keeps what was spent, `audit` tells it of each
call, `alerts` tells the user of what it finds, and `seed` begins with what other processes have spent.

Every process counts its own calls. Hours, days and months are UTC's.
"""
