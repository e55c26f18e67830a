"""Mistakes planted in public code, to measure how many the linter finds and how often it is wrong about the rest.

A *site* is a Claude call found by its syntax alone, without the linter. A *carrier* is the same call with its
arguments moved elsewhere and nothing wrong; a *plant* is the carrier with one mistake in it. A plant counts as found
when the linter reports the mistake's rule at the call in the plant and not in the carrier.
"""
