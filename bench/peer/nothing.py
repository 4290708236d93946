"""The twin of bench/layers/nothing.ts."""
import caffe


class Nothing(caffe.Layer):
    def setup(self, bottom, top):
        self.touched = 0
        top[0].reshape(*bottom[0].data.shape)

    def reshape(self, bottom, top):
        pass

    def forward(self, bottom, top):
        self.touched += len(bottom[0].data) + len(top[0].data)

    def backward(self, top, propagate_down, bottom):
        self.touched += len(bottom[0].diff) + len(top[0].diff)
