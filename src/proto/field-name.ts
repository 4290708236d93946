/** `base_lr` for `baseLr`: as a prototxt spells the name of a field. */
export const inPrototxt = (name: string): string => name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** `baseLr` for `base_lr`: as a message spells it. */
export const inMessage = (name: string): string =>
  name.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
