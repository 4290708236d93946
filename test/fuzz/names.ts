// Without the targets themselves: who starts the processes need not load Caffe.

/** Nets and layers of random stock types, misused. */
export const layerTargetNames = [
  ...['layers', 'notFinite', 'reshapedInputs', 'changedBetween', 'layerCalls', 'outside', 'steps'],
];

export const targetNames = [
  ...['net', 'solver', 'text'],
  ...['caffemodel', 'solverstate', 'hdf5Weights', 'hdf5Data', 'lmdb', 'leveldb', 'mean', 'messages', 'image', 'list'],
  ...layerTargetNames,
  ...['onnx', 'calls'],
];
