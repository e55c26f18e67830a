"""What was recorded here, set against what Anthropic billed.

The *bill* is the organization's cost report. Its *list amount* is what its usage comes to at public rates, its
*amount* what is charged after discounts and before credits. What is *seen* are the recorded calls at public
rates, so that both sides speak of the same prices. A *cell* is one day, model and kind of cost; of a cell,
the smaller of list amount and seen is *covered*, what the bill has more is *unseen*, and what the record has
more is *surplus*.

`bill` asks Anthropic, `comparison` sets one against the other, `discounts` finds the rates that were paid and
`formats` writes it all down.
"""
