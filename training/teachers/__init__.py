"""Teachers: trained networks that give logits, in whatever form they come.

    SavedModel folder      what PyTorch, JAX and TensorFlow export to
    Keras                  a .keras file, a model folder, a run folder
    "module:function"      a Python function of your own

What differs from network to network (picture size, range of values, order of channels, name of the output) is
said in the configuration, the weights never move, and both are checked.
"""

from training.teachers.load import load_teacher
from training.teachers.pictures import Preparation
from training.teachers.proof import TeacherState, check_unmoved, state_of
from training.teachers.teacher import Teacher

__all__ = ["Preparation", "Teacher", "TeacherState", "check_unmoved", "load_teacher", "state_of"]
