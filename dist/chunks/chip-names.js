import{a as e,c as t,d as n,i as r,n as i,o as a,r as o,s as ee,t as s,u as te}from"./tensorrt-cache.js";import{c,r as l,t as u}from"./grid.js";const ne=[`fp8`],re=[`float`,`float-multiplier`,`fixed-point`,`htp-v68`,`htp-v73`],d=e=>e<=16?32:64,f=[`fp16`,`fp32`];function ie({fp16:e}){return e===void 0?`fp32`:`fp16`}const p=[`v66`,`v68`,`v69`,`v73`,`v75`,`v79`,`v81`,`v85`],m=p[p.length-1],ae={rescale:`fixed-point`,assumed:`the DSP of V66 is closed: int32 accumulator and the fixed-point rescale of Hexagon NN (V65/V66), bias of 32 bits; operators without weights compute in float between their grids`},h=`layers and sums as Qualcomm's HTP library for x86 computes them (docs/verification.md); products of two activations, Softmax, and what has no weights in 16 bits compute in float between their grids`,g={rescale:`htp-v68`,assumed:h},oe={rescale:`htp-v73`,assumed:h},se={alpha:0,beta:1/0},_={alpha:-1,beta:1},v={alpha:0,beta:1},y=/* @__PURE__ */ new Map([[`Relu`,se],[`Sin`,_],[`Cos`,_],[`Tanh`,_]]),b={fixedRanges:y,passing:/* @__PURE__ */ new Set([`Cast`,`Compress`,`Gather`,`MaxRoiPool`,`Pad`,`ReduceMax`,`ReduceMin`,`TopK`]),handsOn:/* @__PURE__ */ new Set([`Pad`,`ReduceMax`,`ReduceMin`]),fusions:[],fusesDepthwise:!1,onInputGrid:/* @__PURE__ */ new Set([`AveragePool`,`Relu`,`Resize`,`Upsample`]),onOutputGrid:/* @__PURE__ */ new Set([`Concat`,`Scatter`,`ScatterElements`,`ScatterND`]),straightOnto:/* @__PURE__ */ new Set},x=[[`Conv`,`Relu`],[`Conv`,`Clip`],[`Conv`,`PRelu`],[`Conv`,`LeakyRelu`],[`Conv`,`Transpose`,`Relu`],[`Conv`,`Transpose`,`PRelu`],[`Conv`,`Transpose`,`LeakyRelu`]],S=[[`Conv`,`Relu`],[`Conv`,`Clip`]],C=/* @__PURE__ */ new Set([`Conv`,`Add`]),w=[[`ConvTranspose`,`Relu`],[`Add`,`Relu`],[`Gemm`,`Relu`]],T={...b,arithmetic:oe,perChannelOperators:/* @__PURE__ */ new Set([`Conv`,`ConvTranspose`,`Gemm`,`MatMul`]),fixedRanges:new Map([...y,[`Sigmoid`,v],[`Softmax`,v]]),fusions:[...w,...x]},E={v66:{...b,perChannelOperators:/* @__PURE__ */ new Set,fusions:w,arithmetic:ae},v68:{...b,perChannelOperators:/* @__PURE__ */ new Set([`Conv`,`ConvTranspose`]),fusions:w,arithmetic:g},v69:{...b,perChannelOperators:/* @__PURE__ */ new Set([`Conv`,`ConvTranspose`,`Gemm`,`MatMul`]),fusions:w,arithmetic:g},v73:T,v75:T,v79:T,v81:T,v85:T},ce={chip:`ascend`,title:`Huawei Ascend / AMCT`,weights:{granularity:`per-channel`,grid:e=>c(e,{restricted:!1}),perChannelOperators:/* @__PURE__ */ new Set([`Conv`,`ConvTranspose`])},activations:{grid:e=>u(e,!0)},placement:{kind:`operator-inputs`,residualAdd:`none`},rounding:`half-away-from-zero`,bias:`float`,arithmetic:{accumulatorBits:d,rescale:`float`,assumed:`AMCT's target hardware is closed: int32 accumulator, float32 rescale`},widest:{weights:8,activations:8},floats:!0,nativeRange:`min-max`,integerKernels:!1,formats:[n],qdq:void 0,handOver:()=>`\`record.txt\` is the record of scales and offsets that AMCT's \`convert_model\` reads (checked against the source of
AMCT of 2026-08 and its manual for CANN 8):

\`\`\`python
import amct_onnx as amct

amct.convert_model("model.onnx", "record.txt", "model")
# writes model_fake_quant_model.onnx, to measure with ONNX Runtime, and model_deploy_model.onnx
\`\`\`
\`\`\`sh
atc --framework=5 --model=model_deploy_model.onnx --output=model --soc_version=Ascend310P3
\`\`\`

- Keys are names of ONNX nodes. AMCT refuses a key that it does not find: name the nodes of a model that has none.
- AMCT takes a scale for each output channel of convolutions, and one for the whole weight of a Gemm or MatMul.
- Scales below 2^-23 are written as they are. PPQ raises them to 2^-23, which loses nothing, should your AMCT refuse.
- BatchNormalization is folded in the ranges of the record, as AMCT folds it too.
`},le={chip:`cambricon`,title:`Cambricon MLU / CNRT, MagicMind`,weights:{granularity:`per-tensor`,grid:e=>c(e,{restricted:!1})},activations:{grid:e=>c(e,{restricted:!1})},placement:{kind:`operator-inputs`,residualAdd:`none`},rounding:`half-away-from-zero`,bias:`float`,arithmetic:{accumulatorBits:d,rescale:`float`,inverseSteps:!0,assumed:`accumulator and rescale are closed: int32, then position and scale of both operands as one float32 factor`},widest:{weights:16,activations:16},floats:!0,fp16:{fusesQuantizers:!1},nativeRange:`min-max`,integerKernels:!1,formats:[ee,a,te,t],qdq:void 0,handOver:D};function D(e){let t=e===`fp16`?`float16`:`float32`;return`One file for each of Cambricon's toolchains; take the one of yours.

**Caffe on CNML** (MLU270, MLU220; Cambricon Caffe 5.4): \`bottom_blobs.prototxt\` holds \`bottom_mlu_dtype\` and
\`blobs_dtype\` of each layer. Put them into the layers of the same names of your prototxt:

\`\`\`python
from caffe.proto import caffe_pb2
from google.protobuf import text_format

net, given = caffe_pb2.NetParameter(), caffe_pb2.NetParameter()
text_format.Merge(open("model.prototxt").read(), net)
text_format.Merge(open("bottom_blobs.prototxt").read(), given)
fields = {layer.name: layer for layer in given.layer}
for layer in net.layer:
    if layer.name in fields:
        del layer.bottom_mlu_dtype[:], layer.blobs_dtype[:]
        layer.bottom_mlu_dtype.extend(fields[layer.name].bottom_mlu_dtype)
        layer.blobs_dtype.extend(fields[layer.name].blobs_dtype)
open("model.int8.prototxt", "w").write(text_format.MessageToString(net))
\`\`\`
\`\`\`sh
caffe genoff -model model.int8.prototxt -weights model.caffemodel -mcore MLU270
\`\`\`

**PyTorch with CATCH** (torch_mlu of 2022-03): \`catch.json\` holds the values of the state dict, by module.

\`\`\`sh
python load_catch.py float.pth quantized.pth
\`\`\`
\`\`\`python
model = torch_mlu.core.mlu_quantize.quantize_dynamic_mlu(model)
model.load_state_dict(torch.load("quantized.pth"), strict=False)
\`\`\`

**MagicMind** (MLU370, MLU590 and the edge chips; as in magicmind_cloud of 2023-11): \`magicmind.json\` holds the ranges of each node's inputs.

\`\`\`python
import magicmind_ranges

config.parse_from_string('{"precision_config": {"precision_mode": "qint8_mixed_${t}"}}')
magicmind_ranges.apply(network)       # SetDynamicRange and SetDynamicRangePerAxis of every input
builder.build_model("model", network, config)
\`\`\`

With weights of 16 bits the precision mode is \`qint16_mixed_${t}\`, per channel \`"weight_quant_granularity":
"per_axis"\` stands beside it. Do not run MagicMind's calibrator as well: it replaces the ranges.

**Your own calls of CNNL, CNRT or CNML**: \`parameters.json\` holds position, scale and offset of each operand,
real = (q − offset) · 2^position / scale.

- What is not integer is computed in ${t}, as was measured: MagicMind does so by that precision mode, Cambricon Caffe
  where \`top_mlu_dtype\` is \`DT_${t.toUpperCase()}\`${e===`fp16`?`, its default`:``}, CATCH where input and model are ${e===`fp16`?"`.half()`":"`.float()`"}.
- Each layer here has the parameters of input and weight. That a chip takes both or neither is how the public code of
  CATCH, MagicMind and Paddle works; no public document says it.
- Not tried on a chip: the Python names of MagicMind's calls follow its C++ API (SetDynamicRange, SetPrecision).
- Layer names are those of the ONNX nodes, for CATCH those of the PyTorch modules that the weights are named after:
  rename the keys if your Caffe or PyTorch model has others.
`}const O={chip:`ncnn`,title:`ncnn int8`,weights:{granularity:`per-channel`,grid:e=>c(e,{restricted:!0})},activations:{grid:e=>c(e,{restricted:!0})},placement:{kind:`operator-inputs`,residualAdd:`none`},rounding:`half-away-from-zero`,bias:`float`,arithmetic:{accumulatorBits:d,rescale:`float`,inverseSteps:!0,assumed:``},widest:{weights:8,activations:8},floats:!0,nativeRange:`kl`,integerKernels:!1,formats:[e],qdq:void 0,consumer:`ncnn`,handOver:()=>"`ncnn.table` is the calibration table that `ncnn2int8` reads (checked against ncnn's source of 2026):\n\n```sh\nonnx2ncnn model.onnx model.param model.bin        # or pnnx model.onnx\nncnnoptimize model.param model.bin model-opt.param model-opt.bin 0\nncnn2int8 model-opt.param model-opt.bin model-int8.param model-int8.bin ncnn.table\n```\n\n- The keys of the table are layer names in `model-opt.param`. `onnx2ncnn` keeps the names of ONNX nodes, and takes the\n  first output's name for a node without one; `pnnx` makes its own (`conv_0`, `convrelu_3`): rename the keys then.\n  A layer without a line stays in float, without a warning.\n- The table must be for the weights that `ncnn2int8` reads: it holds the ranges after BatchNormalization is folded.\n- `ncnn2int8` quantizes Gemm, MultiHeadAttention, Embed and recurrent layers by itself, whatever the table says.\n- Reading of a table stops at an empty line.\n- On x86 ncnn's packed kernels of depthwise layers rescale with reciprocals of 12 bits; those of Arm do not.\n"},k={chip:`onnxruntime`,title:`ONNX Runtime int8`,weights:{granularity:`per-channel`,grid:e=>c(e,{restricted:!0})},activations:{grid:e=>u(e,!1)},placement:{kind:`every-activation`,operators:new Set(`ArgMax AveragePool Add Clip Concat Conv ConvTranspose Div Gather Gemm GlobalAveragePool InstanceNormalization LayerNormalization LeakyRelu MatMul MaxPool Mul Pad Relu Reshape Resize Sigmoid Slice Softmax Split Squeeze Sub Transpose Unsqueeze Flatten DepthToSpace`.split(` `))},rounding:`half-to-even`,bias:`int32`,arithmetic:{accumulatorBits:d,rescale:`float-multiplier`,assumed:``},widest:{weights:16,activations:16},floats:!1,nativeRange:`min-max`,integerKernels:!0,formats:[],qdq:{file:`model.qdq.onnx`,bias:`int32`,maxBits:16},consumer:`onnxruntime`,handOver:()=>`\`model.qdq.onnx\` is the model with int8 weights and explicit Q/DQ, in ONNX's own operators. ONNX Runtime fuses it into
its int8 kernels when it loads it:

\`\`\`python
import onnxruntime as ort

options = ort.SessionOptions()
options.add_session_config_entry("session.x64quantprecision", "1")  # x86 without VNNI, see below
session = ort.InferenceSession("model.qdq.onnx", options, providers=["CPUExecutionProvider"])
\`\`\`

- On x86 without VNNI (AVX2 servers, many CI runners) the kernels for uint8 activations and int8 weights add products
  in pairs at int16 and saturate. \`session.x64quantprecision\` turns the weights into uint8, which is exact and takes
  twice as long with VNNI: set it where it is needed, as this run did. Arm and x86 with VNNI do not need it.
- A layer of more than 8 bits has 16-bit Q/DQ, which is of opset 21 (ONNX Runtime 1.18 and later). No kernel has 16-bit
  integers: it is computed in float between them.
- Execution providers other than the CPU's may leave the Q/DQ in place and compute in float.`},A=[4,8];function j({op:e,weight:t,input:n,isPlain:r}){return(e===`MatMul`||e===`Gemm`)&&t.length===2&&n===1&&r}const M={...k,title:`ONNX Runtime MatMulNBits`,placement:{kind:`none`},noKernel:e=>j(e)?void 0:`MatMulNBits is a product with a matrix on its right`,blocks:{weightBits:A,takes:j,grid:e=>u(e,!1)},bias:`float`,arithmetic:{...k.arithmetic,rescale:`float`},widest:{weights:8,activations:8},floats:!0,qdq:{file:`model.nbits.onnx`,bias:`float`,maxBits:8,operator:`MatMulNBits`},handOver:()=>`\`model.nbits.onnx\` is the model with its matrix products as MatMulNBits, ONNX Runtime's operator for weights of 4 or 8
bits with a scale and a zero point for each block; all else stays in floating point. It runs on the CPU, CUDA and WebGPU
providers, and on others that have the operator:

\`\`\`python
import onnxruntime as ort

session = ort.InferenceSession("model.nbits.onnx", providers=["CPUExecutionProvider"])
\`\`\`

- Activations are float32. \`accuracy_level\` is not set, so that the CPU multiplies in float32; with 4 it would round
  activations to int8, block by block, which was not measured.
- A Gemm is a MatMulNBits and an Add.`},N={chip:`openvino`,title:`Intel OpenVINO`,weights:{granularity:`per-channel`,grid:e=>c(e,{restricted:!0})},activations:{grid:e=>u(e,!1)},placement:{kind:`operator-inputs`,residualAdd:`shortcut`},rounding:`half-to-even`,bias:`float`,arithmetic:{accumulatorBits:d,rescale:`float`,assumed:`int32 accumulator, float32 rescale, as in oneDNN's int8 primitives on a CPU; GPU and NPU were not compared`},widest:{weights:8,activations:8},floats:!0,nativeRange:`min-max`,integerKernels:!1,formats:[],qdq:{file:`model.qdq.onnx`,bias:`float`,maxBits:8},consumer:`openvino`,handOver:()=>"`model.qdq.onnx` holds every scale and zero point; OpenVINO turns its QuantizeLinear and DequantizeLinear into\nFakeQuantize and int8 kernels when it compiles the model (OpenVINO 2023.1 and later):\n\n```sh\novc model.qdq.onnx --output_model model-int8\nbenchmark_app -m model-int8.xml\n```\n\n- On a CPU with bfloat16, what is not int8 is computed in it: `INFERENCE_PRECISION_HINT` = `f32` is what was measured.\n- Do not run NNCF over it: that quantizes a second time.\n- An x86 CPU without VNNI (before Cascade Lake) can saturate sums of two products in int16; `weight-bits: 7` avoids it.\n"};function P(e){let t=c(e,{restricted:!0});return e>8?t:{...t,qmin:t.qmin+1,qmax:t.qmax-1}}const F={chip:`rknn`,title:`Rockchip NPU / RKNN`,weights:{granularity:`per-channel`,grid:P},activations:{grid:e=>u(e,!0)},placement:{kind:`every-activation`,operators:`all`},rounding:`half-to-even`,bias:`int32`,arithmetic:{accumulatorBits:d,rescale:`float`,assumed:`the NPU is closed: int32 accumulator, float32 rescale. Where its toolkit rewrites the graph (an AveragePool as convolutions, a sum of a layer and its shortcut as one operator), it rounds at other places`},widest:{weights:16,activations:16},floats:!0,nativeRange:`min-max`,integerKernels:!1,formats:[],qdq:{file:`model.qdq.onnx`,bias:`float`,maxBits:8,roundsWeightsAgain:!0},consumer:`rknn`,handOver:()=>`RKNN-Toolkit2 takes scales from outside in one way alone, a model that is quantized already (2.3 and later):

\`\`\`python
from rknn.api import RKNN

rknn = RKNN()
rknn.config(target_platform="rk3588")
rknn.load_onnx(model="model.qdq.onnx")
rknn.build(do_quantization=False)
rknn.export_rknn("model.rknn")
\`\`\`

- Scales in a \`.quantization.cfg\` cannot be changed: the toolkit compares them with its own and refuses.
- The toolkit takes the values of int8 weights and rounds them once more, to 127 steps over what 128 codes reach: the
  weights of \`model.qdq.onnx\` are those from which it makes the ones that were measured.
- A layer whose output has no Q/DQ pair is computed in float16, so that there is one between a layer and an Add, though
  the toolkit's simulator adds without rounding there.
- Which of the Q/DQ pairs the toolkit keeps is not published: look for operators in float16 in the log of \`build\`.
- A layer in floating point stands between Q/DQ pairs and has float weights. ONNX Runtime 1.21 and later quantizes such
  weights by itself; with \`session.disable_quant_qdq\` = "1" it runs the file as it is written.
`},I={"0.6.1":r,"1.0.0":o,"2.0.0":i},L=(e,[t])=>{let{file:n}=t;return`
\`${n}\` (AIMET encodings ${R(t)}) has the range of every activation and weight by the names in the ONNX model.
\`inputs.txt\` below is the usual list of raw input files; the quantizer calibrates only what the file does not say.

**QAIRT 2.x**

\`\`\`sh
qairt-converter --input_network model.onnx --quantization_overrides ${n} --output_path model.dlc
qairt-quantizer --input_dlc model.dlc --input_list inputs.txt --bias_bitwidth 32 --output_dlc model_quantized.dlc
\`\`\`

**SNPE 2.x**, and late releases of 1.x, where the second tool is \`snpe-dlc-quantize\`. Without \`--override_params\` the
quantizer ignores the file.

\`\`\`sh
snpe-onnx-to-dlc --input_network model.onnx --quantization_overrides ${n} --output_path model.dlc
snpe-dlc-quant --input_dlc model.dlc --input_list inputs.txt --override_params --bias_bitwidth 32 \\
  --output_dlc model_quantized.dlc
\`\`\`

**QNN 2.x**

\`\`\`sh
qnn-onnx-converter --input_network model.onnx --quantization_overrides ${n} --input_list inputs.txt \\
  --bias_bitwidth 32 --output_path model.cpp
\`\`\`

- Biases are not in the file. The quantizer makes them, with 8 bits unless told otherwise; this run emulates int32 in
  units of input scale times weight scale, hence \`--bias_bitwidth 32\`.
- Do not add \`--use_per_channel_quantization\` or \`--ignore_encodings\`: they replace what the file says.
- Which version: 0.6.1 is the one that every release with \`--quantization_overrides\` reads. \`encodings:\` of the target in
  quantgate.yml has another one written: 1.0.0 for weights below 4 bits, or where a tool asks for it; 2.0.0, in the terms
  of ONNX's QuantizeLinear, for recent releases of QAIRT only: one that does not know it takes it for an empty file of 0.x.
`.trim()};function R(e){return Object.entries(I).find(([,t])=>t.file===e.file)[0]}const z=e=>c(e,{restricted:!1});function B(e){let{perChannelOperators:t,arithmetic:n,...i}=E[e];return{chip:`snpe`,title:`Qualcomm Hexagon ${e.toUpperCase()} / SNPE, QNN`,weights:{granularity:`per-tensor`,grid:(e,t)=>t===`per-channel`?z(e):u(e,!1),perChannelOperators:t,groupedDeconvolutionPerTensor:!0},activations:{grid:e=>u(e,!1)},placement:{kind:`every-activation`,operators:`all`,rules:{...V(i,e),symmetric:z}},rounding:`half-to-even`,bias:`int32`,arithmetic:{accumulatorBits:d,...n},widest:{weights:16,activations:16},floats:!1,nativeRange:`min-max`,integerKernels:!1,formats:[r],qdq:void 0,consumer:`htp`,handOver:L}}function V(e,t){if(t===`v66`)return e;let n=[...e.fusions,...S];return{...e,fusions:n,fusesDepthwise:!0,straightOnto:C}}const H=B(m),U=(e,[{file:t}])=>`
\`${t}\` (AIMET encodings ${t===o.file?`1.0.0`:`2.0.0`}) has the range of every activation and weight by the names in the ONNX model.
Weights in blocks are LPBQ ("low power blockwise quantization"): int4 with a scale for each block of input channels, which is
an integer of 1 to 16 times a scale of the output channel. \`encodings: 2.0.0\` of the target has it in the terms of
ONNX; 0.6.1 cannot say it.

\`\`\`sh
qairt-converter --input_network model.onnx --quantization_overrides ${t} --output_path model.dlc
qairt-quantizer --input_dlc model.dlc --input_list inputs.txt --bias_bitwidth 32 --output_dlc model_quantized.dlc
\`\`\`

- LPBQ runs on HTP of V73 and later, with activations of 16 bits in the first place, and needs QAIRT 2.x.
- Weights whose input channels are no multiple of the block, and convolutions with a kernel, have a scale a channel or a
  tensor, as the target says by \`weights\`.
- Do not add \`--use_per_channel_quantization\` or \`--ignore_encodings\`: they replace what the file says.
`.trim();function ue({op:e,weight:t,input:n,isPlain:r}){return e===`Conv`?t.slice(2).every(e=>e===1):(e===`MatMul`||e===`Gemm`)&&t.length===2&&n===1&&r}const de=e=>({...e,title:`Qualcomm HTP with weights in blocks`,blocks:{weightBits:[4],takes:ue,grid:e=>c(e,{restricted:!1}),greatestMultiple:16},formats:[o],handOver:U}),fe={fp16:'\n**What is not int8 is computed in FP16**, as `--fp16` says and as was measured. From 11.0 on the types are those of the\nmodel, so that it is FP32 there, which `float: fp32` measures. Where the report names a layer whose values are beyond the\nrange of FP16, 65,504, keep it and those that read it in FP32, with its output:\n\n```sh\ntrtexec --onnx=model.qdq.onnx --int8 --fp16 --precisionConstraints=obey \\\n  --layerPrecisions="NAME":fp32,"NAME OF WHAT READS IT":fp32 --layerOutputTypes="NAME":fp32 --saveEngine=model.engine\n```\n',fp32:`
**What is not int8 is computed in FP32**, as was measured: without \`--fp16\`. From 11.0 on the types are those of the model,
which says FP32.
`},W={chip:`tensorrt`,title:`NVIDIA Jetson / TensorRT`,weights:{granularity:`per-channel`,grid:e=>c(e,{restricted:!0})},activations:{grid:e=>c(e,{restricted:!1})},placement:{kind:`operator-inputs`,residualAdd:`both`},rounding:`half-to-even`,bias:`float`,arithmetic:{accumulatorBits:d,rescale:`float`,assumed:`today's kernels are closed: int32 accumulator, float32 rescale and bias as in NVIDIA's GTC 2017 talk s7310; what is not int8 rounds to FP16 behind every operator, though pointwise ones that are fused may keep more between them`},widest:{weights:8,activations:8},floats:!0,fp16:{fusesQuantizers:!0},nativeRange:`kl`,integerKernels:!1,formats:[s],qdq:{file:`model.qdq.onnx`,bias:`float`,maxBits:8},handOver:e=>{let t=e===`fp16`?` --fp16`:``;return`
The files are for the ONNX model of this run. \`/usr/src/tensorrt/bin/trtexec --help\` prints the version.

**TensorRT up to 10.16: \`calibration.cache\`** has the scales of the activations; TensorRT computes those of the
weights from the model, from the largest of each channel, so that a repaired model keeps its codes in \`model.qdq.onnx\`
alone. A tensor that is not in the file stays in floating point.

\`\`\`sh
trtexec --onnx=model.onnx --int8${t} --calib=calibration.cache --saveEngine=model.engine
# or, with Polygraphy (it reads the cache when the file exists):
polygraphy convert model.onnx --int8${t} --calibration-cache calibration.cache -o model.engine
\`\`\`

The first line names a version of TensorRT. One that does not accept it calibrates anew and says so in its log; then
give yours, 8601 for 8.6.1 and 100300 for 10.3.0:

\`\`\`sh
sed -i '1s/-[0-9]*-/-8601-/' calibration.cache
\`\`\`

trtexec and TensorRT take names with a colon. ONNX Runtime's TensorRT provider
(\`trt_int8_use_native_calibration_table=1\`) cuts them at the first one: give it \`model.qdq.onnx\` instead.

**TensorRT 8.0 and later, the only way from 11.0: \`model.qdq.onnx\`** has the scales of activations and weights.
11.0 removed calibrators, the cache, \`--calib\` and \`--int8\`: there the types are those of the model.

\`\`\`sh
trtexec --onnx=model.qdq.onnx --int8${t} --saveEngine=model.engine   # 8.0 to 10.16
trtexec --onnx=model.qdq.onnx --saveEngine=model.engine                 # 11.0 and later
\`\`\`

**Layers in floating point** have no Q/DQ around them in \`model.qdq.onnx\`. Beside the cache TensorRT has to be told, or
it computes them with integers wherever it knows all scales around them:

\`\`\`sh
trtexec --onnx=model.onnx --int8${t} --calib=calibration.cache --precisionConstraints=obey \\
  --layerPrecisions="NAME":${e},"OTHER NAME":${e} --saveEngine=model.engine
\`\`\`
${fe[e]}`.trim()}},pe=e=>`
FP8 needs tensor cores that have it: Jetson Thor, Blackwell, Hopper, Ada (compute capability 8.9 and later). Jetson Orin
has none. The file is for the ONNX model of this run. \`/usr/src/tensorrt/bin/trtexec --help\` prints the version.

**\`model.qdq.onnx\`, TensorRT 10 and later** has weights in float8e4m3fn and the scales of weights and activations. There
is no \`calibration.cache\`: it holds scales of int8 alone, and TensorRT calibrates none of FP8.

\`\`\`sh
trtexec --onnx=model.qdq.onnx --fp8${e===`fp16`?` --fp16`:`       `} --saveEngine=model.engine        # 10.x
trtexec --onnx=model.qdq.onnx --stronglyTyped --saveEngine=model.engine     # 10.x, the rest in the types of the file
trtexec --onnx=model.qdq.onnx --saveEngine=model.engine                     # 11.0 and later, types are those of the file
\`\`\`

**Layers in floating point** have no Q/DQ around them: those that the target keeps there, and those that TensorRT has no
FP8 kernel for.

To check the file without the chip, run it in ONNX Runtime with no more than basic graph optimizations
(\`ORT_ENABLE_BASIC\`): with more of them ONNX Runtime 1.30 to 1.32 computes something else on the CPU.
`.trim();function me({op:e,weight:t}){if(e===`ConvTranspose`)return`TensorRT has no ConvTranspose in FP8`;if(e!==`Conv`)return;if(t.length===0)return`TensorRT has no FP8 kernel for a Conv whose weight is no constant`;let[n,r,...i]=t;if(n<16||r<16||n%16!=r%16)return`TensorRT has no FP8 kernel for a Conv of ${r} input channels in a group and ${n} output channels`;let a=i.reduce((e,t)=>e*t,1);return a>32?`TensorRT has no FP8 kernel for a Conv of ${a} places`:void 0}const he={...W,title:`NVIDIA Jetson / TensorRT FP8`,precision:`fp8`,weights:{granularity:`per-tensor`,grid:()=>l},activations:{grid:()=>l},noKernel:me,arithmetic:{...W.arithmetic,assumed:`today's kernels are closed: products of FP8 are summed in float32, rescale and bias in float32`},nativeRange:`min-max`,formats:[],handOver:pe},G={tensorrt:W,snpe:H,cambricon:le,onnxruntime:k,ncnn:O,ascend:ce,openvino:N,rknn:F},K={fp8:{tensorrt:he}},q={onnxruntime:()=>M,snpe:de};function ge(e,{arch:t,precision:n,blockSize:r}={}){if(n!==void 0)return r===void 0?K[n][e]:void 0;let i=e===`snpe`&&t!==void 0?B(t):G[e];return r===void 0?i:q[e]?.(i)}function _e({precision:e}){return Object.keys(e===void 0?q:K[e])}const J={...Y(`snpe`,`qnn qairt htp hexagon qualcomm snapdragon`),...Y(`tensorrt`,`trt jetson orin nvidia xavier thor`),...Y(`cambricon`,`mlu magicmind cnrt`),...Y(`rknn`,`rockchip rk3562 rk3566 rk3568 rk3576 rk3588 rv1103 rv1106 rv1126`),...Y(`onnxruntime`,`ort onnx-runtime`),...Y(`ascend`,`huawei atlas cann`)};function Y(e,t){return Object.fromEntries(t.split(` `).map(t=>[t,e]))}const X=Object.keys(G),Z=[...X,...Object.keys(J)],ve=RegExp(`^(?:${[...Z,ye()].map(be).join(`|`)})$`);function ye(){return`(?:${Z.filter(e=>$(e)===`snpe`).join(`|`)})[-_](?:${p.join(`|`)})`}function be(e){return e.replace(/[a-z]/g,e=>`[${e}${e.toUpperCase()}]`)}function Q(e){let t=e.toLowerCase(),n=$(t);if(n!==void 0)return{chip:n};let[,r=``,i]=/^(.*)[-_](v\d+)$/.exec(t)??[],a=p.find(e=>e===i);return a!==void 0&&$(r)===`snpe`?{chip:`snpe`,arch:a}:void 0}function $(e){return X.find(t=>t===e)??(Object.hasOwn(J,e)?J[e]:void 0)}function xe(e){let t=e.toLowerCase().split(`-`);for(let e=t.length;e>0;e--){let n=Q(t.slice(0,e).join(`-`));if(n===void 0)continue;let{chip:r,arch:i=m}=n;return[r,...i===m?[]:[i],...t.slice(e)].join(`-`)}return e}export{X as a,G as c,E as d,p as f,re as g,ne as h,ve as i,I as l,f as m,Q as n,_e as o,ie as p,Z as r,ge as s,xe as t,m as u};