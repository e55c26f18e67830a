"""Ready-made dashboards and alerts, each from one definition.

`grafana` has them over the metrics, in PromQL, and `honeycomb` over the spans. What a backend is to be given is data
here; the files in `dashboards/` are made from it.
"""
