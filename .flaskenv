# Read by the flask command in a checkout only; gunicorn and the Procfile do not read it.
# What the environment says already is never overridden.
ENVIRONMENT=development
