import type { LayerProfile } from '../profile/net-profile.js';

/** The events of a {@link Net}. */
export interface NetEvents {
  /**
   * After each call of `forward`, `backward` and their asynchronous forms: how long the layers took in it. Listening is what makes the net
   * measure, see {@link Net.profile}.
   */
  timings: [layers: LayerProfile[]];
}
