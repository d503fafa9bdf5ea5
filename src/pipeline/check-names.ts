import type { ModelConfig } from '../config/config.ts';
import { checkExceptions } from '../config/exceptions.ts';
import type { TargetConfig } from '../config/target-id.ts';
import { UserError } from '../errors.ts';
import type { Planned } from '../quantization/planned.ts';
import type { LoadedModel } from '../runtime/load-model.ts';

/** A target and where it quantizes the model. */
interface PlannedTarget extends Pick<Planned, 'plan'> {
  readonly config: TargetConfig;
}

/** @throws UserError when the config names a tensor or a layer that no target has */
export function checkNames(
  config: ModelConfig,
  { weightNames, file }: LoadedModel,
  planned: readonly PlannedTarget[],
  activations: readonly string[],
): void {
  const isPinned = config.targets.some(({ ranges }) => ranges.size > 0);
  if (file !== undefined && isPinned)
    throw new UserError(
      `${config.name}: ranges: ${config.path} is quantized already, and its own grids are judged: quantize it again with these ranges`,
    );
  checkPins(config, planned, activations);
  const layers = planned.flatMap(({ plan }) => plan.layers);
  const weights = layers.flatMap(({ weight }) => weight?.name ?? []);
  checkExceptions(
    config,
    [...activations, ...weights.map((name) => weightNames.get(name) ?? name)],
    layers.map(({ name }) => name),
  );
}

/** What a model pins some target has to quantize; what a target pins, that one. */
function checkPins(
  { name, ranges }: ModelConfig,
  planned: readonly PlannedTarget[],
  activations: readonly string[],
): void {
  const check = (where: string, tensors: Iterable<string>, known: readonly string[], who: string) => {
    for (const tensor of tensors) {
      if (known.includes(tensor)) continue;
      const examples = known
        .slice(0, 3)
        .map((n) => `"${n}"`)
        .join(', ');
      throw new UserError(
        `${where}: ranges: "${tensor}" is no activation that ${who} quantizes: use names such as ${examples}`,
      );
    }
  };
  check(name, ranges.keys(), activations, 'a target');
  for (const { config, plan } of planned) {
    const own = [...config.ranges.keys()].filter((tensor) => !ranges.has(tensor));
    check(`${name}, ${config.id}`, own, [...plan.activations.keys()], 'it');
  }
}
