"""What can go wrong, each with the exit code a job script sees. Not the place where errors are reported (that is `cli`)."""


class FvdriftError(Exception):
    """Anything fvdrift can explain in a sentence. `exit_code` is what the command ends with."""

    exit_code = 1


class RunFileError(FvdriftError):
    """Bad usage or a bad run file: everything that is wrong at once, one line each."""

    exit_code = 2

    def __init__(self, problems: str | list[str]):
        self.problems = [problems] if isinstance(problems, str) else problems
        super().__init__("\n".join(self.problems))


class ForcingError(FvdriftError):
    """The forcing is bad, missing, changed, or does not cover the run."""

    exit_code = 3


class OutputError(FvdriftError):
    """The output could not be written."""

    exit_code = 4
