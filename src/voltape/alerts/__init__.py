"""Alerts: rules over readings of the running system, and messages to people when one begins and ends to hold."""
