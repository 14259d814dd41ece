"""The commands: one file each, with the options and the console that they share."""
