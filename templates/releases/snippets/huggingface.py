# Release {{ release }} with the Hugging Face library `datasets`.
from datasets import load_dataset

FOLDER = "{{ folder }}"  # what the ZIP unpacks to
SPLITS = "{{ splits }}".split()

loaded = load_dataset(FOLDER)
# Columns: image, label (number of the class), category, id, licence, attribution.
data = {split: loaded[split] for split in SPLITS}
