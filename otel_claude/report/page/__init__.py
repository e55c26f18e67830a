"""The report as one HTML page that needs no network.

`charts` says what is drawn, as specifications for Vega-Lite, whose code is put into the page; `content` is what the
page tells, and `document` makes the page of it. Every chart has its numbers as a table beside it, for who cannot see
it or has no JavaScript.
"""
