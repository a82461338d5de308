"""fvdrift whose forcing is cut short when the second row is written. Arguments: the file, and those of
fvdrift."""

import os
import sys

from fvdrift import cli
from fvdrift.output.part_file import PartFile


def main() -> int:
    file, *arguments = sys.argv[1:]
    sys.argv[1:] = arguments
    original = PartFile.write_row

    def cutting(part, row, columns):
        if row == 1:
            os.truncate(file, 5000)
        return original(part, row, columns)

    PartFile.write_row = cutting
    return cli.main(arguments)


if __name__ == "__main__":
    sys.exit(main())
