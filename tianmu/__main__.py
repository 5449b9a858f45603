"""Start the command line; say what is missing where a library of the system is."""

import sys


def main() -> None:
    """Run `tianmu`."""
    try:
        from tianmu.main import main as run
    except ImportError as error:
        if "libGL" not in str(error) and "libgthread" not in str(error):
            raise
        print(
            f"error: OpenCV cannot start ({error}); on Debian: apt-get install libgl1 libglib2.0-0",
            file=sys.stderr,
        )
        sys.exit(1)
    run()


if __name__ == "__main__":
    main()
