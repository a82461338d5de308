from .dataset_statistic import statistic_of_dataset as statistic_of_dataset
from .ensemble_summary import write_summary as write_summary
from .repetition import refuse_behaviour as refuse_behaviour
from .repetition import repetition_of as repetition_of
from .statistics import statistics_of as statistics_of
