/** There is no map: a layer such as InnerProduct does not keep places, or nothing but such layers connects two tops. */
export class UndefinedMapException extends Error {
  override name = 'UndefinedMapException';
}

/** Two maps that do not begin at the same axis, or have not as many, cannot be composed. */
export class AxisMismatchException extends Error {
  override name = 'AxisMismatchException';
}
