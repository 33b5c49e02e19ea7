"""Language models behind one port: ``chat`` to ask, ``chain`` to ask with patience, ``groq`` to reach them."""
