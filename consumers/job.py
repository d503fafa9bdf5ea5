"""What all consumers share: reading a job, running its samples, writing results, and the last line.

A consumer is `serve(open_chip)`: `open_chip(job)` gives an `Opened`, which runs one sample at a time.
"""

import importlib
import json
import os
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Callable, Iterator


class Failure(Exception):
    """One sentence for the user: what, where, and what to do."""


def imported(module: str, install: str) -> Any:
    """A module of a package, or a `Failure` that says how to install it."""
    # A consumer has the name of the package that it imports, and would import itself.
    own = Path(__file__).resolve().parent
    sys.path = [folder for folder in sys.path if Path(folder).resolve() != own]
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise Failure(f"{module} cannot be imported by this Python ({error}): pip install {install}") from error



@dataclass(frozen=True)
class Port:
    """An input of the model."""

    name: str
    type: str


@dataclass(frozen=True)
class Job:
    """A folder with the samples to run, and what is to be run on them."""

    folder: Path
    chip: str
    model: Path
    files: Path
    qdq: Path | None
    inputs: list[Port]
    outputs: list[str]
    samples: int
    calibration: int
    options: dict[str, Any]

    def sample(self, index: int) -> list[Any]:
        """The arrays of a sample, in the order of the inputs."""
        return self._arrays("samples", index)

    def calibrating(self) -> Iterator[list[Any]]:
        """The arrays of each calibration sample."""
        return (self._arrays("calibration", index) for index in range(self.calibration))

    def calibration_files(self) -> list[list[str]]:
        """The paths of each calibration sample's arrays."""
        return [[str(path) for path in self._paths("calibration", index)] for index in range(self.calibration)]

    def required_qdq(self) -> str:
        """The path of the Q/DQ model, or a `Failure` where the job has none."""
        if self.qdq is None:
            raise Failure(f"{self.folder}/job.json names no Q/DQ model: make one that {self.chip} takes")
        return str(self.qdq)

    def _paths(self, kind: str, index: int) -> list[Path]:
        return [self.folder / kind / f"{index:06}" / f"{i}.npy" for i in range(len(self.inputs))]

    def _arrays(self, kind: str, index: int) -> list[Any]:
        numpy = imported("numpy", "numpy")
        try:
            return [numpy.load(path, allow_pickle=False) for path in self._paths(kind, index)]
        except (OSError, ValueError) as error:
            raise Failure(f"{kind} {index} of {self.folder} cannot be read ({error}): make the job again") from error


@dataclass
class Opened:
    """A chip's files in the vendor's library, ready to run."""

    library: str
    version: str
    # From the arrays of a sample to those of the outputs that the library shows, by name.
    run: Callable[[list[Any]], dict[str, Any]]
    notes: list[str] = field(default_factory=list)


def read_job(folder: Path) -> Job:
    """Reads `job.json` of a folder."""
    try:
        given = json.loads((folder / "job.json").read_text())
        version = given.pop("version")
        inputs = [Port(**port) for port in given.pop("inputs")]
        paths = {key: given.pop(key) for key in ("model", "files", "qdq")}
        if version != 1:
            raise Failure(f"{folder}/job.json is of version {version}, not 1: use the consumers of the quantgate that made it")
        return Job(folder=folder, inputs=inputs, **{key: path and Path(path) for key, path in paths.items()}, **given)
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise Failure(f"{folder}/job.json is no job ({type(error).__name__}: {error}): give the folder of one") from error


def serve(open_chip: Callable[[Job], Opened]) -> None:
    """Runs the job whose folder the command line names. Only the last line goes to stdout: libraries print there, too."""
    stdout = os.dup(1)
    os.dup2(2, 1)
    try:
        if len(sys.argv) != 2:
            raise Failure(f"{sys.argv[0]} takes one argument: the folder of a job")
        job = read_job(Path(sys.argv[1]).resolve())
        opened = open_chip(job)
        shown = _run_all(job, opened)
    except Failure as failure:
        sys.exit(_line(failure))
    except Exception as error:  # Of a library: whatever it is, it ends the job.
        sys.exit(f"{type(error).__name__} in {Path(sys.argv[0]).name}: {_line(error)}: see what is printed above, and report it")
    last = {"library": opened.library, "version": opened.version, "shown": shown, "notes": opened.notes}
    os.write(stdout, f"{json.dumps(last)}\n".encode())


def _run_all(job: Job, opened: Opened) -> list[str]:
    numpy = imported("numpy", "numpy")
    shown = set(job.outputs)
    for index in range(job.samples):
        outputs = opened.run(job.sample(index))
        folder = job.folder / "results" / f"{index:06}"
        folder.mkdir(parents=True, exist_ok=True)
        for i, name in enumerate(job.outputs):
            if name in outputs:
                numpy.save(folder / f"{i}.npy", numpy.ascontiguousarray(outputs[name]))
        shown &= outputs.keys()
    return [name for name in job.outputs if name in shown]


def _line(error: Exception) -> str:
    return " ".join(str(error).split())
