"""An OpenID provider in a process of its own, built on Authlib's server, that can be told to lie."""
