"""Votes and decisions as files: tables in four forms, and Label Studio's tasks, both ways.

write          a table, piece by piece, as TSV, CSV, JSON Lines or Parquet
package        the Frictionless data package that gives every column its type
label_studio   tasks and labelling configuration for Label Studio
tasks          the tasks of a Label Studio file, read one by one and checked
take_in        what was said in Label Studio, as votes
"""
