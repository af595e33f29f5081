"""The platform: what every authority and every page shares."""

import gc

# To start makes hundreds of thousands of objects that all stay. Looked through for what may go as
# often as Python does by itself, they cost each command and each web process a fifth of its start;
# `saas.app` sets it right again.
gc.set_threshold(1_000_000)
