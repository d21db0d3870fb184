"""The reports of a release: tables by key, the same on the page, in files and on the command line.

counts and votes read; composition, agreement, leaks and left_out make tables of it; table writes them;
registry names them. diff and diff_tables compare two releases.
"""
