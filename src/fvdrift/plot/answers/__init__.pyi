from .answer_file import Answers as Answers
from .answer_file import answers_in as answers_in
from .answer_file import are_answers as are_answers
from .answer_file import holds_answers as holds_answers
from .pictures import pictures_of as pictures_of
from .writing import check_options as check_options
from .writing import write_pictures as write_pictures
