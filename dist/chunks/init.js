import{lstat as e,realpath as t,writeFile as n}from"node:fs/promises";import{dirname as r,join as i,sep as a}from"node:path";import{t as o}from"./unknown-chip.js";import{a as s,r as c,t as l}from"./errors.js";import{t as u}from"./make-folder.js";import{n as d}from"./chip-names.js";import{t as f}from"./find-files.js";import{basename as p,dirname as m}from"node:path/posix";const h={model:`models/model.onnx`,inputs:`data/inputs.npy`,labels:`data/labels.npy`},g=[{chip:`tensorrt`},{chip:`onnxruntime`}];function _(e,t=g){let n=e.length>0?e:[h],r=x(n.map(({model:e})=>e));return`# yaml-language-server: $schema=https://raw.githubusercontent.com/quantgate/quantgate/main/schema/quantgate.schema.json
version: 1
models:
${n.map((e,n)=>v(e,r[n],t)).join(`
`)}`}function v({model:e,inputs:t,labels:n},r,i){let a=t??h.inputs,o=t===void 0?` # no data were found: write the path of yours`:``,s=n===void 0?`metric: agreement`:`labels: ${b(n)}, metric: top1`;return`  - name: ${r}
    path: ${b(e)}
    # The model reads (x * scale - mean) / std. Delete it if the data are what the model reads.
    # preprocess: { scale: 0.00392157, mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] }
    # The samples that ranges are chosen from, [first, end), and those that decide: give them different ones.
    calibration: { inputs: ${b(a)}, range: [0, 100] }${o}
    evaluation: { inputs: ${b(a)}, range: [100, 1000], ${s} }
    # Also snpe, cambricon, ncnn, ascend, openvino, rknn; { chip: snpe, weights: per-channel } has options.
    targets: [${i.map(y).join(`, `)}]
    # 1.0pp is percentage points, 1% is relative, a bare number is in the metric's unit.
    budget: { max-drop: 1.0pp, confidence: 0.95, on-inconclusive: warn }
`}function y({chip:e,arch:t}){return t===void 0?e:`{ chip: ${e}, arch: ${t} }`}function b(e){return/^[A-Za-z][\w./-]*$/.test(e)?e:JSON.stringify(e)}function x(e){let t=/* @__PURE__ */ new Set;return e.map(e=>{let n=p(e,`.onnx`).replace(/[^A-Za-z0-9._-]+/g,`-`).replace(/^[^A-Za-z0-9]+/,``).slice(0,60)||`model`,r=n;for(let e=2;t.has(r.toLowerCase());e++)r=`${n}-${e}`;return t.add(r.toLowerCase()),r})}function S(e,t){return e.map(e=>{let n=m(e),r=n===`.`?t:t.filter(e=>e.startsWith(`${n}/`)),i=r.length>0?r:t,a=i.find(e=>/label|target|class/i.test(p(e))&&e.endsWith(`.npy`)),o=i.filter(e=>e!==a),s=o.find(e=>/input|image|calib|sample|data/i.test(p(e)))??o[0];return{model:e,inputs:s,labels:s===void 0||C(s)?void 0:a}})}function C(e){return e.endsWith(`.csv`)}const w=`quantgate/quantgate@0000000000000000000000000000000000000000 # write the commit of a release, and its version here`,T={".github/workflows/quantgate.yml":`# Judges every pull request by the accuracy that its models keep in INT8. On main the same job records the baseline, FP32 and
# INT8, because a gate takes the baselines of its own workflow only.
# Make "gate" a required check with "quantgate protect". There is no path filter, as a filtered check stays pending for
# ever; where no model changed, the gate ends within seconds.
name: quantgate

on:
  push:
    branches: [main] # your default branch: records the baseline, which GitHub keeps for 90 days
  schedule:
    - cron: '17 4 * * 1' # every Monday once more, so that baseline and history outlive these 90 days
  pull_request:
    types: [opened, synchronize, reopened, edited] # edited: it may have another base now, whose budget counts
  merge_group:

concurrency:
  group: \${{ github.workflow }}-\${{ github.ref }}
  cancel-in-progress: \${{ github.event_name == 'pull_request' }}

# A model is untrusted input, so the job that parses it only reads.
permissions:
  contents: read # check out models and data, read quantgate.yml of the base commit, see what has changed
  actions: read # find the baseline of the base branch
  checks: read # see whether a maintainer accepted the loss
  pull-requests: read # see whether the same commit is proposed to another branch

jobs:
  gate:
    runs-on: ubuntu-24.04
    timeout-minutes: 30
    steps:
      - uses: actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1
        with:
          lfs: true
          persist-credentials: false
      - uses: ${w}
        with:
          comment: never # quantgate-report.yml comments, on pull requests of forks too
`,".github/workflows/quantgate-report.yml":`# Comments on pull requests, also those of forks, whose own jobs may not write. GitHub runs the default branch's version of
# this file, and it parses no model: it reads the report.json files of the run and quantgate.yml of the base, both bounded.
name: quantgate report

on:
  workflow_run: # zizmor: ignore[dangerous-triggers] nothing of the pull request is checked out or run
    workflows: [quantgate]
    types: [completed]

permissions: {}

jobs:
  report:
    if: github.event.workflow_run.event == 'pull_request'
    # Two reports on one pull request do not race. Of the job, as a run that is skipped would take the place of one that waits.
    concurrency:
      group: \${{ github.workflow }}-\${{ github.event.workflow_run.head_repository.full_name }}-\${{ github.event.workflow_run.head_branch }}
    runs-on: ubuntu-24.04
    timeout-minutes: 5
    permissions:
      contents: read # read quantgate.yml of the base branch
      actions: read # read the report of the run that ended
      checks: write # mark the pull request's commit
      pull-requests: write # write the comment
    steps:
      - uses: ${w}
        with:
          mode: report
`,".github/workflows/quantgate-command.yml":`# Obeys comments such as "/quantgate accept <commit> <reason>" of people who may write to the repository. It never parses a
# model: it reads the report.json files of the gate, and for apply quantgate.yml of the pull request, both bounded.
name: quantgate command

on:
  issue_comment: # zizmor: ignore[dangerous-triggers] nothing of the pull request is checked out or run
    types: [created] # an edited comment is not a command

permissions: {}

jobs:
  command:
    # Without this, every comment would cost a runner.
    if: github.event.issue.pull_request && startsWith(github.event.comment.body, '/quantgate ')
    # Commands on one pull request one after the other. Of the job, as any other comment would take the place of one that waits.
    concurrency:
      group: \${{ github.workflow }}-\${{ github.event.issue.number }}
    runs-on: ubuntu-24.04
    timeout-minutes: 5
    permissions:
      contents: write # commit measured changes to the branch of the pull request
      actions: write # read reports, start the gate again
      checks: write # keep what was accepted
      pull-requests: write # react to the comment, answer it
    steps:
      - uses: ${w}
        with:
          mode: command
`};async function E(e,t){let n=e.target?.map(D),r=S((await f(t.cwd,[`.onnx`])).filter(O).slice(0,64),(await f(t.cwd,[`.npy`,`.npz`,`images.csv`])).filter(O)),i={"quantgate.yml":_(r,n),...T};e.force||await k(t.cwd,Object.keys(i));for(let[e,n]of Object.entries(i))await A(t.cwd,e,n),t.print(`wrote ${e}`);for(let{model:e,inputs:n}of r)t.print(`${e}: ${n===void 0?`no data were found near it`:`data ${n}`}`);return r.length===0&&t.print(`no .onnx file was found: quantgate.yml names an example`),t.print(`next: check the data and the budget in quantgate.yml, write the commit of a release into the workflows, then run quantgate run and quantgate doctor`),0}function D(e){let t=d(e);if(t===void 0)throw new l(`--target ${s(e)} ${o(e)}`);return t}function O(e){return e.length<=1024&&!/[\\\p{Cc}]/u.test(e)}async function k(t,n){for(let r of n)if(await e(i(t,r)).then(()=>!0,()=>!1))throw new l(`${r} is there already: remove it, or overwrite it with --force`)}async function A(o,s,d){let f=i(o,s);try{await u(r(f));let i=`${await t(r(f))}${a}`.startsWith(`${await t(o)}${a}`),s=await e(f).then(e=>e.isSymbolicLink(),()=>!1);if(!i||s)throw Error(`a link leads elsewhere`);await n(f,d)}catch(e){throw new l(`${s} cannot be written (${c(e)}): make the folder writable`)}}export{E as init};