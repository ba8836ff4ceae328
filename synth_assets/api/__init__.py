"""The HTTP edge: parse a request, call one use case of the pipeline, return its result.

Reserved; nothing is built here yet. Here: routes and the shapes that travel over HTTP. Not here: any
decision (pipeline), Dagster objects (a full run is started through Dagster's own GraphQL), page
rendering (ui).
"""
