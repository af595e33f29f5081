"""An OpenID provider in a process of its own, on Authlib's server; it lies when it is told to."""
