"""Features of a project's pictures, and what is made of them: the map, neighbours, doubts.

The library that does the work is `training.representation`; it is imported only by the runners of jobs.
"""
