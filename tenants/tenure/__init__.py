"""An authority's time with us: suspended, leaving with an export, succeeded, and gone."""
