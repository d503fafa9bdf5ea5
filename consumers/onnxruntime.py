"""Runs a Q/DQ model in ONNX Runtime's int8 kernels on the CPU.

Tried with onnxruntime 1.32.0, numpy 2.4 (Python 3.11, linux-x64).
"""

from job import Failure, Job, Opened, imported, serve


def open_chip(job: Job) -> Opened:
    ort = imported("onnxruntime", "onnxruntime==1.32.0")
    options = ort.SessionOptions()
    # On x86 without VNNI the kernels for uint8 × int8 saturate at int16 otherwise.
    options.add_session_config_entry("session.x64quantprecision", "1")
    try:
        session = ort.InferenceSession(job.required_qdq(), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # Its errors have no base class of their own.
        raise Failure(f"ONNX Runtime does not open {job.qdq} ({' '.join(str(error).split())[:500]}): update it") from error
    own = {output.name for output in session.get_outputs()}
    shown = [name for name in job.outputs if name in own]

    def run(arrays):
        feeds = {port.name: array for port, array in zip(job.inputs, arrays)}
        return dict(zip(shown, session.run(shown, feeds)))

    return Opened("ONNX Runtime CPU", ort.__version__, run)


if __name__ == "__main__":
    serve(open_chip)
