# Release {{ release }} with PyTorch: folders of JPEGs, 192 pixels on the short side.
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch.utils.data import DataLoader, Dataset

FOLDER = Path("{{ folder }}")  # what the ZIP unpacks to
SPLITS = "{{ splits }}".split()
CLASSES = """
{{ classes }}
""".split()  # in the order of their numbers


class Pictures(Dataset):
    """A picture as 3 x 192 x 192 numbers from 0 to 1, and the number of its class."""

    def __init__(self, split):
        self.files = sorted(FOLDER.joinpath(split).glob("*/*.jpg"))

    def __len__(self):
        return len(self.files)

    def __getitem__(self, at):
        file = self.files[at]
        with Image.open(file) as picture:
            pixels = np.array(picture.convert("RGB").resize((192, 192)))
        return torch.from_numpy(pixels).permute(2, 0, 1) / 255, CLASSES.index(file.parent.name)


data = {split: DataLoader(Pictures(split), batch_size=64, shuffle=split == "train") for split in SPLITS}
