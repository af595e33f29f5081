"""How people fare on the public pages: counted by day, page and step, of nobody in particular."""
