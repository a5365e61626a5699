"""What every package stands on: realm, time, journal, subscribers, live stream, ids, errors, personal data,
evidence.
"""
