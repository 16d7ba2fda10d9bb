"""The evaluator's desk in JupyterLab: choose and read, follow a number to its row, ask what if, and make a report of what is looked at.

What is computed here is plain functions on frames (``what_if``, ``drill``, ``lost_points``); ``panels`` are the widgets that show them.
"""
