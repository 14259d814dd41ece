"""What a run that is cut into slots must satisfy, so that it shows what is asked of it."""
