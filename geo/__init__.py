"""The ground everything stands on: frames, cameras, terrain, views, coverage, routes, imagery and KML.

In go longitudes and latitudes (WGS 84), pixels, rasters and KML files; out come places in one local
east-north-up frame, heights above mean sea level (EGM96), and the errors of both. Nothing here knows what a
mission is.
"""
