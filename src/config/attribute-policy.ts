/** Whose loss is taken apart: that of targets that do not pass, or of all. Of small models it is anyway. */
export const attributePolicies = ['on-failure', 'always'] as const;
export type AttributePolicy = (typeof attributePolicies)[number];
