import type { Handlers } from '../answer.ts';
import { actionsRoutes } from './actions.ts';
import { checkRoutes } from './checks.ts';
import { commentRoutes } from './comments.ts';
import { contentRoutes } from './contents.ts';
import { gitRoutes } from './git.ts';
import { protectionRoutes } from './protection.ts';
import { pullRoutes } from './pulls.ts';
import { releaseRoutes } from './releases.ts';
import { repositoryRoutes } from './repository.ts';

/** Operations on a repository, by GitHub's operation id. */
export const handlers: Handlers = {
  ...actionsRoutes,
  ...checkRoutes,
  ...commentRoutes,
  ...contentRoutes,
  ...gitRoutes,
  ...protectionRoutes,
  ...pullRoutes,
  ...releaseRoutes,
  ...repositoryRoutes,
};
