from .coordinates import projected_crs as projected_crs
from .description import describe as describe
from .series import open_series as open_series
from .wet_elements import MIN_DEPTH as MIN_DEPTH
