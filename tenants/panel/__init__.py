"""The panel: the mediators and facilitators whom the provider may appoint."""
