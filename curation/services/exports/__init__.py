"""The formats in which a release leaves, one module each.

content    what is exported: the release's rows under the licences asked for
tables     the tables that go with every format: labels, attribution, data package
dryad      ZIP archives of 192-pixel JPEGs for deposit
tfrecord   96-pixel JPEGs in TFRecord files for training
croissant  the archives of Dryad, described in JSON-LD for machine learning tools
imagefolder  192-pixel JPEGs by split and class
folder     release.json, the checksums and the list of files
"""
