// ONNX's messages. scripts/bundle.js bundles them into dist/: the protobufjs that they need installs 20 MB of tools.
import OnnxProto = require('onnx-proto');

export = OnnxProto;
