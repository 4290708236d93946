"""ONNX's own checker and shape inference over model files. Prints a JSON object: what is wrong, by path, and how many
shapes were inferred.

python3 official-checker.py MODEL...
"""

import json
import sys

import onnx


def shape_of(value):
    """Numbers; None for what is not known, or only by a name."""
    tensor = value.type.tensor_type
    if not tensor.HasField("shape"):
        return None
    return [d.dim_value if d.HasField("dim_value") else None for d in tensor.shape.dim]


def differs(declared, inferred):
    if len(declared) != len(inferred):
        return True
    return any(a != b for a, b in zip(declared, inferred) if a is not None and b is not None)


def mistakes(path):
    model = onnx.load(path)
    onnx.checker.check_model(model, full_check=True)
    named = list(model.graph.value_info) + list(model.graph.output)
    declared = {value.name: (value.type.tensor_type.elem_type, shape_of(value)) for value in named}
    # The inference must find them by itself.
    del model.graph.value_info[:]
    for value in model.graph.output:
        value.type.tensor_type.ClearField("shape")
    inferred = onnx.shape_inference.infer_shapes(model, check_type=True, strict_mode=True, data_prop=True)
    found, inferred_count = [], 0
    for value in list(inferred.graph.value_info) + list(inferred.graph.output):
        if value.name not in declared or shape_of(value) is None:
            continue
        inferred_count += 1
        element, shape = declared[value.name]
        if element != value.type.tensor_type.elem_type or differs(shape, shape_of(value)):
            found.append(f"{value.name}: declared as {shape}, inferred as {shape_of(value)}")
    return found, inferred_count


result = {"version": onnx.__version__, "mistakes": {}, "inferred": 0}
for each in sys.argv[1:]:
    try:
        found, inferred_count = mistakes(each)
        result["inferred"] += inferred_count
    except (onnx.checker.ValidationError, onnx.shape_inference.InferenceError) as error:
        found = [str(error)]
    if found:
        result["mistakes"][each] = found
print(json.dumps(result))
