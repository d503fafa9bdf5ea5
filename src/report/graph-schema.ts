import { z } from 'zod';

/** Nodes of a graph that report.json holds. */
export const MAX_GRAPH_NODES = 5000;
/** Tensors of one node: what joins more shows the first of them. */
export const MAX_READS = 64;

/** `graph` of a model in report.json. */
export const modelGraph = z
  .strictObject({
    nodes: z
      .array(
        z.strictObject({
          name: z.string().max(1024).describe('That of the layer, where it is one.'),
          op: z.string().max(128).describe('Operator type, or `Input` or `Output`.'),
          reads: z
            .array(z.int().min(0).max(MAX_GRAPH_NODES))
            .max(MAX_READS)
            .describe('Indices of the nodes before it whose tensors it reads.'),
        }),
      )
      .max(MAX_GRAPH_NODES)
      .describe('Inputs, operators in their order, outputs.'),
    more: z.int().min(0).describe('Nodes that are left out.'),
  })
  .describe('All operators of the model, also those that stay in floating point; constants are values.');
