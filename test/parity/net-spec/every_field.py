"""For each layer type a layer with every field of its own parameter message, and of LayerParameter: all but weights, and other types'
parameters, which Split alone has."""
import caffe
from caffe import layers as L
from caffe.net_spec import param_name_dict
from caffe.proto import caffe_pb2

MESSAGE, ENUM, REPEATED = 11, 14, 3
NUMBERS = {1: 0.375, 2: -2.5, 3: -7, 4: 7, 5: -3, 13: 5}


def value(field, deep):
    """A value that tells this field from the others: its number is in it."""
    if field.type == MESSAGE:
        if not deep:
            return None
        inner = dict((each.name, value(each, False)) for each in field.message_type.fields)
        one = dict((name, item) for name, item in inner.items() if item is not None)
    elif field.type == ENUM:
        one = field.enum_type.values[-1].name
    elif field.message_type is None and field.type in NUMBERS:
        one = NUMBERS[field.type] * (field.number + 1)
    elif field.type == 8:
        one = field.number % 2 == 0
    elif field.containing_type.name == 'FillerParameter' and field.name == 'type':
        one = 'msra'
    else:
        one = '%s "%d" \\ \n\u00e9' % (field.name, field.number)
    return [one, one] if field.label == REPEATED and field.number % 2 == 0 else one


def resolved(field, given):
    """NetSpec of pycaffe takes enum values as numbers only."""
    if isinstance(given, list):
        return [resolved(field, item) for item in given]
    if field.type == ENUM:
        return field.enum_type.values_by_name[given].number
    if field.type == MESSAGE:
        return dict((name, resolved(field.message_type.fields_by_name[name], item)) for name, item in given.items())
    return given


def fields_of(descriptor, skipped=()):
    given = [(field, value(field, True)) for field in descriptor.fields if field.name not in skipped]
    return [(field, item) for field, item in given if item is not None]


def cases():
    layer = caffe_pb2.LayerParameter.DESCRIPTOR
    everything = fields_of(layer, skipped=('type', 'bottom', 'top', 'blobs'))
    common = [(field, item) for field, item in everything if not field.name.endswith('_param')]
    own = param_name_dict()
    for type in caffe.layer_type_list():
        fields = everything if type == 'Split' else list(common)
        if type in own:
            fields += fields_of(layer.fields_by_name[own[type] + '_param'].message_type)
        top = getattr(L, type)(**dict((field.name, resolved(field, item)) for field, item in fields))
        yield dict(type=type, fields=dict((field.name, item) for field, item in fields), prototxt=str(top.to_proto()))
