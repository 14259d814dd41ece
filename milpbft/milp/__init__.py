"""The modelling layer: problems, blocks of variables, rows. It knows no protocol."""
