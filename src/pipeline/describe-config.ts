import type { ModelConfig } from '../config/config.ts';
import { modelYaml } from '../config/model-yaml.ts';
import type { ModelReport } from '../report/report-schema.ts';

/** What report.json takes of it. */
const MAX_TEXT = 32_768;

/** The configuration that judged a model, for report.json; nothing where it is longer than a person would read. */
export function describeConfig(config: ModelConfig): Pick<ModelReport, 'config'> {
  const text = modelYaml(config);
  return text.length > MAX_TEXT ? {} : { config: text };
}
