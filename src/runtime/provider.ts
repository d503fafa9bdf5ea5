/** Where a session computes. `auto` takes the first of cuda, webgpu, cpu that runs on this machine. */
export const providers = ['cpu', 'cuda', 'webgpu'] as const;
export type Provider = (typeof providers)[number];
export type RequestedProvider = Provider | 'auto';

/** In the order in which `auto` tries them. */
export const preferred: readonly Provider[] = ['cuda', 'webgpu', 'cpu'];

/** What a person does about a provider that does not start. */
export const providerHelp: Record<Provider, string> = {
  cpu: 'reinstall onnxruntime-node for this platform',
  cuda: 'it needs linux-x64, an NVIDIA GPU with its driver, and CUDA and cuDNN of the versions that the CUDA libraries of onnxruntime-node were built for (docs/action.md, Runtime); or choose provider: cpu',
  webgpu: 'it needs a GPU with a Vulkan, Metal or Direct3D 12 driver; or choose provider: cpu',
};
