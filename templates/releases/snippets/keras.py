# Release {{ release }} with Keras: folders of JPEGs, 192 pixels on the short side.
import keras

FOLDER = "{{ folder }}"  # what the ZIP unpacks to
SPLITS = "{{ splits }}".split()
CLASSES = """
{{ classes }}
""".split()  # in the order of their numbers


def load(split):
    return keras.utils.image_dataset_from_directory(
        f"{FOLDER}/{split}",
        class_names=CLASSES,
        image_size=(192, 192),
        batch_size=64,
        shuffle=split == "train",
        seed=1,
    )


data = {split: load(split) for split in SPLITS}
