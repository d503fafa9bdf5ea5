/** The seed of whatever draws at random: fixed, so that no result depends on when or where it was computed. */
export const SEED = 20260131;
