"""The demo bureau: a made-up county with the item lists and joint plans of two real notices. Nobody in it exists."""
