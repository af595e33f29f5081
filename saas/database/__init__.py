"""PostgreSQL: the embedded server, the engines, the scope of a transaction, the policies."""
