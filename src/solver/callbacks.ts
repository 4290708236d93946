interface Callback {
  onStart: () => void;
  onGradientsReady: () => void;
}

/** What is called in each iteration. */
export class Callbacks {
  readonly #callbacks = new Set<Callback>();

  get any(): boolean {
    return this.#callbacks.size > 0;
  }

  /** @returns a function that removes it */
  add(callback: Callback): () => void {
    this.#callbacks.add(callback);
    return () => {
      this.#callbacks.delete(callback);
    };
  }

  call(moment: keyof Callback): void {
    // A callback may remove itself or others.
    for (const callback of [...this.#callbacks]) if (this.#callbacks.has(callback)) callback[moment]();
  }
}
