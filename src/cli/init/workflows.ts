/** Actions that the workflows use. A release of quantgate has no commit before it is made, so users fill it in. */
const checkout = 'actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1';
const uploadArtifact = 'actions/upload-artifact@043fb46d1a93c77aae656e7c1c64a875d1fc6a0a # v7.0.1';
const quantgate =
  'quantgate/quantgate@0000000000000000000000000000000000000000 # write the commit of a release, and its version here';

const checkoutStep = `      - uses: ${checkout}
        with:
          lfs: true
          persist-credentials: false`;

/** Judges pull requests. */
export const gateWorkflow = `# Judges every pull request by the accuracy that its models keep in INT8.
# Make the job "gate" a required check. It has no path filter: a filtered check stays pending for ever.
name: quantgate

on:
  pull_request:
  merge_group:

concurrency:
  group: quantgate-\${{ github.workflow }}-\${{ github.ref }}
  cancel-in-progress: \${{ github.event_name == 'pull_request' }}

# A model is untrusted input, so the job that parses it gets no write access.
permissions:
  contents: read # check out the models, the data and quantgate.yml

jobs:
  gate:
    runs-on: ubuntu-24.04
    timeout-minutes: 30
    steps:
${checkoutStep}
      - uses: ${quantgate}
        id: gate
      - uses: ${uploadArtifact}
        if: always() && steps.gate.outputs.report != ''
        with:
          name: quantgate-report
          path: quantgate-out/
`;

/** Records the FP32 baseline of the base branch. */
export const baselineWorkflow = `# Records the FP32 baseline of the base branch, which pull requests are compared with.
name: quantgate baseline

on:
  push:
    branches: [main]
  schedule:
    - cron: "17 4 1 * *" # artifacts expire after 90 days

concurrency:
  group: quantgate-baseline-\${{ github.ref }}

permissions:
  contents: read # check out the models, the data and quantgate.yml

jobs:
  baseline:
    runs-on: ubuntu-24.04
    timeout-minutes: 30
    steps:
${checkoutStep}
      - uses: ${quantgate}
        with:
          mode: baseline
      - uses: ${uploadArtifact}
        with:
          name: quantgate-baseline
          path: quantgate-baseline/
          if-no-files-found: error
`;
