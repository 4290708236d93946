// Without the targets themselves: who starts the processes need not load Caffe.
export const targetNames = [
  ...['net', 'solver', 'text'],
  ...['caffemodel', 'solverstate', 'hdf5Weights', 'hdf5Data', 'lmdb', 'leveldb', 'mean', 'messages', 'image', 'list'],
  ...['layers', 'reshapedInputs', 'changedBetween', 'notFinite', 'layerCalls', 'outside', 'steps'],
  'calls',
];
