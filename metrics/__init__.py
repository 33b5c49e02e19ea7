"""Every instrument of Leadline.

``catalogue`` holds all metrics as data: names, labels and their values, buckets, meanings, panels. One thin
module for each part of the product (``http``, ``db``, ``jobs``, ``messages``, ``whatsapp``, ``turns``,
``qualification``, ``assignment``, ``board``, ``sessions``, ``llm``, ``service``) makes its instruments from
it and offers typed functions to call. No other code creates an instrument, and this package imports nothing
of the application.
"""
