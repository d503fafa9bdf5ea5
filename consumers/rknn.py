"""Runs a Q/DQ model in the simulator of Rockchip's toolkit, without quantizing it again.

With `{"quantize": true}` in the job's options the toolkit quantizes the FP32 model itself, by its "normal" algorithm
(min-max) on the calibration samples: what people do who do not hand over a quantized model. `{"platform": "rk3588"}`
is the chip.

Tried with rknn-toolkit2 2.5.0, which needs an environment of its own: numpy 1.26, onnx 1.18, torch 2.4 (Python 3.11,
linux-x64).
"""

from importlib.metadata import version

from job import Failure, Job, Opened, imported, serve


def open_chip(job: Job) -> Opened:
    api = imported("rknn.api", '"rknn-toolkit2==2.5.0" "numpy<2" "onnx==1.18"')
    numpy = imported("numpy", '"numpy<2"')
    quantize = bool(job.options.get("quantize", False))
    first = job.sample(0)
    rknn = api.RKNN(verbose=False)
    model = str(job.model) if quantize else job.required_qdq()
    try:
        rknn.config(target_platform=job.options.get("platform", "rk3588"))
        names, shapes = [port.name for port in job.inputs], [list(array.shape) for array in first]
        checked(rknn.load_onnx(model=model, inputs=names, input_size_list=shapes), "load", model)
        dataset = None
        if quantize:
            dataset = str(job.folder / "calibration.txt")
            with open(dataset, "w") as file:
                file.writelines(f"{' '.join(paths)}\n" for paths in job.calibration_files())
        checked(rknn.build(do_quantization=quantize, dataset=dataset), "build", model)
        checked(rknn.init_runtime(), "simulate", model)
    except ValueError as error:
        raise Failure(f"RKNN-Toolkit2 does not take {model} ({' '.join(str(error).split())[-400:]}): see its log above") from error

    def run(arrays):
        formats = ["nchw" if array.ndim == 4 else "undefined" for array in arrays]
        outputs = rknn.inference(inputs=[numpy.ascontiguousarray(array) for array in arrays], data_format=formats)
        if outputs is None:
            raise Failure(f"RKNN-Toolkit2 does not simulate {model}: see its log above")
        return dict(zip(job.outputs, outputs))

    how = "quantized by the toolkit itself" if quantize else "quantized by the Q/DQ model"
    return Opened("RKNN-Toolkit2 simulator", version("rknn-toolkit2"), run, [how])


def checked(status: int, what: str, model: str) -> None:
    if status != 0:
        raise Failure(f"RKNN-Toolkit2 cannot {what} {model} (it returns {status}): see its log above")


if __name__ == "__main__":
    serve(open_chip)
