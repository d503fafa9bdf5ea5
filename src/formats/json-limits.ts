/** The most layers, and the most channels of a tensor, that a parameter file of JSON may hold. */
export const MAX_LAYERS = 100_000;
export const MAX_CHANNELS = 2 ** 20;
