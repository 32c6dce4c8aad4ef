"""Receivers of others, as Debian packs them: held against ours on the same audio, never needed to run callsieve."""
